"""Recurrent networks over sequences; single steps, and layouts that ONNX lacks, are emulated."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...operators.recurrent import Gru, Lstm
from ...types import DataType
from .writer import Writer, exports

_DIRECTIONS = {"forward": "forward", "backward": "reverse", "both": "bidirectional"}


def _inputs(op: Any, w: Writer) -> list[str]:
    """Sequence, weights, biases of input and state in one, no lengths, initial hidden state."""
    bias = ""
    if op.bias is not None or op.recurrent_bias is not None:
        zeros = np.zeros((op.directions, op.gates * op.hidden_size))
        parts = [w(b) if b is not None else w.constant(zeros, op.input.data_type) for b in (op.bias, op.recurrent_bias)]
        bias = w.node("Concat", *parts, axis=1)
    return [w(op.input), w(op.weight), w(op.recurrent_weight), bias, "", w(op.initial_hidden_state)]


def _attributes(op: Any) -> dict[str, Any]:
    names = [name.capitalize() for name in op.activations or op.default_activations]
    return {"hidden_size": op.hidden_size, "direction": _DIRECTIONS[op.direction], "activations": names * op.directions}


def _outputs(op: Any, names: list[str], states: int) -> list[str]:
    """WebNN has the states first."""
    return [*names[1 : states + 1], *names[:1]] if op.return_sequence else names[1 : states + 1]


def _is_lstm(op: Lstm) -> bool:
    """ONNX's output gate looks at the new cell state through its peephole, WebNN's at the old one."""
    return op.layout == "iofg" and op.peephole_weight is None and op.input.data_type is DataType.FLOAT32


@exports(Lstm, when=_is_lstm)
def lstm(op: Lstm, w: Writer) -> list[str]:
    inputs = [*_inputs(op, w), w(op.initial_cell_state)]
    return _outputs(op, w.nodes_of("LSTM", inputs, 3, **_attributes(op)), 2)


@exports(Gru, when=lambda op: op.layout == "zrn" and op.input.data_type is DataType.FLOAT32)
def gru(op: Gru, w: Writer) -> list[str]:
    attributes = {**_attributes(op), "linear_before_reset": int(op.reset_after)}
    return _outputs(op, w.nodes_of("GRU", _inputs(op, w), 2, **attributes), 1)
