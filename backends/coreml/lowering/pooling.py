"""Pools. MIL knows no dilation, and pools of floats only: what else there is, is combined element by element of the window."""

from __future__ import annotations

from collections.abc import Iterator
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


def _taps(op: Any, m: Model, x: Var) -> Iterator[Var]:
    """For each element of the window, what it sees in all positions, of an input that is padded already."""
    batch, channels, *out = permuted(op.output.shape, axes_order(op.layout, "nchw"))
    for row in range(op.window[0]):
        for column in range(op.window[1]):
            starts = row * op.dilations[0], column * op.dilations[1]
            ends = [s + (n - 1) * step + 1 for s, n, step in zip(starts, out, op.strides, strict=True)]
            yield m.slice(x, (0, 0, *starts), (batch, channels, *ends), (1, 1, *op.strides))


def _padded(op: Any, m: Model, number: float) -> Var:
    x = nchw(m, op, op.layout)
    top, bottom, left, right = _sides(op)
    return surrounded(m, x, [(0, 0), (0, 0), (top, bottom), (left, right)], lambda shape: m.filled(op.input, number, shape))


def _counts(op: Any) -> Array:
    """How many elements of the input each window sees."""
    top, bottom, left, right = _sides(op)
    inside = np.pad(np.ones(op.image[2:]), ((top, bottom), (left, right)))
    _, _, height, width = permuted(op.output.shape, axes_order(op.layout, "nchw"))
    total = np.zeros((height, width))
    for row in range(op.window[0]):
        for column in range(op.window[1]):
            y, x = row * op.dilations[0], column * op.dilations[1]
            total += inside[
                y : y + (height - 1) * op.strides[0] + 1 : op.strides[0], x : x + (width - 1) * op.strides[1] + 1 : op.strides[1]
            ]
    return total


def _sum(m: Model, terms: Iterator[Var]) -> Var:
    total = next(terms)
    for term in terms:
        total = m.binary("add", total, term)
    return total


@lowers(AveragePool2d)
def average_pool2d(op: AveragePool2d, m: Model) -> Var:
    if op.dilations == (1, 1):
        return _native(op, m, "avg_pool", exclude_padding_from_average=True)
    total = _sum(m, _taps(op, m, _padded(op, m, 0)))
    counts = m.constant(_counts(op)[None, None], total.dtype)
    return from_nchw(m, m.binary("real_div", total, counts), op.layout)


@lowers(L2Pool2d)
def l2_pool2d(op: L2Pool2d, m: Model) -> Var:
    if op.dilations == (1, 1):
        return _native(op, m, "l2_pool")
    squares = (m.binary("mul", tap, tap) for tap in _taps(op, m, _padded(op, m, 0)))
    return from_nchw(m, m.unary("sqrt", _sum(m, squares)), op.layout)


@lowers(MaxPool2d)
def max_pool2d(op: MaxPool2d, m: Model) -> Value:
    data_type = op.input.data_type
    if data_type.is_float and op.dilations == (1, 1):
        return _native(op, m, "max_pool")
    if data_type.bits == 64:
        return _wide_max(op, m)
    least = -np.inf if data_type.is_float else int(data_type.minimum)
    taps = (m.ordered(tap, data_type) for tap in _taps(op, m, _padded(op, m, least)))
    greatest = next(taps)
    for tap in taps:
        greatest = m.binary("maximum", greatest, tap)
    return from_nchw(m, m.ordered(greatest, data_type), op.layout)


def _wide_max(op: MaxPool2d, m: Model) -> Value:
    data_type = op.input.data_type
    padded = wide.in_halves(m, op.input, lambda: _padded(op, m, int(data_type.minimum)))
    taps = (Wide(low, high) for low, high in zip(_taps(op, m, padded.low), _taps(op, m, padded.high), strict=True))
    greatest = next(taps)
    for tap in taps:
        greatest = wide.extreme(m, "maximum", greatest, tap, data_type)
    return Wide(from_nchw(m, greatest.low, op.layout), from_nchw(m, greatest.high, op.layout))
