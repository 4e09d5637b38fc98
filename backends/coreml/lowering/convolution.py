"""Convolutions: MIL's are nchw with filters oihw, transposed ones iohw."""

from __future__ import annotations

from typing import Any

from webnpu.operators.convolution import Conv2d, ConvTranspose2d
from webnpu.shapes import axes_order, permuted, window_extent

from ..mil import Var
from .model import Model, lowers


def nchw(m: Model, op: Any, layout: str) -> Var:
    """The input of an operator on images, as nchw."""
    return m.transpose(m.of(op.input), axes_order(layout, "nchw"))


def from_nchw(m: Model, x: Var, layout: str) -> Var:
    """A result in the layout of the operator."""
    return m.transpose(x, axes_order("nchw", layout))


def _filter(m: Model, op: Any, wanted: str) -> tuple[Var, tuple[int, int]]:
    """The filter in the wanted layout, and the dilations that are left to the operation.

    MIL dilates only constant filters; any other is dilated here, with zeros between its elements.
    """
    weight = m.weights(op.filter, axes_order(op.filter_layout, wanted))
    down, right = op.dilations
    if op.filter.value is not None or (down, right) == (1, 1):
        return weight, (down, right)
    a, b, height, width = weight.shape
    apart = m.reshape(weight, (a * b, height, 1, width, 1))
    sides = [0, 0, 0, 0, 0, down - 1, 0, 0, 0, right - 1]
    shape = (a * b, height, down, width, right)
    spread = m.emit("pad", weight.dtype, shape, x=apart, pad=sides, mode="constant", constant_val=m.scalar(weight, 0))
    whole = m.reshape(spread, (a, b, height * down, width * right))
    extent = window_extent(height, down), window_extent(width, right)
    return m.slice(whole, (0, 0, 0, 0), (a, b, *extent)), (1, 1)


def _biased(m: Model, op: Any, x: Var) -> Var:
    """The result with a bias added that the operation could not take."""
    return m.binary("add", x, m.reshape(m.of(op.bias), (1, op.bias.shape[0], 1, 1)))


@lowers(Conv2d)
def conv2d(op: Conv2d, m: Model) -> Var:
    x = nchw(m, op, op.input_layout)
    weight, dilations = _filter(m, op, "oihw")
    bias = {"bias": m.of(op.bias)} if op.bias is not None and op.bias.value is not None else {}
    out = m.emit(
        "conv",
        x.dtype,
        permuted(op.output.shape, axes_order(op.input_layout, "nchw")),
        x=x,
        weight=weight,
        **bias,
        strides=op.strides,
        pad_type="custom",
        pad=op.padding,
        dilations=dilations,
        groups=op.groups,
    )
    return from_nchw(m, out if op.bias is None or bias else _biased(m, op, out), op.input_layout)


@lowers(ConvTranspose2d)
def conv_transpose2d(op: ConvTranspose2d, m: Model) -> Var:
    """With padding and output_shape that agree: Core ML's processors differ where they do not.

    (github.com/apple/coremltools/issues/2281) An output that reaches beyond the last window is padded afterwards.
    """
    x = nchw(m, op, op.input_layout)
    weight, dilations = _filter(m, op, "iohw")
    batch, channels, *wanted = permuted(op.output.shape, axes_order(op.input_layout, "nchw"))
    pads, beyond, made = [], [0, 0, 0, 0], [batch, channels]
    for axis in (0, 1):
        extent = window_extent(weight.shape[2 + axis], dilations[axis])
        full = (x.shape[2 + axis] - 1) * op.strides[axis] + extent
        begin = op.padding[2 * axis]
        end = full - begin - wanted[axis]
        pads += [begin, max(end, 0)]
        beyond += [0, max(-end, 0)]
        made.append(wanted[axis] - max(-end, 0))
    reaches = not any(beyond)
    bias = {"bias": m.of(op.bias)} if op.bias is not None and op.bias.value is not None and reaches else {}
    out = m.emit(
        "conv_transpose",
        x.dtype,
        made,
        x=x,
        weight=weight,
        **bias,
        strides=op.strides,
        pad_type="custom",
        pad=pads,
        output_shape=made,
        dilations=dilations,
        groups=op.groups,
    )
    if not reaches:
        shape = (batch, channels, *wanted)
        out = m.emit("pad", x.dtype, shape, x=out, pad=beyond, mode="constant", constant_val=m.scalar(x, 0))
    return from_nchw(m, out if op.bias is None or bias else _biased(m, op, out), op.input_layout)
