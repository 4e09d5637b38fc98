"""The windows of convolutions and pools: ONNX's paddings, and images of one dimension, or of three and more, by images of two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..operator import MLOperand
from ..shapes import window_extent
from ..types import Shape
from .registry import Node


@dataclass(frozen=True)
class Windows:
    """The attributes of a window over so many spatial dimensions.

    Attributes:
        window: its sizes.
        strides: how far it moves.
        dilations: how far its elements are apart.
        begins: the padding before each dimension.
        ends: the padding after each dimension.
    """

    window: Shape
    strides: Shape
    dilations: Shape
    begins: Shape
    ends: Shape

    @property
    def extents(self) -> Shape:
        return tuple(window_extent(size, dilation) for size, dilation in zip(self.window, self.dilations, strict=True))

    @property
    def padding(self) -> list[int]:
        """WebNN's padding: top, bottom, left, right."""
        return [side for pair in zip(self.begins, self.ends, strict=True) for side in pair]

    def of(self, axes: Sequence[int]) -> Windows:
        """The same over some of the dimensions."""
        parts = (self.window, self.strides, self.dilations, self.begins, self.ends)
        return Windows(*(tuple(part[axis] for axis in axes) for part in parts))

    def output(self, sizes: Sequence[int]) -> Shape:
        """How many places there are for a window over an image of some spatial sizes, rounded down."""
        rows = zip(sizes, self.begins, self.ends, self.extents, self.strides, strict=True)
        return tuple((size + begin + end - extent) // stride + 1 for size, begin, end, extent, stride in rows)

    def two_dimensional(self) -> Windows:
        """The same over two dimensions; one dimension gets a height of 1."""
        if len(self.window) == 2:
            return self
        return Windows((1, *self.window), (1, *self.strides), (1, *self.dilations), (0, *self.begins), (0, *self.ends))


def windows(node: Node, sizes: Sequence[int], window: Sequence[int], *, transposed: bool = False) -> Windows:
    """The windows of a node over an image of some spatial sizes, auto_pad worked out.

    Args:
        node: the node.
        sizes: the spatial sizes.
        window: the sizes of the window.
        transposed: whether the windows lie in the output, and so need not fit into the image.
    """
    rank = len(sizes)
    strides = tuple(node.attribute("strides", [1] * rank))
    dilations = tuple(node.attribute("dilations", [1] * rank))
    pads = list(node.attribute("pads", [0] * (2 * rank)))
    mode = node.attribute("auto_pad", "NOTSET")
    lengths = {len(window), len(strides), len(dilations), len(pads) / 2}
    if lengths != {rank}:
        node.refuse(f"its window, strides, dilations and pads are not all for {rank} spatial dimensions")
    if mode not in ("NOTSET", "", "VALID", "SAME_UPPER", "SAME_LOWER"):
        node.refuse(f"its auto_pad {mode!r} is not known")
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        pads = _same(sizes, window, strides, dilations, lower=mode == "SAME_LOWER")
    elif mode == "VALID":
        pads = [0] * (2 * rank)
    if min([*window, *strides, *dilations], default=1) < 1:
        node.refuse(f"its window {list(window)}, strides {list(strides)} and dilations {list(dilations)} must be 1 or more")
    if min(pads, default=0) < 0:
        node.refuse(f"its padding {pads} is negative")
    over = Windows(tuple(window), strides, dilations, tuple(pads[:rank]), tuple(pads[rank:]))
    if not transposed:
        for size, begin, end, extent in zip(sizes, over.begins, over.ends, over.extents, strict=True):
            if extent > size + begin + end:
                padded = f", {size + begin + end} with its padding" if begin or end else ""
                node.refuse(f"its window spans {extent} elements of an image of {size}{padded}")
    return over


def _same(sizes: Sequence[int], window: Sequence[int], strides: Sequence[int], dilations: Sequence[int], *, lower: bool) -> list[int]:
    """The padding that makes the output ``ceil(size / stride)``; an odd one out goes to the end, or to the beginning."""
    totals = []
    for size, width, stride, dilation in zip(sizes, window, strides, dilations, strict=True):
        totals.append(max((math.ceil(size / stride) - 1) * stride + window_extent(width, dilation) - size, 0))
    smaller, larger = [total // 2 for total in totals], [total - total // 2 for total in totals]
    return larger + smaller if lower else smaller + larger


def spatial(node: Node, x: MLOperand) -> Shape:
    """The spatial sizes of images, which have at least one spatial dimension."""
    if x.rank < 3:
        node.refuse(f"it needs images, of a batch, channels and at least one spatial dimension; got {x.descriptor}")
    return x.shape[2:]


def as_image(node: Node, x: MLOperand) -> MLOperand:
    """An image or a filter of one spatial dimension with a height of 1."""
    return node.reshape(x, (*x.shape[:2], 1, x.shape[2])) if x.rank == 3 else x


def as_before(node: Node, y: MLOperand, rank: int) -> MLOperand:
    """An image without the height that was put in."""
    return node.reshape(y, (*y.shape[:2], y.shape[3])) if rank == 3 else y
