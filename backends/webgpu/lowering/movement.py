"""Data movement: an affine map of places where that is enough, a kernel where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from typing import Any

from webnpu.operators.linear_algebra import Triangular
from webnpu.operators.movement import Concat, Expand, Pad, Reshape, Reverse, Slice, Split, Tile, Transpose

from ..assembly import pieces_of
from ..formats import FORMATS, moved
from ..literals import literal
from ..planner import Planner, lowers
from ..views import broadcast_view, strides_of, view


@lowers(Reshape)
def reshape(op: Reshape, plan: Planner) -> None:
    plan.alias(op.output, op.input)


@lowers(Expand)
def expand(op: Expand, plan: Planner) -> None:
    plan.move(op.output, op.input, broadcast_view(op.input.shape, op.new_shape))


@lowers(Transpose)
def transpose(op: Transpose, plan: Planner) -> None:
    """Nothing is moved where products read, or write, the other order themselves."""
    strides, permutation = strides_of(op.input.shape), op.resolved_permutation
    permuted = [strides[axis] for axis in permutation]
    ordered = strides_of(op.output.shape)
    written = [ordered[permutation.index(axis)] for axis in range(op.input.rank)]
    if not plan.look_through(op.output, op.input, permuted) and not plan.write_through(op.output, op.input, written):
        plan.move(op.output, op.input, view(op.output.shape, permuted))


@lowers(Slice)
def slice_(op: Slice, plan: Planner) -> None:
    strides = strides_of(op.input.shape)
    steps = [stride * step for stride, step in zip(strides, op.resolved_strides, strict=True)]
    plan.move(op.output, op.input, view(op.output.shape, steps, sum(a * b for a, b in zip(op.starts, strides, strict=True))))


@lowers(Reverse)
def reverse(op: Reverse, plan: Planner) -> None:
    strides = strides_of(op.input.shape)
    last = sum((op.input.shape[axis] - 1) * strides[axis] for axis in op.resolved_axes)
    turned = [-stride if axis in op.resolved_axes else stride for axis, stride in enumerate(strides)]
    plan.move(op.output, op.input, view(op.input.shape, turned, last))


@lowers(Split)
def split(op: Split, plan: Planner) -> None:
    strides = strides_of(op.input.shape)
    for output, end, part in zip(op.outputs, accumulate(op.parts), op.parts, strict=True):
        plan.move(output, op.input, view(output.shape, strides, (end - part) * strides[op.axis]))


@lowers(Tile)
def tile(op: Tile, plan: Planner) -> None:
    """Each dimension as two: which repetition, and which element of it."""
    pairs = zip(op.repetitions, op.input.shape, strict=True)
    sizes = [size for pair in pairs for size in pair]
    strides = [stride for own in strides_of(op.input.shape) for stride in (0, own)]
    plan.move(op.output, op.input, view(sizes, strides))


@lowers(Concat)
def concat(op: Concat, plan: Planner) -> None:
    """As many inputs in one step as can be bound; where there are more, what a step joins is an input of the next."""
    parts = [(plan.buffer(operand), operand.shape[op.axis]) for operand in op.inputs]
    while 1 < len(groups := _bindable(plan, parts)) < len(parts):
        parts = [_joined(op, plan, group) for group in groups]
    plan.hold(op.output, _joined(op, plan, parts)[0])


def _bindable(plan: Planner, parts: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Parts in groups that can be bound at once, beside one piece of what they are joined to."""
    groups: list[list[tuple[int, int]]] = []
    room = 0
    for part in parts:
        pieces = pieces_of(plan.buffers[part[0]], plan.limits)
        if pieces > room:
            groups.append([])
            room = max(plan.limits.storage_buffers - 1, pieces)
        groups[-1].append(part)
        room -= pieces
    return groups


def _joined(op: Concat, plan: Planner, parts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Buffers, each with its extent along the axis, joined by one step; those without a part in an element load one for nothing."""
    format, inner = moved(op.output.data_type), prod(op.output.shape[op.axis + 1 :])
    ends = tuple(accumulate(extent for _, extent in parts))
    shape = (*op.output.shape[: op.axis], ends[-1], *op.output.shape[op.axis + 1 :])
    target = plan.temporary(op.output.data_type, prod(shape))
    picked = ""
    views = {}
    for number, ((_, extent), end) in reversed(list(enumerate(zip(parts, ends, strict=True)))):
        own = strides_of((*shape[: op.axis], extent, *shape[op.axis + 1 :]))
        views[f"x{number}"] = view(shape, own, -(end - extent) * inner % 2**32)
        inside = f"along >= {end - extent}u && along < {end}u"
        load = f"x{number}_load(select(0u, x{number}_at(i), {inside}))"
        picked = f"select({picked}, {load}, along < {end}u)" if picked else load
    plan.emit(
        "concat",
        target,
        {f"x{number}": buffer for number, (buffer, _) in enumerate(parts)},
        constants={"INNER": inner, "EXTENT": ends[-1]},
        views=dict(reversed(views.items())),
        hooks={"part": picked},
        formats=dict.fromkeys([*(f"x{number}" for number in range(len(parts))), "y"], format),
    )
    return target, ends[-1]


@lowers(Pad)
def pad(op: Pad, plan: Planner) -> None:
    modes = {"constant": 0, "edge": 1, "reflection": 2}
    if not op.input.rank:
        plan.alias(op.output, op.input)
        return
    sides = {
        "SIZES": op.input.shape,
        "STRIDES": tuple(strides_of(op.input.shape)),
        "WANTED": op.output.shape,
        "BEFORE": op.beginning_padding,
    }
    constants: dict[str, Any] = {"RANK": op.input.rank, "MODE": modes[op.mode], **sides}
    plan.emit(
        "pad",
        op.output,
        {"x": op.input},
        constants=constants,
        aliases={"V": FORMATS[op.input.data_type].value},
        hooks={"filling": literal(op.resolved_value, op.input.data_type)},
    )


@lowers(Triangular)
def triangular(op: Triangular, plan: Planner) -> None:
    rows, columns = op.input.shape[-2:]
    constants = {"ROWS": rows, "COLUMNS": columns, "UPPER": int(op.upper), "DIAGONAL": op.diagonal % 2**32}
    plan.emit("triangular", op.output, {"x": op.input}, constants=constants, aliases={"V": FORMATS[op.input.data_type].value})
