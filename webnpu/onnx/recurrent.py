"""Recurrent networks: LSTM and GRU are WebNN's; the plain RNN is unrolled."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operator import MLOperand
from .registry import Node, imports

_DIRECTIONS = {"forward": "forward", "reverse": "backward", "bidirectional": "both"}
_ACTIVATIONS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu"}
_MAX_STEPS = 512


class _Network:
    """What the three have in common: inputs [steps, batch, features] and outputs in either layout."""

    def __init__(self, node: Node, gates: int, activations: list[str]) -> None:
        self.node, self.b = node, node.b
        self.batch_first = bool(node.attribute("layout", 0))
        x = node.x(0)
        self.x = self.b.transpose(x, permutation=[1, 0, 2]) if self.batch_first else x
        self.weight, self.recurrent_weight = node.x(1), node.x(2)
        self.steps, self.batch, _ = self.x.shape
        self.directions = self.weight.shape[0]
        self.hidden = int(node.attribute("hidden_size", self.recurrent_weight.shape[-1]))
        direction = node.attribute("direction", "forward")
        if direction not in _DIRECTIONS:
            node.refuse(f"its direction {direction!r} is not known")
        self.direction = _DIRECTIONS[direction]
        self.bias: MLOperand | None = None
        self.recurrent_bias: MLOperand | None = None
        if node.has(3):
            self.bias, self.recurrent_bias = self.b.split(node.x(3), 2, axis=1)
        self._check_lengths()
        self.activations = self._activations(activations)
        self.gates = gates

    def _check_lengths(self) -> None:
        """WebNN's sequences are all of one length."""
        if self.node.has(4):
            lengths = self.node.integers(4, "sequence lengths")
            if any(length != self.steps for length in lengths):
                self.node.refuse(f"its sequences have the lengths {lengths}; WebNN's are all as long as the input, {self.steps}")
        for name in ("clip", "input_forget", "activation_alpha", "activation_beta"):
            if self.node.attribute(name, None):
                self.node.refuse(f"WebNN's recurrent operators have no {name}")

    def _activations(self, default: list[str]) -> list[str]:
        names = [name.lower() for name in self.node.attribute("activations", default * self.directions)]
        count = len(default)
        if names[:count] * self.directions != names or any(name not in _ACTIVATIONS for name in names):
            self.node.refuse(f"WebNN's activations are relu, sigmoid and tanh, alike in both directions; got {names}")
        return names[:count]

    def state(self, index: int) -> MLOperand | None:
        """An initial state, [directions, batch, hidden]."""
        state = self.node.optional(index)
        return self.b.transpose(state, permutation=[1, 0, 2]) if state is not None and self.batch_first else state

    def options(self) -> dict[str, Any]:
        return {
            "bias": self.bias,
            "recurrent_bias": self.recurrent_bias,
            "initial_hidden_state": self.state(5),
            "return_sequence": self.node.wants(0),
            "direction": self.direction,
            "activations": self.activations,
        }

    def outputs(self, results: tuple[MLOperand, ...], states: int) -> tuple[MLOperand | None, ...]:
        """ONNX's order: the sequence, then the states; batches first where asked."""
        sequence = results[states] if len(results) > states else None
        last: list[MLOperand | None] = list(results[:states])
        if self.batch_first:
            sequence = None if sequence is None else self.b.transpose(sequence, permutation=[2, 0, 1, 3])
            last = [self.b.transpose(state, permutation=[1, 0, 2]) for state in results[:states]]
        return (sequence, *last)


@imports("LSTM")
def lstm(node: Node) -> Any:
    network = _Network(node, 4, ["sigmoid", "tanh", "tanh"])
    if node.has(7) and node.known(7, "peephole weights")[:, network.hidden : 2 * network.hidden].any():
        node.refuse("its output gate looks at the new cell state, WebNN's at the old one")
    results = node.b.lstm(
        network.x,
        network.weight,
        network.recurrent_weight,
        network.steps,
        network.hidden,
        initial_cell_state=network.state(6),
        peephole_weight=node.optional(7),
        **network.options(),
    )
    return network.outputs(results, 2)


@imports("GRU")
def gru(node: Node) -> Any:
    network = _Network(node, 3, ["sigmoid", "tanh"])
    reset_after = bool(node.attribute("linear_before_reset", 0))
    results = node.b.gru(
        network.x, network.weight, network.recurrent_weight, network.steps, network.hidden, reset_after=reset_after, **network.options()
    )
    return network.outputs(results, 1)


@imports("RNN")
def rnn(node: Node) -> Any:
    """``h = f(W x + b + R h + c)``, step by step."""
    network, b = _Network(node, 1, ["tanh"]), node.b
    if network.steps > _MAX_STEPS:
        node.refuse(f"WebNN has no plain RNN, and it is unrolled only up to {_MAX_STEPS} steps; got {network.steps}")
    initial = network.state(5)
    steps = [b.reshape(part, network.x.shape[1:]) for part in b.split(network.x, network.steps)]
    sequences, lasts = [], []
    for direction in range(network.directions):
        backward = network.direction == "backward" or direction == 1

        def own(operand: MLOperand, direction: int = direction) -> MLOperand:
            rest = operand.shape[1:]
            return b.reshape(b.slice(operand, [direction, *(0 for _ in rest)], [1, *rest]), rest)

        weight, recurrent = (b.transpose(own(w)) for w in (network.weight, network.recurrent_weight))
        zero = b.constant(np.zeros((network.batch, network.hidden), network.x.data_type.numpy))
        state = zero if initial is None else own(initial)
        biases = None if network.bias is None or network.recurrent_bias is None else b.add(own(network.bias), own(network.recurrent_bias))
        states = []
        for x in steps[::-1] if backward else steps:
            total = b.add(b.matmul(x, weight), b.matmul(state, recurrent))
            total = total if biases is None else b.add(total, biases)
            state = getattr(b, network.activations[0])(total)
            states.append(b.reshape(state, [1, 1, *state.shape]))
        sequences.append(b.concat(states[::-1] if backward else states, 0))
        lasts.append(b.reshape(state, [1, *state.shape]))
    return network.outputs((b.concat(lasts, 0), b.concat(sequences, 1)), 1)
