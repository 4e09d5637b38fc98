"""Data movement: the same elements in another shape, order or number.

WebNN sections: concat, expand, pad, reshape, reverse, slice, split, tile, transpose.
"""

from __future__ import annotations

from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from typing_extensions import TypeAliasType

from ..agreement import BITWISE, Agreement
from ..operator import Limits, MLNumber, MLOperand, Operator, UInt, Verdict, constraint, same
from ..shapes import broadcasts_to, permuted
from ..types import ANY, FLOATS, MAX_TENSOR_COUNT, NUMBERS, DataType, OperandDescriptor, Shape, cast_number

if TYPE_CHECKING:
    from ..builder import MLGraphBuilder

MLPaddingMode = TypeAliasType("MLPaddingMode", Literal["constant", "edge", "reflection"])
"""What stands in the padding: one value, the nearest element, or the elements mirrored at the edge."""

_EVERY = (*NUMBERS, DataType.INT8, DataType.UINT8)


class _Movement(Operator):
    input: Annotated[MLOperand, Limits(ANY, required=NUMBERS)]
    """The operand."""

    agreement: ClassVar[Agreement] = BITWISE


class Concat(Operator):
    """Tensors joined along an axis."""

    inputs: Annotated[tuple[MLOperand, ...], Limits(ANY, (1, None), required=NUMBERS)]
    """The operands, of one data type, alike in every dimension but axis."""
    axis: UInt
    """The dimension along which they are joined."""

    output_limits = {"output": Limits(same("inputs"), same("inputs"))}
    agreement: ClassVar[Agreement] = BITWISE

    @constraint("C1", f"there are 1 to {MAX_TENSOR_COUNT} inputs")
    def _count(self) -> Verdict:
        return 1 <= len(self.inputs) <= MAX_TENSOR_COUNT or f"{len(self.inputs)}"

    @constraint("C2", "axis is below the rank of the first input")
    def _axis(self) -> Verdict:
        return self.axis < self.inputs[0].rank or f"axis {self.axis} and rank {self.inputs[0].rank}"

    @constraint("C3", "all inputs have one data type")
    def _types(self) -> Verdict:
        odd = [x for x in self.inputs if x.data_type is not self.inputs[0].data_type]
        return not odd or f"{self.inputs[0].descriptor} and {odd[0].descriptor}"

    @constraint("C4", "all inputs have one shape, but for the dimension axis")
    def _shapes(self) -> Verdict:
        rest = self._rest(self.inputs[0].shape)
        odd = [x for x in self.inputs if self._rest(x.shape) != rest]
        return not odd or f"{self.inputs[0].descriptor} and {odd[0].descriptor}"

    def _rest(self, shape: Shape) -> Shape:
        return (*shape[: self.axis], 0, *shape[self.axis + 1 :])

    def infer(self) -> OperandDescriptor:
        shape = list(self.inputs[0].shape)
        shape[self.axis] = sum(x.shape[self.axis] for x in self.inputs)
        return OperandDescriptor(self.inputs[0].data_type, tuple(shape))


class Expand(_Movement):
    """A tensor repeated along its dimensions of size 1, to a new shape."""

    new_shape: tuple[UInt, ...]
    """The shape of the output."""

    output_limits = {"output": Limits(same("input"))}

    @constraint("C1", "input is unidirectionally broadcastable to newShape")
    def _broadcastable(self) -> Verdict:
        return broadcasts_to(self.input.shape, self.new_shape) or f"{self.input.descriptor} and {list(self.new_shape)}"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.input.data_type, self.new_shape)


