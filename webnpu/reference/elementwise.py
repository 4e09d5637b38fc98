"""Element-wise operators."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operator import Operator
from ..operators.elementwise import (
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
    NotEqual,
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
from ..types import DataType
from .evaluate import Evaluator, evaluates
from .functions import erf

Array = NDArray[Any]


def _integer_quotient(a: Array, b: Array) -> Array:
    """Truncated toward zero; a divisor of zero gives zero, and the least integer divided by -1 is itself."""
    divisor = np.where(b == 0, b.dtype.type(1), b)
    quotient = np.floor_divide(a, divisor)
    truncated = quotient + ((quotient < 0) & (quotient * divisor != a)).astype(a.dtype)
    return np.asarray(np.where(b == 0, a.dtype.type(0), truncated))


def _divide(a: Array, b: Array) -> Array:
    return a / b if a.dtype == np.float64 else _integer_quotient(a, b)


def _integer_power(a: Array, b: Array) -> Array:
    """Modulo the range, by squaring; a negative exponent gives the truncated quotient 1 / a**|b|."""
    a, b = np.broadcast_arrays(a, b)
    # Unsigned, since the least integer has no absolute value of its own type.
    result, base, exponent = np.ones_like(a), a.copy(), np.abs(b).astype(f"u{b.dtype.itemsize}")
    while exponent.any():
        result = np.where(exponent & 1, result * base, result)
        base, exponent = base * base, exponent >> 1
    return np.where(b < 0, _integer_quotient(np.ones_like(a), result), result)


def _power(a: Array, b: Array) -> Array:
    return np.power(a, b) if a.dtype == np.float64 else _integer_power(a, b)


def _sign(x: Array) -> Array:
    return np.where(x > 0, 1, np.where(x < 0, -1, x)).astype(x.dtype)


_FUNCTIONS: dict[type[Operator], Any] = {
    Add: np.add,
    Sub: np.subtract,
    Mul: np.multiply,
    Div: _divide,
    Max: np.maximum,
    Min: np.minimum,
    Pow: _power,
    Equal: np.equal,
    NotEqual: np.not_equal,
    Greater: np.greater,
    GreaterOrEqual: np.greater_equal,
    Lesser: np.less,
    LesserOrEqual: np.less_equal,
    LogicalNot: np.logical_not,
    LogicalAnd: np.logical_and,
    LogicalOr: np.logical_or,
    LogicalXor: np.logical_xor,
    IsNaN: np.isnan,
    IsInfinite: np.isinf,
    Abs: np.abs,
    Ceil: np.ceil,
    Cos: np.cos,
    Erf: erf,
    Exp: np.exp,
    Floor: np.floor,
    Identity: np.array,
    Log: np.log,
    Neg: np.negative,
    Reciprocal: np.reciprocal,
    RoundEven: np.rint,
    Sign: _sign,
    Sin: np.sin,
    Sqrt: np.sqrt,
    Tan: np.tan,
}


def _apply(function: Any) -> Evaluator:
    return lambda op, *operands: function(*operands)


evaluates.rows(_FUNCTIONS, _apply)


@evaluates(Cast)
def cast(op: Cast, x: Array) -> Array:
    if x.dtype == np.float64 and not op.data_type.is_float:
        return _truncate(x, op.data_type)
    return x


def _truncate(x: Array, data_type: DataType) -> Array:
    """Toward zero; out of range, the nearest end of the range, and zero for NaN."""
    top = float(data_type.maximum)  # of 64 bits, one too many: what reaches it is replaced below
    inside = np.clip(np.trunc(np.nan_to_num(x, nan=0.0)), float(data_type.minimum), top)
    integers = np.where(inside >= top, 0, inside).astype(np.uint64 if not data_type.is_signed else np.int64)
    return np.where(x >= top, data_type.maximum, integers).astype(data_type.numpy)


@evaluates(Clamp)
def clamp(op: Clamp, x: Array) -> Array:
    low, high = op.bounds
    return np.asarray(np.minimum(np.maximum(x, x.dtype.type(low)), x.dtype.type(high)))


@evaluates(Where)
def where(op: Where, condition: Array, true_value: Array, false_value: Array) -> Array:
    return np.where(condition != 0, true_value, false_value)
