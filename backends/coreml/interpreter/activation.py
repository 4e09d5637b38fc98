"""Activations."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from webnpu.reference.functions import erf, sigmoid, softplus
from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates

evaluates.rows(
    {
        "relu": lambda x: np.maximum(x, 0),
        "relu6": lambda x: np.clip(x, 0, 6),
        "sigmoid": sigmoid,
        "silu": lambda x: x * sigmoid(x),
        "softplus": softplus,
        "softsign": lambda x: x / (1 + np.abs(x)),
    }
)


@evaluates()
def clamped_relu(x: Array, alpha: Array, beta: Array) -> Array:
    return np.minimum(beta, np.where(x >= 0, x, alpha * x))


@evaluates()
def elu(x: Array, alpha: Array) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@evaluates()
def gelu(x: Array, mode: str) -> Array:
    if mode == "EXACT":
        return np.asarray(0.5 * x * (1 + erf(x / math.sqrt(2))))
    if mode == "TANH_APPROXIMATION":
        return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))
    if mode == "SIGMOID_APPROXIMATION":
        return x * sigmoid(1.702 * x)
    raise EvaluationError(f"mode must be EXACT, TANH_APPROXIMATION or SIGMOID_APPROXIMATION; got {mode!r}")


@evaluates()
def leaky_relu(x: Array, alpha: Array) -> Array:
    return np.where(x >= 0, x, alpha * x)


@evaluates()
def linear_activation(x: Array, alpha: Array, beta: Array) -> Array:
    return x * alpha + beta


def along_channels(values: Array, x: Array) -> Array:
    """One number, or one for each channel, the second dimension, shaped to broadcast."""
    if values.size not in (1, x.shape[1]):
        raise EvaluationError(f"there are {values.size} numbers for the {x.shape[1]} channels of x {list(x.shape)}")
    return values.reshape(-1, *(1,) * (x.ndim - 2))


@evaluates()
def prelu(x: Array, alpha: Array) -> Array:
    return np.where(x > 0, x, along_channels(alpha, x) * x)


@evaluates()
def softplus_parametric(x: Array, alpha: Array, beta: Array) -> Array:
    return along_channels(alpha, x) * softplus(along_channels(beta, x) * x)


@evaluates()
def scaled_tanh(x: Array, alpha: Array, beta: Array) -> Array:
    return np.asarray(alpha * np.tanh(beta * x))


@evaluates()
def sigmoid_hard(x: Array, alpha: Array, beta: Array) -> Array:
    return np.asarray(np.minimum(np.maximum(alpha * x + beta, 0), 1))


@evaluates()
def thresholded_relu(x: Array, alpha: Array) -> Array:
    return np.where(x >= alpha, x, 0.0)


@evaluates()
def softmax(x: Array, axis: Array) -> Array:
    exponentials = np.exp(x - x.max(int(axis), keepdims=True))
    return np.asarray(exponentials / exponentials.sum(int(axis), keepdims=True))


RECURRENT: dict[str, Callable[[Array], Array]] = {
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "scaled_tanh": lambda x: np.asarray(np.tanh(x)),
    "sigmoid": sigmoid,
    "sigmoid_hard": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "tanh": lambda x: np.asarray(np.tanh(x)),
}
"""The functions that recurrent operations know by name; a scaled tanh has no scales there, as coremltools' tests say."""
