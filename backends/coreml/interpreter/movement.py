"""Data movement: the same elements in another shape, order or number."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates
from .windows import numbers


@evaluates(raw=True)
def concat(values: tuple[Array, ...], axis: Array, interleave: Array) -> Array:
    parts = [np.atleast_1d(part) for part in (values if isinstance(values, tuple) else (values,))]  # scalars make a vector
    along = int(axis)
    if not bool(interleave):
        return np.concatenate(parts, along)
    stacked = np.stack(parts, along % parts[0].ndim + 1)
    shape = list(parts[0].shape)
    shape[along] *= len(parts)
    return stacked.reshape(shape)


@evaluates(raw=True)
def stack(values: tuple[Array, ...], axis: Array) -> Array:
    parts = values if isinstance(values, tuple) else (values,)
    if len({part.shape for part in parts}) > 1:
        raise EvaluationError(f"values must have one shape; got {', '.join(str(list(part.shape)) for part in parts)}")
    return np.stack(parts, int(axis))


@evaluates(raw=True)
def split(x: Array, axis: Array, num_splits: Array | None = None, split_sizes: Array | None = None) -> tuple[Array, ...]:
    if split_sizes is not None:
        sizes = numbers(split_sizes)
        if sum(sizes) != x.shape[int(axis)]:
            raise EvaluationError(f"split_sizes {sizes} do not make up a dimension of {x.shape[int(axis)]}")
        return tuple(np.split(x, np.cumsum(sizes)[:-1], int(axis)))
    if num_splits is None:
        raise EvaluationError("one of num_splits and split_sizes must be given")
    return tuple(np.split(x, int(num_splits), int(axis)))


@evaluates(raw=True)
def expand_dims(x: Array, axes: Array) -> Array:
    return np.expand_dims(x, numbers(axes))


@evaluates(raw=True)
def squeeze(x: Array, axes: Array | None = None) -> Array:
    """Dimensions that are not of size 1 stay."""
    chosen = range(x.ndim) if axes is None else [axis % x.ndim for axis in numbers(axes)]
    return x.reshape([size for axis, size in enumerate(x.shape) if axis not in chosen or size != 1])


@evaluates(raw=True)
def reshape(x: Array, shape: Array) -> Array:
    """A 0 takes over the dimension of x that stands as far from the right, or is 1; one -1 is what remains."""
    wanted = numbers(shape)
    offset = x.ndim - len(wanted)
    sizes = [size if size != 0 else (x.shape[at + offset] if 0 <= at + offset < x.ndim else 1) for at, size in enumerate(wanted)]
    return x.reshape(sizes) if x.size or -1 not in sizes else x.reshape([max(size, 0) for size in sizes])


@evaluates(raw=True)
def reshape_like(x: Array, ref_tensors: tuple[Array, ...], begins: Array, ends: Array, end_masks: Array) -> Array:
    def several(value: Any) -> tuple[Any, ...]:
        return value if isinstance(value, tuple) else (value,)

    shape: list[int] = []
    for reference, begin, end, whole in zip(*map(several, (ref_tensors, begins, ends, end_masks)), strict=True):
        shape += reference.shape[int(begin) : None if bool(whole) else int(end)]
    return x.reshape(shape)


@evaluates(raw=True)
def flatten2d(x: Array, axis: Array) -> Array:
    at = int(axis) + x.ndim if int(axis) < 0 else int(axis)
    return x.reshape(prod(x.shape[:at]), prod(x.shape[at:]))


@evaluates(raw=True)
def transpose(x: Array, perm: Array) -> Array:
    return x.transpose(numbers(perm))


@evaluates(raw=True)
def reverse(x: Array, axes: Array | None = None) -> Array:
    return np.flip(x, None if axes is None else numbers(axes))


@evaluates(raw=True)
def reverse_sequence(x: Array, lengths: Array, seq_axis: Array, batch_axis: Array) -> Array:
    out = x.copy()
    moved, target = (np.moveaxis(a, (int(batch_axis), int(seq_axis)), (0, 1)) for a in (x, out))
    for row, length in enumerate(numbers(lengths)):
        target[row, :length] = moved[row, :length][::-1]
    return out


@evaluates(raw=True)
def tile(x: Array, reps: Array) -> Array:
    return np.tile(x, numbers(reps))


def _parts(
    x: Array,
    begin: Array,
    end: Array,
    stride: Array | None,
    begin_mask: Array | None,
    end_mask: Array | None,
    squeeze_mask: Array | None,
) -> tuple[slice | int, ...]:
    """An index of NumPy's for a slice by index."""
    starts, ends = numbers(begin), numbers(end)
    steps = (1,) * x.ndim if stride is None else numbers(stride)
    masks = [np.zeros(x.ndim, bool) if mask is None else np.asarray(mask).reshape(-1) for mask in (begin_mask, end_mask, squeeze_mask)]
    parts: list[slice | int] = []
    for axis in range(x.ndim):
        if masks[2][axis]:
            parts.append(starts[axis])
            continue
        first = None if masks[0][axis] else starts[axis]
        last = None if masks[1][axis] else ends[axis]
        parts.append(slice(first, last, steps[axis]))
    return tuple(parts)


