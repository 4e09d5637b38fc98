"""Expected failures: what a backend is known not to do, strictly, with a reason.

``tests/conformance/expected_failures/<backend>.toml`` lists them. An entry that matches no case, or whose case
passes, is a fault, so that the list can only shrink.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .cases import CaseFileError
from .verdicts import Result

Kind = Literal["todo", "upstream", "never"]


class Expectation(BaseModel):
    """Cases that are known not to pass on one backend.

    Kinds: ``todo``, we can mend it; ``upstream``, what we depend on must be mended; ``never``, it cannot be done.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: str
    """A pattern of ids."""
    verdict: Literal["fail", "error", "refused"]
    """What becomes of them; a refusal needs an entry where WebNN requires support."""
    kind: Kind
    reason: str = Field(min_length=1)

    def matches(self, id: str) -> bool:
        """Whether it speaks of a case."""
        return fnmatchcase(id, self.cases)

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    expected: list[Expectation] = []


def load_expectations(path: Path) -> tuple[Expectation, ...]:
    """The entries of a file; none if there is no such file.

    Raises:
        CaseFileError: the file is not valid.
    """
    if not path.is_file():
        return ()
    try:
        return tuple(_File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).expected)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise CaseFileError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (ValueError, OSError) as error:
        raise CaseFileError(f"{path}: {error}") from error


def expectation_of(result: Result, expectations: Sequence[Expectation]) -> Expectation | None:
    """The entry that foresees a result."""
    if not result.counts_as_failure:
        return None
    return next((e for e in expectations if e.verdict == result.verdict and e.matches(result.id)), None)


def faults(results: Sequence[Result], expectations: Sequence[Expectation]) -> list[str]:
    """What is wrong with a list of expectations, given the results of the whole corpus."""
    found = []
    for entry in expectations:
        matched = [result for result in results if entry.matches(result.id)]
        others = [result for result in matched if not (result.counts_as_failure and result.verdict == entry.verdict)]
        if not matched:
            found.append(f"expected failure {entry.cases!r} matches no case")
        elif others:
            verdict = others[0].verdict
            found.append(f"expected failure {entry.cases!r}: expected {entry.verdict} of {others[0].id}; got {verdict}")
    return found
