"""Element-wise operators.

float32 is XNNPACK's where it is within the bounds; functions that it rounds too coarsely run on the kernels that
call the C library. Narrow integers are computed in int32.
"""

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
from webnpu.types import DataType

from ..emitter import Emitter, LoweringFunction, lowers
from ..flatbuffer import Tensor
from . import arithmetic as at
from .functions import erf, tan

WRAPPING = {DataType.UINT32, DataType.UINT64}
"""Types kept as the signed integers of the same bits."""


def _operands(op: Any, m: Emitter) -> tuple[Tensor, Tensor, Any]:
    """Both operands of a binary operator in a common order, wide enough to compute in, and the order."""
    order = at.common_order(m, (op.a, op.b), op.output.rank)
    work = at.WORKED_IN.get(op.a.data_type)
    a, b = (at.aligned(m, operand, order) for operand in (op.a, op.b))
    return (m.convert(a, work or a.type), m.convert(b, work or b.type), order)


def _put_narrow(op: Any, m: Emitter, tensor: Tensor, order: Any) -> None:
    """Put a result after it was cast back to the type of the output."""
    work = at.WORKED_IN.get(op.output.data_type)
    m.put(op.output, m.convert(tensor, op.output.data_type.value) if work else tensor, order)


def _arithmetic(kind: str) -> LoweringFunction:
    def lower(op: Any, m: Emitter) -> None:
        if kind == "ADD" and fuse_bias(op, m):
            return
        a, b, order = _operands(op, m)
        _put_narrow(op, m, at.binary(m, kind, a, b), order)

    return lower


def fuse_bias(op: Any, m: Emitter) -> bool:
    """Make a constant vector the bias of the convolution or product before it, where that has none."""
    for x, other in ((op.a, op.b), (op.b, op.a)):
        bias, found = m.constant_of(other), m.private_step(x)
        if bias is None or found is None or op.output.shape != x.shape:
            continue
        order, tensor, step = found
        if step.kind not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            continue
        given = step.inputs[2]
        if step.options.get("fused_activation_function") or (given is not None and (given.data is None or given.data.any())):
            continue
        spread = bias.reshape((1,) * (x.rank - other.rank) + other.shape).transpose(order)
        if spread.shape[:-1] == (1,) * (x.rank - 1) and spread.shape[-1] == tensor.shape[-1]:
            step.inputs = (*step.inputs[:2], m.model.constant(spread.reshape(-1)))
            m.share(op.output, x)
            return True
    return False


lowers.rows({Add: "ADD", Sub: "SUB", Mul: "MUL"}, _arithmetic)


@lowers(Div)
def div(op: Div, m: Emitter) -> None:
    a, b, order = _operands(op, m)
    divide = {
        DataType.FLOAT32: at.div,
        DataType.FLOAT16: at.div,
        DataType.UINT32: at.unsigned_divide,
        DataType.UINT64: at.wide_unsigned_divide,
    }.get(op.a.data_type, at.integer_divide)
    _put_narrow(op, m, divide(m, a, b), order)


@lowers(Pow)
def power(op: Pow, m: Emitter) -> None:
    a, b, order = _operands(op, m)
    kind = op.a.data_type
    if kind.is_float:
        _put_narrow(op, m, at.binary(m, "POW", a, b), order)
    else:
        _put_narrow(op, m, at.integer_power(m, a, b, kind.bits, kind.is_signed), order)


def _extreme(kind: str) -> LoweringFunction:
    def lower(op: Any, m: Emitter) -> None:
        order = at.common_order(m, (op.a, op.b), op.output.rank)
        a, b = (at.sign_flipped(m, at.aligned(m, operand, order), op.a.data_type) for operand in (op.a, op.b))
        if a.data is not None:
            a, b = b, a  # of two, only a NaN in the second survives a constant
        out = at.binary(m, kind, a, b)
        if op.a.data_type.is_float and b.data is None:
            out = at.select(m, at.compare(m, "NOT_EQUAL", a, a), a, out)  # else a NaN in a would be lost
        m.put(op.output, at.sign_flipped(m, out, op.a.data_type), order)

    return lower


lowers.rows({Max: "MAXIMUM", Min: "MINIMUM"}, _extreme)


def _comparison(kind: str) -> LoweringFunction:
    def lower(op: Any, m: Emitter) -> None:
        a, b, order = _operands(op, m)
        if kind not in ("EQUAL", "NOT_EQUAL"):
            a, b = (at.sign_flipped(m, x, op.a.data_type) for x in (a, b))
        m.put_truth(op.output, at.compare(m, kind, a, b), order)

    return lower


