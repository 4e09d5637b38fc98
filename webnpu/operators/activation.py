"""Activations: the nonlinear functions between layers.

WebNN sections: elu, gelu, hardSigmoid, hardSwish, leakyRelu, linear, prelu, relu, sigmoid, softmax, softplus,
softsign, tanh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from ..agreement import Agreement, accumulated, near, within
from ..operator import Double, Limits, MLOperand, Operator, UInt, Verdict, constraint, same
from ..shapes import broadcast
from ..types import FLOATS, SIGNED, OperandDescriptor

if TYPE_CHECKING:
    from ..builder import MLGraphBuilder


class _Activation(Operator):
    input: Annotated[MLOperand, Limits(FLOATS)]
    """The operand."""

    def infer(self) -> OperandDescriptor:
        return self.input.descriptor

    def _number(self, b: MLGraphBuilder, value: float) -> MLOperand:
        return b.constant(self.input.data_type, value)


class Elu(_Activation):
    """The exponential linear unit: ``max(0, x) + alpha * (exp(min(0, x)) - 1)``."""

    alpha: Double = 1.0
    """The factor below zero."""

    agreement: ClassVar[Agreement] = within(18)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        zero, one, alpha = (self._number(b, value) for value in (0, 1, self.alpha))
        return b.add(b.max(zero, self.input), b.mul(alpha, b.sub(b.exp(b.min(zero, self.input)), one)))


class Gelu(_Activation):
    """The Gaussian error linear unit: ``0.5 * x * (1 + erf(x / sqrt(2)))``."""

    agreement: ClassVar[Agreement] = within(18)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        erf = b.erf(b.div(self.input, b.sqrt(self._number(b, 2))))
        return b.mul(b.mul(self.input, self._number(b, 0.5)), b.add(self._number(b, 1), erf))


class HardSigmoid(_Activation):
    """A sigmoid of straight lines: ``max(0, min(1, alpha * x + beta))``."""

    alpha: Double = 0.2
    """The slope."""
    beta: Double = 0.5
    """The value at zero."""

    agreement: ClassVar[Agreement] = within(2)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        line = b.add(b.mul(self._number(b, self.alpha), self.input), self._number(b, self.beta))
        return b.max(b.min(line, self._number(b, 1)), self._number(b, 0))


class HardSwish(_Activation):
    """A swish of straight lines: ``x * max(0, min(6, x + 3)) / 6``."""

    agreement: ClassVar[Agreement] = within(4)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        zero, three, six = (self._number(b, value) for value in (0, 3, 6))
        return b.div(b.mul(self.input, b.max(zero, b.min(six, b.add(self.input, three)))), six)


class LeakyRelu(_Activation):
    """A rectifier that leaks: ``max(0, x) + alpha * min(0, x)``."""

    alpha: Double = 0.01
    """The slope below zero."""

    agreement: ClassVar[Agreement] = within(1, 2)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        zero = self._number(b, 0)
        return b.add(b.max(zero, self.input), b.mul(self._number(b, self.alpha), b.min(zero, self.input)))


class Linear(_Activation):
    """A straight line: ``alpha * x + beta``."""

    alpha: Double = 1.0
    """The slope."""
    beta: Double = 0.0
    """The value at zero."""

    agreement: ClassVar[Agreement] = within(2)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        return b.add(b.mul(self.input, self._number(b, self.alpha)), self._number(b, self.beta))


class Prelu(Operator):
    """A rectifier with a slope of each element's own, broadcast: ``max(0, x) + slope * min(0, x)``."""

    input: Annotated[MLOperand, Limits(SIGNED, required=FLOATS)]
    """The operand."""
    slope: Annotated[MLOperand, Limits(same("input"))]
    """The slope below zero."""

    output_limits = {"output": Limits(same("input"))}
    agreement: ClassVar[Agreement] = within(1)

    @constraint("C1", "the shapes of slope and input are bidirectionally broadcastable")
    def _shapes(self) -> Verdict:
        fits = broadcast(self.slope.shape, self.input.shape) is not None
        return fits or f"{self.slope.descriptor} and {self.input.descriptor}"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.input.data_type, broadcast(self.slope.shape, self.input.shape) or ())

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        zero = b.constant(self.input.data_type, 0)
        return b.add(b.max(zero, self.input), b.mul(self.slope, b.min(zero, self.input)))


class Relu(_Activation):
    """The rectified linear unit: ``max(0, x)``."""

    input: Annotated[MLOperand, Limits(SIGNED, required=FLOATS)]
    """The operand."""

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        return b.max(self._number(b, 0), self.input)


class Sigmoid(_Activation):
    """The logistic function: ``1 / (1 + exp(-x))``."""

    agreement: ClassVar[Agreement] = within(34, 10)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        one = self._number(b, 1)
        return b.div(one, b.add(b.exp(b.neg(self.input)), one))


class Softmax(_Activation):
    """Exponentials along one axis, scaled to sum to one: ``exp(x - max(x)) / sum(exp(x - max(x)))``."""

    input: Annotated[MLOperand, Limits(FLOATS, (1, None))]
    """The operand."""
    axis: UInt
    """The dimension that is normalised."""

    agreement: ClassVar[Agreement] = accumulated("3n + 3", lambda op: 3 * op.input.shape[op.axis] + 3)

    @constraint("C1", "axis is below the rank of input")
    def _axis(self) -> Verdict:
        return self.axis < self.input.rank or f"axis {self.axis} and rank {self.input.rank}"

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        along: dict[str, Any] = {"axes": [self.axis], "keep_dimensions": True}
        exponentials = b.exp(b.sub(self.input, b.reduce_max(self.input, **along)))
        return b.div(exponentials, b.reduce_sum(exponentials, **along))


class Softplus(_Activation):
    """A smooth rectifier: ``log(1 + exp(x))``."""

    agreement: ClassVar[Agreement] = within(18)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        """``max(x, 0) + log(1 + exp(-|x|))``, which does not overflow."""
        correction = b.log(b.add(b.exp(b.neg(b.abs(self.input))), self._number(b, 1)))
        return b.add(b.max(self.input, self._number(b, 0)), correction)


class Softsign(_Activation):
    """A smooth sign: ``x / (1 + |x|)``."""

    agreement: ClassVar[Agreement] = within(3)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        return b.div(self.input, b.add(self._number(b, 1), b.abs(self.input)))


class Tanh(_Activation):
    """The hyperbolic tangent: ``(exp(2x) - 1) / (exp(2x) + 1)``."""

    agreement: ClassVar[Agreement] = near(1 / 1024, 1 / 512)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        """``1 - 2 / (exp(2x) + 1)``, which does not overflow."""
        one, two = self._number(b, 1), self._number(b, 2)
        return b.sub(one, b.div(two, b.add(b.exp(b.mul(two, self.input)), one)))
