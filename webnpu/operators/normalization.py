"""Normalisations: elements brought to mean zero and variance one, then scaled and shifted.

WebNN sections: batchNormalization, instanceNormalization, layerNormalization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from ..agreement import Agreement, within
from ..operator import Double, Limits, MLOperand, Operator, UInt, Verdict, constraint, same
from ..types import FLOATS, OperandDescriptor, cast_number
from .convolution import MLInputOperandLayout

if TYPE_CHECKING:
    from ..builder import MLGraphBuilder


class _Normalization(Operator):
    input: Annotated[MLOperand, Limits(FLOATS)]
    """The operand."""
    scale: Annotated[MLOperand | None, Limits(same("input"), 1)] = None
    """What the normalised elements are multiplied by; by default 1."""
    bias: Annotated[MLOperand | None, Limits(same("input"), 1)] = None
    """What is then added; by default 0."""
    epsilon: Double = 1e-5
    """What is added to the variance, so that nothing is divided by zero; cast to the data type of input."""

    def infer(self) -> OperandDescriptor:
        return self.input.descriptor

    @property
    def resolved_epsilon(self) -> float:
        """Epsilon as a number of the data type of input."""
        return float(cast_number(self.epsilon, self.input.data_type))

    def _fits(self, operand: MLOperand | None, shape: tuple[int, ...]) -> Verdict:
        return operand is None or operand.shape == shape or f"{operand.descriptor} in place of shape {list(shape)}"

    def _normalized(self, b: MLGraphBuilder, mean: MLOperand, variance: MLOperand, shape: list[int]) -> MLOperand:
        """``(input - mean) / sqrt(variance + epsilon) * scale + bias``, the latter two reshaped to ``shape``."""
        deviation = b.sqrt(b.add(variance, b.constant(self.input.data_type, self.epsilon)))
        out = b.div(b.sub(self.input, mean), deviation)
        if self.scale is not None:
            out = b.mul(out, b.reshape(self.scale, shape))
        return out if self.bias is None else b.add(out, b.reshape(self.bias, shape))

    def _moments(self, b: MLGraphBuilder, axes: tuple[int, ...]) -> tuple[MLOperand, MLOperand]:
        over: dict[str, Any] = {"axes": axes, "keep_dimensions": True}
        mean = b.reduce_mean(self.input, **over)
        centred = b.sub(self.input, mean)
        return mean, b.reduce_mean(b.mul(centred, centred), **over)


class BatchNormalization(_Normalization):
    """Normalisation of each channel by a given mean and variance: ``(x - mean) / sqrt(variance + epsilon) * scale + bias``."""

    input: Annotated[MLOperand, Limits(FLOATS, (1, None), required_rank=(3, 5))]
    """The operand."""
    mean: Annotated[MLOperand, Limits(same("input"), 1)]
    """The mean of each channel."""
    variance: Annotated[MLOperand, Limits(same("input"), 1)]
    """The variance of each channel."""
    axis: UInt = 1
    """The dimension of the channels."""

    agreement: ClassVar[Agreement] = within(6)

    @constraint("C1", "axis is below the rank of input")
    def _axis(self) -> Verdict:
        return self.axis < self.input.rank or f"axis {self.axis} and rank {self.input.rank}"

    @constraint("C2", "mean has one element for each channel")
    def _mean(self) -> Verdict:
        return self._fits(self.mean, self._channels)

    @constraint("C3", "variance has one element for each channel")
    def _variance(self) -> Verdict:
        return self._fits(self.variance, self._channels)

    @constraint("C4", "scale has one element for each channel")
    def _scale(self) -> Verdict:
        return self._fits(self.scale, self._channels)

    @constraint("C5", "bias has one element for each channel")
    def _bias(self) -> Verdict:
        return self._fits(self.bias, self._channels)

    @property
    def _channels(self) -> tuple[int, ...]:
        return (self.input.shape[self.axis],)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        shape = [size if axis == self.axis else 1 for axis, size in enumerate(self.input.shape)]
        return self._normalized(b, b.reshape(self.mean, shape), b.reshape(self.variance, shape), shape)


class InstanceNormalization(_Normalization):
    """Normalisation of each channel of each image by its own mean and variance over height and width."""

    input: Annotated[MLOperand, Limits(FLOATS, 4)]
    """The images."""
    layout: MLInputOperandLayout = "nchw"
    """The order of the dimensions of input."""

    agreement: ClassVar[Agreement] = within(840, 8400)

    @property
    def axis(self) -> int:
        """The dimension of the channels."""
        return self.layout.index("c")

    @property
    def spatial_axes(self) -> tuple[int, int]:
        """The dimensions of height and width."""
        return self.layout.index("h"), self.layout.index("w")

    @constraint("C1", "scale has one element for each channel")
    def _scale(self) -> Verdict:
        return self._fits(self.scale, (self.input.shape[self.axis],))

    @constraint("C2", "bias has one element for each channel")
    def _bias(self) -> Verdict:
        return self._fits(self.bias, (self.input.shape[self.axis],))

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        shape = [size if axis == self.axis else 1 for axis, size in enumerate(self.input.shape)]
        return self._normalized(b, *self._moments(b, self.spatial_axes), shape)


class LayerNormalization(_Normalization):
    """Normalisation by the mean and variance over some axes, by default all but the first."""

    scale: Annotated[MLOperand | None, Limits(same("input"))] = None
    """What the normalised elements are multiplied by: the input's dimensions at axes, in the order of axes."""
    bias: Annotated[MLOperand | None, Limits(same("input"))] = None
    """What is then added: the input's dimensions at axes, in the order of axes."""
    axes: tuple[UInt, ...] | None = None
    """The dimensions that are normalised together; by default all but the first."""

    agreement: ClassVar[Agreement] = within(14)

    @property
    def resolved_axes(self) -> tuple[int, ...]:
        """The dimensions that are normalised together."""
        return tuple(range(1, self.input.rank)) if self.axes is None else self.axes

    @constraint("C1", "every axis is below the rank of input")
    def _axes(self) -> Verdict:
        return all(axis < self.input.rank for axis in self.resolved_axes) or f"{list(self.resolved_axes)} and rank {self.input.rank}"

    @constraint("C2", "no axis is repeated")
    def _unique(self) -> Verdict:
        return len(set(self.resolved_axes)) == len(self.resolved_axes) or f"{list(self.resolved_axes)}"

    @constraint("C3", "scale has the input's dimensions at axes")
    def _scale(self) -> Verdict:
        return self._fits(self.scale, self._normalised)

    @constraint("C4", "bias has the input's dimensions at axes")
    def _bias(self) -> Verdict:
        return self._fits(self.bias, self._normalised)

    @property
    def _normalised(self) -> tuple[int, ...]:
        return tuple(self.input.shape[axis] for axis in self.resolved_axes)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        """As the formula says, after the axes were sorted."""
        axes = self.resolved_axes
        order = sorted(range(len(axes)), key=axes.__getitem__)
        mean, variance = self._moments(b, axes)
        shape = [size if axis in axes else 1 for axis, size in enumerate(self.input.shape)]
        deviation = b.sqrt(b.add(variance, b.constant(self.input.data_type, self.epsilon)))
        out = b.div(b.sub(self.input, mean), deviation)
        if self.scale is not None:
            out = b.mul(out, b.reshape(b.transpose(self.scale, permutation=order), shape))
        return out if self.bias is None else b.add(out, b.reshape(b.transpose(self.bias, permutation=order), shape))
