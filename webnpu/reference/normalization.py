"""Normalisations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.normalization import BatchNormalization, InstanceNormalization, LayerNormalization
from .evaluate import evaluates

Array = NDArray[Any]


def _along(vector: Array | None, rank: int, axis: int) -> Array | None:
    """A vector as a tensor that varies along one axis."""
    return None if vector is None else vector.reshape([-1 if i == axis else 1 for i in range(rank)])


def _normalize(x: Array, mean: Array, variance: Array, epsilon: float, scale: Array | None, bias: Array | None) -> Array:
    out = (x - mean) / np.sqrt(variance + epsilon)
    out = out if scale is None else out * scale
    return out if bias is None else out + bias


@evaluates(BatchNormalization)
def batch_normalization(op: BatchNormalization, x: Array, mean: Array, variance: Array, scale: Array | None, bias: Array | None) -> Array:
    vectors = [_along(vector, x.ndim, op.axis) for vector in (mean, variance, scale, bias)]
    return _normalize(x, vectors[0], vectors[1], op.resolved_epsilon, vectors[2], vectors[3])  # type: ignore[arg-type]


@evaluates(InstanceNormalization)
def instance_normalization(op: InstanceNormalization, x: Array, scale: Array | None, bias: Array | None) -> Array:
    mean, variance = x.mean(op.spatial_axes, keepdims=True), x.var(op.spatial_axes, keepdims=True)
    return _normalize(x, mean, variance, op.resolved_epsilon, _along(scale, 4, op.axis), _along(bias, 4, op.axis))


@evaluates(LayerNormalization)
def layer_normalization(op: LayerNormalization, x: Array, scale: Array | None, bias: Array | None) -> Array:
    axes = op.resolved_axes
    order = np.argsort(axes)
    shape = [size if axis in axes else 1 for axis, size in enumerate(x.shape)]
    scale, bias = (None if operand is None else operand.transpose(order).reshape(shape) for operand in (scale, bias))
    return _normalize(x, x.mean(axes, keepdims=True), x.var(axes, keepdims=True), op.resolved_epsilon, scale, bias)
