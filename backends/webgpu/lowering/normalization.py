"""Normalisations: by given moments an element-wise function, by own moments a kernel over rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webnpu.operator import MLOperand
from webnpu.operators.normalization import BatchNormalization, InstanceNormalization, LayerNormalization
from webnpu.types import DataType

from ..formats import FORMATS
from ..literals import literal
from ..plan import Operation, View
from ..planner import Planner, lowers
from ..views import broadcast_view, strides_of, view
from .reduction import pairs, reduce_over, row_kernel, row_views, rows_view

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


def _normalize(op: Any, plan: Planner, axes: Sequence[int], strides: Mapping[int, int], vector: View, index: str) -> None:
    """Rows along axes; scale and bias lie where ``vector`` says, for ``index``, and have these strides along the input's axes."""
    rows, size, views = row_views(op.input.shape, tuple(axes))
    chosen = row_kernel("normalize", rows, size, plan)
    if chosen is None:
        _normalize_long(op, plan, tuple(axes), strides)
        return
    inputs, hooks = {"x": op.input}, {"epsilon": literal(op.resolved_epsilon, _F32), "scale_of": "1.0", "bias_of": "number(0x80000000u)"}
    for name, operand in (("scale", op.scale), ("bias", op.bias)):
        if operand is not None:
            inputs[name] = operand
            hooks[f"{name}_of"] = f"{name}_load({name}_at({index}))"
            views[name] = vector
    kernel, constants = chosen
    plan.emit(kernel, op.output, inputs, constants=constants, views=views, hooks=hooks, aliases={"V": "f32"})


def _normalize_long(op: Any, plan: Planner, axes: tuple[int, ...], strides: Mapping[int, int]) -> None:
    """Of rows too long for one workgroup, the moments are found first."""
    shape, over = op.input.shape, row_views(op.input.shape, axes)
    rows, size, _ = over
    mean, inverse = plan.temporary("uint64", rows), plan.temporary("uint64", rows)
    hooks = pairs(result="bitcast<vec2<u32>>(mean_pair(sum, COUNT))")
    reduce_over(plan, mean, op.input, over, hooks, "vec2<u32>", constants={"COUNT": size})
    deviation = f"inverse_deviation(mean_pair(sum, COUNT), {literal(op.resolved_epsilon, _F32)})"
    hooks = pairs("add_pair(sum, squared_distance(x, mean_load(row)))", f"bitcast<vec2<u32>>({deviation})")
    reduce_over(plan, inverse, op.input, over, hooks, "vec2<u32>", {"mean": mean}, constants={"COUNT": size})
    of_row = rows_view(shape, axes)
    inputs: dict[str, MLOperand | int] = {"x0": op.input, "x1": mean, "x2": inverse}
    views = {"x0": broadcast_view(shape, shape), "x1": of_row, "x2": of_row}
    arguments = [*views]
    for operand, absent in ((op.scale, "1.0"), (op.bias, "number(0x80000000u)")):
        name = f"x{len(inputs)}"
        arguments.append(absent if operand is None else name)
        if operand is not None:
            inputs[name] = operand
            views[name] = view(shape, [strides.get(axis, 0) for axis in range(len(shape))])
    plan.emit(
        "elementwise",
        op.output,
        inputs,
        views=views,
        aliases={"V": "u32"},
        chain=[Operation(function="normal_of", arguments=tuple(arguments), rounding=FORMATS[op.output.data_type].rounding)],
    )


@lowers(InstanceNormalization)
def instance_normalization(op: InstanceNormalization, plan: Planner) -> None:
    channels = op.input.shape[op.axis]
    _normalize(op, plan, op.spatial_axes, {op.axis: 1}, view((op.input.shape[0], channels), (0, 1)), "row")


@lowers(LayerNormalization)
def layer_normalization(op: LayerNormalization, plan: Planner) -> None:
    """Items run along the axes sorted; scale and bias have them in the order that the caller gave."""
    axes = op.resolved_axes
    strides = dict(zip(axes, strides_of([op.input.shape[axis] for axis in axes]), strict=True))
    vector = view([op.input.shape[axis] for axis in sorted(axes)], [strides[axis] for axis in sorted(axes)])
    _normalize(op, plan, axes, strides, vector, "k")
