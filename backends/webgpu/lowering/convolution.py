"""Convolutions: small ones sum by sum, each exact but for one rounding; large ones as products of matrices, through tiles.

As a product, a convolution has for its terms the taps of the window and, within each, the channels. Where pixels are
neighbours in memory (nchw) the output's channels go down and its pixels across; where channels are (nhwc), the other way.
"""

from __future__ import annotations

from math import prod
from typing import Any

from webnpu.operator import MLOperand
from webnpu.operators.convolution import Conv2d, ConvTranspose2d
from webnpu.shapes import axes_order, permuted
from webnpu.types import Shape

from .. import tiling
from ..plan import View
from ..planner import Planner, lowers
from ..views import strides_of, view
from .reduction import KEPT_PAIR, SLICE, pairs, reduce_over, slice_rows


def _geometry(op: Any, out: Shape) -> dict[str, int | tuple[int, ...]]:
    """The constants that both ways share; filter strides are those of output channel, input channel, row and column."""
    transposed = op.name == "convTranspose2d"
    filters = permuted(tuple(strides_of(op.filter.shape)), axes_order(op.filter_layout, "iohw" if transposed else "oihw"))
    return {
        "HEIGHT": op.image[2],
        "WIDTH": op.image[3],
        "OUT_CHANNELS": out[1],
        "OUT_HEIGHT": out[2],
        "OUT_WIDTH": out[3],
        "GROUPS": op.groups,
        "ROWS": op.kernel[2],
        "COLUMNS": op.kernel[3],
        "TOP": op.padding[0],
        "LEFT": op.padding[2],
        "STRIDES": op.strides,
        "DILATIONS": op.dilations,
        "X_STRIDES": permuted(tuple(strides_of(op.input.shape)), axes_order(op.input_layout, "nchw")),
        "FILTER_STRIDES": (filters[1], filters[0], *filters[2:]) if transposed else filters,
    }


@lowers(Conv2d, ConvTranspose2d)
def convolution(op: Any, plan: Planner) -> None:
    out = permuted(op.output.shape, axes_order(op.input_layout, "nchw"))
    channels = op.image[1] // op.groups
    terms = channels * op.kernel[2] * op.kernel[3]
    sizes = out[1] // op.groups, out[2] * out[3], terms, out[0] * op.groups
    if isinstance(op, Conv2d) and channels > 1 and tiling.pays(*sizes, plan.limits.workgroup_memory):
        _tiled(op, plan, out, channels, terms)
    elif plan.limits.workgroup_memory or prod(sizes) < tiling.LITTLE_WORK:
        _one_by_one(op, plan, out, True)
    elif isinstance(op, Conv2d) and channels == 1 and plan.fits("depthwise", {"ROWS": op.kernel[2], "COLUMNS": op.kernel[3]}, "float32"):
        _depthwise(op, plan, out)
    else:
        _one_by_one(op, plan, out, False)


def _one_by_one(op: Any, plan: Planner, out: Shape, exact: bool) -> None:
    """Layouts are but strides; a transposed convolution gathers what forward ones would have spread. A CPU has no time for exact sums."""
    inputs, hooks = _biased(op)
    places = {"batch": "n", "channel": "c", "row": "h", "column": "w"}
    constants: dict[str, Any] = {
        "TRANSPOSED": int(op.name == "convTranspose2d"),
        "EXACT": int(exact),
        "CHANNELS": op.image[1],
        **_geometry(op, out),
        **_terms(op, False),
    }
    if op.name == "convTranspose2d" and not plan.fits("conv2d", constants, op.output.data_type):
        constants |= _terms(op, True)
    views = {name: view(op.output.shape, [int(axis == letter) for axis in op.input_layout]) for name, letter in places.items()}
    if plan.fits("conv2d", constants, op.output.data_type):
        plan.emit("conv2d", op.output, inputs, constants=constants, views=views, aliases={"V": "f32"}, hooks=hooks)
    else:
        _wide(op, plan, constants, views)


def _terms(op: Any, fewest: bool) -> dict[str, int]:
    """How the terms of a sum are counted: by taps, or where those are fewer, by the rows and columns of the input."""
    by_row, by_column = (int(fewest and pixels < taps) for pixels, taps in zip(op.image[2:], op.kernel[2:], strict=True))
    rows, columns = (op.image if by_row else op.kernel)[2], (op.image if by_column else op.kernel)[3]
    return {"TERM_ROWS": rows, "TERM_COLUMNS": columns, "BY_ROW": by_row, "BY_COLUMN": by_column}


