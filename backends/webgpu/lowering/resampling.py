"""Resampling: the places and weights of the output's elements are tables, computed once in float64."""

from __future__ import annotations

import numpy as np

from webnpu.operators.resampling import Resample2d
from webnpu.types import DataType

from ..formats import FORMATS
from ..literals import kind_of
from ..planner import Planner, lowers
from ..views import strides_of, view


@lowers(Resample2d)
def resample2d(op: Resample2d, plan: Planner) -> None:
    strides, shape = strides_of(op.input.shape), op.output.shape
    inputs: dict[str, object] = {"x": op.input}
    constants: dict[str, int] = {}
    views = {"base": view(shape, [0 if axis in op.axes else stride for axis, stride in enumerate(strides)])}
    for name, axis in zip("ab", op.axes, strict=True):
        places, weights = _table(op.input.shape[axis], shape[axis], op.mode)
        inputs |= {f"places_{name}": plan.table(places), f"weights_{name}": plan.table(weights)}
        constants |= {f"SIZE_{name.upper()}": op.input.shape[axis], f"STRIDE_{name.upper()}": strides[axis]}
        views[f"at_{name}"] = view(shape, [int(own == axis) for own in range(len(shape))])
    data_type = op.input.data_type
    nearest = op.mode == "nearest-neighbor"
    kind = kind_of(data_type)
    plan.emit(
        "resample",
        op.output,
        inputs,  # type: ignore[arg-type]
        constants=constants,
        views=views,
        aliases={"V": FORMATS[data_type].value},
        hooks={"sampled": "a" if nearest else f"between_{kind}(a, b, c, d, across, down)"},
    )


def _table(
    size: int, wanted: int, mode: str
) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint32]], np.ndarray[tuple[int], np.dtype[np.float32]]]:
    """For each element of the output, the lower of its two neighbours, and how far it is from there to the upper."""
    place = np.clip((np.arange(wanted) + 0.5) * (size / wanted) - 0.5, 0, size - 1)
    low = np.ceil(place - 0.5) if mode == "nearest-neighbor" else np.floor(place)
    return low.astype(np.uint32), (place - low).astype(DataType.FLOAT32.numpy)
