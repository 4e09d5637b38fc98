"""Gathering and scattering. Indices below zero count from the end; those out of range are clamped."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.indexing import Gather, GatherElements, GatherND, ScatterElements, ScatterND
from .evaluate import evaluates

Array = NDArray[Any]


def _positions(indices: Array, size: int) -> Array:
    """Indices as positions from 0 to size - 1."""
    wide = indices.astype(np.int64)
    return np.clip(np.where(wide < 0, wide + size, wide), 0, size - 1)


def _coordinates(indices: Array, shape: tuple[int, ...]) -> tuple[Array, ...]:
    """The last dimension of indices, item by item, as positions along the first dimensions."""
    return tuple(_positions(indices[..., i], shape[i]) for i in range(indices.shape[-1]))


def _elements(indices: Array, axis: int, shape: tuple[int, ...]) -> tuple[Array, ...]:
    """Where each element of indices points: its own place, but along axis where it says."""
    places: list[Array] = list(np.indices(indices.shape, sparse=True))
    places[axis] = _positions(indices, shape[axis])
    return tuple(places)


@evaluates(Gather)
def gather(op: Gather, x: Array, indices: Array) -> Array:
    return np.take(x, _positions(indices, x.shape[op.axis]), op.axis)


@evaluates(GatherElements)
def gather_elements(op: GatherElements, x: Array, indices: Array) -> Array:
    return np.asarray(x[_elements(indices, op.axis, x.shape)])


@evaluates(GatherND)
def gather_nd(op: GatherND, x: Array, indices: Array) -> Array:
    return np.asarray(x[_coordinates(indices, x.shape)])


@evaluates(ScatterElements)
def scatter_elements(op: ScatterElements, x: Array, indices: Array, updates: Array) -> Array:
    out = x.copy()
    out[_elements(indices, op.axis, x.shape)] = updates  # of several updates of one place, NumPy keeps the last
    return out


@evaluates(ScatterND)
def scatter_nd(op: ScatterND, x: Array, indices: Array, updates: Array) -> Array:
    out = x.copy()
    out[_coordinates(indices, x.shape)] = updates
    return out
