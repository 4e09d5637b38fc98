"""Normalisations."""

from __future__ import annotations

import numpy as np

from ...operator import MLOperand
from ...operators.normalization import BatchNormalization, InstanceNormalization, LayerNormalization
from ...types import DataType
from .convolution import image_back, image_first
from .writer import Writer, exports


def _or_filled(w: Writer, operand: MLOperand | None, shape: tuple[int, ...], value: float, data_type: DataType) -> str:
    return w(operand) if operand is not None else w.constant(np.full(shape, value), data_type)


@exports(BatchNormalization, when=lambda op: op.axis == 1)
def batch_normalization(op: BatchNormalization, w: Writer) -> str:
    shape, data_type = op.mean.shape, op.input.data_type
    scale, bias = _or_filled(w, op.scale, shape, 1, data_type), _or_filled(w, op.bias, shape, 0, data_type)
    return w.node("BatchNormalization", w(op.input), scale, bias, w(op.mean), w(op.variance), epsilon=op.epsilon)


@exports(InstanceNormalization)
def instance_normalization(op: InstanceNormalization, w: Writer) -> str:
    shape, data_type = (op.input.shape[op.axis],), op.input.data_type
    scale, bias = _or_filled(w, op.scale, shape, 1, data_type), _or_filled(w, op.bias, shape, 0, data_type)
    y = w.node("InstanceNormalization", image_first(w, w(op.input), op.layout), scale, bias, epsilon=op.epsilon)
    return image_back(w, y, op.layout)


def _are_last(op: LayerNormalization) -> bool:
    axes = op.resolved_axes
    return bool(axes) and axes == tuple(range(op.input.rank - len(axes), op.input.rank))


@exports(LayerNormalization, when=_are_last, since=17)
def layer_normalization(op: LayerNormalization, w: Writer) -> str:
    axis = op.resolved_axes[0]
    scale = _or_filled(w, op.scale, op.input.shape[axis:], 1, op.input.data_type)
    bias = [] if op.bias is None else [w(op.bias)]
    return w.node("LayerNormalization", w(op.input), scale, *bias, axis=axis, epsilon=op.epsilon)
