"""Reductions, in whatever order the input is: only the axes are renamed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

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

from ..emitter import Emitter, LoweringFunction, lowers
from ..flatbuffer import Tensor
from ..schema import TENSOR_TYPES
from ..values import Order, in_order
from . import arithmetic as at
from .movement import cut, pad_constant

MOST_TERMS, MOST_LAST = 4096, 65536
"""How many floats the kernels are left to add in one go, along any axes and along the last: more lose too many digits.

Along the last axes they add in tens of lanes, elsewhere one after the other.
"""


def reduced(m: Emitter, kind: str, x: Tensor, axes: Sequence[int]) -> Tensor:
    """A reduction along axes of a tensor, which stay with size 1."""
    shape = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
    wanted = [axis for axis in axes if x.shape[axis] != 1]
    if not wanted:
        return x
    terms, last = int(np.prod([x.shape[axis] for axis in wanted])), sorted(wanted) == [*range(x.rank - len(wanted), x.rank)]
    if x.type == "float32" and kind in ("SUM", "MEAN") and terms > (MOST_LAST if last else MOST_TERMS):
        for axis in sorted(wanted, reverse=True):
            x = _in_blocks(m, x, axis)
        return at.div(m, x, terms) if kind == "MEAN" else x
    groups: list[list[int]] = []
    for axis in range(x.rank):
        if groups and (axis in wanted) == (groups[-1][0] in wanted) and x.rank > 4:
            groups[-1].append(axis)
        else:
            groups.append([axis])
    if len(groups) > 4:  # some kernels know no more: one run of axes at a time
        first = groups[next(i for i, g in enumerate(groups) if g[0] in wanted)]
        return reduced(m, kind, reduced(m, kind, x, first), [axis for axis in wanted if axis not in first])
    narrow = m.reshape(x, [int(np.prod([x.shape[a] for a in g])) for g in groups])
    places = [i for i, g in enumerate(groups) if g[0] in wanted]
    kept = [1 if i in places else size for i, size in enumerate(narrow.shape)]
    return m.reshape(m.emit(kind, [narrow, m.integers(*places)], x.type, kept, keep_dims=True), shape)


def _blocks(m: Emitter, x: Tensor, axis: int) -> Tensor:
    """A tensor as [before, blocks, elements of a block, after], with zeros behind the end of the axis."""
    size, before, after = x.shape[axis], int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis + 1 :]))
    block: int = 1 << (size.bit_length() + 1) // 2
    count = -(-size // block)
    narrow = m.reshape(x, (before, size, after))
    if size % block:
        narrow = pad_constant(m, narrow, [(0, 0), (0, count * block - size), (0, 0)], 0.0)
    return m.reshape(narrow, (before, count, block, after))


def _in_blocks(m: Emitter, x: Tensor, axis: int) -> Tensor:
    """A sum along one axis: of many elements, the sum of the sums of blocks."""
    shape = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    if x.shape[axis] <= (MOST_LAST if axis == x.rank - 1 else MOST_TERMS):
        return reduced(m, "SUM", x, [axis])
    blocks = _blocks(m, x, axis)
    before, count, block, after = blocks.shape
    if after == 1:  # twice along the last axis, where the kernels add in lanes
        rows = reduced(m, "SUM", m.reshape(blocks, (before, count, block)), [2])
        return m.reshape(reduced(m, "SUM", m.reshape(rows, (before, count)), [1]), shape)
    sums = m.reshape(reduced(m, "SUM", blocks, [2]), (before, count, after))
    total = m.emit("SUM", [sums, m.integers(1)], x.type, (before, 1, after), keep_dims=True)
    return m.reshape(total, shape)


def _place(op: Any, m: Emitter, out: Tensor, order: Order) -> None:
    """Put a reduction whose axes still have size 1, without them unless they are kept."""
    if op.keep_dimensions:
        m.put(op.output, out, order)
        return
    left = [axis for axis in order if axis not in op.resolved_axes]
    ranks = sorted(left)
    m.put(op.output, m.reshape(out, [op.input.shape[axis] for axis in left]), tuple(ranks.index(axis) for axis in left))


def _reduction(function: Any) -> LoweringFunction:
    def lower(op: Any, m: Emitter) -> None:
        order = m.order(op.input)
        axes = [order.index(axis) for axis in op.resolved_axes]
        _place(op, m, function(op, m, m.tensor(op.input, order), axes), order)

    return lower


def _extreme(kind: str) -> Any:
    def reduce(op: Any, m: Emitter, x: Tensor, axes: Sequence[int]) -> Tensor:
        flipped = at.sign_flipped(m, x, op.input.data_type)
        return at.sign_flipped(m, reduced(m, kind, flipped, axes), op.input.data_type)

    return reduce


def _l1(op: ReduceL1, m: Emitter, x: Tensor, axes: Sequence[int]) -> Tensor:
    if op.input.data_type.is_signed:
        x = m.like("ABS", x) if x.type != "int64" else at.maximum(m, x, m.like("NEG", x))
    return reduced(m, "SUM", x, axes)


def _log_sum_exp(op: ReduceLogSumExp, m: Emitter, x: Tensor, axes: Sequence[int]) -> Tensor:
    """Shifted by the greatest element where that is finite, so that nothing overflows."""
    greatest = reduced(m, "REDUCE_MAX", x, axes)
    limit = float(np.finfo(np.float32).max)
    shift = at.minimum(m, at.maximum(m, greatest, -limit), limit)
    total = reduced(m, "SUM", at.accurately(m, "EXP", at.sub(m, x, shift)), axes)
    return at.add(m, at.accurately(m, "LOG", total), shift)


def _mean(op: ReduceMean, m: Emitter, x: Tensor, axes: Sequence[int]) -> Tensor:
    return reduced(m, "MEAN", x, axes)


def _sum_square(m: Emitter, x: Tensor, axes: Sequence[int]) -> Tensor:
    return reduced(m, "SUM", at.mul(m, x, x), axes)


lowers.rows(
    {
        ReduceL1: _l1,
        ReduceL2: lambda op, m, x, axes: at.accurately(m, "SQRT", _sum_square(m, x, axes)),
        ReduceLogSum: lambda op, m, x, axes: at.accurately(m, "LOG", reduced(m, "SUM", x, axes)),
        ReduceLogSumExp: _log_sum_exp,
        ReduceMax: _extreme("REDUCE_MAX"),
        ReduceMean: _mean,
        ReduceMin: _extreme("REDUCE_MIN"),
        ReduceProduct: lambda op, m, x, axes: reduced(m, "REDUCE_PROD", x, axes),
        ReduceSum: lambda op, m, x, axes: reduced(m, "SUM", x, axes),
        ReduceSumSquare: lambda op, m, x, axes: _sum_square(m, x, axes),
    },
    _reduction,
)


def _position(kind: str) -> LoweringFunction:
    def lower(op: Any, m: Emitter) -> None:
        order = m.order(op.input)
        axis = order.index(op.axis)
        x = at.sign_flipped(m, m.tensor(op.input, order), op.input.data_type)
        if x.type == "int64":  # which the kernel lacks: the first place that equals the extreme
            extreme = reduced(m, "REDUCE_MAX" if kind == "ARG_MAX" else "REDUCE_MIN", x, [axis])
            x = m.convert(at.compare(m, "EQUAL", x, extreme), "int32")
            x = x if kind == "ARG_MAX" else at.sub(m, m.number(0, x.type), x)
        before, after = int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis + 1 :]))
        rows = m.reshape(x, (before, x.shape[axis], after))
        wanted = op.output_data_type.value
        out = m.emit(kind, [rows, m.integers(1)], wanted, (before, after), output_type=TENSOR_TYPES[wanted])
        shape = (*order[:axis], *order[axis + 1 :])
        if op.keep_dimensions:
            m.put(op.output, m.reshape(out, in_order(op.output.shape, order)), order)
        else:
            ranks = sorted(shape)
            m.put(op.output, m.reshape(out, [op.input.shape[a] for a in shape]), tuple(ranks.index(a) for a in shape))

    return lower


lowers.rows({ArgMax: "ARG_MAX", ArgMin: "ARG_MIN"}, _position)


@lowers(CumulativeSum)
def cumulative_sum(op: CumulativeSum, m: Emitter) -> None:
    order = m.order(op.input)
    axis = order.index(op.axis)
    x = m.tensor(op.input, order)
    before, after = int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis + 1 :]))
    if x.type == "float32" and x.shape[axis] > MOST_TERMS:
        blocks = _blocks(m, x, axis)
        within = m.like("CUMSUM", blocks, m.number(2, "int32"), exclusive=op.exclusive, reverse=op.reversed)
        others = m.like("CUMSUM", reduced(m, "SUM", blocks, [2]), m.number(1, "int32"), exclusive=True, reverse=op.reversed)
        whole = m.reshape(at.add(m, within, others), (before, blocks.shape[1] * blocks.shape[2], after))
        out = cut(m, whole, (0, 0, 0), (before, x.shape[axis], after))
    else:
        rows = m.reshape(x, (before, x.shape[axis], after))
        out = m.like("CUMSUM", rows, m.number(1, "int32"), exclusive=op.exclusive, reverse=op.reversed)
    m.put(op.output, m.reshape(out, x.shape), order)
