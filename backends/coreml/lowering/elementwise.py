"""Element-wise operators."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from webnpu.operators.elementwise import (
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
from webnpu.types import FLOATS, MAX_RANK, DataType

from ..mil import Var
from . import wide
from .model import INT_MAX, INT_MIN, NARROW, SIGNED32, WIDE64, Lower, Model, Rows, Value, lowers
from .ranks import aligned

_UNARY: Rows = {
    Ceil: "ceil",
    Cos: "cos",
    Erf: "erf",
    Exp: "exp",
    Floor: "floor",
    RoundEven: "round",
    Sin: "sin",
    Sqrt: "sqrt",
    Tan: "tan",
}
_EXTREMES: Rows = {Max: "maximum", Min: "minimum"}
_COMPARISONS: Rows = {
    Equal: "equal",
    NotEqual: "not_equal",
    Greater: "greater",
    GreaterOrEqual: "greater_equal",
    Lesser: "less",
    LesserOrEqual: "less_equal",
}
_LOGIC: Rows = {LogicalAnd: "logical_and", LogicalOr: "logical_or", LogicalXor: "logical_xor"}


def _unary(type: str) -> Lower:
    return lambda op, m: m.unary(type, m.of(op.input))


lowers.rows(_UNARY, _unary, max_rank=MAX_RANK)


@lowers(Identity, max_rank=MAX_RANK)
def identity(op: Identity, m: Model) -> Value:
    return m.whole(op.input)


@lowers(Abs, max_rank=MAX_RANK)
def absolute(op: Abs, m: Model) -> Value:
    if op.input.data_type in WIDE64:
        return wide.absolute(m, m.whole(op.input))
    return m.wrap(m.unary("abs", m.of(op.input)), op.input.data_type)


@lowers(Neg, max_rank=MAX_RANK)
def negative(op: Neg, m: Model) -> Value:
    """A product with -1, which gives zero its sign."""
    if op.input.data_type in WIDE64:
        return wide.negative(m, m.whole(op.input))
    return m.wrap(m.binary("mul", m.of(op.input), -1), op.input.data_type)


@lowers(Sign, max_rank=MAX_RANK)
def sign(op: Sign, m: Model) -> Value:
    """Not MIL's sign, which does not say what it makes of NaN."""
    if op.input.data_type in WIDE64:
        return wide.sign(m, m.whole(op.input))
    x = m.of(op.input)
    below = m.select(m.compare("less", x, 0), m.number(x, -1), x)
    return m.select(m.compare("greater", x, 0), m.number(x, 1), below)


@lowers(Log, max_rank=MAX_RANK)
def log(op: Log, m: Model) -> Var:
    """The epsilon that is added by default would change the result."""
    x = m.of(op.input)
    return m.unary("log", x, epsilon=m.scalar(x, 0))


@lowers(Reciprocal, max_rank=MAX_RANK)
def reciprocal(op: Reciprocal, m: Model) -> Var:
    """A division: MIL's inverse adds an epsilon first, and even 0 takes the sign from a negative zero."""
    x = m.of(op.input)
    return m.binary("real_div", m.number(x, 1), x)


def _arithmetic(type: str) -> Lower:
    def lower(op: Any, m: Model) -> Value:
        if op.a.data_type in WIDE64:
            return wide.ARITHMETIC[type](m, wide.shaped(m, op.a, op), wide.shaped(m, op.b, op))
        a, b, finish = aligned(op, m)
        return finish(m.wrap(m.binary(type, a, b), op.a.data_type))

    return lower


lowers.rows({Add: "add", Sub: "sub", Mul: "mul"}, _arithmetic, max_rank=MAX_RANK)


def _extreme(type: str) -> Lower:
    def lower(op: Any, m: Model) -> Value:
        if op.a.data_type in WIDE64:
            return wide.extreme(m, type, wide.shaped(m, op.a, op), wide.shaped(m, op.b, op), op.a.data_type)
        a, b, finish = aligned(op, m)
        if op.a.data_type is DataType.UINT32:
            larger = m.binary(type, m.ordered(a, op.a.data_type), m.ordered(b, op.a.data_type))
            return finish(m.binary("add", larger, INT_MIN))
        return finish(m.binary(type, a, b))

    return lower


