"""Pooling at size: windows of hundreds, and images of every extent."""

from __future__ import annotations

from typing import Any

from ...operators.pooling import AveragePool2d, L2Pool2d, MaxPool2d
from ...types import FLOATS, DataType, Shape
from ..corpus.data import listed, positive
from .recipe import FLOAT32, LONG, SizeRecipe, SizeRecipes, types_of
from .tensors import Tiled, distinct, spread

FORMS: tuple[tuple[str, str, Shape, dict[str, Any]], ...] = (
    ("global", "A whole image of hundreds", (1, 1, 300, 299), {}),
    ("global-nhwc", "Whole images of hundreds, channels last", (1, 300, 257, 3), {"layout": "nhwc"}),
    ("window", "A window of hundreds, in some places", (1, 2, 310, 305), {"window_dimensions": (301, 299), "strides": (3, 2)}),
    (
        "window-padded",
        "A padded window of hundreds",
        (1, 1, 257, 300),
        {"window_dimensions": (256, 257), "padding": (100, 90, 128, 10), "strides": (5, 7)},
    ),
    (
        "window-dilated",
        "A window of hundreds, its elements apart",
        (1, 1, 515, 520),
        {"window_dimensions": (257, 255), "dilations": (2, 2)},
    ),
    ("window-everywhere", "A window of hundreds, in thousands of places", (1, 1, 512, 500), {"window_dimensions": (256, 257)}),
    ("long-image", "A long image", (1, 2, 3, LONG), {"window_dimensions": (2, 3)}),
    ("tall-image", "A tall image", (1, 2, LONG, 3), {"window_dimensions": (3, 2), "strides": (2, 1)}),
    ("batches", "More than 65,535 images", (LONG, 1, 3, 3), {"window_dimensions": (2, 2)}),
    ("channels", "More than 65,535 channels", (1, LONG, 3, 3), {}),
    ("longer", "More than 2**20 elements a window", (1, 1, 1025, 1027), {}),
    ("longest", "More than 2**24 elements a window", (1, 1, 4099, 4099), {}),
    (
        "longest-moved",
        "More than 2**24 elements a window, in four places",
        (1, 1, 4101, 4100),
        {"window_dimensions": (4099, 4099), "strides": (2, 1)},
    ),
    ("vast", "More than 128 MiB", (1, 2, 4099, 4099), {"window_dimensions": (3, 3), "strides": (2, 2)}),
    ("many", "More places than 65,535 workgroups of 256 invocations", (1, 1, 4100, 4101), {"window_dimensions": (2, 3)}),
)


def _summed(operator: type[AveragePool2d] | type[L2Pool2d]) -> SizeRecipes:
    for data_type in FLOATS:
        fill, period, last = spread(3 if data_type is FLOAT32 else 1021)
        for what, about, shape, options in FORMS if data_type is FLOAT32 else FORMS[:4]:
            yield SizeRecipe(operator, what, about, {"input": Tiled(data_type, shape, fill, period, last)}, options, ulp=2)
    for what, _, shape, options in (FORMS[0], FORMS[2], FORMS[11], FORMS[12]):
        fractions = {"input": Tiled(FLOAT32, shape, positive)}
        yield SizeRecipe(operator, f"{what}-fractions", "Fractions that every sum rounds", fractions, options)


def _largest() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, options: dict[str, Any]) -> SizeRecipe:
        fill, period = distinct(data_type)
        return SizeRecipe(MaxPool2d, what, about, {"input": Tiled(data_type, shape, fill, period, (data_type.maximum,))}, options)

    for data_type in types_of(MaxPool2d):
        for what, about, shape, options in FORMS if data_type is FLOAT32 else FORMS[:4]:
            yield recipe(what, about, data_type, shape, options)
    below = {"input": Tiled(FLOAT32, (1, 1, 257, 300), listed(-3, -2, -5))}
    options = {"window_dimensions": (256, 257), "padding": (100, 90, 128, 10)}
    yield SizeRecipe(MaxPool2d, "window-below-zero", "Numbers below zero, among padding that never wins", below, options)


def recipes() -> SizeRecipes:
    """The cases of this family."""
    yield from _summed(AveragePool2d)
    yield from _summed(L2Pool2d)
    yield from _largest()
