"""Resampling: the nearest element by positions known when the model is made; linear by the kernel, or by weights."""

from __future__ import annotations

import numpy as np

from webnpu.operators.resampling import Resample2d

from ..emitter import Emitter, lowers
from ..flatbuffer import Tensor
from ..values import Order, in_order
from .movement import take


@lowers(Resample2d)
def resample2d(op: Resample2d, m: Emitter) -> None:
    if op.mode == "nearest-neighbor":
        order = m.order(op.input)
        x = m.tensor(op.input, order)
        for axis in op.axes:
            size, wanted = op.input.shape[axis], op.output.shape[axis]
            if size != wanted:
                place = np.clip((np.arange(wanted) + 0.5) * (size / wanted) - 0.5, 0, size - 1)
                x = take(m, x, np.ceil(place - 0.5).astype(np.int64), order.index(axis))
        m.put(op.output, x, order)
        return
    order, x = _linear(op, m)
    if not op.output.data_type.is_float:
        x = m.convert(m.convert(m.like("ROUND", x), "int32"), op.output.data_type.value)
    m.put(op.output, x, order)


def _linear(op: Resample2d, m: Emitter) -> tuple[Order, Tensor]:
    """The kernel resamples the two middle dimensions of four, so those are brought there."""
    first, second = sorted(op.axes)
    others = [axis for axis in range(4) if axis not in op.axes]
    order = (others[0], first, second, others[1])
    x = m.convert(m.tensor(op.input, order), "float32")
    shape = in_order(op.output.shape, order)
    size = m.integers(*shape[1:3])
    return order, m.emit("RESIZE_BILINEAR", [x, size], "float32", shape, half_pixel_centers=True)
