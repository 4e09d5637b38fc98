"""Recurrent networks. MIL's lstm takes constant weights; with others, with peepholes, and for gru, it is written out."""

from __future__ import annotations

import numpy as np

from webnpu.operator import MLOperand
from webnpu.operators.recurrent import Lstm, LstmCell
from webnpu.types import Array

from ..mil import Var
from .model import Model, lowers, only_if


@only_if(Lstm)
@only_if(LstmCell)
def _is_native(op: Lstm | LstmCell) -> bool:
    """Where peepholes of MIL's output gate look is not documented."""
    operands = (op.weight, op.recurrent_weight, op.bias, op.recurrent_bias)
    return op.peephole_weight is None and all(x is None or x.value is not None for x in operands)


def _gates(op: Lstm | LstmCell, rows: Array) -> Array:
    """Rows of all gates in MIL's order: input, forget, output, cell."""
    parts = dict(zip(op.layout, np.split(rows, 4), strict=True))
    return np.concatenate([parts[gate] for gate in "ifog"])


def _own(operand: MLOperand | None, direction: int | None) -> Array | None:
    if operand is None or operand.value is None:
        return None
    return operand.value if direction is None else operand.value[direction]


def _walk(op: Lstm | LstmCell, m: Model, x: Var, h: Var, c: Var, direction: int | None, backward: bool) -> tuple[Var, Var, Var]:
    """One direction: all hidden states in the order of time, the last hidden and the last cell state."""
    dtype = x.dtype
    weights = {
        "weight_ih": _gates(op, np.asarray(_own(op.weight, direction))),
        "weight_hh": _gates(op, np.asarray(_own(op.recurrent_weight, direction))),
    }
    biases = [b.astype(np.float64) for b in (_own(op.bias, direction), _own(op.recurrent_bias, direction)) if b is not None]
    if biases:
        weights["bias"] = _gates(op, np.asarray(sum(biases)))
    gate, cell, state = op.activations or op.default_activations
    steps, batch = x.shape[:2]
    shape = (batch, op.hidden_size)
    hidden, last_h, last_c = m.emit_several(
        "lstm",
        [(dtype, (steps, *shape)), (dtype, shape), (dtype, shape)],
        x=x,
        initial_h=h,
        initial_c=c,
        **{name: m.constant(array, dtype) for name, array in weights.items()},
        direction="reverse" if backward else "forward",
        output_sequence=True,
        recurrent_activation=gate,
        cell_activation=cell,
        activation=state,
    )
    # In reverse, MIL gives the hidden states in the order of processing.
    return (m.reverse(hidden, (0,)) if backward else hidden), last_h, last_c


@lowers(LstmCell)
def lstm_cell(op: LstmCell, m: Model) -> tuple[Var, Var]:
    x = m.of(op.input)
    sequence = m.reshape(x, (1, *x.shape))
    _, h, c = _walk(op, m, sequence, m.of(op.hidden_state), m.of(op.cell_state), None, backward=False)
    return h, c


@lowers(Lstm)
def lstm(op: Lstm, m: Model) -> tuple[Var, ...]:
    x = m.of(op.input)
    batch = x.shape[1]
    shape = (batch, op.hidden_size)

    def initial(operand: MLOperand | None, direction: int) -> Var:
        if operand is None:
            return m.constant(np.zeros(shape), x.dtype)
        whole = m.of(operand)
        return m.reshape(m.slice(whole, (direction, 0, 0), (direction + 1, *shape)), shape)

    walks = [
        _walk(
            op,
            m,
            x,
            initial(op.initial_hidden_state, direction),
            initial(op.initial_cell_state, direction),
            direction,
            backward=op.direction == "backward" or direction == 1,
        )
        for direction in range(op.directions)
    ]
    states = [m.concat([m.reshape(walk[at], (1, *shape)) for walk in walks], 0) for at in (1, 2)]
    if not op.return_sequence:
        return tuple(states)
    sequences = [m.reshape(hidden, (op.steps, 1, *shape)) for hidden, _, _ in walks]
    return (*states, m.concat(sequences, 1))