class Pad(_Movement):
    """A tensor with elements added around it."""

    input: Annotated[MLOperand, Limits(ANY, required=FLOATS)]
    """The operand."""
    beginning_padding: tuple[UInt, ...]
    """How many are added before each dimension."""
    ending_padding: tuple[UInt, ...]
    """How many are added after each dimension."""
    mode: MLPaddingMode = "constant"
    """What is added."""
    value: MLNumber = 0
    """The value in mode constant, cast to the data type of input."""

    @property
    def resolved_value(self) -> int | float:
        """The value as a number of the data type of input."""
        return cast_number(self.value, self.input.data_type)

    @constraint("C1", "beginningPadding and endingPadding have one item for each dimension of input")
    def _sizes(self) -> Verdict:
        sizes = len(self.beginning_padding), len(self.ending_padding)
        return sizes == (self.input.rank, self.input.rank) or f"{sizes[0]} and {sizes[1]} items for rank {self.input.rank}"

    @constraint("C2", "in mode reflection, padding is less than the dimension it mirrors")
    def _reflection(self) -> Verdict:
        sides = zip(self.beginning_padding, self.ending_padding, self.input.shape, strict=True)
        return (
            self.mode != "reflection"
            or all(max(begin, end) < size for begin, end, size in sides)
            or (f"{list(self.beginning_padding)} and {list(self.ending_padding)} for {self.input.descriptor}")
        )

    def infer(self) -> OperandDescriptor:
        sides = zip(self.beginning_padding, self.input.shape, self.ending_padding, strict=True)
        return OperandDescriptor(self.input.data_type, tuple(map(sum, sides)))


class Reshape(_Movement):
    """The same elements, in the same order, in another shape."""

    input: Annotated[MLOperand, Limits(ANY, required=_EVERY)]
    """The operand."""
    new_shape: tuple[UInt, ...]
    """The shape of the output."""

    output_limits = {"output": Limits(same("input"))}

    @constraint("C1", "newShape has as many elements as input")
    def _elements(self) -> Verdict:
        return prod(self.new_shape) == self.input.descriptor.size or f"{self.input.descriptor} and {list(self.new_shape)}"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.input.data_type, self.new_shape)


class Reverse(_Movement):
    """The elements in the opposite order along some axes."""

    axes: tuple[UInt, ...] | None = None
    """The dimensions to turn round; by default all."""

    @property
    def resolved_axes(self) -> tuple[int, ...]:
        """The dimensions to turn round."""
        return tuple(range(self.input.rank)) if self.axes is None else self.axes

    @constraint("C1", "every axis is below the rank of input")
    def _axes(self) -> Verdict:
        return all(axis < self.input.rank for axis in self.resolved_axes) or f"{list(self.resolved_axes)} and rank {self.input.rank}"

    @constraint("C2", "no axis is repeated")
    def _unique(self) -> Verdict:
        return len(set(self.resolved_axes)) == len(self.resolved_axes) or f"{list(self.resolved_axes)}"

    def infer(self) -> OperandDescriptor:
        return self.input.descriptor


