"""The graph: operators in topological order, in static single assignment form, immutable.

A graph comes from `webnpu.builder.MLGraphBuilder`, which has checked it; backends compile it, passes turn it
into another one, and `webnpu.graph_file` writes and reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from .errors import MLTypeError
from .operator import MLOperand, Operator
from .spelling import LONGEST_LINE, shortened, spelt
from .types import Array, OperandDescriptor


@dataclass(frozen=True, eq=False)
class Graph:
    """Operators in topological order between named inputs and named outputs.

    Attributes:
        inputs: the inputs that some output depends on, by name.
        outputs: the outputs by name; an operand may stand under several names.
        constants: the constants that some output depends on, in order of use.
        operators: the operators, each after those that it takes operands from.
    """

    inputs: Mapping[str, MLOperand]
    outputs: Mapping[str, MLOperand]
    constants: tuple[MLOperand, ...]
    operators: tuple[Operator, ...]
    _computed: tuple[tuple[MLOperand, ...], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Hold the outputs of all operators, which do not hold them themselves."""
        object.__setattr__(self, "_computed", tuple([operator.outputs for operator in self.operators]))

    @classmethod
    def of(cls, outputs: Mapping[str, MLOperand]) -> Graph:
        """The graph that computes the given operands, and nothing else."""
        operators = tuple(_in_order(outputs.values()))
        leaves: dict[MLOperand, None] = {}
        for operator in operators:
            for _, operand in operator.operands():
                if operand.operator is None:
                    leaves[operand] = None
        leaves.update((operand, None) for operand in outputs.values() if operand.operator is None)
        inputs = {operand.name: operand for operand in leaves if operand.is_input}
        constants = tuple(operand for operand in leaves if operand.is_constant)
        return cls(MappingProxyType(inputs), MappingProxyType(dict(outputs)), constants, operators)

    @property
    def input_descriptors(self) -> dict[str, OperandDescriptor]:
        return {name: operand.descriptor for name, operand in self.inputs.items()}

    @property
    def output_descriptors(self) -> dict[str, OperandDescriptor]:
        return {name: operand.descriptor for name, operand in self.outputs.items()}

    @cached_property
    def names(self) -> Mapping[MLOperand, str]:
        """A name for every operand, unique in the graph: inputs keep theirs, the others are numbered."""
        taken = set(self.inputs)
        names = {operand: name for name, operand in self.inputs.items()}
        numbered = [("c", operand) for operand in self.constants]
        numbered += [("v", operand) for operator in self.operators for operand in operator.outputs]
        counts = {"c": 0, "v": 0}
        for prefix, operand in numbered:
            while (name := f"{prefix}{counts[prefix]}") in taken:
                counts[prefix] += 1
            counts[prefix] += 1
            names[operand] = name
        return MappingProxyType(names)

    @property
    def weight_bytes(self) -> int:
        """The bytes of all constants."""
        return sum(operand.descriptor.byte_length for operand in self.constants)

    def uses(self) -> dict[MLOperand, list[Operator]]:
        """The operators that take each operand; one that takes it twice stands there twice."""
        users: dict[MLOperand, list[Operator]] = {operand: [] for operand in self.names}
        for operator in self.operators:
            for _, operand in operator.operands():
                users[operand].append(operator)
        return users

    def __reduce__(self) -> tuple[Any, ...]:
        """The graph as flat lists, in which operands are numbers: to pickle and to copy takes no recursion, however deep it is."""
        leaves = [*self.inputs.values(), *self.constants]
        numbers = {operand: number for number, operand in enumerate([*leaves, *(o for outputs in self._computed for o in outputs)])}
        operators = [
            (type(operator), _numbered(operator, numbers), [output.descriptor for output in outputs])
            for operator, outputs in zip(self.operators, self._computed, strict=True)
        ]
        inputs = [(operand.name, operand.descriptor) for operand in self.inputs.values()]
        constants = [(operand.descriptor, np.asarray(operand.value)) for operand in self.constants]
        return _made_anew, (inputs, constants, operators, {name: numbers[operand] for name, operand in self.outputs.items()})

    def __str__(self) -> str:
        """The graph as text, one operator a line."""
        head = ", ".join(f"{spelt(name)}: {operand.descriptor}" for name, operand in self.inputs.items())
        lines = [f"graph({head}) {{"]
        lines += [f"  {self.names[c]} = constant {c.descriptor}" for c in self.constants]
        lines += [f"  {self._line(operator)}" for operator in self.operators]
        lines.append(f"  return {', '.join(f'{spelt(name)}={spelt(self.names[operand])}' for name, operand in self.outputs.items())}")
        return "\n".join([*lines, "}"])

    def _line(self, operator: Operator) -> str:
        outputs = ", ".join(f"{self.names[o]}: {o.descriptor}" for o in operator.outputs)
        arguments = [
            f"{name}={self.reference(getattr(operator, name))}" for name in operator.operand_limits if getattr(operator, name) is not None
        ]
        arguments += [f"{name}={_short(value)}" for name, value in operator.attributes().items()]
        return f"{outputs} = {operator.method}({', '.join(arguments)})"

    def reference(self, value: MLOperand | tuple[MLOperand, ...]) -> str:
        """The name of an operand, or the names of several in brackets, as they may stand on a screen."""
        if isinstance(value, MLOperand):
            return spelt(self.names[value])
        return "[" + ", ".join(spelt(self.names[item]) for item in value) + "]"


