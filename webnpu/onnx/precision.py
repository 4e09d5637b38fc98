"""In what type a float16 model is computed (spec/decisions/0008-float16-models.md).

By default all of it in float32, as ONNX Runtime does on a CPU. Where it stays float16, a node still rounds once: what is made
of several steps that round is computed in float32, as are the steps for which ONNX names a type (``stash_type``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, ValueInfoProto, numpy_helper

from ..builder import MLGraphBuilder
from ..operator import MLOperand, Operator
from ..operators import elementwise as e
from ..operators.activation import Relu
from ..operators.linear_algebra import Triangular
from ..operators.pooling import MaxPool2d
from ..operators.quantization import QuantizeLinear
from ..operators.reduction import ReduceMax, ReduceMin
from ..types import DataType
from .order import subgraphs
from .tensors import tensor_array
from .values import Value

_TYPES = ("to", "dtype", "output_dtype", "precision", "softmax_precision", "stash_type")
"""The attributes that name an element type."""

_WIDENED_CONSTANT = 2**16
"""Up to so many elements a constant is stored in float32 where it is computed with so; a larger one is cast."""

_ELEMENTWISE = (
    e.Abs, e.Ceil, e.Clamp, e.Floor, e.Identity, e.Max, e.Min, e.Neg, e.RoundEven, e.Sign, e.Where,
)  # fmt: skip
_UNROUNDED = frozenset((*_ELEMENTWISE, Relu, Triangular, MaxPool2d, QuantizeLinear, ReduceMax, ReduceMin))
_UNROUNDED_FAMILIES = ("movement", "indexing")


def rounds(operator: type[Operator], outputs: Sequence[MLOperand]) -> bool:
    """Whether a use of an operator rounds to float16: not where it selects, moves or compares."""
    if operator in _UNROUNDED or operator.family in _UNROUNDED_FAMILIES:
        return False
    return any(output.data_type is DataType.FLOAT16 for output in outputs)


def to_float32(b: MLGraphBuilder, value: Any) -> Any:
    """A value in float32 if it is one of float16."""
    if not isinstance(value, Value) or value.element != TensorProto.FLOAT16:
        return value
    if value.array is not None and value.array.size <= _WIDENED_CONSTANT:
        return Value(array=value.array.astype(np.float32), sources=value.sources)
    return Value(operand=b.cast(value.operand(b), DataType.FLOAT32), element=TensorProto.FLOAT, sources=value.sources)


def to_float16(b: MLGraphBuilder, result: Any, like: Any) -> Any:
    """A result that was computed in float32, in float16 where the same computed in float16 has that."""
    if isinstance(result, Value):
        if not isinstance(like, Value) or like.element != TensorProto.FLOAT16 or result.element != TensorProto.FLOAT:
            return result
        if result.array is not None:
            return Value(array=result.array.astype(np.float16), sources=result.sources)
        return Value(operand=b.cast(result.operand(b), DataType.FLOAT16), element=TensorProto.FLOAT16, sources=result.sources)
    narrow = isinstance(like, MLOperand) and like.data_type is DataType.FLOAT16
    if isinstance(result, MLOperand) and narrow and result.data_type is DataType.FLOAT32:
        return b.cast(result, DataType.FLOAT16)
    return result


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
