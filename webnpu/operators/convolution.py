"""Convolutions over two spatial dimensions.

WebNN sections: conv2d, convTranspose2d.
"""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar, Literal

from typing_extensions import TypeAliasType

from ..agreement import Agreement, accumulated
from ..operator import Limits, MLOperand, Operator, UInt, Verdict, constraint, same
from ..shapes import arranged, conv_size, conv_transpose_size
from ..types import FLOATS, MAX_DIMENSION, OperandDescriptor, Shape

MLInputOperandLayout = TypeAliasType("MLInputOperandLayout", Literal["nchw", "nhwc"])
"""The order of batch, channels, height and width of an image."""
MLConv2dFilterOperandLayout = TypeAliasType("MLConv2dFilterOperandLayout", Literal["oihw", "hwio", "ohwi", "ihwo"])
"""The order of output channels, input channels, height and width of a filter."""
MLConvTranspose2dFilterOperandLayout = TypeAliasType("MLConvTranspose2dFilterOperandLayout", Literal["iohw", "hwoi", "ohwi"])
"""The order of input channels, output channels, height and width of a transposed filter."""


class _Convolution(Operator):
    input: Annotated[MLOperand, Limits(FLOATS, 4)]
    """The images."""
    filter: Annotated[MLOperand, Limits(same("input"), 4)]
    """The filters."""
    padding: tuple[UInt, ...] = (0, 0, 0, 0)
    """Rows and columns of zeros around the images: top, bottom, left, right."""
    strides: tuple[UInt, ...] = (1, 1)
    """How far the window moves: down, right."""
    dilations: tuple[UInt, ...] = (1, 1)
    """How far the elements of the window are apart: down, right."""
    groups: UInt = 1
    """How many groups the channels are divided into, each convolved by itself."""
    input_layout: MLInputOperandLayout = "nchw"
    """The order of the dimensions of input and output."""
    bias: Annotated[MLOperand | None, Limits(same("input"), 1)] = None
    """One number for each output channel, added to it."""

    output_limits = {"output": Limits(same("input"), 4)}

    @constraint("C1", "padding has 4 items")
    def _padding(self) -> Verdict:
        return len(self.padding) == 4 or f"{list(self.padding)}"

    @constraint("C2", "strides has 2 items, each above 0")
    def _strides(self) -> Verdict:
        return (len(self.strides) == 2 and all(self.strides)) or f"{list(self.strides)}"

    @constraint("C3", "dilations has 2 items, each above 0")
    def _dilations(self) -> Verdict:
        return (len(self.dilations) == 2 and all(self.dilations)) or f"{list(self.dilations)}"

    @constraint("C4", "groups is above 0")
    def _groups(self) -> Verdict:
        return self.groups > 0 or f"{self.groups}"

    @property
    def image(self) -> Shape:
        """The input's shape as batches, channels, height, width."""
        return arranged(self.input.shape, self.input_layout, "nchw")

    def _image_shape(self, channels: int, height: int, width: int) -> OperandDescriptor:
        """The output's descriptor, in the input's layout."""
        image = (self.image[0], channels, height, width)
        return OperandDescriptor(self.input.data_type, arranged(image, "nchw", self.input_layout))


class Conv2d(_Convolution):
    """The cross-correlation of images with filters, the filter unturned, plus bias.

    ``output[n, o, y, x] = bias[o] + sum over i, h, w of input[n, i, y*stride + h*dilation - padding, ...] * filter[o, i, h, w]``.
    It is depthwise where groups, input channels and output channels are equal.
    """

    filter_layout: MLConv2dFilterOperandLayout = "oihw"
    """The order of the dimensions of filter."""

    agreement: ClassVar[Agreement] = accumulated("2n", lambda op: 2 * prod(op.kernel[1:]))

    @property
    def kernel(self) -> Shape:
        """The filter's shape as output channels, input channels of a group, height, width."""
        return arranged(self.filter.shape, self.filter_layout, "oihw")

    @constraint("C5", "the input channels are groups times those of filter")
    def _input_channels(self) -> Verdict:
        channels = self.image[1]
        return channels == self.groups * self.kernel[1] or f"{channels} input channels, {self.kernel[1]} in filter, groups {self.groups}"

    @constraint("C6", "groups divides the output channels")
    def _output_channels(self) -> Verdict:
        return self.kernel[0] % self.groups == 0 or f"{self.kernel[0]} output channels, groups {self.groups}"

    @constraint("C7", "bias has one element for each output channel")
    def _bias(self) -> Verdict:
        return self.bias is None or self.bias.shape == self.kernel[:1] or f"{self.bias.descriptor} for {self.kernel[0]} channels"

    @constraint("C8", "the window fits into the padded input at least once")
    def _fits(self) -> Verdict:
        return min(self._sizes()) > 0 or f"an output of {self._sizes()[0]} x {self._sizes()[1]}"

    def _sizes(self) -> tuple[int, int]:
        (height, width), (window_height, window_width) = self.image[2:], self.kernel[2:]
        return (
            conv_size(height, window_height, self.padding[:2], self.strides[0], self.dilations[0]),
            conv_size(width, window_width, self.padding[2:], self.strides[1], self.dilations[1]),
        )

    def infer(self) -> OperandDescriptor:
        return self._image_shape(self.kernel[0], *self._sizes())


