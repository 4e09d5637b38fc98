"""Recurrent networks: LSTM and GRU are WebNN's where it has what they ask for; else, as the plain RNN, they are unrolled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..operator import MLOperand
from ..types import DataType
from .quantization import dequantized
from .registry import MICROSOFT, Node, imports
from .values import Value

_DIRECTIONS = {"forward": "forward", "reverse": "backward", "bidirectional": "both"}
_ACTIVATIONS = ("sigmoid", "tanh", "relu")
"""Those that WebNN's recurrent operators know."""
_PARAMETERS: dict[str, tuple[float | None, float | None]] = {
    "affine": (1.0, 0.0),
    "leakyrelu": (0.01, None),
    "thresholdedrelu": (1.0, None),
    "scaledtanh": (1.0, 1.0),
    "hardsigmoid": (0.2, 0.5),
    "elu": (1.0, None),
    "relu": (None, None),
    "sigmoid": (None, None),
    "softplus": (None, None),
    "softsign": (None, None),
    "tanh": (None, None),
}
"""ONNX's activations, with their alpha and beta where no others are given; None where they have none."""
_STEP = 4
"""How many operators a step of the shortest network is made of."""

Function = Callable[[MLOperand], MLOperand]
Step = Callable[[int, MLOperand, list[MLOperand]], list[MLOperand]]
"""The states after a step, the hidden one first: of a direction, [batch, features] and the states before."""


class _Network:
    """What the three have in common: inputs [steps, batch, features] and outputs in either layout."""

    def __init__(self, node: Node, activations: list[str]) -> None:
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
        self.clip = float(node.attribute("clip", 0.0))
        self.lengths = self._lengths()
        self.count = len(activations)
        self.names = [name.lower() for name in node.attribute("activations", None) or activations * self.directions]
        if len(self.names) != self.count * self.directions or any(name not in _PARAMETERS for name in self.names):
            node.refuse(f"its activations are {self.names}; {self.count} of {', '.join(_PARAMETERS)} are known, for each direction")
        self.functions = self._functions()

    def _lengths(self) -> MLOperand | None:
        """How long each sequence is, where they are not known to be as long as the input."""
        if not self.node.has(4):
            return None
        known = self.node.value(4).array
        if known is not None and (known == self.steps).all():
            return None
        return self.b.reshape(self.node.cast(self.node.x(4), DataType.INT32), [self.batch, 1])

    def _functions(self) -> list[Function]:
        """The activations; alpha and beta are given for those that have them, in their order."""
        given = {name: list(self.node.attribute(f"activation_{name}", None) or []) for name in ("alpha", "beta")}

        def next_of(name: str, default: float | None) -> float:
            return default or 0.0 if default is None or not given[name] else float(given[name].pop(0))

        found = []
        for name in self.names:
            alpha, beta = (next_of(key, default) for key, default in zip(("alpha", "beta"), _PARAMETERS[name], strict=True))
            found.append(_activation(self.node, name, alpha, beta))
        return found

    @property
    def is_webnn(self) -> bool:
        """Whether WebNN's operators have all that is asked for."""
        alike = self.names[: self.count] * self.directions == self.names
        special = self.clip or self.lengths is not None or self.node.attribute("input_forget", 0)
        return alike and not special and all(name in _ACTIVATIONS for name in self.names)

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
            "activations": self.names[: self.count],
        }

    def outputs(self, results: Sequence[MLOperand], states: int) -> tuple[MLOperand | None, ...]:
        """ONNX's order: the sequence, then the states; batches first where asked."""
        sequence = results[states] if len(results) > states else None
        last: list[MLOperand | None] = list(results[:states])
        if self.batch_first:
            sequence = None if sequence is None else self.b.transpose(sequence, permutation=[2, 0, 1, 3])
            last = [self.b.transpose(state, permutation=[1, 0, 2]) for state in results[:states]]
        return (sequence, *last)

    # Step by step

    def own(self, operand: MLOperand, direction: int) -> MLOperand:
        """What a direction has of an operand."""
        rest = operand.shape[1:]
        return self.b.reshape(self.b.slice(operand, [direction, *(0 for _ in rest)], [1, *rest]), rest)

    def gates(self, operand: MLOperand | None, direction: int, count: int) -> list[Any]:
        """The parts of weights or biases for each gate; weights transposed."""
        if operand is None:
            return [None] * count
        parts = self.b.split(self.own(operand, direction), count, axis=0)
        return [self.b.transpose(part) if part.rank == 2 else part for part in parts]

    def clipped(self, x: MLOperand) -> MLOperand:
        return self.b.clamp(x, min_value=-self.clip, max_value=self.clip) if self.clip else x

    def total(self, *terms: MLOperand | None) -> MLOperand:
        """The sum of the terms that are there."""
        there = [term for term in terms if term is not None]
        out = there[0]
        for term in there[1:]:
            out = self.b.add(out, term)
        return out

    def unrolled(self, step: Step, initial: Sequence[MLOperand | None]) -> list[MLOperand]:
        """The last states and the sequence, by one step after another; beyond its length a sequence is zero and its states stay."""
        b = self.b
        self.node.check_nodes(self.steps * self.directions * _STEP)  # WebNN has not all that it asks for
        inputs = [b.reshape(part, self.x.shape[1:]) for part in b.split(self.x, self.steps)]
        zero = b.constant(np.zeros((self.batch, self.hidden), self.x.data_type.numpy))
        lasts: list[list[MLOperand]] = [[] for _ in initial]
        sequences = []
        for direction in range(self.directions):
            states = [zero if state is None else self.own(state, direction) for state in initial]
            backward = self.direction == "backward" or direction == 1
            found = []
            for time in reversed(range(self.steps)) if backward else range(self.steps):
                new = step(direction, inputs[time], states)
                hidden = new[0]
                if self.lengths is not None:
                    is_there = b.greater(self.lengths, self.node.number(DataType.INT32, time))
                    hidden = b.where(is_there, hidden, self.node.number(hidden, 0))
                    new = [b.where(is_there, after, before) for after, before in zip(new, states, strict=True)]
                states = new
                found.append(b.reshape(hidden, [1, 1, *hidden.shape]))
            sequences.append(b.concat(found[::-1] if backward else found, 0))
            for last, state in zip(lasts, states, strict=True):
                last.append(b.reshape(state, [1, *state.shape]))
        return [*(b.concat(last, 0) for last in lasts), b.concat(sequences, 1)]


