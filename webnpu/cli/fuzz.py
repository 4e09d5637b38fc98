"""``webnpu fuzz``: random graphs on a backend and on the reference, and the least graph where they part."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from safetensors.numpy import save_file

from ..conformance.fuzz import Divergence, Outcome
from ..conformance.fuzz import fuzz as run_fuzz
from ..graph_file import save_graph
from .console import console, print_json, ready_backend
from .progress import Progress


def fuzz(
    backend: Annotated[str, typer.Option(metavar="NAME", help="The backend to judge.")],
    count: Annotated[int, typer.Option(min=1, metavar="N", help="How many graphs.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, metavar="S", help="The number of the first graph.")] = 0,
    save: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write the least graph of each divergence, and its inputs.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Compare a backend with the reference on random graphs.

    Exit status 0: no graph diverges; 1: one does; 2: wrong usage.
    """
    judged, refused = ready_backend(backend), Counter[str]()
    with Progress(transient=True) as progress:
        task = progress.add_task(backend, total=count)

        def advance(outcome: Outcome) -> None:
            progress.advance(task)
            refused.update([outcome.refused] if outcome.refused else [])

        found = run_fuzz(judged, count, seed, advance)
    if save:
        save.mkdir(parents=True, exist_ok=True)
        for outcome in found:
            _save(save / f"{backend}-{outcome.seed}", outcome.divergence)
    if json:
        print_json({"backend": backend, "count": count, "refused": refused.total(), "divergences": [_described(o) for o in found]})
    else:
        _show(backend, count, refused, found)
    if found:
        raise typer.Exit(1)


def _save(path: Path, divergence: Divergence | None) -> None:
    if divergence is not None:
        save_graph(divergence.graph, path.with_suffix(".safetensors"))
        if divergence.inputs:
            save_file(dict(divergence.inputs), path.with_suffix(".inputs.safetensors"))


def _described(outcome: Outcome) -> dict[str, object]:
    divergence = outcome.divergence
    assert divergence is not None
    return {
        "seed": outcome.seed,
        "operator": divergence.operator.name,
        "alone": divergence.alone,
        "operators": len(divergence.graph.operators),
        "reason": divergence.reason,
    }


def _show(backend: str, count: int, refused: Counter[str], found: list[Outcome]) -> None:
    screen = console()
    table = Table("seed", "operator", "operators", "difference", box=None, pad_edge=False, header_style="bold")
    for outcome in found:
        described = _described(outcome)
        table.add_row(*(Text(str(described[name])) for name in ("seed", "operator", "operators", "reason")))
    if found:
        screen.print(table)
    screen.print(f"{backend}: {count} graphs, {len(found)} diverge, {refused.total()} refused", markup=False)
