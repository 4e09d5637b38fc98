"""The types of MIL, and the values that stand in a program's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from webnpu.types import Array

from ..protos import MIL_pb2
from .errors import PackageError

BITS = {
    "fp16": 16,
    "fp32": 32,
    "fp64": 64,
    "int4": 4,
    "int8": 8,
    "int16": 16,
    "int32": 32,
    "int64": 64,
    "uint1": 1,
    "uint2": 2,
    "uint3": 3,
    "uint4": 4,
    "uint6": 6,
    "uint8": 8,
    "uint16": 16,
    "uint32": 32,
    "uint64": 64,
    "bool": 8,
}
"""How many bits an element takes when stored."""

_STORED = {"fp": "float", "int": "int", "uint": "uint"}


def _numpy(name: str) -> np.dtype[Any]:
    if name == "bool":
        return np.dtype(np.bool_)
    kind = name.rstrip("0123456789")
    return np.dtype(f"{_STORED[kind]}{max(BITS[name], 8)}")


NUMPY = {name: _numpy(name) for name in BITS}
"""The NumPy type that holds an element; those of less than a byte take a whole one."""

_NAMES = {
    MIL_pb2.BOOL: "bool",
    MIL_pb2.STRING: "string",
    MIL_pb2.FLOAT16: "fp16",
    MIL_pb2.FLOAT32: "fp32",
    MIL_pb2.FLOAT64: "fp64",
    **{getattr(MIL_pb2, name.upper()): name for name in BITS if name.startswith(("int", "uint"))},
}


@dataclass(frozen=True, slots=True)
class TensorType:
    """The type of a tensor. A dimension that is only known at run time is None; so is the shape where the rank is."""

    dtype: str
    shape: tuple[int | None, ...] | None

    def admits(self, dtype: str, shape: tuple[int, ...]) -> bool:
        """Whether a value of that type and shape is of this type."""
        if dtype != self.dtype:
            return False
        if self.shape is None:
            return True
        return len(shape) == len(self.shape) and all(d is None or d == s for d, s in zip(self.shape, shape, strict=True))

    def __str__(self) -> str:
        if self.shape is None:
            return f"{self.dtype}[*]"
        return f"{self.dtype}[{', '.join('?' if size is None else str(size) for size in self.shape)}]"


@dataclass(frozen=True, slots=True)
class OtherType:
    """A type that is no tensor: a list, a tuple, a dictionary, or the state of a model."""

    kind: str
    item: TensorType | None = None

    def __str__(self) -> str:
        return f"{self.kind} of {self.item}" if self.item else self.kind


Type = TensorType | OtherType


def read_type(message: Any, where: str) -> Type:
    """The type that a protobuf message describes."""
    kind = message.WhichOneof("type")
    if kind == "tensorType":
        return _tensor_type(message.tensorType, where)
    if kind == "listType":
        item = read_type(message.listType.type, where)
        return OtherType("list", item if isinstance(item, TensorType) else None)
    if kind == "stateType":
        item = read_type(message.stateType.wrappedType, where)
        return OtherType("state", item if isinstance(item, TensorType) else None)
    if kind is None:
        raise PackageError(f"{where}: it has no type")
    return OtherType(kind.removesuffix("Type"))


def _tensor_type(tensor: Any, where: str) -> TensorType:
    dtype = _NAMES.get(tensor.dataType)
    if dtype is None:
        raise PackageError(f"{where}: {tensor.dataType} is not a data type")
    if tensor.rank < 0 or any(d.unknown.variadic for d in tensor.dimensions):
        return TensorType(dtype, None)
    if tensor.rank != len(tensor.dimensions):
        raise PackageError(f"{where}: rank {tensor.rank}, but {len(tensor.dimensions)} dimensions")
    shape = tuple(d.constant.size if d.WhichOneof("dimension") == "constant" else None for d in tensor.dimensions)
    return TensorType(dtype, shape)


def read_immediate(message: Any, dtype: str, shape: tuple[int, ...], unpack: Any, where: str) -> Array:
    """The elements of an immediate tensor, which must be stored in the field that belongs to their type."""
    wanted = _field(dtype)
    field = message.WhichOneof("value")
    elements = int(np.prod(shape, dtype=np.int64))
    if field is None and elements == 0:
        return np.zeros(shape, NUMPY.get(dtype, np.dtype(object)))
    if field != wanted:
        raise PackageError(f"{where}: elements of {dtype} are stored in the field {wanted}; got {field}")
    values = getattr(message, field).values
    if field == "bytes":
        if len(values) != (elements * BITS[dtype] + 7) // 8:
            raise PackageError(f"{where}: {len(values)} bytes do not fit {dtype}{list(shape)}")
        return np.asarray(unpack(np.frombuffer(values, np.uint8), dtype, shape))
    if len(values) != elements:
        raise PackageError(f"{where}: {len(values)} elements do not fit {dtype}{list(shape)}")
    if dtype == "string":
        return np.array(list(values), object).reshape(shape)
    try:
        return np.array(values, NUMPY[dtype]).reshape(shape)
    except OverflowError as error:
        raise PackageError(f"{where}: an element does not fit {dtype}") from error


def _field(dtype: str) -> str:
    plain = {"bool": "bools", "string": "strings", "fp32": "floats", "fp64": "doubles", "int64": "longInts", "uint64": "longInts"}
    ints = ("int16", "uint16", "int32")
    return plain.get(dtype, "ints" if dtype in ints else "bytes")
