"""How far two arrays are apart: in units in the last place (ULP), and absolutely.

The distance of two floats in ULP is the number of steps from one to the next representable value that lead
from one to the other; infinity is one step beyond the greatest finite value. Integers are as many ULP apart
as they differ by. NaN is equal to NaN alone, whatever its bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..agreement import Bound
from ..types import Array, DataType, Shape


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


def compare(actual: Array, expected: Array, bound: Bound) -> Comparison:
    """Compare an output with what was expected: each element must be within the bound's ULP, or its absolute bound."""
    if actual.dtype != expected.dtype or actual.shape != expected.shape:
        return Comparison(False, None, np.inf, f"expected {_described(expected)}; got {_described(actual)}")
    if not expected.size:
        return Comparison(True, 0, 0.0)
    if _equal_bits(actual, expected):
        return Comparison(True, 0, 0.0)
    shape = actual.shape
    actual, expected = np.atleast_1d(actual), np.atleast_1d(expected)  # NumPy's scalars are no arrays
    steps = ulp_distance(actual, expected)
    absolute = absolute_difference(actual, expected)
    incomparable = _is_nan(actual) != _is_nan(expected)
    within = ((steps <= bound.ulp) | (absolute <= bound.absolute)) & ~incomparable
    if bound.zero_sign and actual.dtype.kind == "f":
        within &= (actual != 0) | (expected != 0) | (np.signbit(actual) == np.signbit(expected))
    ulp = None if incomparable.any() else int(steps.max())
    largest = float(absolute.max())
    if within.all():
        return Comparison(True, ulp, largest)
    return Comparison(False, ulp, largest, _worst(actual, expected, steps, incomparable, ~within, bound, shape))


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


def _equal_bits(a: Array, b: Array) -> bool:
    return a.tobytes() == b.tobytes()


def _worst(actual: Array, expected: Array, steps: Array, incomparable: Array, wrong: Array, bound: Bound, shape: Shape) -> str:
    """The worst of the wrong elements, in words; an element that cannot be measured is worse than any other."""
    rank = np.where(incomparable, np.inf, steps.astype(np.float64))
    rank[~wrong] = -1
    index = np.unravel_index(int(rank.argmax()), actual.shape)
    got, wanted = actual[index], expected[index]
    where = f" at {[int(i) for i in index]}" if shape else ""
    count = f"; {int(wrong.sum())} of {actual.size} elements are wrong" if actual.size > 1 else ""
    if incomparable[index]:
        found = "one is NaN"
    elif steps[index] == 0:
        found = "the sign of zero differs"
    else:
        found = f"{int(steps[index])} ULP, allowed {bound}"
    return f"got {got}, expected {wanted}{where}: {found}{count}"


def _described(array: Array) -> str:
    try:
        name = DataType.of(array.dtype).value
    except TypeError:
        name = array.dtype.name
    return f"{name}{list(array.shape)}"
