"""Quantisation, blockwise: element-wise functions whose scale and zero point are looked up by block."""

from __future__ import annotations

from webnpu.operators.quantization import DequantizeLinear, QuantizeLinear

from ..literals import kind_of, literal
from ..planner import Planner, lowers
from ..views import block_view, broadcast_view


@lowers(DequantizeLinear)
def dequantize_linear(op: DequantizeLinear, plan: Planner) -> None:
    blocks = block_view(op.scale.shape, op.input.shape)
    operands = [(op.input, broadcast_view(op.input.shape, op.input.shape)), (op.scale, blocks), (op.zero_point, blocks)]
    plan.elementwise(op.output, f"dequantize_linear_{kind_of(op.input.data_type)}", operands)
    plan.remember_dequantizer(op)


@lowers(QuantizeLinear)
def quantize_linear(op: QuantizeLinear, plan: Planner) -> None:
    blocks, to = block_view(op.scale.shape, op.input.shape), op.zero_point.data_type
    operands = [(op.input, broadcast_view(op.input.shape, op.input.shape)), (op.scale, blocks), (op.zero_point, blocks)]
    bounds = [literal(bound, to) for bound in (to.minimum, to.maximum)]
    plan.elementwise(op.output, f"quantize_linear_{kind_of(to)}", operands, bounds, rounding="")
