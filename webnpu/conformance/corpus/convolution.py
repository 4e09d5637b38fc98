"""Cases for convolutions: positive fractions, whose sums do not cancel, and small whole numbers, whose sums are exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...operators.convolution import Conv2d, ConvTranspose2d
from ...shapes import axes_order, permuted
from ...types import DataType, Shape
from .data import Fill, Tensor, positive, small
from .recipe import Recipe, Recipes

FLOAT32, FLOAT16 = DataType.FLOAT32, DataType.FLOAT16


@dataclass(frozen=True)
class Setting:
    """The shapes, as nchw and as oihw or iohw, and the options of a case."""

    about: str
    image: Shape = (1, 2, 5, 5)
    kernel: Shape = (3, 2, 3, 3)
    options: Mapping[str, Any] = field(default_factory=dict)
    bias: bool = False


CONV2D: Mapping[str, Setting] = {
    "plain": Setting("A 3 x 3 window, no options"),
    "bias": Setting("A bias for each output channel", bias=True),
    "one-by-one": Setting("A 1 x 1 window: a product of matrices", (1, 3, 4, 3), (5, 3, 1, 1), bias=True),
    "one-element": Setting("One element everywhere", (1, 1, 1, 1), (1, 1, 1, 1)),
    "whole-image": Setting("A window as large as the image", (2, 2, 3, 4), (2, 2, 3, 4)),
    "batches": Setting("Three images", (3, 2, 4, 4), (2, 2, 2, 2), bias=True),
    "even-window": Setting("An even, oblong window", (1, 2, 5, 6), (2, 2, 2, 4)),
    "row-window": Setting("A window of one row", (1, 2, 3, 7), (2, 2, 1, 5)),
    "padding": Setting("A border of zeros", options={"padding": [1, 1, 1, 1]}),
    "padding-asymmetric": Setting("A different border on each side", options={"padding": [1, 2, 0, 3]}),
    "padding-top-left": Setting("A border at the top and the left alone", options={"padding": [2, 0, 1, 0]}),
    "padding-wide": Setting("A border wider than the window", (1, 1, 3, 3), (1, 1, 2, 2), {"padding": [3, 3, 3, 3]}),
    "strides": Setting("Strides of 2", (1, 2, 7, 6), options={"strides": [2, 2]}),
    "strides-oblong": Setting("Different strides down and right", (1, 2, 7, 8), options={"strides": [3, 2]}),
    "strides-above-window": Setting("Strides beyond the window leave elements out", (1, 1, 7, 7), (2, 1, 2, 2), {"strides": [3, 3]}),
    "strides-padding": Setting("Strides with a border", (1, 2, 6, 6), options={"strides": [2, 2], "padding": [0, 1, 0, 1]}),
    "dilations": Setting("A window with gaps", (1, 2, 7, 7), options={"dilations": [2, 2]}),
    "dilations-oblong": Setting("Different gaps down and right", (1, 1, 8, 7), (2, 1, 3, 2), {"dilations": [1, 3]}),
    "dilations-padding-strides": Setting(
        "Gaps, a border and strides together", (1, 2, 7, 7), (2, 2, 3, 3), {"dilations": [2, 1], "padding": [2, 1, 1, 0], "strides": [2, 1]}
    ),
    "groups": Setting("Two groups", (1, 4, 4, 4), (6, 2, 3, 3), {"groups": 2}, bias=True),
    "groups-three": Setting("Three groups of two channels to one", (1, 6, 3, 3), (3, 2, 2, 2), {"groups": 3}),
    "depthwise": Setting("Each channel by itself", (1, 4, 5, 5), (4, 1, 3, 3), {"groups": 4}, bias=True),
    "depthwise-multiplier": Setting("Two output channels for each channel", (1, 3, 4, 4), (6, 1, 3, 3), {"groups": 3}),
    "depthwise-strides": Setting(
        "Each channel by itself, strides and a border",
        (1, 3, 6, 6),
        (3, 1, 3, 3),
        {"groups": 3, "strides": [2, 2], "padding": [1, 1, 1, 1]},
    ),
    "depthwise-dilations": Setting("Each channel by itself, with gaps", (2, 2, 6, 6), (2, 1, 2, 2), {"groups": 2, "dilations": [2, 3]}),
    "channels-6": Setting("Six input channels", (1, 6, 3, 3), (4, 6, 2, 2), bias=True),
    "channels-9": Setting("Nine input channels", (1, 9, 3, 3), (5, 9, 2, 2), {"padding": [1, 0, 1, 0]}),
    "channels-prime": Setting("Seven channels to eleven", (1, 7, 2, 3), (11, 7, 1, 2)),
}
"""Shapes are nchw and oihw here, whatever the layout of the case."""

CONV_TRANSPOSE2D: Mapping[str, Setting] = {
    "plain": Setting("A 3 x 3 window, no options", (1, 2, 3, 3), (2, 2, 3, 3)),
    "bias": Setting("A bias for each output channel", (1, 2, 3, 3), (2, 3, 2, 2), bias=True),
    "one-by-one": Setting("A 1 x 1 window: a product of matrices", (1, 3, 3, 2), (3, 4, 1, 1), bias=True),
    "one-element": Setting("One element everywhere", (1, 1, 1, 1), (1, 1, 1, 1)),
    "batches": Setting("Three images", (3, 2, 2, 2), (2, 2, 2, 2), bias=True),
    "oblong": Setting("An oblong window", (1, 2, 3, 2), (2, 2, 2, 4)),
    "padding": Setting("The outermost elements cut off", (1, 2, 3, 3), (2, 2, 3, 3), {"padding": [1, 1, 1, 1]}),
    "padding-asymmetric": Setting("Different cuts on each side", (1, 2, 4, 4), (2, 2, 3, 3), {"padding": [1, 2, 0, 3]}),
    "strides": Setting("Strides of 2 spread the elements", (1, 2, 3, 3), (2, 2, 3, 3), {"strides": [2, 2]}),
    "strides-oblong": Setting("Different strides down and right", (1, 1, 2, 3), (1, 2, 2, 2), {"strides": [3, 2]}),
    "strides-above-window": Setting("Strides beyond the window leave zeros between", (1, 1, 2, 2), (1, 2, 2, 2), {"strides": [3, 4]}),
    "dilations": Setting("A window with gaps", (1, 2, 3, 3), (2, 2, 2, 2), {"dilations": [2, 3]}),
    "output-padding": Setting(
        "Rows and columns added at the bottom and the right",
        (1, 2, 3, 3),
        (2, 2, 3, 3),
        {"strides": [3, 2], "padding": [1, 1, 1, 1], "output_padding": [2, 1]},
    ),
    "output-padding-right": Setting("A column added", (1, 1, 2, 2), (1, 2, 3, 3), {"strides": [2, 2], "output_padding": [0, 1]}),
    "output-sizes": Setting("The output's size given", (1, 2, 3, 3), (2, 2, 3, 3), {"strides": [2, 2], "output_sizes": [8, 7]}),
    "output-sizes-padding": Setting(
        "The output's size given, with cuts",
        (1, 1, 3, 3),
        (1, 2, 3, 3),
        {"strides": [3, 2], "padding": [1, 1, 1, 1], "output_sizes": [9, 6]},
    ),
    "output-sizes-over-padding": Setting(
        "outputSizes wins over outputPadding",
        (1, 1, 3, 3),
        (1, 1, 2, 2),
        {"strides": [2, 2], "output_padding": [1, 1], "output_sizes": [6, 7]},
    ),
    "groups": Setting("Two groups", (1, 4, 3, 3), (4, 3, 2, 2), {"groups": 2}, bias=True),
    "groups-strides": Setting("Three groups, with strides", (1, 3, 2, 3), (3, 2, 3, 3), {"groups": 3, "strides": [2, 2]}),
    "depthwise": Setting("Each channel by itself", (1, 3, 3, 3), (3, 1, 3, 3), {"groups": 3, "padding": [1, 1, 1, 1]}),
    "channels-6": Setting("Six input channels", (1, 6, 2, 2), (6, 3, 2, 2)),
    "channels-9": Setting("Nine input channels", (1, 9, 2, 3), (9, 2, 3, 2), {"strides": [2, 1]}, bias=True),
    "all-together": Setting(
        "Gaps, strides, cuts and two groups together",
        (2, 4, 3, 3),
        (4, 1, 3, 2),
        {"strides": [2, 3], "dilations": [2, 1], "padding": [1, 2, 1, 0], "groups": 2},
        bias=True,
    ),
}
"""Shapes are nchw and iohw here, whatever the layout of the case."""


def _recipe(
    operator: Any, what: str, setting: Setting, data_type: DataType, fill: Fill, layouts: tuple[str, str], constants: bool = True
) -> Recipe:
    own = "oihw" if operator is Conv2d else "iohw"
    defaults = ("nchw", own)
    options = dict(setting.options)
    options.update((n, v) for n, v, d in zip(("input_layout", "filter_layout"), layouts, defaults, strict=True) if v != d)
    operands: dict[str, Tensor | tuple[Tensor, ...]] = {
        "input": Tensor(data_type, permuted(setting.image, axes_order("nchw", layouts[0])), fill),
        "filter": Tensor(data_type, permuted(setting.kernel, axes_order(own, layouts[1])), fill),
    }
    if setting.bias:
        channels = setting.kernel[0] if operator is Conv2d else setting.kernel[1] * setting.options.get("groups", 1)
        operands["bias"] = Tensor(data_type, (channels,), fill)
    weights = tuple(name for name in ("filter", "bias") if name in operands)
    return Recipe(operator, what, setting.about, operands, options, weights if constants else ())


def _of(operator: Any, settings: Mapping[str, Setting], filters: tuple[str, ...], combined: Setting) -> Recipes:
    plain = ("nchw", filters[0])
    for what, setting in settings.items():
        yield _recipe(operator, what, setting, FLOAT32, positive, plain)
        yield _recipe(operator, f"{what}-signed", setting, FLOAT32, small, plain)
        yield _recipe(operator, f"{what}-signed", setting, FLOAT16, small, plain)
        yield _recipe(operator, f"{what}-nhwc", setting, FLOAT32, small, ("nhwc", filters[-1]))
    for data_type in (FLOAT32, FLOAT16):
        for image in ("nchw", "nhwc"):
            for filter in filters:
                about = f"Images {image}, filters {filter}"
                setting = Setting(about, combined.image, combined.kernel, combined.options, combined.bias)
                yield _recipe(operator, f"layout-{image}-{filter}", setting, data_type, small, (image, filter))
        computed = Setting("Filter and bias are inputs of the graph", combined.image, combined.kernel, combined.options, True)
        yield _recipe(operator, "computed-filter", computed, data_type, small, plain, constants=False)
        yield _recipe(operator, "positive", combined, data_type, positive, plain)


def recipes() -> Recipes:
    """The cases of this family."""
    options = {"padding": [1, 0, 0, 1], "strides": [2, 1], "groups": 2}
    combined = Setting("A border, strides, groups and a bias", (2, 4, 4, 3), (6, 2, 3, 2), options, bias=True)
    yield from _of(Conv2d, CONV2D, ("oihw", "hwio", "ohwi", "ihwo"), combined)
    transposed = Setting("A cut, strides, groups and a bias", (2, 4, 3, 2), (4, 3, 3, 2), options, bias=True)
    yield from _of(ConvTranspose2d, CONV_TRANSPOSE2D, ("iohw", "hwoi", "ohwi"), transposed)
