"""Recurrent networks: one step, or a whole sequence.

WebNN sections: gru, gruCell, lstm, lstmCell. Gates stand behind one another along one dimension of the
weights and biases, in the order that the layout names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from typing_extensions import TypeAliasType

from ..agreement import Agreement, within
from ..errors import Unsupported
from ..operator import Bool, Limits, MLOperand, Operator, UInt, Verdict, constraint, same
from ..types import FLOATS, MAX_DIMENSION, MAX_TENSOR_COUNT, OperandDescriptor, Shape

if TYPE_CHECKING:
    from ..builder import MLGraphBuilder

MLGruWeightLayout = TypeAliasType("MLGruWeightLayout", Literal["zrn", "rzn"])
"""The order of the gates of a GRU: update (z), reset (r), new (n)."""
MLLstmWeightLayout = TypeAliasType("MLLstmWeightLayout", Literal["iofg", "ifgo"])
"""The order of the gates of an LSTM: input (i), output (o), forget (f), cell (g)."""
MLRecurrentNetworkActivation = TypeAliasType("MLRecurrentNetworkActivation", Literal["relu", "sigmoid", "tanh"])
"""A function inside a gate."""
MLRecurrentNetworkDirection = TypeAliasType("MLRecurrentNetworkDirection", Literal["forward", "backward", "both"])
"""The direction in which a sequence is walked through."""


class _Recurrent(Operator):
    """What the four share: weights, and the checks of their shapes."""

    gates: ClassVar[int]
    default_activations: ClassVar[tuple[str, ...]]

    input: Annotated[MLOperand, Limits(FLOATS, 3)]
    """The input."""

    def _check_shape(self, operand: MLOperand | None, shape: Shape) -> Verdict:
        return operand is None or operand.shape == shape or f"{operand.descriptor} in place of shape {list(shape)}"

    def _check_activations(self, activations: Sequence[str] | None) -> Verdict:
        return activations is None or len(activations) == len(self.default_activations) or f"{list(activations)}"


class _Sequence(_Recurrent):
    """A whole sequence: input [steps, batch, features]."""

    input: Annotated[MLOperand, Limits(FLOATS, 3)]
    """The sequence, [steps, batch, features]."""
    weight: Annotated[MLOperand, Limits(same("input"), 3)]
    """The weights of the input, [directions, gates * hiddenSize, features]."""
    recurrent_weight: Annotated[MLOperand, Limits(same("input"), 3)]
    """The weights of the hidden state, [directions, gates * hiddenSize, hiddenSize]."""
    steps: UInt
    """The number of steps in the sequence."""
    hidden_size: UInt
    """The number of features of the hidden state."""
    bias: Annotated[MLOperand | None, Limits(same("input"), 2)] = None
    """The bias of the input, [directions, gates * hiddenSize]; by default 0."""
    recurrent_bias: Annotated[MLOperand | None, Limits(same("input"), 2)] = None
    """The bias of the hidden state, [directions, gates * hiddenSize]; by default 0."""
    initial_hidden_state: Annotated[MLOperand | None, Limits(same("input"), 3)] = None
    """The hidden state before the first step, [directions, batch, hiddenSize]; by default 0."""
    return_sequence: Bool = False
    """Whether the hidden state after every step is an output too."""
    direction: MLRecurrentNetworkDirection = "forward"
    """The direction in which the sequence is walked through."""

    @property
    def directions(self) -> int:
        """How many times the sequence is walked through."""
        return 2 if self.direction == "both" else 1

    @property
    def state_shape(self) -> Shape:
        """The shape of a state."""
        return self.directions, self.input.shape[1], self.hidden_size

    @constraint("C1", "input has as many steps as steps says, at least one")
    def _steps(self) -> Verdict:
        return self.input.shape[0] == self.steps or f"{self.input.descriptor} and steps {self.steps}"

    @constraint("C2", "hiddenSize is above 0, and twice the size of all gates is a valid dimension")
    def _hidden_size(self) -> Verdict:
        return 0 < self.hidden_size * self.gates * 2 <= MAX_DIMENSION or f"{self.hidden_size}"

    @constraint("C3", "weight has the shape [directions, gates * hiddenSize, features]")
    def _weight(self) -> Verdict:
        return self._check_shape(self.weight, (self.directions, self.gates * self.hidden_size, self.input.shape[2]))

    @constraint("C4", "recurrentWeight has the shape [directions, gates * hiddenSize, hiddenSize]")
    def _recurrent_weight(self) -> Verdict:
        return self._check_shape(self.recurrent_weight, (self.directions, self.gates * self.hidden_size, self.hidden_size))

    @constraint("C5", "bias has the shape [directions, gates * hiddenSize]")
    def _bias(self) -> Verdict:
        return self._check_shape(self.bias, (self.directions, self.gates * self.hidden_size))

    @constraint("C6", "recurrentBias has the shape [directions, gates * hiddenSize]")
    def _recurrent_bias(self) -> Verdict:
        return self._check_shape(self.recurrent_bias, (self.directions, self.gates * self.hidden_size))

    @constraint("C7", "initialHiddenState has the shape [directions, batch, hiddenSize]")
    def _initial_hidden_state(self) -> Verdict:
        return self._check_shape(self.initial_hidden_state, self.state_shape)

    def _descriptors(self, states: int) -> tuple[OperandDescriptor, ...]:
        state = OperandDescriptor(self.input.data_type, self.state_shape)
        sequence = OperandDescriptor(self.input.data_type, (self.steps, *self.state_shape))
        return (state,) * states + (sequence,) * self.return_sequence

    def emulated_size(self) -> int:
        return self.steps * self.directions * 4

    def _walk(
        self, b: MLGraphBuilder, cell: type[_Cell], initial: Sequence[MLOperand | None], sliced: Sequence[str]
    ) -> tuple[MLOperand, ...]:
        """Run the cell over the sequence in each direction; the states of all directions, then the sequence."""
        if self.steps > MAX_TENSOR_COUNT:
            raise Unsupported(self, f"it cannot be emulated: {self.steps} steps are more than the {MAX_TENSOR_COUNT} parts of a split")
        batch, features = self.input.shape[1:]
        steps = [b.reshape(x, [batch, features]) for x in b.split(self.input, self.steps)]
        walks = []
        for direction in range(self.directions):
            backward = self.direction == "backward" or direction == 1
            own = {name: _one(b, getattr(self, name), direction) for name in sliced if getattr(self, name) is not None}
            states = tuple(_zeros(b, self.input, (batch, self.hidden_size)) if s is None else _one(b, s, direction) for s in initial)
            walks.append(self._walk_once(b, cell, steps[::-1] if backward else steps, states, own))
            if backward:
                walks[-1][1].reverse()
        outputs = [_stack(b, [states[i] for states, _ in walks], 0) for i in range(len(initial))]
        if self.return_sequence:
            outputs.append(_stack(b, [_stack(b, hidden, 0) for _, hidden in walks], 1))
        return tuple(outputs)

    def _walk_once(
        self, b: MLGraphBuilder, cell: type[_Cell], steps: Sequence[MLOperand], states: tuple[MLOperand, ...], own: dict[str, MLOperand]
    ) -> tuple[tuple[MLOperand, ...], list[MLOperand]]:
        """The last states, and the hidden state after each step in order of processing."""
        shared = {name: getattr(self, name) for name in ("hidden_size", "layout", "activations", "reset_after") if hasattr(self, name)}
        hidden = []
        for x in steps:
            inputs = dict(zip(("hidden_state", "cell_state"), states, strict=False))
            out = getattr(b, cell.method)(input=x, **inputs, **own, **shared)
            states = out if isinstance(out, tuple) else (out,)
            hidden.append(states[0])
        return states, hidden


class _Cell(_Recurrent):
    """One step: input [batch, features]."""

    input: Annotated[MLOperand, Limits(FLOATS, 2)]
    """The input of the step, [batch, features]."""
    weight: Annotated[MLOperand, Limits(same("input"), 2)]
    """The weights of the input, [gates * hiddenSize, features]."""
    recurrent_weight: Annotated[MLOperand, Limits(same("input"), 2)]
    """The weights of the hidden state, [gates * hiddenSize, hiddenSize]."""
    hidden_state: Annotated[MLOperand, Limits(same("input"), 2)]
    """The hidden state before the step, [batch, hiddenSize]."""

    bias: Annotated[MLOperand | None, Limits(same("input"), 1)] = None
    """The bias of the input, [gates * hiddenSize]; by default 0."""
    recurrent_bias: Annotated[MLOperand | None, Limits(same("input"), 1)] = None
    """The bias of the hidden state, [gates * hiddenSize]; by default 0."""

    if TYPE_CHECKING:
        hidden_size: int  # each cell declares it after its states, where it stands among the arguments

    @property
    def state_shape(self) -> Shape:
        """The shape of a state."""
        return self.input.shape[0], self.hidden_size

    @constraint("C1", "hiddenSize is above 0, and twice the size of all gates is a valid dimension")
    def _hidden_size(self) -> Verdict:
        return 0 < self.hidden_size * self.gates * 2 <= MAX_DIMENSION or f"{self.hidden_size}"

    @constraint("C2", "weight has the shape [gates * hiddenSize, features]")
    def _weight(self) -> Verdict:
        return self._check_shape(self.weight, (self.gates * self.hidden_size, self.input.shape[1]))

    @constraint("C3", "recurrentWeight has the shape [gates * hiddenSize, hiddenSize]")
    def _recurrent_weight(self) -> Verdict:
        return self._check_shape(self.recurrent_weight, (self.gates * self.hidden_size, self.hidden_size))

    @constraint("C4", "hiddenState has the shape [batch, hiddenSize]")
    def _hidden_state(self) -> Verdict:
        return self._check_shape(self.hidden_state, self.state_shape)

    @constraint("C5", "bias has the shape [gates * hiddenSize]")
    def _bias(self) -> Verdict:
        return self._check_shape(self.bias, (self.gates * self.hidden_size,))

    @constraint("C6", "recurrentBias has the shape [gates * hiddenSize]")
    def _recurrent_bias(self) -> Verdict:
        return self._check_shape(self.recurrent_bias, (self.gates * self.hidden_size,))

    def _gate(self, b: MLGraphBuilder, operand: MLOperand, gate: int) -> MLOperand:
        """The rows of one gate."""
        rest = operand.shape[1:]
        return b.slice(operand, [gate * self.hidden_size, *(0 for _ in rest)], [self.hidden_size, *rest])

    def _affine(self, b: MLGraphBuilder, x: MLOperand, weight: MLOperand, bias: MLOperand | None, gate: int) -> MLOperand:
        """``x * W' + b`` of one gate."""
        product = b.matmul(x, b.transpose(self._gate(b, weight, gate)))
        return product if bias is None else b.add(product, self._gate(b, bias, gate))


