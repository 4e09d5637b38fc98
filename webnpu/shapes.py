"""The shape rules that operators share, each named as WebNN names it.

A rule returns a shape, or None where the operands do not fit; who asks says why, in words of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from .types import Shape


def broadcast(a: Sequence[int], b: Sequence[int]) -> Shape | None:
    """Bidirectionally broadcast two shapes (WebNN: bidirectionally broadcasting)."""
    if a == b:
        return tuple(a)
    rank = max(len(a), len(b))
    out = []
    for x, y in zip((1,) * (rank - len(a)) + tuple(a), (1,) * (rank - len(b)) + tuple(b), strict=True):
        if x != y and x != 1 and y != 1:
            return None
        out.append(y if x == 1 else x)
    return tuple(out)


def broadcasts_to(shape: Sequence[int], target: Sequence[int]) -> bool:
    """Whether a shape is unidirectionally broadcastable to another."""
    return len(shape) <= len(target) and broadcast(shape, target) == tuple(target)


def blockwise(shape: Sequence[int], target: Sequence[int]) -> bool:
    """Whether every dimension of ``shape`` divides that of ``target`` (WebNN: blockwise broadcasting)."""
    return len(shape) == len(target) and all(t % s == 0 for s, t in zip(shape, target, strict=True))


def reduced(shape: Sequence[int], axes: Sequence[int], keep_dimensions: bool) -> Shape:
    """The shape that is left when ``axes`` are reduced (WebNN: calculating reduction output sizes)."""
    if keep_dimensions:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def window_extent(size: int, dilation: int) -> int:
    """How many elements a dilated window spans."""
    return (size - 1) * dilation + 1


def conv_size(size: int, window: int, padding: Sequence[int], stride: int, dilation: int, rounding: str = "floor") -> int:
    """How often a window fits along one dimension (WebNN: calculating conv output size), rounded; below one where it does not."""
    room = size - window_extent(window, dilation) + padding[0] + padding[1]
    return (-(-room // stride) if rounding == "ceil" else room // stride) + 1


def conv_transpose_size(size: int, window: int, padding: Sequence[int], stride: int, dilation: int) -> int:
    """The output size of a transposed convolution, before output padding."""
    return (size - 1) * stride + window_extent(window, dilation) - padding[0] - padding[1]


def permuted(shape: Sequence[int], permutation: Sequence[int]) -> Shape:
    """The shape whose dimension ``i`` is dimension ``permutation[i]`` of ``shape``."""
    return tuple([shape[axis] for axis in permutation])


def arranged(shape: Shape, layout: str, wanted: str) -> Shape:
    """A shape in one layout, such as ``nhwc``, in the order of another, such as ``nchw``."""
    return shape if layout == wanted else permuted(shape, axes_order(layout, wanted))


@cache
def axes_order(layout: str, wanted: str) -> Shape:
    """The permutation that brings a layout such as ``hwio`` into the wanted order, such as ``oihw``."""
    return tuple(layout.index(axis) for axis in wanted)
