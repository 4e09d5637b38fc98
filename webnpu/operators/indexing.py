"""Gathering and scattering by indices that are computed, not given.

WebNN sections: gather, gatherElements, gatherND, scatterElements, scatterND. An index below zero counts from
the end; one out of range is clamped to the range, so that no implementation reads or writes outside a tensor.
Of several updates to one place, this specification keeps the last.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from ..agreement import BITWISE, Agreement
from ..operator import Limits, MLOperand, Operator, UInt, Verdict, constraint, same
from ..types import ANY, INDICES, NUMBERS, DataType, OperandDescriptor, Shape

_EVERY = (*NUMBERS, DataType.INT8, DataType.UINT8)
_REQUIRED = (DataType.INT32,)


class _Indexed(Operator):
    agreement: ClassVar[Agreement] = BITWISE


class Gather(_Indexed):
    """Whole slices along an axis: ``output[..., i..., ...] = input[..., indices[i...], ...]``."""

    input: Annotated[MLOperand, Limits(ANY, (1, None), required=_EVERY)]
    """What is gathered from."""
    indices: Annotated[MLOperand, Limits(INDICES, required=_REQUIRED)]
    """Positions along axis."""
    axis: UInt = 0
    """The dimension that the indices point into."""

    output_limits = {"output": Limits(same("input"), required_rank=(1, 5))}

    @constraint("C1", "axis is below the rank of input")
    def _axis(self) -> Verdict:
        return self.axis < self.input.rank or f"axis {self.axis} and rank {self.input.rank}"

    def infer(self) -> OperandDescriptor:
        before, after = self.input.shape[: self.axis], self.input.shape[self.axis + 1 :]
        return OperandDescriptor(self.input.data_type, (*before, *self.indices.shape, *after))


class GatherElements(_Indexed):
    """Single elements along an axis: ``output[i, j, k] = input[i, indices[i, j, k], k]`` where axis is 1."""

    input: Annotated[MLOperand, Limits(ANY, (1, None), required=NUMBERS)]
    """What is gathered from."""
    indices: Annotated[MLOperand, Limits(INDICES, same("input"), required=_REQUIRED)]
    """Positions along axis."""
    axis: UInt = 0
    """The dimension that the indices point into."""

    @constraint("C1", "axis is below the rank of input")
    def _axis(self) -> Verdict:
        return self.axis < self.input.rank or f"axis {self.axis} and rank {self.input.rank}"

    @constraint("C2", "indices has the shape of input, but for the dimension axis")
    def _shape(self) -> Verdict:
        return _alike_but(self.axis, self.indices.shape, self.input.shape) or f"{self.indices.descriptor} for {self.input.descriptor}"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.input.data_type, self.indices.shape)


class GatherND(_Indexed):
    """Slices at coordinates: ``output[i..., ...] = input[indices[i..., :], ...]``."""

    input: Annotated[MLOperand, Limits(ANY, (1, None), required=_EVERY)]
    """What is gathered from."""
    indices: Annotated[MLOperand, Limits(INDICES, (1, None), required=_REQUIRED)]
    """Coordinates along its last dimension, into the first dimensions of input."""

    output_limits = {"output": Limits(same("input"))}

    @constraint("C1", "coordinates have no more items than input has dimensions")
    def _coordinates(self) -> Verdict:
        return self.indices.shape[-1] <= self.input.rank or f"{self.indices.descriptor} for {self.input.descriptor}"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.input.data_type, _selected(self.input.shape, self.indices.shape))


class ScatterElements(_Indexed):
    """The input with single elements replaced along an axis: ``output[i, indices[i, j, k], k] = updates[i, j, k]`` where axis is 1."""

    input: Annotated[MLOperand, Limits(ANY, (1, None), required=NUMBERS)]
    """What is written to."""
    indices: Annotated[MLOperand, Limits(INDICES, same("input"), required=_REQUIRED)]
    """Positions along axis."""
    updates: Annotated[MLOperand, Limits(same("input"), same("input"))]
    """The new elements, one for each index."""
    axis: UInt = 0
    """The dimension that the indices point into."""

    @constraint("C1", "axis is below the rank of input")
    def _axis(self) -> Verdict:
        return self.axis < self.input.rank or f"axis {self.axis} and rank {self.input.rank}"

    @constraint("C2", "indices has the shape of input, but for the dimension axis")
    def _shape(self) -> Verdict:
        return _alike_but(self.axis, self.indices.shape, self.input.shape) or f"{self.indices.descriptor} for {self.input.descriptor}"

    @constraint("C3", "updates has the shape of indices")
    def _updates(self) -> Verdict:
        return self.updates.shape == self.indices.shape or f"{self.updates.descriptor} for {self.indices.descriptor}"

    def infer(self) -> OperandDescriptor:
        return self.input.descriptor


class ScatterND(_Indexed):
    """The input with slices replaced at coordinates: ``output[indices[i..., :], ...] = updates[i..., ...]``."""

    input: Annotated[MLOperand, Limits(ANY, (1, None), required=NUMBERS)]
    """What is written to."""
    indices: Annotated[MLOperand, Limits(INDICES, (1, None), required=_REQUIRED)]
    """Coordinates along its last dimension, into the first dimensions of input."""
    updates: Annotated[MLOperand, Limits(same("input"))]
    """The new slices, one for each coordinate."""

    @constraint("C1", "coordinates have no more items than input has dimensions")
    def _coordinates(self) -> Verdict:
        return self.indices.shape[-1] <= self.input.rank or f"{self.indices.descriptor} for {self.input.descriptor}"

    @constraint("C2", "updates has the shape of the slices that indices selects")
    def _updates(self) -> Verdict:
        shape = _selected(self.input.shape, self.indices.shape)
        return self.updates.shape == shape or f"{self.updates.descriptor} in place of shape {list(shape)}"

    def infer(self) -> OperandDescriptor:
        return self.input.descriptor


def _alike_but(axis: int, a: Shape, b: Shape) -> bool:
    return (*a[:axis], *a[axis + 1 :]) == (*b[:axis], *b[axis + 1 :])


def _selected(shape: Shape, indices: Shape) -> Shape:
    """The shape of the slices that coordinates select."""
    return (*indices[:-1], *shape[indices[-1] :])
