"""Data movement. A lowering here runs once for each half of 64-bit integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from webnpu.operators.movement import Concat, Expand, Pad, Reshape, Reverse, Slice, Split, Tile, Transpose
from webnpu.types import MAX_RANK, Shape

from ..mil import Var
from .model import Lower, Model, held_shape, lowers
from .wide import in_halves


def _moves(function: Lower) -> Lower:
    """A lowering that moves elements of any type."""

    def lower(op: Any, m: Model) -> Any:
        return in_halves(m, op.inputs[0] if isinstance(op, Concat) else op.input, lambda: function(op, m))

    return lower


@lowers(Concat)
@_moves
def concat(op: Concat, m: Model) -> Var:
    return m.concat([m.of(x) for x in op.inputs], op.axis)


@lowers(Expand)
@_moves
def expand(op: Expand, m: Model) -> Var:
    x = m.of(op.input)
    if not op.new_shape:
        return x
    return m.expand(m.reshape(x, op.input.shape or (1,)), op.new_shape)


@lowers(Reshape, max_rank=MAX_RANK)
@_moves
def reshape(op: Reshape, m: Model) -> Var:
    return m.reshape(m.of(op.input), held_shape(op.new_shape))


@lowers(Reverse)
@_moves
def reverse(op: Reverse, m: Model) -> Var:
    return m.reverse(m.of(op.input), op.resolved_axes)


@lowers(Slice)
@_moves
def slice_(op: Slice, m: Model) -> Var:
    if not op.starts:
        return m.of(op.input)
    ends = [start + size for start, size in zip(op.starts, op.sizes, strict=True)]
    return m.slice(m.of(op.input), op.starts, ends, op.resolved_strides)


@lowers(Split)
@_moves
def split(op: Split, m: Model) -> tuple[Var, ...]:
    x = m.of(op.input)
    if len(op.parts) == 1:
        return (x,)
    outputs = [(x.dtype, output.shape) for output in op.outputs]
    return m.emit_several("split", outputs, x=x, split_sizes=op.parts, axis=op.axis)


@lowers(Tile)
@_moves
def tile(op: Tile, m: Model) -> Var:
    return m.tile(m.of(op.input), op.repetitions) if op.repetitions else m.of(op.input)


@lowers(Transpose)
@_moves
def transpose(op: Transpose, m: Model) -> Var:
    return m.transpose(m.of(op.input), op.resolved_permutation) if op.input.rank > 1 else m.of(op.input)


@lowers(Pad)
@_moves
def pad(op: Pad, m: Model) -> Var:
    x = m.of(op.input)
    sides = list(zip(op.beginning_padding, op.ending_padding, strict=True))
    if op.mode == "constant":
        if x.is_float and any(any(side) for side in sides):
            flat = [count for side in sides for count in side]
            value = m.scalar(x, op.resolved_value)
            return m.emit("pad", x.dtype, op.output.shape, x=x, pad=flat, mode="constant", constant_val=value)
        return surrounded(m, x, sides, lambda shape: m.filled(op.input, op.resolved_value, shape))
    for axis, (before, after) in enumerate(sides):
        beside = _edge if op.mode == "edge" else _mirrored
        parts = [beside(m, x, axis, before, 0), x, beside(m, x, axis, after, -1)]
        x = m.concat([part for part in parts if part is not None], axis)
    return x


def surrounded(m: Model, x: Var, sides: Sequence[tuple[int, int]], filled: Callable[[Shape], Var]) -> Var:
    """A tensor with constants around it, joined axis by axis: MIL pads floats only."""
    for axis, (before, after) in enumerate(sides):
        parts = [x]
        if before:
            parts.insert(0, filled((*x.shape[:axis], before, *x.shape[axis + 1 :])))
        if after:
            parts.append(filled((*x.shape[:axis], after, *x.shape[axis + 1 :])))
        x = m.concat(parts, axis)
    return x


def _part(m: Model, x: Var, axis: int, start: int, end: int) -> Var:
    starts, ends = [0] * x.rank, list(x.shape)
    starts[axis], ends[axis] = start, end
    return m.slice(x, starts, ends)


def _edge(m: Model, x: Var, axis: int, count: int, side: int) -> Var | None:
    """The first or the last element along an axis, so many times."""
    if not count:
        return None
    at = 0 if side == 0 else x.shape[axis] - 1
    return m.tile(_part(m, x, axis, at, at + 1), [count if i == axis else 1 for i in range(x.rank)])


def _mirrored(m: Model, x: Var, axis: int, count: int, side: int) -> Var | None:
    """So many elements beside the first or the last one along an axis, in the opposite order."""
    if not count:
        return None
    start = 1 if side == 0 else x.shape[axis] - 1 - count
    return m.reverse(_part(m, x, axis, start, start + count), (axis,))
