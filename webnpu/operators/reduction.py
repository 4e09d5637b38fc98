"""Reductions along axes, the positions of extremes, and running sums.

WebNN sections: argMin/argMax operations, cumulativeSum, Reduction operations.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from ..agreement import Agreement, accumulated
from ..operator import Bool, Limits, MLOperand, Operator, UInt, Verdict, constraint, same
from ..shapes import reduced
from ..types import ANY, FLOATS, NUMBERS, WIDE, DataType, OperandDescriptor

if TYPE_CHECKING:
    from ..builder import MLGraphBuilder


class _ArgMinMax(Operator):
    input: Annotated[MLOperand, Limits(ANY, (1, None), required=NUMBERS)]
    """The operand."""
    axis: UInt
    """The dimension along which the extreme is looked for."""
    keep_dimensions: Bool = False
    """Whether that dimension stays, with size 1."""
    output_data_type: DataType = DataType.INT32
    """The data type of the positions: int32 or int64."""

    output_limits = {"output": Limits((DataType.INT32, DataType.INT64), required=(DataType.INT32,))}

    @constraint("C1", "axis is below the rank of input")
    def _axis(self) -> Verdict:
        return self.axis < self.input.rank or f"axis {self.axis} and rank {self.input.rank}"

    @constraint("C2", "outputDataType is int32 or int64")
    def _output_data_type(self) -> Verdict:
        return self.output_data_type in self.output_limits["output"].types or f"{self.output_data_type}"  # type: ignore[operator]

    @constraint("C3", "outputDataType can hold every position along axis")
    def _holds(self) -> Verdict:
        return self.input.shape[self.axis] <= self.output_data_type.maximum or f"{self.input.shape[self.axis]} positions"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.output_data_type, reduced(self.input.shape, (self.axis,), self.keep_dimensions))


class ArgMin(_ArgMinMax):
    """The position of the least element along an axis. Of equal ones, this specification takes the first."""


class ArgMax(_ArgMinMax):
    """The position of the greatest element along an axis. Of equal ones, this specification takes the first."""


class CumulativeSum(Operator):
    """The running sum along an axis: ``output[i] = sum(input[0..i])``."""

    input: Annotated[MLOperand, Limits(WIDE, (1, None), required=NUMBERS)]
    """The operand."""
    axis: UInt
    """The dimension along which is summed."""
    exclusive: Bool = False
    """Whether a sum leaves out the element at its own place."""
    reversed: Bool = False
    """Whether the sum runs from the end."""

    agreement: ClassVar[Agreement] = accumulated("n - 1", lambda op: op.input.shape[op.axis] - 1)

    @constraint("C1", "axis is below the rank of input")
    def _axis(self) -> Verdict:
        return self.axis < self.input.rank or f"axis {self.axis} and rank {self.input.rank}"

    def infer(self) -> OperandDescriptor:
        return self.input.descriptor


class _Reduce(Operator):
    input: Annotated[MLOperand, Limits(FLOATS)]
    """The operand."""
    axes: tuple[UInt, ...] | None = None
    """The dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied."""
    keep_dimensions: Bool = False
    """Whether the reduced dimensions stay, with size 1."""

    output_limits = {"output": Limits(same("input"))}

    @property
    def resolved_axes(self) -> tuple[int, ...]:
        """The dimensions to reduce."""
        return tuple(range(self.input.rank)) if self.axes is None else self.axes

    @property
    def terms(self) -> int:
        """How many elements each element of the output is made of."""
        return prod(self.input.shape[axis] for axis in self.resolved_axes)

    @constraint("C1", "every axis is below the rank of input")
    def _axes(self) -> Verdict:
        return all(axis < self.input.rank for axis in self.resolved_axes) or f"{list(self.resolved_axes)} and rank {self.input.rank}"

    @constraint("C2", "no axis is repeated")
    def _unique(self) -> Verdict:
        return len(set(self.resolved_axes)) == len(self.resolved_axes) or f"{list(self.resolved_axes)}"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.input.data_type, reduced(self.input.shape, self.resolved_axes, self.keep_dimensions))

    def _over(self) -> dict[str, Any]:
        return {"axes": self.axes, "keep_dimensions": self.keep_dimensions}


class _ReduceWide(_Reduce):
    input: Annotated[MLOperand, Limits(WIDE, required=NUMBERS)]
    """The operand."""


class _ReduceAny(_Reduce):
    input: Annotated[MLOperand, Limits(ANY, required=NUMBERS)]
    """The operand."""


def _terms(words: str, ulp: Callable[[int], int]) -> Agreement:
    return accumulated(words, lambda op: ulp(op.terms))


class ReduceL1(_ReduceWide):
    """The sum of absolute values: ``sum(|x|)``. Integers wrap modulo their range."""

    agreement: ClassVar[Agreement] = _terms("n", lambda n: n)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        signed = self.input.data_type.is_signed
        return b.reduce_sum(b.abs(self.input) if signed else self.input, **self._over())


class ReduceL2(_Reduce):
    """The Euclidean norm: ``sqrt(sum(x**2))``."""

    agreement: ClassVar[Agreement] = _terms("2n + 1", lambda n: 2 * n + 1)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        return b.sqrt(b.reduce_sum_square(self.input, **self._over()))


class ReduceLogSum(_Reduce):
    """The logarithm of the sum: ``log(sum(x))``."""

    agreement: ClassVar[Agreement] = _terms("n + 18", lambda n: n + 18)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        return b.log(b.reduce_sum(self.input, **self._over()))


class ReduceLogSumExp(_Reduce):
    """The logarithm of the sum of exponentials: ``log(sum(exp(x)))``."""

    agreement: ClassVar[Agreement] = _terms("2n + 18", lambda n: 2 * n + 18)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        """``max(x) + log(sum(exp(x - max(x))))``, which does not overflow while every x is finite."""
        greatest = b.reduce_max(self.input, axes=self.axes, keep_dimensions=True)
        total = b.reduce_sum(b.exp(b.sub(self.input, greatest)), **self._over())
        return b.add(b.log(total), b.reshape(greatest, total.shape))


class ReduceMax(_ReduceAny):
    """The greatest element: ``max(x)``."""


class ReduceMean(_Reduce):
    """The mean: ``sum(x) / n``."""

    agreement: ClassVar[Agreement] = _terms("n + 2", lambda n: n + 2)


class ReduceMin(_ReduceAny):
    """The least element: ``min(x)``."""


class ReduceProduct(_ReduceWide):
    """The product: ``prod(x)``. Integers wrap modulo their range."""

    input: Annotated[MLOperand, Limits(WIDE)]
    """The operand."""

    agreement: ClassVar[Agreement] = _terms("n", lambda n: n)


class ReduceSum(_ReduceWide):
    """The sum: ``sum(x)``. Integers wrap modulo their range."""

    agreement: ClassVar[Agreement] = _terms("n", lambda n: n)


class ReduceSumSquare(_ReduceWide):
    """The sum of squares: ``sum(x**2)``. Integers wrap modulo their range."""

    agreement: ClassVar[Agreement] = _terms("2n", lambda n: 2 * n)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        return b.reduce_sum(b.mul(self.input, self.input), **self._over())
