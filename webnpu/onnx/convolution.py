"""Convolutions."""

from __future__ import annotations

from typing import Any

from ..operator import MLOperand
from .activation import activated
from .registry import MICROSOFT, Node, imports
from .windows import Windows, as_before, as_image, spatial, windows


def options_of(node: Node, over: Windows, groups: int) -> dict[str, Any]:
    """The options of WebNN's convolutions."""
    over = over.two_dimensional()
    return {"padding": over.padding, "strides": over.strides, "dilations": over.dilations, "groups": groups}


def check_kernel(node: Node, filter: MLOperand) -> None:
    declared = node.attribute("kernel_shape", None)
    if declared is not None and tuple(declared) != filter.shape[2:]:
        node.refuse(f"kernel_shape {list(declared)} contradicts its filter {filter.descriptor}")


@imports("Conv")
def conv(node: Node) -> MLOperand:
    x, filter = node.x(0), node.x(1)
    sizes = spatial(node, x)
    check_kernel(node, filter)
    options = options_of(node, windows(node, sizes, filter.shape[2:]), int(node.attribute("group", 1)))
    y = node.b.conv2d(as_image(node, x), as_image(node, filter), bias=node.optional(2), **options)
    return as_before(node, y, x.rank)


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
    check_kernel(node, filter)
    rank = len(sizes)
    mode = node.attribute("auto_pad", "NOTSET")
    over = windows(node, sizes, filter.shape[2:]) if mode == "NOTSET" else _unpadded(node, filter.shape[2:], rank)
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
    options = options_of(node, cut, int(node.attribute("group", 1)))
    zeros = [max(-end, 0) for end in ends]
    y = b.conv_transpose2d(as_image(node, x), as_image(node, filter), bias=None if any(zeros) else bias, **options)
    if any(zeros):
        y = b.pad(y, [0, 0, 0, 0], [0, 0, *([0] * (2 - rank)), *zeros])
        y = y if bias is None else b.add(y, b.reshape(bias, [1, bias.shape[0], 1, 1]))
    return as_before(node, y, x.rank)


def _unpadded(node: Node, window: tuple[int, ...], rank: int) -> Windows:
    strides, dilations = tuple(node.attribute("strides", [1] * rank)), tuple(node.attribute("dilations", [1] * rank))
    return Windows(tuple(window), strides, dilations, (0,) * rank, (0,) * rank)


@imports("CausalConvWithState")
def causal_conv(node: Node) -> Any:
    """A depthwise convolution over the past: what went before is the state, put in front; the new state is the end."""
    return node.importer.expand(node, "")[0] if not node.wants(1) else tuple(node.importer.expand(node, ""))