def _zeros(b: MLGraphBuilder, like: MLOperand, shape: Shape) -> MLOperand:
    return b.expand(b.constant(like.data_type, 0), shape)


def _one(b: MLGraphBuilder, operand: MLOperand, direction: int) -> MLOperand:
    """What belongs to one direction, without that dimension."""
    rest = operand.shape[1:]
    return b.reshape(b.slice(operand, [direction, *(0 for _ in rest)], [1, *rest]), rest)


def _stack(b: MLGraphBuilder, operands: Sequence[MLOperand], axis: int) -> MLOperand:
    """Join operands of one shape along a new dimension."""
    shape = operands[0].shape
    return b.concat([b.reshape(x, (*shape[:axis], 1, *shape[axis:])) for x in operands], axis)


def _apply(b: MLGraphBuilder, activation: str, x: MLOperand) -> MLOperand:
    out: MLOperand = getattr(b, activation)(x)
    return out


class Gru(_Sequence):
    """A gated recurrent unit over a sequence: `gruCell` step by step.

    Outputs the hidden state after the last step, [directions, batch, hiddenSize], and with returnSequence
    those after every step, [steps, directions, batch, hiddenSize], in the order of time in both directions.
    """

    gates: ClassVar[int] = 3
    default_activations: ClassVar[tuple[str, ...]] = ("sigmoid", "tanh")

    reset_after: Bool = True
    """Whether the reset gate is applied after the product with the recurrent weights."""
    layout: MLGruWeightLayout = "zrn"
    """The order of the gates."""
    activations: tuple[MLRecurrentNetworkActivation, ...] | None = None
    """The functions of the update and reset gates, and of the new gate; by default sigmoid and tanh."""

    output_limits = {"output0": Limits(same("input"), 3), "output1": Limits(same("input"), 4)}
    agreement: ClassVar[Agreement] = within(6)

    @constraint("C8", "activations has 2 items")
    def _activations(self) -> Verdict:
        return self._check_activations(self.activations)

    def infer(self) -> tuple[OperandDescriptor, ...]:
        return self._descriptors(1)

    def emulate(self, b: MLGraphBuilder) -> tuple[MLOperand, ...]:
        return self._walk(b, GruCell, [self.initial_hidden_state], ("weight", "recurrent_weight", "bias", "recurrent_bias"))


