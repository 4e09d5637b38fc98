"""``webnpu check``: what a target may not take of a model, and what to change."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from .console import InputError, console, print_json
from .models import Budget, Dimensions, Float16, Known, ModelFile, Optimize, Shapes, read_model
from .targets import TARGETS, Finding


def check(
    model: ModelFile,
    target: Annotated[str, typer.Option(metavar="TARGET", help=f"One of {', '.join(TARGETS)}.")],
    dim: Dimensions = None,
    shape: Shapes = None,
    known: Known = None,
    float16: Float16 = False,
    optimize: Optimize = False,
    budget: Budget = "",
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Say what a target may not take of a model, why not, and what to change.

    Exit status 0: nothing; 1: something; 2: wrong usage.
    """
    if target not in TARGETS:
        raise InputError(f"--target must be one of {', '.join(TARGETS)}; got {target!r}")
    graph = read_model(model, dim, shape, known, float16=float16, optimize=optimize)
    findings = list(TARGETS[target](graph))
    if json:
        print_json({"target": target, "operators": len(graph.operators), "findings": [asdict(finding) for finding in findings]})
    else:
        _show(target, len(graph.operators), findings)
    if findings:
        raise typer.Exit(1)


def _show(target: str, operators: int, findings: list[Finding]) -> None:
    """One line for each kind of finding, with how often it is found and where first."""
    screen = console()
    if not findings:
        screen.print(f"{target}: nothing stands in the way of its {operators} operators", markup=False)
        return
    counts = Counter((finding.rule, finding.operator) for finding in findings)
    table = Table("rule", "operator", "times", "first", "what to change", box=None, pad_edge=False, header_style="bold")
    seen = set()
    for finding in findings:
        key = finding.rule, finding.operator
        if key not in seen:
            seen.add(key)
            where = f"[{finding.label}] " if finding.label else ""
            table.add_row(
                *(Text(str(part)) for part in (finding.rule, finding.operator, counts[key], where + finding.reason, finding.advice))
            )
    screen.print(table)
    screen.print(f"{target}: {len(findings)} findings in {operators} operators", markup=False)
