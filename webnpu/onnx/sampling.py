"""Sampling at computed places: the neighbours of each place are gathered and weighted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import reduce

import numpy as np

from ..operator import MLOperand
from ..types import DataType, Shape
from .convolution import check_kernel
from .registry import Node, imports
from .windows import windows

Taps = list[tuple[MLOperand, MLOperand | None]]
"""Whole places along one dimension, and the share of each; None where there is one."""

_CUBIC = -0.75
"""The coefficient of the cubic convolution."""


class Sampler:
    """Samples images ``[N, C, *sizes]`` at places given for each of their spatial dimensions, each ``[N, *out]``.

    Args:
        node: the node.
        x: the images.
        padding: what is outside: ``zeros``, ``border``, or the image mirrored (``reflection``).
        aligned: whether the image is mirrored at the middle of its outermost elements, not at their edge.
    """

    def __init__(self, node: Node, x: MLOperand, padding: str = "zeros", *, aligned: bool = False) -> None:
        if padding not in ("zeros", "border", "reflection"):
            node.refuse(f"its padding_mode {padding!r} is not known")
        self.node, self.x, self.padding, self.aligned = node, x, padding, aligned
        self.sizes: Shape = x.shape[2:]

    def sampled(self, places: Sequence[MLOperand], mode: str) -> MLOperand:
        """The samples, ``[N, C, *out]``."""
        node, b = self.node, self.node.b
        if mode != "cubic":  # whose neighbours alone are brought into the image, as PyTorch and ONNX Runtime have it
            places = [self._padded(at, size) for at, size in zip(places, self.sizes, strict=True)]
        taps = [self._taps(at, mode) for at in places]
        node.limit(math.prod(len(t) for t in taps) * math.prod(self.x.shape[:2]) * math.prod(places[0].shape[1:]))
        total: MLOperand | None = None
        for chosen in itertools.product(*taps):
            found = self._gathered([at for at, _ in chosen])
            shares = [share for _, share in chosen if share is not None]
            if shares:
                share = reduce(b.mul, shares)
                share = b.reshape(share, [share.shape[0], 1, *share.shape[1:]])
                found = b.mul(found, node.cast(share, found.data_type))
            total = found if total is None else b.add(total, found)
        assert total is not None
        return total

    def _padded(self, at: MLOperand, size: int) -> MLOperand:
        """Places brought into the image, where the padding is not zeros."""
        if self.padding == "reflection":
            at = self._mirrored(at, size)
        return self.node.b.clamp(at, min_value=0, max_value=size - 1) if self.padding == "border" else at

    def _mirrored(self, at: MLOperand, size: int) -> MLOperand:
        """A triangle wave between the ends of the image."""
        node, b = self.node, self.node.b
        low, span = (0.0, float(size - 1)) if self.aligned else (-0.5, float(size))
        if span == 0:
            return b.mul(at, node.number(at, 0))
        away = b.abs(b.sub(at, node.number(at, low)))
        turns = b.floor(b.div(away, node.number(at, 2 * span)))
        rest = b.sub(away, b.mul(turns, node.number(at, 2 * span)))
        return b.add(b.sub(node.number(at, span), b.abs(b.sub(rest, node.number(at, span)))), node.number(at, low))

    def _taps(self, at: MLOperand, mode: str) -> Taps:
        node, b = self.node, self.node.b
        if mode == "nearest":
            return [(b.round_even(at), None)]
        first, one = b.floor(at), node.number(at, 1)
        part = b.sub(at, first)
        if mode == "linear":
            return [(first, b.sub(one, part)), (b.add(first, one), part)]
        if mode != "cubic":
            node.refuse(f"its mode {mode!r} is not known")
        away = [b.add(part, one), part, b.sub(one, part), b.sub(node.number(at, 2), part)]
        shares = [_outer(node, away[0]), _inner(node, away[1]), _inner(node, away[2]), _outer(node, away[3])]
        return [(b.add(first, node.number(at, i - 1)), share) for i, share in enumerate(shares)]

    def _gathered(self, places: Sequence[MLOperand]) -> MLOperand:
        """The elements at whole places; outside the image zero, or what the padding has there."""
        node, b = self.node, self.node.b
        batch, channels, *sizes = self.x.shape
        inside: MLOperand | None = None
        flat: MLOperand | None = None
        for at, size in zip(places, sizes, strict=True):
            if self.padding == "reflection":
                at = self._mirrored(at, size)
            within = b.clamp(at, min_value=0, max_value=size - 1)
            if self.padding == "zeros":
                fits = b.equal(within, at)
                inside = fits if inside is None else b.logical_and(inside, fits)
            index = b.cast(within, DataType.INT32)
            flat = index if flat is None else b.add(b.mul(flat, node.number(flat, size)), index)
        assert flat is not None
        out = flat.shape[1:]
        indices = b.expand(b.reshape(flat, [batch, 1, math.prod(out)]), [batch, channels, math.prod(out)])
        pixels = node.reshape(self.x, [batch, channels, math.prod(sizes)])
        found = b.reshape(b.gather_elements(pixels, indices, axis=2), [batch, channels, *out])
        return found if inside is None else b.where(b.reshape(inside, [batch, 1, *out]), found, node.number(found, 0))


def _polynomial(node: Node, x: MLOperand, coefficients: Sequence[float]) -> MLOperand:
    b = node.b
    total = b.linear(x, alpha=coefficients[0], beta=coefficients[1])
    for coefficient in coefficients[2:]:
        total = b.add(b.mul(total, x), node.number(x, coefficient))
    return total


def _inner(node: Node, x: MLOperand) -> MLOperand:
    """Keys's cubic convolution from 0 to 1."""
    return _polynomial(node, x, (_CUBIC + 2, -(_CUBIC + 3), 0, 1))


