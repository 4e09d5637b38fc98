"""``webnpu profile``: how long each operator of a model takes, as a table or a Chrome trace."""

from __future__ import annotations

import json as json_module
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Protocol, runtime_checkable

import numpy as np
import typer

from ..backend import Backend, OperatorReport, Program, Report
from ..conformance.cutting import cut
from ..graph import Graph
from ..operator import MLOperand
from ..reference import steps
from ..types import Array
from .console import console, messages, print_json, ready_backend, write
from .explain import show_report
from .inputs import given_arrays, stated
from .models import Budget, Dimensions, Float16, Inputs, Known, ModelFile, Optimize, Seed, Shapes, inputs_or_random, read_model
from .progress import Progress

RUNS = 5
ALONE = "each operator was timed alone, as a graph of its own: fusion with its neighbours is not in its time"


@runtime_checkable
class Profiled(Protocol):
    """A program that times its operators when it is asked to; its report then tells the times."""

    def profile(self, inputs: Mapping[str, Array]) -> object:
        """Run once, and time each operator."""


def profile(
    model: ModelFile,
    backend: Annotated[str, typer.Option(metavar="NAME", help="The backend.")] = "reference",
    trace: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a trace that chrome://tracing and Perfetto open.")] = None,
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
    """Time each operator of a model."""
    graph = read_model(model, dim, shape, known, float16=float16, optimize=optimize, given=given_arrays(stated(input or [])))
    report = profiled(graph, inputs_or_random(graph, model, input, seed), backend)
    if trace:
        write(trace, json_module.dumps(chrome_trace(report)))
        messages().print(f"wrote {trace}", markup=False, soft_wrap=True)
    if json:
        print_json({"backend": report.backend, "operators": [vars_of(entry) for entry in report.operators]})
        return
    if not trace:
        show_report(report)
    total = sum(entry.milliseconds or 0 for entry in report.operators)
    console().print(f"{total:.3f} ms in all operators", markup=False)


def profiled(graph: Graph, inputs: dict[str, Array], name: str) -> Report:
    """The report of a run in which every operator was timed.

    Where the backend has no times of its own, each operator is timed alone.
    """
    backend = ready_backend(name)
    program = backend.compile(graph)
    if name == "reference":
        return _reference(graph, inputs, program.explain())
    program.run(inputs)  # the first run warms up
    if isinstance(program, Profiled):
        program.profile(inputs)
    report = program.explain()
    if any(entry.milliseconds is not None for entry in report.operators):
        return report
    whole = _milliseconds(program, inputs)
    return _alone(graph, backend, replace(report, notes=(*report.notes, f"{ALONE}; the whole model takes {whole:.3f} ms")))


def _alone(graph: Graph, backend: Backend, report: Report) -> Report:
    """Operators one by one, each compiled as a graph of its own, on random numbers, where a runtime times only whole graphs."""
    random, entries = np.random.default_rng(0), list[OperatorReport]()
    with Progress(transient=True) as progress:
        task = progress.add_task("profiling", total=len(graph.operators))
        for operator in graph.operators:
            operands = {operand: _numbers(operand, random) for _, operand in operator.operands()}
            single, inputs = cut(graph, operands, {operator})
            program = backend.compile(single)
            try:
                by = program.explain().operators
                devices = " and ".join(dict.fromkeys(entry.device for entry in by))
                entry = OperatorReport(operator.name, operator.label, " ".join(entry.by for entry in by), devices)
                entries.append(replace(entry, milliseconds=_milliseconds(program, inputs)))
            finally:
                program.destroy()
            progress.advance(task)
    return replace(report, operators=tuple(entries))


def _numbers(operand: MLOperand, random: np.random.Generator) -> Array:
    """The value of a constant; for others random floats, and zeros where they are integers, which no index is beyond."""
    if operand.is_constant and operand.value is not None:
        return operand.value
    drawn = random.standard_normal(operand.shape) if operand.data_type.is_float else np.zeros(operand.shape)
    return drawn.astype(operand.data_type.numpy)


def _milliseconds(program: Program, inputs: Mapping[str, Array]) -> float:
    """The median of some runs, after one that warms up."""
    program.run(inputs)
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        program.run(inputs)
        times.append(time.perf_counter() - begin)
    return 1e3 * median(times)


def _reference(graph: Graph, inputs: dict[str, Array], report: Report) -> Report:
    """The reference evaluates operators one by one, so each can be timed from outside."""
    entries, begin = [], time.perf_counter()
    for entry, _ in zip(report.operators, steps(graph, inputs), strict=True):
        end = time.perf_counter()
        entries.append(replace(entry, milliseconds=1e3 * (end - begin)))
        begin = end
    return replace(report, operators=tuple(entries))


def vars_of(entry: OperatorReport) -> dict[str, Any]:
    """An entry ready for JSON."""
    return {"operator": entry.operator, "label": entry.label, "by": entry.by, "device": entry.device, "milliseconds": entry.milliseconds}


def chrome_trace(report: Report) -> dict[str, Any]:
    """The operators one after another, in the format of Chrome's traces: microseconds, a row for each device."""
    events: list[dict[str, Any]] = []
    devices = list(dict.fromkeys(entry.device for entry in report.operators))
    at = 0.0
    for entry in report.operators:
        duration = 1e3 * (entry.milliseconds or 0)
        events.append(
            {
                "name": entry.operator,
                "cat": entry.by,
                "ph": "X",
                "ts": at,
                "dur": duration,
                "pid": 1,
                "tid": 1 + devices.index(entry.device),
                "args": {"label": entry.label, "by": entry.by, "reason": entry.reason},
            }
        )
        at += duration
    names = [{"name": "thread_name", "ph": "M", "pid": 1, "tid": 1 + i, "args": {"name": device}} for i, device in enumerate(devices)]
    return {"traceEvents": names + events, "displayTimeUnit": "ms"}
