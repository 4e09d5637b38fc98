"""Data movement at size: any bits may move, from any place to any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...operator import Operator
from ...operators.movement import Concat, Expand, Pad, Reshape, Reverse, Slice, Split, Tile, Transpose
from ...types import DataType, Shape
from ..corpus.data import anything
from .recipe import DEEP, FLOAT32, INT8, LONG, TYPES, VAST, SizeRecipe, SizeRecipes
from .tensors import Tiled

Form = tuple[str, str, Shape, dict[str, Any]]
SIX, SEVEN, EIGHT = DEEP.values()

FORMS: Mapping[type[Operator], tuple[Form, ...]] = {
    Expand: (
        ("long", "A long row, for each of three", (LONG,), {"new_shape": [3, LONG]}),
        ("column", "A long column, along rows of three", (LONG, 1), {"new_shape": [LONG, 3]}),
        ("scalar", "A scalar to a long vector", (), {"new_shape": [LONG]}),
        ("rank-6", "To rank 6", (2, 1, 3, 1, 911), {"new_shape": [2, *SIX[:2], 3, 2, 911]}),
        ("rank-7", "To rank 7", (2, 1, 2, 1, 2, 1, 307), {"new_shape": list(SEVEN)}),
        ("rank-8", "To rank 8", (2, 1, 2, 1, 2, 1, 2, 157), {"new_shape": list(EIGHT)}),
        ("vast", "A row to more than 128 MiB", (1, LONG), {"new_shape": list(VAST)}),
    ),
    Pad: (
        ("long", "Around a long vector", (LONG,), {"beginning_padding": [3], "ending_padding": [5]}),
        ("far", "A long way", (2, 3), {"beginning_padding": [1, LONG], "ending_padding": [0, LONG], "value": 2}),
        ("edge", "The edge, a long way", (2, 3), {"beginning_padding": [0, LONG], "ending_padding": [1, 7], "mode": "edge"}),
        (
            "reflection",
            "Half a long row, mirrored",
            (2, LONG),
            {"beginning_padding": [1, 32768], "ending_padding": [1, 32769], "mode": "reflection"},
        ),
        *(
            (f"rank-{n}", f"Rank {n}", s, {"beginning_padding": [0, 1] * (n // 2) + [1] * (n % 2), "ending_padding": [1, *[0] * (n - 1)]})
            for n, s in DEEP.items()
        ),
        ("vast", "Around more than 128 MiB", VAST, {"beginning_padding": [1, 0], "ending_padding": [0, 3]}),
    ),
    Reshape: (
        ("long", "To a long vector", (3, LONG), {"new_shape": [3 * LONG]}),
        ("columns", "To long columns", (5, LONG), {"new_shape": [LONG, 5]}),
        *((f"rank-{n}", f"From rank {n}", s, {"new_shape": [s[0] * s[-1], *s[1:-1][::-1]]}) for n, s in DEEP.items()),
        ("vast", "More than 128 MiB", VAST, {"new_shape": [LONG, 27, 19]}),
    ),
    Reverse: (
        ("long", "Along a long vector", (LONG,), {}),
        ("columns", "Along long columns", (LONG, 3), {"axes": [0]}),
        *((f"rank-{n}", f"Along every second axis of rank {n}", s, {"axes": list(range(n - 1, -1, -2))}) for n, s in DEEP.items()),
        ("vast", "Along both axes of more than 128 MiB", VAST, {}),
    ),
    Slice: (
        ("long", "All but the ends of long rows", (3, LONG), {"starts": [1, 3], "sizes": [2, LONG - 5]}),
        ("strides", "Every third row, far into long columns", (LONG, 3), {"starts": [2, 0], "sizes": [LONG - 2, 3], "strides": [3, 2]}),
        *((f"rank-{n}", f"Rank {n}", s, {"starts": [1, *[0] * (n - 1)], "sizes": [1, *s[1:-1], s[-1] - 1]}) for n, s in DEEP.items()),
        ("vast", "From the end of more than 128 MiB", VAST, {"starts": [1, 2], "sizes": [512, LONG - 2], "strides": [1, 2]}),
        ("vast-part", "A few elements near the end of more than 128 MiB", VAST, {"starts": [511, LONG - 9], "sizes": [2, 9]}),
    ),
    Split: (
        ("long", "Long rows, unevenly", (3, LONG), {"splits": [1, LONG - 4, 3], "axis": 1}),
        ("columns", "Long columns", (LONG, 3), {"splits": [65536, 1]}),
        ("parts", "Hundreds of parts", (2, 3 * 389), {"splits": 389, "axis": 1}),
        *((f"rank-{n}", f"The last axis of rank {n}", s, {"splits": [1, s[-1] - 1], "axis": n - 1}) for n, s in DEEP.items()),
        ("vast", "More than 128 MiB", VAST, {"splits": [500, 13]}),
    ),
    Tile: (
        ("long", "A long vector twice", (LONG,), {"repetitions": [2]}),
        ("times", "A few elements more than 65,535 times", (2, 3), {"repetitions": [1, LONG]}),
        *((f"rank-{n}", f"Rank {n}", s, {"repetitions": [2, *[1] * (n - 2), 2]}) for n, s in DEEP.items()),
        ("vast", "To more than 128 MiB", (3, LONG), {"repetitions": [171, 1]}),
    ),
    Transpose: (
        ("long", "Long rows to long columns", (3, LONG), {}),
        ("columns", "Long columns to long rows", (LONG, 2, 3), {"permutation": [2, 0, 1]}),
        *((f"rank-{n}", f"All axes of rank {n} turned round", s, {}) for n, s in DEEP.items()),
        ("rank-8-mixed", "The axes of rank 8 mixed", EIGHT, {"permutation": [4, 0, 7, 2, 6, 1, 5, 3]}),
        ("vast", "More than 128 MiB", VAST, {}),
        ("vast-middle", "More than 128 MiB, the last axis in its place", (27, 19, LONG), {"permutation": [1, 0, 2]}),
    ),
}


def _concat() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shapes: list[Shape], axis: int) -> SizeRecipe:
        return SizeRecipe(Concat, what, about, {"inputs": tuple(Tiled(data_type, shape, anything) for shape in shapes)}, {"axis": axis})

    for data_type in TYPES:
        yield recipe("long", "Long rows", data_type, [(3, 2), (3, LONG), (3, 1)], 1)
        yield recipe("columns", "Long columns", data_type, [(LONG, 3), (2, 3)], 0)
    yield recipe("operands", "Hundreds of operands", FLOAT32, [(2, 1 + i % 3) for i in range(389)], 1)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Along the last axis of rank {rank}", FLOAT32, [shape, (*shape[:-1], 3), shape], rank - 1)
    yield recipe("vast", "To more than 128 MiB", FLOAT32, [(13, LONG), (500, LONG)], 0)
    yield recipe("vast-rows", "Rows of more than 128 MiB", FLOAT32, [(513, 5), (513, LONG)], 1)


def recipes() -> SizeRecipes:
    """The cases of this family."""
    for operator, forms in FORMS.items():
        for what, about, shape, options in forms:
            for data_type in TYPES if what in ("long", "columns", "far", "strides", "times") else (FLOAT32,):
                yield SizeRecipe(operator, what, about, {"input": Tiled(data_type, shape, anything)}, options)
    yield from _concat()
    for operator, options in ((Transpose, {}), (Reverse, {})):
        about = "More bytes than 65,535 workgroups of 256 invocations"
        yield SizeRecipe(operator, "many", about, {"input": Tiled(INT8, (257, LONG), anything)}, options)