class Slice(_Movement):
    """A part of a tensor: from ``starts``, ``sizes`` long, every ``strides``-th element."""

    input: Annotated[MLOperand, Limits(ANY, required=_EVERY)]
    """The operand."""
    starts: tuple[UInt, ...]
    """Where the part begins in each dimension."""
    sizes: tuple[UInt, ...]
    """How much of each dimension the part spans."""
    strides: tuple[UInt, ...] | None = None
    """How far its elements are apart in each dimension; by default 1."""

    @property
    def resolved_strides(self) -> tuple[int, ...]:
        """How far its elements are apart in each dimension."""
        return (1,) * self.input.rank if self.strides is None else self.strides

    @constraint("C1", "starts and sizes have one item for each dimension of input")
    def _lengths(self) -> Verdict:
        lengths = len(self.starts), len(self.sizes)
        return lengths == (self.input.rank, self.input.rank) or f"{lengths[0]} and {lengths[1]} items for rank {self.input.rank}"

    @constraint("C2", "every size is above 0")
    def _sizes(self) -> Verdict:
        return all(self.sizes) or f"{list(self.sizes)}"

    @constraint("C3", "strides has one item for each dimension of input, each above 0")
    def _strides(self) -> Verdict:
        return (len(self.resolved_strides) == self.input.rank and all(self.resolved_strides)) or f"{list(self.resolved_strides)}"

    @constraint("C4", "the part lies within input")
    def _within(self) -> Verdict:
        ends = map(sum, zip(self.starts, self.sizes, strict=True))
        return all(end <= size for end, size in zip(ends, self.input.shape, strict=True)) or (
            f"starts {list(self.starts)}, sizes {list(self.sizes)} for {self.input.descriptor}"
        )

    def infer(self) -> OperandDescriptor:
        steps = zip(self.sizes, self.resolved_strides, strict=True)
        return OperandDescriptor(self.input.data_type, tuple(-(-size // stride) for size, stride in steps))


class Split(Operator):
    """A tensor cut into parts along an axis: so many equal ones, or ones of the sizes given."""

    input: Annotated[MLOperand, Limits(ANY, (1, None), required=NUMBERS)]
    """The operand."""
    splits: UInt | tuple[UInt, ...]
    """The number of equal parts, or the size of each part."""
    axis: UInt = 0
    """The dimension that is cut."""

    output_limits = {"outputs": Limits(same("input"), same("input"))}
    agreement: ClassVar[Agreement] = BITWISE

    @property
    def parts(self) -> tuple[int, ...]:
        """The size of each part."""
        if isinstance(self.splits, tuple):
            return self.splits
        return (self.input.shape[self.axis] // self.splits,) * self.splits

    @constraint("C1", "axis is below the rank of input")
    def _axis(self) -> Verdict:
        return self.axis < self.input.rank or f"axis {self.axis} and rank {self.input.rank}"

    @constraint("C2", f"there are 1 to {MAX_TENSOR_COUNT} parts")
    def _count(self) -> Verdict:
        count = len(self.splits) if isinstance(self.splits, tuple) else self.splits
        return 1 <= count <= MAX_TENSOR_COUNT or f"{count}"

    @constraint("C3", "the parts, each above 0, make up the dimension axis of input")
    def _whole(self) -> Verdict:
        size = self.input.shape[self.axis]
        splits = list(self.splits) if isinstance(self.splits, tuple) else self.splits
        return (all(self.parts) and sum(self.parts) == size) or f"splits {splits} of a dimension of {size}"

    def infer(self) -> tuple[OperandDescriptor, ...]:
        before, after = self.input.shape[: self.axis], self.input.shape[self.axis + 1 :]
        return tuple(OperandDescriptor(self.input.data_type, (*before, part, *after)) for part in self.parts)

    def emulate(self, b: MLGraphBuilder) -> tuple[MLOperand, ...]:
        sizes = list(self.input.shape)
        outputs = []
        for end, part in zip(accumulate(self.parts), self.parts, strict=True):
            starts = [0] * self.input.rank
            starts[self.axis], sizes[self.axis] = end - part, part
            outputs.append(b.slice(self.input, starts, sizes))
        return tuple(outputs)


class Tile(_Movement):
    """A tensor repeated as a whole, so many times along each dimension."""

    repetitions: tuple[UInt, ...]
    """How often it is repeated along each dimension."""

    @constraint("C1", "repetitions has one item for each dimension of input, each above 0")
    def _repetitions(self) -> Verdict:
        return (
            len(self.repetitions) == self.input.rank and all(self.repetitions)
        ) or f"{list(self.repetitions)} for rank {self.input.rank}"

    def infer(self) -> OperandDescriptor:
        repeated = zip(self.input.shape, self.repetitions, strict=True)
        return OperandDescriptor(self.input.data_type, tuple(size * times for size, times in repeated))


class Transpose(_Movement):
    """A tensor with its dimensions in another order: ``output.shape[i] = input.shape[permutation[i]]``."""

    permutation: tuple[UInt, ...] | None = None
    """Which dimension of input each dimension of the output is; by default they are reversed."""

    @property
    def resolved_permutation(self) -> tuple[int, ...]:
        """Which dimension of input each dimension of the output is."""
        return tuple(reversed(range(self.input.rank))) if self.permutation is None else self.permutation

    @constraint("C1", "permutation names every dimension of input once")
    def _permutation(self) -> Verdict:
        return sorted(self.resolved_permutation) == list(range(self.input.rank)) or (
            f"{list(self.resolved_permutation)} for rank {self.input.rank}"
        )

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.input.data_type, permuted(self.input.shape, self.resolved_permutation))
