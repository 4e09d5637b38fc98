"""Elements as words, and numbers as expressions of WGSL."""

from __future__ import annotations

from typing import Any

import numpy as np

from webnpu.types import Array, DataType, pack

from .formats import FORMATS

Words = np.ndarray[Any, np.dtype[np.uint32]]


def words(array: Array, data_type: DataType) -> Words:
    """The elements as they are stored, in whole words; a view of the array where it is laid out so."""
    stored = pack(array, data_type).view(np.uint8)
    if stored.size % 4:
        stored = np.pad(stored, (0, -stored.size % 4))
    return np.ascontiguousarray(stored).view(np.uint32)


def literal(value: Any, data_type: DataType) -> str:
    """A number as an expression of WGSL, in the type that the data type is computed in."""
    if data_type.is_float:
        with np.errstate(over="ignore"):
            return f"number({int(np.float32(value).view(np.uint32)):#x}u)"
    number = int(value)
    if data_type.bits == 64:
        return f"vec2<u32>({number % 2**32}u, {(number >> 32) % 2**32}u)"
    if not data_type.is_signed:
        return f"{number}u"
    return f"bitcast<i32>({number % 2**32}u)"


def kind_of(data_type: DataType) -> str:
    """The ending of the functions that compute a type."""
    return FORMATS[data_type].kind
