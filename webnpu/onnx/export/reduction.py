"""Reductions, the positions of extremes, and running sums."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...operators.reduction import (
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
from ...types import DataType
from .writer import Export, Writer, exports

_OF_ONE = {"ReduceL1": "Abs", "ReduceL2": "Abs", "ReduceLogSum": "Log"}
"""What a reduction does to a single element, where that is not nothing."""


def _reduction(kind: str) -> Export:
    def write(op: Any, w: Writer) -> str:
        axes, x, data_type = op.resolved_axes, w(op.input), op.input.data_type
        if not axes and kind == "ReduceSumSquare":
            return w.node("Mul", x, x)
        if not axes:  # ONNX has no reduction over nothing
            return w.node(_OF_ONE.get(kind, "Identity") if op.input.data_type.is_signed else "Identity", x)
        if kind == "ReduceProd" and not data_type.is_float:
            return _product(op, w)
        if data_type in _WIDENED:
            return _of_integers(kind, op, w)
        return _reduced(kind, x, op, w)

    return write


def _reduced(kind: str, x: str, op: Any, w: Writer) -> str:
    axes = op.resolved_axes
    if w.opset < (13 if kind == "ReduceSum" else 18):
        return w.node(kind, x, axes=axes, keepdims=int(op.keep_dimensions))
    return w.node(kind, x, w.integers(axes), keepdims=int(op.keep_dimensions))


_WIDENED = (DataType.INT32, DataType.UINT32, DataType.UINT64)
"""Integers whose reductions ONNX Runtime lacks, or ends at the largest number where WebNN's wrap."""


def _of_integers(kind: str, op: Any, w: Writer) -> str:
    """In int64, of which the lowest bits are the result; extremes, by the order."""
    x, data_type = w(op.input), op.input.data_type
    if kind in ("ReduceMax", "ReduceMin"):
        if data_type is DataType.INT32:
            return _reduced(kind, x, op, w)
        wide, back = w.ordered(x, data_type)
        return back(_reduced(kind, wide, op, w))
    wide = w.cast(x, DataType.INT64)
    if kind == "ReduceL1":
        wide, kind = (w.node("Abs", wide) if data_type.is_signed else wide), "ReduceSum"
    elif kind == "ReduceSumSquare":
        square = w.node("Mul", wide, wide)  # of int32 only the lowest bits, so that the sum stays in range
        wide = w.cast(w.cast(square, DataType.INT32), DataType.INT64) if data_type.bits == 32 else square
        kind = "ReduceSum"
    return w.cast(_reduced(kind, wide, op, w), data_type)


def _product(op: Any, w: Writer) -> str:
    """Of integers, which wrap: the one half times the other, until one is left; ONNX Runtime's own ends at the largest number."""
    data_type, axes = op.input.data_type, op.resolved_axes
    wide = DataType.INT64 if data_type in (DataType.UINT32, DataType.UINT64) else data_type
    kept = [axis for axis in range(op.input.rank) if axis not in axes]
    x = w.transpose(w(op.input) if wide is data_type else w.cast(w(op.input), wide), [*axes, *kept])
    count = prod(op.input.shape[axis] for axis in axes)
    x = w.reshape(x, [count, prod(op.input.shape[axis] for axis in kept)])
    while count > 1:
        half = count // 2
        parts = [w.node("Slice", x, w.integers([at * half]), w.integers([at * half + half]), w.integers([0])) for at in (0, 1)]
        product = w.node("Mul", *parts)
        if count % 2:
            last = w.node("Slice", x, w.integers([count - 1]), w.integers([count]), w.integers([0]))
            product = w.node("Concat", product, last, axis=0)
        x, count = product, half + count % 2
    y = w.reshape(x, op.output.shape)
    return y if wide is data_type else w.cast(y, data_type)


exports.rows(
    {
        ReduceL1: "ReduceL1",
        ReduceL2: "ReduceL2",
        ReduceLogSum: "ReduceLogSum",
        ReduceLogSumExp: "ReduceLogSumExp",
        ReduceMax: "ReduceMax",
        ReduceMean: "ReduceMean",
        ReduceMin: "ReduceMin",
        ReduceProduct: "ReduceProd",
        ReduceSum: "ReduceSum",
        ReduceSumSquare: "ReduceSumSquare",
    },
    _reduction,
)


def _position(kind: str) -> Export:
    def write(op: Any, w: Writer) -> str:
        x, data_type = w(op.input), op.input.data_type
        if data_type in (DataType.UINT32, DataType.UINT64):
            x, _ = w.ordered(x, data_type)
        y = w.node(kind, x, axis=op.axis, keepdims=int(op.keep_dimensions))
        return y if op.output_data_type is DataType.INT64 else w.cast(y, op.output_data_type)

    return write


exports.rows({ArgMax: "ArgMax", ArgMin: "ArgMin"}, _position)


@exports(CumulativeSum)
def cumulative_sum(op: CumulativeSum, w: Writer) -> str:
    axis = w.constant(np.asarray(op.axis), DataType.INT64)
    x, data_type = w(op.input), op.input.data_type
    attributes = {"exclusive": int(op.exclusive), "reverse": int(op.reversed)}
    if data_type in (DataType.UINT32, DataType.UINT64):
        return w.cast(w.node("CumSum", w.cast(x, DataType.INT64), axis, **attributes), data_type)
    return w.node("CumSum", x, axis, **attributes)
