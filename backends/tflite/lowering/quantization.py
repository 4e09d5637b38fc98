"""Quantisation as arithmetic, blockwise: what the patterns of `quantized` do not take."""

from __future__ import annotations

import numpy as np

from webnpu.operator import MLOperand
from webnpu.operators.quantization import DequantizeLinear, QuantizeLinear
from webnpu.types import DataType, Shape

from ..emitter import LARGE_HALF, Emitter, lowers
from ..flatbuffer import Tensor
from ..values import Order
from . import arithmetic as at
from .elementwise import converted
from .quantized import dequantize, fuse, quantize

NARROW = (DataType.INT8, DataType.UINT8, DataType.INT4, DataType.UINT4)
"""Types whose differences are exact in float32."""


def _blocks(m: Emitter, operand: MLOperand, shape: Shape, order: Order) -> Tensor:
    """Scale or zero point in an order, as a tensor that broadcasts: each element repeated over its block where that is part of an axis."""
    known = m.values[operand].array
    wanted = [size if 1 < have < size else have for have, size in zip(operand.shape, shape, strict=True)]
    if known is not None:
        for axis, size in enumerate(wanted):
            if known.shape[axis] != size:
                known = np.repeat(known, size // known.shape[axis], axis)
        known = known.astype(np.float32) if known.dtype == np.float16 else known
        return m.model.constant(np.ascontiguousarray(known.transpose(order)))
    x = m.tensor(operand)
    for axis, size in enumerate(wanted):
        if x.shape[axis] != size:
            before, after = x.shape[:axis], x.shape[axis + 1 :]
            parts = [int(np.prod(before)), x.shape[axis], size // x.shape[axis], int(np.prod(after))]
            apart = m.reshape(x, (parts[0], parts[1], 1, parts[3]))
            x = m.reshape(m.emit("BROADCAST_TO", [apart, m.integers(*parts)], x.type, parts), (*before, size, *after))
    return m.permute(x, order)


def _known(op: DequantizeLinear, m: Emitter) -> bool:
    """Compute what is known when the model is made, so that weights are not dequantised anew in every run; whether it was."""
    steps, scale, zero = (m.constant_of(operand) for operand in (op.input, op.scale, op.zero_point))
    if steps is None or scale is None or zero is None:
        return False
    parts = []
    for array, kind in ((zero, op.input.data_type), (scale, op.scale.data_type)):
        for axis, size in enumerate(op.input.shape):
            array = np.repeat(array, size // array.shape[axis], axis) if 1 < array.shape[axis] < size else array
        parts.append(array.view(f"u{array.itemsize}") if kind is DataType.UINT32 else array)
    integers = steps.view(np.uint32) if op.input.data_type is DataType.UINT32 else steps
    real = (integers.astype(np.float64) - parts[0]) * parts[1]
    rounded = real.astype(op.output.data_type.numpy)
    m.put_array(op.output, rounded if rounded.size >= LARGE_HALF else rounded.astype(np.float32))
    return True


@lowers(DequantizeLinear)
def dequantize_linear(op: DequantizeLinear, m: Emitter) -> None:
    if dequantize(op, m) or _known(op, m):
        return
    order = m.order(op.input)
    x = m.tensor(op.input, order)
    kind = op.input.data_type
    zero = _blocks(m, op.zero_point, op.input.shape, order)
    scale = _blocks(m, op.scale, op.input.shape, order)
    if kind in NARROW:
        steps = at.sub(m, m.convert(x, "float32"), m.convert(zero, "float32"))
    else:
        wide = [converted(m, t, kind, DataType.INT64) for t in (x, zero)]
        steps = m.convert(at.sub(m, *wide), "float32")
    m.put(op.output, at.mul(m, steps, scale), order)


@lowers(QuantizeLinear)
def quantize_linear(op: QuantizeLinear, m: Emitter) -> None:
    if fuse(op, m) or quantize(op, m):
        return
    order = m.order(op.input)
    x = m.tensor(op.input, order)
    kind = op.zero_point.data_type
    zero = _blocks(m, op.zero_point, op.input.shape, order)
    steps = m.like("ROUND", at.div(m, x, _blocks(m, op.scale, op.input.shape, order)))
    if kind in NARROW:
        total = at.add(m, steps, m.convert(zero, "float32"))
        limited = at.minimum(m, at.maximum(m, total, kind.minimum), kind.maximum)
        out = m.convert(m.convert(limited, "int32"), _stored(kind))
    else:
        total = at.add(m, m.convert(_limited(m, steps), "int64"), converted(m, zero, kind, DataType.INT64))
        out = m.convert(at.minimum(m, at.maximum(m, total, kind.minimum), kind.maximum), "int32")
    m.put(op.output, out, order)


def _limited(m: Emitter, steps: Tensor) -> Tensor:
    """Steps within what int64 can add a zero point to."""
    return at.minimum(m, at.maximum(m, steps, -(2.0**40)), 2.0**40)


def _stored(kind: DataType) -> str:
    return "int8" if kind.is_signed else "uint8"
