"""Normalisations, composed: the deviation from the mean first, so that nothing cancels after it was scaled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from webnpu.operator import MLOperand
from webnpu.operators.normalization import BatchNormalization, InstanceNormalization, LayerNormalization

from ..emitter import Emitter, lowers
from ..flatbuffer import Tensor
from ..values import Order
from . import arithmetic as at
from .reduction import reduced


def _along(m: Emitter, operand: MLOperand, rank: int, axis: int) -> Tensor:
    """A vector as a tensor that varies along one axis."""
    return m.reshape(m.tensor(operand), [operand.shape[0] if i == axis else 1 for i in range(rank)])


@lowers(BatchNormalization)
def batch_normalization(op: BatchNormalization, m: Emitter) -> None:
    order = m.order(op.input)
    axis = order.index(op.axis)
    x = m.tensor(op.input, order)
    variance, scale = m.constant_of(op.variance), None if op.scale is None else m.constant_of(op.scale)
    centred = at.sub(m, x, _along(m, op.mean, x.rank, axis))
    shape = [op.variance.shape[0] if i == axis else 1 for i in range(x.rank)]
    if variance is not None and (op.scale is None or scale is not None):
        factor = (1.0 if scale is None else scale.astype(np.float64)) / np.sqrt(variance.astype(np.float64) + op.resolved_epsilon)
        out = at.mul(m, centred, m.model.constant(factor.astype(np.float32).reshape(shape)))
    else:
        deviation = at.accurately(m, "SQRT", at.add(m, m.tensor(op.variance), op.resolved_epsilon))
        out = at.div(m, centred, m.reshape(deviation, shape))
        out = out if op.scale is None else at.mul(m, out, _along(m, op.scale, x.rank, axis))
    out = out if op.bias is None else at.add(m, out, _along(m, op.bias, x.rank, axis))
    m.put(op.output, out, order)


def _normalized(m: Emitter, x: Tensor, axes: Sequence[int], epsilon: float) -> Tensor:
    """Brought to mean zero and variance one over axes."""
    centred = at.sub(m, x, reduced(m, "MEAN", x, axes))
    variance = reduced(m, "MEAN", at.mul(m, centred, centred), axes)
    return at.div(m, centred, m.like("SQRT", at.add(m, variance, epsilon)))


@lowers(InstanceNormalization)
def instance_normalization(op: InstanceNormalization, m: Emitter) -> None:
    order = m.order(op.input)
    x = m.tensor(op.input, order)
    out = _normalized(m, x, [order.index(axis) for axis in op.spatial_axes], op.resolved_epsilon)
    axis = order.index(op.axis)
    out = out if op.scale is None else at.mul(m, out, _along(m, op.scale, 4, axis))
    out = out if op.bias is None else at.add(m, out, _along(m, op.bias, 4, axis))
    m.put(op.output, out, order)


@lowers(LayerNormalization)
def layer_normalization(op: LayerNormalization, m: Emitter) -> None:
    order = m.order(op.input)
    x = m.tensor(op.input, order)
    axes = op.resolved_axes
    if axes:
        out = _normalized(m, x, [order.index(axis) for axis in axes], op.resolved_epsilon)
    else:  # each element is its own mean
        out = at.sub(m, x, x)
    out = out if op.scale is None else at.mul(m, out, _spread(m, op.scale, op, order))
    out = out if op.bias is None else at.add(m, out, _spread(m, op.bias, op, order))
    m.put(op.output, out, order)


def _spread(m: Emitter, operand: MLOperand, op: Any, order: Order) -> Tensor:
    """Scale or bias, whose dimensions are those of the axes in their order, as a tensor that broadcasts with the input's."""
    axes = list(op.resolved_axes)
    wanted = tuple(axes.index(axis) for axis in order if axis in axes)
    return m.reshape(m.tensor(operand, wanted), [op.input.shape[axis] if axis in axes else 1 for axis in order])
