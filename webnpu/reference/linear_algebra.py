"""Matrix products and triangles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.linear_algebra import Gemm, Matmul, Triangular
from ..types import cast_number
from .evaluate import evaluates

Array = NDArray[Any]


@evaluates(Gemm)
def gemm(op: Gemm, a: Array, b: Array, c: Array | None) -> Array:
    alpha, beta = (float(cast_number(factor, op.a.data_type)) for factor in (op.alpha, op.beta))
    product = alpha * ((a.T if op.a_transpose else a) @ (b.T if op.b_transpose else b))
    return product if c is None else product + beta * c


@evaluates(Matmul)
def matmul(op: Matmul, a: Array, b: Array) -> Array:
    return np.asarray(a @ b)


@evaluates(Triangular)
def triangular(op: Triangular, x: Array) -> Array:
    return np.triu(x, op.diagonal) if op.upper else np.tril(x, op.diagonal)
