"""Element-wise operators; WebNN's truth values are uint8, ONNX's booleans."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...operators.elementwise import (
    Abs,
    Add,
    Cast,
    Ceil,
    Clamp,
    Cos,
    Div,
    Equal,
    Erf,
    Exp,
    Floor,
    Greater,
    GreaterOrEqual,
    Identity,
    IsInfinite,
    IsNaN,
    Lesser,
    LesserOrEqual,
    Log,
    LogicalAnd,
    LogicalNot,
    LogicalOr,
    LogicalXor,
    Max,
    Min,
    Mul,
    Neg,
    Pow,
    Reciprocal,
    RoundEven,
    Sign,
    Sin,
    Sqrt,
    Sub,
    Tan,
    Where,
)
from ...types import DataType
from .writer import BOOL, Export, Writer, element_type, exports


def same_inputs(kind: str) -> Export:
    """A node with the same inputs in the same order."""
    return lambda op, w: w.node(kind, *(w(operand) for _, operand in op.operands()))


def _truth(kind: str) -> Export:
    return lambda op, w: w.cast(w.node(kind, *(w(operand) for _, operand in op.operands())), DataType.UINT8)


def _of_truths(kind: str) -> Export:
    return lambda op, w: w.cast(w.node(kind, *(w.cast(w(operand), BOOL) for _, operand in op.operands())), DataType.UINT8)


exports.rows(
    {
        Ceil: "Ceil",
        Cos: "Cos",
        Erf: "Erf",
        Exp: "Exp",
        Floor: "Floor",
        Identity: "Identity",
        Log: "Log",
        Reciprocal: "Reciprocal",
        RoundEven: "Round",
        Sin: "Sin",
        Sqrt: "Sqrt",
        Tan: "Tan",
    },
    same_inputs,
)
exports.rows(
    {
        Equal: "Equal",
        Greater: "Greater",
        GreaterOrEqual: "GreaterOrEqual",
        Lesser: "Less",
        LesserOrEqual: "LessOrEqual",
        IsInfinite: "IsInf",
        IsNaN: "IsNaN",
    },
    _truth,
)
exports.rows({LogicalAnd: "And", LogicalNot: "Not", LogicalOr: "Or", LogicalXor: "Xor"}, _of_truths)


_COMPUTED_IN = {
    DataType.INT8: DataType.INT32,
    DataType.UINT8: DataType.INT32,
    DataType.UINT32: DataType.INT64,
    DataType.UINT64: DataType.INT64,
}
"""Integers whose arithmetic has no kernels in ONNX Runtime, or is not in ONNX, and those whose lowest bits are the same."""


def _in_wide(kind: str) -> Export:
    """A node on wider integers, cast back: modulo the range the same."""

    def write(op: Any, w: Writer) -> str:
        given = op.output.data_type
        wide = _COMPUTED_IN.get(given)
        names = [w(operand) for _, operand in op.operands()]
        if wide is None:
            return w.node(kind, *names)
        return w.cast(w.node(kind, *(w.cast(name, wide) for name in names)), given)

    return write


exports.rows({Add: "Add", Mul: "Mul", Sub: "Sub"}, _in_wide)
exports.rows({Abs: "Abs", Neg: "Neg", Sign: "Sign"}, same_inputs)
exports.rows({Max: "Max", Min: "Min"}, same_inputs)


@exports(Div)
def div(op: Div, w: Writer) -> str:
    """Of integers such that nothing traps: ONNX leaves open what a division by zero does, and ONNX Runtime ends the process."""
    data_type = op.output.data_type
    if data_type.is_float:
        return w.node("Div", w(op.a), w(op.b))
    wide = {DataType.INT8: DataType.INT32, DataType.UINT8: DataType.INT32, DataType.UINT32: DataType.INT64}.get(data_type, data_type)
    if wide is DataType.UINT64:
        return _of_uint64(op, w)
    a, b = (w(operand) if wide is data_type else w.cast(w(operand), wide) for operand in (op.a, op.b))
    known = op.b.value
    one, zero = w.constant(1, wide), w.constant(0, wide)
    if known is None or not known.all():
        b = w.node("Where", w.node("Equal", b, zero), one, b)
    if wide.is_signed and (known is None or (known == -1).any()):
        is_opposite = w.node("Equal", b, w.constant(-1, wide))
        quotient = w.node("Div", a, w.node("Where", is_opposite, one, b))
        y = w.node("Where", is_opposite, w.node("Sub", zero, a), quotient)
    else:
        y = w.node("Div", a, b)
    return y if wide is data_type else w.cast(y, data_type)


def _of_uint64(op: Div, w: Writer) -> str:
    """A divisor of zero is made one by the maximum; ONNX Runtime cannot select of these."""
    known = op.b.value
    b = w(op.b) if known is not None and known.all() else w.node("Max", w(op.b), w.constant(1, DataType.UINT64))
    return w.node("Div", w(op.a), b)


@exports(Pow)
def power(op: Pow, w: Writer) -> str:
    """Of integers modulo the range, by squaring: ONNX has powers of some integers only, and ONNX Runtime takes them through floats."""
    data_type = op.output.data_type
    if data_type.is_float:
        return w.node("Pow", w(op.a), w(op.b))
    wide = DataType.INT64 if data_type is DataType.INT32 else _COMPUTED_IN.get(data_type, data_type)
    base, exponent = (w(operand) if wide is data_type else w.cast(w(operand), wide) for operand in (op.a, op.b))
    one, zero, two = (w.constant(value, wide) for value in (1, 0, 2))
    bits = data_type.bits
    if op.b.value is not None:
        bits = max(int(np.abs(op.b.value.astype(object)).max()), 1).bit_length()
    given = exponent
    if data_type.is_signed:
        exponent = w.node("Max", exponent, w.node("Sub", zero, exponent))
    result = ""
    for bit in range(bits):
        half = _halved(w, exponent, two, wide, unsigned=data_type is DataType.UINT64 and bit == 0)
        is_odd = w.node("Equal", w.node("Sub", exponent, w.node("Mul", half, two)), one)
        factor = w.node("Where", is_odd, base, one)
        result = w.node("Mul", result, factor) if result else factor
        if bit < bits - 1:
            base, exponent = w.node("Mul", base, base), half
    if data_type.is_signed and (op.b.value is None or (op.b.value < 0).any()):
        if wide is not data_type:  # what has to be one is the power in its own range
            result = w.cast(w.cast(result, data_type), wide)
        inverse = w.node("Div", one, w.node("Where", w.node("Equal", result, zero), one, result))
        inverse = w.node("Where", w.node("Equal", result, zero), zero, inverse)
        result = w.node("Where", w.node("Less", given, zero), inverse, result)
    return result if wide is data_type else w.cast(result, data_type)


def _halved(w: Writer, x: str, two: str, data_type: DataType, *, unsigned: bool) -> str:
    """Half of an integer, rounded down; of the highest bit of an unsigned one, which stands as a sign, too."""
    if not unsigned:
        return w.node("Div", x, two)
    return w.cast(w.node("BitShift", w.cast(x, DataType.UINT64), w.constant(1, DataType.UINT64), direction="RIGHT"), data_type)


@exports(Cast)
def cast(op: Cast, w: Writer) -> str:
    return w.node("Cast", w(op.input), to=element_type(op.data_type))


@exports(Clamp)
def clamp(op: Clamp, w: Writer) -> str:
    """A bound that is infinite is left out; ONNX Runtime's Clip would put the greatest finite number there."""
    low, high = (None if math.isinf(bound) else w.constant(bound, op.input.data_type) for bound in op.bounds)
    if low and high:
        return w.node("Clip", w(op.input), low, high)
    if low or high:
        return w.node("Max" if low else "Min", w(op.input), low or high or "")
    return w.node("Identity", w(op.input))


@exports(Where)
def where(op: Where, w: Writer) -> str:
    data_type = op.output.data_type
    wide = None if data_type is DataType.UINT8 else _COMPUTED_IN.get(data_type)
    values = [w(operand) if wide is None else w.cast(w(operand), wide) for operand in (op.true_value, op.false_value)]
    y = w.node("Where", w.cast(w(op.condition), BOOL), *values)
    return y if wide is None else w.cast(y, data_type)
