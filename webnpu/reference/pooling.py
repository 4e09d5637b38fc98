"""Pooling: a loop over the taps of the window; padding counts for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.pooling import AveragePool2d, L2Pool2d, MaxPool2d
from ..shapes import axes_order
from .evaluate import evaluates

Array = NDArray[Any]


def _taps(op: Any, x: Array, identity: Any) -> Iterator[Array]:
    """For each element of the window, what it sees in all of its positions, nchw; ``identity`` outside the input."""
    x = x.transpose(axes_order(op.layout, "nchw"))
    _, _, height, width = (op.output.shape[axis] for axis in axes_order(op.layout, "nchw"))
    rows_needed = (height - 1) * op.strides[0] + (op.window[0] - 1) * op.dilations[0] + 1
    columns_needed = (width - 1) * op.strides[1] + (op.window[1] - 1) * op.dilations[1] + 1
    top, _, left, _ = op.padding
    padded = np.full((*x.shape[:2], max(rows_needed, top + x.shape[2]), max(columns_needed, left + x.shape[3])), identity, x.dtype)
    padded[:, :, top : top + x.shape[2], left : left + x.shape[3]] = x
    for row in range(op.window[0]):
        for column in range(op.window[1]):
            y, z = row * op.dilations[0], column * op.dilations[1]
            yield padded[
                :, :, y : y + (height - 1) * op.strides[0] + 1 : op.strides[0], z : z + (width - 1) * op.strides[1] + 1 : op.strides[1]
            ]


@evaluates(AveragePool2d)
def average_pool2d(op: AveragePool2d, x: Array) -> Array:
    counted = sum(_taps(op, np.ones_like(x), 0.0))
    return np.asarray(sum(_taps(op, x, 0.0)) / counted).transpose(axes_order("nchw", op.layout))


@evaluates(L2Pool2d)
def l2_pool2d(op: L2Pool2d, x: Array) -> Array:
    return np.sqrt(sum(tap**2 for tap in _taps(op, x, 0.0))).transpose(axes_order("nchw", op.layout))


@evaluates(MaxPool2d)
def max_pool2d(op: MaxPool2d, x: Array) -> Array:
    least = -np.inf if x.dtype == np.float64 else op.input.data_type.minimum
    taps = _taps(op, x, least)
    out = next(taps).copy()
    for tap in taps:
        np.maximum(out, tap, out=out)
    return out.transpose(axes_order("nchw", op.layout))
