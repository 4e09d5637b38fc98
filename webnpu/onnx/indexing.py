"""Gathering, scattering and ranking."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operator import MLOperand
from ..types import INDICES, Array, DataType
from .registry import Node, imports


def _indices(node: Node, index: int) -> MLOperand:
    indices = node.x(index)
    return indices if indices.data_type in INDICES else node.b.cast(indices, DataType.INT64)


@imports("Gather")
def gather(node: Node) -> MLOperand:
    x = node.x(0)
    return node.b.gather(x, _indices(node, 1), axis=node.axis(x.rank, 0))


@imports("GatherElements")
def gather_elements(node: Node) -> MLOperand:
    """Where indices are smaller than the data in other dimensions than axis, only that much of the data is looked at."""
    x, indices = node.x(0), _indices(node, 1)
    axis = node.axis(x.rank, 0)
    sizes = [size if i == axis else indices.shape[i] for i, size in enumerate(x.shape)]
    part = x if tuple(sizes) == x.shape else node.b.slice(x, [0] * x.rank, sizes)
    return node.b.gather_elements(part, indices, axis=axis)


@imports("GatherND")
def gather_nd(node: Node) -> MLOperand:
    """Batches become coordinates too."""
    b, x, indices = node.b, node.x(0), _indices(node, 1)
    batches = int(node.attribute("batch_dims", 0))
    if batches:
        lead = indices.shape[:-1]
        grid = np.stack(np.meshgrid(*(np.arange(size) for size in lead[:batches]), indexing="ij"), axis=-1)
        spread = np.broadcast_to(grid.reshape(*lead[:batches], *[1] * (len(lead) - batches), batches), (*lead, batches))
        indices = b.concat([b.constant(spread.astype(indices.data_type.numpy)), indices], indices.rank - 1)
    return b.gather_nd(x, indices)


def _coordinates(node: Node, indices: MLOperand, axis: int) -> MLOperand:
    """Indices along one axis as coordinates of all: ``[i, indices[i, j, k], k]`` where axis is 1."""
    b = node.b
    grids = np.meshgrid(*(np.arange(size) for size in indices.shape), indexing="ij")
    numpy = indices.data_type.numpy
    parts = [b.constant(np.ascontiguousarray(grid)[..., None].astype(numpy)) for grid in grids]
    parts[axis] = b.reshape(indices, [*indices.shape, 1])
    return b.concat(parts, indices.rank)


def _reduction(node: Node) -> str | None:
    name: str = node.attribute("reduction", "none")
    methods = {"none": None, "add": "add", "mul": "mul", "max": "max", "min": "min"}
    if name not in methods:
        node.refuse(f"its reduction {name!r} is not known")
    return methods[name]


@imports("Scatter", "ScatterElements")
def scatter_elements(node: Node) -> MLOperand:
    x, indices, updates = node.x(0), _indices(node, 1), node.x(2)
    axis = node.axis(x.rank, 0)
    reduction = _reduction(node)
    if reduction:
        known = node.known(1, "indices, for a reduction of updates to one place,")
        size = x.shape[axis]
        grids = list(np.meshgrid(*(np.arange(n) for n in known.shape), indexing="ij"))
        grids[axis] = np.where(known < 0, known + size, known)
        places = np.stack(grids, axis=-1).reshape(-1, x.rank)
        return _scatter_by(node, x, places, node.reshape(updates, [len(places)]), reduction)
    fits = all(size == indices.shape[i] for i, size in enumerate(x.shape) if i != axis)
    if fits:
        return node.b.scatter_elements(x, indices, updates, axis=axis)
    return node.b.scatter_nd(x, _coordinates(node, indices, axis), updates)


@imports("ScatterND")
def scatter_nd(node: Node) -> MLOperand:
    x, indices, updates = node.x(0), _indices(node, 1), node.x(2)
    reduction = _reduction(node)
    if not reduction:
        return node.b.scatter_nd(x, indices, updates)
    known = node.known(1, "indices, for a reduction of updates to one place,")
    depth = known.shape[-1]
    places = np.where(known < 0, known + np.asarray(x.shape[:depth]), known).reshape(-1, depth)
    return _scatter_by(node, x, places, node.reshape(updates, [len(places), *x.shape[depth:]]), reduction)


def _scatter_by(node: Node, x: MLOperand, places: Array, updates: MLOperand, reduction: str) -> MLOperand:
    """Updates combined with what is there: in rounds, so that no round writes to a place twice."""
    b = node.b
    seen: dict[bytes, int] = {}
    rounds: list[list[int]] = []
    for row, place in enumerate(np.ascontiguousarray(places)):
        turn = seen.get(place.tobytes(), 0)
        seen[place.tobytes()] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(row)
    for rows in rounds:
        at = node.integers_operand(places[rows])
        new = updates if len(rows) == len(places) else b.gather(updates, node.integers_operand(rows))
        x = b.scatter_nd(x, at, getattr(b, reduction)(b.gather_nd(x, at), new))
    return x


@imports("OneHot")
def one_hot(node: Node) -> MLOperand:
    """An index below zero counts from the end; one out of range is hot nowhere."""
    b, indices = node.b, node.cast(node.x(0), DataType.INT64)
    depth = int(node.known(1, "depth").reshape(-1)[0])
    node.limit(depth)
    rank = indices.rank + 1
    axis = node.positive(int(node.attribute("axis", -1)), rank)
    values = node.x(2)
    off, on = (b.reshape(part, []) for part in b.split(values, 2))
    if indices.rank == 0:
        indices = b.identity(indices)
    size = node.integers_operand(depth)
    indices = b.where(b.lesser(indices, node.integers_operand(0)), b.add(indices, size), indices)
    apart = b.reshape(indices, [*indices.shape[:axis], 1, *indices.shape[axis:]])
    along = node.integers_operand(np.arange(depth).reshape([-1 if i == axis else 1 for i in range(rank)]))
    return b.where(b.equal(apart, along), on, off)


_MAX_COMPARISONS = 2**24
_MAX_UNROLLED = 32


@imports("TopK")
def top_k(node: Node) -> Any:
    """Every element's rank is how many come before it; equal ones in the order of their places.

    That compares all pairs along the axis. Where these are too many, a small k is found by taking the greatest k times.
    """
    x = node.x(0)
    k = int(node.attribute("k", 0)) if node.opset < 10 else node.integers(1, "k")[0]
    axis = node.axis(x.rank, -1)
    size = x.shape[axis]
    if k == 0:
        node.refuse("its k is 0; WebNN has no empty tensors")
    largest = bool(node.attribute("largest", 1))
    if x.descriptor.size * size <= _MAX_COMPARISONS:
        return _by_rank(node, x, axis, k, largest)
    if k <= _MAX_UNROLLED and x.data_type.is_float:
        return _one_by_one(node, x, axis, k, largest)
    return node.refuse(f"WebNN has no sorting; the {k} greatest of {x.descriptor} are too many to be found otherwise")


def _by_rank(node: Node, x: MLOperand, axis: int, k: int, largest: bool) -> tuple[MLOperand, MLOperand]:
    b, size = node.b, x.shape[axis]
    before, after = x.shape[:axis], x.shape[axis + 1 :]
    one, other = b.reshape(x, [*before, size, 1, *after]), b.reshape(x, [*before, 1, size, *after])
    beats = b.greater(other, one) if largest else b.lesser(other, one)
    spread = [1] * len(before) + [size, size] + [1] * len(after)
    earlier = b.constant(np.tri(size, k=-1, dtype=np.uint8).reshape(spread))
    ahead = b.logical_or(beats, b.logical_and(b.equal(other, one), earlier))
    rank = b.reduce_sum(b.cast(ahead, DataType.INT32), axes=[axis + 1])
    wanted = np.arange(k, dtype=np.int32).reshape([1] * len(before) + [k, 1] + [1] * len(after))
    is_there = b.equal(b.reshape(rank, [*before, 1, size, *after]), b.constant(wanted))
    places = b.constant(np.arange(size, dtype=np.int32).reshape([1] * (axis + 1) + [size] + [1] * len(after)))
    indices = b.cast(b.reduce_sum(b.mul(b.cast(is_there, DataType.INT32), places), axes=[axis + 1]), DataType.INT64)
    return b.gather_elements(x, indices, axis=axis), indices


def _one_by_one(node: Node, x: MLOperand, axis: int, k: int, largest: bool) -> tuple[MLOperand, MLOperand]:
    """The greatest, then the greatest among the rest; what was taken becomes infinitely small."""
    b = node.b
    find = b.arg_max if largest else b.arg_min
    places = node.integers_operand(np.arange(x.shape[axis]).reshape([-1 if i == axis else 1 for i in range(x.rank)]))
    gone = node.number(x, -np.inf if largest else np.inf)
    rest, found = x, []
    for _ in range(k):
        index = find(rest, axis, keep_dimensions=True, output_data_type=DataType.INT64)
        found.append(index)
        rest = b.where(b.equal(places, index), gone, rest)
    indices = b.concat(found, axis)
    return b.gather_elements(x, indices, axis=axis), indices


@imports("TensorScatter")
def tensor_scatter(node: Node) -> MLOperand:
    """New rows written into a cache from a known place on, round its end in mode circular."""
    cache, update = node.x(0), node.x(1)
    axis = node.axis(cache.rank, -2)
    batch, size, count = cache.shape[0], cache.shape[axis], update.shape[axis]
    starts = node.x(2) if node.has(2) else node.integers_operand([0] * batch)
    b = node.b
    shape = [1] * cache.rank
    shape[0] = batch
    along = [1] * cache.rank
    along[axis] = count
    at = b.add(b.reshape(node.cast(starts, DataType.INT64), shape), node.integers_operand(np.arange(count).reshape(along)))
    if node.attribute("mode", "linear") == "circular":
        length = node.integers_operand(size)
        at = b.sub(at, b.mul(b.div(at, length), length))
    indices = b.expand(at, update.shape)
    fits = all(n == update.shape[i] for i, n in enumerate(cache.shape) if i != axis)
    if not fits:
        return b.scatter_nd(cache, _coordinates(node, indices, axis), update)
    return b.scatter_elements(cache, indices, update, axis=axis)
