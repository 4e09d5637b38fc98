"""Reductions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operator import Operator
from ..operators.reduction import (
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
from .evaluate import Evaluator, evaluates

Array = NDArray[Any]


def _log_sum_exp(x: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    """Shifted by the greatest element, so that nothing overflows; an infinite one is its own answer."""
    greatest = np.max(x, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(greatest), greatest, 0.0)
    total = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    return np.asarray(total if keepdims else np.squeeze(total, axis=axis))


_FUNCTIONS: dict[type[Operator], Any] = {
    ReduceL1: lambda x, **over: np.sum(np.abs(x), dtype=x.dtype, **over),
    ReduceL2: lambda x, **over: np.sqrt(np.sum(x * x, **over)),
    ReduceLogSum: lambda x, **over: np.log(np.sum(x, **over)),
    ReduceLogSumExp: _log_sum_exp,
    ReduceMax: np.max,
    ReduceMean: np.mean,
    ReduceMin: np.min,
    ReduceProduct: lambda x, **over: np.prod(x, dtype=x.dtype, **over),
    ReduceSum: lambda x, **over: np.sum(x, dtype=x.dtype, **over),
    ReduceSumSquare: lambda x, **over: np.sum(x * x, dtype=x.dtype, **over),
}


def _reduce(function: Any) -> Evaluator:
    return lambda op, x: function(x, axis=op.resolved_axes, keepdims=op.keep_dimensions)


evaluates.rows(_FUNCTIONS, _reduce)


@evaluates(ArgMin)
def arg_min(op: ArgMin, x: Array) -> Array:
    return np.asarray(np.argmin(x, axis=op.axis, keepdims=op.keep_dimensions))


@evaluates(ArgMax)
def arg_max(op: ArgMax, x: Array) -> Array:
    return np.asarray(np.argmax(x, axis=op.axis, keepdims=op.keep_dimensions))


@evaluates(CumulativeSum)
def cumulative_sum(op: CumulativeSum, x: Array) -> Array:
    turned = np.flip(x, op.axis) if op.reversed else x
    out = np.cumsum(turned, axis=op.axis, dtype=x.dtype)
    if op.exclusive:
        out = np.roll(out, 1, axis=op.axis)
        np.moveaxis(out, op.axis, 0)[0] = 0
    return np.flip(out, op.axis) if op.reversed else out
