"""Quantisation. Steps are counted in float32, also for float16, whose range would not hold them."""

from __future__ import annotations

import numpy as np

from webnpu.operator import MLOperand
from webnpu.operators.quantization import DequantizeLinear, QuantizeLinear
from webnpu.types import DataType, Shape

from ..mil import Var
from .elementwise import saturated
from .model import INT_MAX, INT_MIN, NARROW, SIGNED32, Model, lowers


def _expanded(m: Model, x: Var, shape: Shape) -> Var:
    """Each element of x repeated over its block of a tensor of the given shape; what broadcasts stays as it is."""
    for axis, size in enumerate(shape):
        have = x.shape
        if have[axis] not in (1, size):
            before, after = int(np.prod(have[:axis])), int(np.prod(have[axis + 1 :]))
            apart = m.reshape(x, (before, have[axis], 1, after))
            repeated = m.tile(apart, (1, 1, size // have[axis], 1))
            x = m.reshape(repeated, (*have[:axis], size, *have[axis + 1 :]))
    return x


def _is_one_axis(shape: Shape, whole: Shape) -> bool:
    """Whether there is one scale for all, or one for each place along one axis."""
    varied = [axis for axis, size in enumerate(shape) if size > 1]
    return len(varied) <= 1 and all(shape[axis] == whole[axis] for axis in varied)


@lowers(DequantizeLinear)
def dequantize_linear(op: DequantizeLinear, m: Model) -> Var:
    dtype = m.held(op.scale.data_type)
    if (constant := _constant(op, m, dtype)) is not None:
        return constant
    shape = m.shape(op.input)
    x, zero = m.of(op.input), _expanded(m, m.of(op.zero_point), shape)
    scale = m.cast(_expanded(m, m.of(op.scale), shape), "fp32")
    if op.input.data_type in NARROW:
        steps = m.cast(m.binary("sub", x, zero), "fp32")
    else:
        steps = _difference(m, x, zero, op.input.data_type)
    return m.cast(m.binary("mul", steps, scale), dtype)


def _constant(op: DequantizeLinear, m: Model, dtype: str) -> Var | None:
    """A constant that is stored quantised, where the target has an operation for it."""
    operands: tuple[MLOperand, ...] = (op.input, op.scale, op.zero_point)
    if any(x.value is None for x in operands) or not op.input.shape or op.input.data_type not in NARROW:
        return None
    blockwise = m.program.specification >= 9
    bytes_only = op.input.data_type in (DataType.INT8, DataType.UINT8)
    if not blockwise and not (bytes_only and _is_one_axis(op.scale.shape, op.input.shape)):
        return None
    steps, scale, zero = (np.asarray(x.value) for x in operands)
    whole = np.int8 if op.input.data_type.is_signed else np.uint8
    return m.dequantized_constant(steps.astype(whole), op.input.data_type.value, scale, zero.astype(whole), dtype)


def _difference(m: Model, x: Var, zero: Var, data_type: DataType) -> Var:
    """``x - zero`` of 32-bit integers in float32, rounded once: high and low parts apart."""
    parts = []
    for value in (x, zero):
        high = m.binary("floor_div", value, 2**16)
        low = m.binary("sub", value, m.binary("mul", high, 2**16))
        if data_type is DataType.UINT32:
            high = m.binary("sub", high, m.binary("mul", m.binary("floor_div", high, 2**16), 2**16))
        parts.append((high, low))
    (high_x, low_x), (high_zero, low_zero) = parts
    high = m.cast(m.binary("sub", high_x, high_zero), "fp32")
    low = m.cast(m.binary("sub", low_x, low_zero), "fp32")
    return m.binary("add", m.binary("mul", high, 2.0**16), low)


@lowers(
    QuantizeLinear,
    types={"zero_point": SIGNED32, "output": SIGNED32},
    reason="steps are counted in float32 and int32, which do not hold all of uint32",
)
def quantize_linear(op: QuantizeLinear, m: Model) -> Var:
    shape = m.shape(op.input)
    x = m.cast(m.of(op.input), "fp32")
    scale = m.cast(_expanded(m, m.of(op.scale), shape), "fp32")
    zero = _expanded(m, m.of(op.zero_point), shape)
    steps = m.unary("round", m.binary("real_div", x, scale))
    steps = m.select(m.compare("not_equal", steps, steps), m.number(steps, 0), steps)
    to = op.zero_point.data_type
    if to in NARROW:
        low, high = float(to.minimum), float(to.maximum)
        placed = m.binary("add", steps, m.cast(zero, "fp32"))
        return m.cast(m.unary("clip", placed, alpha=m.scalar(placed, low), beta=m.scalar(placed, high)), "int32")
    whole = saturated(m, steps)
    least = m.binary("sub", m.number(whole, INT_MIN), m.binary("minimum", zero, 0))
    most = m.binary("sub", m.number(whole, INT_MAX), m.binary("maximum", zero, 0))
    bounded = m.binary("minimum", m.binary("maximum", whole, least), most)
    return m.binary("add", bounded, zero)
