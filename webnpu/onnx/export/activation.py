"""Activations."""

from __future__ import annotations

from typing import Any

from ...operators.activation import (
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
from .elementwise import same_inputs
from .writer import Export, Writer, exports

exports.rows(
    {
        Sigmoid: "Sigmoid",
        Softplus: "Softplus",
        Softsign: "Softsign",
        Tanh: "Tanh",
    },
    same_inputs,
)


@exports(Relu)
def relu(op: Relu, w: Writer) -> str:
    if op.input.data_type.is_float:
        return w.node("Relu", w(op.input))
    return w.node("Max", w(op.input), w.constant(0, op.input.data_type))


exports(Gelu, since=20)(same_inputs("Gelu"))
exports(HardSwish, since=14)(same_inputs("HardSwish"))


def _with(kind: str, *names: str) -> Export:
    """A node with some of the operator's options as attributes of the same names."""

    def write(op: Any, w: Writer) -> str:
        return w.node(kind, w(op.input), **{name: getattr(op, name) for name in names})

    return write


exports(Elu)(_with("Elu", "alpha"))
exports(HardSigmoid)(_with("HardSigmoid", "alpha", "beta"))
exports(LeakyRelu)(_with("LeakyRelu", "alpha"))
exports(Softmax)(_with("Softmax", "axis"))


@exports(Linear)
def linear(op: Linear, w: Writer) -> str:
    scaled = w.node("Mul", w(op.input), w.constant(op.alpha, op.input.data_type))
    return w.node("Add", scaled, w.constant(op.beta, op.input.data_type))


@exports(Prelu, when=lambda op: op.input.data_type.is_float and op.output.shape == op.input.shape and op.slope.rank <= op.input.rank)
def prelu(op: Prelu, w: Writer) -> str:
    return w.node("PRelu", w(op.input), w(op.slope))
