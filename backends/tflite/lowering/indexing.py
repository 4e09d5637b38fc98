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

CHUNK = 1024
"""How many updates are compared with one another at a time, to find the last of those that share a place."""


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

    SCATTER_ND adds up what falls on one place, so all but the last are sent to a row behind the end.
    """
    count = input.descriptor.size // width
    x = m.reshape(m.tensor(input), (count, width))
    new = m.reshape(m.tensor(updates), (places.shape[0], width))
    for start in range(0, places.shape[0], CHUNK):
        size = min(CHUNK, places.shape[0] - start)
        whole = size == places.shape[0]
        own = places if whole else m.emit("SLICE", [places, m.integers(start), m.integers(size)], "int32", (size,))
        part = new if whole else m.emit("SLICE", [new, m.integers(start, 0), m.integers(size, width)], new.type, (size, width))
        own = m.reshape(_last_ones(m, own, count), (size, 1))
        shape = m.integers(count + 1, width)
        spread = m.emit("SCATTER_ND", [own, part, shape], x.type, (count + 1, width))
        ones = m.model.constant(np.ones((size, 1), np.int32))
        touched = m.emit("SCATTER_ND", [own, ones, m.integers(count + 1, 1)], "int32", (count + 1, 1))
        inside = [
            m.emit("SLICE", [t, m.integers(0, 0), m.integers(count, t.shape[1])], t.type, (count, t.shape[1])) for t in (touched, spread)
        ]
        x = at.select(m, at.compare(m, "NOT_EQUAL", inside[0], 0), inside[1], x)
    m.put(output, m.reshape(x, output.shape))


def _last_ones(m: Emitter, places: Tensor, nowhere: int) -> Tensor:
    """The places, but ``nowhere`` for those that a later update has too."""
    size = places.shape[0]
    if size == 1:
        return places
    if places.data is not None:
        known = places.data.copy()
        seen: set[int] = set()
        for i in reversed(range(size)):
            if int(known[i]) in seen:
                known[i] = nowhere
            seen.add(int(known[i]))
        return m.model.constant(known)
    equal = at.compare(m, "EQUAL", m.reshape(places, (size, 1)), m.reshape(places, (1, size)))
    later = m.model.constant(np.triu(np.ones((size, size), bool), 1))
    overwritten = m.convert(at.binary(m, "LOGICAL_AND", equal, later), "int32")
    again = m.emit("REDUCE_MAX", [overwritten, m.integers(1)], "int32", (size,))
    return at.select(m, at.compare(m, "NOT_EQUAL", again, 0), m.number(nowhere, "int32"), places)
