"""Pooling: sizes that were rounded up are had by more padding at the end, which no pool counts."""

from __future__ import annotations

from itertools import product
from typing import Any

from ...operators.pooling import AveragePool2d, L2Pool2d, MaxPool2d
from ...shapes import axes_order, permuted, window_extent
from ...types import DataType
from .convolution import image_back, image_first
from .writer import Export, Writer, exports


def _attributes(op: Any) -> dict[str, Any]:
    top, bottom, left, right = op.padding
    sizes = permuted(op.output.shape, axes_order(op.layout, "nchw"))[2:]
    ends = []
    for axis, (begin, end) in enumerate(((top, bottom), (left, right))):
        reach = (sizes[axis] - 1) * op.strides[axis] + window_extent(op.window[axis], op.dilations[axis])
        ends.append(max(end, reach - begin - op.image[2 + axis]))
    return {
        "kernel_shape": list(op.window),
        "strides": list(op.strides),
        "dilations": list(op.dilations),
        "pads": [top, left, *ends],
    }


def _pool(kind: str, **more: int) -> Export:
    def write(op: Any, w: Writer) -> str:
        y = w.node(kind, image_first(w, w(op.input), op.layout), **_attributes(op), **more)
        return image_back(w, y, op.layout)

    return write


exports(AveragePool2d)(_pool("AveragePool"))
exports(L2Pool2d)(_pool("LpPool", p=2))


@exports(MaxPool2d)
def max_pool2d(op: MaxPool2d, w: Writer) -> str:
    """ONNX has it for floats and bytes."""
    if not op.input.data_type.is_float and op.input.data_type not in (DataType.INT8, DataType.UINT8):
        return _greatest_of_slices(op, w)
    return image_back(w, w.node("MaxPool", image_first(w, w(op.input), op.layout), **_attributes(op)), op.layout)


def _greatest_of_slices(op: MaxPool2d, w: Writer) -> str:
    """Wider integers: the greatest of the slices that each element of the window sees, of the image with padding that never wins."""
    attributes, data_type = _attributes(op), op.input.data_type
    top, left, bottom, right = attributes["pads"]
    image = image_first(w, w(op.input), op.layout)
    image = w.node("Pad", image, w.integers([0, 0, top, left, 0, 0, bottom, right]), w.constant(data_type.minimum, data_type))
    sizes = permuted(op.output.shape, axes_order(op.layout, "nchw"))[2:]
    taps = []
    for place in product(*(range(size) for size in op.window)):
        starts = [at * dilation for at, dilation in zip(place, op.dilations, strict=True)]
        ends = [start + (size - 1) * stride + 1 for start, size, stride in zip(starts, sizes, op.strides, strict=True)]
        taps.append(w.node("Slice", image, w.integers(starts), w.integers(ends), w.integers([2, 3]), w.integers(op.strides)))
    return image_back(w, w.node("Max", *taps), op.layout)
