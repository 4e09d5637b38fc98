"""Values of an ONNX graph: known arrays, or operands of the graph that is being built.

ONNX has more element types than WebNN. Booleans are uint8 of 0 and 1. Of a float64 the digits beyond float32's are
lost. The other types that WebNN lacks are held in wider ones, which have all their values: bfloat16 and floats of 8 and 4
bits in float32, integers of 16 bits in int32, of 2 and 4 bits in int8 and uint8; `narrow` makes them. What has another
type (strings, complex numbers) can be known, but not computed.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from onnx import TensorProto, defs, helper

from ..builder import MLGraphBuilder
from ..operator import MLOperand
from ..types import Array, DataType, Shape
from .errors import Refused

DATA_TYPES: dict[int, DataType] = {
    TensorProto.FLOAT: DataType.FLOAT32,
    TensorProto.FLOAT16: DataType.FLOAT16,
    TensorProto.DOUBLE: DataType.FLOAT32,
    TensorProto.BFLOAT16: DataType.FLOAT32,
    TensorProto.INT32: DataType.INT32,
    TensorProto.UINT32: DataType.UINT32,
    TensorProto.INT64: DataType.INT64,
    TensorProto.UINT64: DataType.UINT64,
    TensorProto.INT8: DataType.INT8,
    TensorProto.UINT8: DataType.UINT8,
    TensorProto.BOOL: DataType.UINT8,
    TensorProto.INT4: DataType.INT4,
    TensorProto.UINT4: DataType.UINT4,
    TensorProto.INT16: DataType.INT32,
    TensorProto.UINT16: DataType.INT32,
    TensorProto.INT2: DataType.INT8,
    TensorProto.UINT2: DataType.UINT8,
    TensorProto.FLOAT8E4M3FN: DataType.FLOAT32,
    TensorProto.FLOAT8E4M3FNUZ: DataType.FLOAT32,
    TensorProto.FLOAT8E5M2: DataType.FLOAT32,
    TensorProto.FLOAT8E5M2FNUZ: DataType.FLOAT32,
    TensorProto.FLOAT8E8M0: DataType.FLOAT32,
    TensorProto.FLOAT4E2M1: DataType.FLOAT32,
}
"""The data type in which a tensor of an ONNX element type is computed."""

_COMPUTED: dict[int, DataType] = {TensorProto.INT4: DataType.INT8, TensorProto.UINT4: DataType.UINT8}
"""Where computed tensors are held otherwise than those that are stored."""


def holds(data_type: DataType, element: int) -> bool:
    """Whether operands of a data type may hold an element type."""
    return data_type is DATA_TYPES.get(element) or data_type is _COMPUTED.get(element)


ELEMENTS: dict[DataType, int] = {data_type: element for element, data_type in reversed(DATA_TYPES.items())}
"""The ONNX element type of a data type."""

Sources = frozenset[str]


class Value:
    """A tensor: known when the model is imported, or an operand.

    Attributes:
        array: the elements, if they are known.
        element: ONNX's element type (TensorProto.DataType).
        sources: the inputs of the model that it is computed from.
    """

    __slots__ = ("_operand", "array", "element", "sources")

    def __init__(
        self, *, array: Array | None = None, operand: MLOperand | None = None, element: int | None = None, sources: Sources = frozenset()
    ) -> None:
        self.array, self._operand, self.sources = array, operand, sources
        if element is None:
            element = element_of(array) if array is not None else ELEMENTS[operand.data_type]  # type: ignore[union-attr]
        self.element = element

    @property
    def is_known(self) -> bool:
        return self.array is not None

    @property
    def shape(self) -> Shape:
        return tuple(self.array.shape) if self.array is not None else self._operand.shape  # type: ignore[union-attr]

    def operand(self, b: MLGraphBuilder) -> MLOperand:
        """The operand that holds it; a known one becomes a constant, once."""
        if self._operand is None:
            assert self.array is not None
            data_type = data_type_of(self.element)
            if self.array.size == 0:
                raise Refused(f"a tensor of shape {list(self.array.shape)} is empty; WebNN has no empty tensors")
            with np.errstate(over="ignore"):  # a float64 beyond the range of float32 is infinite
                array = np.asarray(self.array, data_type.numpy)
            self._operand = b.constant(array, copy=False)
        return self._operand


def element_of(array: Array) -> int:
    """ONNX's element type of an array."""
    if array.dtype.kind in "OUS":
        return int(TensorProto.STRING)
    return int(helper.np_dtype_to_tensor_dtype(array.dtype))


def data_type_of(element: int) -> DataType:
    """The data type in which an ONNX element type is computed, or a refusal."""
    data_type = DATA_TYPES.get(element)
    if data_type is None:
        name = TensorProto.DataType.Name(element).lower() if element in TensorProto.DataType.values() else f"type {element}"
        raise Refused(f"WebNN has no data type {name}")
    return data_type


def computed_type_of(element: int) -> DataType:
    """The data type of a tensor of an element type that an operator computes; a stored one may be packed."""
    return _COMPUTED.get(element) or data_type_of(element)


@cache
def _output_rules(operator: str, opset: int, domain: str) -> tuple[Any, ...]:
    """Where the element type of each output comes from: an input's index, or a type as a string, or nowhere."""
    try:
        schema = defs.get_schema(operator, opset, domain)
    except defs.SchemaError:
        return ()
    rules: list[Any] = []
    for output in schema.outputs:
        like = [i for i, formal in enumerate(schema.inputs) if formal.type_str == output.type_str]
        allowed = next((c.allowed_type_strs for c in schema.type_constraints if c.type_param_str == output.type_str), [output.type_str])
        rules.append(like[0] if like else allowed[0] if len(allowed) == 1 else None)
    return tuple(rules)


def output_element(operator: str, opset: int, domain: str, index: int, inputs: list[Any]) -> int | None:
    """The element type of an output, as the operator's schema gives it; None where it does not."""
    rules = _output_rules(operator, opset, domain)
    rule = rules[min(index, len(rules) - 1)] if rules else None
    if isinstance(rule, int):
        return inputs[rule].element if rule < len(inputs) and isinstance(inputs[rule], Value) else None
    if isinstance(rule, str) and rule.startswith("tensor("):
        names = {"float": "FLOAT", "double": "DOUBLE"}
        name = rule[len("tensor(") : -1]
        return int(TensorProto.DataType.Value(names.get(name, name.upper())))
    return None
