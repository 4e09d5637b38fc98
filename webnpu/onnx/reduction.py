"""Reductions, the positions of extremes, running sums and products."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operator import MLOperand
from ..types import FLOATS, DataType
from .registry import Import, Node, imports

_REDUCTIONS = {
    "ReduceL1": "reduce_l1",
    "ReduceL2": "reduce_l2",
    "ReduceLogSum": "reduce_log_sum",
    "ReduceLogSumExp": "reduce_log_sum_exp",
    "ReduceMax": "reduce_max",
    "ReduceMean": "reduce_mean",
    "ReduceMin": "reduce_min",
    "ReduceProd": "reduce_product",
    "ReduceSum": "reduce_sum",
    "ReduceSumSquare": "reduce_sum_square",
}


def _reduction(name: str) -> Import:
    def call(node: Node) -> Any:
        axes = node.axes_or(1, None)
        if not axes:
            if node.attribute("noop_with_empty_axes", 0):
                return _nothing(node, name)
            axes = list(range(len(node.shape(0))))
        axes = sorted({node.positive(axis, len(node.shape(0))) for axis in axes})
        value = node.value(0)
        keeps = bool(node.attribute("keepdims", 1))
        if value.array is not None and not value.array.size:
            node.refuse("it reduces an empty tensor")
        x = value.operand(node.b)
        if name == "reduce_mean" and x.data_type not in FLOATS:
            total = node.b.reduce_sum(x, axes=axes, keep_dimensions=keeps)
            return node.b.div(total, node.number(x, int(np.prod([x.shape[axis] for axis in axes]))))
        out: MLOperand = getattr(node.b, name)(x, axes=axes, keep_dimensions=keeps)
        return out

    return call


def _nothing(node: Node, name: str) -> MLOperand:
    """No axes: each element by itself goes through what the reduction does to it."""
    x = node.x(0)
    if name in ("reduce_max", "reduce_mean", "reduce_min", "reduce_product", "reduce_sum"):
        return node.b.identity(x)
    out: MLOperand = getattr(node.b, name)(x, axes=[], keep_dimensions=True)
    return out


imports.rows(_REDUCTIONS, _reduction)


def _position(name: str) -> Import:
    """Where the extreme is; with select_last_index the last one, found from behind."""

    def call(node: Node) -> MLOperand:
        b, x = node.b, node.x(0)
        axis = node.axis(x.rank, 0)
        last = bool(node.attribute("select_last_index", 0))
        out: MLOperand = getattr(b, name)(
            b.reverse(x, axes=[axis]) if last else x,
            axis,
            keep_dimensions=bool(node.attribute("keepdims", 1)),
            output_data_type=DataType.INT64,
        )
        return b.sub(node.integers_operand(x.shape[axis] - 1), out) if last else out

    return call


imports.rows({"ArgMax": "arg_max", "ArgMin": "arg_min"}, _position)


@imports("CumSum")
def cum_sum(node: Node) -> MLOperand:
    x = node.x(0)
    axis = node.positive(node.integers(1, "axis")[0], x.rank)
    return node.b.cumulative_sum(x, axis, exclusive=bool(node.attribute("exclusive", 0)), reversed=bool(node.attribute("reverse", 0)))


_MAX_UNROLLED = 256


@imports("CumProd")
def cum_prod(node: Node) -> MLOperand:
    """One product after another, the axis unrolled."""
    b, x = node.b, node.x(0)
    axis = node.positive(node.integers(1, "axis")[0], x.rank)
    if x.shape[axis] > _MAX_UNROLLED:
        node.refuse(f"WebNN has no running product, and it is unrolled only up to {_MAX_UNROLLED} elements; got {x.descriptor}")
    parts = list(b.split(x, x.shape[axis], axis=axis))
    reverse = bool(node.attribute("reverse", 0))
    if reverse:
        parts.reverse()
    totals = [b.expand(node.number(x, 1), parts[0].shape)] if node.attribute("exclusive", 0) else []
    totals.append(parts[0])
    for part in parts[1:]:
        totals.append(b.mul(totals[-1], part))
    totals = totals[: len(parts)]
    return b.concat(totals[::-1] if reverse else totals, axis)
