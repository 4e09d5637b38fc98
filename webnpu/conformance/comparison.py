"""How far two arrays are apart: in units in the last place (ULP), and absolutely.

The distance of two floats in ULP is the number of steps from one to the next representable value that lead
from one to the other; infinity is one step beyond the greatest finite value. Integers are as many ULP apart
as they differ by. NaN is equal to NaN alone, whatever its bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..agreement import Bound
from ..types import Array, DataType


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the comparison of an output with what was expected found.

    Attributes:
        agrees: whether every element is within the bound.
        ulp: the largest distance in ULP; None where some cannot be measured (a NaN beside a number, another shape).
        absolute: the largest absolute difference, infinite where it cannot be measured.
        reason: if they do not agree, what is wrong with the worst element, in words.
    """

    agrees: bool
    ulp: int | None
    absolute: float
    reason: str = ""


CHUNK = 2**20
"""How many elements are compared at a time."""


def compare(actual: Array, expected: Array, bound: Bound) -> Comparison:
    """Compare an output with what was expected: each element must be within the bound's ULP, or its absolute bound."""
    if actual.dtype != expected.dtype or actual.shape != expected.shape:
        return Comparison(False, None, np.inf, f"expected {_described(expected)}; got {_described(actual)}")
    shape = actual.shape
    actual, expected = np.ascontiguousarray(actual).reshape(-1), np.ascontiguousarray(expected).reshape(-1)
    parts = [
        _compare_part(actual[start : start + CHUNK], expected[start : start + CHUNK], bound, start)
        for start in range(0, actual.size, CHUNK)
    ]
    largest = max((part.absolute for part in parts), default=0.0)
    ulps = [part.ulp for part in parts]
    ulp = None if None in ulps else max((n for n in ulps if n is not None), default=0)
    wrong = sum(part.wrong for part in parts)
    if not wrong:
        return Comparison(True, ulp, largest)
    worst = max(parts, key=lambda part: part.rank)
    where = f" at {[int(i) for i in np.unravel_index(worst.place, shape)]}" if shape else ""
    count = f"; {wrong} of {actual.size} elements are wrong" if actual.size > 1 else ""
    reason = f"got {actual[worst.place]}, expected {expected[worst.place]}{where}: {worst.found}{count}"
    return Comparison(False, ulp, largest, reason)


@dataclass(frozen=True, slots=True)
class _Part:
    """What the comparison of some elements found.

    Attributes:
        ulp, absolute: as of a `Comparison`.
        wrong: how many elements are beyond the bound.
        rank: how bad the worst of them is; one that cannot be measured is worse than any other.
        place: where it is.
        found: what is wrong with it, in words.
    """

    ulp: int | None
    absolute: float
    wrong: int = 0
    rank: float = -1.0
    place: int = 0
    found: str = ""


def _compare_part(actual: Array, expected: Array, bound: Bound, start: int) -> _Part:
    """Compare elements, the first of which is at a place of the whole output."""
    if actual.tobytes() == expected.tobytes():
        return _Part(0, 0.0)
    steps = ulp_distance(actual, expected)
    absolute = absolute_difference(actual, expected)
    incomparable = _is_nan(actual) != _is_nan(expected)
    within = ((steps <= bound.ulp) | (absolute <= bound.absolute)) & ~incomparable
    if bound.zero_sign and actual.dtype.kind == "f":
        within &= (actual != 0) | (expected != 0) | (np.signbit(actual) == np.signbit(expected))
    ulp = None if incomparable.any() else int(steps.max())
    largest = float(absolute.max())
    if within.all():
        return _Part(ulp, largest)
    rank = np.where(within, -1.0, np.where(incomparable, np.inf, steps.astype(np.float64)))
    place = int(rank.argmax())
    if incomparable[place]:
        found = "one is NaN"
    elif steps[place] == 0:
        found = "the sign of zero differs"
    else:
        found = f"{int(steps[place])} ULP, allowed {bound}"
    return _Part(ulp, largest, int((~within).sum()), float(rank[place]), start + place, found)


def ulp_distance(a: Array, b: Array) -> Array:
    """The distance of each pair of elements in ULP, as uint64; 0 for two NaN, of no meaning for a NaN and a number."""
    x, y = np.atleast_1d(_ordered(a), _ordered(b))
    # The true distance is below 2**64, so that subtraction modulo 2**64 gives it exactly.
    distance = (np.maximum(x, y).astype(np.uint64) - np.minimum(x, y).astype(np.uint64)).reshape(a.shape)
    return np.where(_is_nan(a) & _is_nan(b), np.uint64(0), distance)


def absolute_difference(a: Array, b: Array) -> Array:
    """The absolute difference of each pair, in float64: 0 for equals (two NaN, two infinities), infinity if beyond measure."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(x - y)
    difference = np.where(np.isnan(difference), np.inf, difference)
    least = 0.0 if a.dtype.kind == "f" else 1.0  # float64 cannot tell all integers apart
    same = (a == b) | (_is_nan(a) & _is_nan(b))
    return np.where(same, 0.0, np.maximum(difference, least))


def _ordered(array: Array) -> Array:
    """Integers in the order of the elements, one step a representable value; the two zeros are the same."""
    if array.dtype.kind == "f":
        bits = np.ascontiguousarray(array).view(np.dtype(f"i{array.itemsize}"))
        magnitude = bits.astype(np.int64) & np.int64(2 ** (8 * array.itemsize - 1) - 1)
        return np.asarray(np.where(bits < 0, -magnitude, magnitude)).reshape(array.shape)
    return array if array.dtype == np.uint64 else array.astype(np.int64)


def _is_nan(array: Array) -> Array:
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, np.bool_)


def _described(array: Array) -> str:
    try:
        name = DataType.of(array.dtype).value
    except TypeError:
        name = array.dtype.name
    return f"{name}{list(array.shape)}"
