"""Data movement."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.movement import Concat, Expand, Pad, Reshape, Reverse, Slice, Split, Tile, Transpose
from .evaluate import evaluates

Array = NDArray[Any]


@evaluates(Concat)
def concat(op: Concat, inputs: tuple[Array, ...]) -> Array:
    return np.concatenate(inputs, op.axis)


@evaluates(Expand)
def expand(op: Expand, x: Array) -> Array:
    return np.broadcast_to(x, op.new_shape)


@evaluates(Pad)
def pad(op: Pad, x: Array) -> Array:
    sides = list(zip(op.beginning_padding, op.ending_padding, strict=True))
    if not sides:
        return x
    if op.mode == "constant":
        return np.pad(x, sides, constant_values=x.dtype.type(op.resolved_value))
    return np.pad(x, sides, mode="edge" if op.mode == "edge" else "reflect")


@evaluates(Reshape)
def reshape(op: Reshape, x: Array) -> Array:
    return x.reshape(op.new_shape)


@evaluates(Reverse)
def reverse(op: Reverse, x: Array) -> Array:
    return np.flip(x, op.resolved_axes)


@evaluates(Slice)
def slice_(op: Slice, x: Array) -> Array:
    parts = zip(op.starts, op.sizes, op.resolved_strides, strict=True)
    return x[tuple(slice(start, start + size, stride) for start, size, stride in parts)]


@evaluates(Split)
def split(op: Split, x: Array) -> tuple[Array, ...]:
    return tuple(np.split(x, list(accumulate(op.parts))[:-1], op.axis))


@evaluates(Tile)
def tile(op: Tile, x: Array) -> Array:
    return np.tile(x, op.repetitions)


@evaluates(Transpose)
def transpose(op: Transpose, x: Array) -> Array:
    return x.transpose(op.resolved_permutation)
