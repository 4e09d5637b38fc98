"""Data movement."""

from __future__ import annotations

from ...operators.movement import Concat, Expand, Pad, Reshape, Reverse, Slice, Split, Tile, Transpose
from .writer import Writer, exports

_MODES = {"constant": "constant", "edge": "edge", "reflection": "reflect"}


@exports(Concat)
def concat(op: Concat, w: Writer) -> str:
    return w.node("Concat", *map(w, op.inputs), axis=op.axis)


@exports(Expand)
def expand(op: Expand, w: Writer) -> str:
    return w.node("Expand", w(op.input), w.integers(op.new_shape))


@exports(Pad)
def pad(op: Pad, w: Writer) -> str:
    if not op.input.rank:
        return w.node("Identity", w(op.input))
    sides = w.integers([*op.beginning_padding, *op.ending_padding])
    value = [w.constant(op.resolved_value, op.input.data_type)] if op.mode == "constant" else []
    return w.node("Pad", w(op.input), sides, *value, mode=_MODES[op.mode])


@exports(Reshape)
def reshape(op: Reshape, w: Writer) -> str:
    return w.reshape(w(op.input), op.new_shape)


@exports(Reverse)
def reverse(op: Reverse, w: Writer) -> str:
    """A slice from the end with a step of -1."""
    axes = op.resolved_axes
    if not axes:
        return w.node("Identity", w(op.input))
    last, before_first = [-1] * len(axes), [-(2**31)] * len(axes)
    return w.node("Slice", w(op.input), w.integers(last), w.integers(before_first), w.integers(axes), w.integers([-1] * len(axes)))


@exports(Slice)
def slice_(op: Slice, w: Writer) -> str:
    if not op.input.rank:
        return w.node("Identity", w(op.input))
    ends = [start + size for start, size in zip(op.starts, op.sizes, strict=True)]
    axes = list(range(op.input.rank))
    return w.node("Slice", w(op.input), w.integers(op.starts), w.integers(ends), w.integers(axes), w.integers(op.resolved_strides))


@exports(Split)
def split(op: Split, w: Writer) -> list[str]:
    return w.nodes_of("Split", [w(op.input), w.integers(op.parts)], len(op.parts), axis=op.axis)


@exports(Tile)
def tile(op: Tile, w: Writer) -> str:
    return w.node("Tile", w(op.input), w.integers(op.repetitions)) if op.input.rank else w.node("Identity", w(op.input))


@exports(Transpose)
def transpose(op: Transpose, w: Writer) -> str:
    if not op.input.rank:
        return w.node("Identity", w(op.input))
    return w.node("Transpose", w(op.input), perm=list(op.resolved_permutation))
