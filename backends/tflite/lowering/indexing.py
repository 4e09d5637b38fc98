"""Gathering and scattering. Positions are brought into range first, then everything is rows of a flat tensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from webnpu.operator import MLOperand
from webnpu.operators.indexing import Gather, GatherElements, GatherND, ScatterElements, ScatterND
from webnpu.types import Array, DataType, Shape

from ..emitter import Emitter, lowers
from ..flatbuffer import Tensor
from . import arithmetic as at


def positions(m: Emitter, indices: MLOperand, size: Array) -> Tensor:
    """Indices as positions of int32 from 0 to size - 1: from the end where below zero, then clamped.

    Args:
        m: the emitter.
        indices: the indices.
        size: the size of the dimension that they point into, or one for each item of their last dimension.
    """
    known = m.constant_of(indices)
    if known is not None:
        wide = known.view(f"u{known.itemsize}").astype(np.int64) if indices.data_type is DataType.UINT32 else known.astype(np.int64)
        return m.model.constant(np.clip(np.where(wide < 0, wide + size, wide), 0, size - 1).astype(np.int32))
    x = m.tensor(indices)
    last = m.model.constant((size - 1).astype(x.type))
    below = at.compare(m, "LESS", x, 0)
    if indices.data_type is DataType.UINT32:  # the sign stands for a number beyond every size
        x = at.select(m, below, last, x)
    else:
        x = at.select(m, below, at.add(m, x, m.model.constant(size.astype(x.type))), x)
    return m.convert(at.minimum(m, at.maximum(m, x, 0), last), "int32")


def rows(m: Emitter, x: Tensor, places: Tensor, shape: Sequence[int]) -> Tensor:
    """The rows of a matrix at places, in a shape."""
    flat = m.reshape(places, (int(np.prod(places.shape)),))
    return m.reshape(m.emit("GATHER", [x, flat], x.type, (flat.shape[0], x.shape[1]), axis=0), shape)


def _strides(shape: Shape) -> list[int]:
    """How many elements lie between neighbours along each dimension."""
    return [int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]


@lowers(Gather)
def gather(op: Gather, m: Emitter) -> None:
    x = m.tensor(op.input)
    before, size, after = int(np.prod(x.shape[: op.axis])), x.shape[op.axis], int(np.prod(x.shape[op.axis + 1 :]))
    places = positions(m, op.indices, np.array(size))
    flat = m.reshape(places, (int(np.prod(places.shape)),))
    out = m.emit("GATHER", [m.reshape(x, (before, size, after)), flat], x.type, (before, flat.shape[0], after), axis=1)
    m.put(op.output, m.reshape(out, op.output.shape))


def _element_places(m: Emitter, indices: MLOperand, axis: int, shape: Shape) -> Tensor:
    """Where each index points in the flat input: its own place, but along axis where it says."""
    strides = _strides(shape)
    own = sum(
        (grid * stride for i, (grid, stride) in enumerate(zip(np.indices(indices.shape, sparse=True), strides, strict=True)) if i != axis),
        start=np.zeros(indices.shape, np.int32),
    )
    there = positions(m, indices, np.array(shape[axis]))
    return at.add(m, at.mul(m, there, strides[axis]), m.model.constant(np.asarray(own, np.int32)))


def _slice_places(m: Emitter, indices: MLOperand, shape: Shape) -> Tensor:
    """Which slice of the input, counted in order, each coordinate points to."""
    depth = indices.shape[-1]
    there = positions(m, indices, np.array(shape[:depth]))
    weighted = at.mul(m, there, m.integers(*_strides(shape[:depth])))
    narrow = m.reshape(weighted, (int(np.prod(indices.shape[:-1])), depth))
    return m.emit("SUM", [narrow, m.integers(1)], "int32", (narrow.shape[0],))


@lowers(GatherElements)
def gather_elements(op: GatherElements, m: Emitter) -> None:
    x = m.reshape(m.tensor(op.input), (op.input.descriptor.size, 1))
    m.put(op.output, rows(m, x, _element_places(m, op.indices, op.axis, op.input.shape), op.output.shape))


@lowers(GatherND)
def gather_nd(op: GatherND, m: Emitter) -> None:
    depth = op.indices.shape[-1]
    x = m.reshape(m.tensor(op.input), (int(np.prod(op.input.shape[:depth])), int(np.prod(op.input.shape[depth:]))))
    m.put(op.output, rows(m, x, _slice_places(m, op.indices, op.input.shape), op.output.shape))


@lowers(ScatterElements)
def scatter_elements(op: ScatterElements, m: Emitter) -> None:
    places = _element_places(m, op.indices, op.axis, op.input.shape)
    _scatter(m, op.input, op.output, m.reshape(places, (op.updates.descriptor.size,)), op.updates, 1)


@lowers(ScatterND)
def scatter_nd(op: ScatterND, m: Emitter) -> None:
    places = _slice_places(m, op.indices, op.input.shape)
    _scatter(m, op.input, op.output, places, op.updates, int(np.prod(op.input.shape[op.indices.shape[-1] :])))


def _scatter(m: Emitter, input: MLOperand, output: MLOperand, places: Tensor, updates: MLOperand, width: int) -> None:
    """Rows of the input replaced at places. Of several updates to one place the last is kept.

    SCATTER_ND would add up what falls on one place, to a zero at that, which takes the sign of another zero. So the
    number of the last update of each place is found, and the rows are gathered.
    """
    count, given = input.descriptor.size // width, places.shape[0]
    x = m.reshape(m.tensor(input), (count, width))
    new = m.reshape(m.tensor(updates), (given, width))
    numbers = m.model.constant(np.arange(given, dtype=np.int32))
    last = m.emit("UNSORTED_SEGMENT_MAX", [numbers, places, m.number(count, "int32")], "int32", (count,))
    untouched = at.compare(m, "LESS", m.reshape(last, (count, 1)), 0)
    m.put(output, m.reshape(at.select(m, untouched, x, rows(m, new, at.maximum(m, last, 0), x.shape)), output.shape))
