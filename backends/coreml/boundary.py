"""How arrays cross the boundary of a model, which takes and gives float32, float16 and int32 only."""

from __future__ import annotations

import numpy as np

from webnpu.types import Array, DataType, OperandDescriptor

from .lowering.model import WIDE64, bits, halves, held_shape, joined


def encoded(array: Array, descriptor: OperandDescriptor) -> Array:
    """An array as a model takes it."""
    data_type = descriptor.data_type
    if data_type in WIDE64:
        return np.stack(halves(array.reshape(-1)))
    return np.ascontiguousarray(bits(array, data_type)).reshape(held_shape(descriptor.shape))


def decoded(array: Array, descriptor: OperandDescriptor) -> Array:
    """An array that a model gave, as what it stands for."""
    data_type = descriptor.data_type
    if data_type in WIDE64:
        return joined(array[0], array[1], data_type).reshape(descriptor.shape)
    if data_type is DataType.UINT32:
        array = np.ascontiguousarray(array).view(np.uint32)
    return array.astype(data_type.numpy, copy=False).reshape(descriptor.shape)
