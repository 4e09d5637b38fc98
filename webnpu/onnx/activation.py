"""Activations."""

from __future__ import annotations

import math

import numpy as np

from ..operator import MLOperand
from ..types import FLOATS
from .registry import MICROSOFT, Import, Node, imports, method

imports.rows({"HardSwish": "hard_swish", "Sigmoid": "sigmoid", "Softsign": "softsign", "Tanh": "tanh", "Softplus": "softplus"}, method)
imports.rows({"PRelu": "prelu"}, method)


def _with_numbers(name: str, **defaults: float) -> Import:
    def call(node: Node) -> MLOperand:
        options = {key: float(node.attribute(key, value)) for key, value in defaults.items()}
        out: MLOperand = getattr(node.b, name)(node.x(0), **options)
        return out

    return call


imports("Elu")(_with_numbers("elu", alpha=1.0))
imports("LeakyRelu")(_with_numbers("leaky_relu", alpha=0.01))
imports("HardSigmoid")(_with_numbers("hard_sigmoid", alpha=0.2, beta=0.5))


@imports("Relu")
def relu(node: Node) -> MLOperand:
    x = node.x(0)
    return node.b.relu(x) if x.data_type.is_signed else node.b.identity(x)


def softmax_along(node: Node, function: str) -> MLOperand:
    """Since operator set 13 along one axis; before, over all dimensions from axis on, together."""
    x = node.x(0)
    if node.opset >= 13:
        return _softmax(node, x, node.axis(x.rank, -1), function)
    axis = node.axis(x.rank, 1) if x.rank > 1 else 0
    flat = node.reshape(x, (math.prod(x.shape[:axis]), math.prod(x.shape[axis:])))
    return node.reshape(_softmax(node, flat, 1, function), x.shape)


def _softmax(node: Node, x: MLOperand, axis: int, function: str) -> MLOperand:
    b = node.b
    if function == "softmax":
        return b.softmax(x, axis)
    if function == "hardmax":
        greatest = b.arg_max(x, axis, keep_dimensions=True)
        along = np.arange(x.shape[axis], dtype=np.int32).reshape([-1 if i == axis else 1 for i in range(x.rank)])
        return b.cast(b.equal(b.constant(along), greatest), x.data_type)
    shifted = b.sub(x, b.reduce_max(x, axes=[axis], keep_dimensions=True))
    return b.sub(shifted, b.log(b.reduce_sum(b.exp(shifted), axes=[axis], keep_dimensions=True)))


imports.rows({"Softmax": "softmax", "LogSoftmax": "log_softmax", "Hardmax": "hardmax"}, lambda f: lambda node: softmax_along(node, f))


@imports("Celu")
def celu(node: Node) -> MLOperand:
    """``max(0, x) + min(0, alpha * (exp(x / alpha) - 1))``: an elu of a scaled input."""
    b, x, alpha = node.b, node.x(0), float(node.attribute("alpha", 1.0))
    factor = node.number(x, alpha)
    return b.mul(factor, b.elu(b.div(x, factor)))


@imports("Selu")
def selu(node: Node) -> MLOperand:
    x = node.x(0)
    alpha, gamma = node.attribute("alpha", 1.67326319217681884765625), node.attribute("gamma", 1.05070102214813232421875)
    return node.b.mul(node.number(x, gamma), node.b.elu(x, alpha=float(alpha)))


@imports("ThresholdedRelu")
def thresholded_relu(node: Node) -> MLOperand:
    b, x = node.b, node.x(0)
    return b.where(b.greater(x, node.number(x, node.attribute("alpha", 1.0))), x, node.number(x, 0))


@imports("Shrink")
def shrink(node: Node) -> MLOperand:
    x = node.x(0)
    if x.data_type not in FLOATS:
        return node.wide(x, lambda wide: _shrunk(node, wide))
    return _shrunk(node, x)


def _shrunk(node: Node, x: MLOperand) -> MLOperand:
    b, bias, limit = node.b, node.number(x, node.attribute("bias", 0.0)), float(node.attribute("lambd", 0.5))
    high = b.where(b.greater(x, node.number(x, limit)), b.sub(x, bias), node.number(x, 0))
    return b.where(b.lesser(x, node.number(x, -limit)), b.add(x, bias), high)


def gelu_tanh(node: Node, x: MLOperand) -> MLOperand:
    """The approximation ``0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x**3)))``."""
    b = node.b
    cube = b.mul(b.mul(x, x), x)
    inner = b.mul(node.number(x, math.sqrt(2 / math.pi)), b.add(x, b.mul(node.number(x, 0.044715), cube)))
    return b.mul(b.mul(node.number(x, 0.5), x), b.add(node.number(x, 1), b.tanh(inner)))


@imports("Gelu")
def gelu(node: Node) -> MLOperand:
    return gelu_tanh(node, node.x(0)) if node.attribute("approximate", "none") == "tanh" else node.b.gelu(node.x(0))


@imports("Gelu", domain=MICROSOFT)
def microsoft_gelu(node: Node) -> MLOperand:
    return node.b.gelu(node.x(0))


@imports("BiasGelu", domain=MICROSOFT)
def bias_gelu(node: Node) -> MLOperand:
    return node.b.gelu(node.b.add(node.x(0), node.x(1)))


@imports("FastGelu", domain=MICROSOFT)
def fast_gelu(node: Node) -> MLOperand:
    return gelu_tanh(node, node.b.add(node.x(0), node.x(1)) if node.has(1) else node.x(0))


@imports("QuickGelu", domain=MICROSOFT)
def quick_gelu(node: Node) -> MLOperand:
    return _swish(node, float(node.attribute("alpha", 1.702)))


@imports("Swish")
def swish(node: Node) -> MLOperand:
    return _swish(node, float(node.attribute("alpha", 1.0)))


def _swish(node: Node, alpha: float) -> MLOperand:
    b, x = node.b, node.x(0)
    return b.mul(x, b.sigmoid(x if alpha == 1 else b.mul(node.number(x, alpha), x)))


@imports("Mish")
def mish(node: Node) -> MLOperand:
    x = node.x(0)
    return node.b.mul(x, node.b.tanh(node.b.softplus(x)))


def activated(node: Node, y: MLOperand, parameters: list[float]) -> MLOperand:
    """A result after the activation that an attribute names, as ONNX Runtime joins it to what comes before."""
    b, name = node.b, node.attribute("activation", "")
    simple = {"": lambda x: x, "Relu": b.relu, "Sigmoid": b.sigmoid, "Tanh": b.tanh, "Softplus": b.softplus, "Softsign": b.softsign}
    if name in simple:
        out: MLOperand = simple[name](y)
        return out
    if name in ("LeakyRelu", "Elu"):
        return getattr(b, {"LeakyRelu": "leaky_relu", "Elu": "elu"}[name])(y, alpha=parameters[0])  # type: ignore[no-any-return]
    if name == "Clip":
        return b.clamp(y, min_value=parameters[0], max_value=parameters[1])
    if name == "HardSigmoid":
        return b.hard_sigmoid(y, alpha=parameters[0], beta=parameters[1])
    return node.refuse(f"its activation {name!r} is not known")
