"""The writer of one model, and how the exporters of operators are registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, helper

from ...graph import Graph
from ...naming import Naming, as_plain_text, is_plain_text
from ...operator import MLOperand, Operator
from ...types import Array, DataType, pack
from ..values import ELEMENTS

OPSET = 21

NAMING = Naming("ONNX", holds=is_plain_text, spelled=as_plain_text, apart=True)
"""The names of values: all of a graph share one namespace, and runtimes read them as C does."""

Export = Callable[[Any, "Writer"], "str | Sequence[str]"]
ExportT = TypeVar("ExportT", bound=Export)
Condition = Callable[[Any], bool]

BOOL = int(TensorProto.BOOL)


def element_type(data_type: DataType) -> int:
    """ONNX's element type."""
    return int(ELEMENTS[data_type])


class Exports:
    """The operators that have a form in ONNX, each with one function; used as a decorator."""

    def __init__(self) -> None:
        self._table: dict[type[Operator], tuple[Export, Condition]] = {}

    def __call__(self, *operators: type[Operator], when: Condition = lambda op: True) -> Callable[[ExportT], ExportT]:
        """Register a function for operators, for the uses of which a condition holds; others are emulated."""

        def register(function: ExportT) -> ExportT:
            for operator in operators:
                if operator in self._table:
                    raise TypeError(f"onnx: {operator.name} is exported twice")
                self._table[operator] = function, when
            return function

        return register

    def rows(self, table: Mapping[type[Operator], Any], make: Callable[[Any], Export]) -> None:
        """Register a table of easy operators."""
        for operator, value in table.items():
            self(operator)(make(value))

    def of(self, operator: Operator) -> Export | None:
        """The function for one use of an operator, or None."""
        function, when = self._table.get(type(operator), (None, None))
        return function if when is not None and when(operator) else None

    def has(self, operator: Operator) -> bool:
        """Whether one use of an operator has a form in ONNX."""
        return self.of(operator) is not None


exports = Exports()
"""Register an exporter: ``f(op, writer)`` writes nodes and gives the name of the output, or the names of all."""


class Writer:
    """Writes the nodes and initialisers of one model."""

    def __init__(self, graph: Graph) -> None:
        self.source = graph
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []
        self.names = NAMING.names(graph.inputs, graph.outputs)
        self._names: dict[MLOperand, str] = {operand: self.names.inputs[name] for name, operand in graph.inputs.items()}
        self._taken = {*self.names.inputs.values(), *self.names.outputs.values()}
        self._count = 0
        self._label = ""
        for operand in graph.constants:
            if operand.value is not None:
                self._names[operand] = self.constant(operand.value, operand.data_type)

    def fresh(self, prefix: str) -> str:
        """A name that nothing else has."""
        while True:
            name = f"{prefix}_{self._count}"
            self._count += 1
            if name not in self._taken:
                self._taken.add(name)
                return name

    def __call__(self, operand: MLOperand | None) -> str:
        """The name of an operand; '' for one that is absent."""
        return "" if operand is None else self._names[operand]

    def constant(self, value: Any, data_type: DataType) -> str:
        """An initialiser, by its name."""
        array: Array = np.asarray(value)
        name = self.fresh("constant")
        raw = pack(array.astype(data_type.numpy, copy=False), data_type).tobytes()
        self.initializers.append(helper.make_tensor(name, element_type(data_type), array.shape, raw, raw=True))
        return name

    def integers(self, values: Sequence[int]) -> str:
        """An initialiser of int64, as shapes and axes are."""
        return self.constant(np.asarray(values, np.int64), DataType.INT64)

    def nodes_of(self, kind: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        """Write a node of several outputs; gives their names."""
        names = [self.fresh("value") for _ in range(outputs)]
        given = {name: value for name, value in attributes.items() if value is not None}
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=self.fresh(self._label or kind), **given))
        return names

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Write a node of one output; gives its name."""
        return self.nodes_of(kind, inputs, 1, **attributes)[0]

    def cast(self, name: str, to: DataType | int) -> str:
        return self.node("Cast", name, to=element_type(to) if isinstance(to, DataType) else to)

    def reshape(self, name: str, shape: Sequence[int]) -> str:
        return self.node("Reshape", name, self.integers(shape))

    def transpose(self, name: str, permutation: Sequence[int]) -> str:
        """A transposed value: the value itself if nothing moves."""
        if list(permutation) == list(range(len(permutation))):
            return name
        return self.node("Transpose", name, perm=list(permutation))

    def write(self, operator: Operator, exporter: Export) -> None:
        """Write an operator."""
        self._label = operator.label
        outputs = exporter(operator, self)
        names = [outputs] if isinstance(outputs, str) else list(outputs)
        self._names.update(zip(operator.outputs, names, strict=True))

    def graph(self) -> GraphProto:
        """The graph, its outputs under their names."""
        self._label = ""
        for name, operand in self.source.outputs.items():
            self.nodes.append(helper.make_node("Identity", [self._names[operand]], [self.names.outputs[name]], name=self.fresh("output")))
        return helper.make_graph(
            self.nodes,
            "webnpu",
            [_info(self.names.inputs[name], operand) for name, operand in self.source.inputs.items()],
            [_info(self.names.outputs[name], operand) for name, operand in self.source.outputs.items()],
            initializer=self.initializers,
        )


def _info(name: str, operand: MLOperand) -> Any:
    return helper.make_tensor_value_info(name, element_type(operand.data_type), operand.shape)
