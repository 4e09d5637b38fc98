"""Operands of millions of elements, made in a moment: a pattern that is repeated, and what stands at its end.

The length of a pattern is a prime, so that no power of two, nor any other stride that a kernel may have, hides an
element that is read from the wrong place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...types import Array, DataType, Shape
from ..corpus.data import Fill, Source, Tensor, listed, whole

PERIOD = 8191


@dataclass(frozen=True)
class Tiled(Tensor):
    """A tensor that repeats a pattern.

    Attributes:
        period: the length of the pattern.
        last: the elements at the very end, in place of the pattern's: what is lost first where something is cut off.
    """

    period: int = PERIOD
    last: tuple[float, ...] = ()

    def array(self, source: Source) -> Array:
        """The elements."""
        count = math.prod(self.shape)
        pattern = Tensor(self.data_type, (min(count, self.period),), self.fill).array(source)
        array = np.resize(pattern, count)
        if self.last:
            array[-len(self.last) :] = np.array(self.last).astype(self.data_type.numpy)
        return array.reshape(self.shape)


@dataclass(frozen=True)
class Places(Tensor):
    """Positions from 0 to ``size - 1``, each once while they last: every ``stride``-th of them, round and round.

    Attributes:
        size: how many positions there are.
        axis: the axis of the indices along which they run; along the others, rows begin at positions of their own.
        negative: whether every second one counts from the end, below zero.
    """

    size: int = 1
    axis: int = 0
    negative: bool = False

    def array(self, source: Source) -> Array:
        """The elements."""
        stride = next(n for n in (7919, 104729, 3, 2, 1) if n < max(self.size, 2) and math.gcd(n, self.size) == 1)
        along = np.arange(self.shape[self.axis], dtype=np.int64) * stride
        others = np.arange(math.prod(self.shape) // self.shape[self.axis], dtype=np.int64) * 13
        rest = [size for axis, size in enumerate(self.shape) if axis != self.axis]
        places = (others.reshape(rest)[..., None] + along) % self.size
        if self.negative:
            places = np.where(places % 2, places - self.size, places)
        return np.moveaxis(places, -1, self.axis).astype(self.data_type.numpy)


@dataclass(frozen=True)
class Coordinates(Tensor):
    """Places of a tensor, the first dimensions of which are ``within``, each once while they last."""

    within: Shape = (1,)

    def array(self, source: Source) -> Array:
        """The elements."""
        total = math.prod(self.within)
        flat = Places(DataType.INT64, self.shape[:1], size=total).array(source)
        return np.stack(np.unravel_index(flat, self.within), axis=-1).astype(self.data_type.numpy)


def spread(every: int) -> tuple[Fill, int, tuple[float, ...]]:
    """A pattern of zeros with a one in every so many places, its length, and a one for the end: any order adds it exactly."""
    return listed(1, *[0] * (every - 1)), every, (1,)


units = whole(-1, 1)
"""-1, 0 and 1: sums of millions of them are exact in any order."""


def distinct(data_type: DataType) -> tuple[Fill, int]:
    """A fill of numbers that are all different, as many as a type of any size can tell apart, and how many they are."""
    period = 251 if data_type.bits == 8 else 2039 if data_type is DataType.FLOAT16 else PERIOD

    def fill(source: Source, data_type: DataType, count: int) -> Array:
        order = np.argsort(source.bits(count), kind="stable")
        return order - count // 2 if data_type.is_signed else order + 1  # no end of the range is among them

    return fill, period
