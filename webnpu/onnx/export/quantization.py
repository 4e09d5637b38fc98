"""Quantisation: ONNX has one scale for all, one along an axis, or blocks along one axis."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...operator import MLOperand
from ...operators.quantization import DequantizeLinear, QuantizeLinear
from ...types import FOUR_BIT, DataType, Shape
from .writer import Writer, exports

_BYTES = (DataType.INT8, DataType.UINT8, *FOUR_BIT)


def _granularity(scale: Shape, shape: Shape) -> tuple[list[int], dict[str, int]]:
    """The shape that ONNX wants of scale and zero point, and the attributes that say what it means."""
    blocked = [axis for axis, (have, size) in enumerate(zip(scale, shape, strict=True)) if have != size]
    if prod(scale) == 1:
        return [], {}
    along = [axis for axis, have in enumerate(scale) if have != 1]
    if len(along) == 1 and scale[along[0]] == shape[along[0]]:
        return [scale[along[0]]], {"axis": along[0]}
    axis = blocked[-1] if blocked else len(shape) - 1
    return list(scale), {"axis": axis, "block_size": shape[axis] // scale[axis]}


def _parameters(op: Any, w: Writer) -> tuple[list[str], dict[str, int]]:
    """Scale and zero point; blocks along further axes are written out."""
    shape = op.input.shape
    wanted, attributes = _granularity(op.scale.shape, shape)
    names = []
    for operand in (op.scale, op.zero_point):
        if attributes.get("block_size"):
            names.append(_repeated(w, operand, shape, attributes["axis"]))
        else:
            known = operand.value
            names.append(w.reshape(w(operand), wanted) if known is None else w.constant(known.reshape(wanted), operand.data_type))
    return names, attributes


def _repeated(w: Writer, operand: MLOperand, shape: Shape, axis: int) -> str:
    """Each element over its block, along all axes but one; ONNX expands no integers of 4 bits, so their bytes are."""
    name, have = w(operand), list(operand.shape)
    if operand.value is not None:
        array = operand.value
        for i, size in enumerate(shape):
            array = array if i == axis else np.repeat(array, size // have[i], i)
        return w.constant(array, operand.data_type)
    data_type = operand.data_type
    if data_type in FOUR_BIT:
        name = w.cast(name, DataType.INT8)
    for i, size in enumerate(shape):
        if i != axis and have[i] != size:
            apart = [prod(have[:i]), have[i], 1, prod(have[i + 1 :])]
            spread = w.node("Expand", w.reshape(name, apart), w.integers([apart[0], apart[1], size // have[i], apart[3]]))
            have[i] = size
            name = w.reshape(spread, have)
    return w.cast(name, data_type) if data_type in FOUR_BIT else name


@exports(DequantizeLinear, when=lambda op: op.input.data_type in _BYTES)
def dequantize_linear(op: DequantizeLinear, w: Writer) -> str:
    parameters, attributes = _parameters(op, w)
    return w.node("DequantizeLinear", w(op.input), *parameters, **attributes)


@exports(QuantizeLinear, when=lambda op: op.zero_point.data_type in _BYTES)
def quantize_linear(op: QuantizeLinear, w: Writer) -> str:
    parameters, attributes = _parameters(op, w)
    return w.node("QuantizeLinear", w(op.input), *parameters, **attributes)
