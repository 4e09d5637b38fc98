"""Activations."""

from __future__ import annotations

from typing import Any

import numpy as np

from webnpu.operators.activation import (
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
from webnpu.types import cast_number

from ..emitter import Emitter, LoweringFunction, lowers
from ..flatbuffer import Tensor
from . import arithmetic as at
from .functions import gelu, softplus


def _number(op: Any, name: str) -> float:
    """An option of type double, cast to the data type of input."""
    return float(cast_number(getattr(op, name), op.input.data_type))


def _row(function: Any) -> LoweringFunction:
    """A function of the operator, the emitter and the input in whatever order it is."""

    def lower(op: Any, m: Emitter) -> None:
        order = m.order(op.input)
        m.put(op.output, function(op, m, m.tensor(op.input, order)), order)

    return lower


def _elu(op: Elu, m: Emitter, x: Tensor) -> Tensor:
    alpha = _number(op, "alpha")
    if alpha == 1:
        return m.like("ELU", x)
    below = at.mul(m, m.like("ELU", at.minimum(m, x, 0.0)), alpha)
    return at.add(m, m.like("RELU", x), below)


def _hard_sigmoid(op: HardSigmoid, m: Emitter, x: Tensor) -> Tensor:
    line = at.add(m, at.mul(m, x, _number(op, "alpha")), _number(op, "beta"))
    return at.minimum(m, at.maximum(m, line, 0.0), 1.0)


def _hard_swish(op: HardSwish, m: Emitter, x: Tensor) -> Tensor:
    gate = at.minimum(m, at.maximum(m, at.add(m, x, 3.0), 0.0), 6.0)
    return at.div(m, at.mul(m, x, gate), 6.0)


def _leaky_relu(op: LeakyRelu, m: Emitter, x: Tensor) -> Tensor:
    return m.like("LEAKY_RELU", x, alpha=_number(op, "alpha"))


def _linear(op: Linear, m: Emitter, x: Tensor) -> Tensor:
    return at.add(m, at.mul(m, x, _number(op, "alpha")), _number(op, "beta"))


def _softsign(m: Emitter, x: Tensor) -> Tensor:
    """Infinities are brought to the greatest number first, so that they give their sign."""
    greatest = float(np.finfo(np.float32).max)
    x = at.minimum(m, at.maximum(m, x, -greatest), greatest)
    return at.div(m, x, at.add(m, m.like("ABS", x), 1.0))


lowers.rows(
    {
        Elu: _elu,
        Gelu: lambda op, m, x: at.keeping_nan(m, x, gelu(m, x)),
        HardSigmoid: _hard_sigmoid,
        HardSwish: _hard_swish,
        LeakyRelu: _leaky_relu,
        Linear: _linear,
        Sigmoid: lambda op, m, x: m.like("LOGISTIC", x),
        Softplus: lambda op, m, x: softplus(m, x),
        Softsign: lambda op, m, x: at.keeping_nan(m, x, _softsign(m, x)),
        Tanh: lambda op, m, x: at.keeping_nan(m, x, m.like("TANH", x)),
    },
    _row,
)


@lowers(Relu)
def relu(op: Relu, m: Emitter) -> None:
    if m.activate(op.input, op.output, "relu"):
        return
    order = m.order(op.input)
    x = m.tensor(op.input, order)
    m.put(op.output, m.like("RELU", x) if x.type == "float32" else at.maximum(m, x, 0), order)


@lowers(Prelu)
def prelu(op: Prelu, m: Emitter) -> None:
    order = at.common_order(m, (op.input, op.slope), op.output.rank)
    x, slope = (at.aligned(m, operand, order) for operand in (op.input, op.slope))
    work = at.WORKED_IN.get(op.input.data_type, x.type)
    x, slope = m.convert(x, work), m.convert(slope, work)
    scaled = at.mul(m, slope, x)
    out = at.select(m, at.compare(m, "LESS", x, 0), scaled, x)
    m.put(op.output, m.convert(out, op.output.data_type.value) if op.input.data_type in at.WORKED_IN else out, order)


@lowers(Softmax)
def softmax(op: Softmax, m: Emitter) -> None:
    have = m.order(op.input)
    order = have if have[-1] == op.axis else (*(axis for axis in have if axis != op.axis), op.axis)
    x = m.tensor(op.input, order)
    rows = m.reshape(x, (int(np.prod(x.shape[:-1])), x.shape[-1])) if x.rank > 4 else x
    out = m.reshape(m.like("SOFTMAX", rows, beta=1.0), x.shape)
    m.put(op.output, out, order)
