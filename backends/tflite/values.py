"""Values: the tensors that hold an operand of the graph, each in some order of its dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from webnpu.types import Array, DataType, OperandDescriptor, Shape

from .flatbuffer import Tensor

Order = tuple[int, ...]
"""Which dimension of an operand each dimension of a tensor is."""

CARRIERS = {
    DataType.FLOAT16: "float32",
    DataType.UINT32: "int32",
    DataType.UINT64: "int64",
    DataType.INT4: "int8",
    DataType.UINT4: "uint8",
}
"""The tensor types that elements are kept in, where they are not their own."""


def carrier(data_type: DataType) -> str:
    """The tensor type that elements of a data type are kept in."""
    return CARRIERS.get(data_type, data_type.value)


def in_order(shape: Sequence[int], order: Order) -> Shape:
    """The shape of a tensor in an order."""
    return tuple(shape[axis] for axis in order)


def identity(rank: int) -> Order:
    """The order of the operand itself."""
    return tuple(range(rank))


class Value:
    """The tensors that hold an operand: its elements, and perhaps which of them are true, in one order or several."""

    def __init__(self, descriptor: OperandDescriptor, array: Array | None = None) -> None:
        self.data_type, self.shape = descriptor.data_type, descriptor.shape
        self.array = array
        """The elements of a constant, in the carrier's type, or as float16."""
        self.plain: dict[Order, Tensor] = {}
        self.truth: dict[Order, Tensor] = {}

    @property
    def rank(self) -> int:
        return len(self.shape)


def runs(shape: Sequence[int], permutation: Sequence[int]) -> tuple[list[int], list[int]]:
    """A permutation of runs of dimensions that stay together, and their sizes: fewer dimensions, the same movement."""
    axes = [axis for axis in permutation if shape[axis] != 1]
    groups: list[list[int]] = []
    for axis in axes:
        between = range(groups[-1][-1] + 1, axis) if groups else range(0)
        if groups and axis > groups[-1][-1] and all(shape[a] == 1 for a in between):
            groups[-1].append(axis)
        else:
            groups.append([axis])
    by_place = sorted(groups)
    sizes = [int(np.prod([shape[axis] for axis in group])) for group in by_place]
    return [by_place.index(group) for group in groups], sizes
