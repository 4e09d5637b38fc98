"""Activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.activation import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Linear,
    Prelu,
    Relu,
    Sigmoid,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from ..types import cast_number
from .evaluate import evaluates
from .functions import erfc, relu, sigmoid, softplus

Array = NDArray[Any]


def _number(op: Any, name: str) -> float:
    """An option of type double, cast to the data type of input."""
    return float(cast_number(getattr(op, name), op.input.data_type))


@evaluates(Elu)
def elu(op: Elu, x: Array) -> Array:
    return np.where(x > 0, x, _number(op, "alpha") * np.expm1(np.minimum(x, 0)))


@evaluates(Gelu)
def gelu(op: Gelu, x: Array) -> Array:
    """With ``1 + erf(x) = erfc(-x)``, which keeps its digits below zero; minus infinity gives 0, as in the limit."""
    return np.where(np.isneginf(x), 0.0, 0.5 * x * erfc(-x / math.sqrt(2)))


@evaluates(HardSigmoid)
def hard_sigmoid(op: HardSigmoid, x: Array) -> Array:
    return np.asarray(np.clip(_number(op, "alpha") * x + _number(op, "beta"), 0, 1))


@evaluates(HardSwish)
def hard_swish(op: HardSwish, x: Array) -> Array:
    return np.asarray(x * np.clip(x + 3, 0, 6) / 6)


@evaluates(LeakyRelu)
def leaky_relu(op: LeakyRelu, x: Array) -> Array:
    return np.where(x < 0, _number(op, "alpha") * x, x)


@evaluates(Linear)
def linear(op: Linear, x: Array) -> Array:
    return _number(op, "alpha") * x + _number(op, "beta")


@evaluates(Prelu)
def prelu(op: Prelu, x: Array, slope: Array) -> Array:
    return np.where(x < 0, slope * x, x)


@evaluates(Relu)
def _relu(op: Relu, x: Array) -> Array:
    return relu(x)


@evaluates(Sigmoid)
def _sigmoid(op: Sigmoid, x: Array) -> Array:
    return sigmoid(x)


@evaluates(Softmax)
def softmax(op: Softmax, x: Array) -> Array:
    exponentials = np.exp(x - x.max(op.axis, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(op.axis, keepdims=True))


@evaluates(Softplus)
def _softplus(op: Softplus, x: Array) -> Array:
    return softplus(x)


@evaluates(Softsign)
def softsign(op: Softsign, x: Array) -> Array:
    """An infinity gives its sign, as in the limit."""
    return np.where(np.isinf(x), np.sign(x), x / (1 + np.abs(x)))


@evaluates(Tanh)
def tanh(op: Tanh, x: Array) -> Array:
    return np.asarray(np.tanh(x))
