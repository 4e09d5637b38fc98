"""Element-wise operators; WebNN's truth values are uint8, ONNX's booleans."""

from __future__ import annotations

import math

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
        Abs: "Abs",
        Add: "Add",
        Ceil: "Ceil",
        Cos: "Cos",
        Div: "Div",
        Erf: "Erf",
        Exp: "Exp",
        Floor: "Floor",
        Identity: "Identity",
        Log: "Log",
        Max: "Max",
        Min: "Min",
        Mul: "Mul",
        Neg: "Neg",
        Pow: "Pow",
        Reciprocal: "Reciprocal",
        RoundEven: "Round",
        Sign: "Sign",
        Sin: "Sin",
        Sqrt: "Sqrt",
        Sub: "Sub",
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
    return w.node("Where", w.cast(w(op.condition), BOOL), w(op.true_value), w(op.false_value))
