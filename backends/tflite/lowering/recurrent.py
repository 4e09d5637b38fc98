"""Recurrent networks: a step of an LSTM is one product for all gates; sequences, and GRUs, are emulated step by step."""

from __future__ import annotations

import numpy as np

from webnpu.operator import MLOperand
from webnpu.operators.recurrent import LstmCell

from ..emitter import Emitter, lowers
from ..flatbuffer import Tensor
from . import arithmetic as at
from .movement import cut

FUNCTIONS = {"relu": "RELU", "sigmoid": "LOGISTIC", "tanh": "TANH"}
"""The runtime's names of MLRecurrentNetworkActivation."""


@lowers(LstmCell)
def lstm_cell(op: LstmCell, m: Emitter) -> None:
    """The input and the hidden state side by side, times the weights of both: sums of one kernel, rounded little."""
    batch, hidden = op.state_shape
    both = m.emit("CONCATENATION", [m.tensor(op.input), m.tensor(op.hidden_state)], "float32", (batch, op.input.shape[1] + hidden), axis=1)
    gates = m.emit("FULLY_CONNECTED", [both, _side_by_side(op, m), None], "float32", (batch, 4 * hidden))
    bias = _bias(op, m)
    # Added last: a kernel that begins with the bias would round every product to the bias's last place.
    gates = gates if bias is None else at.add(m, gates, bias)
    gate_function, cell_function, state_function = (FUNCTIONS[name] for name in op.activations or op.default_activations)
    state = m.tensor(op.cell_state)

    def gate(name: str) -> Tensor:
        part = cut(m, gates, (0, op.layout.index(name) * hidden), (batch, hidden))
        if op.peephole_weight is not None and name != "g":
            peephole = cut(m, m.tensor(op.peephole_weight), ("iof".index(name) * hidden,), (hidden,))
            part = at.add(m, part, at.mul(m, state, peephole))
        return m.like(cell_function if name == "g" else gate_function, part)

    new = at.add(m, at.mul(m, gate("f"), state), at.mul(m, gate("i"), gate("g")))
    m.put(op.outputs[0], at.mul(m, gate("o"), m.like(state_function, new)))
    m.put(op.outputs[1], new)


def _side_by_side(op: LstmCell, m: Emitter) -> Tensor:
    """The weights of the input and of the hidden state as one matrix."""
    known = [m.constant_of(operand) for operand in (op.weight, op.recurrent_weight)]
    if known[0] is not None and known[1] is not None:
        return m.model.constant(np.concatenate([known[0], known[1]], axis=1))
    parts = [m.tensor(op.weight), m.tensor(op.recurrent_weight)]
    return m.emit("CONCATENATION", parts, "float32", (parts[0].shape[0], parts[0].shape[1] + parts[1].shape[1]), axis=1)


def _bias(op: LstmCell, m: Emitter) -> Tensor | None:
    """The sum of both biases."""
    given: list[MLOperand] = [operand for operand in (op.bias, op.recurrent_bias) if operand is not None]
    if len(given) < 2:
        return m.tensor(given[0]) if given else None
    known = [m.constant_of(operand) for operand in given]
    if known[0] is not None and known[1] is not None:
        return m.model.constant((known[0].astype(np.float64) + known[1]).astype(np.float32))
    return at.add(m, m.tensor(given[0]), m.tensor(given[1]))