lowers.rows(
    {
        Equal: "EQUAL",
        NotEqual: "NOT_EQUAL",
        Greater: "GREATER",
        GreaterOrEqual: "GREATER_EQUAL",
        Lesser: "LESS",
        LesserOrEqual: "LESS_EQUAL",
    },
    _comparison,
)


def _logical(kind: str) -> LoweringFunction:
    def lower(op: Any, m: Emitter) -> None:
        order = at.common_order(m, (op.a, op.b), op.output.rank)
        a, b = (at.aligned(m, operand, order, truth=True) for operand in (op.a, op.b))
        m.put_truth(op.output, at.compare(m, kind, a, b), order)

    return lower


lowers.rows({LogicalAnd: "LOGICAL_AND", LogicalOr: "LOGICAL_OR", LogicalXor: "NOT_EQUAL"}, _logical)


@lowers(LogicalNot)
def logical_not(op: LogicalNot, m: Emitter) -> None:
    order = m.order(op.a)
    m.put_truth(op.output, m.like("LOGICAL_NOT", m.truth(op.a, order)), order)


@lowers(IsNaN)
def is_nan(op: IsNaN, m: Emitter) -> None:
    order = m.order(op.a)
    x = m.tensor(op.a, order)
    m.put_truth(op.output, at.compare(m, "NOT_EQUAL", x, x), order)


@lowers(IsInfinite)
def is_infinite(op: IsInfinite, m: Emitter) -> None:
    order = m.order(op.a)
    m.put_truth(op.output, at.compare(m, "EQUAL", m.like("ABS", m.tensor(op.a, order)), math.inf), order)


def _unary(kind: str) -> LoweringFunction:
    def lower(op: Any, m: Emitter) -> None:
        order = m.order(op.input)
        m.put(op.output, m.like(kind, m.tensor(op.input, order)), order)

    return lower


def _accurate(kind: str) -> LoweringFunction:
    def lower(op: Any, m: Emitter) -> None:
        order = m.order(op.input)
        m.put(op.output, at.accurately(m, kind, m.tensor(op.input, order)), order)

    return lower


lowers.rows({Ceil: "CEIL", Floor: "FLOOR", RoundEven: "ROUND"}, _unary)
lowers.rows({Exp: "EXP", Log: "LOG", Sin: "SIN", Cos: "COS", Sqrt: "SQRT"}, _accurate)


def _composed(function: Any) -> LoweringFunction:
    def lower(op: Any, m: Emitter) -> None:
        order = m.order(op.input)
        m.put(op.output, function(m, m.tensor(op.input, order)), order)

    return lower


def _erf(m: Emitter, x: Tensor) -> Tensor:
    return at.keeping_nan(m, x, erf(m, x))


def _reciprocal(m: Emitter, x: Tensor) -> Tensor:
    return at.div(m, m.number(1, x.type), x)


lowers.rows({Erf: _erf, Tan: tan, Reciprocal: _reciprocal}, _composed)


def _signed(function: Any) -> LoweringFunction:
    """A function of numbers with a sign; narrow ones in int32."""

    def lower(op: Any, m: Emitter) -> None:
        order = m.order(op.input)
        x = m.tensor(op.input, order)
        _put_narrow(op, m, function(m, m.convert(x, at.WORKED_IN.get(op.input.data_type, x.type))), order)

    return lower


def _abs(m: Emitter, x: Tensor) -> Tensor:
    """Kernels lack it for int64, and trap on the least int32."""
    return m.like("ABS", x) if x.type == "float32" else at.maximum(m, x, _neg(m, x))


def _neg(m: Emitter, x: Tensor) -> Tensor:
    """XNNPACK subtracts from zero, and so turns zero into zero instead of negative zero."""
    return at.accurately(m, "NEG", x) if x.type == "float32" else m.like("NEG", x)


lowers.rows({Abs: _abs, Neg: _neg, Sign: at.sign}, _signed)


@lowers(Identity)
def identity(op: Identity, m: Emitter) -> None:
    m.share(op.output, op.input)


@lowers(Clamp)
def clamp(op: Clamp, m: Emitter) -> None:
    low, high = op.bounds
    if (low, high) == (0, 6) and m.activate(op.input, op.output, "relu6"):
        return
    if (low, high) == (0, math.inf) and m.activate(op.input, op.output, "relu"):
        return
    order = m.order(op.input)
    data_type = op.input.data_type
    x = at.sign_flipped(m, m.tensor(op.input, order), data_type)
    flip = int(np.iinfo(x.type).min) if data_type in WRAPPING else 0
    if low != (-math.inf if data_type.is_float else data_type.minimum):
        x = at.maximum(m, x, low + flip)
    if high != (math.inf if data_type.is_float else data_type.maximum):
        x = at.minimum(m, x, high + flip)
    m.put(op.output, at.sign_flipped(m, x, data_type), order)


