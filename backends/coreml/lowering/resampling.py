"""Resampling."""

from __future__ import annotations

import numpy as np

from webnpu.operators.resampling import Resample2d

from ..mil import Var
from .model import Model, lowers


@lowers(Resample2d)
def resample2d(op: Resample2d, m: Model) -> Var:
    x = m.of(op.input)
    sizes = tuple(op.output.shape[axis] for axis in op.axes)
    if sizes == tuple(op.input.shape[axis] for axis in op.axes):
        return x
    return _nearest(m, op, x) if op.mode == "nearest-neighbor" else _linear(m, op, x)


def _nearest(m: Model, op: Resample2d, x: Var) -> Var:
    """By gathering: how MIL's resize rounds between two neighbours is not documented."""
    for axis in op.axes:
        size, wanted = op.input.shape[axis], op.output.shape[axis]
        if size == wanted:
            continue
        place = np.clip((np.arange(wanted) + 0.5) * (size / wanted) - 0.5, 0, size - 1)
        indices = m.constant(np.ceil(place - 0.5).astype(np.int32))
        shape = (*x.shape[:axis], wanted, *x.shape[axis + 1 :])
        x = m.emit("gather", x.dtype, shape, x=x, indices=indices, axis=axis, batch_dims=0, validate_indices=False)
    return x


def _linear(m: Model, op: Resample2d, x: Var) -> Var:
    """Along the last two dimensions, in float32 for integers, which are rounded at the end."""
    whole = x.dtype
    x = m.cast(x, "fp32") if whole == "int32" else x
    others = [axis for axis in range(4) if axis not in op.axes]
    order = (*others, *op.axes)
    x = m.transpose(x, order)
    sizes = [op.output.shape[axis] for axis in op.axes]
    out = m.emit(
        "resize",
        x.dtype,
        (*x.shape[:2], *sizes),
        x=x,
        shape=sizes,
        resized_dims=np.array(2, np.uint32),
        interpolation_mode="LINEAR",
        sampling_mode="UNALIGN_CORNERS",
    )
    out = m.transpose(out, tuple(order.index(axis) for axis in range(4)))
    return m.cast(m.unary("round", out), whole) if whole == "int32" else out