def _outer(node: Node, x: MLOperand) -> MLOperand:
    """The same from 1 to 2."""
    return _polynomial(node, x, (_CUBIC, -5 * _CUBIC, 8 * _CUBIC, -4 * _CUBIC))


@imports("GridSample")
def grid_sample(node: Node) -> MLOperand:
    """Places from -1 to 1 over an image of any number of dimensions, the last dimension first."""
    b, x, grid = node.b, node.x(0), node.cast(node.x(1), DataType.FLOAT32)
    mode = node.attribute("mode", "linear")
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(mode, mode)
    sizes, aligned = x.shape[2:], bool(node.attribute("align_corners", 0))
    if not sizes or grid.rank != x.rank or grid.shape[-1] != len(sizes) or grid.shape[0] != x.shape[0]:
        node.refuse(f"a grid {grid.descriptor} does not fit images {x.descriptor}")
    parts = b.split(grid, len(sizes), axis=grid.rank - 1) if len(sizes) > 1 else (grid,)
    places = []
    for part, size in zip(reversed(parts), sizes, strict=True):
        at = b.linear(b.reshape(part, grid.shape[:-1]), alpha=(size - 1 if aligned else size) / 2, beta=(size - 1) / 2)
        places.append(b.round_even(at) if mode == "nearest" else at)
    return Sampler(node, x, node.attribute("padding_mode", "zeros"), aligned=aligned).sampled(places, mode)


