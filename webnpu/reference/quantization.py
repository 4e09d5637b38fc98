"""Quantisation, blockwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.quantization import DequantizeLinear, QuantizeLinear
from .evaluate import evaluates

Array = NDArray[Any]


def _blocks(x: Array, shape: tuple[int, ...]) -> Array:
    """Each element repeated over its block."""
    for axis, size in enumerate(shape):
        x = np.repeat(x, size // x.shape[axis], axis)
    return x


@evaluates(DequantizeLinear)
def dequantize_linear(op: DequantizeLinear, x: Array, scale: Array, zero_point: Array) -> Array:
    steps = x.astype(np.float64) - _blocks(zero_point.astype(np.float64), x.shape)
    return np.asarray(steps * _blocks(scale, x.shape))


@evaluates(QuantizeLinear)
def quantize_linear(op: QuantizeLinear, x: Array, scale: Array, zero_point: Array) -> Array:
    data_type = op.zero_point.data_type
    steps = np.rint(x / _blocks(scale, x.shape)) + _blocks(zero_point.astype(np.float64), x.shape)
    clipped: Array = np.clip(np.nan_to_num(steps, nan=0.0), data_type.minimum, data_type.maximum)
    return clipped.astype(np.int64)
