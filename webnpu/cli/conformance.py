"""``webnpu conformance``: judge backends by the corpus, or by web-platform-tests data."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console  # noqa: TC002 -- the others of rich are needed at run time
from rich.progress import TaskID  # noqa: TC002
from rich.table import Table
from rich.text import Text

from .. import __version__
from ..backend import Availability, ForeignBuilder, backend_names, load_backend
from ..conformance.cases import Judged
from ..conformance.causes import causes
from ..conformance.expectations import expectation_of, faults, load_expectations
from ..conformance.page import STATES, render, state_of
from ..conformance.report import VERDICTS, BackendReport, Difference, Report
from ..conformance.runner import TIME_LIMIT, run_backend
from ..conformance.sizes import memory, size_cases
from ..conformance.suite import CORPUS, Suite, load_suite
from ..conformance.verdicts import Result
from ..errors import NotSupportedError
from .browser import BrowserContext, BrowserFlags, BrowserNative, BrowserPath, configure
from .console import InputError, complain, console, echo, messages, write
from .progress import Progress

STYLES = {"pass": "green", "fail": "red", "error": "magenta", "required": "yellow", "refused": "bright_black", "disputed": "cyan"}
SIZES_LIMIT = 600.0
"""Seconds that a case at size may take."""
SHOWN = 15
"""How many causes of failures of a backend are shown on the screen; the files have all."""


def conformance(
    backend: Annotated[str, typer.Option(metavar="NAME[,NAME]", help="Backends to judge; all that can run here by default.")] = "",
    cases: Annotated[Path | None, typer.Option(metavar="DIR", help="Numerical cases: ours, or web-platform-tests data.")] = None,
    validation: Annotated[Path | None, typer.Option(metavar="DIR", help="What the builder must reject or accept.")] = None,
    sizes: Annotated[bool, typer.Option("--sizes", help="The corpus of sizes, made as it runs, in place of the ordinary one.")] = False,
    max_bytes: Annotated[
        float | None,
        typer.Option(min=1, metavar="BYTES", help="Leave out cases at size that take more memory; by default two thirds of it."),
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page for readers (HTML).")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a report for machines (JSON).")] = None,
    previous: Annotated[Path | None, typer.Option(metavar="FILE", help="An earlier JSON to compare with.")] = None,
    expected: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Expected failures (<backend>.toml) that do not count, strictly.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; by default up to 4, for sizes 1.")] = None,
    limit: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="SECONDS", help=f"What one case may take; by default {TIME_LIMIT:g}, for sizes {SIZES_LIMIT:g}."),
    ] = None,
    filter: Annotated[str, typer.Option(metavar="GLOB", help="Only cases whose id matches, such as 'softmax/*'.")] = "*",
    operators: Annotated[str, typer.Option(metavar="A,B", help="Only cases about these operators.")] = "",
    list: Annotated[bool, typer.Option("--list", help="List the ids of the cases, and run nothing.")] = False,
    browser_path: BrowserPath = None,
    browser_flags: BrowserFlags = None,
    browser_context: BrowserContext = None,
    browser_native: BrowserNative = False,
) -> None:
    """Judge backends: pass, fail, refused, error or disputed, case by case, in ULP.

    Exit status 0: no failure, no error, and no refusal of what WebNN requires; 1: there is one; 2: wrong usage.
    """
    configure(browser_path, browser_flags, browser_context, browser_native)
    if sizes and (cases or validation):
        raise InputError("--sizes makes its own cases; give it without --cases and --validation")
    jobs = jobs or (1 if sizes else min(4, os.cpu_count() or 1))
    suite = (Suite([*size_cases()]) if sizes else _suite(cases, validation)).select(filter, _split(operators))
    if not len(suite):
        raise InputError("no case matches --filter and --operators")
    left_out = suite.leave_out(max_bytes or memory() * 2 / 3, jobs) if sizes else {}
    if list:
        echo("\n".join(suite.ids()))
        return
    if not len(suite):
        raise InputError(f"every case is left out: {next(iter(left_out.values()))}")
    for id, reason in left_out.items():
        messages().print(f"{id} is left out: {reason}", style="yellow", markup=False)
    before = Report.load(previous) if previous else None
    chosen = _chosen(_split(backend))
    expectations = {name: load_expectations(expected / f"{name.replace(':', '-')}.toml") if expected else () for name in chosen}
    reports = _run(suite, chosen, jobs, limit or (SIZES_LIMIT if sizes else TIME_LIMIT))
    described = _described(suite, "cases at size" if sizes else "cases") + (f", {len(left_out)} left out" if left_out else "")
    run = Report(
        webnpu=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        suite=described,
        left_out=left_out,
        backends=reports,
    )
    difference = Difference.between(before, run) if before else None
    _show(console(), run, difference)
    if json:
        json.parent.mkdir(parents=True, exist_ok=True)
        run.save(json)
    if report:
        write(report, render(run, difference))
    stale = [f"{name}: {fault}" for name, b in reports.items() for fault in faults(b.cases, expectations[name])]
    for fault in stale:
        complain(fault)
    unexpected = [result for name, b in reports.items() for result in b.failures if not expectation_of(result, expectations[name])]
    if unexpected or stale:
        raise typer.Exit(1)


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _suite(cases: Path | None, validation: Path | None) -> Suite:
    """What to run: the directories that were given, or else our own corpus."""
    if cases is None and validation is None:
        cases, validation = CORPUS / "cases", CORPUS / "validation"
        if not cases.is_dir():
            raise InputError(f"the corpus is not here: it is part of a checkout ({cases}), not of the package; give --cases DIR")
        validation = validation if validation.is_dir() else None
    for directory in (cases, validation):
        if directory and not directory.is_dir():
            raise InputError(f"there is no directory {directory}")
    return load_suite(cases, validation)


def _chosen(names: tuple[str, ...]) -> dict[str, Availability]:
    """The backends to judge. One that is named must be able to run; of all others, those that can are taken."""
    chosen: dict[str, Availability] = {}
    for name in names or backend_names():
        try:
            availability = load_backend(name).available()
        except NotSupportedError as error:
            availability = Availability(False, str(error))
        if availability.ok:
            chosen[name] = availability
        elif names:
            raise NotSupportedError(f"backend {name} cannot run here: {availability.reason}")
        else:
            messages().print(f"{name} is left out: {availability.reason}", style="yellow", markup=False)
    return chosen


def _run(suite: Suite, chosen: dict[str, Availability], jobs: int, limit: float) -> dict[str, BackendReport]:
    reports = {}
    with Progress() as progress:
        ours = None
        for name, availability in chosen.items():
            foreign = load_backend(name).foreign_builder()
            if foreign is not None:
                built = _judge_builder(suite, progress, f"{name}, builder", foreign)
            else:
                built = ours = ours or _judge_builder(suite, progress, "builder")
            task = progress.add_task(name, total=len(suite.cases))
            wrong: Counter[str] = Counter()

            def running(cases: Sequence[Judged], task: TaskID = task, wrong: Counter[str] = wrong) -> None:
                words = [f"{count} {verdict}" for verdict, count in wrong.items() if count]
                progress.update(task, note=", ".join([*words, *(case.id for case in cases)]))

            def done(result: Result, task: TaskID = task, wrong: Counter[str] = wrong) -> None:
                wrong[result.verdict] += result.verdict != "pass"
                progress.advance(task)

            results = run_backend(name, suite.cases, jobs=jobs, limit=limit, running=running, done=done)
            reports[name] = BackendReport.of([*results, *built], availability.reason, availability.versions)
    return reports


def _judge_builder(suite: Suite, progress: Progress, title: str, builder: ForeignBuilder | None = None) -> Sequence[Result]:
    task = progress.add_task(title, total=len(suite.rejections) + len(suite.tests))
    return suite.judge_builder(lambda _: progress.advance(task), builder)


def _described(suite: Suite, cases: str) -> str:
    parts = [(len(suite.cases), cases), (len(suite.rejections), "rejections"), (len(suite.tests), "validation tests")]
    return ", ".join(f"{count} {name}" for count, name in parts if count)


def _show(screen: Console, run: Report, difference: Difference | None) -> None:
    table = Table("backend", box=None, pad_edge=False, header_style="bold")
    for verdict in VERDICTS:
        table.add_column(verdict, justify="right")
    for name in ("required refusals", "device"):
        table.add_column(name, justify="right" if name != "device" else "left", overflow="fold")
    for name, report in run.backends.items():
        counts = [Text(str(n), STYLES[verdict] if n else "bright_black") for verdict, n in report.summary.items()]
        required = sum(state_of(result) == "required" for result in report.cases)
        table.add_row(name, *counts, Text(str(required), STYLES["required"] if required else "bright_black"), Text(report.device))
    screen.print(table)
    for name, report in run.backends.items():
        _show_failures(screen, name, report)
    if difference:
        screen.print(
            f"\nsince {difference.since}: {len(difference.changes)} verdicts changed, {difference.added} new, {difference.removed} gone"
        )
        for change in difference.changes[:SHOWN]:
            screen.print(f"  {change.backend} {change.id}: {change.before} → {change.after}", markup=False, soft_wrap=True)


def _show_failures(screen: Console, name: str, report: BackendReport) -> None:
    if report.failures:
        screen.print(f"\n{name}: what stands in the way", style="bold")
    found = causes(report.failures)
    for cause in found[:SHOWN]:
        state, others = state_of(cause), len(cause.ids) - 1
        many = f" and {others} more of {', '.join(cause.operators[:4])}{', ...' if len(cause.operators) > 4 else ''}" if others else ""
        said = f"{cause.ids[0]}{many}: {cause.reason}"
        screen.print(Text.assemble((f"  {STATES[state][0]} {cause.verdict} ", STYLES[state]), said), soft_wrap=True)
    if len(found) > SHOWN:
        screen.print(f"  and {len(found) - SHOWN} causes more: see --report FILE or --json FILE")