class ConvTranspose2d(_Convolution):
    """The transpose of `conv2d`: every input element spreads the filter over the output, plus bias.

    ``output[n, o, y*stride + h*dilation - padding, ...] += input[n, i, y, x] * filter[i, o, h, w]``.
    """

    output_padding: tuple[UInt, ...] = (0, 0)
    """Rows and columns added to the output's size, at the bottom and at the right."""
    output_sizes: tuple[UInt, ...] | None = None
    """The height and width of the output, in place of outputPadding."""
    filter_layout: MLConvTranspose2dFilterOperandLayout = "iohw"
    """The order of the dimensions of filter."""

    agreement: ClassVar[Agreement] = accumulated("2n", lambda op: 2 * op.kernel[0] // op.groups * prod(op.kernel[2:]))

    @property
    def kernel(self) -> Shape:
        """The filter's shape as input channels, output channels of a group, height, width."""
        return arranged(self.filter.shape, self.filter_layout, "iohw")

    @constraint("C5", "the input channels are those of filter")
    def _input_channels(self) -> Verdict:
        return self.image[1] == self.kernel[0] or f"{self.image[1]} input channels, {self.kernel[0]} in filter"

    @constraint("C6", "the output channels, groups times those of filter, are a valid dimension")
    def _output_channels(self) -> Verdict:
        return self.kernel[1] * self.groups <= MAX_DIMENSION or f"{self.kernel[1] * self.groups}"

    @constraint("C7", "bias has one element for each output channel")
    def _bias(self) -> Verdict:
        channels = self.kernel[1] * self.groups
        return self.bias is None or self.bias.shape == (channels,) or f"{self.bias.descriptor} for {channels} channels"

    @constraint("C8", "outputPadding has 2 items")
    def _output_padding(self) -> Verdict:
        return len(self.output_padding) == 2 or f"{list(self.output_padding)}"

    @constraint("C9", "outputSizes has 2 items")
    def _output_sizes(self) -> Verdict:
        return self.output_sizes is None or len(self.output_sizes) == 2 or f"{list(self.output_sizes)}"

    @constraint("C10", "outputPadding is less than strides, unless outputSizes is given")
    def _padding_below_stride(self) -> Verdict:
        less = all(p < s for p, s in zip(self.output_padding, self.strides, strict=True))
        return self.output_sizes is not None or less or f"{list(self.output_padding)} and strides {list(self.strides)}"

    @constraint("C11", "outputSizes exceeds the calculated size by less than strides")
    def _sizes_near(self) -> Verdict:
        if self.output_sizes is None:
            return True
        near = zip(self.output_sizes, self._calculated(), self.strides, strict=True)
        return all(low <= size < low + stride for size, low, stride in near) or (
            f"{list(self.output_sizes)}, calculated {list(self._calculated())}, strides {list(self.strides)}"
        )

    @constraint("C12", "padding leaves an output of at least 1 x 1")
    def _leaves_output(self) -> Verdict:
        return min(self._sizes()) > 0 or f"an output of {self._sizes()[0]} x {self._sizes()[1]}"

    def _calculated(self) -> tuple[int, int]:
        (height, width), (window_height, window_width) = self.image[2:], self.kernel[2:]
        return (
            conv_transpose_size(height, window_height, self.padding[:2], self.strides[0], self.dilations[0]),
            conv_transpose_size(width, window_width, self.padding[2:], self.strides[1], self.dilations[1]),
        )

    def _sizes(self) -> tuple[int, int]:
        if self.output_sizes is not None:
            return self.output_sizes[0], self.output_sizes[1]
        height, width = self._calculated()
        return height + self.output_padding[0], width + self.output_padding[1]

    def meaningless(self) -> str:
        """Where groups does not divide the input channels: WebNN makes an operand of it, but says nowhere which group has which."""
        channels = self.image[1]
        fits = channels % self.groups == 0
        return "" if fits else f"groups does not divide the input channels; got {channels} input channels, groups {self.groups}"

    def infer(self) -> OperandDescriptor:
        return self._image_shape(self.kernel[1] * self.groups, *self._sizes())
