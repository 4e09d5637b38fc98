"""Pooling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..operator import MLOperand
from ..types import FLOATS, DataType
from .registry import Import, Node, imports
from .windows import Windows, spatial, windows


def _output_sizes(node: Node, sizes: tuple[int, ...], over: Windows) -> list[int]:
    """With ceil_mode, rounded up, but without a window that would begin in the padding after the image."""
    out = []
    for i, size in enumerate(sizes):
        padded = size + over.begins[i] + over.ends[i]
        room = padded - over.extents[i]
        count = (-(-room // over.strides[i]) if node.attribute("ceil_mode", 0) else room // over.strides[i]) + 1
        if node.attribute("ceil_mode", 0) and (count - 1) * over.strides[i] >= size + over.begins[i]:
            count -= 1
        out.append(count)
    return out


def _pool(node: Node, name: str, x: MLOperand, over: Windows, out: Sequence[int]) -> MLOperand:
    """One of WebNN's pools, over any number of dimensions: the last two, if they round alike, then the others one after another.

    All of WebNN's pools can be taken apart so: of a mean, each window has equally many elements along the other dimensions.
    """
    shape = list(x.shape)
    dimensions = list(range(len(out)))
    together = dimensions[-2:] if _round_alike(shape[2:], over, out) else []
    groups = [*([together] if together else []), *([axis] for axis in reversed(dimensions) if axis not in together)]
    for axes in groups:
        first, last = axes[0] + 2, axes[-1] + 3
        image = [shape[0], math.prod(shape[1:first]), *shape[first:last]]
        if len(axes) == 1:
            image.append(math.prod(shape[last:]))
        part = over.of(axes)
        window, strides, dilations, begins, ends = (
            (*of, fill) if len(axes) == 1 else of
            for of, fill in ((part.window, 1), (part.strides, 1), (part.dilations, 1), (part.begins, 0), (part.ends, 0))
        )
        sizes = [*(out[axis] for axis in axes), *image[3:][: 2 - len(axes)]]
        pool = getattr(node.b, name)
        x = pool(
            node.reshape(x, image),
            window_dimensions=window,
            padding=Windows(window, strides, dilations, begins, ends).padding,
            strides=strides,
            dilations=dilations,
            output_sizes=sizes,
        )
        shape[first:last] = [out[axis] for axis in axes]
    return node.reshape(x, shape)


def _round_alike(sizes: Sequence[int], over: Windows, out: Sequence[int]) -> bool:
    """Whether the last two dimensions both round down or both up, as one of WebNN's pools does.

    ONNX rounds up, except where the last window would begin after the image.
    """
    up = down = False
    rows = zip(sizes, over.begins, over.ends, over.extents, over.strides, out, strict=True)
    for size, begin, end, extent, stride, count in list(rows)[-2:]:
        room = size + begin + end - extent
        up |= count > room // stride + 1
        down |= count < -(-room // stride) + 1
    return not (up and down)


def _over(node: Node, x: MLOperand) -> tuple[Windows, list[int]]:
    """The windows of a pool, and how many places they have."""
    sizes = spatial(node, x)
    over = windows(node, sizes, node.attribute("kernel_shape", []))
    return over, _output_sizes(node, sizes, over)


@imports("MaxPool")
def max_pool(node: Node) -> Any:
    x = node.x(0)
    over, out = _over(node, x)
    y = _pool(node, "max_pool2d", x, over, out)
    return (y, _positions(node, x, over, out)) if node.wants(1) else y


_MAX_PLACES = 1024
"""How many places a window may have whose greatest element is looked for."""


def _positions(node: Node, x: MLOperand, over: Windows, out: Sequence[int]) -> MLOperand:
    """Where in the whole tensor the first greatest element of each window lies.

    Each place of the window gives one element of every window: a slice of the image. The greatest so far is kept with its
    position along each dimension.
    """
    b, places = node.b, math.prod(over.window)
    if places > _MAX_PLACES:
        node.refuse(f"where the greatest element of a window lies is found for up to {_MAX_PLACES} of them; it has {places}")
    sizes, lead = x.shape[2:], math.prod(x.shape[:2])
    node.limit(places * lead * math.prod(out))
    low = -np.inf if x.data_type in FLOATS else x.data_type.minimum
    needed = [(n - 1) * s + e for n, s, e in zip(out, over.strides, over.extents, strict=True)]
    ends = [max(need - size - begin, 0) for need, size, begin in zip(needed, sizes, over.begins, strict=True)]
    padded = b.pad(x, [0, 0, *over.begins], [0, 0, *ends], value=low) if any(over.begins) or any(ends) else x
    order = range(len(sizes))[::-1] if node.attribute("storage_order", 0) else range(len(sizes))
    scales = _scales(sizes, order)
    best: MLOperand | None = None
    for place in np.ndindex(*over.window):
        starts = [k * d for k, d in zip(place, over.dilations, strict=True)]
        spans = [(n - 1) * s + 1 for n, s in zip(out, over.strides, strict=True)]
        found = b.slice(padded, [0, 0, *starts], [*x.shape[:2], *spans], strides=[1, 1, *over.strides])
        at = np.zeros(tuple(out), np.int64)
        for axis, scale in enumerate(scales):
            along = np.arange(out[axis]) * over.strides[axis] + starts[axis] - over.begins[axis]
            at = at + scale * np.clip(along, 0, sizes[axis] - 1).reshape([-1 if i == axis else 1 for i in range(len(out))])
        position = b.constant(at.astype(np.int32))
        if best is None:
            best, where = found, b.expand(position, found.shape)
        else:
            is_greater = b.greater(found, best)
            best, where = b.where(is_greater, found, best), b.where(is_greater, position, where)
    offsets = np.arange(lead, dtype=np.int64).reshape(*x.shape[:2], *[1] * len(out)) * math.prod(sizes)
    return b.add(b.cast(where, DataType.INT64), b.constant(offsets))


def _scales(sizes: Sequence[int], order: Sequence[int]) -> list[int]:
    """How far apart neighbours along each dimension lie, the dimensions of an image named from the outermost to the innermost."""
    scales, scale = [0] * len(sizes), 1
    for axis in reversed(order):
        scales[axis] = scale
        scale *= sizes[axis]
    return scales


@imports("MaxUnpool")
def max_unpool(node: Node) -> MLOperand:
    """The elements put back to where they were found, among zeros; a larger ``output_shape`` adds zeros at the end."""
    b, x = node.b, node.x(0)
    sizes = spatial(node, x)
    window = node.attribute("kernel_shape", [])
    over = windows(node, sizes, window, transposed=True)
    whole = [
        (size - 1) * stride + width - begin - end
        for size, stride, width, begin, end in zip(sizes, over.strides, window, over.begins, over.ends, strict=True)
    ]
    shape = [*x.shape[:2], *whole]
    if min(whole) < 1:
        node.refuse(f"its padding leaves {whole} of an image")
    node.limit(math.prod(shape))
    flat = b.expand(node.number(x, 0), [math.prod(shape)])
    places = node.reshape(node.x(1), [x.descriptor.size])
    y = b.reshape(b.scatter_elements(flat, places, b.reshape(x, [x.descriptor.size]), axis=0), shape)
    if not node.has(2):
        return y
    wanted = node.integers(2, "output shape")
    if len(wanted) != len(shape) or any(want < have for want, have in zip(wanted, shape, strict=True)):
        node.refuse(f"its output shape {wanted} is smaller than what it puts back, {shape}")
    more = [want - have for want, have in zip(wanted, shape, strict=True)]
    return b.pad(y, [0] * y.rank, more) if any(more) else y


@imports("AveragePool")
def average_pool(node: Node) -> MLOperand:
    """Padding counts only where count_include_pad says so: then it is put into the image."""
    x = node.floats_only(node.x(0))
    over, out = _over(node, x)
    if node.attribute("count_include_pad", 0) and any(over.padding):
        x = node.b.pad(x, [0, 0, *over.begins], [0, 0, *over.ends])
        none = (0,) * len(over.window)
        over = Windows(over.window, over.strides, over.dilations, none, none)
    return _pool(node, "average_pool2d", x, over, out)


@imports("LpPool")
def lp_pool(node: Node) -> MLOperand:
    """``sum(|x| ** p) ** (1 / p)``, by the pool that WebNN has for p = 2: the sum of the squares of ``|x| ** (p / 2)``."""
    b, x, p = node.b, node.floats_only(node.x(0)), float(node.attribute("p", 2))
    over, out = _over(node, x)
    if p == 2:
        return _pool(node, "l2_pool2d", x, over, out)
    if p <= 0:
        node.refuse(f"its p must be above 0; got {p:g}")
    powers = b.sqrt(b.abs(x)) if p == 1 else b.pow(b.abs(x), node.number(x, p / 2))
    root = _pool(node, "l2_pool2d", powers, over, out)
    return b.mul(root, root) if p == 1 else b.pow(root, node.number(x, 2 / p))


def _global(name: str) -> Import:
    def call(node: Node) -> MLOperand:
        x = node.x(0)
        if x.rank < 3:
            node.refuse(f"it needs images, of a batch, channels and at least one spatial dimension; got {x.descriptor}")
        if x.rank == 4 and name != "lp":
            pool = node.b.average_pool2d if name == "mean" else node.b.max_pool2d
            return pool(x)
        over: dict[str, Any] = {"axes": list(range(2, x.rank)), "keep_dimensions": True}
        if name == "lp":
            return _norm(node, x, over)
        return node.b.reduce_mean(x, **over) if name == "mean" else node.b.reduce_max(x, **over)

    return call


def _norm(node: Node, x: MLOperand, over: dict[str, Any]) -> MLOperand:
    b, p = node.b, float(node.attribute("p", 2))
    if p in (1, 2):
        return b.reduce_l1(x, **over) if p == 1 else b.reduce_l2(x, **over)
    total = b.reduce_sum(b.pow(b.abs(x), node.number(x, p)), **over)
    return b.pow(total, node.number(x, 1 / p))


imports.rows({"GlobalAveragePool": "mean", "GlobalMaxPool": "max", "GlobalLpPool": "lp"}, _global)
