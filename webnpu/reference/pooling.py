"""Pooling: a loop over the taps of the window, row and column; padding counts for nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.pooling import AveragePool2d, L2Pool2d, MaxPool2d
from ..shapes import axes_order
from .evaluate import evaluates

Array = NDArray[Any]


def _pooled(op: Any, x: Array, identity: Any, combine: Callable[..., Array]) -> Array:
    """What all elements of the window make together, in all of its positions, nchw; ``identity`` outside the input.

    A window is combined along its rows, and what comes of them along its columns.
    """
    x = x.transpose(axes_order(op.layout, "nchw"))
    sizes = [op.output.shape[axis] for axis in axes_order(op.layout, "nchw")][2:]
    for axis in (3, 2):
        size, stride, dilation, window = sizes[axis - 2], op.strides[axis - 2], op.dilations[axis - 2], op.window[axis - 2]
        before, reach = op.padding[2 * (axis - 2)], (size - 1) * stride + 1
        needed = max(reach + (window - 1) * dilation, before + x.shape[axis])
        padded = np.full([needed if i == axis else extent for i, extent in enumerate(x.shape)], identity, x.dtype)
        padded.swapaxes(axis, 0)[before : before + x.shape[axis]] = x.swapaxes(axis, 0)
        taps = (padded.swapaxes(axis, 0)[tap * dilation : tap * dilation + reach : stride].swapaxes(axis, 0) for tap in range(window))
        x = next(taps).copy()
        for tap in taps:
            combine(x, tap, out=x)
    return x


@evaluates(AveragePool2d)
def average_pool2d(op: AveragePool2d, x: Array) -> Array:
    counted = _pooled(op, np.ones_like(x), 0.0, np.add)
    return (_pooled(op, x, 0.0, np.add) / counted).transpose(axes_order("nchw", op.layout))


@evaluates(L2Pool2d)
def l2_pool2d(op: L2Pool2d, x: Array) -> Array:
    return np.sqrt(_pooled(op, x**2, 0.0, np.add)).transpose(axes_order("nchw", op.layout))


@evaluates(MaxPool2d)
def max_pool2d(op: MaxPool2d, x: Array) -> Array:
    least = -np.inf if x.dtype == np.float64 else op.input.data_type.minimum
    return _pooled(op, x, least, np.maximum).transpose(axes_order("nchw", op.layout))
