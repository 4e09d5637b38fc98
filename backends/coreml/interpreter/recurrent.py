"""Recurrent networks over a sequence [steps, batch, features].

With direction reverse the outputs stand in the order of processing: the last element of the sequence first. Those of
the second half of a bidirectional lstm stand in the order of time. (coremltools' own tests say so.)
"""

from __future__ import annotations

import numpy as np

from webnpu.types import Array

from .activation import RECURRENT
from .errors import EvaluationError
from .operations import Evaluator, evaluates


def _function(name: str) -> Evaluator:
    if name not in RECURRENT:
        raise EvaluationError(f"an activation must be one of {', '.join(RECURRENT)}; got {name!r}")
    return RECURRENT[name]


def _ordered(x: Array, direction: str) -> Array:
    if direction not in ("forward", "reverse"):
        raise EvaluationError(f"direction must be forward or reverse; got {direction!r}")
    return x[::-1] if direction == "reverse" else x


def _initial(state: Array, x: Array) -> Array:
    """An initial state for each sequence of the batch.

    Zeros may be of another batch size: coremltools' converter writes such for packed sequences, and Core ML takes them.
    """
    if state.shape[0] == x.shape[1]:
        return state
    if state.any():
        raise EvaluationError(f"the initial state {list(state.shape)} does not fit a batch of {x.shape[1]}")
    return np.zeros((x.shape[1], *state.shape[1:]))


def _outputs(hidden: list[Array], output_sequence: Array) -> Array:
    return np.stack(hidden if bool(output_sequence) else hidden[-1:])


@evaluates()
def rnn(
    x: Array,
    initial_h: Array,
    weight_ih: Array,
    weight_hh: Array,
    direction: str,
    output_sequence: Array,
    activation: str,
    bias: Array | None = None,
) -> tuple[Array, Array]:
    act, h, hidden = _function(activation), _initial(initial_h, x), []
    for step in _ordered(x, direction) @ weight_ih.T:
        h = act(step + h @ weight_hh.T + (0.0 if bias is None else bias))
        hidden.append(h)
    return _outputs(hidden, output_sequence), h


@evaluates()
def gru(
    x: Array,
    initial_h: Array,
    weight_ih: Array,
    weight_hh: Array,
    direction: str,
    output_sequence: Array,
    recurrent_activation: str,
    activation: str,
    bias: Array | None = None,
    reset_after: Array | None = None,
    input_bias: Array | None = None,
) -> tuple[Array, Array]:
    """Gates in the order reset, output, update."""
    gate, act, h, hidden = _function(recurrent_activation), _function(activation), _initial(initial_h, x), []
    recurrent = np.zeros(weight_hh.shape[0]) if bias is None else bias
    given = np.zeros(weight_hh.shape[0]) if input_bias is None else input_bias
    own_r, own_o, own_z = np.split(weight_hh, 3)
    bias_r, bias_o, bias_z = np.split(recurrent, 3)
    for step in _ordered(x, direction) @ weight_ih.T:
        in_r, in_o, in_z = np.split(step + given, 3, axis=-1)
        r, z = gate(in_r + h @ own_r.T + bias_r), gate(in_z + h @ own_z.T + bias_z)
        if reset_after is not None and bool(reset_after):
            o = act(in_o + r * (h @ own_o.T + bias_o))
        else:
            o = act(in_o + (r * h) @ own_o.T + bias_o)
        h = (1 - z) * o + z * h
        hidden.append(h)
    return _outputs(hidden, output_sequence), h


@evaluates()
def lstm(
    x: Array,
    initial_h: Array,
    initial_c: Array,
    weight_ih: Array,
    weight_hh: Array,
    direction: str,
    output_sequence: Array,
    recurrent_activation: str,
    cell_activation: str,
    activation: str,
    bias: Array | None = None,
    peephole: Array | None = None,
    weight_ih_back: Array | None = None,
    weight_hh_back: Array | None = None,
    bias_back: Array | None = None,
    peephole_back: Array | None = None,
    clip: Array | None = None,
) -> tuple[Array, Array, Array]:
    functions = (_function(recurrent_activation), _function(cell_activation), _function(activation))
    initial_h, initial_c = _initial(initial_h, x), _initial(initial_c, x)
    limit = np.inf if clip is None else float(clip)
    if direction != "bidirectional":
        hidden, c = _lstm_walk(_ordered(x, direction), initial_h, initial_c, weight_ih, weight_hh, bias, peephole, functions, limit)
        return _outputs(hidden, output_sequence), hidden[-1], c
    if weight_ih_back is None or weight_hh_back is None:
        raise EvaluationError("a bidirectional lstm needs weight_ih_back and weight_hh_back")
    h_forward, h_back = np.split(initial_h, 2, axis=-1)
    c_forward, c_back = np.split(initial_c, 2, axis=-1)
    ahead, c_ahead = _lstm_walk(x, h_forward, c_forward, weight_ih, weight_hh, bias, peephole, functions, limit)
    back, c_behind = _lstm_walk(x[::-1], h_back, c_back, weight_ih_back, weight_hh_back, bias_back, peephole_back, functions, limit)
    last = np.concatenate([ahead[-1], back[-1]], axis=-1)
    sequence = np.concatenate([np.stack(ahead), np.stack(back[::-1])], axis=-1)
    output = sequence if bool(output_sequence) else last[None]
    return output, last, np.concatenate([c_ahead, c_behind], axis=-1)


def _lstm_walk(
    x: Array,
    h: Array,
    c: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias: Array | None,
    peephole: Array | None,
    functions: tuple[Evaluator, Evaluator, Evaluator],
    limit: float,
) -> tuple[list[Array], Array]:
    """The hidden state after each step, and the last cell state. Gates in the order input, forget, output, cell."""
    gate, cell, act = functions
    peep_i, peep_f, peep_o = np.split(np.zeros(3 * h.shape[-1]) if peephole is None else peephole, 3)
    hidden = []
    for step in x @ weight_ih.T:
        in_i, in_f, in_o, in_z = np.split(step + h @ weight_hh.T + (0.0 if bias is None else bias), 4, axis=-1)
        i, f = gate(in_i + peep_i * c), gate(in_f + peep_f * c)
        c = np.clip(f * c + i * cell(in_z), -limit, limit)
        h = gate(in_o + peep_o * c) * act(c)
        hidden.append(h)
    return hidden, c