def _activation(node: Node, name: str, alpha: float, beta: float) -> Function:
    """One of ONNX's activations."""
    b = node.b
    functions: dict[str, Function] = {
        "affine": lambda x: b.linear(x, alpha=alpha, beta=beta),
        "leakyrelu": lambda x: b.leaky_relu(x, alpha=alpha),
        "thresholdedrelu": lambda x: b.where(b.greater(x, node.number(x, alpha)), x, node.number(x, 0)),
        "scaledtanh": lambda x: b.mul(node.number(x, alpha), b.tanh(b.mul(x, node.number(x, beta)))),
        "hardsigmoid": lambda x: b.hard_sigmoid(x, alpha=alpha, beta=beta),
        "elu": lambda x: b.elu(x, alpha=alpha),
        "relu": b.relu,
        "sigmoid": b.sigmoid,
        "softplus": b.softplus,
        "softsign": b.softsign,
        "tanh": b.tanh,
    }
    return functions[name]


@imports("LSTM")
def lstm(node: Node) -> Any:
    network = _Network(node, ["sigmoid", "tanh", "tanh"])
    # ONNX's output gate looks at the new cell state through its peephole, WebNN's at the old one.
    looks = node.has(7) and (
        node.value(7).array is None or node.value(7).array[:, network.hidden : 2 * network.hidden].any()  # type: ignore[index]
    )
    if not network.is_webnn or looks:
        return network.outputs(network.unrolled(_lstm_step(network), (network.state(5), network.state(6))), 2)
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


