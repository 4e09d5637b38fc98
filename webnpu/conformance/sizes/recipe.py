"""What a case at size is made from, and how closely its results must agree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...agreement import Bound, bound_of
from ...graph import Graph
from ...operator import Operator
from ...types import ANY, DataType, Shape
from ..corpus.recipe import Recipe

FLOAT32, FLOAT16, INT32, INT64, INT8, UINT8 = (
    DataType.FLOAT32,
    DataType.FLOAT16,
    DataType.INT32,
    DataType.INT64,
    DataType.INT8,
    DataType.UINT8,
)
TYPES = (FLOAT32, FLOAT16, INT32, INT64, INT8, UINT8)
"""Those in which sizes differ: by the bytes of an element, and by how a device holds it."""

LONG = 2**16 + 1
"""A dimension that 16 bits do not count, a prime number."""
LONGER, LONGEST = 2**20 + 7, 2**24 + 43
"""Primes past 2**20 and 2**24."""
VAST: Shape = (513, LONG)
"""More than 128 MiB of float32, and more elements than 65,535 workgroups of 256 invocations have."""
DEEP: Mapping[int, Shape] = {6: (2, 3, 2, 3, 2, 911), 7: (2, 3, 2, 3, 2, 3, 307), 8: (2, 3, 2, 3, 2, 3, 2, 157)}
"""A shape of each rank above those that every implementation must have, of more than 2**16 elements."""

LOOSE = 256
"""The most ULP that stay the bound of an accumulation."""


@dataclass(frozen=True)
class SizeRecipe(Recipe):
    """One use of one operator at size.

    Attributes:
        ulp: the bound, where the data make it less than the operator's: 0 where sums are exact in any order.
        absolute: an absolute bound.
    """

    ulp: int | None = None
    absolute: float | None = None

    def bound(self, operator: Operator, data_type: DataType) -> Bound:
        """The bound of an output."""
        own = bound_of(operator, data_type)
        if not data_type.is_float:
            return own
        if self.ulp is not None or self.absolute is not None:
            return Bound(self.ulp or 0, self.absolute or 0.0, own.zero_sign)
        return bound_at_size(own) if operator.agreement.kind == "accumulation" else own


def bound_at_size(own: Bound) -> Bound:
    """The bound of an accumulation of many terms.

    Added one after the other, n terms may be off by n ULP. With n in the millions that says nothing: half of them
    could be missing. Added in blocks, and those in turn, each term takes part in no more than ``2 * sqrt(n)``
    additions; that many ULP are allowed.
    """
    return own if own.ulp <= LOOSE else Bound(2 * math.isqrt(own.ulp), own.absolute, own.zero_sign)


SizeRecipes = Iterator[SizeRecipe]


def types_of(operator: type[Operator], operand: str | None = None) -> tuple[DataType, ...]:
    """Of the types in which sizes differ, those of an operand, by default the first."""
    allowed = operator.operand_limits[operand or next(iter(operator.operand_limits))].types
    return tuple(t for t in TYPES if t in (allowed if isinstance(allowed, tuple) else ANY))


def bytes_of(graph: Graph) -> int:
    """An estimate of the memory that a case takes.

    Each tensor is held as it is stored, by us, by the backend and by the judge; as float64; and once more on the way.
    """
    operands = {operand for op in graph.operators for _, operand in op.operands()} | {o for op in graph.operators for o in op.outputs}
    return sum(3 * operand.descriptor.byte_length + 16 * operand.descriptor.size for operand in operands)
