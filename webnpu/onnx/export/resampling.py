"""Resampling, of the last two dimensions."""

from __future__ import annotations

from ...operators.resampling import Resample2d
from ...types import DataType
from .writer import Writer, exports


@exports(Resample2d)
def resample2d(op: Resample2d, w: Writer) -> str:
    """Integers are interpolated in float32, and rounded."""
    first, second = op.axes
    rest = [axis for axis in range(op.input.rank) if axis not in op.axes]
    order = [*rest, first, second]
    is_linear, data_type = op.mode == "linear", op.input.data_type
    name = w.transpose(w(op.input), order)
    if is_linear and not data_type.is_float:
        name = w.cast(name, DataType.FLOAT32)
    sizes = w.integers([op.output.shape[axis] for axis in order])
    y = w.node("Resize", name, "", "", sizes, mode="linear" if is_linear else "nearest", nearest_mode="round_prefer_floor")
    if is_linear and not data_type.is_float:
        y = w.cast(w.node("Round", y), data_type)
    return w.transpose(y, [order.index(axis) for axis in range(op.input.rank)])
