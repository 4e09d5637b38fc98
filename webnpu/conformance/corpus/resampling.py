"""Cases for resampling. A place halfway between two elements appears only where a float hits it exactly."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from ...operators.resampling import Resample2d
from ...types import DataType, Shape
from .data import Tensor, full_range, positive
from .recipe import Recipe, Recipes

_TYPES = Resample2d.operand_limits["input"].types

FORMS: tuple[tuple[str, str, Shape, dict[str, Any]], ...] = (
    ("double", "Twice as large", (1, 2, 2, 3), {"scales": [2.0, 2.0]}),
    ("half", "Half as large, between the elements", (1, 1, 4, 6), {"scales": [0.5, 0.5]}),
    ("sizes", "The output's size given", (1, 1, 3, 3), {"sizes": [5, 7]}),
    ("smaller", "To a size that does not divide the input's", (1, 2, 7, 5), {"sizes": [3, 4]}),
    ("default", "No options: nothing changes", (1, 2, 2, 2), {}),
    ("same", "To its own size", (1, 1, 3, 2), {"sizes": [3, 2]}),
    ("one-way", "Along one axis alone", (1, 2, 3, 3), {"scales": [1.0, 3.0]}),
    ("fraction", "By 1.5 and 2.5", (1, 1, 5, 3), {"scales": [1.5, 2.5]}),
    ("shrink-fraction", "By less than one, rounded down", (1, 1, 7, 5), {"scales": [0.6, 0.7]}),
    ("up-and-down", "Larger one way, smaller the other", (1, 1, 3, 9), {"sizes": [6, 3]}),
    ("to-one", "To one element: the middle", (1, 2, 3, 5), {"sizes": [1, 1]}),
    ("from-one", "From one element", (1, 1, 1, 1), {"sizes": [3, 2]}),
    ("prime", "From 5 x 7 to 11 x 13", (1, 1, 5, 7), {"sizes": [11, 13]}),
    ("batches", "Two images of three channels", (2, 3, 2, 2), {"scales": [2.0, 2.0]}),
    ("sizes-over-scales", "sizes wins over scales", (1, 1, 3, 3), {"scales": [4.0, 4.0], "sizes": [6, 3]}),
)


def recipes() -> Recipes:
    """The cases of this family."""
    for data_type in _TYPES:  # type: ignore[union-attr]
        fill = positive if data_type.is_float else full_range
        for mode in ("nearest-neighbor", "linear"):
            for what, about, shape, options in FORMS if data_type.is_float else FORMS[:6]:
                options = {**options, **({"mode": mode} if mode == "linear" or what == "sizes" else {})}
                yield Recipe(Resample2d, f"{mode}-{what}", f"{about}, {mode}", {"input": Tensor(data_type, shape, fill)}, options)
    for mode in ("nearest-neighbor", "linear"):
        for axes in permutations(range(4), 2):
            sizes = {axes[0]: 3, axes[1]: 5}
            images = Tensor(DataType.FLOAT32, tuple(sizes.get(axis, 2) for axis in range(4)), positive)
            options = {"mode": mode, "axes": list(axes), "sizes": [5, 3]}
            about = f"Along axes {axes[0]} and {axes[1]}, {mode}"
            yield Recipe(Resample2d, f"{mode}-axes-{axes[0]}-{axes[1]}", about, {"input": images}, options)
