"""Convolutions at size: filters of hundreds, long images, many channels, with whole numbers that any order adds exactly."""

from __future__ import annotations

from typing import Any

from ...operators.convolution import Conv2d, ConvTranspose2d
from ...types import FLOATS, DataType, Shape
from ..corpus.data import positive
from .recipe import FLOAT32, LONG, LONGER, LONGEST, SizeRecipe, SizeRecipes
from .tensors import Tiled, units

Form = tuple[str, str, Shape, Shape, dict[str, Any]]

_CONV: tuple[Form, ...] = (
    ("filter", "A filter of hundreds, in one place", (1, 1, 300, 299), (1, 1, 300, 299), {}),
    ("filter-moved", "A filter of hundreds, in some places", (1, 2, 310, 305), (3, 2, 301, 299), {"strides": (3, 2)}),
    (
        "filter-padded",
        "A filter of hundreds, as large as the image, padded",
        (1, 1, 131, 257),
        (1, 1, 131, 257),
        {"padding": (65, 65, 128, 128), "strides": (9, 7)},
    ),
    ("depthwise", "Filters of hundreds, one a channel", (1, 3, 260, 259), (3, 1, 257, 257), {"groups": 3}),
    ("groups", "Filters of hundreds in groups", (1, 4, 259, 258), (4, 2, 257, 257), {"groups": 2}),
    ("dilated", "A filter of hundreds, its taps apart", (1, 1, 515, 520), (2, 1, 257, 255), {"dilations": (2, 2)}),
    ("nhwc", "A filter of hundreds, channels last", (1, 260, 259, 3), (257, 257, 3, 2), {"input_layout": "nhwc", "filter_layout": "hwio"}),
    ("long-image", "A long image", (1, 2, 3, LONG), (3, 2, 3, 3), {"padding": (1, 1, 1, 1)}),
    ("tall-image", "A tall image, one step in three", (1, 2, LONG, 3), (3, 2, 3, 3), {"strides": (3, 1)}),
    ("batches", "More than 65,535 images", (LONG, 1, 3, 3), (2, 1, 2, 2), {}),
    ("channels-in", "More than 65,535 channels", (1, LONG, 2, 1), (3, LONG, 1, 1), {}),
    ("channels-out", "To more than 65,535 channels", (1, 2, 2, 3), (LONG, 2, 1, 2), {}),
    ("channels-depthwise", "More than 65,535 channels, each by itself", (1, LONG, 3, 3), (LONG, 1, 3, 2), {"groups": LONG}),
    ("longer", "Sums of more than 2**20 terms", (1, LONGER, 1, 1), (2, LONGER, 1, 1), {}),
    ("longer-filter", "A filter of more than 2**20 taps", (1, 1, 1025, 1027), (1, 1, 1025, 1025), {}),
    ("longest", "Sums of more than 2**24 terms", (1, 17, 1001, 1001), (1, 17, 1001, 1001), {}),
    ("longest-depthwise", "A filter of more than 2**24 taps", (1, 1, 4099, 4099), (1, 1, 4099, 4099), {}),
    ("vast", "More than 128 MiB", (1, 2, 4099, 4099), (1, 2, 3, 3), {"padding": (1, 1, 1, 1)}),
)
_CONV_FLOAT16 = ("filter", "long-image", "channels-in", "channels-depthwise")

