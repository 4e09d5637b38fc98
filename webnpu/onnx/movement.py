"""Data movement."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from ..operator import MLOperand
from ..shapes import broadcast
from .convolution import transposed
from .registry import Node, imports
from .values import Value
from .windows import windows


def reshaped(node: Node, shape: Sequence[int]) -> Any:
    """The first input in a shape; one that is known but not folded stays known."""
    value = node.value(0)
    if value.array is not None:
        return Value(array=value.array.reshape(shape), element=value.element)
    x = value.operand(node.b)
    return node.b.identity(x) if x.shape == tuple(shape) else node.b.reshape(x, list(shape))


@imports("Reshape")
def reshape(node: Node) -> Any:
    """0 keeps a dimension, unless allowzero; -1 is what is left."""
    have, shape = node.shape(0), node.integers(1, "shape")
    if not node.attribute("allowzero", 0):
        shape = [have[i] if size == 0 else size for i, size in enumerate(shape)]
    if -1 in shape:
        rest = -math.prod(shape)
        shape[shape.index(-1)] = math.prod(have) // rest if rest else 0
    return reshaped(node, shape)


@imports("Flatten")
def flatten(node: Node) -> Any:
    shape = node.shape(0)
    axis = int(node.attribute("axis", 1))
    axis = axis + len(shape) if axis < 0 else axis
    return reshaped(node, [math.prod(shape[:axis]), math.prod(shape[axis:])])


@imports("Squeeze")
def squeeze(node: Node) -> Any:
    shape = node.shape(0)
    axes = node.axes_or(1, None)
    gone = {node.positive(axis, len(shape)) for axis in axes} if axes is not None else {i for i, size in enumerate(shape) if size == 1}
    if any(shape[axis] != 1 for axis in gone):
        node.refuse(f"axes {sorted(gone)} of {list(shape)} are not all of size 1")
    return reshaped(node, [size for i, size in enumerate(shape) if i not in gone])


@imports("Unsqueeze")
def unsqueeze(node: Node) -> Any:
    shape = list(node.shape(0))
    given = node.axes_or(1, None) or []
    rank = len(shape) + len(given)
    axes = sorted(node.positive(axis, rank) for axis in given)
    if len(set(axes)) != len(axes):
        node.refuse(f"axes {axes} name a dimension twice")
    for axis in axes:
        shape.insert(axis, 1)
    return reshaped(node, shape)


@imports("Transpose")
def transpose(node: Node) -> MLOperand:
    x = node.x(0)
    permutation = node.attribute("perm", None)
    if x.rank == 0:
        return node.b.identity(x)
    return node.b.transpose(x, permutation=None if permutation is None else [node.positive(int(axis), x.rank) for axis in permutation])


@imports("Concat")
def concat(node: Node) -> Any:
    """Empty tensors, which WebNN lacks, add nothing."""
    rank = len(node.shape(0))
    if rank == 0:
        node.refuse("scalars cannot be joined")
    axis = node.positive(int(node.attribute("axis", 1 if node.opset < 4 else 0)), rank)
    operands = [node.x(i) for i in range(len(node)) if 0 not in node.shape(i)]
    return node.b.concat(operands, axis) if len(operands) > 1 else node.b.identity(operands[0])


@imports("Split")
def split(node: Node) -> Any:
    """Into the sizes given, or into as many parts as there are outputs, the last one perhaps smaller."""
    x = node.x(0)
    axis = node.axis(x.rank, 0)
    size = x.shape[axis]
    sizes = node.integers(1, "split") if node.has(1) else node.attribute("split", None)
    if sizes is None:
        count = int(node.attribute("num_outputs", len(node.outputs)))
        part = -(-size // count)
        sizes = [min(part, size - part * i) for i in range(count)]
    if min(sizes) == 0:
        return _uneven(node, x, axis, sizes)
    return tuple(node.b.split(x, [int(item) for item in sizes], axis=axis))


def _uneven(node: Node, x: MLOperand, axis: int, sizes: Sequence[int]) -> tuple[Any, ...]:
    """Parts some of which are empty, and so known."""
    parts: list[Any] = []
    start = 0
    for size in sizes:
        shape = list(x.shape)
        shape[axis] = int(size)
        starts = [0] * x.rank
        starts[axis] = start
        parts.append(node.b.slice(x, starts, shape) if size else np.zeros(shape, x.data_type.numpy))
        start += int(size)
    return tuple(parts)


@imports("Slice")
def slice_(node: Node) -> Any:
    """Bounds beyond the ends are cut to them; a negative step takes the part, and turns it round."""
    shape = node.shape(0)
    rank = len(shape)
    if node.opset < 10:
        starts, ends = list(node.attribute("starts", [])), list(node.attribute("ends", []))
        axes, steps = node.attribute("axes", None), None
    else:
        starts, ends = node.integers(1, "starts"), node.integers(2, "ends")
        axes = node.integers(3, "axes") if node.has(3) else None
        steps = node.integers(4, "steps") if node.has(4) else None
    axes = list(range(len(starts))) if axes is None else [node.positive(int(axis), rank) for axis in axes]
    begin, sizes, strides, turned = [0] * rank, list(shape), [1] * rank, []
    for axis, start, end, step in zip(axes, starts, ends, steps or [1] * len(axes), strict=True):
        indices = range(shape[axis])[slice(start, _end(end, step), step)]
        count = len(indices)
        low = min(indices[0], indices[-1]) if count else 0
        begin[axis], strides[axis] = low, abs(step)
        sizes[axis] = (count - 1) * abs(step) + 1 if count else 0
        if step < 0:
            turned.append(axis)
    if 0 in sizes:
        return Value(array=np.zeros(sizes, node.x(0).data_type.numpy), element=node.value(0).element)
    x = node.x(0)
    whole = sizes == list(shape) and set(strides) <= {1}
    y = node.b.identity(x) if whole else node.b.slice(x, begin, sizes, strides=strides)
    return node.b.reverse(y, axes=turned) if turned else y


def _end(end: int, step: int) -> int | None:
    """ONNX says "before the first" by a number far below zero."""
    return None if step < 0 and end <= -(2**31) else end


@imports("Expand")
def expand(node: Node) -> MLOperand:
    """Broadcast in both directions: the shape may have ones where the input has not."""
    x = node.x(0)
    wanted = node.integers(1, "shape")
    shape = broadcast(x.shape, wanted)
    if shape is None:
        node.refuse(f"{x.descriptor} does not broadcast to {wanted}")
    return node.b.identity(x) if shape == x.shape else node.b.expand(x, list(shape))


@imports("Tile")
def tile(node: Node) -> MLOperand:
    return node.b.tile(node.x(0), node.integers(1, "repeats"))


@imports("Pad")
def pad(node: Node) -> Any:
    """Negative padding cuts off; wrapping joins the tensor to itself."""
    b, x = node.b, node.x(0)
    rank = x.rank
    if node.opset < 11:
        sides, value = list(node.attribute("pads", [])), None
        number: Any = float(node.attribute("value", 0.0))
    else:
        sides = node.integers(1, "padding")
        value = node.value(2) if node.has(2) and node.shape(2) != (0,) else None
        number = 0 if value is None or value.array is None else value.array.reshape(-1)[0].item()
    axes = [node.positive(axis, rank) for axis in node.integers(3, "axes")] if node.has(3) else list(range(rank))
    begins, ends = [0] * rank, [0] * rank
    for i, axis in enumerate(axes):
        begins[axis], ends[axis] = sides[i], sides[i + len(axes)]
    mode = node.attribute("mode", "constant")
    if min(*begins, *ends, 0) < 0:
        cut = [(max(-begin, 0), max(-end, 0)) for begin, end in zip(begins, ends, strict=True)]
        x = b.slice(x, [low for low, _ in cut], [size - sum(c) for size, c in zip(x.shape, cut, strict=True)])
        begins, ends = [max(side, 0) for side in begins], [max(side, 0) for side in ends]
    if not any(begins) and not any(ends):
        return b.identity(x)
    node.limit(max(low + high for low, high in zip(begins, ends, strict=True)))
    if mode == "wrap":
        return _wrapped(node, x, begins, ends)
    modes: dict[str, Literal["constant", "edge", "reflection"]] = {"constant": "constant", "edge": "edge", "reflect": "reflection"}
    if mode not in modes:
        node.refuse(f"its mode {mode!r} is not known")
    if mode == "reflect" and any(max(sides) >= size for *sides, size in zip(begins, ends, x.shape, strict=True) if any(sides)):
        return _gathered(node, x, [np.pad(np.arange(s), (lo, hi), mode="reflect") for lo, hi, s in zip(begins, ends, x.shape, strict=True)])
    padded = b.pad(x, begins, ends, mode=modes[mode], value=number)
    if mode != "constant" or value is None or value.is_known:
        return padded
    sides = list(zip(begins, ends, strict=True))
    inside = np.pad(np.ones(x.shape, np.uint8), sides)
    return b.where(b.constant(inside), padded, node.reshape(value.operand(b), []))


def _wrapped(node: Node, x: MLOperand, begins: Sequence[int], ends: Sequence[int]) -> MLOperand:
    return _gathered(node, x, [np.arange(-low, size + high) % size for low, high, size in zip(begins, ends, x.shape, strict=True)])


def _gathered(node: Node, x: MLOperand, positions: Sequence[Any]) -> MLOperand:
    """Along each axis the elements at known positions."""
    for axis, indices in enumerate(positions):
        if len(indices) != x.shape[axis] or (indices != np.arange(len(indices))).any():
            x = node.b.gather(x, node.integers_operand(indices), axis=axis)
    return x


@imports("DepthToSpace")
def depth_to_space(node: Node) -> MLOperand:
    """Blocks of channels become blocks of pixels; DCR has the block's place before the channel, CRD after it."""
    b, x, block = node.b, node.x(0), int(node.attribute("blocksize", 1))
    batch, channels, height, width = x.shape
    depth = channels // block**2
    if node.attribute("mode", "DCR") == "DCR":
        apart, order = [batch, block, block, depth, height, width], [0, 3, 4, 1, 5, 2]
    else:
        apart, order = [batch, depth, block, block, height, width], [0, 1, 4, 2, 5, 3]
    return b.reshape(b.transpose(b.reshape(x, apart), permutation=order), [batch, depth, height * block, width * block])


