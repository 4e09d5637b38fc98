"""Quantised patterns: dequantizeLinear → operator → quantizeLinear as one native operator on integers.

This is the form that NPUs and the Edge TPU take. It is used where scales and zero points are known when the model is
made and are as the kernels want them: int8 or uint8 activations with one scale, weights with zero points of zero and one
scale in all or one for each output channel. Everything else stays arithmetic on real numbers.

Before: ``quantizeLinear(relu(conv2d(dequantizeLinear(x), dequantizeLinear(w))))``. After: ``CONV_2D`` with RELU on int8.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from webnpu.operator import MLOperand, Operator
from webnpu.operators.activation import Relu, Sigmoid, Softmax, Tanh
from webnpu.operators.convolution import Conv2d
from webnpu.operators.elementwise import Add, Clamp, Mul, Sub
from webnpu.operators.linear_algebra import Gemm, Matmul
from webnpu.operators.movement import Concat, Reshape, Slice, Transpose
from webnpu.operators.pooling import AveragePool2d, MaxPool2d
from webnpu.operators.quantization import DequantizeLinear, QuantizeLinear
from webnpu.shapes import axes_order
from webnpu.types import Array, DataType

from ..emitter import Emitter
from ..flatbuffer import Quantization, Tensor
from ..schema import ACTIVATIONS, DEEP_RANK
from ..values import Order, identity, in_order
from . import arithmetic as at
from .convolution import image_order, padded
from .pooling import pool, whole_windows

SMALL = 4096
"""Up to how many elements constants are dequantised when the model is made."""

BYTES = (DataType.INT8, DataType.UINT8)

Pattern = Callable[[Any, QuantizeLinear, int, Emitter], bool]
"""Emits the native form of an operator that a quantizeLinear follows, with an activation; whether it could."""

FIXED: dict[type[Operator], tuple[str, float, float]] = {
    Sigmoid: ("LOGISTIC", 1 / 256, 0.0),
    Softmax: ("SOFTMAX", 1 / 256, 0.0),
    Tanh: ("TANH", 1 / 128, 0.5),
}
"""Functions whose kernels insist on the scale of their output, and on where in the range zero lies."""


BOUNDED: dict[tuple[int | float, int | float], str] = {(0, 6): "relu6", (0, math.inf): "relu"}
"""The clamps that kernels apply to their result."""


def fuse(op: QuantizeLinear, m: Emitter) -> bool:
    """Emit the native form of what a quantizeLinear follows; whether it is one of the patterns."""
    if op.zero_point.data_type not in BYTES or op.input.data_type is not DataType.FLOAT32 or _parameters(op, m) is None:
        return False
    core, activation = op.input.operator, ACTIVATIONS["none"]
    if isinstance(core, (Relu, Clamp)) and core.input.operator is not None and type(core.input.operator) in ACTIVATED:
        name = "relu" if isinstance(core, Relu) else BOUNDED.get(core.bounds)
        if name is not None:
            core, activation = core.input.operator, ACTIVATIONS[name]
    pattern = None if core is None else PATTERNS.get(type(core))
    return pattern is not None and pattern(core, op, activation, m)


def _parameters(op: DequantizeLinear | QuantizeLinear, m: Emitter) -> Quantization | None:
    """The one scale and zero point of an operator, if they are known."""
    scale, zero = m.constant_of(op.scale), m.constant_of(op.zero_point)
    if scale is None or zero is None or scale.size != 1:
        return None
    return Quantization((float(scale.reshape(-1)[0]),), (int(zero.reshape(-1)[0]),))


def _source(operand: MLOperand, m: Emitter) -> tuple[DequantizeLinear, Quantization] | None:
    """The dequantizeLinear that an operand comes from, if it is of bytes with one known scale."""
    op = operand.operator
    if not isinstance(op, DequantizeLinear) or op.input.data_type not in BYTES:
        return None
    parameters = _parameters(op, m)
    taken = any(tensor.quantization not in (None, parameters) for tensor in m.values[op.input].plain.values())
    return None if parameters is None or taken else (op, parameters)


def _integers(source: tuple[DequantizeLinear, Quantization], m: Emitter, order: Order | None = None) -> Tensor:
    """The integers of an activation, as a tensor that says what they stand for."""
    op, parameters = source
    tensor = m.tensor(op.input, order)
    if tensor.data is not None:
        return m.model.constant(tensor.data, parameters)
    tensor.quantization = parameters
    return tensor


def dequantize(op: DequantizeLinear, m: Emitter) -> bool:
    """Emit the native form of a dequantizeLinear; whether it has one."""
    source = _source(op.output, m)
    if source is None or op.output.data_type is not DataType.FLOAT32:
        return False
    order = m.order(op.input)
    x = _integers(source, m, order)
    if x.data is not None and x.data.size <= SMALL:
        steps = x.data.astype(np.float32) - np.float32(source[1].zero_points[0])
        m.put_array(op.output, steps * np.float32(source[1].scales[0]))
        return True
    m.put(op.output, m.emit("DEQUANTIZE", [x], "float32", x.shape), order)
    return True


def quantize(op: QuantizeLinear, m: Emitter) -> bool:
    """Emit the native form of a quantizeLinear by itself; whether it has one."""
    if op.zero_point.data_type not in BYTES or op.input.data_type is not DataType.FLOAT32 or _parameters(op, m) is None:
        return False
    order = m.order(op.input)
    return _put(op, m, "QUANTIZE", [m.tensor(op.input, order)], in_order(op.output.shape, order), order)


def _put(op: QuantizeLinear, m: Emitter, kind: str, inputs: list[Tensor | None], shape: Any, order: Order, **options: Any) -> bool:
    tensor = m.emit(kind, inputs, op.zero_point.data_type.value, shape, **options)
    tensor.quantization = _parameters(op, m)
    m.put(op.output, tensor, order)
    return True


def _weights(operand: MLOperand, order: Order, kind: DataType, channels: int, m: Emitter) -> Tensor | None:
    """Constant weights in an order: int8 around zero with a scale in all or for each channel; uint8 with one scale."""
    op = operand.operator
    if not isinstance(op, DequantizeLinear) or op.input.data_type is not kind:
        return None
    array, scale, zero = (m.constant_of(o) for o in (op.input, op.scale, op.zero_point))
    if array is None or scale is None or zero is None:
        return None
    scale, zero = scale.transpose(order), zero.transpose(order)
    own = scale.shape[channels] == array.transpose(order).shape[channels] and scale.size == scale.shape[channels]
    if not (scale.size == 1 or (own and kind is DataType.INT8)) or (kind is DataType.INT8 and zero.any()):
        return None
    parameters = Quantization(
        tuple(map(float, scale.reshape(-1))), tuple(map(int, zero.reshape(-1))), channels if own and scale.size > 1 else 0
    )
    return m.model.constant(array.transpose(order), parameters)


def _bias(operand: MLOperand | None, x: Quantization, weights: Tensor, count: int, m: Emitter) -> Tensor | None:
    """The bias as int32 in steps of input times weights; None if it is not known."""
    assert weights.quantization is not None
    steps = np.float64(x.scales[0]) * np.array(weights.quantization.scales, np.float64)
    if operand is None:
        known: Array | None = np.zeros(count)
    elif isinstance(operand.operator, DequantizeLinear):
        op = operand.operator
        integers, scale, zero = (m.constant_of(o) for o in (op.input, op.scale, op.zero_point))
        known = (
            None if integers is None or scale is None or zero is None else (integers.astype(np.float64) - zero) * scale.astype(np.float64)
        )
    else:
        known = m.constant_of(operand)
    if known is None or known.reshape(-1).size not in (1, count):
        return None
    whole = np.rint(np.broadcast_to(known.reshape(-1), (count,)) / steps)
    if np.abs(whole).max() >= 2**31:
        return None
    scales = tuple(map(float, steps.astype(np.float32)))
    return m.model.constant(whole.astype(np.int32), Quantization(scales, (0,) * len(scales)))


def _conv2d(op: Conv2d, q: QuantizeLinear, activation: int, m: Emitter) -> bool:
    source = _source(op.input, m)
    channels = op.image[1]
    depthwise = op.groups == channels and op.groups > 1
    if source is None or source[0].input.data_type is not q.zero_point.data_type or (op.groups > 1 and not depthwise):
        return False
    kind = q.zero_point.data_type
    weights = _weights(op.filter, axes_order(op.filter_layout, "ihwo" if depthwise else "ohwi"), kind, 3 if depthwise else 0, m)
    bias = None if weights is None else _bias(op.bias, source[1], weights, op.kernel[0], m)
    if weights is None or bias is None:
        return False
    order = image_order(op.input_layout)
    shape = in_order(op.output.shape, order)
    x = _integers(source, m, order)
    x, options = padded(m, x, op, shape[1:3])
    x.quantization = source[1]
    options["fused_activation_function"] = activation
    if depthwise:
        options["depth_multiplier"] = op.kernel[0] // channels
    return _put(q, m, "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", [x, weights, bias], shape, order, **options)


def _product(op: Any, q: QuantizeLinear, activation: int, m: Emitter) -> bool:
    """gemm, and matmul with a matrix, as FULLY_CONNECTED."""
    source = _source(op.a, m)
    if source is None or source[0].input.data_type is not q.zero_point.data_type or op.b.rank != 2:
        return False
    is_gemm = isinstance(op, Gemm)
    if op.output.rank >= DEEP_RANK:
        return False
    if is_gemm and (op.alpha != 1 or op.a_transpose or (op.c is not None and (op.beta != 1 or op.c.shape[:-1] not in ((), (1,))))):
        return False
    order = (0, 1) if is_gemm and op.b_transpose else (1, 0)
    weights = _weights(op.b, order, q.zero_point.data_type, 0, m)
    bias = None if weights is None else _bias(op.c if is_gemm else None, source[1], weights, op.output.shape[-1], m)
    if weights is None or bias is None:
        return False
    inputs = [_integers(source, m), weights, bias]
    own = identity(op.output.rank)
    return _put(q, m, "FULLY_CONNECTED", [*inputs], op.output.shape, own, fused_activation_function=activation, keep_num_dims=True)


def _binary(kind: str) -> Pattern:
    def emit(op: Any, q: QuantizeLinear, activation: int, m: Emitter) -> bool:
        sources = [_source(operand, m) for operand in (op.a, op.b)]
        if any(s is None or s[0].input.data_type is not q.zero_point.data_type for s in sources) or op.a.rank != op.b.rank or op.a.rank > 4:
            return False
        given = [s for s in sources if s is not None]
        order = at.common_order(m, [s[0].input for s in given], op.output.rank)
        inputs: list[Tensor | None] = [_integers(s, m, order) for s in given]
        return _put(q, m, kind, inputs, in_order(op.output.shape, order), order, fused_activation_function=activation)

    return emit


def _function(op: Any, q: QuantizeLinear, activation: int, m: Emitter) -> bool:
    """sigmoid, tanh and softmax, where the output has the scale that the kernel insists on."""
    kind, scale, middle = FIXED[type(op)]
    source, parameters, data_type = _source(op.input, m), _parameters(q, m), q.zero_point.data_type
    zero = int(data_type.minimum) + round(256 * middle)
    if source is None or source[0].input.data_type is not data_type or parameters != Quantization((scale,), (zero,)):
        return False
    order = m.order(source[0].input)
    if isinstance(op, Softmax) and (order[-1] != op.axis or op.input.rank > 4):
        return False
    options = {"beta": 1.0} if isinstance(op, Softmax) else {}
    return _put(q, m, kind, [_integers(source, m, order)], in_order(op.output.shape, order), order, **options)


def _average(op: AveragePool2d, q: QuantizeLinear, activation: int, m: Emitter) -> bool:
    """An average of whole windows, where input and output have one scale."""
    source = _source(op.input, m)
    if source is None or source[0].input.data_type is not q.zero_point.data_type or source[1] != _parameters(q, m) or not whole_windows(op):
        return False
    order = image_order(op.layout)
    out = pool(m, op, _integers(source, m, order), "AVERAGE_POOL_2D", 0.0)
    out.quantization = source[1]
    m.put(q.output, out, order)
    return True


def _same(op: Any, q: QuantizeLinear, activation: int, m: Emitter) -> bool:
    """What only moves or chooses elements is done on the integers themselves, where all have one scale."""
    parameters = _parameters(q, m)
    operands = op.inputs if isinstance(op, Concat) else (op.input,)
    sources = [_source(operand, m) for operand in operands]
    if any(s is None or s[1] != parameters or s[0].input.data_type is not q.zero_point.data_type for s in sources):
        return False
    inner = {operand: s[0].input for operand, s in zip(operands, sources, strict=True) if s is not None}
    m.redo(op, inner, q.output)
    return True


PATTERNS: dict[type[Operator], Pattern] = {
    Conv2d: _conv2d,
    Gemm: _product,
    Matmul: _product,
    Add: _binary("ADD"),
    Sub: _binary("SUB"),
    Mul: _binary("MUL"),
    Sigmoid: _function,
    Tanh: _function,
    Softmax: _function,
    AveragePool2d: _average,
    MaxPool2d: _same,
    Reshape: _same,
    Transpose: _same,
    Slice: _same,
    Concat: _same,
}
"""The native form of each operator between dequantizeLinear and quantizeLinear."""

ACTIVATED = (Conv2d, Gemm, Matmul, Add, Sub, Mul)
"""The operators whose kernels apply a relu or relu6 that stands between them and the quantizeLinear."""
