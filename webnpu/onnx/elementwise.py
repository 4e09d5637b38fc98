"""Element-wise operators: arithmetic, comparison, logic, casts and selection."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from ..operator import MLOperand
from ..types import FLOATS, OperandDescriptor
from .errors import Refused
from .narrow import BITS, is_narrow, narrowed
from .registry import Import, Node, imports, method
from .tensors import tensor_array
from .values import Value, data_type_of

_METHODS = {
    "Add": "add",
    "Sub": "sub",
    "Mul": "mul",
    "Div": "div",
    "Equal": "equal",
    "Greater": "greater",
    "GreaterOrEqual": "greater_or_equal",
    "Less": "lesser",
    "LessOrEqual": "lesser_or_equal",
    "And": "logical_and",
    "Or": "logical_or",
    "Xor": "logical_xor",
    "Not": "logical_not",
    "Ceil": "ceil",
    "Cos": "cos",
    "Erf": "erf",
    "Exp": "exp",
    "Floor": "floor",
    "IsNaN": "is_nan",
    "Log": "log",
    "Neg": "neg",
    "Reciprocal": "reciprocal",
    "Round": "round_even",
    "Sin": "sin",
    "Sqrt": "sqrt",
    "Tan": "tan",
    "Where": "where",
}
imports.rows(_METHODS, method)


def _folded_pairwise(name: str) -> Import:
    """An operator of any number of inputs, by a method of two."""

    def call(node: Node) -> MLOperand:
        combine: Callable[[MLOperand, MLOperand], MLOperand] = getattr(node.b, name)
        operands = node.all()
        return reduce(combine, operands) if len(operands) > 1 else node.b.identity(operands[0])

    return call


imports.rows({"Max": "max", "Min": "min", "Sum": "add"}, _folded_pairwise)


@imports("Identity")
def identity(node: Node) -> Any:
    return (node.inputs[0],)


@imports("Mean")
def mean(node: Node) -> MLOperand:
    total = reduce(node.b.add, node.all())
    return node.b.div(total, node.number(total, len(node)))


@imports("Abs")
def abs_(node: Node) -> MLOperand:
    x = node.x(0)
    return node.b.abs(x) if x.data_type.is_signed else node.b.identity(x)


@imports("Sign")
def sign(node: Node) -> MLOperand:
    x = node.x(0)
    return node.b.sign(x) if x.data_type.is_signed else node.b.min(x, node.number(x, 1))


@imports("Pow")
def pow_(node: Node) -> MLOperand:
    """The exponent may have a type of its own; the result has that of the base."""
    base, exponent = node.x(0), node.x(1)
    if base.data_type not in FLOATS and exponent.data_type in FLOATS:
        power = node.b.pow(node.cast(base, exponent.data_type), exponent)
        return node.cast(power, base.data_type)
    return node.b.pow(base, node.cast(exponent, base.data_type))


@imports("Clip")
def clip(node: Node) -> MLOperand:
    """Bounds are attributes before operator set 11, inputs since; unknown ones are compared with."""
    b, x = node.b, node.x(0)
    if node.opset < 11:
        return b.clamp(x, min_value=node.attribute("min", None), max_value=node.attribute("max", None))
    bounds = [node.value(i) if node.has(i) else None for i in (1, 2)]
    numbers = [None if v is None or v.array is None else v.array.reshape(-1)[0].item() for v in bounds]
    unknown = [v is not None and not v.is_known for v in bounds]
    crossed = None not in numbers and numbers[0] > numbers[1]  # type: ignore[operator]
    if not any(unknown) and not crossed:
        return b.clamp(x, min_value=numbers[0], max_value=numbers[1])
    out = x if bounds[0] is None else b.max(x, node.x(1))
    return out if bounds[1] is None else b.min(out, node.x(2))


@imports("IsInf")
def is_inf(node: Node) -> MLOperand:
    b, x = node.b, node.x(0)
    positive, negative = node.attribute("detect_positive", 1), node.attribute("detect_negative", 1)
    if positive and negative:
        return b.is_infinite(x)
    if not positive and not negative:
        return b.not_equal(x, b.max(x, x)) if x.data_type not in FLOATS else b.logical_and(b.is_infinite(x), b.is_nan(x))
    return b.equal(x, node.number(x, np.inf if positive else -np.inf))


def cast_to(node: Node, value: Value, element: int) -> Value:
    """A value in another element type."""
    if value.array is not None and value.array.size == 0:
        return Value(array=value.array.astype(helper.tensor_dtype_to_np_dtype(element)), element=element)
    b, x = node.b, value.operand(node.b)
    if element == TensorProto.BOOL:
        out = b.identity(x) if value.element == TensorProto.BOOL else b.not_equal(x, node.number(x, 0))
    elif is_narrow(element) and element != value.element and not x.data_type.is_extension:
        out = narrowed(node, x, element)
    elif x.data_type.is_extension:
        data_type = data_type_of(element)
        descriptor = OperandDescriptor(x.data_type, (1,) * x.rank)
        zero, one = b.constant(descriptor, np.zeros(descriptor.shape, x.data_type.numpy)), np.ones(descriptor.shape, np.float32)
        out = node.cast(b.dequantize_linear(x, b.constant(one), zero), data_type)
    else:
        data_type = data_type_of(element)
        out = b.identity(x) if x.data_type is data_type else b.cast(x, data_type)
    return Value(operand=out, element=element, sources=value.sources)


@imports("Cast")
def cast(node: Node) -> Value:
    return cast_to(node, node.value(0), int(node.attribute("to", 0)))


@imports("CastLike")
def cast_like(node: Node) -> Value:
    return cast_to(node, node.value(0), node.value(1).element)


@imports("BitCast")
def bit_cast(node: Node) -> Value:
    """Between integers of one size the bits stay; WebNN cannot see the bits of floats."""
    value, element = node.value(0), int(node.attribute("to", 0))
    x, data_type = value.operand(node.b), data_type_of(element)
    sizes = {helper.tensor_dtype_to_np_dtype(e).itemsize for e in (element, value.element)}
    if x.data_type in FLOATS or data_type in FLOATS or len(sizes) > 1 or element == TensorProto.BOOL:
        node.refuse(f"WebNN cannot see the bits of {x.data_type} as {data_type}")
    out = narrowed(node, x, element) if element in BITS else node.cast(x, data_type)
    return Value(operand=out, element=element, sources=value.sources)


@imports("Constant")
def constant(node: Node) -> Any:
    """A tensor, or a number or numbers given as an attribute."""
    [(name, value)] = node.attributes.items()
    if name == "value":
        return Value(array=tensor_array(value, node.importer.folder))
    types = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
    if name in types:
        return Value(array=np.asarray(value, types[name]))
    if name in ("value_string", "value_strings"):
        return Value(array=np.asarray(node.attribute(name, None), object))
    return node.refuse(f"WebNN has no constants given as {name}")


@imports("Dropout")
def dropout(node: Node) -> Any:
    """At inference, the input itself, and a mask of ones."""
    training = node.has(2) and bool(node.known(2, "training mode").reshape(-1)[0])
    ratio = float(node.known(1, "ratio").reshape(-1)[0]) if node.has(1) else 0.5
    if training and ratio:
        node.refuse("it is random in training")
    mask = Value(array=np.ones(node.shape(0), bool))
    return node.b.identity(node.x(0)), mask


@imports("Shape")
def shape(node: Node) -> Any:
    sizes = node.shape(0)
    start, end = node.attribute("start", 0), node.attribute("end", None)
    return np.asarray(sizes[start:end], np.int64)


@imports("Size")
def size(node: Node) -> Any:
    return np.asarray(np.prod(node.shape(0), dtype=np.int64))


@imports("ConstantOfShape")
def constant_of_shape(node: Node) -> Any:
    node.known(0, "shape")
    node.refuse("its shape is not valid")


@imports("EyeLike")
def eye_like(node: Node) -> Any:
    """Ones on a diagonal; of the input only the shape and the type matter."""
    rows, columns = node.shape(0)
    element = int(node.attribute("dtype", node.value(0).element))
    dtype = helper.tensor_dtype_to_np_dtype(element)
    return np.eye(rows, columns, int(node.attribute("k", 0))).astype(dtype)


def _refuse_unknown(what: str) -> Import:
    def refuse(node: Node) -> Any:
        sources = frozenset().union(*(v.sources for v in node.inputs if isinstance(v, Value)))
        raise Refused(f"{what} that depends on values has no place in a graph of static shapes", sources)

    return refuse


imports.rows(
    {
        "Range": "a range",
        "NonZero": "a number of positions",
        "Unique": "a number of elements",
        "NonMaxSuppression": "a number of boxes",
    },
    _refuse_unknown,
)
