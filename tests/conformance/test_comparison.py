"""The comparison in ULP, by cases that were worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from webnpu.agreement import Bound
from webnpu.conformance.comparison import absolute_difference, compare, ulp_distance
from webnpu.types import DataType

NAN, INF = math.nan, math.inf
TINY32 = 2.0**-149
GREATEST32 = float(np.finfo(np.float32).max)

DISTANCES = [
    ("float32", 1.0, 1.0, 0),
    ("float32", 1.0, 1.0 + 2**-23, 1),
    ("float32", 1.0, 1.0 - 2**-24, 1),
    ("float32", 1.0, 2.0, 2**23),
    ("float32", 0.0, -0.0, 0),
    ("float32", TINY32, -TINY32, 2),
    ("float32", 0.0, 2.0**-126, 2**23),
    ("float32", GREATEST32, INF, 1),
    ("float32", -INF, INF, 2 * 0x7F800000),
    ("float32", INF, INF, 0),
    ("float32", NAN, NAN, 0),
    ("float32", -1.0, 1.0, 2 * 0x3F800000),
    ("float16", 1.0, 1.0 + 2**-10, 1),
    ("float16", 65504.0, INF, 1),
    ("float16", -(2.0**-24), 2.0**-24, 2),
    ("float16", 2048.0, 2050.0, 1),
    ("int32", -(2**31), 2**31 - 1, 2**32 - 1),
    ("int64", -(2**63), 2**63 - 1, 2**64 - 1),
    ("int64", 2**62, 2**62 + 1, 1),
    ("uint64", 0, 2**64 - 1, 2**64 - 1),
    ("uint64", 2**63, 2**63 - 1, 1),
    ("uint8", 255, 0, 255),
    ("int8", -128, 127, 255),
    ("int4", -8, 7, 15),
    ("uint4", 0, 15, 15),
]


@pytest.mark.parametrize(("data_type", "a", "b", "steps"), DISTANCES)
def test_distance_in_ulp(data_type: str, a: float, b: float, steps: int) -> None:
    dtype = DataType(data_type).numpy
    x, y = np.array([a]).astype(dtype), np.array([b]).astype(dtype)
    assert int(ulp_distance(x, y)[0]) == steps
    assert int(ulp_distance(y, x)[0]) == steps


def test_distance_counts_next_values() -> None:
    value = np.float32(-0.3)
    for steps in range(1, 40):
        value = np.nextafter(value, np.float32(1))
        assert int(ulp_distance(np.array([-0.3], np.float32), np.array([value]))[0]) == steps


@pytest.mark.parametrize(
    ("a", "b", "difference"), [(1.5, 1.25, 0.25), (NAN, NAN, 0), (INF, INF, 0), (INF, -INF, INF), (NAN, 1, INF), (0.0, -0.0, 0)]
)
def test_absolute_difference(a: float, b: float, difference: float) -> None:
    assert absolute_difference(np.array([a], np.float32), np.array([b], np.float32))[0] == difference


def test_absolute_difference_of_integers_that_float64_cannot_tell_apart() -> None:
    a, b = np.array([2**63 - 1], np.int64), np.array([2**63 - 2], np.int64)
    assert absolute_difference(a, b)[0] == 1
    assert not compare(a, b, Bound()).agrees


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("actual", "expected", "bound", "agrees"),
    [
        (1 + 2**-22, 1.0, Bound(2), True),
        (1 + 2**-22, 1.0, Bound(1), False),
        (1e-7, 0.0, Bound(0, 1e-6), True),
        (1e-7, 0.0, Bound(0, 1e-8), False),
        (1 + 2**-22, 1.0, Bound(2, 1e-30), True),  # either bound is enough
        (-0.0, 0.0, Bound(), True),
        (-0.0, 0.0, Bound(zero_sign=True), False),
        (-0.0, 0.0, Bound(5, 1.0, zero_sign=True), False),
        (NAN, NAN, Bound(), True),
        (NAN, 1.0, Bound(10**9, 10.0), False),
        (1.0, NAN, Bound(10**9, INF), False),
        (INF, GREATEST32, Bound(1), True),
        (INF, GREATEST32, Bound(0, 1e9), False),
        (INF, -INF, Bound(100, 1e9), False),
    ],
)
def test_verdict(actual: float, expected: float, bound: Bound, agrees: bool) -> None:
    assert compare(floats(actual), floats(expected), bound).agrees is agrees
    assert compare(np.float32(actual).reshape(()), np.float32(expected).reshape(()), bound).agrees is agrees


def test_nan_payload_does_not_matter() -> None:
    a, b = np.array([0x7FC00000, 0xFFC12345], np.uint32).view(np.float32), np.array([NAN, NAN], np.float32)
    assert compare(a, b, Bound(zero_sign=True)).agrees


def test_failure_names_the_worst_element() -> None:
    expected = np.zeros((2, 3), np.float32) + 1
    actual = expected.copy()
    actual[0, 1] += 2**-22
    actual[1, 2] = 1.5
    found = compare(actual, expected, Bound(1))
    assert not found.agrees
    assert found.ulp == 2**22
    assert found.absolute == 0.5
    assert found.reason == "got 1.5, expected 1.0 at [1, 2]: 4194304 ULP, allowed 1 ULP; 2 of 6 elements are wrong"


def test_failure_says_nan_first() -> None:
    found = compare(floats(5.0, NAN), floats(1.0, 2.0), Bound())
    assert found.ulp is None
    assert found.reason == "got nan, expected 2.0 at [1]: one is NaN; 2 of 2 elements are wrong"


def test_worst_element_is_a_wrong_one() -> None:
    """An element that is far off in ULP but within the absolute bound is not to blame."""
    found = compare(floats(1e-20, 8.0), floats(-1e-20, 7.0), Bound(0, 1e-3))
    assert found.reason.startswith("got 8.0, expected 7.0 at [1]")


def test_pass_reports_the_measured_maximum() -> None:
    found = compare(floats(1.0, 1 + 2**-22), floats(1.0, 1.0), Bound(8))
    assert (found.agrees, found.ulp, found.reason) == (True, 2, "")


@pytest.mark.parametrize("other", [np.zeros((2, 1), np.float32), np.zeros(2, np.float16), np.zeros(2, np.int32)])
def test_other_type_or_shape_never_agrees(other: np.ndarray) -> None:
    found = compare(other, np.zeros(2, np.float32), Bound(10**9, 1e9))
    assert not found.agrees
    assert found.reason.startswith("expected float32[2]; got ")


@pytest.mark.parametrize("data_type", ["int32", "uint64", "int8", "int4"])
def test_integers_are_exact(data_type: str) -> None:
    dtype = DataType(data_type).numpy
    a = np.array([1, 2, 3]).astype(dtype)
    b = np.array([1, 2, 4]).astype(dtype)
    assert compare(a, a.copy(), Bound(zero_sign=True)).agrees
    assert not compare(a, b, Bound(zero_sign=True)).agrees
    assert compare(a, b, Bound(1)).agrees
