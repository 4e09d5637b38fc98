"""Makes the plan of a graph: lowerings ask it for buffers and emit steps; it fuses element-wise chains into producers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from webnpu.backend import Lowerings
from webnpu.graph import Graph
from webnpu.operator import MLOperand
from webnpu.operators.linear_algebra import Matmul
from webnpu.operators.quantization import DequantizeLinear
from webnpu.types import ANY, FOUR_BIT, Array, DataType

from . import views
from .assembly import Assembly, pieces_of
from .cost import MOST_TURNS, Constants, Cost
from .drafts import Draft, Value
from .formats import FORMATS, moved
from .kernel import kernel
from .literals import Words, literal, words
from .plan import Binding, Buffer, Limits, Operation, Plan, View

Lower = Callable[[Any, "Planner"], None]

LONGEST_CHAIN = 32
"""Operations that one step may do to each result: what drivers take to compile a kernel grows faster than its length."""

lowers: Lowerings[Lower] = Lowerings("webgpu", types=(*ANY, *FOUR_BIT))
"""Register a function ``f(op, plan)`` that emits the steps of an operator."""


@dataclass(frozen=True)
class Lowered:
    """A plan, and the words of its constants by name.

    Attributes:
        plan: the plan.
        constants: the words.
        is_trusted: whether it was made here: then kernels that say that they need no checks have none.
    """

    plan: Plan
    constants: Mapping[str, Words]
    is_trusted: bool = True


class Planner:
    """A plan in the making."""

    def __init__(self, graph: Graph, limits: Limits) -> None:
        self.graph, self.limits = graph, limits
        self.buffers: list[Buffer] = []
        self.most_pieces = 1
        self.drafts: list[Draft] = []
        self.values: dict[MLOperand, Value] = {}
        self.constants: dict[str, Words] = {}
        self.words: dict[int, int] = {}
        self.dequantizers: dict[int, tuple[DequantizeLinear, Draft]] = {}
        self.users = graph.uses()
        self.uses = {operand: len(users) for operand, users in self.users.items()}
        for operand in graph.outputs.values():
            self.uses[operand] += 1
        self.current = 0
        for name, operand in graph.inputs.items():
            self.values[operand] = Value(self._buffer("input", operand.data_type, operand.descriptor.size, name), self.uses[operand])

    def _buffer(self, role: str, format: str, size: int, name: str = "") -> int:
        byte_length = -(-size * FORMATS[format].bits // 32) * 4
        self.buffers.append(Buffer(role=role, data_type=str(format), size=size, byte_length=byte_length, name=name))
        self.most_pieces = max(self.most_pieces, pieces_of(self.buffers[-1], self.limits))
        return len(self.buffers) - 1

    def temporary(self, format: str, size: int) -> int:
        """A new buffer that lives within the plan."""
        return self._buffer("temporary", format, size)

    def value(self, operand: MLOperand) -> Value:
        """Where an operand is; a constant is taken into the plan when it is first used."""
        if operand not in self.values:
            assert operand.value is not None, "an operand is computed before it is used"
            name = self.graph.names[operand]
            self.constants[name] = words(operand.value, operand.data_type)
            self.values[operand] = Value(self._buffer("constant", operand.data_type, operand.descriptor.size, name), self.uses[operand])
        return self.values[operand]

    def buffer(self, operand: MLOperand) -> int:
        """The buffer of an operand that the current operator reads."""
        return self.value(operand).buffer

    def table(self, array: Array) -> int:
        """A constant that the lowering itself makes."""
        data_type = DataType.of(array.dtype)
        name = f"#{len(self.constants)}"
        self.constants[name] = words(array, data_type)
        return self._buffer("constant", data_type, array.size, name)

    def word(self, number: int) -> int:
        """A constant of one whole number, made once."""
        if number not in self.words:
            self.words[number] = self.table(np.array([number], DataType.UINT32.numpy))
        return self.words[number]

    def fits(self, kernel_name: str, constants: Constants, format: str, hooks: Mapping[str, str] | None = None) -> bool:
        """Whether a kernel would make no more turns than an invocation may, with an output of this format."""
        return self._cost(kernel_name, constants, format, hooks or {}, ()).turns <= MOST_TURNS

    def _cost(self, name: str, constants: Constants, format: str, hooks: Mapping[str, str], chain: Sequence[Operation]) -> Cost:
        return Cost(name, constants, hooks, chain, format, not self.limits.workgroup_memory)

    def emit(
        self,
        kernel_name: str,
        output: MLOperand | int,
        inputs: Mapping[str, MLOperand | int] | None = None,
        *,
        constants: Mapping[str, int | tuple[int, ...]] | None = None,
        aliases: Mapping[str, str] | None = None,
        views: Mapping[str, View] | None = None,
        hooks: Mapping[str, str] | None = None,
        formats: Mapping[str, str] | None = None,
        chain: Sequence[Operation] | None = None,
        vectors: Sequence[str] = (),
        output_name: str = "y",
    ) -> Draft:
        """Add a step.

        Args:
            kernel_name: its kernel.
            output: the operand that it computes, or a buffer.
            inputs: its other buffers, by the names that the kernel has for them.
            constants: the kernel's constants.
            aliases: the kernel's types.
            views: its index functions.
            hooks: the expressions of its hooks.
            formats: the formats of bindings whose elements are stored otherwise than their data type says.
            chain: what is done to each result; by default it is rounded to the output's type.
            vectors: the bindings that are read four words at a time.
            output_name: the name that the kernel has for the output.
        """
        formats = formats or {}
        numbers = {name: item if isinstance(item, int) else self.buffer(item) for name, item in (inputs or {}).items()}
        if isinstance(output, int):
            numbers[output_name] = output
        else:
            numbers[output_name] = self._buffer("temporary", output.data_type, output.descriptor.size)
        bindings = {
            n: Binding(buffer=b, format=formats.get(n, self.buffers[b].data_type), vectors=n in vectors) for n, b in numbers.items()
        }
        draft = Draft(
            kernel_name,
            bindings,
            dict(constants or {}),
            dict(aliases or {}),
            dict(views or {}),
            dict(hooks or {}),
            [self.current],
            list(chain or ()),
        )
        self.drafts.append(draft)
        if isinstance(output, MLOperand):
            fusible = draft if kernel(kernel_name).head.chain else None
            self.values[output] = Value(numbers[output_name], self.uses[output], fusible)
            if fusible and chain is None:
                self._round(draft, output.data_type)
        return draft

    def _round(self, draft: Draft, data_type: DataType) -> None:
        """What a kernel computed is rounded as if it had been stored, before anything is fused to it."""
        if rounding := FORMATS[data_type].rounding:
            draft.chain.append(Operation(function="", arguments=("v",), rounding=rounding))

    def hold(self, output: MLOperand, buffer: int) -> None:
        """Let a buffer that was made by `temporary` be an operand."""
        self.values[output] = Value(buffer, self.uses[output])

    def alias(self, output: MLOperand, input: MLOperand) -> None:
        """Let an output be the very elements of an input, in another shape."""
        value = self.value(input)
        value.uses += self.uses[output] - 1
        self.values[output] = value

    def copy(self, source: int, target: int) -> None:
        """Copy a whole buffer."""
        bindings = {name: Binding(buffer=b, format=self.buffers[b].data_type) for name, b in (("x", source), ("y", target))}
        self.drafts.append(Draft("copy", bindings, {}, {}, {}, {}, [self.current]))

    def clear(self, buffer: int) -> None:
        """Fill a buffer with zeros."""
        bindings = {"y": Binding(buffer=buffer, format=self.buffers[buffer].data_type)}
        self.drafts.append(Draft("clear", bindings, {}, {}, {}, {}, [self.current]))

    def strides(self, operand: MLOperand) -> tuple[int, ...]:
        """How far the elements of an operand are apart in each dimension."""
        return self.value(operand).strides or tuple(views.strides_of(operand.shape))

    def look_through(self, output: MLOperand, input: MLOperand, strides: Sequence[int]) -> bool:
        """Let an output be the input's elements with other strides, if all that takes it are products, which can read it so."""
        users = self.users[output]
        if len(users) != self.uses[output] or not all(isinstance(user, Matmul) for user in users):
            return False
        source = self.value(input)
        source.step = None
        self.values[output] = Value(source.buffer, self.uses[output], None, tuple(strides))
        return True

    def remember_dequantizer(self, op: DequantizeLinear) -> None:
        """Let products dequantise an operator's elements themselves, if its step computes nothing else."""
        value = self.value(op.output)
        if value.step is not None and value.step.operators == [self.current]:
            self.dequantizers[value.buffer] = op, value.step

    def dequantizer(self, operand: MLOperand) -> DequantizeLinear | None:
        """The operator that makes a matrix of quantised elements, if only the current operator takes that."""
        buffer = self.value(operand).buffer
        if buffer not in self.dequantizers:
            return None
        sole = all(value.uses == 1 for value in self.values.values() if value.buffer == buffer)
        return self.dequantizers[buffer][0] if sole else None

    def drop_dequantizer(self, operand: MLOperand) -> None:
        """Give up the step that makes such a matrix, since the current operator does without."""
        _, draft = self.dequantizers.pop(self.value(operand).buffer)
        self.drafts.remove(draft)

    def write_through(self, output: MLOperand, input: MLOperand, strides: Sequence[int]) -> bool:
        """Let a product write its elements where the output has them, if nothing else takes them.

        Args:
            output: the input's elements in another order.
            input: what may be a product.
            strides: how far the output's elements are apart along the dimensions of the input.
        """
        source = self.value(input)
        draft = source.step
        if draft is None or not draft.kernel.startswith("product") or source.uses != 1 or "out" in draft.views:
            return False
        if any(name not in ("a", "b", "y") for name in draft.bindings):
            return False
        draft.views["out"] = views.view(input.shape, strides)
        draft.hooks["place"] = f"out_at({draft.hooks['place']})"
        draft.constants["QUADS"] = int(draft.constants["QUADS"] == 1 and strides[-1] == 1)
        draft.operators.append(self.current)
        self.values[output] = Value(source.buffer, self.uses[output], draft)
        return True

    def move(self, output: MLOperand, input: MLOperand, view: View) -> None:
        """Emit a step that takes each element of the output from a place of the input."""
        format = moved(output.data_type)
        self.emit(
            "elementwise",
            output,
            {"x0": input},
            views={"x0": view},
            formats={"x0": format, "y": format},
            aliases={"V": "u32"},
            chain=[Operation(function="", arguments=("x0",))],
        )
        self.values[output].step = None  # it moves bits, on which nothing can be computed

    def elementwise(
        self,
        output: MLOperand,
        function: str,
        operands: Sequence[tuple[MLOperand, View]],
        literals: Sequence[str] = (),
        rounding: str | None = None,
    ) -> None:
        """Compute ``function(operands, literals)`` for each element, within the step of an operand where that can be."""
        if rounding is None:
            rounding = FORMATS[output.data_type].rounding
        sources = [self.value(operand) for operand, _ in operands]
        host = self._host(output, operands, sources, function)
        if host is None:
            draft = self.emit("elementwise", output, aliases={"V": "u32"}, chain=[])
            self.values[output].step = draft
        else:
            draft = host
            self.drafts.remove(draft)
            self.drafts.append(draft)
            self._retarget(draft, output)
        own = f"v{len(draft.chain) - 1}" if draft.chain else "v"
        known = {source: own for source in sources if source.step is draft and host is not None}
        arguments = []
        for (operand, view), source in zip(operands, sources, strict=True):
            if source not in known:
                argument = self._argument(draft, operand, view, source, sum(other is source for other in sources), function)
                if source.step is draft:
                    known[source] = argument
            arguments.append(known.get(source) or argument)
        draft.chain.append(Operation(function=function, arguments=(*arguments, *literals), rounding=rounding))

    def complete(self, draft: Draft, output: MLOperand, operations: Sequence[tuple[str, tuple[MLOperand, View] | None, str]]) -> None:
        """Add to a kernel's chain what still belongs to its operator, and round the result once.

        Args:
            draft: the step.
            output: the operator's output.
            operations: functions of the result so far, of an operand and of a literal, where there are such.
        """
        last = "v"
        for function, operand, text in operations:
            arguments = [last]
            if operand is not None:
                arguments.append(self._literal(operand[0]) or self._bind(draft, self._bound(self.buffer(operand[0])), operand[1]))
            draft.chain.append(Operation(function=function, arguments=(*arguments, text) if text else tuple(arguments)))
            last = f"v{len(draft.chain) - 1}"
        if rounding := FORMATS[output.data_type].rounding:
            draft.chain.append(Operation(function="", arguments=(last,), rounding=rounding))

    def _bound(self, buffer: int) -> Binding:
        return Binding(buffer=buffer, format=self.buffers[buffer].data_type)

    def _host(self, output: MLOperand, operands: Sequence[tuple[MLOperand, View]], sources: Sequence[Value], function: str) -> Draft | None:
        """The step of the operand that was computed last, if this operation can be fused into it."""
        candidates = [
            (self.drafts.index(source.step), source, view)
            for source, (_, view) in zip(sources, operands, strict=True)
            if source.step is not None
        ]
        if not candidates:
            return None
        _, source, _ = max(candidates, key=lambda item: item[0])
        draft = source.step
        assert draft is not None
        mine = [view for other, (_, view) in zip(sources, operands, strict=True) if other is source]
        whole = all(views.is_identity(view) and prod(view.sizes) == output.descriptor.size for view in mine) or output.descriptor.size == 1
        if source.uses != len(mine) or not whole or self.buffers[draft.bindings["y"].buffer].size != output.descriptor.size:
            return None
        if len(draft.chain) >= LONGEST_CHAIN or not self._bearable(draft, (function,), output.data_type):
            return None
        added = sum(other is not source and not self._literal(operand) for other, (operand, _) in zip(sources, operands, strict=True))
        if self._pieces(draft) + added * self.most_pieces > self.limits.storage_buffers:
            return None
        return draft

    def _bearable(self, draft: Draft, functions: Sequence[str], format: str) -> bool:
        """Whether a step makes no more turns than it may if it also calls these functions, and stores in this format."""
        chain = [*draft.chain, *(Operation(function=function, arguments=()) for function in functions)]
        return self._cost(draft.kernel, draft.constants, format, draft.hooks, chain).turns <= MOST_TURNS

    def _pieces(self, draft: Draft) -> int:
        return sum(pieces_of(self.buffers[b.buffer], self.limits) for b in draft.bindings.values())

    def _retarget(self, draft: Draft, output: MLOperand) -> None:
        """Let a step compute another output, which is what it computed with more operations done to it."""
        number = self._buffer("temporary", output.data_type, output.descriptor.size)
        draft.bindings["y"] = Binding(buffer=number, format=output.data_type)
        draft.operators.append(self.current)
        self.values[output] = Value(number, self.uses[output], draft)

    def _literal(self, operand: MLOperand) -> str | None:
        """A constant of one element as an expression."""
        if operand.value is None or operand.descriptor.size != 1:
            return None
        return literal(operand.value.reshape(-1)[0], operand.data_type)

    def _argument(self, draft: Draft, operand: MLOperand, view: View, source: Value, mentions: int, function: str) -> str:
        """An operand of a chain: a literal, the chain of a step that only computes it, or a binding."""
        if text := self._literal(operand):
            return text
        other = source.step
        joins = other is not None and other.kernel == "elementwise" and source.uses == mentions and views.is_identity(view)
        if other is not None and joins and len(draft.chain) + len(other.chain) < LONGEST_CHAIN:
            y, size = draft.bindings["y"], self.buffers[source.buffer].size
            room = self.limits.storage_buffers - self._pieces(draft) - self._pieces(other)
            bearable = self._bearable(draft, [*(operation.function for operation in other.chain), function], y.format)
            if size == self.buffers[y.buffer].size and room >= self.most_pieces and bearable:
                return self._inlined(draft, source, other)
        return self._bind(draft, self._bound(source.buffer), view)

    def _inlined(self, draft: Draft, source: Value, other: Draft) -> str:
        """Take the chain of another step into this one, in place of reading what it wrote."""
        names = {name: self._bind(draft, binding, other.views[name]) for name, binding in other.bindings.items() if name != "y"}
        first = len(draft.chain)
        names |= {f"v{n}": f"v{n + first}" for n in range(len(other.chain))}
        for operation in other.chain:
            arguments = tuple(names.get(argument, argument) for argument in operation.arguments)
            draft.chain.append(operation.model_copy(update={"arguments": arguments}))
        self.drafts.remove(other)
        draft.operators += other.operators
        source.step = draft
        return f"v{len(draft.chain) - 1}"

    def _bind(self, draft: Draft, binding: Binding, view: View) -> str:
        """The name of an operand of a chain, bound once for each way of looking at it."""
        for name, bound in draft.bindings.items():
            if bound == binding and draft.views.get(name) == view and re.fullmatch(r"x\d+", name):
                return name
        name = f"x{sum(bool(re.fullmatch(r'x[0-9]+', other)) for other in draft.bindings)}"
        y = draft.bindings.pop("y")
        draft.bindings |= {name: binding, "y": y}
        draft.views[name] = view
        return name

    def finish(self) -> Lowered:
        """The plan, once every operator is lowered."""
        self._outputs()
        plan = Assembly(self.graph, self.limits, self.buffers, self.drafts, self.word).plan()
        kept = {buffer.name for buffer in plan.buffers if buffer.role == "constant"}
        return Lowered(plan, {name: array for name, array in self.constants.items() if name in kept})

    def _outputs(self) -> None:
        """Make the buffers of outputs the graph's; one that is also an input, a constant or another output is copied."""
        for name, operand in self.graph.outputs.items():
            number = self.value(operand).buffer
            buffer = self.buffers[number]
            if buffer.role == "temporary":
                self.buffers[number] = buffer.model_copy(update={"role": "output", "name": name})
            else:
                self.copy(number, self._buffer("output", buffer.data_type, buffer.size, name))


def lower(graph: Graph, limits: Limits) -> Lowered:
    """Make the plan of a graph whose operators are all registered.

    Raises:
        Unsupported: an operator cannot be done right.
    """
    planner = Planner(graph, limits)
    for number, op in enumerate(graph.operators):
        planner.current = number
        lowers.of(op).function(op, planner)
    return planner.finish()