def _numbered(operator: Operator, numbers: Mapping[MLOperand, int]) -> dict[str, Any]:
    """The fields of an operator, its operands as numbers."""
    fields = {name: getattr(operator, name) for name in type(operator).model_fields}
    for name in operator.operand_limits:
        value = fields[name]
        if value is not None:
            fields[name] = numbers[value] if isinstance(value, MLOperand) else tuple(numbers[item] for item in value)
    return fields


def _made_anew(
    inputs: list[tuple[str, OperandDescriptor]],
    constants: list[tuple[OperandDescriptor, Array]],
    operators: list[tuple[type[Operator], dict[str, Any], list[OperandDescriptor]]],
    outputs: dict[str, int],
) -> Graph:
    """The graph of what `Graph.__reduce__` gives, which was checked when it was first made."""
    builder = object()
    operands = [MLOperand(builder, descriptor, name=name) for name, descriptor in inputs]
    for descriptor, value in constants:
        value.flags.writeable = False
        operands.append(MLOperand(builder, descriptor, value=value))
    made = []
    for kind, fields, descriptors in operators:
        for name in kind.operand_limits:
            if (numbers := fields[name]) is not None:
                fields[name] = operands[numbers] if isinstance(numbers, int) else tuple([operands[number] for number in numbers])
        operator = kind.model_construct(**fields)
        computed = tuple([MLOperand(builder, d, operator=operator, index=i) for i, d in enumerate(descriptors)])
        operator.bind(computed)
        operands += computed
        made.append(operator)
    named = {operand.name: operand for operand in operands[: len(inputs)]}
    held = tuple(operands[len(inputs) : len(inputs) + len(constants)])
    return Graph(MappingProxyType(named), MappingProxyType({name: operands[n] for name, n in outputs.items()}), held, tuple(made))


def as_graph(where: str, graph: Any) -> Graph:
    """What the caller gave, if it is a graph; an MLTypeError else."""
    if not isinstance(graph, Graph):
        compiled = "; what is compiled has it as its attribute graph" if isinstance(getattr(graph, "graph", None), Graph) else ""
        raise MLTypeError(f"{where}: expected a Graph; got {type(graph).__name__}{compiled}")
    return graph


def _short(value: Any) -> str:
    return shortened(repr(list(value) if isinstance(value, tuple) else value if not isinstance(value, str) else str(value)), LONGEST_LINE)


def _in_order(outputs: Iterable[MLOperand]) -> Iterable[Operator]:
    """The operators that outputs depend on, depth first, without recursion: graphs may be deep."""
    done: set[int] = set()
    for output in outputs:
        stack: list[tuple[Operator, bool]] = [(output.operator, False)] if output.operator else []
        while stack:
            operator, ready = stack.pop()
            if id(operator) in done:
                continue
            if ready:
                done.add(id(operator))
                yield operator
                continue
            stack.append((operator, True))
            needed = [operand.operator for _, operand in operator.operands() if operand.operator]
            stack.extend((op, False) for op in reversed(needed) if id(op) not in done)
