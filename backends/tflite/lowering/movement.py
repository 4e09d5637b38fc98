"""Data movement. Transposes only rename the order of dimensions; what is known when the model is made is moved then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from webnpu.operators.movement import Concat, Expand, Pad, Reshape, Reverse, Slice, Split, Tile, Transpose

from ..emitter import Emitter, lowers
from ..flatbuffer import Tensor
from ..values import in_order
from . import arithmetic as at


@lowers(Transpose)
def transpose(op: Transpose, m: Emitter) -> None:
    permutation, value = op.resolved_permutation, m.values[op.input]
    if value.array is not None:
        return m.put_array(op.output, value.array.transpose(permutation))
    order = m.order(op.input)
    renamed = tuple(permutation.index(axis) for axis in order)
    return m.put(op.output, m.tensor(op.input, order), renamed)


@lowers(Reshape)
def reshape(op: Reshape, m: Emitter) -> None:
    value = m.values[op.input]
    if value.array is not None and value.array.flags.c_contiguous:
        return m.put_array(op.output, value.array.reshape(op.new_shape))
    return m.put(op.output, m.reshape(m.tensor(op.input), op.new_shape))


@lowers(Concat)
def concat(op: Concat, m: Emitter) -> None:
    order = at.common_order(m, op.inputs, op.output.rank)
    parts = [m.tensor(operand, order) for operand in op.inputs]
    if len(parts) == 1:
        return m.share(op.output, op.inputs[0])
    return m.put(op.output, joined(m, parts, order.index(op.axis)), order)


@lowers(Expand)
def expand(op: Expand, m: Emitter) -> None:
    array = m.values[op.input].array
    if array is not None and op.output.descriptor.size <= 1024:
        return m.put_array(op.output, np.broadcast_to(array, op.new_shape).copy())
    x = m.tensor(op.input)
    if x.shape == op.new_shape:
        return m.share(op.output, op.input)
    # Merged with an operand of the new shape, so that as few dimensions as possible are left.
    padded = (1,) * (len(op.new_shape) - x.rank) + x.shape
    narrow, wide = merged_expansion(padded, op.new_shape)
    out = m.emit("BROADCAST_TO", [m.reshape(x, narrow), m.integers(*wide)], x.type, wide)
    return m.put(op.output, m.reshape(out, op.new_shape))


def merged_expansion(shape: Sequence[int], new_shape: Sequence[int]) -> tuple[list[int], list[int]]:
    """The same expansion in fewer dimensions: neighbours that are both repeated, or both not, become one."""
    narrow, wide = [1], [1]
    repeats = False
    for have, want in zip(shape, new_shape, strict=True):
        if want == 1:
            continue
        if (have != want) != repeats and wide[-1] != 1:
            narrow.append(1)
            wide.append(1)
        repeats = have != want
        narrow[-1] *= have
        wide[-1] *= want
    return narrow, wide


@lowers(Pad)
def pad(op: Pad, m: Emitter) -> None:
    sides = [(b, e) for b, e in zip(op.beginning_padding, op.ending_padding, strict=True)]
    if not any(b or e for b, e in sides):
        return m.share(op.output, op.input)
    order = m.order(op.input)
    x = m.tensor(op.input, order)
    sides = [sides[axis] for axis in order]
    out = pad_constant(m, x, sides, _kept(op)) if op.mode == "constant" else _repeated(m, x, sides, op.mode)
    return m.put(op.output, out, order)


def _kept(op: Pad) -> int | float:
    """The padding value as it is kept in the model: of wide unsigned integers the signed number of the same bits."""
    value = op.resolved_value
    if op.input.data_type.is_float:
        return value
    kind = op.input.data_type.numpy
    return int(np.array(value).astype(kind).view(kind.str.replace("u", "i"))) if op.input.data_type.bits >= 32 else value


def _padded(shape: Sequence[int], sides: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(begin + size + end for size, (begin, end) in zip(shape, sides, strict=True))


def pad_constant(m: Emitter, x: Tensor, sides: Sequence[tuple[int, int]], value: float) -> Tensor:
    """A tensor with a number around it; dimensions without padding are merged, since kernels know no more than five."""
    if x.rank == 0:
        return x
    sizes: list[int] = []
    amounts: list[tuple[int, int]] = []
    for size, side in zip(x.shape, sides, strict=True):
        if sizes and side == (0, 0) and amounts[-1] == (0, 0) and x.rank > 4:
            sizes[-1] *= size
        else:
            sizes.append(size)
            amounts.append(side)
    if len(sizes) > 5:
        half = [side if axis < 4 else (0, 0) for axis, side in enumerate(sides)]
        rest = [(0, 0) if axis < 4 else side for axis, side in enumerate(sides)]
        return pad_constant(m, pad_constant(m, x, half, value), rest, value)
    narrow = m.reshape(x, sizes)
    paddings = m.model.constant(np.array(amounts, np.int32))
    shape = _padded(sizes, amounts)
    if value == 0 and not np.signbit(value):
        out = m.emit("PAD", [narrow, paddings], x.type, shape)
    else:
        out = m.emit("PADV2", [narrow, paddings, m.number(value, x.type)], x.type, shape)
    return m.reshape(out, _padded(x.shape, sides))


FEW = 16
"""Up to so many parts are cut out and joined, which every delegate can; more are gathered."""


def _repeated(m: Emitter, x: Tensor, sides: Sequence[tuple[int, int]], mode: str) -> Tensor:
    """A tensor with its own elements around it: those at its edges, or mirrored. Delegates lack MIRROR_PAD."""
    for axis, side in enumerate(sides):
        if not any(side):
            continue
        places = np.pad(np.arange(x.shape[axis]), side, "edge" if mode == "edge" else "reflect")
        if sum(side) > FEW:
            x = take(m, x, places, axis)
            continue
        begin, end = side
        around = {int(place): _slice_of(m, x, axis, int(place)) for place in (*places[:begin], *places[len(places) - end :])}
        x = joined(m, [*(around[p] for p in places[:begin]), x, *(around[p] for p in places[len(places) - end :])], axis)
    return x


def _slice_of(m: Emitter, x: Tensor, axis: int, place: int) -> Tensor:
    """One slice along an axis."""
    starts = [place if a == axis else 0 for a in range(x.rank)]
    return cut(m, x, starts, [1 if a == axis else size for a, size in enumerate(x.shape)])


def joined(m: Emitter, parts: Sequence[Tensor], axis: int) -> Tensor:
    """Tensors one after another along an axis."""
    size = sum(part.shape[axis] for part in parts)
    shape = (*parts[0].shape[:axis], size, *parts[0].shape[axis + 1 :])
    if len(shape) <= 4:
        return m.emit("CONCATENATION", parts, parts[0].type, shape, axis=axis)
    before, after = int(np.prod(shape[:axis])), int(np.prod(shape[axis + 1 :]))
    narrow = [m.reshape(part, (before, part.shape[axis], after)) for part in parts]
    return m.reshape(m.emit("CONCATENATION", narrow, parts[0].type, (before, size, after), axis=1), shape)


def take(m: Emitter, x: Tensor, positions: np.ndarray[tuple[int], np.dtype[np.int64]], axis: int) -> Tensor:
    """Slices along an axis, at positions known when the model is made."""
    shape = (*x.shape[:axis], len(positions), *x.shape[axis + 1 :])
    before, after = int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis + 1 :]))
    narrow = m.reshape(x, (before, x.shape[axis], after)) if x.rank > 3 else x
    at_axis = 1 if x.rank > 3 else axis
    out_shape = (before, len(positions), after) if x.rank > 3 else shape
    out = m.emit("GATHER", [narrow, m.integers(*positions.tolist())], x.type, out_shape, axis=at_axis)
    return m.reshape(out, shape)


@lowers(Reverse)
def reverse(op: Reverse, m: Emitter) -> None:
    order = m.order(op.input)
    x = m.tensor(op.input, order)
    for axis in op.resolved_axes:
        here = order.index(axis)
        if x.shape[here] == 1:
            continue
        before, after = int(np.prod(x.shape[:here])), int(np.prod(x.shape[here + 1 :]))
        narrow = m.reshape(x, (before, x.shape[here], after))
        x = m.reshape(m.like("REVERSE_V2", narrow, m.integers(1)), x.shape)
    m.put(op.output, x, order)


@lowers(Slice)
def slice_(op: Slice, m: Emitter) -> None:
    steps = op.resolved_strides
    array = m.values[op.input].array
    if array is not None:
        parts = tuple(slice(s, s + n, k) for s, n, k in zip(op.starts, op.sizes, steps, strict=True))
        return m.put_array(op.output, array[parts])
    order = m.order(op.input)
    return m.put(op.output, cut(m, m.tensor(op.input, order), *(in_order(v, order) for v in (op.starts, op.sizes, steps))), order)


def cut(m: Emitter, x: Tensor, starts: Sequence[int], sizes: Sequence[int], steps: Sequence[int] | None = None) -> Tensor:
    """A part of a tensor."""
    steps = steps or [1] * x.rank
    if tuple(sizes) == x.shape and set(steps) <= {1}:
        return x
    out = [-(-size // step) for size, step in zip(sizes, steps, strict=True)]
    groups = _whole_runs(x, out)
    narrow = m.reshape(x, [int(np.prod([x.shape[a] for a in g])) for g in groups])
    first = [starts[g[0]] * int(np.prod([x.shape[a] for a in g[1:]])) for g in groups]
    spans = [sizes[g[0]] * int(np.prod([x.shape[a] for a in g[1:]])) for g in groups]
    paces = [1 if out[g[0]] == x.shape[g[0]] else steps[g[0]] for g in groups]  # a size of 1 may have any step
    if set(paces) <= {1}:
        part = m.emit("SLICE", [narrow, m.integers(*first), m.integers(*spans)], x.type, spans)
    else:
        ends = [a + b for a, b in zip(first, spans, strict=True)]
        shape = [-(-span // pace) for span, pace in zip(spans, paces, strict=True)]
        part = m.emit("STRIDED_SLICE", [narrow, *(m.integers(*v) for v in (first, ends, paces))], x.type, shape)
    return m.reshape(part, out)


def _whole_runs(x: Tensor, out: Sequence[int]) -> list[list[int]]:
    """The dimensions of a tensor of high rank in groups: one that is cut, with those after it that are kept whole."""
    if x.rank <= 4:
        return [[axis] for axis in range(x.rank)]
    groups: list[list[int]] = []
    for axis in range(x.rank):
        whole = out[axis] == x.shape[axis]
        if groups and whole and all(out[a] == x.shape[a] for a in groups[-1]):
            groups[-1].append(axis)
        else:
            groups.append([axis])
    return groups


@lowers(Split)
def split(op: Split, m: Emitter) -> None:
    array = m.values[op.input].array
    order = m.order(op.input)
    begin = 0
    for output, part in zip(op.outputs, op.parts, strict=True):
        starts, sizes = [0] * op.input.rank, list(op.input.shape)
        starts[op.axis], sizes[op.axis] = begin, part
        if array is not None:
            m.put_array(output, array[tuple(slice(s, s + n) for s, n in zip(starts, sizes, strict=True))])
        else:
            m.put(output, cut(m, m.tensor(op.input, order), in_order(starts, order), in_order(sizes, order)), order)
        begin += part


@lowers(Tile)
def tile(op: Tile, m: Emitter) -> None:
    order = m.order(op.input)
    x = m.tensor(op.input, order)
    times = in_order(op.repetitions, order)
    if x.rank == 0 or set(times) == {1}:
        return m.share(op.output, op.input)
    for axis, count in enumerate(times):
        if count > 1:
            x = _tiled(m, x, axis, count)
    return m.put(op.output, x, order)


def _tiled(m: Emitter, x: Tensor, axis: int, count: int) -> Tensor:
    """A tensor several times along an axis: joined to itself, twice as long each time. Delegates lack TILE, or BROADCAST_TO."""
    parts = []
    for bit in range(count.bit_length()):
        if bit:
            x = joined(m, [x, x], axis)
        if count >> bit & 1:
            parts.append(x)
    return parts[0] if len(parts) == 1 else joined(m, parts, axis)