class GruCell(_Cell):
    """One step of a gated recurrent unit.

    ``z = s(Wz x + bz + Rz h + cz)``, ``r = s(Wr x + br + Rr h + cr)``,
    ``n = t(Wn x + bn + r * (Rn h + cn))`` with resetAfter, else ``n = t(Wn x + bn + Rn (r * h) + cn)``;
    the output is ``z * h + (1 - z) * n``.
    """

    gates: ClassVar[int] = 3
    default_activations: ClassVar[tuple[str, ...]] = ("sigmoid", "tanh")

    hidden_size: UInt
    """The number of features of the hidden state."""
    reset_after: Bool = True
    """Whether the reset gate is applied after the product with the recurrent weights."""
    layout: MLGruWeightLayout = "zrn"
    """The order of the gates."""
    activations: tuple[MLRecurrentNetworkActivation, ...] | None = None
    """The functions of the update and reset gates, and of the new gate; by default sigmoid and tanh."""

    output_limits = {"output": Limits(same("input"), 2)}
    agreement: ClassVar[Agreement] = within(3)

    @constraint("C7", "activations has 2 items")
    def _activations(self) -> Verdict:
        return self._check_activations(self.activations)

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.input.data_type, self.state_shape)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        gate_function, new_function = self.activations or self.default_activations
        z_at, r_at, n_at = (self.layout.index(gate) for gate in "zrn")
        h = self.hidden_state

        def gate(at: int) -> MLOperand:
            from_input = self._affine(b, self.input, self.weight, self.bias, at)
            return _apply(b, gate_function, b.add(from_input, self._affine(b, h, self.recurrent_weight, self.recurrent_bias, at)))

        z, r = gate(z_at), gate(r_at)
        from_input = self._affine(b, self.input, self.weight, self.bias, n_at)
        if self.reset_after:
            from_state = b.mul(r, self._affine(b, h, self.recurrent_weight, self.recurrent_bias, n_at))
        else:
            from_state = self._affine(b, b.mul(r, h), self.recurrent_weight, self.recurrent_bias, n_at)
        n = _apply(b, new_function, b.add(from_input, from_state))
        return b.add(b.mul(z, h), b.mul(n, b.sub(b.constant(h.data_type, 1), z)))


