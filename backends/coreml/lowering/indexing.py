"""Gathering and scattering. MIL leaves an index outside its dimension undefined, so that every index is brought inside first."""

from __future__ import annotations

from math import prod

import numpy as np

from webnpu.operator import MLOperand
from webnpu.operators.indexing import Gather, GatherElements, GatherND, ScatterElements, ScatterND
from webnpu.types import MAX_RANK, Array

from ..mil import Var
from .model import Model, Value, held_shape, lowers
from .wide import in_halves, narrowed


def _positions(operand: MLOperand, sizes: int | Array) -> Array:
    """Constant indices as positions: those below zero counted from the end, then clamped to their dimension."""
    assert operand.value is not None
    wide = np.minimum(operand.value, 2**31 - 1).astype(np.int64)
    return np.clip(np.where(wide < 0, wide + sizes, wide), 0, np.asarray(sizes) - 1).astype(np.int32)


def _inside(m: Model, operand: MLOperand, sizes: int | Array) -> Var:
    """Indices as positions.

    Args:
        m: the model.
        operand: the indices.
        sizes: of the dimension, or of the dimension that each coordinate points into.
    """
    if operand.value is not None:
        return m.constant(_positions(operand, sizes).reshape(held_shape(operand.shape)))
    return _bounded(m, narrowed(m, operand), sizes)


def _bounded(m: Model, indices: Var, sizes: int | Array) -> Var:
    """Computed indices as positions."""
    count, last = (m.number(indices, size) if isinstance(size, int) else m.constant(size.astype(np.int32)) for size in (sizes, sizes - 1))
    from_end = m.select(m.compare("less", indices, 0), m.binary("add", indices, count), indices)
    return m.binary("minimum", m.binary("maximum", from_end, 0), last)


@lowers(Gather, max_rank=MAX_RANK)
def gather(op: Gather, m: Model) -> Value:
    """Between two dimensions, those before the axis and those after it, so that rank never matters."""
    shape, axis = op.input.shape, op.axis
    before, size, after = prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])
    indices = _inside(m, op.indices, size)
    direct = max(len(shape), op.output.rank, op.indices.rank) <= 4 and op.indices.rank > 0
    if not direct:
        indices = m.reshape(indices, (prod(indices.shape),))

    def half() -> Var:
        x = m.of(op.input) if direct else m.reshape(m.of(op.input), (before, size, after))
        out = op.output.shape if direct else (before, indices.shape[0], after)
        at = axis if direct else 1
        got = m.emit("gather", x.dtype, out, x=x, indices=indices, axis=at, batch_dims=0, validate_indices=False)
        return m.reshape(got, held_shape(op.output.shape))

    return in_halves(m, op.input, half)  # type: ignore[no-any-return]


@lowers(GatherElements)
def gather_elements(op: GatherElements, m: Model) -> Value:
    indices = _inside(m, op.indices, op.input.shape[op.axis])

    def half() -> Var:
        x = m.of(op.input)
        return m.emit("gather_along_axis", x.dtype, indices.shape, x=x, indices=indices, axis=op.axis, validate_indices=False)

    return in_halves(m, op.input, half)  # type: ignore[no-any-return]


def _coordinates(m: Model, operand: MLOperand, shape: tuple[int, ...]) -> Var:
    return _inside(m, operand, np.array(shape[: operand.shape[-1]], np.int64))


@lowers(GatherND, max_rank=MAX_RANK)
def gather_nd(op: GatherND, m: Model) -> Value:
    """With all coordinates in one list and all of a slice in one dimension, so that rank never matters."""
    depth = op.indices.shape[-1]
    lead, count, rest = op.input.shape[:depth], prod(op.indices.shape[:-1]), prod(op.input.shape[depth:])
    indices = _coordinates_flat(m, op.indices, lead)

    def half() -> Var:
        x = m.reshape(m.of(op.input), (prod(lead), rest))
        got = m.emit("gather", x.dtype, (count, rest), x=x, indices=indices, axis=0, batch_dims=0, validate_indices=False)
        return m.reshape(got, held_shape(op.output.shape))

    return in_halves(m, op.input, half)  # type: ignore[no-any-return]


def _coordinates_flat(m: Model, operand: MLOperand, lead: tuple[int, ...]) -> Var:
    """Coordinates as positions in the dimensions that they point into, taken as one."""
    depth, count = len(lead), prod(operand.shape[:-1])
    steps = np.array([prod(lead[at + 1 :]) for at in range(depth)], np.int32)
    sizes = np.array(lead, np.int64)
    if operand.value is not None:
        return m.constant((_positions(operand, sizes).reshape(count, depth) * steps).sum(1).astype(np.int32))
    coordinates = _bounded(m, m.reshape(narrowed(m, operand), (count, depth)), sizes)
    if depth == 1:
        return m.reshape(coordinates, (count,))
    return m.reduce("reduce_sum", m.binary("mul", coordinates, m.constant(steps)), (1,), keep_dims=False)


@lowers(ScatterElements)
def scatter_elements(op: ScatterElements, m: Model) -> Value:
    indices = _inside(m, op.indices, op.input.shape[op.axis])

    def half() -> Var:
        x = m.of(op.input)
        updates = m.of(op.updates)
        return m.emit(
            "scatter_along_axis",
            x.dtype,
            x.shape,
            data=x,
            indices=indices,
            updates=updates,
            axis=op.axis,
            mode="update",
            validate_indices=False,
        )

    return in_halves(m, op.input, half)  # type: ignore[no-any-return]


@lowers(ScatterND)
def scatter_nd(op: ScatterND, m: Model) -> Value:
    indices = _coordinates(m, op.indices, op.input.shape)

    def half() -> Var:
        x = m.of(op.input)
        updates = m.of(op.updates)
        if op.updates.rank == 0:
            updates = m.reshape(updates, (1,))
            pairs = m.reshape(indices, (1, indices.shape[-1]))
            return _scatter(m, x, pairs, updates)
        return _scatter(m, x, indices, updates)

    return in_halves(m, op.input, half)  # type: ignore[no-any-return]


def _scatter(m: Model, x: Var, indices: Var, updates: Var) -> Var:
    return m.emit("scatter_nd", x.dtype, x.shape, data=x, indices=indices, updates=updates, mode="update", validate_indices=False)
