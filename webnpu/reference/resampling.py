"""Resampling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.resampling import Resample2d
from .evaluate import evaluates

Array = NDArray[Any]


@evaluates(Resample2d)
def resample2d(op: Resample2d, x: Array) -> Array:
    for axis in op.axes:
        size, wanted = x.shape[axis], op.output.shape[axis]
        place = np.clip((np.arange(wanted) + 0.5) * size / wanted - 0.5, 0, size - 1)
        if op.mode == "nearest-neighbor":
            x = np.take(x, np.ceil(place - 0.5).astype(np.int64), axis)
        else:
            x = _between(x.astype(np.float64), place, axis)
    return x if op.output.data_type.is_float or op.mode == "nearest-neighbor" else np.rint(x)


def _between(x: Array, place: Array, axis: int) -> Array:
    """Linear between the two neighbours of each place."""
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, x.shape[axis] - 1)
    weight = (place - low).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    return np.asarray(np.take(x, low, axis) * (1 - weight) + np.take(x, high, axis) * weight)
