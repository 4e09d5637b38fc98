"""Gathering and scattering. An index outside its dimension is an error: MIL leaves it undefined.

Below zero an index counts from the end until iOS 16; from iOS 17 on, where validate_indices is a parameter, it is
outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

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
    if x.shape[:batches] != positions.shape[:batches] or along < batches:
        raise EvaluationError(
            f"x {list(x.shape)} and indices {list(positions.shape)} have no {batches} batch dimensions before axis {along}"
        )
    count, rest = prod(x.shape[:batches]), positions.shape[batches:]
    rows = np.moveaxis(x.reshape(count, *x.shape[batches:]), along - batches + 1, 1)  # the gathered axis beside the batch
    taken = rows[np.arange(count)[:, None], positions.reshape(count, -1)].reshape(count, *rest, *rows.shape[2:])
    before = along - batches
    order = (0, *range(1 + len(rest), 1 + len(rest) + before), *range(1, 1 + len(rest)), *range(1 + len(rest) + before, taken.ndim))
    return taken.transpose(order).reshape(*x.shape[:batches], *(taken.shape[at] for at in order[1:]))


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


_UFUNCS = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "max": np.maximum, "min": np.minimum}


def _scattered(data: Array, places: tuple[Array, ...], updates: Array, mode: str) -> Array:
    """The updates applied one after the other, so that of several to one place the last one stays."""
    if mode not in ("update", "div", *_UFUNCS):
        raise EvaluationError(f"mode must be one of update, div, {', '.join(_UFUNCS)}; got {mode!r}")
    out = data.copy()
    whole = np.broadcast_shapes(*(each.shape for each in places))
    values = np.broadcast_to(updates, (*whole, *data.shape[len(places) :]))
    if mode == "update":
        out[places] = values  # NumPy assigns in order
    elif mode != "div":
        _UFUNCS[mode].at(out, places, values)
    elif out.dtype.kind == "f":
        np.divide.at(out, places, values)
    else:
        _divided(out, np.broadcast_arrays(*places), values)
    return out


def _divided(out: Array, places: Sequence[Array], values: Array) -> None:
    """Integers divided in place, one after the other, each quotient without its fraction."""
    if not np.all(values):
        raise EvaluationError("an integer is divided by zero, which is undefined")
    for at in np.ndindex(places[0].shape):
        place = tuple(int(each[at]) for each in places)
        out[place] = np.trunc(out[place] / values[at]).astype(out.dtype)


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
