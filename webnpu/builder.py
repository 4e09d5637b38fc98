"""MLGraphBuilder: the one place that rejects input.

Every operator of `webnpu.operators` is a method here; see `webnpu.builder_methods`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, Protocol, TypeVar

import numpy as np
from pydantic import ValidationError

from .budget import Meter
from .buffers import elements, native
from .builder_methods import BuilderMethods
from .errors import InvalidStateError, MLTypeError, OperatorError, Unsupported
from .graph import Graph
from .operator import MLOperand, Operator
from .types import MAX_RANK, MAX_TENSOR_BYTES, Array, DataType, OperandDescriptor, cast_number

ProgramT = TypeVar("ProgramT", covariant=True)


class ConstantTensor(Protocol):
    """What the builder needs of a constant tensor (`webnpu.context.MLTensor`)."""

    @property
    def descriptor(self) -> OperandDescriptor: ...
    def as_constant(self, context: object) -> Array:
        """Its array, shared and read-only; an MLTypeError if it is no constant of this context, or destroyed."""


class BuildContext(Protocol[ProgramT]):
    """What the builder needs of a context (`webnpu.context.MLContext`)."""

    @property
    def max_tensor_byte_length(self) -> int: ...
    def compile(self, graph: Graph) -> ProgramT:
        """Compile a graph for this context."""


class MLGraphBuilder(BuilderMethods):
    """Builds one graph: make inputs and constants, combine them, and `build` the outputs.

    WebNN section: MLGraphBuilder interface. Without a context, `finish` gives a `Graph` for export.

    Args:
        context: where `build` compiles the graph; its limits apply. Without one, WebNN's widest apply.
    """

    _meter: Meter | None = None
    """What the operators that are made are spent of, where a file asks for them and no caller."""

    def __init__(self, context: BuildContext[Any] | None = None) -> None:
        if context is not None and not (hasattr(context, "compile") and hasattr(context, "max_tensor_byte_length")):
            raise MLTypeError(f"MLGraphBuilder: expected an MLContext, or None; got {type(context).__name__}")
        self._context = context
        self._max_bytes = MAX_TENSOR_BYTES if context is None else context.max_tensor_byte_length
        self._inputs: dict[str, MLOperand] = {}
        self._has_built = False

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise MLTypeError("MLGraphBuilder: what is being built can be neither pickled nor copied; the Graph that finish() gives can")

    def input(self, name: str, descriptor: OperandDescriptor | Mapping[str, Any]) -> MLOperand:
        """An input of the graph (WebNN: input operands).

        Args:
            name: not empty, and not yet taken in this graph.
            descriptor: its data type and shape: an `OperandDescriptor`, or a mapping with the members of
                MLOperandDescriptor, ``dataType`` (or ``data_type``) and ``shape``.
        """
        self._check_can_build()
        _check_name("input: the name", name)
        if name in self._inputs:
            raise MLTypeError(f"input: the name {name!r} is already taken by an input of this graph")
        operand = MLOperand(self, self._descriptor(f"input {name!r}", descriptor), name=name)
        self._inputs[name] = operand
        return operand

    def constant(self, what: Any, value: Any = None, *, copy: bool = True) -> MLOperand:
        """A constant of the graph, in any of four forms (WebNN: constant operands).

        - ``constant(descriptor, buffer)``: a buffer of exactly the descriptor's bytes, or an array of its type, in its shape or flat.
        - ``constant(data_type, number)``: a scalar; the number is cast to the type.
        - ``constant(tensor)``: a constant tensor of this context, not copied.
        - ``constant(array)``: a NumPy array, with the data type and the shape that it has.

        Args:
            what: a descriptor, a data type, a tensor, or an array.
            value: a buffer, or a number.
            copy: whether the data are copied, so that later changes to the buffer do not matter. Without a
                copy they are shared, and must not be changed.
        """
        self._check_can_build()
        if isinstance(what, (OperandDescriptor, Mapping)):
            descriptor = self._descriptor("constant", what)
            array = elements(f"constant {descriptor}", descriptor, value, "flat")
        elif isinstance(what, str):
            array = self._scalar(what, value)
            descriptor, copy = OperandDescriptor(DataType.of(array.dtype), ()), False
        elif hasattr(what, "as_constant"):
            array, descriptor, copy = what.as_constant(self._context), what.descriptor, False
        else:
            array = _as_array(what, value)
            descriptor = self._descriptor("constant", OperandDescriptor(DataType.of(array.dtype), array.shape))
        array = array.copy() if copy else array.view()
        array.flags.writeable = False
        return MLOperand(self, descriptor, value=array)

    def finish(self, outputs: Mapping[str, MLOperand]) -> Graph:
        """The graph that computes the outputs. The builder is used up.

        Args:
            outputs: the operands to compute, by name; each must be the output of an operator.

        Raises:
            Unsupported: an operator is used in a way that WebNN allows, but gives no meaning.
        """
        self._check_can_build()
        if not isinstance(outputs, Mapping) or not outputs:
            raise MLTypeError("build: a graph needs at least one output, in a mapping of names to operands")
        for name, operand in outputs.items():
            _check_name("build: the name of an output", name)
            if not isinstance(operand, MLOperand):
                raise MLTypeError(f"build: output {name!r} must be an MLOperand; got {type(operand).__name__}")
            if operand.builder is not self:
                raise MLTypeError(f"build: output {name!r} belongs to another builder")
            if operand.operator is None:
                kind = "an input" if operand.is_input else "a constant"
                raise MLTypeError(f"build: output {name!r} must be the output of an operator; got {kind}")
        self._has_built = True
        graph = Graph.of(outputs)
        for operator in graph.operators:
            if why := operator.meaningless():
                raise Unsupported(operator, f"this use of it has no meaning: {why}")
        return graph

    def build(self, outputs: Mapping[str, MLOperand]) -> Any:
        """Compile the graph that computes the outputs, on the builder's context (WebNN: build method).

        Args:
            outputs: the operands to compute, by name.

        Returns:
            A `webnpu.context.MLGraph`.
        """
        if self._context is None:
            raise InvalidStateError("build: this builder has no context to compile for; use finish() for a Graph")
        return self._context.compile(self.finish(outputs))

    def apply(self, operator: type[Operator], arguments: Mapping[str, Any]) -> tuple[MLOperand, ...]:
        """Add one use of an operator, by its class.

        Args:
            operator: the class.
            arguments: the values of its fields, under their Python or WebNN names.

        Returns:
            All its outputs.
        """
        self._check_can_build()
        op = _validated(operator, arguments)
        for operand_name, operand in op.operands():
            if operand.builder is not self:
                raise op.error(operand_name, "an operand of this builder", "one of another builder")
        op.check()
        descriptors = op.infer()
        if isinstance(descriptors, OperandDescriptor):
            descriptors = (descriptors,)
        for descriptor in descriptors:
            if fault := descriptor.fault(MAX_RANK, self._max_bytes):
                raise op.error("output", fault.partition(", got ")[0], fault.partition(", got ")[2])
        if self._meter is not None:
            self._meter.spend("nodes", len(descriptors), lambda: f"{op.name} {op.label!r}")
        outputs = tuple([MLOperand(self, d, operator=op, index=i) for i, d in enumerate(descriptors)])
        op.bind(outputs)
        return outputs

    def _check_can_build(self) -> None:
        if self._has_built:
            raise InvalidStateError("this builder has already built its graph; make another one")

    def _descriptor(self, where: str, descriptor: OperandDescriptor | Mapping[str, Any]) -> OperandDescriptor:
        descriptor = as_descriptor(where, descriptor)
        if fault := descriptor.fault(MAX_RANK, self._max_bytes):
            raise MLTypeError(f"{where}: {fault}")
        return descriptor

    def _scalar(self, name: str, value: Any) -> Array:
        try:
            data_type = DataType(name)
        except ValueError:
            raise MLTypeError(f"constant: the data type must be one of {', '.join(DataType)}; got {name!r}") from None
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
            raise MLTypeError(f"constant {name}: the value must be a number; got {type(value).__name__}")
        number = value.item() if isinstance(value, np.number) else value
        return np.array(cast_number(number, data_type)).astype(data_type.numpy)


def _check_name(what: str, name: Any) -> None:
    """Check the name of an input or an output, which files and other processes must be able to hold."""
    if not isinstance(name, str) or not name:
        raise MLTypeError(f"{what} must be a string that is not empty; got {name!r}")
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise MLTypeError(f"{what} must be valid Unicode, without halves of surrogate pairs; got {name!r}")
    if "\0" in name:
        raise MLTypeError(f"{what} must not hold a null character, where readers in C take it to end; got {name!r}")


def as_descriptor(where: str, descriptor: OperandDescriptor | Mapping[str, Any]) -> OperandDescriptor:
    """A descriptor from what the caller gave: one already, or a mapping with the members of MLOperandDescriptor."""
    if isinstance(descriptor, Mapping):
        name = descriptor.get("dataType", descriptor.get("data_type"))
        shape: Any = descriptor.get("shape")
    else:
        name, shape = getattr(descriptor, "data_type", None), getattr(descriptor, "shape", None)
    try:
        data_type = DataType(name)
    except ValueError:
        raise MLTypeError(f"{where}: the data type must be one of {', '.join(DataType)}; got {name!r}") from None
    if isinstance(shape, (str, bytes)) or not hasattr(shape, "__iter__"):
        raise MLTypeError(f"{where}: the shape must be a sequence of integers; got {shape!r}")
    dimensions = tuple(size.item() if isinstance(size, np.integer) else size for size in shape)
    if any(not isinstance(size, int) or isinstance(size, bool) for size in dimensions):
        raise MLTypeError(f"{where}: the shape must be a sequence of integers; got {list(dimensions)!r}")
    return OperandDescriptor(data_type, dimensions)


def _as_array(what: Any, value: Any) -> Array:
    """The array of a constant that says by itself what it holds."""
    if value is not None:
        raise MLTypeError(f"constant: an array takes no second argument; got {type(value).__name__}")
    try:
        array = native(np.asarray(what))
        DataType.of(array.dtype)
    except (TypeError, ValueError) as error:  # NumPy cannot make an array of it, or one of a type that WebNN lacks
        raise MLTypeError(f"constant: {error}") from error
    return array


def _validated(operator: type[Operator], arguments: Mapping[str, Any]) -> Operator:
    """The operator with its fields checked by pydantic, whose complaint is put in our own words."""
    try:
        return operator(**arguments)
    except ValidationError:
        pass
    try:
        return operator(**{name: _plain(value) for name, value in arguments.items()})
    except ValidationError as error:
        raise _explain(operator, arguments, error) from None


def _plain(value: Any) -> Any:
    """NumPy numbers and arrays as Python's; what is anything else stays."""
    if isinstance(value, (np.ndarray, np.number, np.bool_)):
        return value.tolist()
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _explain(operator: type[Operator], arguments: Mapping[str, Any], error: ValidationError) -> OperatorError:
    first = error.errors(include_url=False)[0]
    field = str(first["loc"][0]) if first["loc"] else operator.name
    label = arguments.get("label", "")
    got = f"{type(first['input']).__name__} {first['input']!r}"
    if first["type"] == "extra_forbidden":
        expected, got = f"one of {', '.join(operator.model_fields)}", f"an unknown argument {field}"
    elif first["type"] == "missing":
        expected, got = "a value", "none"
    else:
        expected = first["msg"][0].lower() + first["msg"][1:]
    return OperatorError(operator.name, label if isinstance(label, str) else "", field, expected, got[:200])
