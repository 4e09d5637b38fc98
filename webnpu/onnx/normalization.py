"""Normalisations."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

from onnx import TensorProto

from ..operator import MLOperand
from ..types import DataType, Shape
from .registry import MICROSOFT, Node, imports
from .values import data_type_of


def stash_type(node: Node) -> DataType:
    """The type in which ONNX has a node compute the mean and the deviation: float32, if it does not say."""
    return data_type_of(int(node.attribute("stash_type", TensorProto.FLOAT)))


def _scaling_type(x: MLOperand, stash: DataType) -> DataType:
    """The type in which what is normalised is scaled and moved: the wider of the node's own and the one of its statistics."""
    return DataType.FLOAT32 if DataType.FLOAT32 in (x.data_type, stash) else stash


@imports("BatchNormalization")
def batch_normalization(node: Node) -> Any:
    """At inference by the given mean and variance; in training by those of the batch, which then update the given ones."""
    b, x, scale, bias = node.b, node.x(0), node.x(1), node.x(2)
    mean, variance = node.x(3), node.x(4)
    epsilon = float(node.attribute("epsilon", 1e-5))
    if not node.attribute("spatial", 1):
        node.refuse("it has a mean for each element, not for each channel")

    given, wide = x.data_type, DataType.FLOAT32

    def typed(operand: MLOperand) -> MLOperand:
        return node.cast(operand, x.data_type)

    if not node.attribute("training_mode", 0):
        if wide in (scale.data_type, mean.data_type):  # these may be beyond what a float16 holds
            x = b.cast(x, wide) if given is not wide else x
        y = b.batch_normalization(x, typed(mean), typed(variance), scale=typed(scale), bias=typed(bias), epsilon=epsilon)
        return node.cast(y, given)
    axes = [axis for axis in range(x.rank) if axis != 1]
    kept: dict[str, Any] = {"axes": axes, "keep_dimensions": True}
    current = b.reduce_mean(x, **kept)
    centred = b.sub(x, current)
    spread = b.reduce_mean(b.mul(centred, centred), **kept)
    flat = [node.cast(b.reshape(moment, [x.shape[1]]), mean.data_type) for moment in (current, spread)]
    y = b.batch_normalization(x, typed(flat[0]), typed(flat[1]), scale=typed(scale), bias=typed(bias), epsilon=epsilon)
    momentum = float(node.attribute("momentum", 0.9))

    def updated(old: MLOperand, new: MLOperand) -> MLOperand:
        return b.add(b.mul(old, node.number(old, momentum)), b.mul(new, node.number(new, 1 - momentum)))

    return y, updated(mean, flat[0]), updated(variance, flat[1])


@imports("InstanceNormalization")
def instance_normalization(node: Node) -> MLOperand:
    """Images of any number of dimensions as images of two."""
    x = node.x(0)
    if x.rank < 3:
        node.refuse(f"it needs images; got {x.descriptor}")
    image = x if x.rank == 4 else node.reshape(x, (*x.shape[:2], x.shape[2], math.prod(x.shape[3:])))
    y = node.b.instance_normalization(image, scale=node.x(1), bias=node.x(2), epsilon=float(node.attribute("epsilon", 1e-5)))
    return node.reshape(y, x.shape)


