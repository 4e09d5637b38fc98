"""Reductions, the positions of extremes, and running sums."""

from __future__ import annotations

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
        axes, x = op.resolved_axes, w(op.input)
        if not axes and kind == "ReduceSumSquare":
            return w.node("Mul", x, x)
        if not axes:  # ONNX has no reduction over nothing
            return w.node(_OF_ONE.get(kind, "Identity") if op.input.data_type.is_signed else "Identity", x)
        return w.node(kind, x, w.integers(axes), keepdims=int(op.keep_dimensions))

    return write


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
        y = w.node(kind, w(op.input), axis=op.axis, keepdims=int(op.keep_dimensions))
        return y if op.output_data_type is DataType.INT64 else w.cast(y, op.output_data_type)

    return write


exports.rows({ArgMax: "ArgMax", ArgMin: "ArgMin"}, _position)


@exports(CumulativeSum)
def cumulative_sum(op: CumulativeSum, w: Writer) -> str:
    axis = w.constant(np.asarray(op.axis), DataType.INT64)
    return w.node("CumSum", w(op.input), axis, exclusive=int(op.exclusive), reverse=int(op.reversed))