@imports("SpaceToDepth")
def space_to_depth(node: Node) -> MLOperand:
    b, x, block = node.b, node.x(0), int(node.attribute("blocksize", 1))
    batch, channels, height, width = x.shape
    apart = b.reshape(x, [batch, channels, height // block, block, width // block, block])
    order = [0, 3, 5, 1, 2, 4] if node.attribute("mode", "DCR") == "DCR" else [0, 1, 3, 5, 2, 4]
    return b.reshape(b.transpose(apart, permutation=order), [batch, channels * block**2, height // block, width // block])


@imports("ReverseSequence")
def reverse_sequence(node: Node) -> MLOperand:
    """Of each sequence the first elements, as many as its known length, in the opposite order."""
    b, x = node.b, node.x(0)
    lengths = node.integers(1, "lengths")
    batch_axis, time_axis = int(node.attribute("batch_axis", 1)), int(node.attribute("time_axis", 0))
    steps = np.tile(np.arange(x.shape[time_axis]), (len(lengths), 1))
    for row, length in zip(steps, lengths, strict=True):
        row[:length] = row[:length][::-1]
    shape = [1] * x.rank
    shape[batch_axis], shape[time_axis] = steps.shape
    indices = (steps if batch_axis < time_axis else steps.T).reshape(shape)
    return b.gather_elements(x, node.integers_operand(np.broadcast_to(indices, x.shape)), axis=time_axis)


@imports("Compress")
def compress(node: Node) -> Any:
    """Which elements stay must be known."""
    b, x = node.b, node.x(0)
    condition = node.known(1, "condition").reshape(-1).astype(bool)
    positions = np.flatnonzero(condition)
    axis = node.attribute("axis", None)
    if axis is None:
        x, axis = node.reshape(x, [x.descriptor.size]), 0
    if not positions.size:
        node.refuse("its result is empty")
    return b.gather(x, node.integers_operand(positions), axis=node.positive(int(axis), x.rank))


@imports("Col2Im")
def col2im(node: Node) -> MLOperand:
    """Columns added back into the image at the places that they were taken from: a transposed convolution with an identity."""
    b, x = node.b, node.x(0)
    image, block = node.integers(1, "image shape"), node.integers(2, "block shape")
    rank = len(image)
    over = windows(node, image, block)
    counts = over.output(image)
    batch, rows, columns = x.shape
    if len(block) != rank or rows % math.prod(block) or math.prod(counts) != columns:
        node.refuse(f"{x.descriptor} does not hold the blocks of {block} at {list(counts)} places of an image of {image}")
    node.limit(rows * math.prod(block))
    filter = np.zeros((rows, 1, *block), x.data_type.numpy)
    for row, place in zip(range(rows), itertools.cycle(np.ndindex(*block)), strict=False):
        filter[(row, 0, *place)] = 1
    channels = rows // math.prod(block)
    natural = [(n - 1) * s + e - b for n, s, e, b in zip(counts, over.strides, over.extents, over.begins, strict=True)]
    short = [max(size - have, 0) for size, have in zip(image, natural, strict=True)]  # where no window reaches
    cut = dataclasses.replace(over, ends=tuple(max(have - size, 0) for size, have in zip(image, natural, strict=True)))
    y = transposed(node, b.reshape(x, [batch, rows, *counts]), b.constant(filter), cut, channels)
    return b.pad(y, [0] * y.rank, [0, 0, *short]) if any(short) else y
