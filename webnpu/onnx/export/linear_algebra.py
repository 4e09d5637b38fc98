"""Matrix products and triangles."""

from __future__ import annotations

from ...operators.linear_algebra import Gemm, Matmul, Triangular
from ...types import DataType
from .elementwise import same_inputs
from .writer import Writer, exports

exports(Matmul)(same_inputs("MatMul"))


@exports(Gemm)
def gemm(op: Gemm, w: Writer) -> str:
    c = [] if op.c is None else [w(op.c)]
    transposed = {"transA": int(op.a_transpose), "transB": int(op.b_transpose)}
    return w.node("Gemm", w(op.a), w(op.b), *c, alpha=op.alpha, beta=op.beta, **transposed)


@exports(Triangular, since=14)
def triangular(op: Triangular, w: Writer) -> str:
    limit = sum(op.input.shape[-2:])  # beyond it, diagonals are all alike
    diagonal = w.reshape(w.integers([min(max(op.diagonal, -limit), limit)]), [])
    data_type = op.input.data_type
    if data_type.is_float or data_type is DataType.INT64:
        return w.node("Trilu", w(op.input), diagonal, upper=int(op.upper))
    wide = w.cast(w(op.input), DataType.INT64)  # ONNX Runtime has it for floats and int64
    return w.cast(w.node("Trilu", wide, diagonal, upper=int(op.upper)), data_type)
