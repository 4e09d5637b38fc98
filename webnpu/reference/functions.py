"""Functions that NumPy lacks, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

_erf = np.frompyfunc(math.erf, 1, 1)
_erfc = np.frompyfunc(math.erfc, 1, 1)


def erf(x: Float64) -> Float64:
    """The Gauss error function."""
    return np.asarray(_erf(x), np.float64)


def erfc(x: Float64) -> Float64:
    """``1 - erf(x)``, which keeps its digits where erf is near one."""
    return np.asarray(_erfc(x), np.float64)


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
