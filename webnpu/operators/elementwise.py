"""Element-wise operators: arithmetic, comparison, logic, unary functions, casts and selection.

WebNN sections: Element-wise binary, logical and unary operations, cast, clamp, where.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

from ..agreement import BITWISE, EXACT, Agreement, near, within
from ..operator import Limits, MLNumber, MLOperand, Operator, Verdict, constraint, same
from ..shapes import broadcast
from ..types import ANY, FLOATS, NUMBERS, SIGNED, DataType, OperandDescriptor, cast_number

if TYPE_CHECKING:
    from ..builder import MLGraphBuilder

_LOGICAL = (DataType.UINT8,)
_EVERY = (*NUMBERS, DataType.INT8, DataType.UINT8)


class _Binary(Operator):
    a: Annotated[MLOperand, Limits(ANY, required=NUMBERS)]
    """The left operand."""
    b: Annotated[MLOperand, Limits(same("a"))]
    """The right operand."""

    output_limits = {"output": Limits(same("a"))}

    @constraint("C1", "the shapes of a and b are bidirectionally broadcastable")
    def _shapes(self) -> Verdict:
        return broadcast(self.a.shape, self.b.shape) is not None or f"{self.a.descriptor} and {self.b.descriptor}"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.a.data_type, broadcast(self.a.shape, self.b.shape) or ())


class Add(_Binary):
    """The sum of two tensors, broadcast: ``a + b``. Integers wrap modulo their range."""

    agreement: ClassVar[Agreement] = within(1)


class Sub(_Binary):
    """The difference of two tensors, broadcast: ``a - b``. Integers wrap modulo their range."""

    agreement: ClassVar[Agreement] = within(1)


class Mul(_Binary):
    """The product of two tensors, broadcast: ``a * b``. Integers wrap modulo their range."""

    agreement: ClassVar[Agreement] = within(1)


class Div(_Binary):
    """The quotient of two tensors, broadcast: ``a / b``. Integers truncate toward zero.

    Integer division by zero is implementation-defined.
    """

    agreement: ClassVar[Agreement] = within(2)


class Max(_Binary):
    """The greater of two tensors, element by element, broadcast: ``max(a, b)``."""


class Min(_Binary):
    """The lesser of two tensors, element by element, broadcast: ``min(a, b)``."""


class Pow(_Binary):
    """A tensor raised to the power of another, broadcast: ``a ** b``.

    A negative integer power of an integer is implementation-defined.
    """

    agreement: ClassVar[Agreement] = within(32, 2)


class _Comparison(_Binary):
    output_limits = {"output": Limits(_LOGICAL)}

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(DataType.UINT8, broadcast(self.a.shape, self.b.shape) or ())


class Equal(_Comparison):
    """Whether two tensors are equal, element by element: ``a == b``, as 1 or 0."""


class NotEqual(_Comparison):
    """Whether two tensors differ, element by element: ``a != b``, as 1 or 0."""

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        return b.logical_not(b.equal(self.a, self.b))


class Greater(_Comparison):
    """Whether a is greater than b, element by element: ``a > b``, as 1 or 0."""


class GreaterOrEqual(_Comparison):
    """Whether a is greater than or equal to b, element by element: ``a >= b``, as 1 or 0."""


class Lesser(_Comparison):
    """Whether a is less than b, element by element: ``a < b``, as 1 or 0."""


class LesserOrEqual(_Comparison):
    """Whether a is less than or equal to b, element by element: ``a <= b``, as 1 or 0."""


class LogicalNot(Operator):
    """Whether an element is zero: ``not a``, as 1 or 0."""

    a: Annotated[MLOperand, Limits(_LOGICAL)]
    """The operand; every value but 0 is true."""

    output_limits = {"output": Limits(same("a"), same("a"))}

    def infer(self) -> OperandDescriptor:
        return self.a.descriptor


class _LogicalBinary(_Comparison):
    a: Annotated[MLOperand, Limits(_LOGICAL)]
    """The left operand; every value but 0 is true."""

    output_limits = {"output": Limits(same("a"))}


class LogicalAnd(_LogicalBinary):
    """Whether both elements are true: ``a and b``, as 1 or 0."""


class LogicalOr(_LogicalBinary):
    """Whether any of the elements is true: ``a or b``, as 1 or 0."""


class LogicalXor(_LogicalBinary):
    """Whether exactly one of the elements is true: ``a xor b``, as 1 or 0."""


class _Classification(Operator):
    a: Annotated[MLOperand, Limits(FLOATS)]
    """The operand."""

    output_limits = {"output": Limits(_LOGICAL, same("a"))}

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(DataType.UINT8, self.a.shape)


class IsNaN(_Classification):
    """Whether an element is not a number: ``isnan(a)``, as 1 or 0."""


class IsInfinite(_Classification):
    """Whether an element is positive or negative infinity: ``isinf(a)``, as 1 or 0."""


class _Unary(Operator):
    input: Annotated[MLOperand, Limits(FLOATS)]
    """The operand."""

    def infer(self) -> OperandDescriptor:
        return self.input.descriptor


class _SignedUnary(_Unary):
    input: Annotated[MLOperand, Limits(SIGNED, required=NUMBERS)]
    """The operand."""


class Abs(_SignedUnary):
    """The absolute value: ``|x|``. The least integer of a type is its own absolute value."""

    agreement: ClassVar[Agreement] = BITWISE


class Ceil(_Unary):
    """The least integer that is not below the element: ``ceil(x)``."""


class Cos(_Unary):
    """The cosine, of radians: ``cos(x)``."""

    agreement: ClassVar[Agreement] = near(1 / 1024, 1 / 512)


class Erf(_Unary):
    """The Gauss error function: ``2/sqrt(pi) * integral from 0 to x of exp(-t**2)``."""

    agreement: ClassVar[Agreement] = near(1 / 1024, 1 / 512)


class Exp(_Unary):
    """The exponential: ``e ** x``."""

    agreement: ClassVar[Agreement] = within(32, 1)


class Floor(_Unary):
    """The greatest integer that is not above the element: ``floor(x)``."""


class Identity(_Unary):
    """The element itself: ``x``."""

    input: Annotated[MLOperand, Limits(ANY, required=NUMBERS)]
    """The operand."""

    agreement: ClassVar[Agreement] = BITWISE


class Log(_Unary):
    """The natural logarithm: ``log(x)``; NaN below zero."""

    agreement: ClassVar[Agreement] = within(8)


class Neg(_SignedUnary):
    """The element with its sign changed: ``-x``. The least integer of a type is its own negative."""

    agreement: ClassVar[Agreement] = BITWISE


class Reciprocal(_Unary):
    """The multiplicative inverse: ``1 / x``."""

    agreement: ClassVar[Agreement] = within(2)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        return b.div(b.constant(self.input.data_type, 1), self.input)


class RoundEven(_Unary):
    """The nearest integer, ties to the even one: ``round(x)``."""


class Sin(_Unary):
    """The sine, of radians: ``sin(x)``."""

    agreement: ClassVar[Agreement] = near(1 / 1024, 1 / 512)


class Sign(_SignedUnary):
    """-1 below zero, 1 above it, else the element itself: ``sign(x)``."""

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        zero, one = b.constant(self.input.data_type, 0), b.constant(self.input.data_type, 1)
        negative = b.where(b.lesser(self.input, zero), b.neg(one), self.input)
        return b.where(b.greater(self.input, zero), one, negative)


class Sqrt(_Unary):
    """The square root: ``sqrt(x)``; NaN below zero."""

    agreement: ClassVar[Agreement] = within(1)


class Tan(_Unary):
    """The tangent, of radians: ``tan(x)``."""

    agreement: ClassVar[Agreement] = near(1 / 1024, 1 / 512)


class Cast(Operator):
    """The same values in another data type.

    Float to integer truncates toward zero, and is implementation-defined out of range. Integer to a narrower
    integer keeps the low bits. To a float: the nearest value, ties to even, infinity out of range.
    """

    input: Annotated[MLOperand, Limits(ANY, required=_EVERY)]
    """The operand."""
    data_type: DataType
    """The data type of the output."""

    output_limits = {"output": Limits(ANY, same("input"), required=_EVERY)}
    agreement: ClassVar[Agreement] = EXACT

    @constraint("C1", "dataType is one of WebNN's eight data types")
    def _data_type(self) -> Verdict:
        return self.data_type in ANY or str(self.data_type)

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.data_type, self.input.shape)


class Clamp(Operator):
    """The element, or the nearest bound where it lies outside: ``min(max(x, minValue), maxValue)``. NaN stays NaN.

    A bound that is NaN bounds nothing.
    """

    input: Annotated[MLOperand, Limits(ANY, required=FLOATS)]
    """The operand."""
    min_value: MLNumber | None = None
    """The lower bound, cast to the data type of input; absent, there is none."""
    max_value: MLNumber | None = None
    """The upper bound, cast to the data type of input; absent, there is none."""

    @property
    def bounds(self) -> tuple[int | float, int | float]:
        """The bounds in the data type of input; of a float, infinities where absent or NaN."""
        return self._bound(self.min_value, -math.inf), self._bound(self.max_value, math.inf)

    def _bound(self, value: int | float | None, absent: float) -> int | float:
        bound = cast_number(absent if value is None else value, self.input.data_type)
        return absent if math.isnan(bound) else bound

    @constraint("C1", "minValue is not greater than maxValue, once both are cast to the data type of input")
    def _ordered(self) -> Verdict:
        low, high = self.bounds
        return not low > high or f"minValue {low} and maxValue {high}"

    def infer(self) -> OperandDescriptor:
        return self.input.descriptor

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        low, high = (b.constant(self.input.data_type, bound) for bound in self.bounds)
        return b.min(b.max(self.input, low), high)


class Where(Operator):
    """One of two values by a condition, broadcast: ``trueValue if condition else falseValue``."""

    condition: Annotated[MLOperand, Limits(_LOGICAL)]
    """What decides; every value but 0 is true."""
    true_value: Annotated[MLOperand, Limits(ANY, required=NUMBERS)]
    """The values where the condition is true."""
    false_value: Annotated[MLOperand, Limits(same("true_value"))]
    """The values where it is false."""

    output_limits = {"output": Limits(same("true_value"))}
    agreement: ClassVar[Agreement] = BITWISE

    @constraint("C1", "the shapes of trueValue and falseValue are bidirectionally broadcastable")
    def _values(self) -> Verdict:
        fits = broadcast(self.true_value.shape, self.false_value.shape) is not None
        return fits or f"{self.true_value.descriptor} and {self.false_value.descriptor}"

    @constraint("C2", "the shape of condition is bidirectionally broadcastable with that of the values")
    def _condition(self) -> Verdict:
        values = broadcast(self.true_value.shape, self.false_value.shape) or ()
        return broadcast(self.condition.shape, values) is not None or f"{self.condition.descriptor} and {list(values)}"

    def infer(self) -> OperandDescriptor:
        values = broadcast(self.true_value.shape, self.false_value.shape) or ()
        return OperandDescriptor(self.true_value.data_type, broadcast(self.condition.shape, values) or ())
