"""Matrix products and triangles."""

from __future__ import annotations

import numpy as np

from webnpu.operators.linear_algebra import Gemm, Matmul, Triangular

from ..mil import Var
from .model import Model, Value, lowers
from .wide import in_halves


@lowers(Gemm)
def gemm(op: Gemm, m: Model) -> Var:
    a, b = m.of(op.a), m.of(op.b)
    out = m.emit("matmul", a.dtype, op.output.shape, x=a, y=b, transpose_x=op.a_transpose, transpose_y=op.b_transpose)
    if op.alpha != 1:
        out = m.binary("mul", out, op.alpha)
    if op.c is None:
        return out
    c = m.of(op.c)
    return m.binary("add", out, c if op.beta == 1 else m.binary("mul", c, op.beta))


@lowers(Matmul)
def matmul(op: Matmul, m: Model) -> Var:
    a, b = m.of(op.a), m.of(op.b)
    return m.emit("matmul", a.dtype, op.output.shape, x=a, y=b, transpose_x=False, transpose_y=False)


@lowers(Triangular)
def triangular(op: Triangular, m: Model) -> Value:
    """By a mask: band_part multiplies, which makes NaN of an infinity, and cannot drop the main diagonal."""
    ones = np.ones(op.input.shape[-2:], np.bool_)
    kept = np.triu(ones, op.diagonal) if op.upper else np.tril(ones, op.diagonal)
    mask = m.constant(kept, "bool")
    return in_halves(m, op.input, lambda: m.select(mask, m.of(op.input), m.filled(op.input, 0, (1,))))  # type: ignore[no-any-return]