lowers.rows(_EXTREMES, _extreme, max_rank=MAX_RANK)


@lowers(Div, max_rank=MAX_RANK, types={"a": SIGNED32}, reason="MIL divides signed 32-bit integers only")
def divide(op: Div, m: Model) -> Var:
    a, b, finish = aligned(op, m)
    if a.is_float:
        return finish(m.binary("real_div", a, b))
    return finish(m.wrap(_quotient(m, a, b), op.a.data_type))


def _quotient(m: Model, a: Var, b: Var) -> Var:
    """Of integers, toward zero; by zero it is zero. MIL says how floor_div rounds, but not how real_div does."""
    by_zero = m.compare("equal", b, 0)
    divisor = m.select(by_zero, m.number(b, 1), b)
    floor = m.binary("floor_div", a, divisor)
    inexact = m.compare("not_equal", m.binary("mul", floor, divisor), a)
    up = m.binary("logical_and", m.compare("less", floor, 0), inexact)
    quotient = m.binary("add", floor, m.cast(up, "int32"))
    return m.select(by_zero, m.number(a, 0), quotient)


@lowers(Pow, max_rank=MAX_RANK, types={"a": SIGNED32}, reason="powers are taken of signed 32-bit integers only")
def power(op: Pow, m: Model) -> Var:
    a, b, finish = aligned(op, m)
    if not a.is_float:
        return finish(_integer_power(m, a, b, op.a.data_type))
    if op.a.value is not None and np.all(op.a.value == 2):
        # Core ML takes a constant base of 2 for a constant exponent of 2: github.com/apple/coremltools/issues/2628
        return finish(m.expand(m.unary("exp2", b), held(op, b)))
    return finish(m.binary("pow", a, b))


def held(op: Any, like: Var) -> tuple[int, ...]:
    """The shape that a result of one operand must still be repeated to."""
    shape = op.output.shape or (1,)
    return shape if math.prod(shape) != math.prod(like.shape) else like.shape


def _integer_power(m: Model, a: Var, b: Var, data_type: DataType) -> Var:
    """By squaring, bit by bit of the exponent, modulo the range; with a negative exponent the quotient of 1."""
    most = 31 if b.value is None else max(1, int(b.value.max(initial=0)).bit_length())
    most = min(most, 8) if data_type in NARROW and b.value is None else most
    result, base, exponent = m.number(a, 1), a, m.binary("maximum", b, 0)
    for bit in range(most):
        half = m.binary("floor_div", exponent, 2)
        odd = m.compare("not_equal", exponent, m.binary("mul", half, 2))
        result = m.select(odd, m.wrap(m.binary("mul", result, base), data_type), result)
        if bit + 1 < most:
            base, exponent = m.wrap(m.binary("mul", base, base), data_type), half
    if b.value is not None and np.all(b.value >= 0):
        return result
    absolute = _integer_power(m, a, m.constant(np.abs(b.value)), data_type) if b.value is not None else _negative_power(m, a, b)
    return m.select(m.compare("less", b, 0), _inverse(m, absolute), result)


def _negative_power(m: Model, a: Var, b: Var) -> Var:
    """``a ** |b|`` as far as its inverse needs it: 1 and -1 to a power, and 2 for all whose inverse has no whole part."""
    half = m.binary("floor_div", b, 2)
    odd = m.compare("not_equal", b, m.binary("mul", half, 2))
    minus = m.select(odd, m.number(a, -1), m.number(a, 1))
    of_minus = m.select(m.compare("equal", a, -1), minus, m.number(a, 2))
    return m.select(m.compare("equal", a, 1), m.number(a, 1), of_minus)


def _inverse(m: Model, x: Var) -> Var:
    """The whole part of ``1 / x``: 1 and -1 are their own, all others have none."""
    is_unit = m.binary("logical_or", m.compare("equal", x, 1), m.compare("equal", x, -1))
    return m.select(is_unit, x, m.number(x, 0))


