"""Gathering and scattering; WebNN clamps indices that are out of range, of which ONNX knows nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...operator import MLOperand
from ...operators.indexing import Gather, GatherElements, GatherND, ScatterElements, ScatterND
from ...types import DataType
from .writer import Export, Writer, exports


def _clamped(w: Writer, indices: MLOperand, sizes: Any) -> str:
    """Indices within the sizes that they point into, as int64: one size for all, or one for each coordinate."""
    sizes = np.asarray(sizes, np.int64)
    if indices.value is not None and (indices.value >= -sizes).all() and (indices.value < sizes).all():
        name = w(indices)
        return name if indices.data_type is DataType.INT64 else w.cast(name, DataType.INT64)
    if indices.data_type is DataType.UINT32:  # before the cast: ONNX Runtime compares int64 beyond 2**31 wrongly
        return w.cast(w.node("Min", w(indices), w.constant(sizes - 1, DataType.UINT32)), DataType.INT64)
    name = w(indices) if indices.data_type is DataType.INT64 else w.cast(w(indices), DataType.INT64)
    name = w.node("Max", name, w.constant(-sizes, DataType.INT64))
    return w.node("Min", name, w.constant(sizes - 1, DataType.INT64))


def _along_axis(kind: str) -> Export:
    def write(op: Any, w: Writer) -> str:
        updates = [w(op.updates)] if hasattr(op, "updates") else []
        return w.node(kind, w(op.input), _clamped(w, op.indices, op.input.shape[op.axis]), *updates, axis=op.axis)

    return write


def _at_coordinates(kind: str) -> Export:
    def write(op: Any, w: Writer) -> str:
        updates = [w(op.updates)] if hasattr(op, "updates") else []
        return w.node(kind, w(op.input), _clamped(w, op.indices, op.input.shape[: op.indices.shape[-1]]), *updates)

    return write


exports.rows({Gather: "Gather", GatherElements: "GatherElements", ScatterElements: "ScatterElements"}, _along_axis)
exports.rows({GatherND: "GatherND", ScatterND: "ScatterND"}, _at_coordinates)
