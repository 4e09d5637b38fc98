"""Data types, descriptors, the casting of numbers, and the packing of elements."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webnpu import DataType, MLTypeError, OperandDescriptor
from webnpu.types import ANY, FLOATS, MAX_DIMENSION, cast_number, pack, unpack

INTEGERS = [t for t in DataType if not t.is_float]
INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(("data_type", "bits", "low", "high"), [
    ("int4", 4, -8, 7), ("uint4", 4, 0, 15), ("int8", 8, -128, 127), ("uint8", 8, 0, 255),
    ("int32", 32, -(2**31), 2**31 - 1), ("uint32", 32, 0, 2**32 - 1), ("int64", 64, -(2**63), 2**63 - 1), ("uint64", 64, 0, 2**64 - 1),
    ("float16", 16, -65504.0, 65504.0), ("float32", 32, -3.4028234663852886e38, 3.4028234663852886e38),
])  # fmt: skip
def test_data_type_knows_its_size_and_range(data_type: str, bits: int, low: float, high: float) -> None:
    found = DataType(data_type)
    assert (found.bits, found.minimum, found.maximum) == (bits, low, high)


def test_only_the_four_bit_types_are_extensions() -> None:
    assert [t for t in DataType if t.is_extension] == ["int4", "uint4"]
    assert set(ANY) == {t for t in DataType if not t.is_extension}


@pytest.mark.parametrize("data_type", list(DataType))
def test_data_type_is_found_by_its_numpy_type(data_type: DataType) -> None:
    assert DataType.of(data_type.numpy) is data_type


@pytest.mark.parametrize("dtype", ["float64", "bool", "int16", "complex64", "O"])
def test_numpy_type_without_data_type_is_refused_with_the_choices(dtype: str) -> None:
    with pytest.raises(MLTypeError, match=rf"{np.dtype(dtype).name} is not one of float32, float16"):
        DataType.of(dtype)


@pytest.mark.parametrize(("value", "data_type", "expected"), [
    (3.9, "int64", 4), (2.5, "int32", 2), (3.5, "int32", 4), (-2.5, "int8", -2), (-0.5, "int8", 0), (0.5, "uint8", 0), (1.5, "uint8", 2),
    (300, "uint8", 255), (-1, "uint8", 0), (-129, "int8", -128), (7.6, "int4", 7), (-9, "int4", -8), (16, "uint4", 15),
    (INF, "int32", 2**31 - 1), (-INF, "int32", -(2**31)), (INF, "uint64", 2**64 - 1), (-INF, "uint64", 0),
    (NAN, "int8", 0), (NAN, "uint64", 0),
    (2**53 + 1, "int64", 2**53 + 1), (2**64 - 1, "uint64", 2**64 - 1), (2**64, "uint64", 2**64 - 1), (-(2**70), "int64", -(2**63)),
    (1e300, "int64", 2**63 - 1), (4294967295, "uint32", 4294967295), (3e9, "uint32", 3000000000),
])  # fmt: skip
def test_number_is_cast_to_the_nearest_integer_in_range(value: float, data_type: str, expected: int) -> None:
    cast = cast_number(value, DataType(data_type))
    assert (cast, type(cast)) == (expected, int)


@pytest.mark.parametrize(("value", "data_type", "expected"), [
    (65519.99, "float16", 65504.0), (65520, "float16", INF), (-65520, "float16", -INF), (1e39, "float32", INF), (INF, "float16", INF),
    (2049, "float16", 2048.0), (2051, "float16", 2052.0), (2**24 + 1, "float32", 2.0**24), (2**24 + 3, "float32", 2.0**24 + 4),
    (2.0**-25, "float16", 0.0), (2.0**-24, "float16", 2.0**-24), (1.5 * 2.0**-24, "float16", 2.0**-23), (1e-50, "float32", 0.0),
    (0.1, "float32", 0.10000000149011612), (0.1, "float16", 0.0999755859375),
    (2**60 + 2**36, "float32", 2.0**60), (2**60 + 2**36 + 1, "float32", 2.0**60 + 2.0**37),
    (-(2**60) - 2**36 - 1, "float32", -(2.0**60) - 2.0**37),
    (10**400, "float32", INF), (-(10**400), "float16", -INF),
])  # fmt: skip
def test_number_is_cast_to_the_nearest_float_ties_to_even(value: float, data_type: str, expected: float) -> None:
    assert cast_number(value, DataType(data_type)) == expected


@pytest.mark.parametrize("data_type", FLOATS)
def test_nan_and_negative_zero_survive_in_floats(data_type: DataType) -> None:
    assert math.isnan(cast_number(NAN, data_type))
    assert math.copysign(1, cast_number(-0.0, data_type)) == -1


@given(st.integers(-(2**130), 2**130), st.sampled_from(FLOATS))
def test_bigint_is_rounded_once(value: int, data_type: DataType) -> None:
    cast = cast_number(value, data_type)
    if math.isinf(cast):
        assert abs(value) > data_type.maximum
        return
    with np.errstate(over="ignore"):  # the neighbour of the greatest number is infinite
        neighbours = [float(np.nextafter(data_type.numpy.type(cast), data_type.numpy.type(side))) for side in (-INF, INF)]
    error = abs(Fraction(cast) - value)
    assert all(error <= abs(Fraction(n) - value) for n in neighbours if math.isfinite(n))


@given(st.floats(width=64), st.sampled_from(INTEGERS))
def test_cast_integer_is_always_in_range(value: float, data_type: DataType) -> None:
    assert data_type.minimum <= cast_number(value, data_type) <= data_type.maximum


@pytest.mark.parametrize(("shape", "fault"), [
    ([0], "every dimension must be from 1"), ([2, -1], "every dimension"), ([2**31], "every dimension"),
    ([2**16, 2**15], "number of elements must be at most 2147483647, got 2147483648"),
    ([1] * 9, "the rank must be at most 8, got 9"), ([2**31 - 1] * 10000, "the rank must be at most 8, got 10000"),
    ([2**29], "the byte length must be at most 2147483647, got 2147483648"),
])  # fmt: skip
def test_descriptor_says_what_is_wrong_with_it(shape: list[int], fault: str) -> None:
    assert fault in str(OperandDescriptor(DataType.FLOAT32, tuple(shape)).fault())


@pytest.mark.parametrize("shape", [(), (1,), (1,) * 8, (2**29 - 1,), (3, 4, 5)])
def test_valid_descriptor_has_no_fault(shape: tuple[int, ...]) -> None:
    assert OperandDescriptor(DataType.FLOAT32, shape).fault() is None


def test_largest_dimension_is_valid_where_its_bytes_fit() -> None:
    assert OperandDescriptor(DataType.INT8, (MAX_DIMENSION,)).fault() is None


def test_descriptor_reads_as_type_and_shape() -> None:
    descriptor = OperandDescriptor(DataType.FLOAT16, (2, 3))
    assert (str(descriptor), descriptor.rank, descriptor.size, descriptor.byte_length) == ("float16[2, 3]", 2, 6, 12)


@pytest.mark.parametrize(("size", "bytes_"), [(1, 1), (2, 1), (3, 2), (15, 8)])
def test_four_bit_elements_take_half_a_byte_rounded_up(size: int, bytes_: int) -> None:
    assert OperandDescriptor(DataType.INT4, (size,)).byte_length == bytes_


def test_four_bit_elements_lie_low_half_first() -> None:
    assert pack(np.array([1, -2, 7], np.int8).astype(DataType.INT4.numpy), DataType.INT4).tolist() == [0xE1, 0x07]


@given(st.sampled_from(list(DataType)), st.lists(st.integers(1, 4), max_size=3), st.data())
def test_packing_and_unpacking_gives_the_same_elements(data_type: DataType, shape: list[int], data: st.DataObject) -> None:
    descriptor = OperandDescriptor(data_type, tuple(shape))
    low, high = (-100, 100) if data_type.is_float else (int(data_type.minimum), int(data_type.maximum))
    values = data.draw(st.lists(st.integers(low, high), min_size=descriptor.size, max_size=descriptor.size))
    array = np.array(values, np.int64 if data_type.is_signed else np.uint64).astype(data_type.numpy).reshape(shape)
    stored = pack(array, data_type)
    assert stored.nbytes == descriptor.byte_length
    back = unpack(stored, descriptor)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_unpacking_shares_memory_where_the_type_allows() -> None:
    stored = np.frombuffer(bytearray(struct.pack("<2f", 1.5, -2.5)), np.uint8)
    array = unpack(stored, OperandDescriptor(DataType.FLOAT32, (2,)))
    assert np.shares_memory(array, stored)
    assert array.tolist() == [1.5, -2.5]


def test_packing_orders_a_strided_array() -> None:
    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T
    assert pack(turned, DataType.FLOAT32).tolist() == [0, 3, 1, 4, 2, 5]
