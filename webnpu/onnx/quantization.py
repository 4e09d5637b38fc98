"""Quantised tensors and what computes with them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
from onnx import TensorProto

from ..operator import MLOperand
from ..types import FLOATS, DataType, OperandDescriptor, Shape
from .convolution import check_kernel, convolved
from .elementwise import cast_to
from .linear_algebra import EXACT_TERMS, centred, integer_matmul
from .narrow import BITS, bounds, is_narrow, narrowed
from .registry import MICROSOFT, Node, imports
from .values import ELEMENTS, Value, computed_type_of, data_type_of
from .windows import spatial, windows


def _placed(node: Node, operand: MLOperand, shape: Shape, axis: int) -> MLOperand:
    """A scale or zero point in the rank of what it scales: one for all, one along an axis, or one for each block."""
    if operand.rank == len(shape) and operand.rank > 1:
        return operand
    if operand.descriptor.size == 1:
        return node.reshape(operand, [1] * len(shape))
    return node.reshape(operand, [operand.shape[0] if i == axis else 1 for i in range(len(shape))])


def zeros(node: Node, data_type: DataType, shape: Shape) -> MLOperand:
    descriptor = OperandDescriptor(data_type, shape)
    return node.b.constant(descriptor, np.zeros(shape, data_type.numpy))


def dequantized(node: Node, x: MLOperand, scale: MLOperand, zero_point: MLOperand | None, axis: int = 1) -> MLOperand:
    """Integers as real numbers."""
    scale = _placed(node, scale, x.shape, axis)
    zero = zeros(node, x.data_type, scale.shape) if zero_point is None else _placed(node, zero_point, x.shape, axis)
    return node.b.dequantize_linear(x, scale, zero)


def quantized(node: Node, x: MLOperand, scale: MLOperand, zero_point: MLOperand, axis: int = 1) -> MLOperand:
    """Real numbers as integers."""
    scale, zero = _placed(node, node.cast(scale, x.data_type), x.shape, axis), _placed(node, zero_point, x.shape, axis)
    return node.b.quantize_linear(x, scale, zero)


def _axis(node: Node, rank: int) -> int:
    return node.axis(rank, 1) if rank > 1 else 0


@imports("DequantizeLinear")
def dequantize_linear(node: Node) -> MLOperand:
    x, scale, element = node.x(0), node.x(1), int(node.attribute("output_dtype", 0))
    if element and data_type_of(element) is DataType.FLOAT32:
        scale = node.cast(scale, DataType.FLOAT32)
    axis, points = _axis(node, x.rank), node.optional(2)
    if points is not None and points.data_type.is_extension and not x.data_type.is_extension:
        points = cast_to(node, node.value(2), ELEMENTS[x.data_type]).operand(node.b)  # computed integers of 4 bits are held in bytes
    parts = []
    for part, scales, zero in _whole_blocks(node, x, scale, points, axis):
        if x.data_type in FLOATS:  # floats of few bits, held in float32
            parts.append(_dequantized_floats(node, part, scales))
        else:
            parts.append(dequantized(node, part, scales, zero, axis))
    y = parts[0] if len(parts) == 1 else node.b.concat(parts, axis)
    return node.cast(y, data_type_of(element)) if element else y


Part = tuple[MLOperand, MLOperand, MLOperand | None]


def _whole_blocks(node: Node, x: MLOperand, scale: MLOperand, zero: MLOperand | None, axis: int) -> Iterator[Part]:
    """A tensor, its scales and its zero points, in two parts where the last of its blocks is shorter: WebNN's are all of one size."""
    block = int(node.attribute("block_size", 0))
    if not block:
        yield x, scale, zero
        return
    length = x.shape[axis] if x.rank else 1
    blocks, expected = -(-length // block), list(x.shape)
    if x.rank:
        expected[axis] = blocks
    if list(scale.shape) != expected:
        node.refuse(f"blocks of {block} along axis {axis} of {list(x.shape)} have scales of shape {expected}; got {list(scale.shape)}")
    if length == block * blocks or blocks == 1:
        yield x, scale, zero
        return
    whole = (blocks - 1) * block
    for start, size, first, count in ((0, whole, 0, blocks - 1), (whole, length - whole, blocks - 1, 1)):
        zeros_ = None if zero is None else _part(node, zero, axis, first, count)
        yield _part(node, x, axis, start, size), _part(node, scale, axis, first, count), zeros_


def _part(node: Node, x: MLOperand, axis: int, start: int, size: int) -> MLOperand:
    """A part of a tensor along an axis; of a constant, a constant."""
    if x.value is not None:
        array = np.take(x.value, range(start, start + size), axis)
        return node.b.constant(OperandDescriptor(x.data_type, array.shape), array, copy=False)
    starts, sizes = [0] * x.rank, list(x.shape)
    starts[axis], sizes[axis] = start, size
    return node.b.slice(x, starts, sizes)


def _dequantized_floats(node: Node, x: MLOperand, scale: MLOperand) -> MLOperand:
    """Floats of few bits by their scales; their zero point is zero."""
    spread = _spread(node, _placed(node, scale, x.shape, _axis(node, x.rank)), x.shape)
    return node.cast(node.b.mul(x, node.cast(spread, x.data_type)), scale.data_type)


def _spread(node: Node, scale: MLOperand, shape: Shape) -> MLOperand:
    """Scales of blocks, each repeated over its block; others, which broadcast, as they are."""
    for axis, (have, size) in enumerate(zip(scale.shape, shape, strict=True)):
        if have not in (1, size):
            apart = node.b.reshape(scale, [*scale.shape[: axis + 1], 1, *scale.shape[axis + 1 :]])
            wider = node.b.expand(apart, [*scale.shape[: axis + 1], size // have, *scale.shape[axis + 1 :]])
            scale = node.b.reshape(wider, [*scale.shape[:axis], size, *scale.shape[axis + 1 :]])
    return scale


def _dividing(node: Node) -> tuple[MLOperand, MLOperand]:
    """What is quantised and its scale, in the type that ``precision`` names, or the wider one of the two."""
    x, scale, precision = node.x(0), node.x(1), int(node.attribute("precision", 0))
    if precision:
        wide = data_type_of(precision)
    elif x.data_type in FLOATS:
        wide = DataType.FLOAT32 if DataType.FLOAT32 in (x.data_type, scale.data_type) else x.data_type
    else:
        wide = scale.data_type
    return node.cast(x, wide), node.cast(scale, wide)


@imports("QuantizeLinear", own_types=True)
def quantize_linear(node: Node) -> Value:
    """Integers that WebNN lacks are held in wider ones, and cut to their own range; floats of few bits are rounded."""
    x, scale = _dividing(node)
    element = node.value(2).element if node.has(2) else int(node.attribute("output_dtype", 0)) or TensorProto.UINT8
    zero = node.optional(2)
    if zero is not None and zero.data_type.is_extension:
        zero = cast_to(node, node.value(2), ELEMENTS[computed_type_of(element)]).operand(node.b)
    axis = _axis(node, x.rank)
    parts = [_quantized_to(node, *part, element, axis) for part in _whole_blocks(node, x, scale, zero, axis)]
    return Value(operand=parts[0] if len(parts) == 1 else node.b.concat(parts, axis), element=element)


def _quantized_to(node: Node, x: MLOperand, scale: MLOperand, zero: MLOperand | None, element: int, axis: int) -> MLOperand:
    """Real numbers as elements of a type, with scales that broadcast or stand for blocks."""
    if is_narrow(element) and element not in BITS:
        whole = node.cast(x, DataType.FLOAT32)
        steps = node.b.div(whole, node.cast(_spread(node, _placed(node, scale, x.shape, axis), x.shape), DataType.FLOAT32))
        return narrowed(node, steps, element)
    y = quantized(node, x, scale, zeros(node, computed_type_of(element), scale.shape) if zero is None else zero, axis)
    if element in BITS:
        low, high = bounds(element)
        y = node.b.clamp(y, min_value=low, max_value=high)
    return y


@imports("DynamicQuantizeLinear")
def dynamic_quantize_linear(node: Node) -> tuple[MLOperand, MLOperand, MLOperand]:
    return dynamically_quantized(node, node.x(0))


def dynamically_quantized(node: Node, x: MLOperand) -> tuple[MLOperand, MLOperand, MLOperand]:
    """The range of the elements, and zero, onto 0 to 255: the integers, their scale and their zero point.

    Where all elements are zero the scale is one, as in ONNX Runtime, so that nothing is divided by zero.
    """
    b = node.b
    zero, top = node.number(x, 0), node.number(x, 255)
    low, high = b.min(b.reduce_min(x), zero), b.max(b.reduce_max(x), zero)
    step = b.div(b.sub(high, low), top)
    scale = b.where(b.greater(step, zero), step, node.number(x, 1))
    point = b.cast(b.clamp(b.round_even(b.div(b.neg(low), scale)), min_value=0, max_value=255), DataType.UINT8)
    return quantized(node, x, scale, point), scale, point


# Convolutions and products of integers


def integer_conv(node: Node, x: MLOperand, filter: MLOperand) -> MLOperand:
    """A convolution of small integers held in float32, in int32: exact, so many input channels at a time."""
    b, groups = node.b, int(node.attribute("group", 1))
    check_kernel(node, x, filter)
    over = windows(node, spatial(node, x), filter.shape[2:])
    window = prod(filter.shape[2:])
    channels = filter.shape[1]
    step = EXACT_TERMS // window
    if window * channels > EXACT_TERMS and (groups > 1 or step == 0):
        node.refuse(f"{window * channels} products of bytes do not add exactly in float32, and its groups cannot be cut")
    total: MLOperand | None = None
    for start in range(0, channels, max(step, 1) if groups == 1 else channels):
        size = min(step, channels - start) if groups == 1 else channels
        y = convolved(node, _channels(node, x, start, size, groups), _channels(node, filter, start, size, 1), over, groups)
        part = b.cast(y, DataType.INT32)
        total = part if total is None else b.add(total, part)
    assert total is not None
    return total


def _channels(node: Node, x: MLOperand, start: int, size: int, groups: int) -> MLOperand:
    if size * groups == x.shape[1]:
        return x
    return node.b.slice(x, [0, start, *([0] * (x.rank - 2))], [x.shape[0], size, *x.shape[2:]])


def _filter_zero(node: Node, filter: MLOperand, zero_point: MLOperand | None) -> MLOperand:
    """A filter less its zero point, which may be one for each output channel."""
    if zero_point is not None and zero_point.descriptor.size > 1:
        zero_point = node.b.reshape(zero_point, [zero_point.shape[0]] + [1] * (filter.rank - 1))
    return centred(node, filter, zero_point)


@imports("ConvInteger")
def conv_integer(node: Node) -> MLOperand:
    return integer_conv(node, centred(node, node.x(0), node.optional(2)), _filter_zero(node, node.x(1), node.optional(3)))


def _requantized(node: Node, total: MLOperand, factor: MLOperand, zero_point: MLOperand) -> MLOperand:
    """Sums in int32 by the ratio of scales, rounded, and moved to the new zero point."""
    b, to = node.b, zero_point.data_type
    steps = b.round_even(b.mul(b.cast(total, DataType.FLOAT32), factor))
    shifted = b.add(steps, b.cast(node.reshape(zero_point, [1] * zero_point.rank) if zero_point.rank else zero_point, DataType.FLOAT32))
    return b.cast(b.clamp(shifted, min_value=to.minimum, max_value=to.maximum), to)


@imports("QLinearConv")
def q_linear_conv(node: Node) -> MLOperand:
    b, x, filter = node.b, node.x(0), node.x(3)
    total = integer_conv(node, centred(node, x, node.x(2)), _filter_zero(node, filter, node.x(5)))
    along = [filter.shape[0]] + [1] * (x.rank - 2)
    if node.has(8):
        total = b.add(total, b.reshape(node.x(8), along))
    scale = node.x(4)
    scale = b.reshape(scale, along if scale.descriptor.size > 1 else [])
    factor = b.div(b.mul(node.reshape(node.x(1), []), scale), node.reshape(node.x(6), []))
    return _requantized(node, total, factor, node.reshape(node.x(7), []))


@imports("QLinearMatMul")
def q_linear_mat_mul(node: Node) -> MLOperand:
    b = node.b
    left, right = centred(node, node.x(0), node.x(2), rows=True), centred(node, node.x(3), node.x(5))
    total = integer_matmul(node, left, right)
    row_scale = node.x(1)
    if row_scale.rank == 1:
        row_scale = b.reshape(row_scale, [row_scale.shape[0], 1] if row_scale.shape[0] > 1 else [])
    column_scale = node.x(4)
    column_scale = node.reshape(column_scale, []) if column_scale.descriptor.size == 1 else column_scale
    scales = [node.cast(s, DataType.FLOAT32) for s in (row_scale, column_scale, node.reshape(node.x(6), []))]
    return _requantized(node, total, b.div(b.mul(scales[0], scales[1]), scales[2]), node.reshape(node.x(7), []))


for _name in ("QuantizeLinear", "DequantizeLinear"):
    imports(_name, domain=MICROSOFT)(imports.table["", _name])
