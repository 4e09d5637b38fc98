"""Arrays and buffers that come from outside, as the elements of a descriptor: the one place that checks them.

WebNN section: validating buffer with descriptor.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .errors import MLTypeError
from .types import Array, DataType, OperandDescriptor, Shape, unpack

Shapes = Literal["any", "flat", "same"]
"""What shapes an array may have: any of as many elements; one dimension for all, or the descriptor's; the descriptor's only."""


def elements(where: str, descriptor: OperandDescriptor, buffer: Any, shapes: Shapes = "any") -> Array:
    """View a buffer as the elements of a descriptor.

    Args:
        where: what the error message starts with.
        descriptor: what the buffer must hold.
        buffer: an array of the descriptor's data type and shape, in any memory layout and byte order; numbers, or numbers in
            lists, that the data type can hold, in the descriptor's shape or all in one list; or bytes, a memoryview of bytes,
            or a uint8 array of exactly the descriptor's byte length.
        shapes: what shapes an array may have. WebNN's buffers have one dimension only.

    Returns:
        An array of the descriptor's type and shape, in this machine's byte order: a view wherever that is possible.

    Raises:
        MLTypeError: the buffer holds something else.
    """
    if type(buffer) is np.ndarray and buffer.shape == descriptor.shape and buffer.dtype == descriptor.data_type.numpy:
        return buffer
    try:
        array, is_array = _array_of(where, descriptor.data_type, buffer)
        array = native(array)
    except MLTypeError:
        raise
    except (TypeError, ValueError, OverflowError, BufferError, RuntimeError, MemoryError) as error:  # NumPy's complaints, and DLPack's
        raise MLTypeError(f"{where}: the data cannot be read: {error}") from error
    if is_array and shapes == "same" and array.shape != descriptor.shape:
        raise MLTypeError(f"{where}: expected shape {list(descriptor.shape)}; got {list(array.shape)}")
    if array.dtype == descriptor.data_type.numpy and array.size == descriptor.size:
        if shapes != "any" and not _alike(array.shape, descriptor.shape, scalar=not is_array):
            raise MLTypeError(f"{where}: expected shape {list(descriptor.shape)}; got {list(array.shape)}")
        return array.reshape(descriptor.shape)
    if array.dtype == np.uint8 and array.nbytes == descriptor.byte_length and (shapes == "any" or array.ndim <= 1):
        return unpack(np.ascontiguousarray(array), descriptor)
    raise MLTypeError(
        f"{where}: expected {descriptor.size} elements of {descriptor.data_type} or {descriptor.byte_length} bytes of uint8; "
        f"got {array.size} elements of {array.dtype.name}"
    )


def native(array: Array) -> Array:
    """The array in the byte order of this machine."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def as_laid_out(array: Array) -> Array:
    """The array with its elements in order, without gaps, each where its type may lie: itself, where it is so already."""
    flags = array.flags
    return array if flags.c_contiguous and flags.aligned else array.copy(order="C")


def _alike(given: Shape, wanted: Shape, *, scalar: bool) -> bool:
    """Whether elements of a shape may stand for as many of another: in one dimension; a number for any shape of one element."""
    return given == wanted or len(given) == 1 or (scalar and not given)


def _array_of(where: str, data_type: DataType, buffer: Any) -> tuple[Array, bool]:
    """A buffer as an array, and whether it has a shape that says what it is; bytes and lists have not."""
    if isinstance(buffer, np.ndarray):
        if isinstance(buffer, np.ma.MaskedArray):
            raise MLTypeError(f"{where}: an array with a mask has elements that are no numbers; fill them first")
        return np.asarray(buffer), True
    if isinstance(buffer, (bytes, bytearray)):
        return np.frombuffer(buffer, np.uint8), False
    if hasattr(buffer, "__dlpack__"):
        return np.from_dlpack(buffer), True
    if isinstance(buffer, np.generic):
        buffer = buffer.item()
    if isinstance(buffer, (list, tuple, int, float)):
        return _numbers(where, data_type, buffer), False
    try:
        view = memoryview(buffer)
    except TypeError:
        raise MLTypeError(f"{where}: the data must be an array or a buffer; got {type(buffer).__name__}") from None
    if not view.contiguous:
        raise MLTypeError(f"{where}: the data cannot be read: the buffer has gaps")
    array = np.asarray(view)
    return array.view(np.uint8) if array.dtype == "S1" else array, array.ndim != 1


def _numbers(where: str, data_type: DataType, numbers: Any) -> Array:
    """Numbers, or lists of them, in a data type that can hold them."""
    read = np.asarray(numbers)
    large = read.dtype.kind == "O" and all(type(number) in (int, float) for number in read.flat)  # beyond 64 bits
    if read.dtype.kind not in "iufb" and not large:  # None, strings and complex numbers, which NumPy would make floats of
        raise MLTypeError(f"{where}: the data cannot be read: expected numbers; got {str(numbers)[:100]}")
    if not data_type.is_float and not _hold(data_type, read):
        bounds = f"{data_type.minimum} to {data_type.maximum}"
        raise MLTypeError(f"{where}: numbers of {data_type} must be integers from {bounds}; got {str(numbers)[:100]}")
    with np.errstate(over="ignore"):  # a number beyond the range of a float becomes infinite, as everywhere
        return np.asarray(numbers, data_type.numpy)


def _hold(data_type: DataType, numbers: Array) -> bool:
    """Whether an integer type holds all numbers."""
    return numbers.dtype.kind in "iub" and all(data_type.minimum <= int(end) <= data_type.maximum for end in (numbers.min(), numbers.max()))
