"""Normalisations: by given moments an element-wise function, by own moments a kernel over rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webnpu.operator import MLOperand
from webnpu.operators.normalization import BatchNormalization, InstanceNormalization, LayerNormalization
from webnpu.types import DataType

from ..literals import literal
from ..plan import View
from ..planner import Planner, lowers
from ..views import broadcast_view, strides_of, view
from .reduction import row_kernel, row_views

_F32 = DataType.FLOAT32


@lowers(BatchNormalization)
def batch_normalization(op: BatchNormalization, plan: Planner) -> None:
    """Scale and bias, where absent, are the literals that change nothing."""
    shape = op.input.shape
    along = view(shape, [int(axis == op.axis) for axis in range(len(shape))])
    operands: list[tuple[MLOperand, View]] = [(op.input, broadcast_view(shape, shape)), (op.mean, along), (op.variance, along)]
    function = "batch_normalization"
    for name, operand in (("scale", op.scale), ("bias", op.bias)):
        if operand is not None:
            operands.append((operand, along))
            function += f"_{name}"
    plan.elementwise(op.output, f"{function}_float", operands, [literal(op.resolved_epsilon, _F32)])


def _normalize(op: Any, plan: Planner, axes: Sequence[int], vector: View, index: str) -> None:
    """Rows along axes; scale and bias lie where ``vector`` says, for ``index``."""
    rows, size, views = row_views(op.input.shape, tuple(axes))
    inputs, hooks = {"x": op.input}, {"epsilon": literal(op.resolved_epsilon, _F32), "scale_of": "1.0", "bias_of": "number(0x80000000u)"}
    for name, operand in (("scale", op.scale), ("bias", op.bias)):
        if operand is not None:
            inputs[name] = operand
            hooks[f"{name}_of"] = f"{name}_load({name}_at({index}))"
            views[name] = vector
    kernel, constants = row_kernel("normalize", rows, size, plan)
    plan.emit(kernel, op.output, inputs, constants=constants, views=views, hooks=hooks, aliases={"V": "f32"})


@lowers(InstanceNormalization)
def instance_normalization(op: InstanceNormalization, plan: Planner) -> None:
    channels = op.input.shape[op.axis]
    _normalize(op, plan, op.spatial_axes, view((op.input.shape[0], channels), (0, 1)), "row")


@lowers(LayerNormalization)
def layer_normalization(op: LayerNormalization, plan: Planner) -> None:
    """Items run along the axes sorted; scale and bias have them in the order that the caller gave."""
    axes = op.resolved_axes
    strides = dict(zip(axes, strides_of([op.input.shape[axis] for axis in axes]), strict=True))
    vector = view([op.input.shape[axis] for axis in sorted(axes)], [strides[axis] for axis in sorted(axes)])
    _normalize(op, plan, axes, vector, "k")
