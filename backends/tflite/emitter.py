"""What lowering functions write with: values in lazily permuted layouts, casts at the edges, steps of the model.

Every operand of the graph is a `Value`: tensors that hold its elements, each in some order of dimensions. A
transpose only renames the order; a TRANSPOSE is emitted where a consumer insists on another one, once.

Inside a model, float16 is computed in float32, each operator's result rounded to float16; unsigned integers of
32 and 64 bits are kept as the signed integers of the same bits, which the kernels know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from webnpu.backend import Lowerings
from webnpu.budget import Meter
from webnpu.builder import MLGraphBuilder
from webnpu.emulation import emulate
from webnpu.graph import Graph
from webnpu.naming import Naming, as_plain_text, is_plain_text
from webnpu.operator import MLOperand, Operator
from webnpu.types import ANY, FOUR_BIT, Array, DataType, OperandDescriptor

from .finishing import copying, spread_quantization, unshare_memory
from .flatbuffer import Model, Step, Tensor
from .schema import ACTIVATIONS, DEEP_RANK, TENSOR_TYPES, tensor_type
from .values import Order, Value, carrier, identity, runs

LoweringFunction = Callable[[Any, "Emitter"], None]

lowers: Lowerings[LoweringFunction] = Lowerings("tflite", types=(*ANY, *FOUR_BIT))
"""Register a function ``f(op, m)`` that emits the steps of an operator, and puts its outputs."""

NAMING = Naming("TFLite", holds=is_plain_text, spelled=as_plain_text)
"""The names of tensors and in signatures: inputs and outputs have namespaces of their own."""

LARGE_HALF = 4096
"""From how many elements on a float16 constant stays float16 in the file, and is widened when it is loaded."""

FUSABLE = {"CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED", "ADD", "SUB", "MUL", "DIV"}
"""The operators of the runtime that apply an activation to their result."""


LOSSLESS = (("float16", "float32"), ("bool", "uint8"), ("uint32", "int32"), ("uint64", "int64"))
"""Casts that casting back undoes."""


class Emitter:
    """Emits the steps of a graph into a model, operator by operator."""

    def __init__(self, graph: Graph, legacy: bool = False, int32_io: bool = False) -> None:
        """Begin a model with the graph's inputs and constants.

        Args:
            graph: what to lower.
            legacy: whether the model is for tflite-runtime, the predecessor of LiteRT, alone.
            int32_io: whether all integers come in and go out as int32.
        """
        self.graph, self.model, self.legacy, self.int32_io = graph, Model(), legacy, int32_io
        self.model.names = NAMING.names(graph.inputs, graph.outputs)
        self.values: dict[MLOperand, Value] = {}
        self.producers: dict[int, Step] = {}
        self.consumed: set[int] = set()
        """The tensors that some step takes."""
        self.holders: dict[int, list[MLOperand]] = {}
        """The operands that each tensor holds."""
        self.meter = Meter(None, "tflite")
        self.meter.earn(len(graph.operators))
        self.uses = {operand: len(users) for operand, users in graph.uses().items()}
        for operand in graph.outputs.values():
            self.uses[operand] = self.uses.get(operand, 0) + 1
        self.source = -1
        self.place = {id(op): i for i, op in enumerate(graph.operators)}
        for name, operand in graph.inputs.items():
            self._input(name, operand)
        for operand in graph.constants:
            self.values[operand] = self._constant_value(operand)

    # Edges

    def _input(self, name: str, operand: MLOperand) -> None:
        tensor = Tensor(self._edge_type(operand.data_type), operand.shape, name=self.model.names.inputs[name])
        self.model.inputs[name] = tensor
        value = self.values[operand] = Value(operand.descriptor)
        value.plain[identity(operand.rank)] = self.convert(tensor, carrier(operand.data_type))

    def _edge_type(self, data_type: DataType) -> str:
        """The type of the tensors by which a data type comes in and goes out."""
        return "int32" if self.int32_io and not data_type.is_float else tensor_type(data_type)

    def _constant_value(self, operand: MLOperand) -> Value:
        array = operand.value
        assert array is not None
        kind = np.dtype(carrier(operand.data_type))
        if operand.data_type in (DataType.UINT32, DataType.UINT64):
            array = array.view(kind)
        elif operand.data_type is not DataType.FLOAT16 or array.size < LARGE_HALF:
            array = array.astype(kind, copy=False)
        return Value(operand.descriptor, array)

    def finish(self) -> Model:
        """Emit every operator, then the outputs."""
        for i, op in enumerate(self.graph.operators):
            self.source = i
            self.lower(op)
        self.source = -1
        for name, operand in self.graph.outputs.items():
            tensor = self.convert(self.tensor(operand), self._edge_type(operand.data_type))
            shared = tensor in self.model.outputs.values() or tensor in self.model.inputs.values()
            if shared or self._is_constant(tensor):
                tensor = self.reshape(tensor, tensor.shape, fresh=True)
            tensor.name = self.model.names.outputs[name]
            self.model.outputs[name] = tensor
        self.model.prune()
        unshare_memory(self.model)
        spread_quantization(self.model)
        return self.model

    def _is_constant(self, tensor: Tensor) -> bool:
        """Whether a tensor is a constant, or one made wider: XNNPACK folds that, and then cannot output it."""
        step = self.producers.get(id(tensor))
        widened = step is not None and step.kind == "DEQUANTIZE" and step.inputs[0] is not None and step.inputs[0].data is not None
        return tensor.data is not None or widened

    def lower(self, op: Operator) -> None:
        """Emit one operator, or what it is emulated by."""
        if type(op) in lowers:
            lowers.of(op).function(op, self)
        else:
            self.emulate(op)

    def emulate(self, op: Operator) -> None:
        """Emit the emulation of an operator: of a float16 one in float32, rounded once at its end."""
        builder = MLGraphBuilder()
        copied, known = self._copied(op, builder, {})
        self._emit_inside(emulate(copied, builder, self.meter), known, op.outputs)

    def redo(self, op: Operator, instead: Mapping[MLOperand, MLOperand], output: MLOperand) -> None:
        """Emit an operator again with other operands, of another type, and let it compute another output."""
        copied, known = self._copied(op, MLGraphBuilder(), instead)
        self._emit_inside(copied.outputs, known, (output,))

    def _copied(
        self, op: Operator, builder: MLGraphBuilder, instead: Mapping[MLOperand, MLOperand]
    ) -> tuple[Operator, dict[MLOperand, Value]]:
        """An operator in another builder, float16 as float32, and the values of its operands there."""
        copies: dict[MLOperand, MLOperand] = {}
        known: dict[MLOperand, Value] = {}
        for _, operand in op.operands():
            if operand in copies:
                continue
            given = instead.get(operand, operand)
            wide = DataType.FLOAT32 if given.data_type is DataType.FLOAT16 else given.data_type
            d, array = OperandDescriptor(wide, given.shape), self.values[given].array
            if array is not None and array.dtype == wide.numpy:
                copy = builder.constant(d, array, copy=False)
            else:
                copy = builder.input(f"i{len(copies)}", d)
            copies[operand], known[copy] = copy, self.values[given]
        arguments: dict[str, Any] = {}
        for name in type(op).model_fields:
            value = getattr(op, name)
            if value is None:
                continue
            if name in op.operand_limits:
                value = copies[value] if isinstance(value, MLOperand) else tuple(copies[o] for o in value)
            arguments[name] = value
        copied = builder.apply(type(op), arguments)[0].operator
        assert copied is not None
        return copied, known

    def _emit_inside(self, results: Sequence[MLOperand], known: Mapping[MLOperand, Value], outputs: Sequence[MLOperand]) -> None:
        """Emit the operators of another graph, and let its results be outputs of this one."""
        inside = Graph.of({str(i): operand for i, operand in enumerate(results)})
        with self._within(inside, known):
            for inner in inside.operators:
                self.lower(inner)
            found = [(self.order(result), self.values[result]) for result in results]
        for output, (order, value) in zip(outputs, found, strict=True):
            if value.array is not None or output.data_type is not DataType.FLOAT16:
                self.values[output] = value
            else:
                self.put(output, value.plain[order], order)

    @contextmanager
    def _within(self, inside: Graph, known: Mapping[MLOperand, Value]) -> Iterator[None]:
        """Lower the operators of another graph, whose leaves are known values."""
        outer = self.uses
        self.uses = {operand: len(users) for operand, users in inside.uses().items()}
        for operand in inside.outputs.values():
            self.uses[operand] = self.uses.get(operand, 0) + 1
        self.values.update(known)
        for operand in inside.constants:
            self.values.setdefault(operand, self._constant_value(operand))
        try:
            yield
        finally:
            self.uses = outer

    # Values

    def constant_of(self, operand: MLOperand) -> Array | None:
        """The elements of an operand that is known when the model is made, in the carrier's type; float16 widened."""
        array = self.values[operand].array
        return array.astype(np.float32) if array is not None and array.dtype == np.float16 else array

    def orders(self, operand: MLOperand) -> list[Order]:
        """The orders that an operand is there in; none of a constant, which is there in every order."""
        value = self.values[operand]
        return list(dict.fromkeys((*value.plain, *value.truth))) if value.array is None else []

    def order(self, operand: MLOperand) -> Order:
        """The order that an operand was last needed or made in."""
        orders = self.orders(operand)
        return orders[-1] if orders else identity(operand.rank)

    def tensor(self, operand: MLOperand, order: Order | None = None) -> Tensor:
        """The elements of an operand in an order, by default its own."""
        value = self.values[operand]
        order = identity(value.rank) if order is None else order
        if order not in value.plain:
            if value.array is not None:
                value.plain[order] = self._constant_tensor(value.array.transpose(order))
            elif order in value.truth:
                value.plain[order] = self.convert(value.truth[order], "uint8")
            else:
                have = self.order(operand)
                value.plain[order] = self.permute(self.tensor(operand, have), [have.index(axis) for axis in order])
        return value.plain[order]

    def _constant_tensor(self, array: Array) -> Tensor:
        tensor = self.model.constant(array)
        return self.emit("DEQUANTIZE", [tensor], "float32", array.shape) if array.dtype == np.float16 else tensor

    def truth(self, operand: MLOperand, order: Order | None = None) -> Tensor:
        """Which elements of an operand are not zero, as BOOL."""
        value = self.values[operand]
        order = identity(value.rank) if order is None else order
        if order not in value.truth:
            if value.array is not None:
                return self.model.constant((value.array != 0).transpose(order))
            if value.truth:
                have = next(iter(value.truth))
                value.truth[order] = self.permute(value.truth[have], [have.index(axis) for axis in order])
            else:
                value.truth[order] = self.convert(self.tensor(operand, order), "bool")
        return value.truth[order]

    def put(self, operand: MLOperand, tensor: Tensor, order: Order | None = None) -> None:
        """Let a tensor hold an operand; rounded to float16 first where it is of that type and not exact already."""
        order = identity(operand.rank) if order is None else order
        exact = operand.operator is None or operand.operator.agreement.kind == "exact"
        if operand.data_type is DataType.FLOAT16 and not exact:
            tensor = self.convert(self.convert(tensor, "float16"), "float32")
        value = self.values[operand] = Value(operand.descriptor)
        value.plain[order] = tensor
        self.holders.setdefault(id(tensor), []).append(operand)

    def put_truth(self, operand: MLOperand, tensor: Tensor, order: Order | None = None) -> None:
        """Let a BOOL tensor hold an operand of uint8 that is 1 where it is true."""
        value = self.values[operand] = Value(operand.descriptor)
        value.truth[identity(operand.rank) if order is None else order] = tensor

    def put_array(self, operand: MLOperand, array: Array) -> None:
        """Let elements that are known when the model is made be an operand."""
        self.values[operand] = Value(operand.descriptor, array)

    def share(self, operand: MLOperand, other: MLOperand) -> None:
        """Let an operand be the same value as another."""
        self.values[operand] = self.values[other]
        for tensor in self.values[other].plain.values():
            self.holders.setdefault(id(tensor), []).append(operand)

    # Steps

    def emit(self, kind: str, inputs: Sequence[Tensor | None], type: str, shape: Sequence[int], **options: Any) -> Tensor:
        """Add a step, and return its output."""
        output = Tensor(type, tuple(int(size) for size in shape))
        step = Step(kind, tuple(inputs), (output,), options, self.source)
        self.model.steps.append(step)
        self.producers[id(output)] = step
        self.consumed.update(id(tensor) for tensor in inputs)
        return output

    def like(self, kind: str, x: Tensor, *others: Tensor, **options: Any) -> Tensor:
        """A step whose output is of the type and shape of its first input; without others, element by element."""
        deep = x.shape[: DEEP_RANK - 1] == (1,) * (DEEP_RANK - 1)
        if others or x.rank <= (4 if self.legacy else DEEP_RANK - 1) or deep or kind == "SOFTMAX":
            return self.emit(kind, [x, *others], x.type, x.shape, **options)
        flat = self.reshape(x, (int(np.prod(x.shape)),))
        return self.reshape(self.emit(kind, [flat], x.type, flat.shape, **options), x.shape)

    def number(self, value: float, type: str) -> Tensor:
        """A scalar constant."""
        return self.model.constant(np.array(value, type))

    def integers(self, *values: int) -> Tensor:
        """A vector of int32: shapes, axes, positions."""
        return self.model.constant(np.array(values, np.int32))

    def convert(self, tensor: Tensor, type: str) -> Tensor:
        """A tensor in another type: the same numbers, or where only the sign differs the same bits."""
        if tensor.type == type:
            return tensor
        step = self.producers.get(id(tensor))
        origin = step.inputs[0] if step is not None and step.kind in ("CAST", "BITCAST") else None
        if origin is not None and origin.type == type and (type, tensor.type) in LOSSLESS:
            return origin
        if {tensor.type, type} == {"int64", "uint64"}:
            return self._recast(tensor, type)
        if type == "bool":
            tensor = self._at_most_one(tensor)
        return self.emit("CAST", [tensor], type, tensor.shape, in_data_type=TENSOR_TYPES[tensor.type], out_data_type=TENSOR_TYPES[type])

    def _at_most_one(self, tensor: Tensor) -> Tensor:
        """Bytes, none above 1: a delegate that has no BOOL may cast to it and keep the number."""
        flat = tensor if tensor.rank <= 4 else self.reshape(tensor, (int(np.prod(tensor.shape)),))
        return self.reshape(self.emit("MINIMUM", [flat, self.number(1, flat.type)], flat.type, flat.shape), tensor.shape)

    def _recast(self, tensor: Tensor, type: str) -> Tensor:
        """64 bits read with or without a sign, which CAST does not know.

        BITCAST shares memory as RESHAPE does, and LiteRT loses count of who does; so what is shared is a copy that nothing else uses.
        """
        if tensor.type == "uint64":
            return self._copy(self.emit("BITCAST", [tensor], type, tensor.shape))
        return self.emit("BITCAST", [self._copy(tensor)], type, tensor.shape)

    def _copy(self, tensor: Tensor) -> Tensor:
        """The same elements in memory of their own."""
        step = copying(self.model, tensor, self.source)
        self.model.steps.append(step)
        self.producers[id(step.outputs[0])] = step
        return step.outputs[0]

    def reshape(self, tensor: Tensor, shape: Sequence[int], fresh: bool = False) -> Tensor:
        """A tensor in another shape; ``fresh``: a copy even in the same one.

        Never a reshape of a reshape: LiteRT lets both share the memory of the first tensor, and then gives that away too early.
        """
        shape = tuple(int(size) for size in shape)
        step = self.producers.get(id(tensor))
        if step is not None and step.kind == "RESHAPE" and step.inputs[0] is not None and not fresh:
            tensor = step.inputs[0]
        if tensor.shape == shape and not fresh:
            return tensor
        if tensor.data is not None and not fresh:
            return self.model.constant(tensor.data.reshape(shape))
        return self.emit("RESHAPE", [tensor, self.integers(*shape)], tensor.type, shape)

    def permute(self, tensor: Tensor, permutation: Sequence[int]) -> Tensor:
        """A tensor with its dimensions in another order; only a reshape where dimensions of size 1 move."""
        shape = tuple(tensor.shape[axis] for axis in permutation)
        moving = [axis for axis in permutation if tensor.shape[axis] != 1]
        if moving == sorted(moving):
            return self.reshape(tensor, shape)
        if tensor.data is not None:
            return self.model.constant(tensor.data.transpose(permutation))
        if tensor.rank <= 4:
            return self.emit("TRANSPOSE", [tensor, self.integers(*permutation)], tensor.type, shape)
        turned_runs, merged = runs(tensor.shape, permutation)
        narrow = self.reshape(tensor, merged)
        turned = self.emit("TRANSPOSE", [narrow, self.integers(*turned_runs)], tensor.type, [merged[run] for run in turned_runs])
        return self.reshape(turned, shape)

    def private_step(self, operand: MLOperand) -> tuple[Order, Tensor, Step] | None:
        """The step that computed an operand, with the order and the tensor that it is in, if nothing but one use of it needs that."""
        value = self.values[operand]
        if len(value.plain) != 1 or value.truth or operand.data_type is not DataType.FLOAT32:
            return None
        ((order, tensor),) = value.plain.items()
        step = self.producers.get(id(tensor))
        alone = all(self.uses.get(holder, 2) == 1 for holder in (operand, *self.holders.get(id(tensor), [])))
        return (order, tensor, step) if step is not None and alone and id(tensor) not in self.consumed else None

    def activate(self, operand: MLOperand, output: MLOperand, activation: str) -> bool:
        """Fuse an activation into the step that computed an operand, if it alone needs it; whether it could."""
        found = self.private_step(operand)
        if found is None or found[2].kind not in FUSABLE or found[2].options.get("fused_activation_function"):
            return False
        step = found[2]
        step.options = {**step.options, "fused_activation_function": ACTIVATIONS[activation]}
        self.share(output, operand)
        return True
