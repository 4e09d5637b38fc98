"""Pooling."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..operator import MLOperand
from .registry import Import, Node, imports
from .windows import Windows, as_before, as_image, spatial, windows


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


def _pool(node: Node, name: str, x: MLOperand, over: Windows, sizes: tuple[int, ...]) -> MLOperand:
    """One of WebNN's pools, over one or two dimensions."""
    out = _output_sizes(node, sizes, over)
    flat = over.two_dimensional()
    pool = getattr(node.b, name)
    y: MLOperand = pool(
        as_image(node, x),
        window_dimensions=flat.window,
        padding=flat.padding,
        strides=flat.strides,
        dilations=flat.dilations,
        output_sizes=[1] * (2 - len(out)) + out,
    )
    return as_before(node, y, x.rank)


@imports("MaxPool")
def max_pool(node: Node) -> Any:
    if node.wants(1):
        node.refuse("WebNN's maxPool2d does not give the positions of the greatest elements")
    x = node.x(0)
    sizes = spatial(node, x)
    return _pool(node, "max_pool2d", x, windows(node, sizes, node.attribute("kernel_shape", [])), sizes)


def _padded(node: Node, x: MLOperand, over: Windows) -> tuple[MLOperand, Windows]:
    """The zeros of the padding put into the image, so that they count."""
    if not any(over.padding):
        return x, over
    padded = node.b.pad(x, [0, 0, *over.begins], [0, 0, *over.ends])
    none = (0,) * len(over.window)
    return padded, Windows(over.window, over.strides, over.dilations, none, none)


@imports("AveragePool")
def average_pool(node: Node) -> MLOperand:
    """Padding counts only where count_include_pad says so."""
    x = node.x(0)
    sizes = spatial(node, x)
    over = windows(node, sizes, node.attribute("kernel_shape", []))
    if not node.attribute("count_include_pad", 0):
        return _pool(node, "average_pool2d", x, over, sizes)
    out = _output_sizes(node, sizes, over)
    padded, inside = _padded(node, x, over)
    flat = inside.two_dimensional()
    options: dict[str, Any] = {"window_dimensions": flat.window, "strides": flat.strides, "dilations": flat.dilations}
    y = node.b.average_pool2d(as_image(node, padded), output_sizes=[1] * (2 - len(out)) + out, **options)
    return as_before(node, y, x.rank)


@imports("LpPool")
def lp_pool(node: Node) -> MLOperand:
    """``sum(|x| ** p) ** (1 / p)``, the sum by a convolution of each channel with ones."""
    b, x, p = node.b, node.floats_only(node.x(0)), float(node.attribute("p", 2))
    sizes = spatial(node, x)
    over = windows(node, sizes, node.attribute("kernel_shape", []))
    if p == 2:
        return _pool(node, "l2_pool2d", x, over, sizes)
    out = _output_sizes(node, sizes, over)
    needed = [
        (n - 1) * s + e - size - begin for n, s, e, size, begin in zip(out, over.strides, over.extents, sizes, over.begins, strict=True)
    ]
    over = Windows(over.window, over.strides, over.dilations, over.begins, tuple(max(end, 0) for end in needed))
    flat = over.two_dimensional()
    channels = x.shape[1]
    node.limit(channels * prod(flat.window))
    ones = b.constant(np.ones((channels, 1, *flat.window), x.data_type.numpy))
    powers = b.pow(b.abs(x), node.number(x, p)) if p != 1 else b.abs(x)
    total = b.conv2d(as_image(node, powers), ones, groups=channels, padding=flat.padding, strides=flat.strides, dilations=flat.dilations)
    root = total if p == 1 else b.pow(total, node.number(x, 1 / p))
    return as_before(node, root, x.rank)


def _global(name: str) -> Import:
    def call(node: Node) -> MLOperand:
        x = node.x(0)
        if x.rank < 3:
            node.refuse(f"it needs images; got {x.descriptor}")
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
