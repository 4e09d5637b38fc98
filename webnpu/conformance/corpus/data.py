"""The elements of a case's operands: tensors described first, filled later, the same on every machine.

A fill is chosen so that every correct implementation agrees within the operator's bound. Sums of positive
numbers lose nothing to cancellation, and sums of small whole numbers are exact in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...types import Array, DataType, Shape


class Source:
    """Random numbers that a name determines, the same in every version of NumPy (splitmix64)."""

    def __init__(self, name: str) -> None:
        self._state = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")

    def bits(self, count: int) -> Array:
        """So many numbers of 64 random bits."""
        step = 0x9E3779B97F4A7C15
        x = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(step) + np.uint64(self._state)  # modulo 2**64
        self._state = (self._state + step * count) % 2**64
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))

    def uniform(self, count: int, low: float, high: float) -> Array:
        """Real numbers from low up to high."""
        return low + (high - low) * ((self.bits(count) >> np.uint64(11)).astype(np.float64) / 2.0**53)

    def whole(self, count: int, low: int, high: int) -> list[int]:
        """Integers from low to high, both included."""
        return [low + int(bits) % (high - low + 1) for bits in self.bits(count)]


Fill = Callable[[Source, DataType, int], Any]
"""Makes so many elements for a data type."""


def uniform(low: float, high: float) -> Fill:
    """Real numbers from low to high; of an integer type, integers."""
    integers = whole(int(low), int(high))
    return lambda source, data_type, count: source.uniform(count, low, high) if data_type.is_float else integers(source, data_type, count)


def whole(low: int, high: int) -> Fill:
    """Integers from low to high in any data type, none below zero in one without a sign."""
    return lambda source, data_type, count: source.whole(count, low if data_type.is_signed else max(low, 0), high)


def listed(*values: float) -> Fill:
    """These values over and over."""
    return lambda source, data_type, count: [values[i % len(values)] for i in range(count)]


def either(*ranges: tuple[float, float]) -> Fill:
    """Real numbers from several ranges in turn."""

    def fill(source: Source, data_type: DataType, count: int) -> Any:
        return [source.uniform(1, *ranges[i % len(ranges)])[0] for i in range(count)]

    return fill


def multiples(step: float, low: int, high: int) -> Fill:
    """Whole multiples of a step, which a binary fraction keeps exact."""
    return lambda source, data_type, count: [step * number for number in source.whole(count, low, high)]


def distinct(source: Source, data_type: DataType, count: int) -> Any:
    """The integers around zero, or from zero, each once, in random order."""
    order = np.argsort(source.bits(count), kind="stable")
    return order - (count // 2 if data_type.is_signed else 0)


def full_range(source: Source, data_type: DataType, count: int) -> Any:
    """Integers over the whole range of a type; of a float, numbers of moderate size."""
    if data_type.is_float:
        return source.uniform(count, -8, 8)
    return source.whole(count, int(data_type.minimum), int(data_type.maximum))


def anything(source: Source, data_type: DataType, count: int) -> Any:
    """What only moves may be anything: NaN, infinities, signed zeros, subnormals and the ends of a range among the rest."""
    rest = list(full_range(source, data_type, count))
    odd = [*edges(data_type), *([float(np.finfo(data_type.numpy).smallest_subnormal)] if data_type.is_float else [])]
    for place, value in zip(range(2, count, 3), odd, strict=False):
        rest[place] = value
    return rest


def edges(data_type: DataType) -> tuple[float, ...]:
    """The values where implementations go wrong first: for floats NaN, infinities, zeros and the largest; for integers the ends."""
    if data_type.is_float:
        return float("nan"), float("inf"), float("-inf"), -0.0, 0.0, float(data_type.maximum), float(data_type.minimum)
    return data_type.minimum, data_type.maximum, 0, 1


some = uniform(-4, 4)
"""Moderate numbers of both signs."""
positive = uniform(0.25, 2)
"""Moderate numbers above zero: whatever sums them cancels nothing."""
small = whole(-4, 4)
"""Small whole numbers of both signs, whose sums of products are exact even in float16."""


@dataclass(frozen=True)
class Tensor:
    """An operand of a case: its data type, its shape, and what fills it."""

    data_type: DataType
    shape: Shape
    fill: Fill = some

    def array(self, source: Source) -> Array:
        """The elements, rounded to the data type; a number that an integer type cannot hold is an error."""
        count = int(np.prod(self.shape, dtype=np.int64))
        elements = self.fill(source, self.data_type, count)
        if self.data_type.is_float:
            with np.errstate(over="ignore"):
                return np.asarray(elements, np.float64).astype(self.data_type.numpy).reshape(self.shape)
        integers = [int(element) for element in elements]
        if integers and not self.data_type.minimum <= min(integers) <= max(integers) <= self.data_type.maximum:
            raise ValueError(f"{self.data_type} cannot hold {min(integers)} to {max(integers)}")
        array = np.array(integers, np.uint64 if self.data_type is DataType.UINT64 else np.int64)
        return array.astype(self.data_type.numpy).reshape(self.shape)


def tensors(data_type: DataType, shapes: Sequence[Shape], fill: Fill = some) -> tuple[Tensor, ...]:
    """Several tensors of one type."""
    return tuple(Tensor(data_type, shape, fill) for shape in shapes)
