"""Gathering and scattering by computed indices, which are clamped so that nothing outside a tensor is touched."""

from __future__ import annotations

from math import prod
from typing import Any

from webnpu.operator import MLOperand
from webnpu.operators.indexing import Gather, GatherElements, GatherND, ScatterElements, ScatterND
from webnpu.types import Shape

from ..formats import FORMATS, moved
from ..literals import kind_of
from ..plan import View
from ..planner import Planner, lowers
from ..views import broadcast_view, strides_of, view


def _gather(op: Any, plan: Planner, base: View, index: View, sizes: tuple[int, ...], strides: tuple[int, ...]) -> None:
    """Take each element from ``base`` plus one stride for each of its indices, which begin at ``index``."""
    format = moved(op.input.data_type)
    plan.emit(
        "gather",
        op.output,
        {"x": op.input, "indices": op.indices},
        constants={"DEPTH": len(sizes), "SIZES": sizes, "STRIDES": strides},
        views={"base": base, "index": index},
        hooks=_place(op.indices),
        formats={"x": format, "y": format},
        aliases={"V": FORMATS[format].value},
        chain=[],
    )
    plan.values[op.output].step = None


def _place(indices: MLOperand) -> dict[str, str]:
    return {"place": f"place_{kind_of(indices.data_type)}(index, size)"}


def _inside(shape: Shape, axis: int) -> list[int]:
    """The strides of a tensor, but 0 along an axis."""
    return [0 if own == axis else stride for own, stride in enumerate(strides_of(shape))]


@lowers(Gather)
def gather(op: Gather, plan: Planner) -> None:
    shape, axis, indices = op.input.shape, op.axis, op.indices.shape
    strides = strides_of(shape)
    base = view(op.output.shape, [*strides[:axis], *(0 for _ in indices), *strides[axis + 1 :]])
    index = view(op.output.shape, [*(0 for _ in shape[:axis]), *strides_of(indices), *(0 for _ in shape[axis + 1 :])])
    _gather(op, plan, base, index, (shape[axis],), (strides[axis],))


@lowers(GatherElements)
def gather_elements(op: GatherElements, plan: Planner) -> None:
    shape, axis = op.input.shape, op.axis
    base = view(op.output.shape, _inside(shape, axis))
    _gather(op, plan, base, broadcast_view(op.indices.shape, op.output.shape), (shape[axis],), (strides_of(shape)[axis],))


@lowers(GatherND)
def gather_nd(op: GatherND, plan: Planner) -> None:
    shape, depth = op.input.shape, op.indices.shape[-1]
    strides, batch = strides_of(shape), op.indices.shape[:-1]
    base = view(op.output.shape, [*(0 for _ in batch), *strides[depth:]])
    index = view(op.output.shape, [*(depth * stride for stride in strides_of(batch)), *(0 for _ in shape[depth:])])
    _gather(op, plan, base, index, shape[:depth], tuple(strides[:depth]))


def _scatter(
    op: Any, plan: Planner, updates: int, slice_size: int, base: View, index: View, sizes: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    """Find the last update of each slice, then take each element from it or from the input.

    Several updates may meet in one place; which of them a device writes last is not defined, so each place asks.
    """
    slices = op.input.descriptor.size // slice_size
    winner = plan.temporary("uint32", slices)
    plan.clear(winner)
    plan.emit(
        "scatter_mark",
        winner,
        {"indices": op.indices},
        constants={"UPDATES": updates, "DEPTH": len(sizes), "SIZES": sizes, "STRIDES": strides},
        views={"base": base, "index": index},
        hooks=_place(op.indices),
        output_name="winner",
    )
    format = moved(op.input.data_type)
    plan.emit(
        "scatter_pick",
        op.output,
        {"x": op.input, "updates": op.updates, "winner": winner},
        constants={"SLICE": slice_size},
        formats={"x": format, "updates": format, "y": format},
        aliases={"V": FORMATS[format].value},
        chain=[],
    )
    plan.values[op.output].step = None


@lowers(ScatterElements)
def scatter_elements(op: ScatterElements, plan: Planner) -> None:
    shape, axis = op.input.shape, op.axis
    base = view(op.indices.shape, _inside(shape, axis))
    index = broadcast_view(op.indices.shape, op.indices.shape)
    _scatter(op, plan, op.indices.descriptor.size, 1, base, index, (shape[axis],), (strides_of(shape)[axis],))


@lowers(ScatterND)
def scatter_nd(op: ScatterND, plan: Planner) -> None:
    shape, depth = op.input.shape, op.indices.shape[-1]
    updates = prod(op.indices.shape[:-1])
    index = view((updates,), (depth,))
    _scatter(op, plan, updates, prod(shape[depth:]), View(sizes=(), strides=()), index, shape[:depth], tuple(strides_of(shape[:depth])))
