"""Gathering and scattering. An index outside its dimension is an error: MIL leaves it undefined.

Below zero an index counts from the end until iOS 16; from iOS 17 on, where validate_indices is a parameter, it is
outside.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates


def _within(indices: Array, size: int, validate_indices: Array | None) -> Array:
    """Indices as positions, once all of them lie inside."""
    wide = indices.astype(np.int64)
    if validate_indices is None:
        wide = np.where(wide < 0, wide + size, wide)
    if wide.size and (wide.min() < 0 or wide.max() >= size):
        raise EvaluationError(f"an index lies outside 0 to {size - 1}, which is undefined; found {int(wide.min())} to {int(wide.max())}")
    return wide


@evaluates(raw=True)
def gather(x: Array, indices: Array, axis: Array, batch_dims: Array | None = None, validate_indices: Array | None = None) -> Array:
    along = int(axis) % x.ndim
    positions = _within(indices, x.shape[along], validate_indices)
    batches = int(batch_dims or 0)
    if not batches:
        return np.take(x, positions, along)
    lead = positions.shape[:batches]
    flat_x, flat_p = x.reshape(-1, *x.shape[batches:]), positions.reshape(-1, *positions.shape[batches:])
    parts = [np.take(each, at, along - batches) for each, at in zip(flat_x, flat_p, strict=True)]
    return np.stack(parts).reshape(*lead, *parts[0].shape)


def _places(indices: Array, axis: int, shape: tuple[int, ...], validate_indices: Array | None) -> tuple[Array, ...]:
    places: list[Array] = list(np.indices(indices.shape, sparse=True))
    places[axis] = _within(indices, shape[axis], validate_indices)
    return tuple(places)


@evaluates(raw=True)
def gather_along_axis(x: Array, indices: Array, axis: Array, validate_indices: Array | None = None) -> Array:
    return np.asarray(x[_places(indices, int(axis) % x.ndim, x.shape, validate_indices)])


def _coordinates(indices: Array, shape: tuple[int, ...], validate_indices: Array | None) -> tuple[Array, ...]:
    return tuple(_within(indices[..., at], shape[at], validate_indices) for at in range(indices.shape[-1]))


@evaluates(raw=True)
def gather_nd(x: Array, indices: Array, batch_dims: Array | None = None, validate_indices: Array | None = None) -> Array:
    batches = int(batch_dims or 0)
    where = _coordinates(indices, x.shape[batches:], validate_indices)
    lead = tuple(np.arange(x.shape[at]).reshape([-1 if i == at else 1 for i in range(indices.ndim - 1)]) for at in range(batches))
    return np.asarray(x[(*lead, *where)])


_MODES: dict[str, Callable[[Array, Array], Array]] = {
    "update": lambda old, new: new,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": lambda old, new: old / new if old.dtype.kind == "f" else np.trunc(old / new).astype(old.dtype),
    "max": np.maximum,
    "min": np.minimum,
}


def _scattered(data: Array, places: tuple[Array, ...], updates: Array, mode: str) -> Array:
    """The updates applied one after the other, so that of several to one place the last one stays."""
    if mode not in _MODES:
        raise EvaluationError(f"mode must be one of {', '.join(_MODES)}; got {mode!r}")
    out = data.copy()
    combine = _MODES[mode]
    wide = np.broadcast_arrays(*places)
    values = np.broadcast_to(updates, (*wide[0].shape, *data.shape[len(places) :]))
    for at in np.ndindex(wide[0].shape):
        place = tuple(int(each[at]) for each in wide)
        out[place] = combine(out[place], values[at])
    return out


@evaluates()
def scatter(data: Array, indices: Array, updates: Array, axis: Array, mode: str, validate_indices: Array | None = None) -> Array:
    along = int(axis) % data.ndim
    places = (_within(indices, data.shape[along], validate_indices).reshape(-1),)
    moved = _scattered(np.moveaxis(data, along, 0), places, np.moveaxis(updates, along, 0), mode)
    return np.moveaxis(moved, 0, along)


@evaluates()
def scatter_along_axis(data: Array, indices: Array, updates: Array, axis: Array, mode: str, validate_indices: Array | None = None) -> Array:
    places = _places(indices, int(axis) % data.ndim, data.shape, validate_indices)
    return _scattered(data, places, updates, mode)


@evaluates()
def scatter_nd(data: Array, indices: Array, updates: Array, mode: str, validate_indices: Array | None = None) -> Array:
    return _scattered(data, _coordinates(indices, data.shape, validate_indices), updates, mode)


@evaluates()
def one_hot(indices: Array, one_hot_vector_size: Array, axis: Array, on_value: Array, off_value: Array) -> Array:
    rank = indices.ndim + 1
    along = int(axis) % rank
    lanes = np.arange(int(one_hot_vector_size)).reshape([-1 if at == along else 1 for at in range(rank)])
    return np.where(np.expand_dims(indices, along) == lanes, on_value, off_value)


@evaluates()
def non_zero(x: Array) -> Array:
    return np.argwhere(x).astype(np.int32)
