"""Normalisations."""

from __future__ import annotations

import math
from typing import Any

from ..operator import MLOperand
from ..types import Shape
from .registry import MICROSOFT, Node, imports


@imports("BatchNormalization")
def batch_normalization(node: Node) -> Any:
    """At inference by the given mean and variance; in training by those of the batch, which then update the given ones."""
    b, x, scale, bias = node.b, node.x(0), node.x(1), node.x(2)
    mean, variance = node.x(3), node.x(4)
    epsilon = float(node.attribute("epsilon", 1e-5))
    if not node.attribute("spatial", 1):
        node.refuse("it has a mean for each element, not for each channel")

    def typed(operand: MLOperand) -> MLOperand:
        return node.cast(operand, x.data_type)

    if not node.attribute("training_mode", 0):
        return b.batch_normalization(x, typed(mean), typed(variance), scale=typed(scale), bias=typed(bias), epsilon=epsilon)
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


@imports("GroupNormalization")
def group_normalization(node: Node) -> MLOperand:
    """Each group of channels as one layer; scale and bias by channel, before operator set 21 by group."""
    b, x, scale, bias = node.b, node.x(0), node.x(1), node.x(2)
    groups = int(node.attribute("num_groups", 1))
    channels = x.shape[1]
    if groups < 1 or channels % groups:
        node.refuse(f"{groups} groups do not divide {channels} channels")
    grouped = b.reshape(x, [x.shape[0], groups, x.descriptor.size // (x.shape[0] * groups)])
    normal = b.layer_normalization(grouped, axes=[2], epsilon=float(node.attribute("epsilon", 1e-5)))
    by_group = node.opset < 21
    if by_group:
        normal = b.add(b.mul(normal, b.reshape(scale, [groups, 1])), b.reshape(bias, [groups, 1]))
        return node.reshape(normal, x.shape)
    y, along = node.reshape(normal, x.shape), [channels] + [1] * (x.rank - 2)
    return b.add(b.mul(y, b.reshape(scale, along)), b.reshape(bias, along))


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


@imports("LayerNormalization")
def layer_normalization(node: Node) -> Any:
    b, x = node.b, node.x(0)
    axis, epsilon = node.axis(x.rank, -1), float(node.attribute("epsilon", 1e-5))
    y = layer_norm(node, x, node.x(1), node.optional(2), axis, epsilon)
    if not (node.wants(1) or node.wants(2)):
        return y
    over: dict[str, Any] = {"axes": list(range(axis, x.rank)), "keep_dimensions": True}
    mean = b.reduce_mean(x, **over)
    centred = b.sub(x, mean)
    variance = b.reduce_mean(b.mul(centred, centred), **over)
    return y, mean, b.reciprocal(b.sqrt(b.add(variance, node.number(x, epsilon))))


def rms_norm(node: Node, x: MLOperand, scale: MLOperand, axis: int, epsilon: float) -> tuple[MLOperand, MLOperand]:
    """``x / sqrt(mean(x**2) + epsilon) * scale``, and the divisor's reciprocal."""
    b = node.b
    squares = b.reduce_mean(b.mul(x, x), axes=list(range(axis, x.rank)), keep_dimensions=True)
    deviation = b.sqrt(b.add(squares, node.number(x, epsilon)))
    return b.mul(b.div(x, deviation), node.cast(scale, x.data_type)), b.reciprocal(deviation)


@imports("RMSNormalization")
def rms_normalization(node: Node) -> MLOperand:
    x = node.x(0)
    return rms_norm(node, x, node.x(1), node.axis(x.rank, -1), float(node.attribute("epsilon", 1e-5)))[0]


@imports("SimplifiedLayerNormalization", domain=MICROSOFT)
def simplified_layer_normalization(node: Node) -> Any:
    x = node.x(0)
    y, inverse = rms_norm(node, x, node.x(1), node.axis(x.rank, -1), float(node.attribute("epsilon", 1e-5)))
    return (y, inverse) if node.wants(1) else y


@imports("SkipLayerNormalization", domain=MICROSOFT)
def skip_layer_normalization(node: Node) -> Any:
    """Of the sum of two tensors and perhaps a bias, which is the fourth output."""
    b = node.b
    total = b.add(node.x(0), node.x(1))
    total = b.add(total, node.x(4)) if node.has(4) else total
    y = layer_norm(node, total, node.x(2), node.optional(3), total.rank - 1, float(node.attribute("epsilon", 1e-12)))
    return _skipped(node, y, total)


@imports("SkipSimplifiedLayerNormalization", domain=MICROSOFT)
def skip_simplified_layer_normalization(node: Node) -> Any:
    b = node.b
    total = b.add(node.x(0), node.x(1))
    total = b.add(total, node.x(3)) if node.has(3) else total
    y, _ = rms_norm(node, total, node.x(2), total.rank - 1, float(node.attribute("epsilon", 1e-5)))
    return _skipped(node, y, total)


def _skipped(node: Node, y: MLOperand, total: MLOperand) -> Any:
    if node.wants(1) or node.wants(2):
        node.refuse("its mean and deviation are not computed at inference")
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
