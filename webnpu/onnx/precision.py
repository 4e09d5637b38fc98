"""Computing in float32 what a model has in float16, as ONNX Runtime does on a CPU (spec/decisions/0008-float16-models.md)."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, ValueInfoProto, numpy_helper

from .order import subgraphs
from .tensors import tensor_array

_TYPES = ("to", "dtype", "output_dtype", "softmax_precision")
"""The attributes that name an element type."""


def widen(graph: GraphProto) -> None:
    """Make every float16 inside a graph a float32: weights, constants, and what nodes cast to.

    The inputs and outputs of the main graph keep their type; the importer casts there.
    """
    for tensor in graph.initializer:
        _widen_tensor(tensor)
    widen_nodes(graph.node)


def widen_nodes(nodes: Any) -> None:
    """The same for the nodes of a graph or a function, and the graphs inside them."""
    node: NodeProto
    for node in nodes:
        widen_attributes(node.attribute)
        for inner in subgraphs(node):
            for info in (*inner.input, *inner.output):
                _widen_info(info)
            widen(inner)


def widen_attributes(attributes: Any) -> None:
    """The same for attributes: their tensors, and the types that they name."""
    for attribute in attributes:
        if attribute.HasField("t"):
            _widen_tensor(attribute.t)
        elif attribute.name in _TYPES and attribute.i == TensorProto.FLOAT16:
            attribute.i = TensorProto.FLOAT


def _widen_info(info: ValueInfoProto) -> None:
    if info.type.HasField("tensor_type") and info.type.tensor_type.elem_type == TensorProto.FLOAT16:
        info.type.tensor_type.elem_type = TensorProto.FLOAT


def _widen_tensor(tensor: TensorProto) -> None:
    if tensor.data_type == TensorProto.FLOAT16 and tensor.data_location != TensorProto.EXTERNAL:
        tensor.CopyFrom(numpy_helper.from_array(tensor_array(tensor, None).astype(np.float32), tensor.name))