@evaluates(raw=True)
def slice_by_index(
    x: Array,
    begin: Array,
    end: Array,
    stride: Array | None = None,
    begin_mask: Array | None = None,
    end_mask: Array | None = None,
    squeeze_mask: Array | None = None,
) -> Array:
    return np.asarray(x[_parts(x, begin, end, stride, begin_mask, end_mask, squeeze_mask)])


@evaluates(raw=True)
def slice_update(
    x: Array,
    update: Array,
    begin: Array,
    end: Array,
    stride: Array | None = None,
    begin_mask: Array | None = None,
    end_mask: Array | None = None,
    squeeze_mask: Array | None = None,
) -> Array:
    out = x.copy()
    out[_parts(x, begin, end, stride, begin_mask, end_mask, squeeze_mask)] = update
    return out


@evaluates(raw=True)
def slice_by_size(x: Array, begin: Array, size: Array) -> Array:
    """A size of -1 takes what is left."""
    starts = [start + x.shape[axis] if start < 0 else start for axis, start in enumerate(numbers(begin))]
    pairs = zip(starts, numbers(size), strict=True)
    return x[tuple(slice(start, None if count == -1 else start + count) for start, count in pairs)]


@evaluates()
def pad(x: Array, pad: Array, mode: str, constant_val: Array) -> Array:
    """The last dimensions, as many as there are pairs."""
    flat = numbers(pad)
    pairs = list(zip(flat[::2], flat[1::2], strict=True))
    sides = [(0, 0)] * (x.ndim - len(pairs)) + pairs
    if mode == "constant":
        return np.pad(x, sides, constant_values=constant_val)
    if mode not in ("reflect", "replicate"):
        raise EvaluationError(f"mode must be constant, reflect or replicate; got {mode!r}")
    return np.pad(x, sides, mode="reflect" if mode == "reflect" else "edge")


@evaluates()
def crop(x: Array, crop_height: Array, crop_width: Array) -> Array:
    (top, bottom), (left, right) = numbers(crop_height), numbers(crop_width)
    return x[..., top : x.shape[-2] - bottom, left : x.shape[-1] - right]


@evaluates()
def depth_to_space(x: Array, block_size: Array) -> Array:
    """The block's place is the slower part of the channels."""
    n, c, h, w = x.shape
    b = int(block_size)
    return x.reshape(n, b, b, c // (b * b), h, w).transpose(0, 3, 4, 1, 5, 2).reshape(n, c // (b * b), h * b, w * b)


@evaluates()
def space_to_depth(x: Array, block_size: Array) -> Array:
    n, c, h, w = x.shape
    b = int(block_size)
    return x.reshape(n, c, h // b, b, w // b, b).transpose(0, 3, 5, 1, 2, 4).reshape(n, c * b * b, h // b, w // b)


@evaluates()
def pixel_shuffle(x: Array, upscale_factor: Array) -> Array:
    """The block's place is the faster part of the channels, as in PyTorch."""
    n, c, h, w = x.shape
    b = int(upscale_factor)
    return x.reshape(n, c // (b * b), b, b, h, w).transpose(0, 1, 4, 2, 5, 3).reshape(n, c // (b * b), h * b, w * b)


@evaluates()
def pixel_unshuffle(x: Array, downscale_factor: Array) -> Array:
    n, c, h, w = x.shape
    b = int(downscale_factor)
    return x.reshape(n, c, h // b, b, w // b, b).transpose(0, 1, 3, 5, 2, 4).reshape(n, c * b * b, h // b, w // b)


@evaluates()
def space_to_batch(x: Array, block_shape: Array, paddings: Array) -> Array:
    rows, columns = numbers(block_shape)
    x = np.pad(x, ((0, 0), (0, 0), *np.asarray(paddings).tolist()))
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // rows, rows, w // columns, columns).transpose(3, 5, 0, 1, 2, 4)
    return blocks.reshape(rows * columns * n, c, h // rows, w // columns)


@evaluates()
def batch_to_space(x: Array, block_shape: Array, crops: Array) -> Array:
    rows, columns = numbers(block_shape)
    n, c, h, w = x.shape
    blocks = x.reshape(rows, columns, n // (rows * columns), c, h, w).transpose(2, 3, 4, 0, 5, 1)
    whole = blocks.reshape(n // (rows * columns), c, h * rows, w * columns)
    (top, bottom), (left, right) = np.asarray(crops).tolist()
    return whole[:, :, top : whole.shape[2] - bottom, left : whole.shape[3] - right]


@evaluates(raw=True)
def sliding_windows(x: Array, axis: Array, size: Array, stride: Array) -> Array:
    along = int(axis) % x.ndim
    view = np.lib.stride_tricks.sliding_window_view(x, int(size), along)
    every = [slice(None)] * view.ndim
    every[along] = slice(None, None, int(stride))
    return np.moveaxis(view[tuple(every)], -1, along + 1)
