"""``webnpu diff``: a model on two backends, tensor by tensor, and the first operator where they part."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from ..agreement import bound_of
from ..backend import Backend
from ..conformance.comparison import compare
from ..conformance.fuzz import Divergence, first_divergence
from ..errors import NotSupportedError
from ..graph import Graph
from ..types import Array
from .console import InputError, console, print_json, ready_backend
from .inputs import given_arrays, stated
from .models import Budget, Dimensions, Float16, Inputs, Known, ModelFile, Optimize, Seed, Shapes, inputs_or_random, read_model


@dataclass(frozen=True)
class Tensor:
    """How far two backends are apart in one tensor.

    Attributes:
        name: its name in the graph.
        operator: what computes it.
        label: the caller's label.
        ulp: the largest difference in units in the last place; None where it cannot be measured.
        absolute: the largest absolute difference.
        bound: the bound of the operator by itself; differences of its operands come on top of it.
    """

    name: str
    operator: str
    label: str
    ulp: int | None
    absolute: float
    bound: str


def diff(
    model: ModelFile,
    backends: Annotated[str, typer.Option(metavar="A,B", help="Two backends; the second is the judge.")],
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
    """Run a model on two backends, compare every tensor, and name the first operator that diverges beyond its bound.

    Exit status 0: none does; 1: one does; 2: wrong usage, or a backend refuses the model.
    """
    names = backends.split(",")
    if len(names) != 2:
        raise InputError(f"--backends must name two, with a comma between them; got {backends!r}")
    judged, judge = (ready_backend(name) for name in names)
    graph = read_model(model, dim, shape, known, float16=float16, optimize=optimize, given=given_arrays(stated(input or [])))
    inputs = inputs_or_random(graph, model, input, seed)
    tensors = differences(graph, inputs, judged, judge)
    divergence = first_divergence(graph, inputs, judged, judge)
    if json:
        first = (
            None
            if divergence is None
            else {"operator": divergence.operator.name, "label": divergence.operator.label, "reason": divergence.reason}
        )
        print_json({"backends": names, "first": first, "tensors": [_document(tensor) for tensor in tensors]})
    else:
        _show(names, tensors, divergence)
    if divergence is not None:
        raise typer.Exit(1)


def differences(graph: Graph, inputs: dict[str, Array], judged: Backend, judge: Backend) -> list[Tensor]:
    """Every tensor that operators compute, in order, on both backends.

    All tensors are outputs here, so nothing is fused; where a backend refuses that, only the model's own outputs are compared.
    """
    whole = Graph.of({graph.names[output]: output for op in graph.operators for output in op.outputs})
    try:
        results = [backend.compile(whole).run({name: inputs[name] for name in whole.inputs}) for backend in (judged, judge)]
    except NotSupportedError:
        whole = graph
        results = [backend.compile(graph).run({name: inputs[name] for name in graph.inputs}) for backend in (judged, judge)]
    tensors = []
    for name, operand in whole.outputs.items():
        op = operand.operator
        assert op is not None
        bound = bound_of(op, operand.data_type)
        found = compare(results[0][name], results[1][name], bound)
        tensors.append(Tensor(name, op.name, op.label, found.ulp, found.absolute, str(bound)))
    return tensors


def _document(tensor: Tensor) -> dict[str, Any]:
    absolute = tensor.absolute if math.isfinite(tensor.absolute) else str(tensor.absolute)
    return {**vars(tensor), "absolute": absolute}


_SHOWN = 12


def _show(names: list[str], tensors: list[Tensor], divergence: Divergence | None) -> None:
    screen = console()
    worst = sorted(tensors, key=lambda tensor: tensor.absolute, reverse=True)[:_SHOWN]
    shown = {tensor.name for tensor in worst}
    table = Table("tensor", "operator", "label", "ULP", "absolute", "bound of its own", box=None, pad_edge=False, header_style="bold")
    for tensor in tensors:
        if tensor.name in shown:
            steps = "" if tensor.ulp is None else tensor.ulp
            cells = (tensor.name, tensor.operator, tensor.label, steps, f"{tensor.absolute:.3g}", tensor.bound)
            table.add_row(*(Text(str(cell)) for cell in cells))
    screen.print(table)
    screen.print(f"{len(tensors)} tensors on {' and '.join(names)}, those furthest apart are shown", style="bright_black", markup=False)
    if divergence is None:
        screen.print("no operator diverges beyond its bound", style="green")
    else:
        label = f" [{divergence.operator.label}]" if divergence.operator.label else ""
        screen.print(Text(f"first beyond its bound: {divergence.operator.name}{label}: {divergence.reason}", style="bold red"))
