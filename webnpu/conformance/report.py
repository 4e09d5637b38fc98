"""The report of a run: one JSON for machines. `webnpu.conformance.page` makes the page for readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self, get_args

from pydantic import BaseModel, ValidationError

from .cases import CaseFileError
from .verdicts import Result, Verdict

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class BackendReport(BaseModel):
    """What became of every case on one backend."""

    device: str
    versions: dict[str, str] = {}
    summary: dict[Verdict, int]
    cases: tuple[Result, ...]

    @classmethod
    def of(cls, results: Sequence[Result], device: str, versions: Mapping[str, str]) -> Self:
        """The report of some results, counted by verdict."""
        counts = Counter(result.verdict for result in results)
        return cls(
            device=device,
            versions=dict(versions),
            summary={verdict: counts[verdict] for verdict in VERDICTS},
            cases=tuple(results),
        )

    @property
    def failures(self) -> tuple[Result, ...]:
        """What stands in the way of conformance."""
        return tuple(result for result in self.cases if result.counts_as_failure)

    @property
    def conforms(self) -> bool:
        return not self.failures


class Report(BaseModel):
    """A run of the suite on some backends."""

    webnpu: str
    """The version of this library."""
    created: str
    """When the run ended, in ISO 8601."""
    suite: str
    """What was run, in words."""
    left_out: dict[str, str] = {}
    """The ids of cases that are too large for this machine, and why."""
    backends: dict[str, BackendReport]

    @property
    def conforms(self) -> bool:
        return all(backend.conforms for backend in self.backends.values())

    def save(self, path: Path) -> None:
        """Write the report as JSON."""
        path.write_text(self.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a report; a CaseFileError if the file is none."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise CaseFileError(f"{path}: {error.strerror}") from error
        except ValidationError as error:
            raise CaseFileError(f"{path}: this is no report of a conformance run") from error


class Change(BaseModel):
    """A case whose verdict is another than in an earlier run."""

    backend: str
    id: str
    before: Verdict
    after: Verdict
    reason: str


class Difference(BaseModel):
    """What has changed since an earlier run."""

    since: str
    changes: tuple[Change, ...]
    added: int
    removed: int

    @classmethod
    def between(cls, previous: Report, current: Report) -> Self:
        """The difference of two runs, over the backends that are in both."""
        changes, added, removed = [], 0, 0
        for name in sorted(previous.backends.keys() & current.backends.keys()):
            before = {result.id: result for result in previous.backends[name].cases}
            after = {result.id: result for result in current.backends[name].cases}
            added += len(after.keys() - before.keys())
            removed += len(before.keys() - after.keys())
            for id, result in after.items():
                if id in before and before[id].verdict != result.verdict:
                    changes.append(Change(backend=name, id=id, before=before[id].verdict, after=result.verdict, reason=result.reason))
        return cls(since=previous.created, changes=tuple(changes), added=added, removed=removed)
