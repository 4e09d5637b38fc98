"""Quantisation, and constants that are computed from compressed data."""

from __future__ import annotations

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates, rounded
from .types import NUMPY
from .windows import numbers


def _along(values: Array, axis: Array | None, shape: tuple[int, ...]) -> Array:
    """A scalar, or one number for each place along an axis, shaped to broadcast."""
    values = np.asarray(values, np.float64)
    if values.ndim == 0 or (values.size == 1 and axis is None):
        return values.reshape(())
    if axis is None:
        raise EvaluationError("a vector of scales needs an axis")
    at = int(axis) % len(shape)
    if values.size not in (1, shape[at]):
        raise EvaluationError(f"there are {values.size} scales or zero points for the {shape[at]} places of axis {at} of {list(shape)}")
    return values.reshape([-1 if i == at else 1 for i in range(len(shape))])


@evaluates()
def quantize(input: Array, scale: Array, output_dtype: str, zero_point: Array | None = None, axis: Array | None = None) -> Array:
    """``clip(round(input / scale) + zero_point)``, ties to even."""
    zero = 0.0 if zero_point is None else _along(zero_point, axis, input.shape)
    steps = np.rint(input / _along(scale, axis, input.shape)) + zero
    info = np.iinfo(NUMPY[output_dtype])
    return np.clip(np.nan_to_num(steps), info.min, info.max).astype(NUMPY[output_dtype])


@evaluates(like="scale")
def dequantize(input: Array, scale: Array, zero_point: Array | None = None, axis: Array | None = None) -> Array:
    zero = 0.0 if zero_point is None else _along(zero_point, axis, input.shape)
    return np.asarray(_along(scale, axis, input.shape) * (input.astype(np.float64) - zero))


@evaluates(like="scale")
def constexpr_affine_dequantize(quantized_data: Array, zero_point: Array, scale: Array, axis: Array) -> Array:
    return np.asarray(dequantize(quantized_data, scale, zero_point, axis))


@evaluates(raw=True)
def constexpr_cast(source_val: Array, output_dtype: str) -> Array:
    return source_val.astype(NUMPY[output_dtype])


def _blocks(values: Array, shape: tuple[int, ...]) -> Array:
    """Each number repeated over its block."""
    for axis, size in enumerate(shape):
        if size % values.shape[axis]:
            raise EvaluationError(f"{list(values.shape)} does not divide {list(shape)} into blocks")
        values = np.repeat(values, size // values.shape[axis], axis)
    return values


@evaluates(like="scale")
def constexpr_blockwise_shift_scale(data: Array, scale: Array, offset: Array | None = None) -> Array:
    shift = 0.0 if offset is None else _blocks(offset.astype(np.float64), data.shape)
    return np.asarray(_blocks(scale, data.shape) * (data.astype(np.float64) - shift))


@evaluates(raw=True)
def constexpr_lut_to_dense(indices: Array, lut: Array, shape: Array | None = None, vector_axis: Array | None = None) -> Array:
    """Until iOS 17 the indices are bytes of packed bits and there is one table; from iOS 18 on, one for each block."""
    if shape is not None:
        sizes = numbers(shape)
        bits = int(np.log2(lut.size))
        count = int(np.prod(sizes))
        each = np.unpackbits(indices, bitorder="little")[: count * bits].reshape(count, bits)
        return lut.reshape(-1)[np.packbits(each, axis=1, bitorder="little").reshape(-1)].reshape(sizes)
    rank = indices.ndim
    tables = lut
    for axis in range(rank):
        tables = np.repeat(tables, indices.shape[axis] // lut.shape[axis], axis)
    places = np.indices(indices.shape, sparse=True)
    vectors = tables[(*places, indices.astype(np.int64))]
    if vectors.shape[-1] == 1:
        return vectors[..., 0]
    return _spread(vectors, vector_axis)


def _spread(vectors: Array, vector_axis: Array | None) -> Array:
    """The last dimension laid out along another one."""
    if vector_axis is None:
        raise EvaluationError("a table of vectors needs a vector_axis")
    axis = int(vector_axis) % (vectors.ndim - 1)
    shape = list(vectors.shape[:-1])
    shape[axis] *= vectors.shape[-1]
    return np.moveaxis(vectors, -1, axis + 1).reshape(shape)


@evaluates(raw=True)
def constexpr_sparse_to_dense(nonzero_data: Array, mask: Array, shape: Array | None = None) -> Array:
    """Until iOS 17 the mask is packed bits; from iOS 18 on, it has the shape of the result."""
    if shape is not None:
        sizes = numbers(shape)
        mask = np.unpackbits(mask, bitorder="little")[: int(np.prod(sizes))].reshape(sizes)
    dense = np.zeros(mask.shape, nonzero_data.dtype)
    chosen = mask.astype(bool)
    if int(chosen.sum()) != nonzero_data.size:
        raise EvaluationError(f"the mask has {int(chosen.sum())} elements set for {nonzero_data.size} of data")
    dense[chosen] = nonzero_data
    return dense


@evaluates(raw=True)
def constexpr_lut_to_sparse(
    indices_mask: Array, indices_nonzero_data: Array, lut: Array, vector_axis: Array | None = None
) -> tuple[Array, Array]:
    dense = constexpr_sparse_to_dense(indices_nonzero_data, indices_mask)
    values = constexpr_lut_to_dense(dense, lut, None, vector_axis)
    mask = indices_mask
    if lut.shape[-1] > 1:
        mask = _spread(np.repeat(indices_mask[..., None], lut.shape[-1], -1), vector_axis)
    return mask, values[mask.astype(bool)]


@evaluates(raw=True)
def constexpr_sparse_blockwise_shift_scale(
    data_mask: Array, nonzero_data: Array, scale: Array, offset: Array | None = None
) -> tuple[Array, Array]:
    dense = constexpr_sparse_to_dense(nonzero_data, data_mask)
    values = constexpr_blockwise_shift_scale(dense, scale.astype(np.float64), offset)
    dtype = "fp16" if scale.dtype == np.float16 else "fp32"
    return data_mask, rounded(values[data_mask.astype(bool)], dtype)
