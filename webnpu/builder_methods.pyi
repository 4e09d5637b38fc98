"""The methods of MLGraphBuilder that add operators. Made by ``python -m webnpu.generate`` from the operators' classes."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .operator import MLOperand, Operator
from .operators.convolution import MLConv2dFilterOperandLayout, MLConvTranspose2dFilterOperandLayout, MLInputOperandLayout
from .operators.movement import MLPaddingMode
from .operators.pooling import MLRoundingType
from .operators.recurrent import MLGruWeightLayout, MLLstmWeightLayout, MLRecurrentNetworkActivation, MLRecurrentNetworkDirection
from .operators.resampling import MLInterpolationMode
from .types import DataType

_DataType = DataType | Literal["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8", "int4", "uint4"]

class BuilderMethods:
    """One method for each operator."""

    def apply(self, operator: type[Operator], arguments: Mapping[str, Any]) -> tuple[MLOperand, ...]:
        """Add one use of an operator, by its class; `MLGraphBuilder.apply` does."""

    def add(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The sum of two tensors, broadcast: ``a + b``. Integers wrap modulo their range.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def sub(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The difference of two tensors, broadcast: ``a - b``. Integers wrap modulo their range.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def mul(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The product of two tensors, broadcast: ``a * b``. Integers wrap modulo their range.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def div(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The quotient of two tensors, broadcast: ``a / b``. Integers truncate toward zero.

        Integer division by zero is implementation-defined.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def max(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The greater of two tensors, element by element, broadcast: ``max(a, b)``.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def min(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The lesser of two tensors, element by element, broadcast: ``min(a, b)``.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def pow(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """A tensor raised to the power of another, broadcast: ``a ** b``.

        A negative integer power of an integer is implementation-defined.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def equal(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether two tensors are equal, element by element: ``a == b``, as 1 or 0.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def not_equal(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether two tensors differ, element by element: ``a != b``, as 1 or 0.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def greater(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether a is greater than b, element by element: ``a > b``, as 1 or 0.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def greater_or_equal(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether a is greater than or equal to b, element by element: ``a >= b``, as 1 or 0.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def lesser(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether a is less than b, element by element: ``a < b``, as 1 or 0.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def lesser_or_equal(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether a is less than or equal to b, element by element: ``a <= b``, as 1 or 0.

        Args:
            a: the left operand.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def logical_not(
        self,
        a: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether an element is zero: ``not a``, as 1 or 0.

        Args:
            a: the operand; every value but 0 is true.
            label: a name for this use of the operator, which error messages repeat.
        """

    def logical_and(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether both elements are true: ``a and b``, as 1 or 0.

        Args:
            a: the left operand; every value but 0 is true.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def logical_or(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether any of the elements is true: ``a or b``, as 1 or 0.

        Args:
            a: the left operand; every value but 0 is true.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def logical_xor(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether exactly one of the elements is true: ``a xor b``, as 1 or 0.

        Args:
            a: the left operand; every value but 0 is true.
            b: the right operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def is_nan(
        self,
        a: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether an element is not a number: ``isnan(a)``, as 1 or 0.

        Args:
            a: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def is_infinite(
        self,
        a: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Whether an element is positive or negative infinity: ``isinf(a)``, as 1 or 0.

        Args:
            a: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def abs(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The absolute value: ``|x|``. The least integer of a type is its own absolute value.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def ceil(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The least integer that is not below the element: ``ceil(x)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def cos(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The cosine, of radians: ``cos(x)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def erf(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The Gauss error function: ``2/sqrt(pi) * integral from 0 to x of exp(-t**2)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def exp(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The exponential: ``e ** x``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def floor(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The greatest integer that is not above the element: ``floor(x)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def identity(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The element itself: ``x``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def log(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The natural logarithm: ``log(x)``; NaN below zero.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def neg(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The element with its sign changed: ``-x``. The least integer of a type is its own negative.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reciprocal(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The multiplicative inverse: ``1 / x``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def round_even(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The nearest integer, ties to the even one: ``round(x)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def sin(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The sine, of radians: ``sin(x)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def sign(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """-1 below zero, 1 above it, else the element itself: ``sign(x)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def sqrt(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The square root: ``sqrt(x)``; NaN below zero.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def tan(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The tangent, of radians: ``tan(x)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def cast(
        self,
        input: MLOperand,
        data_type: _DataType,
        *,
        label: str = "",
    ) -> MLOperand:
        """The same values in another data type.

        Float to integer truncates toward zero, and is implementation-defined out of range. Integer to a narrower
        integer keeps the low bits. To a float: the nearest value, ties to even, infinity out of range.

        Args:
            input: the operand.
            data_type: the data type of the output.
            label: a name for this use of the operator, which error messages repeat.
        """

    def clamp(
        self,
        input: MLOperand,
        *,
        min_value: int | float | None = None,
        max_value: int | float | None = None,
        label: str = "",
    ) -> MLOperand:
        """The element, or the nearest bound where it lies outside: ``min(max(x, minValue), maxValue)``. NaN stays NaN.

        A bound that is NaN bounds nothing.

        Args:
            input: the operand.
            min_value: the lower bound, cast to the data type of input; absent, there is none.
            max_value: the upper bound, cast to the data type of input; absent, there is none.
            label: a name for this use of the operator, which error messages repeat.
        """

    def where(
        self,
        condition: MLOperand,
        true_value: MLOperand,
        false_value: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """One of two values by a condition, broadcast: ``trueValue if condition else falseValue``.

        Args:
            condition: what decides; every value but 0 is true.
            true_value: the values where the condition is true.
            false_value: the values where it is false.
            label: a name for this use of the operator, which error messages repeat.
        """

    def elu(
        self,
        input: MLOperand,
        *,
        alpha: float = 1.0,
        label: str = "",
    ) -> MLOperand:
        """The exponential linear unit: ``max(0, x) + alpha * (exp(min(0, x)) - 1)``.

        Args:
            input: the operand.
            alpha: the factor below zero.
            label: a name for this use of the operator, which error messages repeat.
        """

    def gelu(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The Gaussian error linear unit: ``0.5 * x * (1 + erf(x / sqrt(2)))``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def hard_sigmoid(
        self,
        input: MLOperand,
        *,
        alpha: float = 0.2,
        beta: float = 0.5,
        label: str = "",
    ) -> MLOperand:
        """A sigmoid of straight lines: ``max(0, min(1, alpha * x + beta))``.

        Args:
            input: the operand.
            alpha: the slope.
            beta: the value at zero.
            label: a name for this use of the operator, which error messages repeat.
        """

    def hard_swish(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """A swish of straight lines: ``x * max(0, min(6, x + 3)) / 6``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def leaky_relu(
        self,
        input: MLOperand,
        *,
        alpha: float = 0.01,
        label: str = "",
    ) -> MLOperand:
        """A rectifier that leaks: ``max(0, x) + alpha * min(0, x)``.

        Args:
            input: the operand.
            alpha: the slope below zero.
            label: a name for this use of the operator, which error messages repeat.
        """

    def linear(
        self,
        input: MLOperand,
        *,
        alpha: float = 1.0,
        beta: float = 0.0,
        label: str = "",
    ) -> MLOperand:
        """A straight line: ``alpha * x + beta``.

        Args:
            input: the operand.
            alpha: the slope.
            beta: the value at zero.
            label: a name for this use of the operator, which error messages repeat.
        """

    def prelu(
        self,
        input: MLOperand,
        slope: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """A rectifier with a slope of each element's own, broadcast: ``max(0, x) + slope * min(0, x)``.

        Args:
            input: the operand.
            slope: the slope below zero.
            label: a name for this use of the operator, which error messages repeat.
        """

    def relu(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The rectified linear unit: ``max(0, x)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def sigmoid(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The logistic function: ``1 / (1 + exp(-x))``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def softmax(
        self,
        input: MLOperand,
        axis: int,
        *,
        label: str = "",
    ) -> MLOperand:
        """Exponentials along one axis, scaled to sum to one: ``exp(x - max(x)) / sum(exp(x - max(x)))``.

        Args:
            input: the operand.
            axis: the dimension that is normalised.
            label: a name for this use of the operator, which error messages repeat.
        """

    def softplus(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """A smooth rectifier: ``log(1 + exp(x))``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def softsign(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """A smooth sign: ``x / (1 + |x|)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def tanh(
        self,
        input: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The hyperbolic tangent: ``(exp(2x) - 1) / (exp(2x) + 1)``.

        Args:
            input: the operand.
            label: a name for this use of the operator, which error messages repeat.
        """

    def conv2d(
        self,
        input: MLOperand,
        filter: MLOperand,
        *,
        padding: Sequence[int] = (0, 0, 0, 0),
        strides: Sequence[int] = (1, 1),
        dilations: Sequence[int] = (1, 1),
        groups: int = 1,
        input_layout: MLInputOperandLayout = "nchw",
        bias: MLOperand | None = None,
        filter_layout: MLConv2dFilterOperandLayout = "oihw",
        label: str = "",
    ) -> MLOperand:
        """The cross-correlation of images with filters, the filter unturned, plus bias.

        ``output[n, o, y, x] = bias[o] + sum over i, h, w of input[n, i, y*stride + h*dilation - padding, ...] * filter[o, i, h, w]``.
        It is depthwise where groups, input channels and output channels are equal.

        Args:
            input: the images.
            filter: the filters.
            padding: rows and columns of zeros around the images: top, bottom, left, right.
            strides: how far the window moves: down, right.
            dilations: how far the elements of the window are apart: down, right.
            groups: how many groups the channels are divided into, each convolved by itself.
            input_layout: the order of the dimensions of input and output.
            bias: one number for each output channel, added to it.
            filter_layout: the order of the dimensions of filter.
            label: a name for this use of the operator, which error messages repeat.
        """

    def conv_transpose2d(
        self,
        input: MLOperand,
        filter: MLOperand,
        *,
        padding: Sequence[int] = (0, 0, 0, 0),
        strides: Sequence[int] = (1, 1),
        dilations: Sequence[int] = (1, 1),
        groups: int = 1,
        input_layout: MLInputOperandLayout = "nchw",
        bias: MLOperand | None = None,
        output_padding: Sequence[int] = (0, 0),
        output_sizes: Sequence[int] | None = None,
        filter_layout: MLConvTranspose2dFilterOperandLayout = "iohw",
        label: str = "",
    ) -> MLOperand:
        """The transpose of `conv2d`: every input element spreads the filter over the output, plus bias.

        ``output[n, o, y*stride + h*dilation - padding, ...] += input[n, i, y, x] * filter[i, o, h, w]``.

        Args:
            input: the images.
            filter: the filters.
            padding: rows and columns of zeros around the images: top, bottom, left, right.
            strides: how far the window moves: down, right.
            dilations: how far the elements of the window are apart: down, right.
            groups: how many groups the channels are divided into, each convolved by itself.
            input_layout: the order of the dimensions of input and output.
            bias: one number for each output channel, added to it.
            output_padding: rows and columns added to the output's size, at the bottom and at the right.
            output_sizes: the height and width of the output, in place of outputPadding.
            filter_layout: the order of the dimensions of filter.
            label: a name for this use of the operator, which error messages repeat.
        """

    def average_pool2d(
        self,
        input: MLOperand,
        *,
        window_dimensions: Sequence[int] | None = None,
        padding: Sequence[int] = (0, 0, 0, 0),
        strides: Sequence[int] = (1, 1),
        dilations: Sequence[int] = (1, 1),
        layout: MLInputOperandLayout = "nchw",
        output_shape_rounding: MLRoundingType = "floor",
        output_sizes: Sequence[int] | None = None,
        label: str = "",
    ) -> MLOperand:
        """The mean of the elements under each window; padding is not counted.

        Args:
            input: the images.
            window_dimensions: the height and width of the window; by default those of the images.
            padding: rows and columns around the images that no window counts: top, bottom, left, right.
            strides: how far the window moves: down, right.
            dilations: how far the elements of the window are apart: down, right.
            layout: the order of the dimensions of input and output.
            output_shape_rounding: how the output's size is rounded where windows do not fill the input.
            output_sizes: the height and width of the output; outputShapeRounding is then ignored.
            label: a name for this use of the operator, which error messages repeat.
        """

    def l2_pool2d(
        self,
        input: MLOperand,
        *,
        window_dimensions: Sequence[int] | None = None,
        padding: Sequence[int] = (0, 0, 0, 0),
        strides: Sequence[int] = (1, 1),
        dilations: Sequence[int] = (1, 1),
        layout: MLInputOperandLayout = "nchw",
        output_shape_rounding: MLRoundingType = "floor",
        output_sizes: Sequence[int] | None = None,
        label: str = "",
    ) -> MLOperand:
        """The Euclidean norm of the elements under each window: ``sqrt(sum(x**2))``.

        Args:
            input: the images.
            window_dimensions: the height and width of the window; by default those of the images.
            padding: rows and columns around the images that no window counts: top, bottom, left, right.
            strides: how far the window moves: down, right.
            dilations: how far the elements of the window are apart: down, right.
            layout: the order of the dimensions of input and output.
            output_shape_rounding: how the output's size is rounded where windows do not fill the input.
            output_sizes: the height and width of the output; outputShapeRounding is then ignored.
            label: a name for this use of the operator, which error messages repeat.
        """

    def max_pool2d(
        self,
        input: MLOperand,
        *,
        window_dimensions: Sequence[int] | None = None,
        padding: Sequence[int] = (0, 0, 0, 0),
        strides: Sequence[int] = (1, 1),
        dilations: Sequence[int] = (1, 1),
        layout: MLInputOperandLayout = "nchw",
        output_shape_rounding: MLRoundingType = "floor",
        output_sizes: Sequence[int] | None = None,
        label: str = "",
    ) -> MLOperand:
        """The greatest of the elements under each window; padding never wins.

        Args:
            input: the images.
            window_dimensions: the height and width of the window; by default those of the images.
            padding: rows and columns around the images that no window counts: top, bottom, left, right.
            strides: how far the window moves: down, right.
            dilations: how far the elements of the window are apart: down, right.
            layout: the order of the dimensions of input and output.
            output_shape_rounding: how the output's size is rounded where windows do not fill the input.
            output_sizes: the height and width of the output; outputShapeRounding is then ignored.
            label: a name for this use of the operator, which error messages repeat.
        """

    def arg_min(
        self,
        input: MLOperand,
        axis: int,
        *,
        keep_dimensions: bool = False,
        output_data_type: _DataType = "int32",
        label: str = "",
    ) -> MLOperand:
        """The position of the least element along an axis. Of equal ones, this specification takes the first.

        Args:
            input: the operand.
            axis: the dimension along which the extreme is looked for.
            keep_dimensions: whether that dimension stays, with size 1.
            output_data_type: the data type of the positions: int32 or int64.
            label: a name for this use of the operator, which error messages repeat.
        """

    def arg_max(
        self,
        input: MLOperand,
        axis: int,
        *,
        keep_dimensions: bool = False,
        output_data_type: _DataType = "int32",
        label: str = "",
    ) -> MLOperand:
        """The position of the greatest element along an axis. Of equal ones, this specification takes the first.

        Args:
            input: the operand.
            axis: the dimension along which the extreme is looked for.
            keep_dimensions: whether that dimension stays, with size 1.
            output_data_type: the data type of the positions: int32 or int64.
            label: a name for this use of the operator, which error messages repeat.
        """

    def cumulative_sum(
        self,
        input: MLOperand,
        axis: int,
        *,
        exclusive: bool = False,
        reversed: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The running sum along an axis: ``output[i] = sum(input[0..i])``.

        Args:
            input: the operand.
            axis: the dimension along which is summed.
            exclusive: whether a sum leaves out the element at its own place.
            reversed: whether the sum runs from the end.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_l1(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The sum of absolute values: ``sum(|x|)``. Integers wrap modulo their range.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_l2(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The Euclidean norm: ``sqrt(sum(x**2))``.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_log_sum(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The logarithm of the sum: ``log(sum(x))``.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_log_sum_exp(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The logarithm of the sum of exponentials: ``log(sum(exp(x)))``.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_max(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The greatest element: ``max(x)``.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_mean(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The mean: ``sum(x) / n``.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_min(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The least element: ``min(x)``.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_product(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The product: ``prod(x)``. Integers wrap modulo their range.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_sum(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The sum: ``sum(x)``. Integers wrap modulo their range.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reduce_sum_square(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        keep_dimensions: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The sum of squares: ``sum(x**2)``. Integers wrap modulo their range.

        Args:
            input: the operand.
            axes: the dimensions to reduce; by default all. None of them reduces nothing, but the function is still applied.
            keep_dimensions: whether the reduced dimensions stay, with size 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def batch_normalization(
        self,
        input: MLOperand,
        mean: MLOperand,
        variance: MLOperand,
        *,
        scale: MLOperand | None = None,
        bias: MLOperand | None = None,
        epsilon: float = 1e-05,
        axis: int = 1,
        label: str = "",
    ) -> MLOperand:
        """Normalisation of each channel by a given mean and variance: ``(x - mean) / sqrt(variance + epsilon) * scale + bias``.

        Args:
            input: the operand.
            mean: the mean of each channel.
            variance: the variance of each channel.
            scale: what the normalised elements are multiplied by; by default 1.
            bias: what is then added; by default 0.
            epsilon: what is added to the variance, so that nothing is divided by zero; cast to the data type of input.
            axis: the dimension of the channels.
            label: a name for this use of the operator, which error messages repeat.
        """

    def instance_normalization(
        self,
        input: MLOperand,
        *,
        scale: MLOperand | None = None,
        bias: MLOperand | None = None,
        epsilon: float = 1e-05,
        layout: MLInputOperandLayout = "nchw",
        label: str = "",
    ) -> MLOperand:
        """Normalisation of each channel of each image by its own mean and variance over height and width.

        Args:
            input: the images.
            scale: what the normalised elements are multiplied by; by default 1.
            bias: what is then added; by default 0.
            epsilon: what is added to the variance, so that nothing is divided by zero; cast to the data type of input.
            layout: the order of the dimensions of input.
            label: a name for this use of the operator, which error messages repeat.
        """

    def layer_normalization(
        self,
        input: MLOperand,
        *,
        scale: MLOperand | None = None,
        bias: MLOperand | None = None,
        epsilon: float = 1e-05,
        axes: Sequence[int] | None = None,
        label: str = "",
    ) -> MLOperand:
        """Normalisation by the mean and variance over some axes, by default all but the first.

        Args:
            input: the operand.
            scale: what the normalised elements are multiplied by: the input's dimensions at axes, in the order of axes.
            bias: what is then added: the input's dimensions at axes, in the order of axes.
            epsilon: what is added to the variance, so that nothing is divided by zero; cast to the data type of input.
            axes: the dimensions that are normalised together; by default all but the first.
            label: a name for this use of the operator, which error messages repeat.
        """

    def gemm(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        c: MLOperand | None = None,
        alpha: float = 1.0,
        beta: float = 1.0,
        a_transpose: bool = False,
        b_transpose: bool = False,
        label: str = "",
    ) -> MLOperand:
        """The general product of two matrices: ``alpha * A * B + beta * C``, with A and B transposed where asked.

        Args:
            a: the left matrix, [M, K], or [K, M] when transposed.
            b: the right matrix, [K, N], or [N, K] when transposed.
            c: what is added; broadcast to [M, N].
            alpha: the factor of the product.
            beta: the factor of c.
            a_transpose: whether a is transposed first.
            b_transpose: whether b is transposed first.
            label: a name for this use of the operator, which error messages repeat.
        """

    def matmul(
        self,
        a: MLOperand,
        b: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The product of matrices, batch by batch: ``output[..., m, n] = sum over k of a[..., m, k] * b[..., k, n]``.

        Args:
            a: the left matrices, [..., M, K].
            b: the right matrices, [..., K, N].
            label: a name for this use of the operator, which error messages repeat.
        """

    def triangular(
        self,
        input: MLOperand,
        *,
        upper: bool = True,
        diagonal: int = 0,
        label: str = "",
    ) -> MLOperand:
        """The upper or lower triangle of matrices, zero elsewhere.

        Args:
            input: the matrices, [..., M, N].
            upper: whether the upper triangle is kept, or the lower.
            diagonal: which diagonal bounds the triangle: 0 the main one, above 0 to the right of it, below 0 to the left. It is kept.
            label: a name for this use of the operator, which error messages repeat.
        """

    def gru(
        self,
        input: MLOperand,
        weight: MLOperand,
        recurrent_weight: MLOperand,
        steps: int,
        hidden_size: int,
        *,
        bias: MLOperand | None = None,
        recurrent_bias: MLOperand | None = None,
        initial_hidden_state: MLOperand | None = None,
        return_sequence: bool = False,
        direction: MLRecurrentNetworkDirection = "forward",
        reset_after: bool = True,
        layout: MLGruWeightLayout = "zrn",
        activations: Sequence[MLRecurrentNetworkActivation] | None = None,
        label: str = "",
    ) -> tuple[MLOperand, ...]:
        """A gated recurrent unit over a sequence: `gruCell` step by step.

        Outputs the hidden state after the last step, [directions, batch, hiddenSize], and with returnSequence
        those after every step, [steps, directions, batch, hiddenSize], in the order of time in both directions.

        Args:
            input: the sequence, [steps, batch, features].
            weight: the weights of the input, [directions, gates * hiddenSize, features].
            recurrent_weight: the weights of the hidden state, [directions, gates * hiddenSize, hiddenSize].
            steps: the number of steps in the sequence.
            hidden_size: the number of features of the hidden state.
            bias: the bias of the input, [directions, gates * hiddenSize]; by default 0.
            recurrent_bias: the bias of the hidden state, [directions, gates * hiddenSize]; by default 0.
            initial_hidden_state: the hidden state before the first step, [directions, batch, hiddenSize]; by default 0.
            return_sequence: whether the hidden state after every step is an output too.
            direction: the direction in which the sequence is walked through.
            reset_after: whether the reset gate is applied after the product with the recurrent weights.
            layout: the order of the gates.
            activations: the functions of the update and reset gates, and of the new gate; by default sigmoid and tanh.
            label: a name for this use of the operator, which error messages repeat.
        """

    def gru_cell(
        self,
        input: MLOperand,
        weight: MLOperand,
        recurrent_weight: MLOperand,
        hidden_state: MLOperand,
        hidden_size: int,
        *,
        bias: MLOperand | None = None,
        recurrent_bias: MLOperand | None = None,
        reset_after: bool = True,
        layout: MLGruWeightLayout = "zrn",
        activations: Sequence[MLRecurrentNetworkActivation] | None = None,
        label: str = "",
    ) -> MLOperand:
        """One step of a gated recurrent unit.

        ``z = s(Wz x + bz + Rz h + cz)``, ``r = s(Wr x + br + Rr h + cr)``,
        ``n = t(Wn x + bn + r * (Rn h + cn))`` with resetAfter, else ``n = t(Wn x + bn + Rn (r * h) + cn)``;
        the output is ``z * h + (1 - z) * n``.

        Args:
            input: the input of the step, [batch, features].
            weight: the weights of the input, [gates * hiddenSize, features].
            recurrent_weight: the weights of the hidden state, [gates * hiddenSize, hiddenSize].
            hidden_state: the hidden state before the step, [batch, hiddenSize].
            hidden_size: the number of features of the hidden state.
            bias: the bias of the input, [gates * hiddenSize]; by default 0.
            recurrent_bias: the bias of the hidden state, [gates * hiddenSize]; by default 0.
            reset_after: whether the reset gate is applied after the product with the recurrent weights.
            layout: the order of the gates.
            activations: the functions of the update and reset gates, and of the new gate; by default sigmoid and tanh.
            label: a name for this use of the operator, which error messages repeat.
        """

    def lstm(
        self,
        input: MLOperand,
        weight: MLOperand,
        recurrent_weight: MLOperand,
        steps: int,
        hidden_size: int,
        *,
        bias: MLOperand | None = None,
        recurrent_bias: MLOperand | None = None,
        initial_hidden_state: MLOperand | None = None,
        return_sequence: bool = False,
        direction: MLRecurrentNetworkDirection = "forward",
        peephole_weight: MLOperand | None = None,
        initial_cell_state: MLOperand | None = None,
        layout: MLLstmWeightLayout = "iofg",
        activations: Sequence[MLRecurrentNetworkActivation] | None = None,
        label: str = "",
    ) -> tuple[MLOperand, ...]:
        """A long short-term memory over a sequence: `lstmCell` step by step.

        Outputs the hidden state and the cell state after the last step, each [directions, batch, hiddenSize], and
        with returnSequence the hidden states after every step, [steps, directions, batch, hiddenSize], in the order of
        time in both directions.

        Args:
            input: the sequence, [steps, batch, features].
            weight: the weights of the input, [directions, gates * hiddenSize, features].
            recurrent_weight: the weights of the hidden state, [directions, gates * hiddenSize, hiddenSize].
            steps: the number of steps in the sequence.
            hidden_size: the number of features of the hidden state.
            bias: the bias of the input, [directions, gates * hiddenSize]; by default 0.
            recurrent_bias: the bias of the hidden state, [directions, gates * hiddenSize]; by default 0.
            initial_hidden_state: the hidden state before the first step, [directions, batch, hiddenSize]; by default 0.
            return_sequence: whether the hidden state after every step is an output too.
            direction: the direction in which the sequence is walked through.
            peephole_weight: the weights of the cell state in the gates i, o, f, [directions, 3 * hiddenSize]; by default 0.
            initial_cell_state: the cell state before the first step, [directions, batch, hiddenSize]; by default 0.
            layout: the order of the gates.
            activations: the functions of the gates i, o, f, of the gate g, and of the cell state; by default sigmoid, tanh, tanh.
            label: a name for this use of the operator, which error messages repeat.
        """

    def lstm_cell(
        self,
        input: MLOperand,
        weight: MLOperand,
        recurrent_weight: MLOperand,
        hidden_state: MLOperand,
        cell_state: MLOperand,
        hidden_size: int,
        *,
        bias: MLOperand | None = None,
        recurrent_bias: MLOperand | None = None,
        peephole_weight: MLOperand | None = None,
        layout: MLLstmWeightLayout = "iofg",
        activations: Sequence[MLRecurrentNetworkActivation] | None = None,
        label: str = "",
    ) -> tuple[MLOperand, ...]:
        """One step of a long short-term memory.

        ``i, o, f = s(W x + b + R h + c + p * state)`` each with weights of its own, ``g = t(Wg x + bg + Rg h + cg)``;
        the new cell state is ``f * state + i * g``, the hidden state ``o * u(new cell state)``.

        Args:
            input: the input of the step, [batch, features].
            weight: the weights of the input, [gates * hiddenSize, features].
            recurrent_weight: the weights of the hidden state, [gates * hiddenSize, hiddenSize].
            hidden_state: the hidden state before the step, [batch, hiddenSize].
            cell_state: the cell state before the step, [batch, hiddenSize].
            hidden_size: the number of features of the hidden state.
            bias: the bias of the input, [gates * hiddenSize]; by default 0.
            recurrent_bias: the bias of the hidden state, [gates * hiddenSize]; by default 0.
            peephole_weight: the weights of the cell state in the gates i, o, f, [3 * hiddenSize]; by default 0.
            layout: the order of the gates.
            activations: the functions of the gates i, o, f, of the gate g, and of the cell state; by default sigmoid, tanh, tanh.
            label: a name for this use of the operator, which error messages repeat.
        """

    def concat(
        self,
        inputs: Sequence[MLOperand],
        axis: int,
        *,
        label: str = "",
    ) -> MLOperand:
        """Tensors joined along an axis.

        Args:
            inputs: the operands, of one data type, alike in every dimension but axis.
            axis: the dimension along which they are joined.
            label: a name for this use of the operator, which error messages repeat.
        """

    def expand(
        self,
        input: MLOperand,
        new_shape: Sequence[int],
        *,
        label: str = "",
    ) -> MLOperand:
        """A tensor repeated along its dimensions of size 1, to a new shape.

        Args:
            input: the operand.
            new_shape: the shape of the output.
            label: a name for this use of the operator, which error messages repeat.
        """

    def pad(
        self,
        input: MLOperand,
        beginning_padding: Sequence[int],
        ending_padding: Sequence[int],
        *,
        mode: MLPaddingMode = "constant",
        value: int | float = 0,
        label: str = "",
    ) -> MLOperand:
        """A tensor with elements added around it.

        Args:
            input: the operand.
            beginning_padding: how many are added before each dimension.
            ending_padding: how many are added after each dimension.
            mode: what is added.
            value: the value in mode constant, cast to the data type of input.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reshape(
        self,
        input: MLOperand,
        new_shape: Sequence[int],
        *,
        label: str = "",
    ) -> MLOperand:
        """The same elements, in the same order, in another shape.

        Args:
            input: the operand.
            new_shape: the shape of the output.
            label: a name for this use of the operator, which error messages repeat.
        """

    def reverse(
        self,
        input: MLOperand,
        *,
        axes: Sequence[int] | None = None,
        label: str = "",
    ) -> MLOperand:
        """The elements in the opposite order along some axes.

        Args:
            input: the operand.
            axes: the dimensions to turn round; by default all.
            label: a name for this use of the operator, which error messages repeat.
        """

    def slice(
        self,
        input: MLOperand,
        starts: Sequence[int],
        sizes: Sequence[int],
        *,
        strides: Sequence[int] | None = None,
        label: str = "",
    ) -> MLOperand:
        """A part of a tensor: from ``starts``, ``sizes`` long, every ``strides``-th element.

        Args:
            input: the operand.
            starts: where the part begins in each dimension.
            sizes: how much of each dimension the part spans.
            strides: how far its elements are apart in each dimension; by default 1.
            label: a name for this use of the operator, which error messages repeat.
        """

    def split(
        self,
        input: MLOperand,
        splits: int | Sequence[int],
        *,
        axis: int = 0,
        label: str = "",
    ) -> tuple[MLOperand, ...]:
        """A tensor cut into parts along an axis: so many equal ones, or ones of the sizes given.

        Args:
            input: the operand.
            splits: the number of equal parts, or the size of each part.
            axis: the dimension that is cut.
            label: a name for this use of the operator, which error messages repeat.
        """

    def tile(
        self,
        input: MLOperand,
        repetitions: Sequence[int],
        *,
        label: str = "",
    ) -> MLOperand:
        """A tensor repeated as a whole, so many times along each dimension.

        Args:
            input: the operand.
            repetitions: how often it is repeated along each dimension.
            label: a name for this use of the operator, which error messages repeat.
        """

    def transpose(
        self,
        input: MLOperand,
        *,
        permutation: Sequence[int] | None = None,
        label: str = "",
    ) -> MLOperand:
        """A tensor with its dimensions in another order: ``output.shape[i] = input.shape[permutation[i]]``.

        Args:
            input: the operand.
            permutation: which dimension of input each dimension of the output is; by default they are reversed.
            label: a name for this use of the operator, which error messages repeat.
        """

    def gather(
        self,
        input: MLOperand,
        indices: MLOperand,
        *,
        axis: int = 0,
        label: str = "",
    ) -> MLOperand:
        """Whole slices along an axis: ``output[..., i..., ...] = input[..., indices[i...], ...]``.

        Args:
            input: what is gathered from.
            indices: positions along axis.
            axis: the dimension that the indices point into.
            label: a name for this use of the operator, which error messages repeat.
        """

    def gather_elements(
        self,
        input: MLOperand,
        indices: MLOperand,
        *,
        axis: int = 0,
        label: str = "",
    ) -> MLOperand:
        """Single elements along an axis: ``output[i, j, k] = input[i, indices[i, j, k], k]`` where axis is 1.

        Args:
            input: what is gathered from.
            indices: positions along axis.
            axis: the dimension that the indices point into.
            label: a name for this use of the operator, which error messages repeat.
        """

    def gather_nd(
        self,
        input: MLOperand,
        indices: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Slices at coordinates: ``output[i..., ...] = input[indices[i..., :], ...]``.

        Args:
            input: what is gathered from.
            indices: coordinates along its last dimension, into the first dimensions of input.
            label: a name for this use of the operator, which error messages repeat.
        """

    def scatter_elements(
        self,
        input: MLOperand,
        indices: MLOperand,
        updates: MLOperand,
        *,
        axis: int = 0,
        label: str = "",
    ) -> MLOperand:
        """The input with single elements replaced along an axis: ``output[i, indices[i, j, k], k] = updates[i, j, k]`` where axis is 1.

        Args:
            input: what is written to.
            indices: positions along axis.
            updates: the new elements, one for each index.
            axis: the dimension that the indices point into.
            label: a name for this use of the operator, which error messages repeat.
        """

    def scatter_nd(
        self,
        input: MLOperand,
        indices: MLOperand,
        updates: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """The input with slices replaced at coordinates: ``output[indices[i..., :], ...] = updates[i..., ...]``.

        Args:
            input: what is written to.
            indices: coordinates along its last dimension, into the first dimensions of input.
            updates: the new slices, one for each coordinate.
            label: a name for this use of the operator, which error messages repeat.
        """

    def dequantize_linear(
        self,
        input: MLOperand,
        scale: MLOperand,
        zero_point: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Integers as real numbers: ``(input - zeroPoint) * scale``.

        Args:
            input: the integers.
            scale: the size of a step, above zero; one for each block.
            zero_point: the integer that stands for zero; one for each block.
            label: a name for this use of the operator, which error messages repeat.
        """

    def quantize_linear(
        self,
        input: MLOperand,
        scale: MLOperand,
        zero_point: MLOperand,
        *,
        label: str = "",
    ) -> MLOperand:
        """Real numbers as integers: ``clamp(roundEven(input / scale) + zeroPoint)``, clamped to the range of the output.

        Args:
            input: the real numbers.
            scale: the size of a step, above zero; one for each block.
            zero_point: the integer that stands for zero; one for each block.
            label: a name for this use of the operator, which error messages repeat.
        """

    def resample2d(
        self,
        input: MLOperand,
        *,
        mode: MLInterpolationMode = "nearest-neighbor",
        scales: Sequence[float] = (1.0, 1.0),
        sizes: Sequence[int] | None = None,
        axes: Sequence[int] = (2, 3),
        label: str = "",
    ) -> MLOperand:
        """A tensor sampled anew along two axes.

        Element ``i`` of the output lies at ``(i + 0.5) * input size / output size - 0.5`` of the input, clamped to it:
        linear between its two neighbours there, or the nearest of them, the lower one when halfway.

        Args:
            input: the images.
            mode: how an element between those of the input is found.
            scales: the output's sizes as multiples of the input's; ignored where sizes is given.
            sizes: the output's sizes along axes.
            axes: the two dimensions that are resampled.
            label: a name for this use of the operator, which error messages repeat.
        """
