"""Convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operator import MLOperand
from .activation import activated
from .registry import MICROSOFT, Node, imports
from .windows import Windows, as_before, as_image, spatial, windows

MAX_SLICES = 1024
"""How many convolutions of images one of volumes may become."""


def convolved(node: Node, x: MLOperand, filter: MLOperand, over: Windows, groups: int = 1, bias: MLOperand | None = None) -> MLOperand:
    """The convolution of images of any number of dimensions.

    WebNN has two. Of more, one is taken out: the sum over the window's places along it of convolutions of what is left, all
    its slices at once as a larger batch. It is the dimension along which the window is shortest.
    """
    if x.rank <= 4:
        over = over.two_dimensional()
        options: dict[str, Any] = {"padding": over.padding, "strides": over.strides, "dilations": over.dilations, "groups": groups}
        return as_before(node, node.b.conv2d(as_image(node, x), as_image(node, filter), bias=bias, **options), x.rank)
    b, (batch, channels, *sizes) = node.b, x.shape
    axis, rest = _taken_out(node, over)
    step, count = over.strides[axis], over.output(sizes)[axis]
    frames = _leading(node, x, axis)
    if over.begins[axis] or over.ends[axis]:
        none = [0] * (frames.rank - 2)
        frames = b.pad(frames, [0, over.begins[axis], *none], [0, over.ends[axis], *none])
    left = frames.shape[3:]
    total: MLOperand | None = None
    for place in range(over.window[axis]):
        starts = [0, place * over.dilations[axis], *([0] * (frames.rank - 2))]
        part = b.slice(frames, starts, [batch, (count - 1) * step + 1, channels, *left], strides=[1, step] + [1] * (frames.rank - 2))
        part = node.reshape(part, [batch * count, channels, *left])
        y = convolved(node, part, _at(node, filter, axis + 2, place), over.of(rest), groups, bias if place == 0 else None)
        total = y if total is None else b.add(total, y)
    assert total is not None
    return _returned(node, node.reshape(total, [batch, count, *total.shape[1:]]), axis)


def transposed(node: Node, x: MLOperand, filter: MLOperand, over: Windows, groups: int = 1, bias: MLOperand | None = None) -> MLOperand:
    """The transposed convolution of images of any number of dimensions; the padding is cut off from both ends.

    Of more than two dimensions one is taken out. Every place of the window along it gives slices that lie so many strides
    apart; those that meet are added, and the others put between one another.
    """
    if x.rank <= 4:
        over = over.two_dimensional()
        options: dict[str, Any] = {"padding": over.padding, "strides": over.strides, "dilations": over.dilations, "groups": groups}
        return as_before(node, node.b.conv_transpose2d(as_image(node, x), as_image(node, filter), bias=bias, **options), x.rank)
    b, (batch, channels, *sizes) = node.b, x.shape
    axis, rest = _taken_out(node, over)
    step, size, dilation = over.strides[axis], sizes[axis], over.dilations[axis]
    frames = _leading(node, x, axis)
    flat = node.reshape(frames, [batch * size, channels, *frames.shape[3:]])
    reach = (over.window[axis] - 1) * dilation // step
    totals: list[MLOperand | None] = [None] * step
    for place in range(over.window[axis]):
        y = transposed(node, flat, _at(node, filter, axis + 2, place), over.of(rest), groups)
        y = node.reshape(y, [batch, size, *y.shape[1:]])
        after = place * dilation // step
        if reach:
            none = [0] * (y.rank - 2)
            y = b.pad(y, [0, after, *none], [0, reach - after, *none])
        have = totals[place * dilation % step]
        totals[place * dilation % step] = y if have is None else b.add(have, y)
    [shape] = {total.shape for total in totals if total is not None}
    node.limit(step * size)
    apart = [b.expand(node.number(x, 0), shape) if total is None else total for total in totals]
    apart = [node.reshape(total, [batch, shape[1], 1, *shape[2:]]) for total in apart]
    joined = b.concat(apart, 2) if step > 1 else apart[0]
    joined = node.reshape(joined, [batch, shape[1] * step, *shape[2:]])
    length = (size - 1) * step + over.extents[axis] - over.begins[axis] - over.ends[axis]
    if length < 1:
        node.refuse(f"its padding leaves nothing of {(size - 1) * step + over.extents[axis]} elements")
    joined = b.slice(joined, [0, over.begins[axis], *([0] * (joined.rank - 2))], [batch, length, *joined.shape[2:]])
    y = _returned(node, joined, axis)
    return y if bias is None else b.add(y, node.reshape(bias, [1, bias.shape[0], *([1] * (y.rank - 2))]))


def _taken_out(node: Node, over: Windows) -> tuple[int, list[int]]:
    """The dimension along which a window is shortest, and the others."""
    axis = min(range(len(over.window)), key=lambda i: over.window[i])
    if over.window[axis] > MAX_SLICES or over.strides[axis] > MAX_SLICES:
        node.refuse(f"a window of {list(over.window)}, moved by {list(over.strides)}, is too large to be taken apart")
    return axis, [i for i in range(len(over.window)) if i != axis]


def _leading(node: Node, x: MLOperand, axis: int) -> MLOperand:
    """A spatial dimension of images brought before the channels."""
    others = [i for i in range(1, x.rank) if i != axis + 2]
    return node.b.transpose(x, permutation=[0, axis + 2, *others])


def _returned(node: Node, x: MLOperand, axis: int) -> MLOperand:
    """A spatial dimension brought back to its place."""
    order = [0, *range(2, x.rank)]
    order.insert(axis + 2, 1)
    return node.b.transpose(x, permutation=order)


def _at(node: Node, filter: MLOperand, axis: int, place: int) -> MLOperand:
    """A filter at one place of a dimension, which goes."""
    shape = [size for i, size in enumerate(filter.shape) if i != axis]
    if filter.value is not None:
        return node.b.constant(np.ascontiguousarray(filter.value.take(place, axis)))
    starts, sizes = [0] * filter.rank, list(filter.shape)
    starts[axis], sizes[axis] = place, 1
    return node.reshape(node.b.slice(filter, starts, sizes), shape)


def check_kernel(node: Node, x: MLOperand, filter: MLOperand) -> None:
    """The filter must have the rank of the images, and the sizes that the node declares."""
    declared = node.attribute("kernel_shape", None)
    if filter.rank != x.rank:
        node.refuse(f"a filter {filter.descriptor} does not fit images {x.descriptor}")
    if declared is not None and tuple(declared) != filter.shape[2:]:
        node.refuse(f"kernel_shape {list(declared)} contradicts its filter {filter.descriptor}")


@imports("Conv")
def conv(node: Node) -> MLOperand:
    x, filter = node.x(0), node.x(1)
    sizes = spatial(node, x)
    check_kernel(node, x, filter)
    groups = int(node.attribute("group", 1))
    return convolved(node, x, filter, windows(node, sizes, filter.shape[2:]), groups, node.optional(2))


@imports("FusedConv", domain=MICROSOFT)
def fused_conv(node: Node) -> MLOperand:
    """A convolution, then perhaps the sum with another tensor, then an activation."""
    y, b = conv(node), node.b
    if node.has(3):
        y = b.add(y, node.x(3))
    return activated(node, y, [float(number) for number in node.attribute("activation_params", [])])


@imports("ConvTranspose")
def conv_transpose(node: Node) -> MLOperand:
    """The whole output is cut at both ends by the padding; a negative rest of it adds zeros, before the bias.

    ``output_shape`` decides about the padding: what is too much is cut off, half at each end.
    """
    b, x, filter, bias = node.b, node.x(0), node.x(1), node.optional(2)
    sizes = spatial(node, x)
    check_kernel(node, x, filter)
    rank = len(sizes)
    mode = node.attribute("auto_pad", "NOTSET")
    over = windows(node, sizes, filter.shape[2:], transposed=True) if mode == "NOTSET" else _unpadded(node, filter.shape[2:], rank)
    extra = [int(item) for item in node.attribute("output_padding", [0] * rank)]
    wanted = node.attribute("output_shape", None)
    begins, ends = list(over.begins), list(over.ends)
    if wanted is not None or mode in ("SAME_UPPER", "SAME_LOWER"):
        wanted = list(wanted)[-rank:] if wanted is not None else [s * stride for s, stride in zip(sizes, over.strides, strict=True)]
        for i, size in enumerate(sizes):
            total = max(over.strides[i] * (size - 1) + extra[i] + over.extents[i] - wanted[i], 0)
            small, large = total // 2, total - total // 2
            begins[i], ends[i] = (small, large) if mode == "SAME_UPPER" else (large, small)
            # What is wanted beyond the whole output is added at the end.
            extra[i] += max(wanted[i] - (over.strides[i] * (size - 1) + extra[i] + over.extents[i]), 0)
    ends = [end - more for end, more in zip(ends, extra, strict=True)]
    cut = Windows(over.window, over.strides, over.dilations, tuple(begins), tuple(max(end, 0) for end in ends))
    zeros, groups = [max(-end, 0) for end in ends], int(node.attribute("group", 1))
    if not any(zeros):
        return transposed(node, x, filter, cut, groups, bias)
    y = b.pad(transposed(node, x, filter, cut, groups), [0] * x.rank, [0, 0, *zeros])
    return y if bias is None else b.add(y, node.reshape(bias, [1, bias.shape[0], *([1] * rank)]))


def _unpadded(node: Node, window: tuple[int, ...], rank: int) -> Windows:
    strides, dilations = tuple(node.attribute("strides", [1] * rank)), tuple(node.attribute("dilations", [1] * rank))
    return Windows(tuple(window), strides, dilations, (0,) * rank, (0,) * rank)


@imports("CausalConvWithState")
def causal_conv(node: Node) -> Any:
    """A depthwise convolution over the past: what went before is the state, put in front; the new state is the end."""
    return node.importer.expand(node, "")[0] if not node.wants(1) else tuple(node.importer.expand(node, ""))
