"""Matrix products and triangles."""

from __future__ import annotations

from ...operators.linear_algebra import Gemm, Matmul, Triangular
from .elementwise import same_inputs
from .writer import Writer, exports

exports(Matmul)(same_inputs("MatMul"))


@exports(Gemm)
def gemm(op: Gemm, w: Writer) -> str:
    c = [] if op.c is None else [w(op.c)]
    transposed = {"transA": int(op.a_transpose), "transB": int(op.b_transpose)}
    return w.node("Gemm", w(op.a), w(op.b), *c, alpha=op.alpha, beta=op.beta, **transposed)


@exports(Triangular)
def triangular(op: Triangular, w: Writer) -> str:
    limit = sum(op.input.shape[-2:])  # beyond it, diagonals are all alike
    diagonal = w.reshape(w.integers([min(max(op.diagonal, -limit), limit)]), [])
    return w.node("Trilu", w(op.input), diagonal, upper=int(op.upper))
