"""Pooling."""

from __future__ import annotations

from typing import Any

from webnpu.operators.pooling import AveragePool2d, L2Pool2d, MaxPool2d
from webnpu.shapes import axes_order, permuted

from ..formats import FORMATS
from ..planner import Planner, lowers
from .reduction import summation

_MEAN = "single(div_pair(sum, vec2<f32>(cast_uint32_float(counted), 0.0)))"


@lowers(AveragePool2d, L2Pool2d, MaxPool2d)
def pool(op: Any, plan: Planner) -> None:
    _, channels, height, width = op.image
    _, _, out_height, out_width = permuted(op.output.shape, axes_order(op.layout, "nchw"))
    hooks = summation({"averagePool2d": "reduceSum", "l2Pool2d": "reduceL2", "maxPool2d": "reduceMax"}[op.name], op.input.data_type)
    plan.emit(
        "pool",
        op.output,
        {"x": op.input},
        constants={
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
        },
        aliases={"SUM": hooks.type, "V": FORMATS[op.input.data_type].value},
        hooks={
            "start": hooks.start,
            "include": hooks.include,
            "result": _MEAN if op.name == "averagePool2d" else hooks.result,
        },
    )
