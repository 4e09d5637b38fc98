"""Convolutions: a loop over the taps of the window, each a product of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.convolution import Conv2d, ConvTranspose2d
from ..shapes import axes_order
from .evaluate import evaluates

Array = NDArray[Any]


def _add_bias(out: Array, bias: Array | None) -> Array:
    return out if bias is None else out + bias.reshape(1, -1, 1, 1)


@evaluates(Conv2d)
def conv2d(op: Conv2d, x: Array, filter: Array, bias: Array | None) -> Array:
    x = x.transpose(axes_order(op.input_layout, "nchw"))
    filter = filter.transpose(axes_order(op.filter_layout, "oihw"))
    top, bottom, left, right = op.padding
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    batches, channels, _, _ = x.shape
    x = x.reshape(batches, op.groups, channels // op.groups, *x.shape[2:])
    filter = filter.reshape(op.groups, -1, *filter.shape[1:])
    _, _, height, width = (op.output.shape[axis] for axis in axes_order(op.input_layout, "nchw"))
    out = np.zeros((batches, op.groups, filter.shape[1], height, width))
    for row in range(filter.shape[3]):
        for column in range(filter.shape[4]):
            y, y_end, y_step = row * op.dilations[0], row * op.dilations[0] + (height - 1) * op.strides[0] + 1, op.strides[0]
            z, z_end, z_step = column * op.dilations[1], column * op.dilations[1] + (width - 1) * op.strides[1] + 1, op.strides[1]
            seen = x[..., y:y_end:y_step, z:z_end:z_step]
            out += np.einsum("bgihw,goi->bgohw", seen, filter[..., row, column], optimize=True)
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
    for row in range(filter.shape[3]):
        for column in range(filter.shape[4]):
            y, z = row * op.dilations[0], column * op.dilations[1]
            rows = slice(y, y + (height - 1) * op.strides[0] + 1, op.strides[0])
            columns = slice(z, z + (width - 1) * op.strides[1] + 1, op.strides[1])
            out[..., rows, columns] += np.einsum("bgihw,gio->bgohw", x, filter[..., row, column], optimize=True)
    out = out[..., top : top + out_height, left : left + out_width]
    out = _add_bias(out.reshape(batches, -1, out_height, out_width), bias)
    return out.transpose(axes_order("nchw", op.input_layout))
