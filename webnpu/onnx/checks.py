"""What ONNX asks of values that are known: checked before a node is folded or imported, so that the message says what is wrong.

Indices into a tensor, sizes, counts, steps and scales: each check names the value, what it may be, and what it is a value of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..types import Array
from .registry import Node

Check = Callable[[Node], None]

_TABLE: dict[str, Check] = {}


def checks(*operators: str) -> Callable[[Check], Check]:
    """Register the check of operators of ONNX's own domain."""

    def register(function: Check) -> Check:
        for operator in operators:
            _TABLE[operator] = function
        return function

    return register


def check_values(node: Node, domain: str) -> None:
    """Refuse a node that holds a value which its operator does not allow.

    Raises:
        Refused: naming the value and what is allowed.
    """
    check = _TABLE.get(node.operator) if domain == "" else None
    if check is not None:
        check(node)


def known(node: Node, index: int) -> Array | None:
    """An input, if it is there and known."""
    return node.value(index).array if node.has(index) else None


def integers(node: Node, index: int) -> list[int] | None:
    array = known(node, index)
    return None if array is None or array.dtype.kind not in "iufb" else [int(item) for item in array.reshape(-1)]


def inside(node: Node, indices: Array, size: int, what: str) -> None:
    """Indices may be from -size to size - 1."""
    if indices.dtype.kind not in "iu" or not indices.size:
        return
    low, high = int(indices.min()), int(indices.max())
    worst = high if high >= size else low
    if not -size <= worst < size:
        at = np.argwhere(indices == worst)[0]
        place = f" at {at.tolist()}" if indices.ndim and indices.size > 1 else ""
        node.refuse(f"its index {worst}{place} is out of range for {what}, of size {size}: from {-size} to {size - 1}")


@checks("Gather", "GatherElements", "ScatterElements", "Scatter")
def _along_an_axis(node: Node) -> None:
    shape = node.shape(0)
    if not shape:
        node.refuse("a scalar has no axis to be indexed along")
    axis = node.axis(len(shape), 0)
    if node.operator != "Gather" and len(node.shape(1)) != len(shape):
        node.refuse(f"its indices are of rank {len(node.shape(1))}, its data of rank {len(shape)}; they must be the same")
    if node.operator.startswith("Scatter") and node.shape(1) != node.shape(2):
        node.refuse(f"its indices have the shape {list(node.shape(1))}, its updates {list(node.shape(2))}; they must be the same")
    indices = known(node, 1)
    if indices is not None:
        inside(node, indices, shape[axis], f"axis {axis}")


@checks("GatherND", "ScatterND")
def _coordinates(node: Node) -> None:
    shape, batches = node.shape(0), int(node.attribute("batch_dims", 0))
    places = node.shape(1)
    depth = places[-1] if places else 0
    if not places or not 1 <= depth <= len(shape) - batches:
        node.refuse(
            f"its indices have the shape {list(places)}; each may have from 1 to {len(shape) - batches} coordinates, its last dimension"
        )
    indices = known(node, 1)
    if indices is None:
        return
    for i in range(depth):
        inside(node, indices[..., i], shape[batches + i], f"axis {batches + i}")


@checks("ArrayFeatureExtractor")
def _features(node: Node) -> None:
    indices = known(node, 1)
    if indices is not None and node.shape(0):
        inside(node, indices, node.shape(0)[-1], "its last axis")


@checks("Slice")
def _slice(node: Node) -> None:
    rank = len(node.shape(0))
    if node.opset < 10:
        given: list[list[int] | None] = [node.attribute(name, None) for name in ("starts", "ends", "axes")]
    else:
        given = [integers(node, i) for i in range(1, 5)]
    starts, ends, axes, steps = [*given, None][:4]
    lengths = {len(part) for part in (starts, ends, axes, steps) if part is not None}
    if len(lengths) > 1:
        node.refuse(f"its starts, ends, axes and steps are not equally many: {starts}, {ends}, {axes}, {steps}")
    if axes is None and starts is not None and len(starts) > rank:
        node.refuse(f"it has {len(starts)} starts for a tensor of rank {rank}")
    for axis in axes or ():
        node.positive(axis, rank)
    if axes is not None and len({axis % rank for axis in axes}) != len(axes):
        node.refuse(f"its axes {axes} name a dimension twice")
    if steps is not None and 0 in steps:
        node.refuse(f"its step along axis {(axes or range(rank))[steps.index(0)]} is 0")


