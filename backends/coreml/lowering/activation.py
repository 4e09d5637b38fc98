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
from webnpu.types import MAX_RANK

from ..mil import Var
from . import wide
from .model import Lower, Model, Rows, Value, Wide, lowers

_PLAIN: Rows = {Sigmoid: "sigmoid", Softplus: "softplus", Tanh: "tanh"}
_WITH_NUMBERS: Rows = {
    Elu: ("elu", ("alpha",)),
    HardSigmoid: ("sigmoid_hard", ("alpha", "beta")),
    LeakyRelu: ("leaky_relu", ("alpha",)),
    Linear: ("linear_activation", ("alpha", "beta")),
}


def _plain(type: str) -> Lower:
    return lambda op, m: m.unary(type, m.of(op.input))


def _with_numbers(row: tuple[str, tuple[str, ...]]) -> Lower:
    type, options = row

    def lower(op: Any, m: Model) -> Var:
        x = m.of(op.input)
        return m.unary(type, x, **{name: m.scalar(x, getattr(op, name)) for name in options})

    return lower


lowers.rows(_PLAIN, _plain, max_rank=MAX_RANK)
lowers.rows(_WITH_NUMBERS, _with_numbers, max_rank=MAX_RANK)


@lowers(Gelu, max_rank=MAX_RANK)
def gelu(op: Gelu, m: Model) -> Var:
    return m.unary("gelu", m.of(op.input), mode="EXACT")


@lowers(HardSwish, max_rank=MAX_RANK)
def hard_swish(op: HardSwish, m: Model) -> Var:
    """Not with sigmoid_hard, whose slope of a sixth is not exact, so that nothing would be left of the digits near -3."""
    x = m.of(op.input)
    line = m.unary("clip", m.binary("add", x, 3), alpha=m.scalar(x, 0), beta=m.scalar(x, 6))
    return m.binary("mul", x, m.binary("real_div", line, 6))


@lowers(Relu, max_rank=MAX_RANK)
def relu(op: Relu, m: Model) -> Value:
    value = m.whole(op.input)
    if isinstance(value, Wide):
        zero = m.hold(np.zeros(1, op.input.data_type.numpy), op.input.data_type)
        assert isinstance(zero, Wide)
        return wide.extreme(m, "maximum", value, zero, op.input.data_type)
    return m.unary("relu", value) if value.is_float else m.binary("maximum", value, 0)


@lowers(Softmax)
def softmax(op: Softmax, m: Model) -> Var:
    return m.unary("softmax", m.of(op.input), axis=op.axis)


@lowers(Softsign, max_rank=MAX_RANK)
def softsign(op: Softsign, m: Model) -> Var:
    """Bounded first, so that an infinity gives its sign."""
    x = m.of(op.input)
    most = float(op.input.data_type.maximum if x.dtype == m.held(op.input.data_type) != "fp16" else np.finfo(np.float16).max)
    return m.unary("softsign", m.unary("clip", x, alpha=m.scalar(x, -most), beta=m.scalar(x, most)))


@lowers(Prelu)
def prelu(op: Prelu, m: Model) -> Value:
    value, factor = m.whole(op.input), m.whole(op.slope)
    if isinstance(value, Wide) and isinstance(factor, Wide):
        product = wide.mul(m, factor, value)
        return wide.select(m, m.compare("less", value.high, 0), product, value)
    x, slope = m.of(op.input), m.of(op.slope)
    padded = (1,) * (x.rank - slope.rank) + slope.shape
    channels = (1, x.shape[1], *(1,) * (x.rank - 2)) if x.rank in (3, 4, 5) else None
    if x.is_float and op.slope.value is not None and padded == channels and op.slope.rank <= op.input.rank:
        return m.unary("prelu", x, alpha=m.constant(op.slope.value.reshape(-1), x.dtype))
    return m.select(m.compare("less", x, 0), m.wrap(m.binary("mul", slope, x), op.input.data_type), x)
