"""Data types, operand descriptors, and the casting of numbers to them.

WebNN sections: MLOperandDataType, MLOperandDescriptor, MLNumber.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt

from .errors import MLTypeError

Array = npt.NDArray[Any]
Shape = tuple[int, ...]

MAX_DIMENSION = 2**31 - 1
"""The largest valid dimension, and the largest valid number of elements (a signed 32-bit ``long``)."""

MAX_RANK = 8
"""The largest rank that the builder accepts; WebNN leaves it to the implementation."""

MAX_TENSOR_BYTES = 2**31 - 1
"""The default ``maxTensorByteLength``."""

MAX_TENSOR_COUNT = 8192
"""The largest number of inputs of ``concat`` and of outputs of ``split``."""


class DataType(StrEnum):
    """The data type of the elements of an operand.

    The first eight are WebNN's MLOperandDataType; ``int4`` and ``uint4`` are extensions, two elements
    a byte wherever they are stored, the first in the low half.
    """

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    INT8 = "int8"
    UINT8 = "uint8"
    INT4 = "int4"
    UINT4 = "uint4"

    @cached_property
    def bits(self) -> int:
        """How many bits an element takes when stored."""
        return int(re.sub("[a-z]", "", self.value))

    @cached_property
    def is_float(self) -> bool:
        return self in FLOATS

    @cached_property
    def is_signed(self) -> bool:
        return not self.value.startswith("u")

    @cached_property
    def is_extension(self) -> bool:
        """Whether WebNN lacks this type."""
        return self.bits == 4

    @cached_property
    def minimum(self) -> int | float:
        """The least finite value."""
        if self.is_float:
            return float(np.finfo(self.numpy).min)
        return -(2 ** (self.bits - 1)) if self.is_signed else 0

    @cached_property
    def maximum(self) -> int | float:
        """The greatest finite value."""
        if self.is_float:
            return float(np.finfo(self.numpy).max)
        return int(2 ** (self.bits - self.is_signed) - 1)

    @cached_property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy type that holds one element; 4-bit types are ml_dtypes', one element a byte."""
        return np.dtype(getattr(ml_dtypes, self.value) if self.is_extension else self.value)

    @classmethod
    def of(cls, dtype: npt.DTypeLike) -> DataType:
        """The data type of a NumPy type; an MLTypeError names those that there are."""
        name = np.dtype(dtype).name
        try:
            return cls(name)
        except ValueError:
            raise MLTypeError(f"data type {name} is not one of {', '.join(cls)}") from None


FLOATS = (DataType.FLOAT32, DataType.FLOAT16)
SIGNED = (*FLOATS, DataType.INT64, DataType.INT32, DataType.INT8)
"""Types with a sign, in the order of WebNN's tables."""
WIDE = (*FLOATS, DataType.INT32, DataType.UINT32, DataType.INT64, DataType.UINT64)
"""Types wide enough to accumulate in."""
ANY = (*WIDE, DataType.INT8, DataType.UINT8)
"""WebNN's "any": its eight types."""
NUMBERS = (*FLOATS, DataType.INT32)
"""The types that most operators on numbers must support."""
FOUR_BIT = (DataType.INT4, DataType.UINT4)
INDICES = (DataType.INT32, DataType.UINT32, DataType.INT64)


@dataclass(frozen=True, slots=True)
class OperandDescriptor:
    """The data type and the shape of an operand (WebNN's MLOperandDescriptor)."""

    data_type: DataType
    shape: Shape

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def byte_length(self) -> int:
        """The bytes that the elements take, packed."""
        return (self.size * self.data_type.bits + 7) // 8

    def fault(self, max_rank: int = MAX_RANK, max_bytes: int = MAX_TENSOR_BYTES) -> str | None:
        """What makes this descriptor invalid, in words, or None (WebNN: checking dimensions)."""
        if len(self.shape) > max_rank:
            return f"the rank must be at most {max_rank}, got {len(self.shape)}"
        size = 1
        for dimension in self.shape:
            if not 0 < dimension <= MAX_DIMENSION:
                return f"every dimension must be from 1 to {MAX_DIMENSION}, got shape {list(self.shape)}"
            size *= dimension
        if size > MAX_DIMENSION:
            return f"the number of elements must be at most {MAX_DIMENSION}, got {size} in shape {list(self.shape)}"
        if size * self.data_type.bits > max_bytes * 8:
            return f"the byte length must be at most {max_bytes}, got {self.byte_length}"
        return None

    def __str__(self) -> str:
        return f"{self.data_type.value}[{', '.join(map(str, self.shape))}]"


def cast_number(value: int | float, data_type: DataType) -> int | float:
    """Cast an MLNumber to a data type (WebNN section 9.5.1, casting an MLNumber).

    To a float: the nearest representable value, ties to even, infinity when out of range. To an integer:
    the nearest integer, ties to even, clamped to the range; NaN becomes 0.
    """
    if data_type.is_float:
        number = _as_double(value)
        if abs(number) <= data_type.maximum:
            return float(data_type.numpy.type(number))
        with np.errstate(over="ignore"):
            return float(data_type.numpy.type(number))
    if isinstance(value, float):
        if math.isnan(value):
            return 0
        if math.isinf(value):
            return data_type.maximum if value > 0 else data_type.minimum
        value = round(value)
    return int(min(max(value, int(data_type.minimum)), int(data_type.maximum)))


def _as_double(value: int | float) -> float:
    """A double that rounds to the same float32 or float16 as the value itself."""
    if isinstance(value, int) and (excess := value.bit_length() - 53) > 0:
        # Rounded to odd, so that the rounding which follows sees that something was cut off.
        kept = abs(value) >> excess
        kept |= kept << excess != abs(value)
        value = (kept if value > 0 else -kept) << excess
    try:
        return float(value)
    except OverflowError:  # an int beyond the range of a double
        return math.inf if value > 0 else -math.inf


def pack(array: Array, data_type: DataType) -> Array:
    """The elements as they are stored: C order, little endian, 4-bit elements two a byte."""
    flat = np.ascontiguousarray(array).reshape(-1)
    if data_type.is_extension:
        nibbles = flat.astype(np.int8).view(np.uint8) & 0xF
        nibbles = np.pad(nibbles, (0, nibbles.size % 2))
        return np.asarray(nibbles[::2] | (nibbles[1::2] << 4), dtype=np.uint8)
    return flat.astype(data_type.numpy.newbyteorder("<"), copy=False)


def unpack(stored: Array, descriptor: OperandDescriptor) -> Array:
    """The array that `pack` stored: a view where the type allows one.

    Args:
        stored: the bytes (uint8) or the elements, ``descriptor.byte_length`` bytes in all.
        descriptor: what they are.
    """
    if descriptor.data_type.is_extension:
        packed = stored.reshape(-1).view(np.uint8)
        nibbles = np.stack([packed & 0xF, packed >> 4], axis=-1).reshape(-1)[: descriptor.size]
        if descriptor.data_type.is_signed:
            nibbles = (nibbles ^ 8).astype(np.int8) - 8
        return nibbles.astype(descriptor.data_type.numpy).reshape(descriptor.shape)
    return stored.reshape(-1).view(descriptor.data_type.numpy.newbyteorder("<")).reshape(descriptor.shape)