def _wide(op: Any, plan: Planner, constants: dict[str, Any], views: dict[str, View]) -> None:
    """A workgroup for the sum of each element; where that has too many terms, for each of several slices of it."""
    size, terms = op.output.descriptor.size, op.image[1] // op.groups * constants["TERM_ROWS"] * constants["TERM_COLUMNS"]
    inputs: dict[str, MLOperand | int] = {"x": op.input, "filters": op.filter}
    bias: dict[str, MLOperand | int] = {} if op.bias is None else {"bias": op.bias}
    constants = {**constants, "OUTPUTS": size, "SLICES": 1, "PART": terms, "WORKGROUP": 256}
    if plan.fits("conv2d_wide", constants, op.output.data_type):
        hooks = {"result": _with_bias(op, "i")}
        plan.emit("conv2d_wide", op.output, {**inputs, **bias}, constants=constants, views=views, aliases={"V": "f32"}, hooks=hooks)
        return
    slices = -(-terms // SLICE)
    kept = plan.temporary("uint64", size * slices)
    sliced = {**constants, "SLICES": slices, "PART": SLICE}
    plan.emit("conv2d_wide", kept, inputs, constants=sliced, views=views, aliases={"V": "vec2<u32>"}, hooks={"result": KEPT_PAIR})
    over = slice_rows(size, slices)
    reduce_over(
        plan, op.output, kept, over, pairs(result=_with_bias(op, "row")).last, "f32", finished=bias, more={"channel": views["channel"]}
    )


def _with_bias(op: Any, index: str) -> str:
    """The last rounding of a sum, the bias added to it before."""
    return "single(sum)" if op.bias is None else f"single(add_pair(sum, vec2<f32>(bias_load(channel_at({index})), 0.0)))"


def _biased(op: Any) -> tuple[dict[str, MLOperand | int], dict[str, str]]:
    """The operands, and the hook of the bias; where there is none, what changes no sum."""
    operands: dict[str, MLOperand | int] = {"x": op.input, "filters": op.filter}
    if op.bias is None:
        return operands, {"bias_of": "number(0x80000000u)"}
    return operands | {"bias": op.bias}, {"bias_of": "bias_load(channel)"}


def _depthwise(op: Conv2d, plan: Planner, out: Shape) -> None:
    """Convolutions of one channel a group, four pixels of a row at a time, on a CPU."""
    inputs, hooks = _biased(op)
    strides = permuted(tuple(strides_of(op.output.shape)), axes_order(op.input_layout, "nchw"))
    constants = {"BATCHES": out[0], "Y_STRIDES": strides, **_geometry(op, out)}
    plan.emit("depthwise", op.output, inputs, constants=constants, aliases={"V": "f32"}, hooks=hooks)


def _tiled(op: Conv2d, plan: Planner, out: Shape, channels: int, terms: int) -> None:
    outer, pixels, out_channels = out[0] * op.groups, out[2] * out[3], out[1] // op.groups
    constants: dict[str, Any] = {"CHANNELS": channels, **_geometry(op, out)}
    if op.input_layout == "nchw":
        filters, image = _filters(op, plan, "left", terms), _image(op, "right", pixels, channels)
        product = tiling.Product(filters, image, out_channels, pixels, terms, outer, "(batch * M + m) * N + n", constants)
    else:
        filters, image = _filters(op, plan, "right", terms), _image(op, "left", pixels, channels)
        place = "((batch / GROUPS * M + m) * GROUPS + batch % GROUPS) * N + n"
        product = tiling.Product(image, filters, pixels, out_channels, terms, outer, place, constants)
    draft = tiling.emit(plan, op.output, product)
    along = view(op.output.shape, [int(axis == "c") for axis in op.input_layout])
    plan.complete(draft, op.output, [] if op.bias is None else [("add_float", (op.bias, along), "")])


def _filters(op: Conv2d, plan: Planner, side: str, terms: int) -> tiling.Factor:
    """The filters; constant ones are packed, once, so that they are read in whole vectors."""
    arguments = "batch, m, k" if side == "left" else "batch, k, n"
    if op.filter.value is None:
        return tiling.Factor(op.filter, f"filters_{side}({arguments})")
    out_channels = op.kernel[0] // op.groups
    matrices = op.filter.value.transpose(axes_order(op.filter_layout, "ohwi")).reshape(op.groups, out_channels, terms)
    whole = (terms if side == "left" else out_channels) % 4 == 0
    packed = plan.table(matrices if side == "left" else matrices.swapaxes(1, 2))
    return tiling.Factor(packed, f"packed{'_vector' if whole else ''}_{side}({arguments})", whole)


def _image(op: Conv2d, side: str, pixels: int, channels: int) -> tiling.Factor:
    """The images, each factor looked up by tap and pixel; where both are one, in whole vectors."""
    arguments = "batch, m, k" if side == "left" else "batch, k, n"
    plain = prod(op.kernel[2:]) == 1 and op.strides == (1, 1) and not any(op.padding)
    neighbours = channels if side == "left" else pixels
    if plain and neighbours % 4 == 0:
        return tiling.Factor(op.input, f"pixels_{side}({arguments})", True)
    return tiling.Factor(op.input, f"image_{side}({arguments})")
