"""The report as one page: everything inline, so that it opens anywhere, offline, on a phone as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from ..operators import OPERATORS
from ..spelling import visible
from ..types import DataType
from .causes import Cause, causes
from .report import BackendReport, Difference, Report
from .verdicts import VALIDATION, Result

State = str
"""How a cell of the matrix, or a case, is shown: a verdict, ``required`` (a refusal that counts), or ``partly``."""

STATES: dict[State, tuple[str, str]] = {
    "fail": ("✗", "a wrong number"),
    "error": ("!", "an exception or a crash"),
    "required": ("⊘", "refused, though WebNN requires it"),
    "disputed": ("≈", "the case is disputed"),
    "partly": ("◐", "right, or refused where it may be"),
    "refused": ("○", "refused where it may be"),
    "pass": ("✓", "within the bound"),
}
"""Symbol and meaning of each state, the worst first."""


@dataclass(frozen=True)
class Cell:
    """All cases of one operator and one data type."""

    operator: str
    type: str
    state: State
    count: int
    passed: int
    measured: str
    """The worst measured difference beside its bound."""
    worst: str
    """The id of the case that it was measured in, or that went worst."""

    @property
    def symbol(self) -> str:
        return STATES[self.state][0]


@dataclass(frozen=True)
class Row:
    """One operator: a cell for each data type, None where there is no case."""

    operator: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Group:
    """Refusals or disputes with the same reason."""

    operator: str
    reason: str
    required: bool
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """What the page says of one backend."""

    name: str
    report: BackendReport
    types: tuple[str, ...]
    families: tuple[tuple[str, tuple[Row, ...]], ...]
    causes: tuple[Cause, ...]
    refusals: tuple[Group, ...]
    disputes: tuple[Result, ...]

    @property
    def share(self) -> float:
        """The percentage of passes."""
        return 100 * self.report.summary["pass"] / max(len(self.report.cases), 1)


def render(report: Report, difference: Difference | None = None) -> str:
    """The page, as HTML.

    Args:
        report: the run.
        difference: what has changed since an earlier one, if there is one to compare with.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # the command line's extra

    environment = Environment(
        loader=PackageLoader(__package__, ""), autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True
    )
    environment.filters["state"] = state_of
    return environment.get_template("page.html.j2").render(
        report=report,
        sections=[section(name, backend) for name, backend in report.backends.items()],
        difference=difference,
        states=STATES,
        style=_asset("page.css"),
        script=_asset("page.js"),
    )


def _shown(value: object) -> object:
    """What stands in a page, where texts of others do nothing but stand there; what is markup already stays as it is."""
    return visible(value) if type(value) is str else value


def section(name: str, report: BackendReport) -> Section:
    """What the page says of one backend."""
    cells: dict[str, dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for result in report.cases:
        cells[result.operator][result.type].append(result)
    present = {type for by_type in cells.values() for type in by_type}
    types = tuple(type for type in (*DataType, VALIDATION) if type in present)
    rows = {
        operator: Row(operator, tuple(_cell(operator, type, by_type[type]) if type in by_type else None for type in types))
        for operator, by_type in cells.items()
    }
    return Section(
        name=name,
        report=report,
        types=types,
        families=_by_family(rows),
        causes=tuple(sorted(causes(report.failures), key=lambda cause: list(STATES).index(state_of(cause)))),
        refusals=_grouped(result for result in report.cases if result.verdict == "refused"),
        disputes=tuple(result for result in report.cases if result.verdict == "disputed"),
    )


def state_of(result: Result | Cause) -> State:
    """How a case is shown, or several with one cause."""
    return "required" if result.verdict == "refused" and result.required else result.verdict


def _by_family(rows: dict[str, Row]) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """The rows in the order of the specification's chapters; what is no operator stands at the end."""
    families: dict[str, list[Row]] = {}
    for operator in [*(name for name in OPERATORS if name in rows), *sorted(rows.keys() - OPERATORS.keys())]:
        family = OPERATORS[operator].family.replace("_", " ") if operator in OPERATORS else "several operators, and the builder"
        families.setdefault(family, []).append(rows[operator])
    return tuple((family, tuple(members)) for family, members in families.items())


def _cell(operator: str, type: str, results: Sequence[Result]) -> Cell:
    states = {state_of(result) for result in results}
    state = "partly" if states == {"pass", "refused"} else next(s for s in STATES if s in states)
    measured = max(results, key=_use_of_bound)
    bad = [result for result in results if state_of(result) == state]
    return Cell(
        operator=operator,
        type=type,
        state=state,
        count=len(results),
        passed=sum(result.verdict == "pass" for result in results),
        measured=_measured(measured),
        worst=measured.id if state in ("pass", "partly") else bad[0].id,
    )


def _use_of_bound(result: Result) -> float:
    """How much of its bound a result uses up."""
    if result.bound is None:
        return -1
    if result.absolute_bound and not result.bound:
        return float("inf") if result.absolute is None else result.absolute / result.absolute_bound
    ulp = float("inf") if result.ulp is None else float(result.ulp)
    return ulp / result.bound if result.bound else ulp


def _measured(result: Result) -> str:
    if result.bound is None:
        return ""
    if result.absolute_bound and not result.bound:
        return f"{'∞' if result.absolute is None else format(result.absolute, '.1g')} of {result.absolute_bound:.1g}"
    if result.ulp is None:
        return f"NaN of {result.bound}"
    if not result.ulp and not result.bound:
        return "exact"
    return f"{_short(result.ulp)} of {_short(result.bound)}"


def _short(number: int) -> str:
    return str(number) if number < 100_000 else f"{number:.0e}"


def _grouped(results: Iterable[Result]) -> tuple[Group, ...]:
    groups: dict[tuple[bool, str, str], list[str]] = defaultdict(list)
    for result in results:
        operator, _, reason = result.reason.partition(": ")
        groups[not result.required, operator, reason].append(result.id)
    return tuple(Group(operator, reason, not optional, tuple(ids)) for (optional, operator, reason), ids in sorted(groups.items()))


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