class Lstm(_Sequence):
    """A long short-term memory over a sequence: `lstmCell` step by step.

    Outputs the hidden state and the cell state after the last step, each [directions, batch, hiddenSize], and
    with returnSequence the hidden states after every step, [steps, directions, batch, hiddenSize], in the order of
    time in both directions.
    """

    gates: ClassVar[int] = 4
    default_activations: ClassVar[tuple[str, ...]] = ("sigmoid", "tanh", "tanh")

    peephole_weight: Annotated[MLOperand | None, Limits(same("input"), 2)] = None
    """The weights of the cell state in the gates i, o, f, [directions, 3 * hiddenSize]; by default 0."""
    initial_cell_state: Annotated[MLOperand | None, Limits(same("input"), 3)] = None
    """The cell state before the first step, [directions, batch, hiddenSize]; by default 0."""
    layout: MLLstmWeightLayout = "iofg"
    """The order of the gates."""
    activations: tuple[MLRecurrentNetworkActivation, ...] | None = None
    """The functions of the gates i, o, f, of the gate g, and of the cell state; by default sigmoid, tanh, tanh."""

    output_limits = {"output0": Limits(same("input"), 3), "output1": Limits(same("input"), 3), "output2": Limits(same("input"), 4)}
    agreement: ClassVar[Agreement] = within(3)

    @constraint("C8", "peepholeWeight has the shape [directions, 3 * hiddenSize]")
    def _peephole_weight(self) -> Verdict:
        return self._check_shape(self.peephole_weight, (self.directions, 3 * self.hidden_size))

    @constraint("C9", "initialCellState has the shape [directions, batch, hiddenSize]")
    def _initial_cell_state(self) -> Verdict:
        return self._check_shape(self.initial_cell_state, self.state_shape)

    @constraint("C10", "activations has 3 items")
    def _activations(self) -> Verdict:
        return self._check_activations(self.activations)

    def infer(self) -> tuple[OperandDescriptor, ...]:
        return self._descriptors(2)

    def emulate(self, b: MLGraphBuilder) -> tuple[MLOperand, ...]:
        own = ("weight", "recurrent_weight", "bias", "recurrent_bias", "peephole_weight")
        return self._walk(b, LstmCell, [self.initial_hidden_state, self.initial_cell_state], own)


