"""Quantised tensors and what computes with them."""

from __future__ import annotations

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
    x = node.x(0)
    _check_blocks(node, x.shape)
    if x.data_type in FLOATS:  # floats of few bits, held in float32
        y = _dequantized_floats(node, x)
    else:
        y = dequantized(node, x, node.x(1), node.optional(2), _axis(node, x.rank))
    element = int(node.attribute("output_dtype", 0))
    return node.cast(y, data_type_of(element)) if element else y


def _dequantized_floats(node: Node, x: MLOperand) -> MLOperand:
    """Floats of few bits by their scales; their zero point is zero."""
    scale = node.x(1)
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


def _check_blocks(node: Node, shape: Shape) -> None:
    block, scale = int(node.attribute("block_size", 0)), node.shape(1)
    if block and (len(scale) != len(shape) or any(size % n for size, n in zip(shape, scale, strict=False))):
        node.refuse(f"WebNN's blocks divide a tensor evenly; {list(scale)} scales for {list(shape)} do not")


@imports("QuantizeLinear")
def quantize_linear(node: Node) -> Value:
    """Integers that WebNN lacks are held in wider ones, and cut to their own range; floats of few bits are rounded."""
    x, scale = node.x(0), node.x(1)
    _check_blocks(node, x.shape)
    element = node.value(2).element if node.has(2) else int(node.attribute("output_dtype", 0)) or TensorProto.UINT8
    if x.data_type not in FLOATS:
        x = node.b.cast(x, scale.data_type)
    axis = _axis(node, x.rank)
    if is_narrow(element) and element not in BITS:
        whole = node.cast(x, DataType.FLOAT32)
        steps = node.b.div(whole, node.cast(_spread(node, _placed(node, scale, x.shape, axis), x.shape), DataType.FLOAT32))
        return Value(operand=narrowed(node, steps, element), element=element)
    held = computed_type_of(element)
    zero = node.optional(2)
    if zero is None:
        zero = zeros(node, held, scale.shape)
    elif zero.data_type.is_extension:
        zero = cast_to(node, node.value(2), ELEMENTS[held]).operand(node.b)
    y = quantized(node, x, scale, zero, axis)
    if element in BITS:
        low, high = bounds(element)
        y = node.b.clamp(y, min_value=low, max_value=high)
    return Value(operand=y, element=element)


@imports("DynamicQuantizeLinear")
def dynamic_quantize_linear(node: Node) -> tuple[MLOperand, MLOperand, MLOperand]:
    return dynamically_quantized(node, node.x(0))


def dynamically_quantized(node: Node, x: MLOperand) -> tuple[MLOperand, MLOperand, MLOperand]:
    """The range of the elements, and zero, onto 0 to 255: the integers, their scale and their zero point."""
    b = node.b
    zero, top = node.number(x, 0), node.number(x, 255)
    low, high = b.min(b.reduce_min(x), zero), b.max(b.reduce_max(x), zero)
    scale = b.div(b.sub(high, low), top)
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
