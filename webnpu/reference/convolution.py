"""Convolutions: products of matrices over what the window sees, a bounded number of its positions at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..operators.convolution import Conv2d, ConvTranspose2d
from ..shapes import axes_order
from .evaluate import evaluates

Array = NDArray[Any]

CHUNK = 2**20
"""How many elements are gathered at a time, unless a single row of the output needs more."""


def _add_bias(out: Array, bias: Array | None) -> Array:
    return out if bias is None else out + bias.reshape(1, -1, 1, 1)


def _parts(count: int, size: int) -> Iterator[slice]:
    """So many things in turn, each of so many elements, in parts that do not exceed the chunk."""
    step = max(1, CHUNK // size)
    return (slice(start, min(count, start + step)) for start in range(0, count, step))


@evaluates(Conv2d)
def conv2d(op: Conv2d, x: Array, filter: Array, bias: Array | None) -> Array:
    x = x.transpose(axes_order(op.input_layout, "nchw"))
    filter = filter.transpose(axes_order(op.filter_layout, "oihw"))
    top, bottom, left, right = op.padding
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    batches, channels, _, _ = x.shape
    x = x.reshape(batches, op.groups, channels // op.groups, *x.shape[2:])
    filter = filter.reshape(op.groups, -1, *filter.shape[1:])
    window = [(size - 1) * dilation + 1 for size, dilation in zip(filter.shape[3:], op.dilations, strict=True)]
    # For each position of the window, its taps: batch, group, channel, row, column, row of the window, column of it.
    seen = sliding_window_view(x, window, (3, 4))[:, :, :, :: op.strides[0], :: op.strides[1], :: op.dilations[0], :: op.dilations[1]]
    height, width = seen.shape[3:5]
    weights = filter.reshape(op.groups, filter.shape[1], -1)
    terms = weights.shape[2]
    out = np.empty((batches, op.groups, filter.shape[1], height, width))
    for batch in _parts(batches, op.groups * width * terms):
        for group in _parts(op.groups, width * terms):
            for rows in _parts(height, (batch.stop - batch.start) * (group.stop - group.start) * width * terms):
                taps = seen[batch, group, :, rows].transpose(0, 1, 2, 5, 6, 3, 4)
                product = weights[group] @ taps.reshape(*taps.shape[:2], terms, -1)
                out[batch, group, :, rows] = product.reshape(*product.shape[:3], -1, width)
    out = _add_bias(out.reshape(batches, -1, height, width), bias)
    return out.transpose(axes_order("nchw", op.input_layout))


@evaluates(ConvTranspose2d)
def conv_transpose2d(op: ConvTranspose2d, x: Array, filter: Array, bias: Array | None) -> Array:
    x = x.transpose(axes_order(op.input_layout, "nchw"))
    filter = filter.transpose(axes_order(op.filter_layout, "iohw"))
    batches, channels, height, width = x.shape
    x = x.reshape(batches, op.groups, channels // op.groups, height, width)
    filter = filter.reshape(op.groups, channels // op.groups, *filter.shape[1:])
    _, _, out_height, out_width = (op.output.shape[axis] for axis in axes_order(op.input_layout, "nchw"))
    top, _, left, _ = op.padding
    spread_height = (height - 1) * op.strides[0] + (filter.shape[3] - 1) * op.dilations[0] + 1
    spread_width = (width - 1) * op.strides[1] + (filter.shape[4] - 1) * op.dilations[1] + 1
    # Room for all that the filter spreads to, and for output beyond it; the padding is cut off at the end.
    out = np.zeros((batches, op.groups, filter.shape[2], max(spread_height, top + out_height), max(spread_width, left + out_width)))
    _spread(op, x, filter, out)
    out = out[..., top : top + out_height, left : left + out_width]
    out = _add_bias(out.reshape(batches, -1, out_height, out_width), bias)
    return out.transpose(axes_order("nchw", op.input_layout))


def _spread(op: ConvTranspose2d, x: Array, filter: Array, out: Array) -> None:
    """Add each input element times the filter to the output, by the taps of the filter or the elements of an image, whichever are fewer."""
    sizes, taps = x.shape[3:], filter.shape[3:]
    by_tap = taps[0] * taps[1] <= sizes[0] * sizes[1]
    loops, steps, spans, strides = (taps, op.dilations, sizes, op.strides) if by_tap else (sizes, op.strides, taps, op.dilations)
    for row, column in np.ndindex(*loops):
        y, z = row * steps[0], column * steps[1]
        rows = slice(y, y + (spans[0] - 1) * strides[0] + 1, strides[0])
        columns = slice(z, z + (spans[1] - 1) * strides[1] + 1, strides[1])
        pixels, weights = (x, filter[..., row, column]) if by_tap else (x[..., row, column], filter)
        out[..., rows, columns] += np.einsum("bgihw,gio->bgohw" if by_tap else "bgi,giohw->bgohw", pixels, weights, optimize=True)
