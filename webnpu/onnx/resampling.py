"""Resampling: WebNN's resample2d where it says the same, else a gather or a product with known weights along each axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..operator import MLOperand
from ..types import FLOATS, Array, DataType
from .registry import Node, imports


@dataclass(frozen=True)
class Axis:
    """How one dimension is resampled.

    Attributes:
        size: its size before.
        to: its size after.
        scale: the factor that coordinates are divided by.
        region: the part that is sampled, from and to, in tf_crop_and_resize.
    """

    size: int
    to: int
    scale: float
    region: tuple[float, float] = (0.0, 1.0)

    def coordinates(self, mode: str, dtype: type[np.floating[Any]] = np.float64) -> Array:
        """Where each element of the output lies in the input, computed in a type."""
        at = np.arange(self.to, dtype=dtype)
        scale = dtype(self.scale)
        if mode == "align_corners":
            whole = self.size * scale  # not rounded
            return at * (self.size - 1) / (whole - 1) if self.to > 1 else at * 0
        if mode == "asymmetric":
            return np.asarray(at / scale)
        if mode == "tf_crop_and_resize":
            start, end = self.region
            if self.to > 1:
                return start * (self.size - 1) + at * (end - start) * (self.size - 1) / (self.to - 1)
            return np.full(1, 0.5 * (start + end) * (self.size - 1))
        if mode == "tf_half_pixel_for_nn":
            return np.asarray((at + 0.5) / scale)
        if mode == "pytorch_half_pixel" and self.to == 1:
            return np.asarray(np.zeros(1, dtype) - dtype(0.5))
        if mode == "half_pixel_symmetric":
            adjustment = self.to / (scale * self.size)
            return np.asarray(self.size / 2 * (1 - adjustment) + (at + 0.5) / scale - 0.5)
        if mode in ("half_pixel", "pytorch_half_pixel"):
            return np.asarray((at + 0.5) / scale - 0.5)
        raise ValueError(f"coordinate_transformation_mode {mode!r} is not known")


def nearest(coordinates: Array, rounding: str) -> Array:
    """The elements closest to coordinates."""
    rounds: dict[str, Callable[[Array], Array]] = {
        "round_prefer_floor": lambda x: np.ceil(x - 0.5),
        "round_prefer_ceil": lambda x: np.floor(x + 0.5),
        "floor": np.floor,
        "ceil": np.ceil,
    }
    return rounds[rounding](coordinates)


def _triangle(x: Array, a: float) -> Array:
    return np.asarray(np.maximum(1 - np.abs(x), 0))


def _cubic(x: Array, a: float) -> Array:
    """Keys's cubic convolution."""
    x = np.abs(x)
    inner = ((a + 2) * x - (a + 3)) * x * x + 1
    outer = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, inner, np.where(x < 2, outer, 0))


def weights(axis: Axis, node: Node, mode: str, transform: str) -> tuple[Array, Array]:
    """The share of each input element in each output element, [to, size]; and which outputs lie outside the input."""
    cubic = mode == "cubic"
    a = float(node.attribute("cubic_coeff_a", -0.75))
    at = axis.coordinates(transform)
    outside = (at < 0) | (at > axis.size - 1)
    reach = 2 if cubic else 1
    stretch = max(1.0, 1 / axis.scale) if node.attribute("antialias", 0) else 1.0
    kernel = _cubic if cubic else _triangle
    matrix = np.zeros((axis.to, axis.size))
    excludes = bool(node.attribute("exclude_outside", 0))
    for row, x in enumerate(at):
        if not cubic and stretch == 1:
            x = min(max(x, 0.0), axis.size - 1.0)
        first = math.floor(x - reach * stretch) + 1
        taps = np.arange(first, math.floor(x + reach * stretch) + 1)
        if stretch == 1:
            taps = math.floor(x) + np.arange(1 - reach, reach + 1)
        share = kernel((taps - x) / stretch, a)
        inside = (taps >= 0) & (taps < axis.size)
        if excludes:
            share = np.where(inside, share, 0)
        if excludes or stretch > 1:
            share = share / share.sum()
        np.add.at(matrix[row], np.clip(taps, 0, axis.size - 1), share)
    return matrix, outside


