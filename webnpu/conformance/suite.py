"""What a run judges: cases for backends, rejections and recorded calls for the builder.

Directories of our own corpus and of web-platform-tests data are told apart by what is in their files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ..backend import ForeignBuilder
from .cases import Case, CaseFileError, Judged, Rejection, case_files, load_file, read_json
from .disputes import load_disputes
from .sizes import SizeCase
from .verdicts import Result, judge_rejection
from .wpt import is_wpt_cases, read_cases
from .wpt_validation import ValidationTest, is_wpt_validation, judge_calls, read_tests

CORPUS = Path(__file__).parents[2] / "tests" / "conformance"
"""Where our own corpus lies in a checkout; an installed package has none."""


@dataclass
class Suite:
    """Cases for backends, and what the builder must accept or reject."""

    cases: list[Judged] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    tests: list[ValidationTest] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.cases) + len(self.rejections) + len(self.tests)

    def ids(self) -> list[str]:
        """The ids of all that is judged, in order."""
        return [case.id for case in self.cases] + [case.id for case in self.rejections] + [test.id for test in self.tests]

    def select(self, pattern: str = "*", operators: Collection[str] = ()) -> Suite:
        """The part whose ids match a pattern, and that is about one of some operators (none named: any)."""

        def wanted(id: str, operator: str) -> bool:
            return fnmatchcase(id, pattern) and (not operators or operator in operators)

        return Suite(
            [case for case in self.cases if wanted(case.id, case.operator)],
            [case for case in self.rejections if wanted(case.id, case.operator)],
            [test for test in self.tests if wanted(test.id, test.group)],
        )

    def leave_out(self, max_bytes: float, jobs: int) -> dict[str, str]:
        """Leave out the cases at size that take too much memory; their ids, and why.

        Args:
            max_bytes: how much all that run at once may take.
            jobs: how many run at once.
        """
        most = max_bytes / jobs
        needed = {case.id: case.bytes for case in self.cases if isinstance(case, SizeCase)}
        left_out = {
            id: f"it takes about {bytes / 1e9:.2g} GB of memory; there are {most / 1e9:.2g} for each of {jobs} at a time"
            for id, bytes in needed.items()
            if bytes > most
        }
        self.cases = [case for case in self.cases if case.id not in left_out]
        return left_out

    def judge_builder(self, done: Callable[[Result], None] = lambda _: None, builder: ForeignBuilder | None = None) -> list[Result]:
        """The verdicts on the builder: the same for every backend that has none of its own, since ours alone rejects.

        Args:
            done: told every result.
            builder: the builder of another implementation; by default ours.
        """
        results = []
        for judged in self.rejections:
            results.append(judge_rejection(judged, builder))
            done(results[-1])
        for test in self.tests:
            results.append(judge_calls(test, load_disputes(), builder))
            done(results[-1])
        return results


def load_suite(cases: Path | None, validation: Path | None) -> Suite:
    """Read directories of cases and of what the builder must reject.

    Raises:
        CaseFileError: a directory holds no cases, a file is damaged, or an id is there twice.
    """
    suite = Suite()
    for path in case_files(cases) if cases else ():
        members = read_json(path)
        suite.cases += read_cases(path, members) if is_wpt_cases(members) else load_file(path, Case)
    for path in case_files(validation) if validation else ():
        members = read_json(path)
        if is_wpt_validation(members):
            suite.tests += read_tests(path, members)
        else:
            suite.rejections += load_file(path, Rejection)
    _check_unique([case.id for case in suite.cases])
    _check_unique([case.id for case in suite.rejections] + [test.id for test in suite.tests])
    return suite


def _check_unique(ids: list[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise CaseFileError(f"the id {id!r} is there twice")
        seen.add(id)
