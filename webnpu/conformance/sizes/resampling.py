"""Resampling at size: long images, and large ones."""

from __future__ import annotations

from typing import Any

from ...operators.resampling import Resample2d
from ...types import DataType, Shape
from ..corpus.data import full_range, positive
from .recipe import FLOAT32, LONG, VAST, SizeRecipe, SizeRecipes, types_of
from .tensors import Tiled

FORMS: tuple[tuple[str, str, Shape, dict[str, Any]], ...] = (
    ("long", "A long image, twice as large", (1, 2, 2, LONG), {"scales": [2.0, 2.0]}),
    ("tall", "A tall image, twice as large", (1, 1, LONG, 3), {"scales": [2.0, 1.0]}),
    ("batches", "More than 65,535 images", (LONG, 1, 2, 2), {"scales": [2.0, 2.0]}),
    ("channels", "More than 65,535 channels, the last axis", (1, 2, 2, LONG), {"sizes": [4, 4], "axes": [1, 2]}),
    ("far", "One row to more than 65,535 elements", (1, 1, 1, 2), {"sizes": [1, 2**17]}),
    ("half", "An image of hundreds, half as large", (1, 3, 512, 514), {"scales": [0.5, 0.5]}),
)
LARGE: tuple[tuple[str, str, Shape, dict[str, Any]], ...] = (
    ("many", "To more elements than 65,535 workgroups of 256 invocations", (1, 1, 2051, 2053), {"scales": [2.0, 2.0]}),
    ("vast", "From more than 128 MiB", (1, 1, *VAST), {"sizes": [171, LONG]}),
    ("vast-output", "To more than 128 MiB", (1, 2, 2051, 2053), {"scales": [2.0, 2.0]}),
)


def _recipe(mode: str, what: str, about: str, data_type: DataType, shape: Shape, options: dict[str, Any]) -> SizeRecipe:
    tensor = Tiled(data_type, shape, positive if data_type.is_float else full_range)
    return SizeRecipe(Resample2d, f"{mode}-{what}", f"{about}, {mode}", {"input": tensor}, {"mode": mode, **options})


def recipes() -> SizeRecipes:
    """The cases of this family."""
    for mode in ("nearest-neighbor", "linear"):
        for data_type in types_of(Resample2d):
            for what, about, shape, options in FORMS:
                yield _recipe(mode, what, about, data_type, shape, options)
        for what, about, shape, options in LARGE:
            yield _recipe(mode, what, about, FLOAT32, shape, options)