@imports("DeformConv")
def deform_conv(node: Node) -> MLOperand:
    """A convolution each place of whose window is moved by an offset of its own, and weighted by a mask.

    The image is sampled at all places of all windows at once; what is found is multiplied with the filter as a matrix.
    """
    b, x, filter, offset = node.b, node.x(0), node.x(1), node.cast(node.x(2), DataType.FLOAT32)
    if x.rank != 4:
        node.refuse(f"it is imported for images of two dimensions; got {x.descriptor}")
    check_kernel(node, x, filter)
    batch, channels, *sizes = x.shape
    groups, parts = int(node.attribute("group", 1)), int(node.attribute("offset_group", 1))
    over = windows(node, sizes, filter.shape[2:])
    out, places = over.output(sizes), math.prod(over.window)
    if groups < 1 or parts < 1 or channels % groups or channels % parts or filter.shape[0] % groups:
        node.refuse(f"{groups} groups and {parts} groups of offsets do not divide {channels} channels and {filter.shape[0]} filters")
    if offset.shape != (batch, parts * places * 2, *out):
        node.refuse(f"its offsets {offset.descriptor} must be of the shape {[batch, parts * places * 2, *out]}")
    moved = b.reshape(offset, [batch * parts, places, 2, *out])
    at = []
    for axis, part in enumerate(b.split(moved, 2, axis=2)):
        from_window = np.asarray([place[axis] for place in np.ndindex(*over.window)]) * over.dilations[axis] - over.begins[axis]
        along = (np.arange(out[axis]) * over.strides[axis]).reshape((-1, 1) if axis == 0 else (1, -1))
        base = (from_window[:, None, None] + along).astype(np.float32)
        at.append(b.add(b.reshape(part, [batch * parts, places, *out]), b.constant(np.ascontiguousarray(base))))
    images = node.reshape(x, [batch * parts, channels // parts, *sizes])
    found = Sampler(node, images).sampled(at, "linear")
    if node.has(4):
        found = b.mul(found, b.reshape(node.x(4), [batch * parts, 1, places, *out]))
    columns = b.reshape(found, [batch, groups, channels // groups * places, math.prod(out)])
    matrix = node.reshape(filter, [groups, filter.shape[0] // groups, channels // groups * places])
    y = b.reshape(b.matmul(matrix, columns), [batch, filter.shape[0], *out])
    return y if not node.has(3) else b.add(y, b.reshape(node.x(3), [1, filter.shape[0], 1, 1]))


@imports("RoiAlign")
def roi_align(node: Node) -> MLOperand:
    """Regions of images divided into bins, each sampled at a grid of places, of which the mean or the greatest is taken."""
    b, x, regions = node.b, node.x(0), node.cast(node.x(1), DataType.FLOAT32)
    batch, channels, height, width = x.shape
    count, rows, columns = regions.shape[0], int(node.attribute("output_height", 1)), int(node.attribute("output_width", 1))
    ratio, mode = int(node.attribute("sampling_ratio", 0)), node.attribute("mode", "avg")
    if ratio < 1:
        node.refuse("its sampling_ratio is 0: how many places are sampled depends on the size of each region")
    if mode not in ("avg", "max"):
        node.refuse(f"its mode {mode!r} is not known")
    node.limit(4 * count * channels * rows * columns * ratio**2)
    half = node.opset >= 16 and node.attribute("coordinate_transformation_mode", "half_pixel") == "half_pixel"
    corners = b.linear(regions, alpha=float(node.attribute("spatial_scale", 1.0)), beta=-0.5 if half else 0.0)
    left, top, right, bottom = (b.reshape(part, [count, 1]) for part in b.split(corners, 4, axis=1))
    places = []
    for first, last, bins, size in ((top, bottom, rows, height), (left, right, columns, width)):
        extent = b.sub(last, first)
        extent = extent if half else b.max(extent, node.number(extent, 1))
        steps = (np.arange(bins * ratio, dtype=np.float32) + 0.5) / (bins * ratio)
        places.append((b.add(first, b.mul(extent, b.constant(steps[None].astype(np.float32)))), size))
    shares = [_edges(node, at, size) for at, size in places]
    pixels = b.reshape(b.transpose(x, permutation=[0, 2, 3, 1]), [batch * height * width, channels])
    image = b.reshape(b.cast(node.x(2), DataType.INT32), [count, 1, 1])
    found = []
    for (row, row_share), (column, column_share) in itertools.product(*shares):
        flat = b.add(b.mul(image, node.number(image, height)), b.reshape(row, [count, rows * ratio, 1]))
        flat = b.add(b.mul(flat, node.number(flat, width)), b.reshape(column, [count, 1, columns * ratio]))
        share = b.mul(b.reshape(row_share, [count, rows * ratio, 1]), b.reshape(column_share, [count, 1, columns * ratio]))
        found.append(b.mul(b.gather(pixels, flat), node.cast(b.reshape(share, [*flat.shape, 1]), x.data_type)))
    every = reduce(b.add if mode == "avg" else b.max, found)
    apart = b.reshape(every, [count, rows, ratio, columns, ratio, channels])
    y = b.reduce_mean(apart, axes=[2, 4]) if mode == "avg" else b.reduce_max(apart, axes=[2, 4])
    return b.transpose(y, permutation=[0, 3, 1, 2])


def _edges(node: Node, at: MLOperand, size: int) -> list[tuple[MLOperand, MLOperand]]:
    """The two elements beside places, and their shares; up to one element outside the edge counts, beyond that nothing does."""
    b, one = node.b, node.number(at, 1)
    fits = b.logical_and(b.greater_or_equal(at, node.number(at, -1)), b.lesser_or_equal(at, node.number(at, size)))
    inside = b.clamp(at, min_value=0, max_value=size - 1)
    first = b.floor(inside)
    part = b.sub(inside, first)
    weight = b.cast(fits, DataType.FLOAT32)
    second = b.min(b.add(first, one), node.number(at, size - 1))
    return [
        (b.cast(first, DataType.INT32), b.mul(weight, b.sub(one, part))),
        (b.cast(second, DataType.INT32), b.mul(weight, part)),
    ]
