"""The importer: walks an ONNX graph in order and builds a Graph, folding what is known on the way."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

from ..budget import Budget, Meter
from ..builder import MLGraphBuilder
from ..errors import BudgetExceeded, WebNPUError
from ..graph import Graph
from ..naming import as_plain_text
from ..operator import MLOperand, Operator
from ..types import MAX_DIMENSION, DataType, OperandDescriptor, Shape
from .checks import check_values
from .dimensions import OpenDimensions, fitting
from .errors import InvalidModel, Refusal, Refused, UnsupportedModel
from .expansion import expansion
from .fold import KEPT, RANDOM, Folder
from .functions import call, check_calls, key_of
from .model import Model, read_model
from .narrow import BITS, OVERFLOWS, narrowed
from .options import checked_options, item_name
from .order import subgraphs
from .precision import rounds, to_float16, to_float32
from .registry import ABSENT, Import, Node, imports
from .tensors import tensor_array
from .values import ELEMENTS, Value, data_type_of, holds, output_element

_READ = 2
"""A node that is read costs twice what an operator does that is made of it: it takes about twice as long."""

_LONGEST_NAME = 500
"""The most characters of the name of a node, those of the calls around it in front; more stand in no label and no message."""

Scope = MutableMapping[str, Any]


class _Unknown:
    """The value of what a refused node would have computed."""


UNKNOWN = _Unknown()


def import_model(
    source: str | Path | bytes | ModelProto,
    *,
    dimensions: Mapping[str, int] | None = None,
    shapes: Mapping[str, Sequence[Any]] | None = None,
    known: Mapping[str, Any] | None = None,
    float16: bool = False,
    budget: Budget | None = None,
) -> Graph:
    """Make a graph of an ONNX model, operator sets 7 and later.

    Booleans become uint8 of 0 and 1; float64, bfloat16 and floats of 8 and 4 bits are computed in float32, integers of 16
    bits in int32, of 2 and 4 bits in int8 and uint8. Inputs that no output depends on vanish, as everywhere in WebNN.

    Args:
        source: the path of a file, the bytes of one, or a model.
        dimensions: the sizes of dimensions that the model names but leaves open, by name: ``{"batch": 1}``.
        shapes: the whole shapes of inputs, by name; dimensions of the same name elsewhere have the same size then. Of a
            sequence the shapes of its items, which become inputs ``x[0]``, ``x[1]`` and so on.
        known: the values of inputs that are to be constants, by name.
        float16: whether what the model has in float16 is computed so, each operator rounding to it. By default it is computed
            in float32, as ONNX Runtime does on a CPU; inputs and outputs keep their types either way.
        budget: how much work the model may ask for; by default the `Budget` that applies where this is called.

    Raises:
        MLTypeError: an argument is not what it should be.
        BudgetExceeded: it asks for more; the message says for what, and how to allow it.
        FileError: the file cannot be read; a MissingFileError where there is none.
        InvalidModel: the model is damaged, or contradicts itself.
        UnsupportedModel: WebNN cannot express it; every node that is refused is named, with the reason.
    """
    dimensions, shapes, known = checked_options(dimensions, shapes, known, float16)
    meter = Meter(budget, "import_model")
    model = read_model(source, meter, float16=float16)
    importer = Importer(model, meter, float16=float16)
    scope: Scope = {name: Value(array=array) for name, array in model.weights.items()}
    sizes = OpenDimensions(model.inputs, dimensions, shapes)
    sizes.check_names((*model.graph.output, *model.graph.value_info))
    for info in model.inputs:
        if info.name in known:
            scope[info.name] = importer.fixed(info, known[info.name])
        else:
            scope[info.name] = importer.input(info, sizes)
    unknown = [name for name in (*known, *shapes) if name not in {info.name for info in model.inputs}]
    if unknown:
        raise InvalidModel(f"the model has no input {unknown[0]!r}; its inputs are {', '.join(info.name for info in model.inputs)}")
    if not importer.refusals:
        check_calls(model.graph.node, model.functions, meter)
        importer.walk(model.graph.node, scope, model.opsets)
    return importer.finish(model.graph, scope)


class _Builder(MLGraphBuilder):
    """A builder that labels every operator with the name of the node that it comes from.

    Attributes:
        label: the name of the node.
        roundings: how many operators were made that round to float16.
    """

    label = ""
    roundings = 0

    def apply(self, operator: type[Operator], arguments: Mapping[str, Any]) -> tuple[MLOperand, ...]:
        outputs = super().apply(operator, {"label": self.label, **arguments})
        self.roundings += rounds(operator, outputs)
        return outputs


class Importer:
    """Imports one model.

    Attributes:
        builder: where the graph is built.
        refusals: the nodes that were refused so far.
        folder: where external data lie.
        float16: whether what the model has in float16 is computed so.
        meter: what the model has asked for so far.
    """

    def __init__(self, model: Model, meter: Meter, *, float16: bool) -> None:
        self.builder = _Builder()
        self.builder._meter = self.meter = meter
        self.folder, self.float16 = model.folder, float16
        self.refusals: list[Refusal] = []
        self._functions = model.functions
        self._fold = Folder(meter)
        self._initialised: dict[int, tuple[GraphProto, Scope]] = {}
        self._callers: list[str] = []
        """The names of the nodes that stand around what is being imported: calls of functions."""

    # Inputs and outputs

    def input(self, info: ValueInfoProto, dimensions: OpenDimensions) -> Any:
        """An input of the model; one of no elements is known, one that is a sequence has an input for each item."""
        try:
            kind = info.type.WhichOneof("value")
            if kind == "optional_type":
                given = dimensions.given(info.name)
                if given is None:
                    raise Refused("it is optional; give its shape if it is there, or its value, which is None if it is not (known)")
                return self.input(_unwrapped(info), dimensions)
            if kind == "sequence_type":
                shapes = dimensions.given(info.name)
                if shapes is None or any(isinstance(shape, (int, np.integer)) for shape in shapes):
                    words = f"shapes={{{info.name!r}: [[2, 3], [2, 4]]}}"
                    raise Refused(f"it is a sequence; give the shapes of its items ({words}), or its value (known)")
                element = info.type.sequence_type.elem_type.tensor_type.elem_type
                return [self._tensor(item_name(info.name, i), element, tuple(map(int, shape))) for i, shape in enumerate(shapes)]
            if kind != "tensor_type":
                raise Refused(f"it is a {(kind or 'untyped value').replace('_type', '')}, not a tensor")
            return self._tensor(info.name, info.type.tensor_type.elem_type, dimensions.shape(info))
        except Refused as error:
            return self._refuse_input(info, error.reason, error.options)
        except WebNPUError as error:
            return self._refuse_input(info, str(error))

    def _tensor(self, name: str, element: int, sizes: Shape) -> Value:
        """An input of the graph, or a known value where it has no elements."""
        data_type = data_type_of(element)
        if min(sizes, default=0) < 0 or math.prod(max(size, 1) for size in sizes) > MAX_DIMENSION:
            raise Refused(f"its shape {list(sizes)} is not valid")
        if 0 in sizes:
            return Value(array=np.zeros(sizes, data_type.numpy), element=element)
        operand = self.builder.input(name, OperandDescriptor(data_type, sizes))
        if data_type is DataType.FLOAT16 and not self.float16:
            operand, element = self.builder.cast(operand, DataType.FLOAT32), TensorProto.FLOAT
        return Value(operand=operand, element=element, sources=frozenset([name]))

    def fixed(self, info: ValueInfoProto, value: Any) -> Any:
        """An input of the model whose value is given."""
        if info.type.HasField("optional_type"):
            return None if value is None else self.fixed(_unwrapped(info), value)
        if isinstance(value, list) and info.type.HasField("sequence_type"):
            return [Value(array=np.asarray(item)) for item in value]
        if not info.type.HasField("tensor_type"):
            return self.input(info, OpenDimensions([], {}, {}))
        element = info.type.tensor_type.elem_type
        try:
            array = np.asarray(value).astype(helper.tensor_dtype_to_np_dtype(element))
            declared = fitting(info, array.shape)
            if element == TensorProto.FLOAT16 and not self.float16:
                array, element = array.astype(np.float32), TensorProto.FLOAT
        except (Refused, KeyError, ValueError, TypeError) as error:
            return self._refuse_input(info, f"the value that was given for it does not fit: {error}")
        return Value(array=array.reshape(declared), element=element)

    def _refuse_input(self, info: ValueInfoProto, reason: str, options: tuple[str, ...] = ()) -> _Unknown:
        self.refusals.append(Refusal(info.name, "input", reason, frozenset([info.name]), options))
        return UNKNOWN

    def finish(self, graph: GraphProto, scope: Scope) -> Graph:
        """The graph that computes the model's outputs, or an UnsupportedModel."""
        outputs: dict[str, MLOperand] = {}
        for info in graph.output:
            value = scope.get(info.name)
            if value is UNKNOWN or self.refusals:
                continue
            try:
                if isinstance(value, list) and value:
                    element = _unwrapped(info).type.sequence_type.elem_type.tensor_type.elem_type
                    for index, item in enumerate(value):
                        outputs[item_name(info.name, index)] = self._output(item, element)
                else:
                    outputs[info.name] = self._output(value, _unwrapped(info).type.tensor_type.elem_type)
            except BudgetExceeded:
                raise
            except (Refused, WebNPUError) as error:
                self.refusals.append(Refusal(info.name, "output", str(error)))
        if self.refusals:
            raise UnsupportedModel(self.refusals)
        if not outputs:
            raise InvalidModel("the model has no outputs")
        return self.builder.finish(outputs)

    def _output(self, value: Any, element: int) -> MLOperand:
        """The operand of an output that the model declares to be of an element type."""
        if not isinstance(value, Value):
            raise Refused(f"it is {'an empty sequence' if isinstance(value, list) else 'missing'}, not a tensor")
        operand = value.operand(self.builder)
        if element == TensorProto.FLOAT16 and operand.data_type is DataType.FLOAT32:
            operand = self.builder.cast(operand, DataType.FLOAT16)
        return operand if operand.operator else self.builder.identity(operand)

    # Nodes

    def walk(self, nodes: Iterable[NodeProto], scope: Scope, opsets: Mapping[str, int]) -> None:
        """Import nodes in order; their outputs become names of the scope."""
        for proto in nodes:
            self.meter.spend("nodes", _READ, lambda: self.asking(proto))  # noqa: B023 -- called at once, if at all
            self.meter.check_time(lambda: self.asking(proto))  # noqa: B023
            inputs = [None if not name else self._named(name, scope, proto) for name in proto.input]
            if any(name and value is None for name, value in zip(proto.input, inputs, strict=True)):
                proto = _without_absent(proto, inputs)
            refused = len(self.refusals)
            try:
                outputs = self._import(proto, inputs, scope, opsets)
            except Refused as error:
                if len(self.refusals) == refused:  # else a node inside has said why
                    self._refuse(proto, error.reason, error.inputs)
                outputs = (UNKNOWN,) * len(proto.output)
            for name, output in zip(proto.output, outputs, strict=False):
                if name:
                    scope[name] = output
            for name in proto.output[len(outputs) :]:
                if name:
                    scope[name] = UNKNOWN
                    self._refuse(proto, f"its output {name!r} is not imported", frozenset())

    def _named(self, name: str, scope: Scope, proto: NodeProto) -> Any:
        """A value by its name; None where it is an optional input of a function that was not given."""
        value = scope.get(name, UNKNOWN)
        if value is UNKNOWN and name not in scope:
            raise InvalidModel(f"node {self._named_node(proto)!r}: its input {name!r} is computed by no node before it")
        return value

    def _named_node(self, proto: NodeProto) -> str:
        """The name of a node, those of the calls around it in front."""
        return "/".join((*self._callers, _name(proto)))[-_LONGEST_NAME:]

    def asking(self, proto: NodeProto) -> str:
        """A node as what asks for something, for the message."""
        return f"{proto.op_type} {self._named_node(proto)!r}"

    def _refuse(self, proto: NodeProto, reason: str, inputs: frozenset[str]) -> None:
        operator = f"{proto.domain}.{proto.op_type}" if proto.domain else proto.op_type
        self.refusals.append(Refusal(self._named_node(proto), operator, reason, inputs))

    def _import(self, proto: NodeProto, inputs: list[Any], scope: Scope, opsets: Mapping[str, int]) -> Sequence[Any]:
        domain = "" if proto.domain == "ai.onnx" else proto.domain
        opset = opsets.get(domain, 1)
        called = self._functions.get(key_of(proto))
        if called is not None:
            return self._call(called, proto, inputs, opsets)
        if any(value is UNKNOWN for value in inputs):
            self._check_there(proto, domain, opset, inputs)
            return (UNKNOWN,) * len(proto.output)
        node = Node(self, proto, inputs, opset)
        self._asked(lambda: check_values(node, domain))
        beyond: BudgetExceeded | None = None
        if foldable(proto, inputs):
            arrays = [None if value is None else value.array for value in inputs]
            try:
                return [self._folded(proto, result) for result in self._fold(proto, arrays, opset)]
            except (Refused, BudgetExceeded) as error:
                if (domain, proto.op_type) not in imports.table:
                    raise  # else the operator is imported as if the inputs were not known
                beyond = error if isinstance(error, BudgetExceeded) else None
        self.builder.label = self._named_node(proto)
        node.scope, node.opsets = scope, opsets
        function = imports.table.get((domain, proto.op_type))
        if function is None:
            expanded: tuple[Any, ...] = self._rounding_once(node, domain, lambda inner: tuple(self.expand(inner, domain)))
            return expanded
        try:
            results = self._asked(lambda: self._rounding_once(node, domain, function))
        except Refused:
            if beyond is not None:  # which is why it is asked for at all
                raise beyond from None
            raise
        several = results if isinstance(results, tuple) else (results,)
        return [self._result(node, domain, index, result) for index, result in enumerate(several)]

    def _asked(self, what: Callable[[], Any]) -> Any:
        """What a function of ours makes of a node; whatever it raises becomes a refusal."""
        try:
            return what()
        except WebNPUError as error:
            if isinstance(error, (InvalidModel, BudgetExceeded)):
                raise
            raise Refused(str(error)) from error
        except (ValueError, TypeError, IndexError, KeyError, ArithmeticError, MemoryError) as error:
            # An importer reads attributes and known inputs as its operator defines them; here they are not so.
            raise Refused(f"its inputs or attributes do not fit: {type(error).__name__}: {str(error)[:200]}") from error

    def _call(self, function: FunctionProto, proto: NodeProto, inputs: list[Any], opsets: Mapping[str, int]) -> Sequence[Any]:
        """Import a local function where it is called; what is refused in it is named with the calls around it."""
        self._callers.append(_name(proto)[:_LONGEST_NAME])
        try:
            with self.meter.deeper(lambda: f"the function {function.name!r}"):
                return call(self, function, proto, inputs, opsets)
        finally:
            self._callers.pop()

    def _rounding_once(self, node: Node, domain: str, compute: Import) -> Any:
        """What an importer makes of a node; if that rounds to float16 more than once, the same in float32, rounded at the end."""
        before = self.builder.roundings
        results = compute(node)
        if self.builder.roundings - before < 2 or (domain, node.operator) in imports.own_types or next(subgraphs(node.proto), None):
            return results
        wide = Node(self, node.proto, [to_float32(self.builder, value) for value in node.inputs], node.opset)
        wide.scope, wide.opsets = node.scope, node.opsets
        again = compute(wide)
        if not isinstance(results, tuple):
            return to_float16(self.builder, again, results)
        return tuple(to_float16(self.builder, new, old) for new, old in zip(again, results, strict=True))  # type: ignore[arg-type]

    def expand(self, node: Node, domain: str) -> Sequence[Any]:
        """Import an operator by the function body that ONNX gives for it."""
        body = expansion(node, domain)
        if body is None:
            raise Refused(_why_not(domain))
        inner: Scope = dict.fromkeys(body.inputs)
        inner.update(zip(body.inputs, node.inputs, strict=False))
        before = len(self.refusals)
        self.walk(body.nodes, inner, body.opsets)
        if len(self.refusals) > before:
            inside, self.refusals = self.refusals[before:], self.refusals[:before]
            raise Refused(f"in its function body: {inside[0].operator}: {inside[0].reason}", inside[0].inputs)
        return [inner.get(name, UNKNOWN) for name in body.outputs]

    def _check_there(self, proto: NodeProto, domain: str, opset: int, inputs: list[Any]) -> None:
        """A node whose inputs are not known for a refusal: only whether its operator is imported at all."""
        if (domain, proto.op_type) not in imports.table and expansion(Node(self, proto, inputs, opset), domain, probe=True) is None:
            self._refuse(proto, _why_not(domain), frozenset())

    def _result(self, node: Node, domain: str, index: int, result: Any) -> Any:
        if result is ABSENT:
            return None
        if result is None or isinstance(result, (Value, list, _Unknown)):
            return result if result is not None else UNKNOWN
        sources = frozenset().union(*(value.sources for value in node.inputs if isinstance(value, Value)))
        if isinstance(result, np.ndarray):
            self.meter.spend("bytes", result.nbytes, lambda: self.asking(node.proto))
            return Value(array=result)
        element = output_element(node.operator, node.opset, domain, index, node.inputs)
        if element is None or not holds(result.data_type, element):
            element = ELEMENTS[result.data_type]
        elif element in BITS and node.operator in OVERFLOWS:
            result = narrowed(node, result, element)
        return Value(operand=result, element=element, sources=sources)

    def _folded(self, proto: NodeProto, result: Any) -> Any:
        """A result of folding as a value, or values."""
        if isinstance(result, list):
            return [self._folded(proto, item) for item in result]
        if result is None:
            return UNKNOWN
        array = np.asarray(result)
        self.meter.spend("bytes", array.nbytes, lambda: self.asking(proto))
        return Value(array=array)

    def subgraph(self, graph: GraphProto, inputs: Sequence[Any], scope: Scope, opsets: Mapping[str, int]) -> list[Any]:
        """Import a graph inside a node; the names around it are known in it.

        Args:
            graph: the graph.
            inputs: the values of its inputs.
            scope: the names around it.
            opsets: the versions of the domains.

        Returns:
            The values of its outputs.
        """
        if id(graph) not in self._initialised:  # once for all turns of a loop
            weights: Scope = {tensor.name: Value(array=tensor_array(tensor, self.folder)) for tensor in graph.initializer}
            self.meter.spend("bytes", sum(value.array.nbytes for value in weights.values()), lambda: f"the graph {graph.name!r}")
            self._initialised[id(graph)] = graph, weights
        inner: Scope = ChainMap(dict(self._initialised[id(graph)][1]), scope)
        for info, value in zip(graph.input, inputs, strict=False):
            inner[info.name] = value
        before = len(self.refusals)
        with self.meter.deeper(lambda: f"the graph {graph.name!r}"):
            self.walk(graph.node, inner, opsets)
        if len(self.refusals) > before:
            raise Refused("a node inside it is refused")
        if any(info.name not in inner for info in graph.output):
            raise InvalidModel(f"the graph {graph.name!r} does not compute all its outputs")
        return [inner[info.name] for info in graph.output]


