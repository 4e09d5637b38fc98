"""The writer of one model, and how the exporters of operators are registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, helper

from ...errors import Unsupported
from ...graph import Graph
from ...naming import Naming, as_plain_text, is_plain_text
from ...operator import MLOperand, Operator
from ...types import Array, DataType, pack
from ..values import ELEMENTS
from .opsets import needed, output_types

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
        self._table: dict[type[Operator], tuple[Export, Condition, int]] = {}

    def __call__(self, *operators: type[Operator], when: Condition = lambda op: True, since: int = 0) -> Callable[[ExportT], ExportT]:
        """Register a function for operators, for the uses of which a condition holds; others are emulated.

        Args:
            operators: WebNN's operators.
            when: for which uses of them.
            since: the operator set that has what is written; in an older one they are emulated.
        """

        def register(function: ExportT) -> ExportT:
            for operator in operators:
                if operator in self._table:
                    raise TypeError(f"onnx: {operator.name} is exported twice")
                self._table[operator] = function, when, since
            return function

        return register

    def rows(self, table: Mapping[type[Operator], Any], make: Callable[[Any], Export], since: int = 0) -> None:
        """Register a table of easy operators."""
        for operator, value in table.items():
            self(operator, since=since)(make(value))

    def of(self, operator: Operator, opset: int) -> Export | None:
        """The function for one use of an operator in an operator set, or None."""
        found = self._table.get(type(operator))
        if found is None:
            return None
        function, when, since = found
        return function if since <= opset and when(operator) else None

    def has(self, operator: Operator, opset: int) -> bool:
        """Whether one use of an operator has a form in an operator set."""
        return self.of(operator, opset) is not None


exports = Exports()
"""Register an exporter: ``f(op, writer)`` writes nodes and gives the name of the output, or the names of all."""


class Writer:
    """Writes the nodes and initialisers of one model.

    Attributes:
        source: the graph.
        opset: the version of ONNX's operator set.
        nodes: the nodes.
        initializers: the constants.
        owners: the operator that each node belongs to, by the name of the node.
        types: the element type of each value, by its name.
    """

    def __init__(self, graph: Graph, opset: int) -> None:
        self.source, self.opset = graph, opset
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []
        self.owners: dict[str, Operator] = {}
        self.names = NAMING.names(graph.inputs, graph.outputs)
        self._names: dict[MLOperand, str] = {operand: self.names.inputs[name] for name, operand in graph.inputs.items()}
        self.types: dict[str, int] = {self._names[operand]: element_type(operand.data_type) for operand in graph.inputs.values()}
        self._operator: Operator | None = None
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
        self.types[name] = element_type(data_type)
        raw = pack(array.astype(data_type.numpy, copy=False), data_type).tobytes()
        self.initializers.append(helper.make_tensor(name, element_type(data_type), array.shape, raw, raw=True))
        return name

    def integers(self, values: Sequence[int]) -> str:
        """An initialiser of int64, as shapes and axes are."""
        return self.constant(np.asarray(values, np.int64), DataType.INT64)

    def nodes_of(self, kind: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        """Write a node of several outputs; gives their names.

        Raises:
            Unsupported: the operator set has no such node.
        """
        names = [self.fresh("value") for _ in range(outputs)]
        given = {name: value for name, value in attributes.items() if value is not None}
        node = helper.make_node(kind, list(inputs), names, name=self.fresh(self._label or kind), **given)
        if self._operator is not None:
            if reason := needed(node, self.types, self.opset):
                raise Unsupported(self._operator, reason)
            self.owners[node.name] = self._operator
        self.types.update(zip(names, output_types(node, self.types, self.opset), strict=True))
        self.nodes.append(node)
        return names

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Write a node of one output; gives its name."""
        return self.nodes_of(kind, inputs, 1, **attributes)[0]

    def cast(self, name: str, to: DataType | int) -> str:
        return self.node("Cast", name, to=element_type(to) if isinstance(to, DataType) else to)

    def ordered(self, name: str, data_type: DataType) -> tuple[str, Callable[[str], str]]:
        """Unsigned integers as signed ones of as many bits, in the same order, for kernels that have no others; and the way back.

        The highest bit is flipped, so that zero becomes the least number.
        """
        signed = {DataType.UINT32: DataType.INT32, DataType.UINT64: DataType.INT64}[data_type]
        lowest = self.constant(signed.minimum, signed)
        return (
            self.node("Add", self.cast(name, signed), lowest),
            lambda y: self.cast(self.node("Add", y, lowest), data_type),
        )

    def reshape(self, name: str, shape: Sequence[int]) -> str:
        return self.node("Reshape", name, self.integers(shape))

    def transpose(self, name: str, permutation: Sequence[int]) -> str:
        """A transposed value: the value itself if nothing moves."""
        if list(permutation) == list(range(len(permutation))):
            return name
        return self.node("Transpose", name, perm=list(permutation))

    def write(self, operator: Operator, exporter: Export) -> None:
        """Write an operator."""
        self._label, self._operator = operator.label, operator
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
