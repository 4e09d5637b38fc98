"""Normalisations."""

from __future__ import annotations

import numpy as np

from webnpu.types import Array

from .activation import along_channels
from .operations import evaluates


def _along_channels(values: Array | None, x: Array, absent: float) -> Array | float:
    return absent if values is None else along_channels(values, x)


@evaluates()
def batch_norm(x: Array, mean: Array, variance: Array, epsilon: Array, gamma: Array | None = None, beta: Array | None = None) -> Array:
    deviation = np.sqrt(_along_channels(variance, x, 1.0) + epsilon)
    normal = (x - _along_channels(mean, x, 0.0)) / deviation
    return np.asarray(normal * _along_channels(gamma, x, 1.0) + _along_channels(beta, x, 0.0))


@evaluates()
def instance_norm(x: Array, epsilon: Array, gamma: Array | None = None, beta: Array | None = None) -> Array:
    axes = tuple(range(2, x.ndim))
    normal = _normal(x, axes, epsilon)
    return np.asarray(normal * _along_channels(gamma, x, 1.0) + _along_channels(beta, x, 0.0))


@evaluates()
def layer_norm(x: Array, axes: Array, epsilon: Array, gamma: Array | None = None, beta: Array | None = None) -> Array:
    over = tuple(sorted(int(axis) % x.ndim for axis in np.asarray(axes).reshape(-1)))
    shape = [size if axis in over else 1 for axis, size in enumerate(x.shape)]
    normal = _normal(x, over, epsilon)
    if gamma is not None:
        normal = normal * gamma.reshape(shape)
    return normal if beta is None else normal + beta.reshape(shape)


def _normal(x: Array, axes: tuple[int, ...], epsilon: Array) -> Array:
    centred = x - x.mean(axis=axes, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + epsilon))


@evaluates()
def l2_norm(x: Array, epsilon: Array) -> Array:
    """Over the last three dimensions."""
    return np.asarray(x / np.sqrt((x * x).sum(axis=(-3, -2, -1), keepdims=True) + epsilon))


@evaluates()
def local_response_norm(x: Array, size: Array, alpha: Array, beta: Array, k: Array) -> Array:
    """Over neighbouring channels: half of the others before, the rest after, as PyTorch has it.

    Of rank 3 the neighbours are those of the first dimension, the third from the end, though the documents say the second:
    coremltools' tests expect so.
    """
    count, axis = int(size), 0 if x.ndim == 3 else 1
    sides = [(count // 2, (count - 1) // 2) if at == axis else (0, 0) for at in range(x.ndim)]
    squares = np.moveaxis(np.pad(x * x, sides), axis, 0)
    total = np.moveaxis(np.asarray(sum(squares[at : at + x.shape[axis]] for at in range(count))), 0, axis)
    return np.asarray(x / (k + alpha / count * total) ** beta)
