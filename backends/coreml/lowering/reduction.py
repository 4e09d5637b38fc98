"""Reductions, the positions of extremes, and running sums."""

from __future__ import annotations

from typing import Any

from webnpu.errors import Unsupported
from webnpu.operators.reduction import (
    ArgMax,
    ArgMin,
    CumulativeSum,
    ReduceL1,
    ReduceL2,
    ReduceLogSum,
    ReduceLogSumExp,
    ReduceMax,
    ReduceMean,
    ReduceMin,
    ReduceProduct,
    ReduceSum,
    ReduceSumSquare,
)
from webnpu.types import DataType

from ..mil import Var
from .model import HELD_WHOLE, WIDE64, Lower, Model, Rows, Value, Wide, held_shape, lowers
from .wide import MOST_TERMS, absolute, compare, mul, reduced, total, widened

_ROWS: Rows = {
    ReduceL1: ("reduce_l1_norm", "abs"),
    ReduceL2: ("reduce_l2_norm", "abs"),
    ReduceLogSum: ("reduce_log_sum", "log"),
    ReduceLogSumExp: ("reduce_log_sum_exp", ""),
    ReduceMax: ("reduce_max", ""),
    ReduceMean: ("reduce_mean", ""),
    ReduceMin: ("reduce_min", ""),
    ReduceProduct: ("reduce_prod", ""),
    ReduceSum: ("reduce_sum", ""),
    ReduceSumSquare: ("reduce_sum_square", "square"),
}
"""Each reduction, and what is left of it when no axis is reduced."""
REDUCTIONS = tuple(_ROWS)
"""The operators that reduce axes."""


def _reduction(row: tuple[str, str]) -> Lower:
    type, of_nothing = row

    def lower(op: Any, m: Model) -> Value:
        data_type = op.input.data_type
        extreme = type in ("reduce_max", "reduce_min")
        if data_type in WIDE64:
            return _wide_extreme(m, op, type) if extreme else _wide_sum(m, op, type)
        x = m.of(op.input)
        if extreme:
            x = m.ordered(x, data_type)
        if op.resolved_axes and type == "reduce_l1_norm" and not x.is_float:
            x = m.unary("abs", x) if data_type is DataType.INT32 else x
            out = m.reduce("reduce_sum", x, op.resolved_axes, op.keep_dimensions)
        elif op.resolved_axes and type == "reduce_sum_square" and not x.is_float:
            out = m.reduce("reduce_sum", m.binary("mul", x, x), op.resolved_axes, op.keep_dimensions)
        elif op.resolved_axes:
            out = m.reduce(type, x, op.resolved_axes, op.keep_dimensions or len(op.resolved_axes) == x.rank)
        else:
            out = _alone(m, x, of_nothing, data_type)
        out = m.reshape(out, held_shape(op.output.shape))
        return m.ordered(out, data_type) if extreme else out

    return lower


def _wide_extreme(m: Model, op: Any, type: str) -> Value:
    x = m.whole(op.input)
    assert isinstance(x, Wide)
    if op.resolved_axes:
        x = reduced(m, type, x, op.resolved_axes, op.input.data_type)
    return Wide(*(m.reshape(part, held_shape(op.output.shape)) for part in (x.low, x.high)))


def _wide_sum(m: Model, op: Any, type: str) -> Value:
    x = m.whole(op.input)
    assert isinstance(x, Wide)
    if type == "reduce_l1_norm" and op.input.data_type.is_signed:
        x = absolute(m, x)
    elif type == "reduce_sum_square":
        x = mul(m, x, x)
    if op.resolved_axes:
        _check_terms(op, op.terms)
        x = total(m, x, lambda part: m.reduce("reduce_sum", part, op.resolved_axes))
    return Wide(*(m.reshape(part, held_shape(op.output.shape)) for part in (x.low, x.high)))


def _check_terms(op: Any, terms: int) -> None:
    if terms > MOST_TERMS:
        raise Unsupported(op, f"a sum of {terms} 64-bit integers is not exact in 32-bit ones; up to {MOST_TERMS} are")


def _alone(m: Model, x: Var, type: str, data_type: DataType) -> Var:
    """The function of a reduction, applied to each element by itself."""
    if not type or (type == "abs" and not x.is_float and data_type is not DataType.INT32):
        return x
    if type == "square":
        return m.binary("mul", x, x)
    return m.unary("log", x, epsilon=m.scalar(x, 0)) if type == "log" else m.unary(type, x)


_ANY: Rows = {op: row for op, row in _ROWS.items() if op in (ReduceMax, ReduceMin, ReduceSum, ReduceL1, ReduceSumSquare)}
lowers.rows(_ANY, _reduction)
lowers.rows(
    {op: row for op, row in _ROWS.items() if op not in _ANY},
    _reduction,
    types={"input": HELD_WHOLE},
    reason="a product of 64-bit integers along an axis takes one step after the other",
)


def _position(by_type: str) -> Lower:
    def lower(op: Any, m: Model) -> Value:
        type, x = _comparable(m, op, by_type)
        shape = [1 if axis == op.axis else size for axis, size in enumerate(x.shape)]
        found = m.emit(type, "int32", shape, x=x, axis=op.axis, keep_dims=True, output_dtype="int32")
        found = m.reshape(found, held_shape(op.output.shape))
        return widened(m, found, DataType.UINT32) if op.output_data_type in WIDE64 else found

    return lower


def _comparable(m: Model, op: Any, type: str) -> tuple[str, Var]:
    """What to look for in which tensor; among 64-bit integers the first element that equals the extreme."""
    value = m.whole(op.input)
    if isinstance(value, Wide):
        end = reduced(m, type.replace("arg", ""), value, (op.axis,), op.input.data_type)
        return "reduce_argmax", m.cast(compare(m, "equal", value, end, op.input.data_type), "int32")
    return type, m.ordered(value, op.input.data_type)


lowers.rows({ArgMax: "reduce_argmax", ArgMin: "reduce_argmin"}, _position)


@lowers(CumulativeSum)
def cumulative_sum(op: CumulativeSum, m: Model) -> Value:
    def running(x: Var) -> Var:
        return m.unary("cumsum", x, axis=op.axis, exclusive=op.exclusive, reverse=op.reversed)

    value = m.whole(op.input)
    if isinstance(value, Wide):
        _check_terms(op, op.input.shape[op.axis])
        return total(m, value, running)
    return running(value)
