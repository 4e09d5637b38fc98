"""How importers are registered, and the node that an importer sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np
from onnx import NodeProto, helper

from ..builder import MLGraphBuilder
from ..operator import MLOperand
from ..types import FLOATS, Array, DataType, Shape
from .errors import Refused
from .values import Value

if TYPE_CHECKING:
    from .importer import Importer

Result = MLOperand | Value | Array | list[Any]
Import = Callable[["Node"], Result | tuple[Result | None, ...] | None]
ImportT = TypeVar("ImportT", bound=Import)

ABSENT = object()
"""What an importer gives for an optional value that is not there."""

MICROSOFT = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""


class Imports:
    """The operators of one domain that are imported, each by one function; used as a decorator."""

    def __init__(self) -> None:
        self.table: dict[tuple[str, str], Import] = {}
        self.own_types: set[tuple[str, str]] = {("", "Attention")}
        """Those that say themselves in which type each of their steps is computed; ONNX's Attention does in its function body."""

    def __call__(self, *operators: str, domain: str = "", own_types: bool = False) -> Callable[[ImportT], ImportT]:
        """Register a function for operators of a domain.

        Args:
            operators: ONNX's names of them.
            domain: where they belong.
            own_types: whether the function says itself in which type each step is computed. Else what it makes of several
                steps in float16 is made again in float32, and rounded once (`webnpu.onnx.precision`).
        """

        def register(function: ImportT) -> ImportT:
            for operator in operators:
                if (domain, operator) in self.table:
                    raise TypeError(f"onnx: {operator} is imported twice")
                self.table[domain, operator] = function
                if own_types:
                    self.own_types.add((domain, operator))
            return function

        return register

    def rows(self, table: Mapping[str, Any], make: Callable[[Any], Import], domain: str = "") -> None:
        """Register a table of easy operators: ``make(value)`` is the function of each row."""
        for operator, value in table.items():
            self(operator, domain=domain)(make(value))


imports = Imports()
"""Register an importer: ``f(node)`` gives the operand, array or Value of each output, None for one that is not there."""