class LstmCell(_Cell):
    """One step of a long short-term memory.

    ``i, o, f = s(W x + b + R h + c + p * state)`` each with weights of its own, ``g = t(Wg x + bg + Rg h + cg)``;
    the new cell state is ``f * state + i * g``, the hidden state ``o * u(new cell state)``.
    """

    gates: ClassVar[int] = 4
    default_activations: ClassVar[tuple[str, ...]] = ("sigmoid", "tanh", "tanh")

    cell_state: Annotated[MLOperand, Limits(same("input"), 2)]
    """The cell state before the step, [batch, hiddenSize]."""
    hidden_size: UInt
    """The number of features of the hidden state."""
    peephole_weight: Annotated[MLOperand | None, Limits(same("input"), 1)] = None
    """The weights of the cell state in the gates i, o, f, [3 * hiddenSize]; by default 0."""
    layout: MLLstmWeightLayout = "iofg"
    """The order of the gates."""
    activations: tuple[MLRecurrentNetworkActivation, ...] | None = None
    """The functions of the gates i, o, f, of the gate g, and of the cell state; by default sigmoid, tanh, tanh."""

    output_limits = {"output0": Limits(same("input"), 2), "output1": Limits(same("input"), 2)}
    agreement: ClassVar[Agreement] = within(1)

    @constraint("C7", "cellState has the shape [batch, hiddenSize]")
    def _cell_state(self) -> Verdict:
        return self._check_shape(self.cell_state, self.state_shape)

    @constraint("C8", "peepholeWeight has the shape [3 * hiddenSize]")
    def _peephole_weight(self) -> Verdict:
        return self._check_shape(self.peephole_weight, (3 * self.hidden_size,))

    @constraint("C9", "activations has 3 items")
    def _activations(self) -> Verdict:
        return self._check_activations(self.activations)

    def infer(self) -> tuple[OperandDescriptor, ...]:
        state = OperandDescriptor(self.input.data_type, self.state_shape)
        return state, state

    def emulate(self, b: MLGraphBuilder) -> tuple[MLOperand, ...]:
        gate_function, cell_function, state_function = self.activations or self.default_activations

        def gate(name: str, function: str) -> MLOperand:
            at = self.layout.index(name)
            out = b.add(
                self._affine(b, self.input, self.weight, self.bias, at),
                self._affine(b, self.hidden_state, self.recurrent_weight, self.recurrent_bias, at),
            )
            if self.peephole_weight is not None and name != "g":
                out = b.add(out, b.mul(self.cell_state, self._gate(b, self.peephole_weight, "iof".index(name))))
            return _apply(b, function, out)

        i, o, f = (gate(name, gate_function) for name in "iof")
        state = b.add(b.mul(f, self.cell_state), b.mul(i, gate("g", cell_function)))
        return b.mul(o, _apply(b, state_function, state)), state
