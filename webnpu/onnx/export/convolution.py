"""Convolutions: ONNX has channels first, and filters as output channels, input channels, height, width."""

from __future__ import annotations

from typing import Any

from ...operators.convolution import Conv2d, ConvTranspose2d
from ...shapes import axes_order
from .writer import Writer, exports


def image_first(w: Writer, name: str, layout: str) -> str:
    """An image in ONNX's layout."""
    return w.transpose(name, axes_order(layout, "nchw"))


def image_back(w: Writer, name: str, layout: str) -> str:
    """An image in WebNN's layout again."""
    return w.transpose(name, axes_order("nchw", layout))


def pads(padding: tuple[int, ...]) -> list[int]:
    """From top, bottom, left, right to the beginnings, then the ends."""
    top, bottom, left, right = padding
    return [top, left, bottom, right]


def _attributes(op: Any) -> dict[str, Any]:
    return {
        "pads": pads(op.padding),
        "strides": list(op.strides),
        "dilations": list(op.dilations),
        "group": op.groups,
        "kernel_shape": list(op.kernel[2:]),
    }


@exports(Conv2d)
def conv2d(op: Conv2d, w: Writer) -> str:
    image = image_first(w, w(op.input), op.input_layout)
    filter = w.transpose(w(op.filter), axes_order(op.filter_layout, "oihw"))
    bias = [] if op.bias is None else [w(op.bias)]
    return image_back(w, w.node("Conv", image, filter, *bias, **_attributes(op)), op.input_layout)


@exports(ConvTranspose2d)
def conv_transpose2d(op: ConvTranspose2d, w: Writer) -> str:
    """The output's size is said by output_padding, whatever said it in WebNN."""
    image = image_first(w, w(op.input), op.input_layout)
    filter = w.transpose(w(op.filter), axes_order(op.filter_layout, "iohw"))
    bias = [] if op.bias is None else [w(op.bias)]
    extra = list(op.output_padding)
    if op.output_sizes is not None:
        extra = [size - have for size, have in zip(op.output_sizes, op._calculated(), strict=True)]
    return image_back(w, w.node("ConvTranspose", image, filter, *bias, output_padding=extra, **_attributes(op)), op.input_layout)
