"""Pooling over windows of two spatial dimensions.

WebNN section: Pooling operations.
"""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar, Literal

from typing_extensions import TypeAliasType

from ..agreement import Agreement, accumulated
from ..operator import Limits, MLOperand, Operator, UInt, Verdict, constraint
from ..shapes import arranged, conv_size
from ..types import ANY, FLOATS, OperandDescriptor, Shape
from .convolution import MLInputOperandLayout

MLRoundingType = TypeAliasType("MLRoundingType", Literal["floor", "ceil"])
"""How a fractional output size is rounded."""


class _Pool(Operator):
    input: Annotated[MLOperand, Limits(FLOATS, 4)]
    """The images."""
    window_dimensions: tuple[UInt, ...] | None = None
    """The height and width of the window; by default those of the images."""
    padding: tuple[UInt, ...] = (0, 0, 0, 0)
    """Rows and columns around the images that no window counts: top, bottom, left, right."""
    strides: tuple[UInt, ...] = (1, 1)
    """How far the window moves: down, right."""
    dilations: tuple[UInt, ...] = (1, 1)
    """How far the elements of the window are apart: down, right."""
    layout: MLInputOperandLayout = "nchw"
    """The order of the dimensions of input and output."""
    output_shape_rounding: MLRoundingType = "floor"
    """How the output's size is rounded where windows do not fill the input."""
    output_sizes: tuple[UInt, ...] | None = None
    """The height and width of the output; outputShapeRounding is then ignored."""

    @property
    def image(self) -> Shape:
        """The input's shape as batches, channels, height, width."""
        return arranged(self.input.shape, self.layout, "nchw")

    @property
    def window(self) -> Shape:
        """The height and width of the window."""
        return self.image[2:] if self.window_dimensions is None else self.window_dimensions

    @constraint("C1", "windowDimensions has 2 items, each above 0")
    def _window(self) -> Verdict:
        return (len(self.window) == 2 and all(self.window)) or f"{list(self.window)}"

    @constraint("C2", "padding has 4 items")
    def _padding(self) -> Verdict:
        return len(self.padding) == 4 or f"{list(self.padding)}"

    @constraint("C3", "strides has 2 items, each above 0")
    def _strides(self) -> Verdict:
        return (len(self.strides) == 2 and all(self.strides)) or f"{list(self.strides)}"

    @constraint("C4", "dilations has 2 items, each above 0")
    def _dilations(self) -> Verdict:
        return (len(self.dilations) == 2 and all(self.dilations)) or f"{list(self.dilations)}"

    @constraint("C5", "the window fits into the padded input at least once")
    def _fits(self) -> Verdict:
        sizes = self._sizes(self.output_shape_rounding)
        return min(sizes) > 0 or f"an output of {sizes[0]} x {sizes[1]}"

    @constraint("C6", "outputSizes has 2 items: the calculated sizes, both rounded down or both rounded up")
    def _output_sizes(self) -> Verdict:
        if self.output_sizes is None:
            return True
        floor, ceil = self._sizes("floor"), self._sizes("ceil")
        return self.output_sizes in (floor, ceil) or f"{list(self.output_sizes)}, calculated {list(floor)} or {list(ceil)}"

    def _sizes(self, rounding: str) -> tuple[int, int]:
        height, width = self.image[2:]
        return (
            conv_size(height, self.window[0], self.padding[:2], self.strides[0], self.dilations[0], rounding),
            conv_size(width, self.window[1], self.padding[2:], self.strides[1], self.dilations[1], rounding),
        )

    def infer(self) -> OperandDescriptor:
        sizes = self.output_sizes or self._sizes(self.output_shape_rounding)
        image = (*self.image[:2], *sizes)
        return OperandDescriptor(self.input.data_type, arranged(image, "nchw", self.layout))


class AveragePool2d(_Pool):
    """The mean of the elements under each window; padding is not counted."""

    agreement: ClassVar[Agreement] = accumulated("n + 2", lambda op: prod(op.window) + 2)


class L2Pool2d(_Pool):
    """The Euclidean norm of the elements under each window: ``sqrt(sum(x**2))``."""

    agreement: ClassVar[Agreement] = accumulated("n + 2", lambda op: prod(op.window) + 2)


class MaxPool2d(_Pool):
    """The greatest of the elements under each window; padding never wins."""

    input: Annotated[MLOperand, Limits(ANY, 4, required=FLOATS)]
    """The images."""