_TRANSPOSE: tuple[Form, ...] = (
    ("filter", "A filter of hundreds, in one place", (1, 2, 1, 1), (2, 2, 300, 299), {}),
    (
        "filter-moved",
        "A filter of hundreds, in some places",
        (1, 1, 4, 5),
        (1, 2, 301, 299),
        {"strides": (3, 2), "padding": (7, 9, 11, 13)},
    ),
    ("filter-met", "Filters of hundreds that meet in every place", (1, 1, 37, 41), (1, 1, 257, 257), {"padding": (130, 130, 140, 141)}),
    ("groups", "Filters of hundreds in groups", (1, 4, 2, 3), (4, 1, 257, 257), {"groups": 2}),
    ("dilated", "A filter of hundreds, its taps apart", (1, 1, 2, 2), (1, 2, 257, 255), {"dilations": (2, 2)}),
    ("nhwc", "A filter of hundreds, channels last", (1, 3, 2, 3), (257, 257, 2, 3), {"input_layout": "nhwc", "filter_layout": "hwoi"}),
    ("long-image", "A long image", (1, 2, 2, LONG), (2, 3, 2, 3), {"strides": (2, 2)}),
    ("tall-image", "A tall image", (1, 2, LONG, 2), (2, 2, 3, 2), {"strides": (1, 2)}),
    ("batches", "More than 65,535 images", (LONG, 1, 2, 2), (1, 2, 2, 2), {}),
    ("channels-in", "More than 65,535 channels", (1, LONG, 1, 2), (LONG, 2, 1, 2), {}),
    ("channels-out", "To more than 65,535 channels", (1, 2, 2, 2), (2, LONG, 1, 2), {}),
    ("channels-depthwise", "More than 65,535 channels, each by itself", (1, LONG, 2, 2), (LONG, 1, 2, 2), {"groups": LONG}),
    ("longer", "Sums of more than 2**20 terms", (1, LONGER, 1, 1), (LONGER, 2, 1, 1), {}),
    ("longest", "Sums of more than 2**24 terms", (1, LONGEST, 1, 1), (LONGEST, 1, 1, 1), {}),
    ("vast", "To more than 128 MiB", (1, 1, 2051, 4099), (1, 2, 2, 2), {"strides": (2, 1)}),
)
_TRANSPOSE_FLOAT16 = ("filter", "long-image", "channels-in")


def _recipe(operator: Any, form: Form, data_type: DataType, bias: bool) -> SizeRecipe:
    what, about, image, filter, options = form
    operands = {"input": Tiled(data_type, image, units), "filter": Tiled(data_type, filter, units, last=(1,))}
    if bias:
        count = filter[-1 if options.get("filter_layout") == "hwio" else 0]
        operands["bias"] = Tiled(data_type, (count,), units)
    return SizeRecipe(operator, what, about, operands, options, ("filter", "bias") if bias else (), ulp=0)


def _fractions(operator: Any, form: Form) -> SizeRecipe:
    what, _, image, filter, options = form
    operands = {"input": Tiled(FLOAT32, image, positive), "filter": Tiled(FLOAT32, filter, positive)}
    return SizeRecipe(operator, f"{what}-fractions", "Fractions that every sum rounds", operands, options)


def recipes() -> SizeRecipes:
    """The cases of this family: filters with a bias are constants, as in models; the others come as inputs."""
    for form in _CONV:
        for data_type in FLOATS:
            if data_type is FLOAT32 or form[0] in _CONV_FLOAT16:
                yield _recipe(
                    Conv2d, form, data_type, form[0] in ("filter-moved", "depthwise", "nhwc", "long-image", "channels-in", "vast")
                )
    for form in _TRANSPOSE:
        for data_type in FLOATS:
            if data_type is FLOAT32 or form[0] in _TRANSPOSE_FLOAT16:
                yield _recipe(ConvTranspose2d, form, data_type, False)
    for form in _CONV:
        if form[0].startswith("longest"):
            yield _fractions(Conv2d, form)
    yield _fractions(ConvTranspose2d, next(form for form in _TRANSPOSE if form[0] == "longest"))
    fractions = {"input": Tiled(FLOAT32, (1, 2, 260, 259), positive), "filter": Tiled(FLOAT32, (2, 2, 257, 257), positive)}
    yield SizeRecipe(Conv2d, "fractions", "A filter of hundreds, of fractions", fractions)
    spread = {"input": Tiled(FLOAT32, (1, 513, 3, 3), positive), "filter": Tiled(FLOAT32, (513, 2, 129, 130), positive)}
    yield SizeRecipe(ConvTranspose2d, "fractions", "Filters of hundreds, of fractions", spread)
