"""Pools. MIL knows no dilation, and pools of floats only: what else there is, is combined along the window's rows and columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from webnpu.operators.pooling import AveragePool2d, L2Pool2d, MaxPool2d
from webnpu.shapes import axes_order, permuted, window_extent
from webnpu.types import Array

from ..mil import Var
from . import wide
from .convolution import from_nchw, nchw
from .model import Model, Value, Wide, lowers
from .movement import surrounded


def _sides(op: Any) -> list[int]:
    """The padding that the windows really reach into: top, bottom, left, right, so that sizes need no rounding."""
    _, _, *out = permuted(op.output.shape, axes_order(op.layout, "nchw"))
    sides = []
    for axis in (0, 1):
        before = op.padding[2 * axis]
        reach = (out[axis] - 1) * op.strides[axis] + window_extent(op.window[axis], op.dilations[axis])
        sides += [before, max(0, reach - before - op.image[2 + axis])]
    return sides


def _native(op: Any, m: Model, type: str, **parameters: Any) -> Var:
    x = nchw(m, op, op.layout)
    shape = permuted(op.output.shape, axes_order(op.layout, "nchw"))
    out = m.emit(
        type,
        x.dtype,
        shape,
        x=x,
        kernel_sizes=op.window,
        strides=op.strides,
        pad_type="custom",
        pad=_sides(op),
        ceil_mode=False,
        **parameters,
    )
    return from_nchw(m, out, op.layout)


def _windows(m: Model, op: Any, x: Any, combine: Callable[[Any, Any], Any]) -> Any:
    """What the windows see of an input that is padded already, combined: along the rows of each, and then its columns.

    By doubling: two neighbours make a pair, two pairs four, so that a window of n takes about 2 log n operations.
    """
    for axis in (3, 2):
        count, apart, step = op.window[axis - 2], op.dilations[axis - 2], op.strides[axis - 2]
        shape = (x.low if isinstance(x, Wide) else x).shape
        places = shape[axis] - (count - 1) * apart
        part, size, total, done = x, 1, None, 0
        while size <= count:
            if size > 1:
                length = shape[axis] - (size - 1) * apart
                half = size // 2 * apart
                part = combine(_run(m, part, axis, 0, length), _run(m, part, axis, half, length))
            if count & size:
                own = _run(m, part, axis, done * apart, places)
                total, done = own if total is None else combine(total, own), done + size
            size *= 2
        x = _run(m, total, axis, 0, places, step)
    return x


def _run(m: Model, x: Any, axis: int, start: int, length: int, step: int = 1) -> Any:
    """A run of places along an axis, every so many of them."""
    if isinstance(x, Wide):
        return Wide(_run(m, x.low, axis, start, length, step), _run(m, x.high, axis, start, length, step))
    if (start, length, step) == (0, x.shape[axis], 1):
        return x
    starts, ends, steps = [0] * 4, list(x.shape), [1] * 4
    starts[axis], ends[axis], steps[axis] = start, start + length, step
    return m.slice(x, starts, ends, steps)


def _padded(op: Any, m: Model, number: float) -> Var:
    x = nchw(m, op, op.layout)
    top, bottom, left, right = _sides(op)
    return surrounded(m, x, [(0, 0), (0, 0), (top, bottom), (left, right)], lambda shape: m.filled(op.input, number, shape))


def _counts(op: Any) -> Array:
    """How many elements of the input each window sees."""
    outputs = permuted(op.output.shape, axes_order(op.layout, "nchw"))[2:]
    seen = []
    for axis in (0, 1):
        starts = np.arange(outputs[axis]) * op.strides[axis] - op.padding[2 * axis]
        places = starts[:, None] + np.arange(op.window[axis]) * op.dilations[axis]
        seen.append(((places >= 0) & (places < op.image[2 + axis])).sum(1))
    counts: Array = np.multiply.outer(*seen)
    return counts


@lowers(AveragePool2d)
def average_pool2d(op: AveragePool2d, m: Model) -> Var:
    if op.dilations == (1, 1):
        return _native(op, m, "avg_pool", exclude_padding_from_average=True)
    total = _windows(m, op, _padded(op, m, 0), partial(m.binary, "add"))
    counts = m.constant(_counts(op)[None, None], total.dtype)
    return from_nchw(m, m.binary("real_div", total, counts), op.layout)


@lowers(L2Pool2d)
def l2_pool2d(op: L2Pool2d, m: Model) -> Var:
    if op.dilations == (1, 1):
        return _native(op, m, "l2_pool")
    x = _padded(op, m, 0)
    return from_nchw(m, m.unary("sqrt", _windows(m, op, m.binary("mul", x, x), partial(m.binary, "add"))), op.layout)


@lowers(MaxPool2d)
def max_pool2d(op: MaxPool2d, m: Model) -> Value:
    data_type = op.input.data_type
    if data_type.is_float and op.dilations == (1, 1):
        return _native(op, m, "max_pool")
    if data_type.bits == 64:
        return _wide_max(op, m)
    least = -np.inf if data_type.is_float else int(data_type.minimum)
    greatest = _windows(m, op, m.ordered(_padded(op, m, least), data_type), partial(m.binary, "maximum"))
    return from_nchw(m, m.ordered(greatest, data_type), op.layout)


def _wide_max(op: MaxPool2d, m: Model) -> Value:
    data_type = op.input.data_type
    padded = wide.in_halves(m, op.input, lambda: _padded(op, m, int(data_type.minimum)))
    greatest = _windows(m, op, padded, lambda a, b: wide.extreme(m, "maximum", a, b, data_type))
    return Wide(from_nchw(m, greatest.low, op.layout), from_nchw(m, greatest.high, op.layout))
