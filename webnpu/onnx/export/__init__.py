"""Graphs as ONNX models, operator set 21, which ONNX Runtime and every tool that reads ONNX can check."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import ModelProto, checker, helper

from ...emulation import emulated
from ...errors import NotSupportedError, Unsupported
from ...files import replacing
from ...graph import Graph, as_graph
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
from .writer import NAMING, OPSET, Writer, exports

__all__ = ["NAMING", "OPSET", "export_model", "exports", "save_model"]

_IR_VERSION = 10
_LARGEST_FILE = 2**31 - 2**20
"""What protobuf can hold, with some room for what is not weights."""


def export_model(graph: Graph) -> ModelProto:
    """Make an ONNX model of a graph.

    Operators that ONNX lacks are written as their emulation. Inputs and outputs whose names ONNX does not take get others:
    ``NAMING.names(graph.inputs, graph.outputs)`` tells them. uint8 stays uint8 where ONNX would have booleans.

    Raises:
        NotSupportedError: the graph holds more than protobuf can.
        Unsupported: an operator has no form in ONNX.
    """
    as_graph("export_model", graph)
    if graph.weight_bytes > _LARGEST_FILE:
        raise NotSupportedError(f"protobuf holds up to {_LARGEST_FILE} bytes of weights; got {graph.weight_bytes}")
    graph = emulated(graph, lambda operator: not exports.has(operator))
    writer = Writer(graph)
    for operator in graph.operators:
        exporter = exports.of(operator)
        if exporter is None:
            raise Unsupported(operator, "ONNX cannot express it, and it has no emulation")
        writer.write(operator, exporter)
    proto = helper.make_model(writer.graph(), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR_VERSION)
    proto.producer_name = "webnpu"
    helper.set_model_props(proto, writer.names.metadata(graph.input_descriptors, graph.output_descriptors))
    checker.check_model(proto)
    return proto


def save_model(graph: Graph, path: str | Path) -> None:
    """Write a graph to an ONNX file. A file of that name is replaced only once the new one is whole (see `webnpu.files`).

    Raises:
        FileError: the file cannot be written; one that was there is as it was.
    """
    model = export_model(graph)
    with replacing("save_model", path) as partial:
        onnx.save_model(model, str(partial), format="protobuf")
