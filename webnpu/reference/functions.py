"""Functions that NumPy lacks, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

_CHUNK = 2**18
"""How many numbers are Python's at a time: they take eight times the memory of an array's."""


def _each(function: Callable[[float], float], x: Float64) -> Float64:
    """A function of Python's, of each element."""
    flat, out = np.ascontiguousarray(x).reshape(-1), np.empty(x.size)
    for start in range(0, x.size, _CHUNK):
        part = flat[start : start + _CHUNK]
        out[start : start + _CHUNK] = np.fromiter(map(function, part.tolist()), np.float64, part.size)
    return out.reshape(x.shape)


def erf(x: Float64) -> Float64:
    """The Gauss error function."""
    return _each(math.erf, x)


def erfc(x: Float64) -> Float64:
    """``1 - erf(x)``, which keeps its digits where erf is near one."""
    return _each(math.erfc, x)


def sigmoid(x: Float64) -> Float64:
    """``1 / (1 + exp(-x))``, without overflow."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, small, 1.0) / (1 + small))


def softplus(x: Float64) -> Float64:
    """``log(1 + exp(x))``, without overflow."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def relu(x: Float64) -> Float64:
    """``max(0, x)``."""
    return np.maximum(x, x.dtype.type(0))


ACTIVATIONS: dict[str, Callable[[Float64], Float64]] = {"relu": relu, "sigmoid": sigmoid, "tanh": np.tanh}
"""WebNN's MLRecurrentNetworkActivation."""
