"""``webnpu bench``: how long a model takes to compile and to run."""

from __future__ import annotations

import time
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table
from rich.text import Text

from ..backend import Backend
from ..errors import NotSupportedError
from ..graph import Graph
from ..types import Array
from .console import console, print_json, ready_backend
from .inputs import given_arrays, stated
from .models import Budget, Dimensions, Float16, Inputs, Known, ModelFile, Optimize, Seed, Shapes, inputs_or_random, read_model


def bench(
    model: ModelFile,
    backends: Annotated[str, typer.Option(metavar="NAME[,NAME…]", help="The backends, one after another.")] = "reference",
    runs: Annotated[int, typer.Option(min=1, metavar="N", help="How many runs are timed, after two that are not.")] = 10,
    input: Inputs = None,
    dim: Dimensions = None,
    shape: Shapes = None,
    known: Known = None,
    seed: Seed = 0,
    float16: Float16 = False,
    optimize: Optimize = False,
    budget: Budget = "",
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Time a model: reading it, compiling it, and running it."""
    begin = time.perf_counter()
    graph = read_model(model, dim, shape, known, float16=float16, optimize=optimize, given=given_arrays(stated(input or [])))
    reading = time.perf_counter() - begin
    inputs = inputs_or_random(graph, model, input, seed)
    results = [measure(graph, inputs, ready_backend(name), runs) for name in backends.split(",")]
    if json:
        print_json({"model": str(model), "operators": len(graph.operators), "readMilliseconds": 1e3 * reading, "backends": results})
        return
    table = Table("backend", "compile ms", "median ms", "least ms", "90 % ms", "", box=None, pad_edge=False, header_style="bold")
    for result in results:
        if "refused" in result:
            table.add_row(Text(result["backend"]), "", "", "", "", Text(result["refused"]))
        else:
            table.add_row(Text(result["backend"]), *(f"{result[key]:.3f}" for key in ("compile", "median", "least", "most")), "")
    screen = console()
    screen.print(f"{model}: {len(graph.operators)} operators, read in {1e3 * reading:.1f} ms", markup=False)
    screen.print(table)


def measure(graph: Graph, inputs: dict[str, Array], backend: Backend, runs: int) -> dict[str, Any]:
    """Milliseconds to compile, and of the runs; or the reason of a refusal."""
    begin = time.perf_counter()
    try:
        program = backend.compile(graph)
    except NotSupportedError as error:
        return {"backend": backend.name, "refused": str(error)}
    compiling = time.perf_counter() - begin
    times = []
    for _ in range(runs + 2):
        begin = time.perf_counter()
        program.run(inputs)
        times.append(1e3 * (time.perf_counter() - begin))
    program.destroy()
    timed = np.asarray(times[2:])
    figures = {"median": np.median(timed), "least": timed.min(), "most": np.quantile(timed, 0.9)}
    return {"backend": backend.name, "compile": 1e3 * compiling, "runs": runs, **{name: float(value) for name, value in figures.items()}}