def _comparison(type: str) -> Lower:
    def lower(op: Any, m: Model) -> Var:
        if op.a.data_type in WIDE64:
            truth = wide.compare(m, type, wide.shaped(m, op.a, op), wide.shaped(m, op.b, op), op.a.data_type)
        else:
            a, b, finish = aligned(op, m)
            if type not in ("equal", "not_equal"):
                a, b = m.ordered(a, op.a.data_type), m.ordered(b, op.a.data_type)
            truth = finish(m.compare(type, a, b))
        return m.from_truth(op.output, truth)

    return lower


lowers.rows(_COMPARISONS, _comparison, max_rank=MAX_RANK)


def _logic(type: str) -> Lower:
    def lower(op: Any, m: Model) -> Var:
        return m.from_truth(op.output, m.compare(type, m.truth(op.a), m.truth(op.b)))

    return lower


lowers.rows(_LOGIC, _logic)


@lowers(LogicalNot, max_rank=MAX_RANK)
def logical_not(op: LogicalNot, m: Model) -> Var:
    return m.from_truth(op.output, m.unary("logical_not", m.truth(op.a)))


@lowers(IsNaN, max_rank=MAX_RANK)
def is_nan(op: IsNaN, m: Model) -> Var:
    x = m.of(op.a)
    return m.from_truth(op.output, m.compare("not_equal", x, x))


@lowers(IsInfinite, max_rank=MAX_RANK)
def is_infinite(op: IsInfinite, m: Model) -> Var:
    return m.from_truth(op.output, m.compare("equal", m.unary("abs", m.of(op.a)), np.inf))


@lowers(Clamp, max_rank=MAX_RANK)
def clamp(op: Clamp, m: Model) -> Value:
    low, high = op.bounds
    if op.input.data_type in WIDE64:
        return wide.clamp(m, op)
    x = m.of(op.input)
    if x.is_float and math.isfinite(low) and math.isfinite(high) and low < high:
        return m.unary("clip", x, alpha=m.scalar(x, low), beta=m.scalar(x, high))
    if op.input.data_type is DataType.UINT32:
        shifted = m.ordered(x, op.input.data_type)
        bounded = m.binary("minimum", m.binary("maximum", shifted, low + INT_MIN), high + INT_MIN)
        return m.binary("add", bounded, INT_MIN)
    x = m.binary("maximum", x, low) if low != -math.inf else x
    return m.binary("minimum", x, high) if high != math.inf else x


@lowers(Where)
def where(op: Where, m: Model) -> Value:
    condition = m.truth(op.condition)
    value: Value = wide.in_halves(m, op.true_value, lambda: m.select(condition, m.of(op.true_value), m.of(op.false_value)))
    return value


@lowers(Cast, max_rank=MAX_RANK)
def cast(op: Cast, m: Model) -> Value:
    source, to = op.input.data_type, op.data_type
    if source in WIDE64 or to in WIDE64:
        return wide.cast(m, op)
    x = m.of(op.input)
    if source in FLOATS:
        return _from_float(m, x, to)
    if to in FLOATS:
        if source is DataType.UINT32:
            return m.cast(wide.unsigned_float(m, x), m.held(to))
        return m.cast(x, m.held(to))
    return m.wrap(x, to)


def _from_float(m: Model, x: Var, to: DataType) -> Var:
    """Without the fraction, the nearest end of the range beyond it, 0 of NaN: MIL leaves the latter two undefined."""
    if to in FLOATS:
        return m.cast(x, m.held(to))
    if to is DataType.UINT32:
        return wide.float_to_uint32(m, x)
    number = m.select(m.compare("not_equal", x, x), m.number(x, 0), x)
    if to is not DataType.INT32:
        low, high = float(to.minimum), float(to.maximum)
        return m.cast(m.unary("clip", number, alpha=m.scalar(x, low), beta=m.scalar(x, high)), "int32")
    return saturated(m, number)


def saturated(m: Model, x: Var) -> Var:
    """Floats, none of them NaN, as int32; beyond its range the nearest end."""
    x = m.cast(x, "fp32")
    below = float(np.nextafter(np.float32(2.0**31), np.float32(0)))
    inside = m.unary("clip", x, alpha=m.scalar(x, float(INT_MIN)), beta=m.scalar(x, below))
    whole = m.cast(inside, "int32")
    return m.select(m.compare("greater_equal", x, 2.0**31), m.number(whole, INT_MAX), whole)
