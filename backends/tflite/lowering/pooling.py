"""Pooling, nhwc inside. Padding is never counted: it is the identity of the pool, and averages are of what lies inside."""

from __future__ import annotations

import math
from functools import partial, reduce
from typing import Any

import numpy as np

from webnpu.operators.pooling import AveragePool2d, L2Pool2d, MaxPool2d
from webnpu.shapes import window_extent
from webnpu.types import Array, DataType

from ..emitter import Emitter, lowers
from ..flatbuffer import Tensor
from ..schema import PADDINGS
from ..values import in_order
from . import arithmetic as at
from .convolution import image_order, same_padding
from .movement import cut, pad_constant
from .reduction import reduced

KERNEL_TYPES = ("float32", "int8", "uint8")
"""What the runtime's pools take."""


def _sides(op: Any, sizes: tuple[int, ...], outputs: tuple[int, ...]) -> list[tuple[int, int]]:
    """The padding that the windows reach into, for both dimensions: what is rounded up reaches beyond what was asked for."""
    sides = []
    for axis in range(2):
        begin = op.padding[2 * axis]
        needed = (outputs[axis] - 1) * op.strides[axis] + window_extent(op.window[axis], op.dilations[axis])
        sides.append((begin, max(needed - begin - sizes[axis], 0)))
    return sides


def pool(m: Emitter, op: Any, x: Tensor, kind: str, identity: float) -> Tensor:
    """A pool of the runtime, the padding filled with a number unless the kernel leaves it out by itself."""
    out_shape = in_order(op.output.shape, image_order(op.layout))
    sides = _sides(op, x.shape[1:3], out_shape[1:3])
    padding = "valid"
    if any(side != (0, 0) for side in sides):
        if _is_same(op, x, out_shape, sides):
            padding = "same"
        else:
            x = pad_constant(m, x, [(0, 0), *sides, (0, 0)], identity)
    if padding == "valid":
        spans = [(o - 1) * s + w for o, s, w in zip(out_shape[1:3], op.strides, op.window, strict=True)]
        x = cut(m, x, (0,) * 4, (x.shape[0], *spans, x.shape[3]))
    return m.emit(
        kind,
        [x],
        x.type,
        out_shape,
        padding=PADDINGS[padding],
        stride_h=op.strides[0],
        stride_w=op.strides[1],
        filter_height=op.window[0],
        filter_width=op.window[1],
    )


def _is_same(op: Any, x: Tensor, out_shape: tuple[int, ...], sides: list[tuple[int, int]]) -> bool:
    """Whether the windows stand where the kernel puts them when it is told SAME."""
    sizes = x.shape[1:3]
    fits = all(-(-size // s) == o for size, s, o in zip(sizes, op.strides, out_shape[1:3], strict=True))
    return fits and tuple(sides) == same_padding(sizes, out_shape[1:3], op.window, op.strides)


def _taps(m: Emitter, op: Any, x: Tensor, identity: float, kind: str) -> Tensor:
    """A pool as a chain over the columns of the window, and one over its rows, for dilations and types that no kernel has."""
    out_shape = in_order(op.output.shape, image_order(op.layout))
    sides = _sides(op, x.shape[1:3], out_shape[1:3])
    if any(side != (0, 0) for side in sides):
        x = pad_constant(m, x, [(0, 0), *sides, (0, 0)], identity)
    for axis in (1, 0):
        span, step = (out_shape[1 + axis] - 1) * op.strides[axis] + 1, op.strides[axis]
        shape = [span if i == 1 + axis else size for i, size in enumerate(x.shape)]
        steps = [step if i == 1 + axis else 1 for i in range(4)]
        starts = ([tap * op.dilations[axis] if i == 1 + axis else 0 for i in range(4)] for tap in range(op.window[axis]))
        x = reduce(partial(at.binary, m, kind), (cut(m, x, start, shape, steps) for start in starts))
    return x


def whole_windows(op: Any) -> bool:
    """Whether every window lies within the input."""
    sizes = op.image[2:]
    outputs = in_order(op.output.shape, image_order(op.layout))[1:3]
    return not _dilated(op) and all(side == (0, 0) for side in _sides(op, sizes, outputs))


def _dilated(op: Any) -> bool:
    return any(d > 1 and w > 1 for d, w in zip(op.dilations, op.window, strict=True))


def _counts(op: Any, sizes: tuple[int, ...], outputs: tuple[int, ...]) -> Array:
    """How many elements of the input each window sees, [1, height, width, 1]."""
    axes = []
    for axis in range(2):
        starts = np.arange(outputs[axis]) * op.strides[axis] - op.padding[2 * axis]
        places = starts[:, None] + np.arange(op.window[axis]) * op.dilations[axis]
        axes.append(((places >= 0) & (places < sizes[axis])).sum(1))
    return np.asarray(axes[0][:, None] * axes[1], np.float32).reshape(1, *outputs, 1)


@lowers(MaxPool2d)
def max_pool2d(op: MaxPool2d, m: Emitter) -> None:
    order = image_order(op.layout)
    data_type = op.input.data_type
    x = at.sign_flipped(m, m.tensor(op.input, order), data_type)
    if data_type.is_float:
        least: float = -math.inf
    else:
        least = int(np.iinfo(x.type).min) if data_type in (DataType.UINT32, DataType.UINT64) else data_type.minimum
    if x.type in KERNEL_TYPES and not _dilated(op):
        out = pool(m, op, x, "MAX_POOL_2D", least)
    else:
        out = _taps(m, op, x, least, "MAXIMUM")
    m.put(op.output, at.sign_flipped(m, out, data_type), order)


def _sums(m: Emitter, op: Any, x: Tensor) -> Tensor:
    """The sum of what each window sees: of all of it, the padding being zero."""
    if _dilated(op):
        return _taps(m, op, x, 0.0, "ADD")
    out_shape = in_order(op.output.shape, image_order(op.layout))
    sides = _sides(op, x.shape[1:3], out_shape[1:3])
    area = math.prod(op.window)
    counts = _counts(op, x.shape[1:3], out_shape[1:3]) if _is_same(op, x, out_shape, sides) else np.float32(area)
    return at.mul(m, pool(m, op, x, "AVERAGE_POOL_2D", 0.0), m.model.constant(np.asarray(counts, np.float32)))


@lowers(AveragePool2d)
def average_pool2d(op: AveragePool2d, m: Emitter) -> None:
    order = image_order(op.layout)
    x = m.tensor(op.input, order)
    out_shape = in_order(op.output.shape, order)
    counts = _counts(op, x.shape[1:3], out_shape[1:3])
    sides = _sides(op, x.shape[1:3], out_shape[1:3])
    if (op.window == x.shape[1:3] and out_shape[1:3] == (1, 1) and not any(op.padding)) and not _dilated(op):
        out = reduced(m, "MEAN", x, (1, 2))
    elif not _dilated(op) and ((counts == math.prod(op.window)).all() or _is_same(op, x, out_shape, sides)):
        out = pool(m, op, x, "AVERAGE_POOL_2D", 0.0)
    else:
        out = at.div(m, _sums(m, op, x), m.model.constant(counts))
    m.put(op.output, out, order)


@lowers(L2Pool2d)
def l2_pool2d(op: L2Pool2d, m: Emitter) -> None:
    order = image_order(op.layout)
    x = m.tensor(op.input, order)
    m.put(op.output, at.accurately(m, "SQRT", _sums(m, op, at.mul(m, x, x))), order)