@lowers(Where)
def where(op: Where, m: Emitter) -> None:
    order = at.common_order(m, (op.condition, op.true_value, op.false_value), op.output.rank)
    condition = at.aligned(m, op.condition, order, truth=True)
    yes, no = (at.aligned(m, operand, order) for operand in (op.true_value, op.false_value))
    m.put(op.output, at.select(m, condition, yes, no), order)


@lowers(Cast)
def cast(op: Cast, m: Emitter) -> None:
    order = m.order(op.input)
    if op.output.data_type is op.input.data_type:
        return m.share(op.output, op.input)
    x = m.tensor(op.input, order)
    m.put(op.output, _narrowed(m, converted(m, x, op.input.data_type, op.data_type), op), order)
    return None


def _narrowed(m: Emitter, x: Tensor, op: Cast) -> Tensor:
    """Casts are exact by their class of agreement, so that what becomes float16 is rounded here."""
    if op.data_type is DataType.FLOAT16 and op.input.data_type not in (DataType.INT8, DataType.UINT8):
        return m.convert(m.convert(x, "float16"), "float32")
    return x


def converted(m: Emitter, x: Tensor, source: DataType, target: DataType) -> Tensor:
    """The numbers of one data type as those of another, both as they are kept in the model."""
    if source is DataType.UINT32:
        x = m.convert(m.convert(x, "uint32"), "int64")
    if target.is_float:
        if source is DataType.UINT64:
            return _unsigned_to_float(m, x)
        return m.convert(x, "float32")
    if source.is_float:
        return _from_float(m, x, target)
    kept = {DataType.UINT32: "int32", DataType.UINT64: "int64"}.get(target, target.value)
    return m.convert(x, kept)


def _unsigned_to_float(m: Emitter, x: Tensor) -> Tensor:
    """uint64 to float32, rounded once: of a number beyond the signed range, half is converted, its lowest bit kept sticky."""
    odd = at.binary(m, "FLOOR_MOD", x, m.number(2, "int64"))
    half = at.integer_divide(m, at.sub(m, x, odd), m.number(2, "int64"))
    half = at.sub(m, half, np.iinfo(np.int64).min)
    # Twice the half, whose lowest bit is cut off but kept in the one above it, rounds as the whole does.
    even = at.binary(m, "FLOOR_MOD", half, m.number(2, "int64"))
    sticky = at.add(m, half, at.mul(m, odd, at.sub(m, m.number(1, "int64"), even)))
    doubled = at.mul(m, m.convert(sticky, "float32"), 2.0)
    return at.select(m, at.compare(m, "LESS", x, 0), doubled, m.convert(x, "float32"))


def _from_float(m: Emitter, x: Tensor, target: DataType) -> Tensor:
    """Toward zero; out of range, the nearest end of it, and zero for NaN."""
    x = at.select(m, at.compare(m, "NOT_EQUAL", x, x), m.number(0, x.type), x)
    if target is DataType.UINT64:
        above = at.compare(m, "GREATER_EQUAL", x, 2.0**63)
        low = m.convert(at.select(m, above, m.number(0, x.type), at.maximum(m, x, 0)), "int64")
        high = at.add(m, m.convert(at.sub(m, x, 2.0**63), "int64"), np.iinfo(np.int64).min)
        return at.select(m, at.compare(m, "GREATER_EQUAL", x, 2.0**64), m.number(-1, "int64"), at.select(m, above, high, low))
    if target is DataType.UINT32:
        limited = at.minimum(m, at.maximum(m, x, 0), 2.0**32)
        whole = at.binary(m, "MINIMUM", m.convert(limited, "int64"), m.number(2**32 - 1, "int64"))
        return m.convert(whole, "int32")
    if target in (DataType.INT8, DataType.UINT8):
        x = at.minimum(m, at.maximum(m, x, target.minimum), target.maximum)
        return m.convert(m.convert(x, "int32"), target.value)
    return m.convert(_within(m, x, target), target.value)


def _within(m: Emitter, x: Tensor, target: DataType) -> Tensor:
    return x if target in (DataType.INT32, DataType.INT64) else at.minimum(m, x, target.maximum)
