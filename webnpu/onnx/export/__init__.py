"""Graphs as ONNX models, in operator set 21 or another, which ONNX Runtime and every tool that reads ONNX can check."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import ModelProto, checker, helper

from ...emulation import emulated
from ...errors import MLTypeError, NotSupportedError, Unsupported
from ...files import replacing
from ...graph import Graph, as_graph
from ...operator import Operator
from . import (  # noqa: F401 -- these register the exporters of their operators
    activation,
    convolution,
    elementwise,
    indexing,
    linear_algebra,
    movement,
    normalization,
    pooling,
    quantization,
    recurrent,
    reduction,
    resampling,
)
from .opsets import NEWEST_OPSET, OLDEST_OPSET, OPSET
from .writer import NAMING, Writer, exports

__all__ = ["NAMING", "NEWEST_OPSET", "OLDEST_OPSET", "OPSET", "export_model", "exports", "save_model", "written"]

_LARGEST_FILE = 2**31 - 2**20
"""What protobuf can hold, with some room for what is not weights."""


def export_model(graph: Graph, opset: int | None = None) -> ModelProto:
    """Make an ONNX model of a graph.

    Operators that ONNX lacks are written as their emulation. Inputs and outputs whose names ONNX does not take get others:
    ``NAMING.names(graph.inputs, graph.outputs)`` tells them. uint8 stays uint8 where ONNX would have booleans.

    Args:
        graph: what to write.
        opset: the version of ONNX's operator set, OLDEST_OPSET to the newest that the installed onnx knows; OPSET by default.

    Raises:
        NotSupportedError: the graph holds more than protobuf can, or there is no such operator set.
        Unsupported: an operator has no form in ONNX, or none in that operator set.
    """
    as_graph("export_model", graph)
    proto, _ = written(graph, opset)
    checker.check_model(proto)
    return proto


def written(graph: Graph, opset: int | None = None) -> tuple[ModelProto, dict[str, Operator]]:
    """The model of a graph, unchecked, and the operator that each of its nodes belongs to, by the name of the node."""
    opset = OPSET if opset is None else opset
    if not isinstance(opset, int):
        raise MLTypeError(f"export_model: the operator set must be a whole number; got {opset!r}")
    if not OLDEST_OPSET <= opset <= NEWEST_OPSET:
        raise NotSupportedError(f"models are written in ONNX's operator sets {OLDEST_OPSET} to {NEWEST_OPSET}; got {opset}")
    if graph.weight_bytes > _LARGEST_FILE:
        raise NotSupportedError(f"protobuf holds up to {_LARGEST_FILE} bytes of weights; got {graph.weight_bytes}")
    graph = emulated(graph, lambda operator: not exports.has(operator, opset))
    writer = Writer(graph, opset)
    for operator in graph.operators:
        exporter = exports.of(operator, opset)
        if exporter is None:
            raise Unsupported(operator, "ONNX cannot express it, and it has no emulation")
        writer.write(operator, exporter)
    version = helper.make_opsetid("", opset)
    proto = helper.make_model(writer.graph(), opset_imports=[version], ir_version=helper.find_min_ir_version_for([version]))
    proto.producer_name = "webnpu"
    helper.set_model_props(proto, writer.names.metadata(graph.input_descriptors, graph.output_descriptors))
    return proto, writer.owners


def save_model(graph: Graph, path: str | Path, opset: int | None = None) -> None:
    """Write a graph to an ONNX file (`export_model`). A file of that name is replaced only once the new one is whole (see `webnpu.files`).

    Raises:
        FileError: the file cannot be written; one that was there is as it was.
    """
    model = export_model(graph, opset)
    with replacing("save_model", path) as partial:
        onnx.save_model(model, str(partial), format="protobuf")