@imports("GroupNormalization", own_types=True)
def group_normalization(node: Node) -> MLOperand:
    """Each group of channels as one layer; scale and bias by channel, before operator set 21 by group."""
    b, given = node.b, node.x(0)
    stash = stash_type(node)
    x, wide = node.cast(given, stash), _scaling_type(given, stash)
    groups = int(node.attribute("num_groups", 1))
    channels = x.shape[1]
    if groups < 1 or channels % groups:
        node.refuse(f"{groups} groups do not divide {channels} channels")
    grouped = b.reshape(x, [x.shape[0], groups, x.descriptor.size // (x.shape[0] * groups)])
    normal = node.cast(b.layer_normalization(grouped, axes=[2], epsilon=float(node.attribute("epsilon", 1e-5))), wide)
    scale, bias = node.cast(node.x(1), wide), node.cast(node.x(2), wide)
    if node.opset < 21:
        y = b.add(b.mul(normal, b.reshape(scale, [groups, 1])), b.reshape(bias, [groups, 1]))
        return node.cast(node.reshape(y, x.shape), given.data_type)
    along = [channels] + [1] * (x.rank - 2)
    y = b.add(b.mul(node.reshape(normal, x.shape), b.reshape(scale, along)), b.reshape(bias, along))
    return node.cast(y, given.data_type)


def layer_norm(node: Node, x: MLOperand, scale: MLOperand | None, bias: MLOperand | None, axis: int, epsilon: float) -> MLOperand:
    """Normalised over all axes from one on; a scale or bias of another shape is broadcast."""
    b, axes = node.b, list(range(axis, x.rank))
    whole = x.shape[axis:]
    scale, bias = (None if operand is None else _fitted(node, operand, whole, x) for operand in (scale, bias))
    exact = all(operand is None or operand.shape == whole for operand in (scale, bias))
    if exact:
        return b.layer_normalization(x, scale=scale, bias=bias, axes=axes, epsilon=epsilon)
    y = b.layer_normalization(x, axes=axes, epsilon=epsilon)
    y = y if scale is None else b.mul(y, scale)
    return y if bias is None else b.add(y, bias)


def _fitted(node: Node, operand: MLOperand, whole: Shape, x: MLOperand) -> MLOperand:
    operand = node.cast(operand, x.data_type)
    return node.reshape(operand, whole) if operand.descriptor.size == math.prod(whole) and operand.rank <= len(whole) else operand


def _scaled(node: Node, y: MLOperand, scale: MLOperand, bias: MLOperand | None) -> MLOperand:
    y = node.b.mul(y, node.cast(scale, y.data_type))
    return y if bias is None else node.b.add(y, node.cast(bias, y.data_type))


@imports("LayerNormalization", own_types=True)
def layer_normalization(node: Node) -> Any:
    """The statistics, which are outputs too, are computed and given in the type that ``stash_type`` names."""
    b, x = node.b, node.x(0)
    axis, epsilon = node.axis(x.rank, -1), float(node.attribute("epsilon", 1e-5))
    stash = stash_type(node)
    inner = node.cast(x, stash)
    if stash is _scaling_type(x, stash):
        y = layer_norm(node, inner, node.x(1), node.optional(2), axis, epsilon)
    else:
        normal = node.cast(layer_norm(node, inner, None, None, axis, epsilon), x.data_type)
        y = _scaled(node, normal, node.x(1), node.optional(2))
    y = node.cast(y, x.data_type)
    if not (node.wants(1) or node.wants(2)):
        return y
    over: dict[str, Any] = {"axes": list(range(axis, x.rank)), "keep_dimensions": True}
    mean = b.reduce_mean(inner, **over)
    centred = b.sub(inner, mean)
    variance = b.reduce_mean(b.mul(centred, centred), **over)
    return y, mean, b.reciprocal(b.sqrt(b.add(variance, node.number(inner, epsilon))))


@imports("MeanVarianceNormalization")
def mean_variance_normalization(node: Node) -> MLOperand:
    """``(x - mean(x)) / (deviation(x) + 1e-9)``; ONNX's function body takes the deviation from squares, where digits cancel."""
    b, x = node.b, node.x(0)
    over: dict[str, Any] = {
        "axes": sorted(node.positive(axis, x.rank) for axis in node.attribute("axes", [0, 2, 3])),
        "keep_dimensions": True,
    }
    centred = b.sub(x, b.reduce_mean(x, **over))
    deviation = b.sqrt(b.reduce_mean(b.mul(centred, centred), **over))
    return b.div(centred, b.add(deviation, node.number(x, 1e-9)))


def rms_norm(node: Node, given: MLOperand, scale: MLOperand, axis: int, epsilon: float) -> tuple[MLOperand, MLOperand]:
    """``x / sqrt(mean(x**2) + epsilon) * scale`` in the type of x, and the divisor's reciprocal in that of the statistics."""
    b, stash = node.b, stash_type(node)
    x = node.cast(given, stash)
    squares = b.reduce_mean(b.mul(x, x), axes=list(range(axis, x.rank)), keep_dimensions=True)
    deviation = b.sqrt(b.add(squares, node.number(x, epsilon)))
    wide = _scaling_type(given, stash)
    y = b.mul(node.cast(b.div(x, deviation), wide), node.cast(scale, wide))
    return node.cast(y, given.data_type), b.reciprocal(deviation)


@imports("RMSNormalization", own_types=True)
def rms_normalization(node: Node) -> MLOperand:
    x = node.x(0)
    return rms_norm(node, x, node.x(1), node.axis(x.rank, -1), float(node.attribute("epsilon", 1e-5)))[0]


@imports("SimplifiedLayerNormalization", domain=MICROSOFT, own_types=True)
def simplified_layer_normalization(node: Node) -> Any:
    x = node.x(0)
    y, inverse = rms_norm(node, x, node.x(1), node.axis(x.rank, -1), float(node.attribute("epsilon", 1e-5)))
    return (y, inverse) if node.wants(1) else y


def _total(node: Node, *indices: int) -> MLOperand:
    """The sum of inputs that are there, in float32."""
    return reduce(node.b.add, (node.cast(node.x(i), DataType.FLOAT32) for i in indices if node.has(i)))


@imports("SkipLayerNormalization", domain=MICROSOFT, own_types=True)
def skip_layer_normalization(node: Node) -> Any:
    """Of the sum of two tensors and perhaps a bias, which is the fourth output."""
    total = _total(node, 0, 1, 4)
    y = layer_norm(node, total, node.x(2), node.optional(3), total.rank - 1, float(node.attribute("epsilon", 1e-12)))
    return _skipped(node, y, total)


@imports("SkipSimplifiedLayerNormalization", domain=MICROSOFT, own_types=True)
def skip_simplified_layer_normalization(node: Node) -> Any:
    total = _total(node, 0, 1, 3)
    y, _ = rms_norm(node, total, node.x(2), total.rank - 1, float(node.attribute("epsilon", 1e-5)))
    return _skipped(node, y, total)


def _skipped(node: Node, y: MLOperand, total: MLOperand) -> Any:
    if node.wants(1) or node.wants(2):
        node.refuse("its mean and deviation are not computed at inference")
    y, total = (node.cast(x, node.x(0).data_type) for x in (y, total))
    return (y, None, None, total) if node.wants(3) else y


@imports("LRN")
def lrn(node: Node) -> MLOperand:
    """The squares of neighbouring channels are averaged by a pool over the channels."""
    b, x = node.b, node.x(0)
    size = int(node.attribute("size", 1))
    alpha, beta, bias = (float(node.attribute(name, value)) for name, value in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0)))
    before, after = (size - 1) // 2, size // 2
    squares = b.reshape(b.mul(x, x), [x.shape[0], 1, x.shape[1], math.prod(x.shape[2:])])
    padded = b.pad(squares, [0, 0, before, 0], [0, 0, after, 0])
    average = b.reshape(b.average_pool2d(padded, window_dimensions=[size, 1]), x.shape)
    return b.div(x, b.pow(b.linear(average, alpha=alpha, beta=bias), node.number(x, beta)))


@imports("LpNormalization")
def lp_normalization(node: Node) -> MLOperand:
    """Divided by the norm along an axis; where that is zero, so is the result."""
    b, x = node.b, node.x(0)
    over: dict[str, Any] = {"axes": [node.axis(x.rank, -1)], "keep_dimensions": True}
    norm = b.reduce_l1(x, **over) if node.attribute("p", 2) == 1 else b.reduce_l2(x, **over)
    zero = node.number(x, 0)
    return b.where(b.equal(norm, zero), zero, b.div(x, norm))
