"""``webnpu explain``: which kernel and which device run each operator of a model, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from ..backend import Report
from .console import console, print_json, ready_backend
from .inputs import PACKAGES
from .models import Budget, Dimensions, Float16, Known, ModelFile, Optimize, Shapes, read_model
from .packages import load


def explain(
    model: ModelFile,
    backend: Annotated[str, typer.Option(metavar="NAME", help="The backend.")] = "reference",
    dim: Dimensions = None,
    shape: Shapes = None,
    known: Known = None,
    float16: Float16 = False,
    optimize: Optimize = False,
    budget: Budget = "",
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Say what runs each operator of a model on a backend, and why. A Core ML package runs on coreml alone."""
    if model.suffix in PACKAGES:
        report: Report = load(model).explain()
    else:
        chosen = ready_backend(backend)
        graph = read_model(model, dim, shape, known, float16=float16, optimize=optimize)
        report = chosen.compile(graph).explain()
    if json:
        print_json(asdict(report))
    else:
        show_report(report)


def show_report(report: Report) -> None:
    """A report as a table, with times where there are any."""
    timed = any(entry.milliseconds is not None for entry in report.operators)
    columns = ["operator", "label", "by", "device", *(["ms"] if timed else []), "why"]
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for entry in report.operators:
        time = [] if not timed else ["" if entry.milliseconds is None else f"{entry.milliseconds:.3f}"]
        table.add_row(*(Text(cell) for cell in (entry.operator, entry.label, entry.by, entry.device, *time, entry.reason)))
    screen = console()
    screen.print(table)
    kinds = Counter(entry.device for entry in report.operators)
    screen.print(f"{report.backend}: {', '.join(f'{count} on {device}' for device, count in kinds.items())}", markup=False)
    screen.print(f"{report.weight_bytes:,} bytes of weights", markup=False)
    for note in report.notes:
        screen.print(note, style="bright_black", markup=False)
