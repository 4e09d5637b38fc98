"""Pooling."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

from webnpu.operators.pooling import AveragePool2d, L2Pool2d, MaxPool2d
from webnpu.shapes import axes_order, permuted

from ..formats import FORMATS
from ..planner import Planner, lowers
from .reduction import SLICE, reduce_over, slice_rows, summation

_MEAN = "single(mean_pair(sum, counted))"
_KEPT_MEAN = "bitcast<vec2<u32>>(mean_pair(sum, counted))"
_REDUCTIONS = {"averagePool2d": "reduceSum", "l2Pool2d": "reduceL2", "maxPool2d": "reduceMax"}


@lowers(AveragePool2d, L2Pool2d, MaxPool2d)
def pool(op: Any, plan: Planner) -> None:
    """An invocation a window; of a large one, a workgroup, and of one that is too large for that, several."""
    _, channels, height, width = op.image
    _, _, out_height, out_width = permuted(op.output.shape, axes_order(op.layout, "nchw"))
    hooks = summation(_REDUCTIONS[op.name], op.input.data_type)
    constants = {
        "CHANNELS": channels,
        "HEIGHT": height,
        "WIDTH": width,
        "OUT_HEIGHT": out_height,
        "OUT_WIDTH": out_width,
        "ROWS": op.window[0],
        "COLUMNS": op.window[1],
        "TOP": op.padding[0],
        "LEFT": op.padding[2],
        "STRIDES": op.strides,
        "DILATIONS": op.dilations,
        "LAST": int(op.layout == "nhwc"),
    }
    mean = op.name == "averagePool2d"
    aliases = {"SUM": hooks.type, "V": FORMATS[op.input.data_type].value}
    expressions = {"start": hooks.start, "include": hooks.include, "result": _MEAN if mean else hooks.result}
    if plan.fits("pool", constants, op.output.data_type):
        plan.emit("pool", op.output, {"x": op.input}, constants=constants, aliases=aliases, hooks=expressions)
        return
    size, taps = op.output.descriptor.size, prod(op.window)
    constants |= {"OUTPUTS": size, "SLICES": 1, "PART": taps, "WORKGROUP": 256}
    expressions["combine"] = hooks.combine
    if plan.fits("pool_wide", constants, op.output.data_type):
        plan.emit("pool_wide", op.output, {"x": op.input}, constants=constants, aliases=aliases, hooks=expressions)
        return
    slices = -(-taps // SLICE)
    kept = plan.temporary(hooks.format, size * slices)
    plan.emit(
        "pool_wide",
        kept,
        {"x": op.input},
        constants={**constants, "SLICES": slices, "PART": SLICE},
        aliases={"SUM": hooks.type, "V": FORMATS[hooks.format].value},
        hooks={**expressions, "result": _KEPT_MEAN if mean else hooks.keep},
    )
    over = slice_rows(size, slices)
    reduce_over(plan, op.output, kept, over, replace(hooks.last, result="single(sum)" if mean else hooks.result), aliases["V"])