class Node:
    """One node of an ONNX graph: its inputs as values, its attributes as Python's.

    Attributes:
        b: the builder.
        operator: ONNX's name of the operator.
        inputs: the inputs, None where absent.
        outputs: the names of the outputs, '' where absent.
        opset: the version of the operator set of its domain.
    """

    def __init__(self, importer: Importer, proto: NodeProto, inputs: Sequence[Any], opset: int) -> None:
        self.importer, self.proto, self.inputs, self.opset = importer, proto, list(inputs), opset
        self.b: MLGraphBuilder = importer.builder
        self.operator, self.outputs = proto.op_type, list(proto.output)
        self.attributes: dict[str, Any] = {a.name: helper.get_attribute_value(a) for a in proto.attribute}
        self.scope: MutableMapping[str, Any] = {}
        """The names around the node, for the graphs inside it."""
        self.opsets: Mapping[str, int] = {}
        """The versions of all domains, for the graphs inside it."""

    def __len__(self) -> int:
        return len(self.inputs)

    def has(self, index: int) -> bool:
        """Whether an input is there."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def wants(self, index: int) -> bool:
        """Whether an output is there."""
        return index < len(self.outputs) and bool(self.outputs[index])

    def value(self, index: int) -> Value:
        """An input, which must be there and be a tensor."""
        if not self.has(index):
            self.refuse(f"input {index} is missing")
        value = self.inputs[index]
        if not isinstance(value, Value):
            self.refuse(f"input {index} is a sequence, not a tensor")
        return value

    def x(self, index: int) -> MLOperand:
        """An input as an operand."""
        return self.value(index).operand(self.b)

    def optional(self, index: int) -> MLOperand | None:
        """An input as an operand, or None if it is absent."""
        return self.x(index) if self.has(index) else None

    def all(self) -> list[MLOperand]:
        """All inputs as operands."""
        return [self.x(i) for i in range(len(self))]

    def shape(self, index: int) -> Shape:
        return self.value(index).shape

    def known(self, index: int, name: str) -> Array:
        """An input that decides about shapes, and so must be known when the model is imported."""
        value = self.value(index)
        if value.array is None:
            origin = f" (it is computed from {', '.join(sorted(value.sources))})" if value.sources else ""
            raise Refused(f"its {name} must be known when the model is imported{origin}", value.sources)
        return value.array

    def integers(self, index: int, name: str) -> list[int]:
        """A known input as a list of integers."""
        return [int(item) for item in self.known(index, name).reshape(-1)]

    def attribute(self, name: str, default: Any) -> Any:
        """An attribute; text is decoded."""
        value = self.attributes.get(name, default)
        if isinstance(value, bytes):
            return value.decode(errors="replace")
        if isinstance(value, list) and value and isinstance(value[0], bytes):
            return [item.decode(errors="replace") for item in value]
        return value

    def axis(self, rank: int, default: int = 0, name: str = "axis") -> int:
        """The attribute axis, counted from the front."""
        return self.positive(self.attribute(name, default), rank)

    def positive(self, axis: int, rank: int) -> int:
        """An axis counted from the front."""
        if not -rank <= axis < rank:
            allowed = f": from {-rank} to {rank - 1}" if rank else ", which has no axes"
            self.refuse(f"its axis {axis} is out of range for rank {rank}{allowed}")
        return axis % rank if rank else 0

    def axes_or(self, index: int, default: Sequence[int] | None, name: str = "axes") -> list[int] | None:
        """Axes as newer operator sets give them, by an input, or as older ones do, by an attribute; as they stand."""
        if self.has(index):
            return self.integers(index, name)
        value = self.attribute(name, default)
        return None if value is None else [int(item) for item in value]

    def refuse(self, reason: str) -> NoReturn:
        """Say that WebNN cannot express this node."""
        raise Refused(reason)

    def limit(self, elements: int) -> None:
        """Spend the bytes of a constant that is made of a small attribute, before it is; its elements are integers at most."""
        self.importer.meter.spend("bytes", 8 * elements, lambda: self.importer.asking(self.proto))

    def turn(self) -> None:
        """Spend a turn of a loop, whose body may have no nodes."""
        self.importer.meter.spend("nodes", 1, lambda: self.importer.asking(self.proto))

    def check_nodes(self, count: float) -> None:
        """Check that so many nodes or operators can still be made, before the first one is."""
        self.importer.meter.check("nodes", count, lambda: self.importer.asking(self.proto))

    # Small things that many importers need.

    def number(self, like: MLOperand | DataType, value: float) -> MLOperand:
        """A scalar constant of the data type of an operand."""
        return self.b.constant(like if isinstance(like, DataType) else like.data_type, value)

    def cast(self, x: MLOperand, data_type: DataType) -> MLOperand:
        """An operand in a data type: itself if it has that."""
        return x if x.data_type is data_type else self.b.cast(x, data_type)

    def reshape(self, x: MLOperand, shape: Sequence[int]) -> MLOperand:
        """An operand in a shape: itself if it has that, another constant if it is one."""
        if x.value is not None and x.shape != tuple(shape):
            return self.b.constant(x.value.reshape(tuple(shape)), copy=False)
        return x if x.shape == tuple(shape) else self.b.reshape(x, list(shape))

    def integers_operand(self, values: Any) -> MLOperand:
        """A constant of int64."""
        return self.b.constant(np.asarray(values, np.int64))

    def floats_only(self, x: MLOperand) -> MLOperand:
        """The operand, which must hold floats."""
        if x.data_type not in FLOATS:
            self.refuse(f"WebNN computes it in floats only; got {x.descriptor}")
        return x

    def wide(self, x: MLOperand, compute: Callable[[MLOperand], MLOperand]) -> MLOperand:
        """Compute in float32, and give the result in the operand's own type."""
        return self.cast(compute(self.cast(x, DataType.FLOAT32)), x.data_type)


def method(name: str) -> Import:
    """An importer that calls one method of the builder with all inputs."""

    def call(node: Node) -> MLOperand:
        out: MLOperand = getattr(node.b, name)(*node.all())
        return out

    return call