def _lstm_step(network: _Network) -> Step:
    """Gates in ONNX's order: input, output, forget, cell; peepholes for the first three."""
    node, b = network.node, network.b
    parts = []
    for direction in range(network.directions):
        given = (network.weight, network.recurrent_weight, network.bias, network.recurrent_bias)
        peepholes = network.gates(node.optional(7), direction, 3)
        parts.append([network.gates(operand, direction, 4) for operand in given] + [peepholes])
    coupled = bool(node.attribute("input_forget", 0))

    def step(direction: int, x: MLOperand, states: list[MLOperand]) -> list[MLOperand]:
        hidden, cell = states
        weights, recurrent, biases, more, peepholes = parts[direction]
        f, g, h = network.functions[3 * direction : 3 * direction + 3]

        def gate(index: int, seen: MLOperand | None = None) -> MLOperand:
            products = b.matmul(x, weights[index]), b.matmul(hidden, recurrent[index])
            peephole = peepholes[index] if seen is not None else None
            look = None if peephole is None or seen is None else b.mul(peephole, seen)
            return network.clipped(network.total(*products, biases[index], more[index], look))

        into = f(gate(0, cell))
        kept = b.sub(node.number(into, 1), into) if coupled else f(gate(2, cell))
        cell = b.add(b.mul(kept, cell), b.mul(into, g(gate(3))))
        return [b.mul(f(gate(1, cell)), h(cell)), cell]

    return step


@imports("GRU")
def gru(node: Node) -> Any:
    network = _Network(node, ["sigmoid", "tanh"])
    reset_after = bool(node.attribute("linear_before_reset", 0))
    if not network.is_webnn:
        return network.outputs(network.unrolled(_gru_step(network, reset_after=reset_after), (network.state(5),)), 1)
    results = node.b.gru(
        network.x, network.weight, network.recurrent_weight, network.steps, network.hidden, reset_after=reset_after, **network.options()
    )
    return network.outputs(results, 1)


def _gru_step(network: _Network, *, reset_after: bool) -> Step:
    """Gates in ONNX's order: update, reset, hidden."""
    b = network.b
    given = (network.weight, network.recurrent_weight, network.bias, network.recurrent_bias)
    parts = [[network.gates(operand, direction, 3) for operand in given] for direction in range(network.directions)]

    def step(direction: int, x: MLOperand, states: list[MLOperand]) -> list[MLOperand]:
        [hidden] = states
        weights, recurrent, biases, more = parts[direction]
        f, g = network.functions[2 * direction : 2 * direction + 2]
        update, reset = (
            f(network.clipped(network.total(b.matmul(x, weights[i]), b.matmul(hidden, recurrent[i]), biases[i], more[i]))) for i in (0, 1)
        )
        if reset_after:
            past = b.mul(reset, network.total(b.matmul(hidden, recurrent[2]), more[2]))
        else:
            past = network.total(b.matmul(b.mul(reset, hidden), recurrent[2]), more[2])
        new = g(network.clipped(network.total(b.matmul(x, weights[2]), past, biases[2])))
        return [b.add(b.mul(b.sub(network.node.number(update, 1), update), new), b.mul(update, hidden))]

    return step


@imports("RNN")
def rnn(node: Node) -> Any:
    """``h = f(W x + b + R h + c)``."""
    network, b = _Network(node, ["tanh"]), node.b
    given = (network.weight, network.recurrent_weight, network.bias, network.recurrent_bias)
    parts = [[network.gates(operand, direction, 1)[0] for operand in given] for direction in range(network.directions)]

    def step(direction: int, x: MLOperand, states: list[MLOperand]) -> list[MLOperand]:
        weight, recurrent, bias, more = parts[direction]
        total = network.total(b.matmul(x, weight), b.matmul(states[0], recurrent), bias, more)
        return [network.functions[direction](network.clipped(total))]

    return network.outputs(network.unrolled(step, (network.state(5),)), 1)


@imports("DynamicQuantizeLSTM", domain=MICROSOFT)
def dynamic_quantize_lstm(node: Node) -> Any:
    """An LSTM whose weights are bytes, transposed; what it sees and remembers is not rounded to bytes, as it is in ONNX Runtime."""
    b = node.b

    def weights(index: int, scale: int) -> Value:
        x, scales, points = node.x(index), node.x(scale), node.x(scale + 1)
        directions, _, gates = x.shape
        shape = [directions, 1, gates if scales.descriptor.size > directions else 1]
        real = dequantized(node, x, node.reshape(scales, shape), node.reshape(points, shape))
        return Value(operand=b.transpose(real, permutation=[0, 2, 1]))

    rest = [node.inputs[i] if node.has(i) else None for i in range(3, 8)]
    return lstm(Node(node.importer, node.proto, [node.inputs[0], weights(1, 8), weights(2, 10), *rest], node.opset))