def _why_not(domain: str) -> str:
    """Why an operator that has neither an importer nor a function body is refused."""
    if domain == "com.microsoft.nchwc":
        return "it is laid out for the processor that the model was optimised on; write the model without layout optimisation"
    return "WebNN cannot express it, and ONNX gives no function body for it"


def foldable(proto: NodeProto, inputs: Sequence[Any]) -> bool:
    """Whether a node is computed when the model is imported."""
    if proto.op_type in RANDOM or proto.op_type in KEPT or proto.op_type == "Constant" or next(subgraphs(proto), None) is not None:
        return False
    if proto.domain not in ("", "ai.onnx") or not any(inputs):
        return False
    return all(value is None or (isinstance(value, Value) and value.is_known) for value in inputs)


def _without_absent(proto: NodeProto, inputs: Sequence[Any]) -> NodeProto:
    """A node that does not name the inputs which are not there."""
    copied = NodeProto()
    copied.CopyFrom(proto)
    copied.input[:] = [name if value is not None else "" for name, value in zip(proto.input, inputs, strict=True)]
    return copied


def _unwrapped(info: ValueInfoProto) -> ValueInfoProto:
    """What an optional value is if it is there."""
    if not info.type.HasField("optional_type"):
        return info
    inner = ValueInfoProto(name=info.name)
    inner.type.CopyFrom(info.type.optional_type.elem_type)
    return inner


def _name(proto: NodeProto) -> str:
    name = proto.name or next((name for name in proto.output if name), proto.op_type)
    return as_plain_text(name) if isinstance(name, str) else repr(name)  # what is no UTF-8 comes as bytes
