"""Matrix products and triangles.

WebNN sections: gemm, matmul, triangular.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from ..agreement import Agreement, accumulated
from ..operator import Bool, Double, Int, Limits, MLOperand, Operator, Verdict, constraint, same
from ..shapes import broadcast, broadcasts_to
from ..types import ANY, FLOATS, DataType, OperandDescriptor, Shape

if TYPE_CHECKING:
    from ..builder import MLGraphBuilder


def _gemm_ulp(op: Any) -> int:
    """Two for each term; one for a factor of the product, one for adding c, one for a factor of c."""
    return int(2 * op.shapes[0][1] + (op.alpha != 1) + (op.c is not None) * (1 + (op.beta != 1)))


class Gemm(Operator):
    """The general product of two matrices: ``alpha * A * B + beta * C``, with A and B transposed where asked."""

    a: Annotated[MLOperand, Limits(FLOATS, 2)]
    """The left matrix, [M, K], or [K, M] when transposed."""
    b: Annotated[MLOperand, Limits(same("a"), 2)]
    """The right matrix, [K, N], or [N, K] when transposed."""
    c: Annotated[MLOperand | None, Limits(same("a"), (0, 2))] = None
    """What is added; broadcast to [M, N]."""
    alpha: Double = 1.0
    """The factor of the product."""
    beta: Double = 1.0
    """The factor of c."""
    a_transpose: Bool = False
    """Whether a is transposed first."""
    b_transpose: Bool = False
    """Whether b is transposed first."""

    output_limits = {"output": Limits(same("a"), 2)}

    agreement: ClassVar[Agreement] = accumulated("2k, and 1 each for alpha, c and beta,", _gemm_ulp)

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        """The shapes of a and b, once transposed."""
        return self.a.shape[:: -1 if self.a_transpose else 1], self.b.shape[:: -1 if self.b_transpose else 1]

    @constraint("C1", "the columns of a are as many as the rows of b")
    def _inner(self) -> Verdict:
        a, b = self.shapes
        return a[1] == b[0] or f"{list(a)} and {list(b)}"

    @constraint("C2", "c is unidirectionally broadcastable to the output")
    def _c(self) -> Verdict:
        a, b = self.shapes
        return self.c is None or broadcasts_to(self.c.shape, (a[0], b[1])) or f"{self.c.descriptor} for an output of {[a[0], b[1]]}"

    def infer(self) -> OperandDescriptor:
        a, b = self.shapes
        return OperandDescriptor(self.a.data_type, (a[0], b[1]))

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        """The factors are applied only where they are not one, so that nothing is rounded in vain."""

        def scaled(x: MLOperand, factor: float) -> MLOperand:
            return x if factor == 1 else b.mul(b.constant(x.data_type, factor), x)

        left = b.transpose(self.a) if self.a_transpose else self.a
        right = b.transpose(self.b) if self.b_transpose else self.b
        product = scaled(b.matmul(left, right), self.alpha)
        return product if self.c is None else b.add(product, scaled(self.c, self.beta))


class Matmul(Operator):
    """The product of matrices, batch by batch: ``output[..., m, n] = sum over k of a[..., m, k] * b[..., k, n]``."""

    a: Annotated[MLOperand, Limits(FLOATS, (2, None))]
    """The left matrices, [..., M, K]."""
    b: Annotated[MLOperand, Limits(same("a"), (2, None))]
    """The right matrices, [..., K, N]."""

    output_limits = {"output": Limits(same("a"), (2, None))}
    agreement: ClassVar[Agreement] = accumulated("2k", lambda op: 2 * op.a.shape[-1])

    @constraint("C1", "the columns of a are as many as the rows of b")
    def _inner(self) -> Verdict:
        return self.a.shape[-1] == self.b.shape[-2] or f"{self.a.descriptor} and {self.b.descriptor}"

    @constraint("C2", "the batch dimensions of a and b are bidirectionally broadcastable")
    def _batches(self) -> Verdict:
        return broadcast(self.a.shape[:-2], self.b.shape[:-2]) is not None or f"{self.a.descriptor} and {self.b.descriptor}"

    def infer(self) -> OperandDescriptor:
        batches = broadcast(self.a.shape[:-2], self.b.shape[:-2]) or ()
        return OperandDescriptor(self.a.data_type, (*batches, self.a.shape[-2], self.b.shape[-1]))


class Triangular(Operator):
    """The upper or lower triangle of matrices, zero elsewhere."""

    input: Annotated[MLOperand, Limits(ANY, (2, None), required=FLOATS)]
    """The matrices, [..., M, N]."""
    upper: Bool = True
    """Whether the upper triangle is kept, or the lower."""
    diagonal: Int = 0
    """Which diagonal bounds the triangle: 0 the main one, above 0 to the right of it, below 0 to the left. It is kept."""

    def infer(self) -> OperandDescriptor:
        return self.input.descriptor

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        mask = np.ones(self.input.shape[-2:], np.uint8)
        kept = np.triu(mask, self.diagonal) if self.upper else np.tril(mask, self.diagonal)
        condition = b.constant(OperandDescriptor(DataType.UINT8, kept.shape), kept)
        return b.where(condition, self.input, b.constant(self.input.data_type, 0))
