"""Matrix products. One whose right side is a constant matrix becomes a FULLY_CONNECTED, which also adds a bias."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce

import numpy as np

from webnpu.operators.linear_algebra import Gemm, Matmul
from webnpu.shapes import broadcast
from webnpu.types import Shape, cast_number

from ..emitter import Emitter, lowers
from ..flatbuffer import Tensor
from ..schema import DEEP_RANK
from . import arithmetic as at
from .movement import cut, merged_expansion

MOST_TERMS = 1 << 20
"""How many products the kernels are left to add one after the other: more lose too many digits, and past 2**24 all of them."""


def _product(m: Emitter, multiply: Callable[[Tensor, Tensor], Tensor], a: Tensor, b: Tensor, b_axis: int) -> Tensor:
    """A product of matrices; of long rows, the sum of the products of slices of a's last axis and of that axis of b."""
    size = a.shape[-1]
    if size <= MOST_TERMS:
        return multiply(a, b)
    slices = ((start, min(MOST_TERMS, size - start)) for start in range(0, size, MOST_TERMS))
    parts = (multiply(_slice(m, a, a.rank - 1, start, count), _slice(m, b, b_axis, start, count)) for start, count in slices)
    return reduce(partial(at.add, m), parts)


def _slice(m: Emitter, x: Tensor, axis: int, start: int, count: int) -> Tensor:
    """A part of a tensor along one axis; of a constant when the model is made."""
    if x.data is not None:
        return m.model.constant(np.ascontiguousarray(x.data[(slice(None),) * axis + (slice(start, start + count),)]))
    starts, sizes = [0] * x.rank, list(x.shape)
    starts[axis], sizes[axis] = start, count
    return cut(m, x, starts, sizes)


@lowers(Gemm)
def gemm(op: Gemm, m: Emitter) -> None:
    a = m.tensor(op.a, (1, 0) if op.a_transpose else None)
    weights = m.tensor(op.b, None if op.b_transpose else (1, 0))
    shape = op.output.shape
    alpha, beta = (float(cast_number(factor, op.a.data_type)) for factor in (op.alpha, op.beta))
    bias = m.constant_of(op.c) if op.c is not None and alpha == 1 and beta == 1 else None
    if a.shape[1] <= MOST_TERMS and bias is not None and bias.size in (1, shape[1]) and op.c is not None and op.c.shape[:-1] in ((), (1,)):
        vector = m.model.constant(np.ascontiguousarray(np.broadcast_to(bias.reshape(-1), (shape[1],))))
        m.put(op.output, m.emit("FULLY_CONNECTED", [a, weights, vector], "float32", shape))
        return
    out = _product(m, lambda a, b: m.emit("FULLY_CONNECTED", [a, b, None], "float32", shape), a, weights, 1)
    out = out if alpha == 1 else at.mul(m, out, alpha)
    if op.c is not None:
        c = m.tensor(op.c)
        out = at.add(m, out, c if beta == 1 else at.mul(m, c, beta))
    m.put(op.output, out)


@lowers(Matmul)
def matmul(op: Matmul, m: Emitter) -> None:
    if m.values[op.b].array is not None and int(np.prod(op.b.shape[:-2])) == 1:
        m.put(op.output, _by_weights(op, m))
        return
    a, b = m.tensor(op.a), m.tensor(op.b)
    batches = broadcast(op.a.shape[:-2], op.b.shape[:-2]) or ()
    if len(batches) > 2:
        a, b, batches = _merged_batches(m, a, b, op)
    shape = (*batches, a.shape[-2], b.shape[-1])
    out = _product(m, lambda a, b: m.emit("BATCH_MATMUL", [a, b], "float32", shape), a, b, b.rank - 2)
    m.put(op.output, m.reshape(out, op.output.shape))


def _by_weights(op: Matmul, m: Emitter) -> Tensor:
    rank = op.b.rank
    turned = m.tensor(op.b, (*range(rank - 2), rank - 1, rank - 2))
    weights = m.reshape(turned, op.b.shape[:-3:-1])
    a = m.tensor(op.a)
    if op.output.shape[:-1] != a.shape[:-1]:  # b has more dimensions than a
        a = m.reshape(a, (*op.output.shape[:-1], a.shape[-1]))
    if op.output.rank < DEEP_RANK:
        return _product(m, partial(_connected, m, op.output.shape), a, weights, 1)
    rows = int(np.prod(op.output.shape[:-1]))  # XNNPACK takes the operator, and then fails at that rank
    flat = _product(m, partial(_connected, m, (rows, op.output.shape[-1])), m.reshape(a, (rows, a.shape[-1])), weights, 1)
    return m.reshape(flat, op.output.shape)


def _connected(m: Emitter, shape: Shape, a: Tensor, weights: Tensor) -> Tensor:
    return m.emit("FULLY_CONNECTED", [a, weights, None], "float32", shape, keep_num_dims=True)


def _merged_batches(m: Emitter, a: Tensor, b: Tensor, op: Matmul) -> tuple[Tensor, Tensor, tuple[int, ...]]:
    """Both with one dimension of batches, repeated where they are broadcast."""
    batches = op.output.shape[:-2]
    count = int(np.prod(batches))
    sides = []
    for tensor, operand in ((a, op.a), (b, op.b)):
        matrices = operand.shape[-2:]
        if int(np.prod(operand.shape[:-2])) != count:
            tensor = _repeated(m, tensor, (*batches, *matrices))
        sides.append(m.reshape(tensor, (count, *matrices)))
    return sides[0], sides[1], (count,)


def _repeated(m: Emitter, x: Tensor, shape: tuple[int, ...]) -> Tensor:
    padded = (1,) * (len(shape) - x.rank) + x.shape
    narrow, wide = merged_expansion(padded, shape)
    return m.reshape(m.emit("BROADCAST_TO", [m.reshape(x, narrow), m.integers(*wide)], x.type, wide), shape)
