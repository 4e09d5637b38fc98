"""Data movement: an affine map of places where that is enough, a kernel where it is not."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from webnpu.operators.linear_algebra import Triangular
from webnpu.operators.movement import Concat, Expand, Pad, Reshape, Reverse, Slice, Split, Tile, Transpose

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
    """Each input is written into its part of the output, by a step of its own."""
    format = moved(op.output.data_type)
    target = plan.temporary(op.output.data_type, op.output.descriptor.size)
    strides = strides_of(op.output.shape)
    for end, operand in zip(accumulate(x.shape[op.axis] for x in op.inputs), op.inputs, strict=True):
        offset = (end - operand.shape[op.axis]) * strides[op.axis]
        plan.emit(
            "place",
            target,
            {"x": operand},
            constants={"SIZE": operand.descriptor.size},
            views={"part": view(operand.shape, strides, offset)},
            formats={"x": format, "y": format},
        )
    plan.hold(op.output, target)


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