def along(node: Node, x: MLOperand, axis: int, matrix: Array) -> MLOperand:
    """The product of a known matrix with one dimension of an operand."""
    b = node.b
    order = [i for i in range(x.rank) if i != axis] + [axis]
    last = order == list(range(x.rank))
    moved = x if last else b.transpose(x, permutation=order)
    right = b.constant(np.ascontiguousarray(matrix.T.astype(x.data_type.numpy)))
    flat = node.reshape(moved, [moved.descriptor.size // x.shape[axis], x.shape[axis]])
    product = node.reshape(b.matmul(flat, right), [*moved.shape[:-1], matrix.shape[0]])
    return product if last else b.transpose(product, permutation=[order.index(i) for i in range(x.rank)])


def resampled(node: Node, x: MLOperand, axes: dict[int, Axis], mode: str, transform: str) -> MLOperand:
    """An operand resampled along some dimensions."""
    changed = {axis: how for axis, how in axes.items() if how.size != how.to or how.scale != 1 or transform == "tf_crop_and_resize"}
    if not changed:
        return node.b.identity(x)
    for how in changed.values():
        node.limit(how.to * how.size)
    rounding = node.attribute("nearest_mode", "round_prefer_floor")
    if mode == "nearest":
        if _is_webnn(changed, x, transform) and rounding == "round_prefer_floor":
            return _resample2d(node, x, changed, "nearest-neighbor")
        return _nearest(node, x, changed, rounding, transform)
    if mode not in ("linear", "cubic"):
        node.refuse(f"its mode {mode!r} is not known")
    if x.data_type not in FLOATS:
        return _of_integers(node, x, axes, mode, transform)
    if mode == "linear" and _is_webnn(changed, x, transform) and not node.attribute("antialias", 0):
        return _resample2d(node, x, changed, "linear")
    y = x
    lost: Array = np.zeros((), bool)
    for axis, how in changed.items():
        matrix, outside = weights(how, node, mode, transform)
        y = along(node, y, axis, matrix)
        lost = lost | outside.reshape([-1 if i == axis else 1 for i in range(x.rank)])
    if transform == "tf_crop_and_resize" and lost.any():
        value = node.number(y, float(node.attribute("extrapolation_value", 0.0)))
        y = node.b.where(node.b.constant(lost.astype(np.uint8)), value, y)
    return y


def _of_integers(node: Node, x: MLOperand, axes: dict[int, Axis], mode: str, transform: str) -> MLOperand:
    """Integers interpolated in float32, then cut off as ONNX Runtime does, or rounded where it does; what overshoots is clamped."""
    b, to = node.b, x.data_type
    y = resampled(node, b.cast(x, DataType.FLOAT32), axes, mode, transform)
    if node.attribute("antialias", 0):
        y = b.round_even(y)
    if to.bits == 8:
        y = b.clamp(y, min_value=to.minimum, max_value=to.maximum)
    return b.cast(y, to)


def _is_webnn(changed: dict[int, Axis], x: MLOperand, transform: str) -> bool:
    """Whether resample2d means the same: two dimensions of four, half pixels, and scales that are the ratio of the sizes."""
    ratios = all(how.scale == how.to / how.size for how in changed.values())
    return (
        x.rank == 4
        and x.data_type in FLOATS
        and len(changed) <= 2
        and ratios
        and transform in ("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric")
        and all(how.to > 1 for how in changed.values())
    )


def _resample2d(node: Node, x: MLOperand, changed: dict[int, Axis], mode: Literal["nearest-neighbor", "linear"]) -> MLOperand:
    axes = sorted(changed)
    axes = axes if len(axes) == 2 else sorted([axes[0], 3 if axes[0] != 3 else 2])
    sizes = [changed[axis].to if axis in changed else x.shape[axis] for axis in axes]
    return node.b.resample2d(x, mode=mode, sizes=sizes, axes=axes)


def _nearest(node: Node, x: MLOperand, changed: dict[int, Axis], rounding: str, transform: str) -> MLOperand:
    lost: Array = np.zeros((), bool)
    for axis, how in changed.items():
        at = how.coordinates(transform, np.float32)  # as ONNX and its runtimes do: what lies between two elements is decided by it
        lost = lost | ((at < 0) | (at > how.size - 1)).reshape([-1 if i == axis else 1 for i in range(x.rank)])
        indices = np.clip(nearest(at, rounding), 0, how.size - 1)
        x = node.b.gather(x, node.integers_operand(indices), axis=axis)
    if transform == "tf_crop_and_resize" and lost.any():
        value = node.number(x, float(node.attribute("extrapolation_value", 0.0)))
        x = node.b.where(node.b.constant(lost.astype(np.uint8)), value, x)
    return x


@imports("Resize")
def resize(node: Node) -> MLOperand:
    x = node.x(0)
    rank = x.rank
    if node.opset < 11:
        scales = [float(item) for item in node.known(1, "scales").reshape(-1)]
        axes = {i: Axis(size, math.floor(size * scales[i]), scales[i]) for i, size in enumerate(x.shape)}
        return _legacy(node, x, axes)
    chosen = [node.positive(int(axis), rank) for axis in node.attribute("axes", range(rank))]
    transform = node.attribute("coordinate_transformation_mode", "half_pixel")
    region = [float(item) for item in node.known(1, "region").reshape(-1)] if transform == "tf_crop_and_resize" else []
    regions = [(region[i], region[i + len(chosen)]) if region else (0.0, 1.0) for i in range(len(chosen))]
    axes = {}
    if node.has(2) and node.shape(2) != (0,):
        scales = [float(item) for item in node.known(2, "scales").reshape(-1)]
        for axis, scale, part in zip(chosen, scales, regions, strict=True):
            axes[axis] = Axis(x.shape[axis], math.floor(x.shape[axis] * (part[1] - part[0]) * scale), scale, part)
    else:
        axes = _to_sizes(node, x, chosen, regions)
    return resampled(node, x, axes, node.attribute("mode", "nearest"), transform)


def _to_sizes(node: Node, x: MLOperand, chosen: Sequence[int], regions: Sequence[tuple[float, float]]) -> dict[int, Axis]:
    """Sizes as asked for, or the nearest of one common scale."""
    sizes = node.integers(3, "sizes")
    policy = node.attribute("keep_aspect_ratio_policy", "stretch")
    scales = [size / x.shape[axis] for axis, size in zip(chosen, sizes, strict=True)]
    if policy != "stretch":
        common = min(scales) if policy == "not_larger" else max(scales)
        scales = [common] * len(scales)
        sizes = [math.floor(common * x.shape[axis] + 0.5) for axis in chosen]
    return {axis: Axis(x.shape[axis], size, scale, part) for axis, size, scale, part in zip(chosen, sizes, scales, regions, strict=True)}


def _legacy(node: Node, x: MLOperand, axes: dict[int, Axis]) -> MLOperand:
    """Before operator set 11: coordinates divided by the scale, the element at or below them."""
    mode = node.attribute("mode", "nearest")
    if mode == "nearest":
        changed = {axis: how for axis, how in axes.items() if how.size != how.to or how.scale != 1}
        for how in changed.values():
            node.limit(how.to)
        return _nearest(node, x, changed, "floor", "asymmetric") if changed else node.b.identity(x)
    return resampled(node, x, axes, mode, "asymmetric")


@imports("Upsample")
def upsample(node: Node) -> MLOperand:
    x = node.x(0)
    scales = [float(item) for item in (node.attribute("scales", []) if node.opset < 9 else node.known(1, "scales").reshape(-1))]
    return _legacy(node, x, {i: Axis(size, math.floor(size * scales[i]), scales[i]) for i, size in enumerate(x.shape)})
