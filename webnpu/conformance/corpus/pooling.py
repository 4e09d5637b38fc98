"""Cases for pooling. Every window sees at least one element: what one sees that lies in the padding alone is not defined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...operator import Operator
from ...operators.pooling import AveragePool2d, L2Pool2d, MaxPool2d
from ...types import ANY, FLOATS, DataType, Shape
from .data import Fill, Tensor, edges, full_range, listed, positive, small, uniform
from .recipe import Recipe, Recipes

FLOAT32 = DataType.FLOAT32
NHWC = (0, 2, 3, 1)

SETTINGS: Mapping[str, tuple[str, Shape, dict[str, Any]]] = {
    "global": ("The window is the whole image by default", (2, 3, 3, 4), {}),
    "window": ("A 2 x 2 window", (1, 2, 4, 5), {"window_dimensions": [2, 2]}),
    "window-oblong": ("An oblong window", (1, 2, 4, 5), {"window_dimensions": [1, 3]}),
    "window-one": ("A window of one element: nothing changes but the strides", (1, 2, 3, 3), {"window_dimensions": [1, 1]}),
    "window-prime": ("A 3 x 5 window over 7 x 7", (1, 1, 7, 7), {"window_dimensions": [3, 5]}),
    "batches": ("Three images", (3, 2, 3, 3), {"window_dimensions": [2, 2]}),
    "padding": ("A border that no window counts", (1, 2, 4, 4), {"window_dimensions": [3, 3], "padding": [1, 1, 1, 1]}),
    "padding-asymmetric": ("A different border on each side", (1, 2, 4, 4), {"window_dimensions": [4, 4], "padding": [1, 2, 0, 3]}),
    "padding-top-left": ("A border at the top and the left alone", (1, 1, 3, 3), {"window_dimensions": [2, 2], "padding": [1, 0, 1, 0]}),
    "padding-global": ("The window of the image's size, moved over a border", (1, 2, 3, 3), {"padding": [1, 1, 1, 1]}),
    "strides": ("Windows side by side", (1, 2, 6, 4), {"window_dimensions": [2, 2], "strides": [2, 2]}),
    "strides-oblong": ("Different strides down and right", (1, 1, 6, 7), {"window_dimensions": [2, 3], "strides": [3, 2]}),
    "strides-padding": (
        "Strides with a border",
        (1, 2, 5, 5),
        {"window_dimensions": [3, 3], "strides": [2, 2], "padding": [1, 1, 1, 1]},
    ),
    "dilations": ("A window with gaps", (1, 1, 6, 6), {"window_dimensions": [2, 2], "dilations": [2, 2]}),
    "dilations-oblong": ("Different gaps down and right", (1, 2, 5, 7), {"window_dimensions": [2, 3], "dilations": [3, 2]}),
    "dilations-padding": (
        "Gaps and a border",
        (1, 1, 5, 5),
        {"window_dimensions": [3, 3], "dilations": [2, 2], "padding": [2, 1, 1, 2]},
    ),
    "floor": (
        "A remainder that no window covers, left out",
        (1, 2, 5, 6),
        {"window_dimensions": [3, 3], "strides": [2, 2], "output_shape_rounding": "floor"},
    ),
    "ceil": (
        "The last windows hang over the edge",
        (1, 2, 6, 6),
        {"window_dimensions": [3, 3], "strides": [2, 2], "output_shape_rounding": "ceil"},
    ),
    "ceil-exact": (
        "Windows that fill the image, rounded up in vain",
        (1, 1, 5, 5),
        {"window_dimensions": [3, 3], "strides": [2, 2], "output_shape_rounding": "ceil"},
    ),
    "ceil-padding": (
        "The last windows hang over an uneven border",
        (1, 2, 5, 6),
        {"window_dimensions": [3, 3], "strides": [2, 3], "padding": [1, 0, 1, 0], "output_shape_rounding": "ceil"},
    ),
    "output-sizes-floor": (
        "The output's size given, as if rounded down",
        (1, 2, 6, 6),
        {"window_dimensions": [3, 3], "strides": [2, 2], "output_sizes": [2, 2]},
    ),
    "output-sizes-ceil": (
        "The output's size given, as if rounded up",
        (1, 2, 6, 6),
        {"window_dimensions": [3, 3], "strides": [2, 2], "output_sizes": [3, 3]},
    ),
    "output-sizes-over-rounding": (
        "outputSizes wins over outputShapeRounding",
        (1, 1, 6, 6),
        {"window_dimensions": [3, 3], "strides": [2, 2], "output_shape_rounding": "ceil", "output_sizes": [2, 2]},
    ),
    "one-element": ("An image of one element", (1, 1, 1, 1), {"window_dimensions": [1, 1]}),
    "channels-prime": ("Seven channels", (1, 7, 3, 3), {"window_dimensions": [2, 2], "strides": [1, 2]}),
}
"""Shapes are nchw here, whatever the layout of the case."""


def _recipe(operator: type[Operator], what: str, data_type: DataType, fill: Fill, nhwc: bool = False, suffix: str = "") -> Recipe:
    about, shape, options = SETTINGS[what]
    if nhwc:
        shape, options = tuple(shape[axis] for axis in NHWC), {**options, "layout": "nhwc"}
    return Recipe(operator, what + suffix, about, {"input": Tensor(data_type, shape, fill)}, options)


def _of(operator: type[Operator], fractions: Fill) -> Recipes:
    for what in SETTINGS:
        yield _recipe(operator, what, FLOAT32, fractions)
        yield _recipe(operator, what, FLOAT32, small, nhwc=True, suffix="-nhwc")
        yield _recipe(operator, what, DataType.FLOAT16, small)
    for data_type in FLOATS:
        for what in ("padding", "ceil-padding"):
            about = f"All elements negative: {SETTINGS[what][0][0].lower()}{SETTINGS[what][0][1:]}"
            recipe = _recipe(operator, what, data_type, listed(-3, -1, -4, -1, -5, -9, -2, -6), suffix="-negative")
            yield Recipe(operator, recipe.what, about, recipe.operands, recipe.options)


def recipes() -> Recipes:
    """The cases of this family."""
    yield from _of(AveragePool2d, positive)
    yield from _of(L2Pool2d, uniform(-2, 2))
    yield from _of(MaxPool2d, uniform(-8, 8))
    for data_type in ANY:
        if not data_type.is_float:
            for what in ("global", "padding", "strides-padding", "ceil-padding", "dilations-padding"):
                yield _recipe(MaxPool2d, what, data_type, full_range)
            yield _recipe(MaxPool2d, "padding", data_type, full_range, nhwc=True, suffix="-nhwc")
            low = listed(int(data_type.minimum))
            operand = {"input": Tensor(data_type, (1, 1, 2, 2), low)}
            options = {"window_dimensions": [2, 2], "padding": [1, 1, 1, 1]}
            yield Recipe(MaxPool2d, "least", "The least of all values beside a border", operand, options)
        ends = listed(*(value for value in edges(data_type) if value == value))
        operand = {"input": Tensor(data_type, (1, 1, 3, 3), ends)}
        yield Recipe(MaxPool2d, "edges", "The ends of the range", operand, {"window_dimensions": [2, 2]})
