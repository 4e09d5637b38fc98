"""Reading models: what is checked before anything is imported, and where the weights come from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, checker, helper

from ..budget import Meter
from ..errors import MLTypeError, WebNPUError
from ..files import existing_file, told
from ..types import Array
from .errors import InvalidModel
from .functions import Key, functions_of
from .order import sort_nodes, subgraphs
from .precision import widen, widen_attributes, widen_nodes
from .registry import MICROSOFT
from .tensors import tensor_array

OLDEST, NEWEST = 7, onnx.defs.onnx_opset_version()
"""The operator sets that are read."""

_LIFTED = 1024
"""Initialisers with more bytes are taken out of the protobuf, which is then small enough to be checked and copied."""

_CONTRIBUTED = ("SimplifiedLayerNormalization", "SkipSimplifiedLayerNormalization", "SkipLayerNormalization", "FusedMatMul")
"""Operators of ONNX Runtime that its tools write without a domain."""


@dataclass
class Model:
    """A model that was read and checked.

    Attributes:
        graph: the main graph.
        opsets: the version of each domain.
        weights: the initialisers, by name.
        folder: where external data lie, None if there can be none.
        inputs: the inputs that are not initialisers.
        functions: the local functions.
    """

    graph: GraphProto
    opsets: dict[str, int]
    folder: Path | None
    weights: dict[str, Array] = field(default_factory=dict)
    inputs: tuple[ValueInfoProto, ...] = ()
    functions: dict[Key, FunctionProto] = field(default_factory=dict)


def read_model(source: str | Path | bytes | ModelProto, meter: Meter | None = None, *, float16: bool = True) -> Model:
    """Read and check a model.

    Args:
        source: the path of a file, the bytes of one, or a model. A model is not changed.
        meter: what it may ask for; it earns here what it is large.
        float16: whether what is float16 stays so; else it becomes float32, but for the model's inputs and outputs.

    Raises:
        InvalidModel: it is damaged, or contradicts itself.
        FileError: the file cannot be read; a MissingFileError where there is none.
    """
    folder, proto = _parsed(source)
    try:
        return _checked(proto, folder, float16, meter or Meter(None, "import_model"))
    except WebNPUError:
        raise
    except (checker.ValidationError, DecodeError, RuntimeError, UnicodeDecodeError) as error:
        raise InvalidModel(f"the model is not valid: {str(error).strip().splitlines()[0] if str(error).strip() else error!r}") from error


def _parsed(source: str | Path | bytes | ModelProto) -> tuple[Path | None, ModelProto]:
    folder = None
    if isinstance(source, ModelProto):
        proto = ModelProto()
        proto.CopyFrom(source)
        return None, proto
    if isinstance(source, (str, os.PathLike)):
        path = existing_file("import_model", source, "model file")
        with told(path, "read"):
            folder, source = path.parent, path.read_bytes()
    if not isinstance(source, (bytes, bytearray, memoryview)):
        raise MLTypeError(f"import_model: the model must be a path, bytes or a ModelProto; got {type(source).__name__}")
    source = bytes(source)
    try:
        proto = ModelProto.FromString(source)
    except (DecodeError, RuntimeError) as error:
        raise InvalidModel("this is no ONNX model: it does not parse as a protobuf ModelProto") from error
    if not proto.HasField("graph"):
        raise InvalidModel("this is no ONNX model: it holds no graph")
    return folder, proto


def _checked(proto: ModelProto, folder: Path | None, float16: bool, meter: Meter) -> Model:
    count = _counted(proto.graph.node, meter) + sum(_counted(function.node, meter) for function in proto.functions)
    meter.earn(count, proto.ByteSize())
    for function in proto.functions:
        sort_nodes(function.node)
    sort_nodes(proto.graph.node)
    _name_domains(proto)
    opsets = {"" if entry.domain == "ai.onnx" else entry.domain: entry.version for entry in proto.opset_import}
    version = opsets.get("", NEWEST)
    if not OLDEST <= version <= NEWEST:
        raise InvalidModel(f"the model uses operator set {version}; from {OLDEST} to {NEWEST} can be read")
    declared = {info.name for info in proto.graph.input}
    weights = _lift(proto.graph, folder)
    meter.earn(size=sum(array.nbytes for array in weights.values() if isinstance(array, np.memmap) or isinstance(array.base, np.memmap)))
    if not float16:
        weights = {name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in weights.items()}
        widen(proto.graph)
        for function in proto.functions:
            widen_nodes(function.node)
            widen_attributes(function.attribute_proto)
    inputs = tuple(info for info in proto.graph.input if info.name not in weights and info.name not in _initialised(proto.graph))
    for name, array in weights.items():
        if name not in declared:  # so that the checker knows where the name comes from
            proto.graph.input.append(helper.make_tensor_value_info(name, _element(array), array.shape))
    functions = functions_of(proto, OLDEST, NEWEST)
    declared_inputs = [ValueInfoProto.FromString(info.SerializeToString()) for info in inputs]
    for info in (*proto.graph.input, *proto.graph.output):
        if info.type.HasField("tensor_type"):
            info.type.tensor_type.shape.SetInParent()  # exporters leave it out, which only the checker minds
    _check(proto, functions)
    for tensor in proto.graph.initializer:
        weights[tensor.name] = tensor_array(tensor, folder)
    if proto.graph.sparse_initializer:
        raise InvalidModel("the model has sparse initialisers, which are not read")
    return Model(proto.graph, opsets, folder, weights, tuple(declared_inputs), functions)


def _check(proto: ModelProto, functions: Mapping[Key, FunctionProto]) -> None:
    """Ask ONNX's checker about a model, and about each function in its own operator sets.

    The checker has the operators of a function mean what they mean in the model's operator set; runtimes do not.
    """
    if not functions or any(domain in ("", "ai.onnx.ml") for domain, *_ in functions):
        checker.check_model(proto)
        return
    bare = ModelProto()
    bare.CopyFrom(proto)
    del bare.functions[:]
    checker.check_model(bare)
    own = {entry.domain: entry.version for entry in proto.opset_import}
    for function in functions.values():
        context = checker.C.CheckerContext()
        context.ir_version = proto.ir_version
        context.opset_imports = own | {entry.domain: entry.version for entry in function.opset_import}
        checker.check_function(function, context)


def _element(array: Array) -> int:
    return int(helper.np_dtype_to_tensor_dtype(array.dtype)) if array.dtype.kind not in "OUS" else int(TensorProto.STRING)


def _initialised(graph: GraphProto) -> set[str]:
    return {tensor.name for tensor in graph.initializer}


def _lift(graph: GraphProto, folder: Path | None) -> dict[str, Array]:
    """Take the large initialisers out of a graph."""
    weights: dict[str, Array] = {}
    kept = []
    for tensor in graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL or tensor.ByteSize() > _LIFTED:
            if tensor.name in weights:
                raise InvalidModel(f"the initialiser {tensor.name!r} is given twice")
            weights[tensor.name] = tensor_array(tensor, folder)
        else:
            kept.append(tensor)
    if weights:
        kept = [TensorProto.FromString(tensor.SerializeToString()) for tensor in kept]
        del graph.initializer[:]
        graph.initializer.extend(kept)
    return weights


def _counted(nodes: Iterable[NodeProto], meter: Meter) -> int:
    """How many nodes there are, those of the graphs inside them too, which stand no deeper than is allowed."""
    count = 0
    for node in nodes:
        count += 1
        for inner in subgraphs(node):
            with meter.deeper(lambda: f"the graph {inner.name!r}"):  # noqa: B023 -- called at once, if at all
                count += _counted(inner.node, meter)
    return count


def _name_domains(proto: ModelProto) -> None:
    """Give ONNX Runtime's operators their domain where it was left out."""
    own = {(function.domain, function.name) for function in proto.functions}
    nodes = [node for group in (proto.graph, *proto.functions) for node in group.node]
    missing = [node for node in nodes if node.op_type in _CONTRIBUTED and not node.domain and ("", node.op_type) not in own]
    for node in missing:
        node.domain = MICROSOFT
    for group in (proto, *proto.functions) if missing else ():
        if all(entry.domain != MICROSOFT for entry in group.opset_import):
            group.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
