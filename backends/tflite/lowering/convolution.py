"""Convolutions: nhwc inside, filters ohwi; padding that the kernels cannot name becomes an operator of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from webnpu.operators.convolution import Conv2d, ConvTranspose2d
from webnpu.shapes import axes_order, window_extent

from ..emitter import Emitter, lowers
from ..flatbuffer import Tensor
from ..schema import PADDINGS
from ..values import Order
from . import arithmetic as at
from .movement import cut, pad_constant

MANY_GROUPS = 64
"""From here on a transposed convolution of each channel by itself is no longer written group by group."""
MOST_CHANNELS = 4096
"""Output channels of one DEPTHWISE_CONV_2D: LiteRT's own kernel, where XNNPACK does not take its place, never ends above 4832."""

Sides = tuple[tuple[int, int], tuple[int, int]]


def image_order(layout: str) -> Order:
    """The order of an image's tensor, nhwc."""
    return axes_order(layout, "nhwc")


def same_padding(sizes: Sequence[int], outputs: Sequence[int], extents: Sequence[int], strides: Sequence[int]) -> Sides:
    """The padding that the kernels apply when they are told SAME: half before, the odd one after."""
    totals = [max((o - 1) * s + e - size, 0) for size, o, e, s in zip(sizes, outputs, extents, strides, strict=True)]
    return tuple((total // 2, total - total // 2) for total in totals)  # type: ignore[return-value]


@lowers(Conv2d)
def conv2d(op: Conv2d, m: Emitter) -> None:
    order = image_order(op.input_layout)
    x = m.tensor(op.input, order)
    out_shape = tuple(op.output.shape[axis] for axis in order)
    # The kernel insists on a bias; one of zeros may still be replaced by that of an addition behind.
    bias = m.model.constant(np.zeros(out_shape[3], np.float32)) if op.bias is None else m.tensor(op.bias)
    x, options = padded(m, x, op, out_shape[1:3])
    channels = x.shape[3]
    multiplier = op.kernel[0] // op.groups
    computed = m.values[op.filter].array is None
    if op.groups == channels and op.groups > 1 and multiplier <= MOST_CHANNELS and not (computed and max(op.dilations) > 1):
        filter = m.tensor(op.filter, axes_order(op.filter_layout, "ihwo"))
        out = _depthwise(m, x, filter, bias, out_shape, {**options, "depth_multiplier": multiplier})
    elif op.groups == 1:
        filter = m.tensor(op.filter, axes_order(op.filter_layout, "ohwi"))
        out = m.emit("CONV_2D", [x, filter, bias], "float32", out_shape, **options)
    else:
        out = _grouped(m, op, x, bias, out_shape, options)
    m.put(op.output, out, order)


def padded(m: Emitter, x: Tensor, op: Conv2d, outputs: Sequence[int]) -> tuple[Tensor, dict[str, Any]]:
    """The input, padded where the kernel cannot be told to do so, and the options that the kernel is given."""
    options: dict[str, Any] = {
        "padding": PADDINGS["valid"],
        "stride_h": op.strides[0],
        "stride_w": op.strides[1],
        "dilation_h_factor": op.dilations[0],
        "dilation_w_factor": op.dilations[1],
    }
    if not any(op.padding):
        return x, options
    top, bottom, left, right = op.padding
    extents = [window_extent(size, dilation) for size, dilation in zip(op.kernel[2:], op.dilations, strict=True)]
    sizes = x.shape[1:3]
    if [-(-size // stride) for size, stride in zip(sizes, op.strides, strict=True)] == list(outputs):
        used = same_padding(sizes, outputs, extents, op.strides)
        # What lies behind the last window is never read, so that only the padding before must agree.
        if (top, left) == (used[0][0], used[1][0]):
            return x, {**options, "padding": PADDINGS["same"]}
    return pad_constant(m, x, [(0, 0), (top, bottom), (left, right), (0, 0)], 0), options


def _depthwise(m: Emitter, x: Tensor, filter: Tensor, bias: Tensor, out_shape: Sequence[int], options: dict[str, Any]) -> Tensor:
    """Channel by channel, no more of them at a time than the kernel can do."""
    multiplier = options["depth_multiplier"]
    most = MOST_CHANNELS // multiplier
    if x.shape[3] <= most:
        return m.emit("DEPTHWISE_CONV_2D", [x, filter, bias], "float32", out_shape, **options)
    parts = []
    for start in range(0, x.shape[3], most):
        count = min(most, x.shape[3] - start)
        seen = cut(m, x, (0, 0, 0, start), (*x.shape[:3], count))
        own, offset = _last(m, filter, start * multiplier, count * multiplier), _rows(m, bias, start * multiplier, count * multiplier)
        shape = (*out_shape[:3], count * multiplier)
        parts.append(m.emit("DEPTHWISE_CONV_2D", [seen, own, offset], "float32", shape, **options))
    return m.emit("CONCATENATION", parts, "float32", out_shape, axis=3)


def _grouped(m: Emitter, op: Conv2d, x: Tensor, bias: Tensor, out_shape: Sequence[int], options: dict[str, Any]) -> Tensor:
    """Group by group: not every kernel knows groups."""
    filter = m.tensor(op.filter, axes_order(op.filter_layout, "ohwi"))
    inputs, outputs = x.shape[3] // op.groups, out_shape[3] // op.groups
    parts = []
    for group in range(op.groups):
        seen = cut(m, x, (0, 0, 0, group * inputs), (*x.shape[:3], inputs))
        own = _rows(m, filter, group * outputs, outputs)
        offset = _rows(m, bias, group * outputs, outputs)
        parts.append(m.emit("CONV_2D", [seen, own, offset], "float32", (*out_shape[:3], outputs), **options))
    return m.emit("CONCATENATION", parts, "float32", out_shape, axis=3)


def _rows(m: Emitter, x: Tensor, start: int, count: int) -> Tensor:
    """A part of a tensor along its first dimension; of a constant when the model is made."""
    if x.data is not None:
        return m.model.constant(x.data[start : start + count])
    return cut(m, x, (start, *(0 for _ in x.shape[1:])), (count, *x.shape[1:]))


@lowers(ConvTranspose2d)
def conv_transpose2d(op: ConvTranspose2d, m: Emitter) -> None:
    order = image_order(op.input_layout)
    x = m.tensor(op.input, order)
    out_shape = tuple(op.output.shape[axis] for axis in order)
    bias = None if op.bias is None else m.tensor(op.bias)
    if op.groups == x.shape[3] > MANY_GROUPS and out_shape[3] // op.groups <= MOST_CHANNELS:
        m.put(op.output, _depthwise_transposed(m, op, x, bias, out_shape), order)
        return
    filter = _spread(m, m.tensor(op.filter, axes_order(op.filter_layout, "ohwi")), op.dilations)
    inputs, outputs = x.shape[3] // op.groups, out_shape[3] // op.groups
    if op.groups == 1:
        m.put(op.output, _transposed(m, op, x, filter, bias, out_shape), order)
        return
    parts = []
    for group in range(op.groups):
        seen = cut(m, x, (0, 0, 0, group * inputs), (*x.shape[:3], inputs))
        own = _last(m, filter, group * inputs, inputs)
        offset = None if bias is None else _rows(m, bias, group * outputs, outputs)
        parts.append(_transposed(m, op, seen, own, offset, (*out_shape[:3], outputs)))
    m.put(op.output, m.emit("CONCATENATION", parts, "float32", out_shape, axis=3), order)


def _depthwise_transposed(m: Emitter, op: ConvTranspose2d, x: Tensor, bias: Tensor | None, out_shape: Sequence[int]) -> Tensor:
    """Many channels, each by itself: a convolution of the input, spread by the strides, with the filter turned round."""
    filter = m.tensor(op.filter, axes_order(op.filter_layout, "hwio"))
    height, width = filter.shape[:2]
    flat = m.reshape(filter, (height * width, out_shape[3]))
    turned = (
        m.model.constant(np.flip(flat.data, 0))
        if flat.data is not None
        else m.emit("REVERSE_V2", [flat, m.integers(0)], flat.type, flat.shape)
    )
    filter = _spread(m, m.reshape(turned, (1, height, width, out_shape[3])), op.dilations)
    edges = [size - 1 for size in filter.shape[1:3]]
    spread = _spread(m, x, op.strides)
    starts = (op.padding[0], op.padding[2])
    full = [size + edge for size, edge in zip(spread.shape[1:3], edges, strict=True)]
    beyond = [max(start + o - f, 0) for start, o, f in zip(starts, out_shape[1:3], full, strict=True)]
    sides = [(edge, edge + more) for edge, more in zip(edges, beyond, strict=True)]
    wide = pad_constant(m, spread, [(0, 0), *sides, (0, 0)], 0.0)
    whole = (out_shape[0], *(f + more for f, more in zip(full, beyond, strict=True)), out_shape[3])
    zeros = m.model.constant(np.zeros(out_shape[3], np.float32)) if bias is None else bias
    options = {"padding": PADDINGS["valid"], "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    out = _depthwise(m, wide, filter, zeros, whole, {**options, "depth_multiplier": out_shape[3] // x.shape[3]})
    return cut(m, out, (0, *starts, 0), out_shape)


def _last(m: Emitter, x: Tensor, start: int, count: int) -> Tensor:
    """A part of a filter along its last dimension."""
    if x.data is not None:
        return m.model.constant(x.data[..., start : start + count])
    return cut(m, x, (0, 0, 0, start), (*x.shape[:3], count))


def _spread(m: Emitter, filter: Tensor, dilations: Sequence[int]) -> Tensor:
    """The filter, or an image, with zeros between its elements, in place of a dilation or a stride, which the kernel lacks."""
    for axis, dilation in zip((1, 2), dilations, strict=True):
        if dilation == 1:
            continue
        size, extent = filter.shape[axis], window_extent(filter.shape[axis], dilation)
        if filter.data is not None:
            spread = np.zeros((*filter.shape[:axis], extent, *filter.shape[axis + 1 :]), filter.data.dtype)
            spread[(slice(None),) * axis + (slice(None, None, dilation),)] = filter.data
            filter = m.model.constant(spread)
            continue
        before, after = filter.shape[:axis], filter.shape[axis + 1 :]
        apart = m.reshape(filter, (int(np.prod(before)), size, 1, int(np.prod(after))))
        wide = pad_constant(m, apart, [(0, 0), (0, 0), (0, dilation - 1), (0, 0)], 0.0)
        whole = m.reshape(wide, (*before, size * dilation, *after))
        filter = cut(m, whole, (0,) * 4, (*before, extent, *after))
    return filter


def _given(*inputs: Tensor | None) -> list[Tensor]:
    """The inputs that are there: delegates take one that stands as absent for one that is missing."""
    return [tensor for tensor in inputs if tensor is not None]


def _transposed(m: Emitter, op: ConvTranspose2d, x: Tensor, filter: Tensor, bias: Tensor | None, out_shape: Sequence[int]) -> Tensor:
    """The kernel computes all that the filter spreads to, or with SAME what is left of it; the rest is cut off or added."""
    windows, starts = filter.shape[1:3], (op.padding[0], op.padding[2])
    full = [(size - 1) * stride + window for size, stride, window in zip(x.shape[1:3], op.strides, windows, strict=True)]
    options = {"stride_h": op.strides[0], "stride_w": op.strides[1]}
    used = same_padding(out_shape[1:3], x.shape[1:3], windows, op.strides)
    fits = [-(-o // s) == size for o, s, size in zip(out_shape[1:3], op.strides, x.shape[1:3], strict=True)]
    if all(fits) and all(u[0] == start for u, start in zip(used, starts, strict=True)):
        shape = m.integers(*out_shape)
        return m.emit("TRANSPOSE_CONV", _given(shape, filter, x, bias), "float32", out_shape, padding=PADDINGS["same"], **options)
    whole = (out_shape[0], *full, out_shape[3])
    beyond = [max(start + o - f, 0) for start, o, f in zip(starts, out_shape[1:3], full, strict=True)]
    inside = None if any(beyond) else bias
    shape = m.integers(*whole)
    out = m.emit("TRANSPOSE_CONV", _given(shape, filter, x, inside), "float32", whole, padding=PADDINGS["valid"], **options)
    if any(beyond):
        out = pad_constant(m, out, [(0, 0), (0, beyond[0]), (0, beyond[1]), (0, 0)], 0.0)
    out = cut(m, out, (0, *starts, 0), out_shape)
    return out if bias is None or inside is not None else at.add(m, out, bias)
