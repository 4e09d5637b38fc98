"""Recurrent networks: the cell, and the walk over a sequence, in float64 from the first step to the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.recurrent import Gru, GruCell, Lstm, LstmCell
from .evaluate import evaluates
from .functions import ACTIVATIONS

Array = NDArray[Any]
States = tuple[Array, ...]


def _gates(op: Any, x: Array, weight: Array, bias: Array | None) -> dict[str, Array]:
    """``x * W' + b`` of each gate, by its letter."""
    product = x @ weight.T + (0.0 if bias is None else bias)
    return dict(zip(op.layout, np.split(product, op.gates, axis=1), strict=True))


def _functions(op: Any) -> list[Callable[[Array], Array]]:
    return [ACTIVATIONS[name] for name in op.activations or op.default_activations]


def _gru_step(op: Any, x: Array, h: Array, w: Array, r: Array, bias: Array | None, recurrent_bias: Array | None) -> States:
    gate, new = _functions(op)
    given, state = _gates(op, x, w, bias), _gates(op, h, r, recurrent_bias)
    update, reset = gate(given["z"] + state["z"]), gate(given["r"] + state["r"])
    if op.reset_after:
        n = new(given["n"] + reset * state["n"])
    else:
        n = new(given["n"] + _gates(op, reset * h, r, recurrent_bias)["n"])
    return (update * h + (1 - update) * n,)


def _lstm_step(
    op: Any, x: Array, h: Array, c: Array, w: Array, r: Array, bias: Array | None, recurrent_bias: Array | None, peephole: Array | None
) -> States:
    gate, cell, last = _functions(op)
    given, state = _gates(op, x, w, bias), _gates(op, h, r, recurrent_bias)
    peep = dict(zip("iof", np.split(np.zeros(3 * op.hidden_size) if peephole is None else peephole, 3), strict=True))
    i, o, f = (gate(given[name] + state[name] + peep[name] * c) for name in "iof")
    new = f * c + i * cell(given["g"] + state["g"])
    return o * last(new), new


def _walk(op: Any, x: Array, initial: list[Array | None], step: Callable[..., States], own: list[Array | None]) -> tuple[Array, ...]:
    """The states after the last step in each direction, and with returnSequence the hidden states after each."""
    last, sequences = [], []
    for direction in range(op.directions):
        backward = op.direction == "backward" or direction == 1
        weights = [None if operand is None else operand[direction] for operand in own]
        states: States = tuple(np.zeros(op.state_shape[1:]) if state is None else state[direction] for state in initial)
        hidden = []
        for time in range(op.steps)[:: -1 if backward else 1]:
            states = step(op, x[time], *states, *weights)
            hidden.append(states[0])
        last.append(states)
        sequences.append(np.stack(hidden[::-1] if backward else hidden))
    outputs = tuple(np.stack(states) for states in zip(*last, strict=True))
    return (*outputs, np.stack(sequences, axis=1)) if op.return_sequence else outputs


@evaluates(GruCell)
def gru_cell(op: GruCell, x: Array, w: Array, r: Array, h: Array, bias: Array | None, recurrent_bias: Array | None) -> States:
    return _gru_step(op, x, h, w, r, bias, recurrent_bias)


@evaluates(Gru)
def gru(op: Gru, x: Array, w: Array, r: Array, bias: Array | None, recurrent_bias: Array | None, h: Array | None) -> States:
    return _walk(op, x, [h], _gru_step, [w, r, bias, recurrent_bias])


@evaluates(LstmCell)
def lstm_cell(
    op: LstmCell, x: Array, w: Array, r: Array, h: Array, c: Array, bias: Array | None, recurrent_bias: Array | None, peephole: Array | None
) -> States:
    return _lstm_step(op, x, h, c, w, r, bias, recurrent_bias, peephole)


@evaluates(Lstm)
def lstm(
    op: Lstm,
    x: Array,
    w: Array,
    r: Array,
    bias: Array | None,
    recurrent_bias: Array | None,
    h: Array | None,
    peephole: Array | None,
    c: Array | None,
) -> States:
    return _walk(op, x, [h, c], _lstm_step, [w, r, bias, recurrent_bias, peephole])