@checks("Split")
def _split(node: Node) -> None:
    shape = node.shape(0)
    axis = node.axis(len(shape), 0)
    size, count = shape[axis], len(node.outputs)
    sizes = integers(node, 1) if node.has(1) else node.attribute("split", None)
    if sizes is None:
        wanted = int(node.attribute("num_outputs", count))
        if node.has(1):
            return
        if wanted != count:
            node.refuse(f"num_outputs is {wanted}, but it has {count} outputs")
        if "num_outputs" not in node.attributes and size % count:
            node.refuse(f"axis {axis}, of size {size}, does not divide into {count} equal parts")
        if -(-size // count) * (count - 1) > size:
            node.refuse(f"axis {axis}, of size {size}, does not make {count} parts of {-(-size // count)}")
        return
    if len(sizes) != count:
        node.refuse(f"it splits into {len(sizes)} parts, {list(sizes)}, but has {count} outputs")
    if min(sizes, default=0) < 0:
        node.refuse(f"its parts {list(sizes)} have a negative size, {min(sizes)}")
    if sum(sizes) != size:
        node.refuse(f"its parts {list(sizes)} add up to {sum(sizes)}; axis {axis} has the size {size}")


@checks("Range")
def _range(node: Node) -> None:
    for i, name in enumerate(("start", "limit", "delta")):
        if node.shape(i) not in ((), (1,)):
            node.refuse(f"its {name} must be a scalar; got the shape {list(node.shape(i))}")
    step = known(node, 2)
    if step is None:
        return
    if step.reshape(-1)[0] == 0:
        node.refuse("its step (delta) is 0; it must be above or below")
    for i, name in enumerate(("start", "limit", "step (delta)")):
        number = known(node, i)
        if number is not None and not math.isfinite(float(number.reshape(-1)[0])):
            node.refuse(f"its {name} is {float(number.reshape(-1)[0])}; it must be finite")


@checks("OneHot")
def _one_hot(node: Node) -> None:
    depth = known(node, 1)
    node.positive(int(node.attribute("axis", -1)), len(node.shape(0)) + 1)
    if math.prod(node.shape(2)) != 2:
        node.refuse(f"its values must be two, for off and on; got the shape {list(node.shape(2))}")
    if depth is not None and (depth.size != 1 or float(depth.reshape(-1)[0]) < 1):
        node.refuse(f"its depth is {depth.reshape(-1).tolist()}; it must be one number, 1 or more")


@checks("Reshape")
def _reshape(node: Node) -> None:
    have, wanted = node.shape(0), integers(node, 1)
    if wanted is None:
        return
    if min(wanted, default=0) < -1:
        node.refuse(f"its shape {wanted} holds {min(wanted)}; sizes are 0 or more, or once -1")
    if wanted.count(-1) > 1:
        node.refuse(f"its shape {wanted} holds -1 {wanted.count(-1)} times; only one size can be worked out")
    zeros = bool(node.attribute("allowzero", 0))
    if zeros and 0 in wanted and -1 in wanted:
        node.refuse(f"its shape {wanted} holds 0 and -1: with allowzero the size for -1 cannot be worked out")
    kept = [i for i, size in enumerate(wanted) if size == 0 and not zeros]
    if kept and kept[-1] >= len(have):
        node.refuse(f"its shape {wanted} keeps dimension {kept[-1]}, which {list(have)} does not have")
    sizes = [have[i] if i in kept else size for i, size in enumerate(wanted)]
    rest, count = math.prod(size for size in sizes if size != -1), math.prod(have)
    if (-1 in sizes and (count % rest if rest else count or have)) or (-1 not in sizes and rest != count):
        node.refuse(f"{list(have)} has {count} elements, which the shape {wanted} cannot hold")


@checks("Flatten")
def _flatten(node: Node) -> None:
    axis, rank = int(node.attribute("axis", 1)), len(node.shape(0))
    if axis != rank:
        node.positive(axis, rank)


@checks("Expand")
def _expand(node: Node) -> None:
    wanted = integers(node, 1)
    if wanted is None:
        return
    if min(wanted, default=0) < 0:
        node.refuse(f"its shape {wanted} holds {min(wanted)}; sizes are 0 or more")
    for have, want in zip(reversed(node.shape(0)), reversed(wanted), strict=False):
        if have != want and 1 not in (have, want):
            node.refuse(f"{list(node.shape(0))} does not broadcast to {wanted}: {have} is neither 1 nor {want}")


@checks("Tile")
def _tile(node: Node) -> None:
    repeats, rank = integers(node, 1), len(node.shape(0))
    if repeats is None:
        return
    if len(repeats) != rank:
        node.refuse(f"its repeats {repeats} must be one for each of {rank} dimensions")
    if min(repeats, default=0) < 0:
        node.refuse(f"its repeats {repeats} hold {min(repeats)}; they are 0 or more")


@checks("ConstantOfShape")
def _constant_of_shape(node: Node) -> None:
    wanted = integers(node, 0)
    if wanted and min(wanted) < 0:
        node.refuse(f"its shape {wanted} holds {min(wanted)}; sizes are 0 or more")


@checks("Pad")
def _pad(node: Node) -> None:
    shape = node.shape(0)
    rank = len(shape)
    sides = integers(node, 1) if node.opset >= 11 else node.attribute("pads", None)
    given = integers(node, 3) if node.has(3) else list(range(rank))
    if sides is None or given is None:
        return
    axes = [node.positive(axis, rank) for axis in given]
    if len(set(axes)) != len(axes):
        node.refuse(f"its axes {given} name a dimension twice")
    if len(sides) != 2 * len(axes):
        node.refuse(f"its {len(sides)} items of padding, {list(sides)}, must be two for each of {len(axes)} axes")
    mode = node.attribute("mode", "constant")
    for axis, low, high in zip(axes, sides, sides[len(axes) :], strict=False):
        size = shape[axis]
        if size + low + high < 0 or -low > size or -high > size:
            node.refuse(f"its padding {low} and {high} cuts off more than axis {axis} has, which is {size}")
        if mode != "constant" and max(low, high) > 0 and size + min(low, 0) + min(high, 0) == 0:
            node.refuse(f"axis {axis} is empty, so there is nothing to pad it with in mode {mode!r}")


@checks("TopK")
def _top_k(node: Node) -> None:
    shape = node.shape(0)
    axis = node.axis(len(shape), -1)
    wanted = [int(node.attribute("k", 0))] if node.opset < 10 else integers(node, 1)
    if wanted is None:
        return
    if len(wanted) != 1 or not 0 <= wanted[0] <= shape[axis]:
        node.refuse(f"its k is {wanted[0] if len(wanted) == 1 else wanted}; axis {axis} has {shape[axis]} elements, of which k are taken")


@checks("Resize", "Upsample")
def _resize(node: Node) -> None:
    shape = node.shape(0)
    new = node.operator == "Resize" and node.opset >= 11
    chosen = (
        [node.positive(int(axis), len(shape)) for axis in node.attribute("axes", range(len(shape)))] if new else list(range(len(shape)))
    )
    if node.operator == "Upsample" and node.opset < 9:
        scales: Any = [float(item) for item in node.attribute("scales", [])]
    else:
        array = known(node, 2 if new else 1)
        scales = None if array is None or (new and not array.size) else [float(item) for item in array.reshape(-1)]
    sizes = integers(node, 3) if new and node.has(3) and node.shape(3) != (0,) else None
    if new and scales is None and sizes is None and not any(node.has(i) and node.shape(i) != (0,) for i in (2, 3)):
        node.refuse("it has neither scales nor sizes")
    if scales is not None and sizes is not None:
        node.refuse(f"it has both scales {scales} and sizes {list(sizes)}; ONNX takes one of them")
    _check_sizes(node, shape, chosen, scales, "scale")
    _check_sizes(node, shape, chosen, sizes, "size")


def _check_sizes(node: Node, shape: Sequence[int], chosen: Sequence[int], given: Sequence[float] | None, what: str) -> None:
    if given is None:
        return
    if len(given) != len(chosen):
        node.refuse(f"its {what}s {list(given)} must be one for each of {len(chosen)} axes")
    cut_out = node.attribute("coordinate_transformation_mode", "") == "tf_crop_and_resize"  # then of a part of the axis
    for axis, number in zip(chosen, given, strict=True):
        if not number > 0 or not math.isfinite(number):
            node.refuse(f"its {what} along axis {axis} is {number:g}; it must be above 0")
        if what == "scale" and shape[axis] and not cut_out and math.floor(shape[axis] * number) < 1:
            node.refuse(f"its scale along axis {axis} is {number:g}, which leaves nothing of {shape[axis]} elements")


@checks("Compress")
def _compress(node: Node) -> None:
    shape, condition, axis = node.shape(0), known(node, 1), node.attribute("axis", None)
    size = math.prod(shape) if axis is None else shape[node.positive(int(axis), len(shape))]
    if condition is not None and condition.size > size:
        node.refuse(f"its condition has {condition.size} elements, more than the {size} that it chooses from")


@checks("ReverseSequence")
def _reverse_sequence(node: Node) -> None:
    shape, lengths = node.shape(0), integers(node, 1)
    batch, time = (node.positive(int(node.attribute(name, default)), len(shape)) for name, default in (("batch_axis", 1), ("time_axis", 0)))
    if lengths is None:
        return
    if len(lengths) != shape[batch]:
        node.refuse(f"its {len(lengths)} lengths must be one for each of {shape[batch]} sequences")
    wrong = [length for length in lengths if not 0 <= length <= shape[time]]
    if wrong:
        node.refuse(f"its length {wrong[0]} is out of range: sequences have up to {shape[time]} steps")


@checks("DepthToSpace", "SpaceToDepth")
def _blocks(node: Node) -> None:
    shape, block = node.shape(0), int(node.attribute("blocksize", 0))
    if len(shape) != 4:
        node.refuse(f"it needs images, of rank 4; got the shape {list(shape)}")
    if block < 1:
        node.refuse(f"its blocksize is {block}; it must be 1 or more")
    if node.operator == "DepthToSpace" and shape[1] % block**2:
        node.refuse(f"{shape[1]} channels do not make blocks of {block} by {block}")
    if node.operator == "SpaceToDepth" and (shape[2] % block or shape[3] % block):
        node.refuse(f"an image of {shape[2]} by {shape[3]} does not divide into blocks of {block} by {block}")


@checks("TensorScatter")
def _tensor_scatter(node: Node) -> None:
    starts, shape = integers(node, 2), node.shape(0)
    axis = node.axis(len(shape), -2)
    count, circular = node.shape(1)[axis], node.attribute("mode", "linear") == "circular"
    for start in starts or ():
        if not 0 <= start <= shape[axis] - (1 if circular else count):
            node.refuse(f"it writes {count} rows from {start} on into a cache of {shape[axis]}")


@checks("CenterCropPad")
def _center_crop_pad(node: Node) -> None:
    wanted = integers(node, 1)
    axes = node.attribute("axes", None)
    count = len(node.shape(0)) if axes is None else len(axes)
    for axis in axes or ():
        node.positive(int(axis), len(node.shape(0)))
    if wanted is not None and (len(wanted) != count or min(wanted, default=0) < 0):
        node.refuse(f"its shape {wanted} must be {count} sizes of 0 or more")


@checks("HannWindow", "HammingWindow", "BlackmanWindow")
def _window(node: Node) -> None:
    size = integers(node, 0)
    if size is not None and (len(size) != 1 or size[0] < 0):
        node.refuse(f"its size is {size[0] if len(size) == 1 else size}; it must be one number, 0 or more")
