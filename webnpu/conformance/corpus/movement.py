"""Cases for data movement: any bits may move."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...operator import Operator
from ...operators.movement import Concat, Expand, Pad, Reshape, Reverse, Slice, Split, Tile, Transpose
from ...types import ANY, DataType, Shape
from .data import Tensor, anything, tensors
from .recipe import Recipe, Recipes

FLOAT32 = DataType.FLOAT32

FORMS: Mapping[type[Operator], tuple[tuple[str, str, Shape, dict[str, Any]], ...]] = {
    Expand: (
        ("row", "A row to a matrix", (1, 4), {"new_shape": [3, 4]}),
        ("rank", "To a higher rank", (3,), {"new_shape": [2, 2, 3]}),
        ("scalar", "A scalar to a matrix", (), {"new_shape": [2, 3]}),
        ("column", "A column to a matrix", (3, 1), {"new_shape": [3, 4]}),
        ("same", "To its own shape", (2, 3), {"new_shape": [2, 3]}),
        ("several", "Several dimensions at once", (1, 2, 1, 3), {"new_shape": [2, 2, 2, 3]}),
        ("rank-5", "To rank 5", (2, 1, 2), {"new_shape": [2, 1, 2, 3, 2]}),
        ("scalar-to-scalar", "A scalar to a scalar", (), {"new_shape": []}),
        ("one-element", "One element to one element of a higher rank", (1,), {"new_shape": [1, 1, 1]}),
        ("from-rank-5", "From rank 5", (1, 2, 1, 2, 1), {"new_shape": [2, 2, 3, 2, 1]}),
        ("rank-8", "To rank 8", (2, 1), {"new_shape": [1, 1, 2, 1, 1, 2, 2, 2]}),
    ),
    Reshape: (
        ("flatten", "To a vector", (2, 3, 2), {"new_shape": [12]}),
        ("unflatten", "From a vector", (12,), {"new_shape": [2, 1, 6]}),
        ("scalar", "One element to a scalar", (1, 1), {"new_shape": []}),
        ("from-scalar", "A scalar to one element", (), {"new_shape": [1, 1]}),
        ("same", "To its own shape", (2, 3), {"new_shape": [2, 3]}),
        ("squeeze", "Dimensions of one element dropped", (1, 3, 1, 2), {"new_shape": [3, 2]}),
        ("unsqueeze", "Dimensions of one element added", (3, 2), {"new_shape": [1, 3, 1, 2]}),
        ("regroup", "Elements in rows of another length", (4, 3), {"new_shape": [2, 6]}),
        ("rank-5", "To rank 5", (4, 6), {"new_shape": [2, 2, 1, 3, 2]}),
        ("from-rank-5", "From rank 5", (2, 1, 2, 3, 1), {"new_shape": [3, 4]}),
        ("rank-8", "To rank 8", (4, 4), {"new_shape": [2, 1, 2, 1, 2, 1, 2, 1]}),
    ),
    Reverse: (
        ("all", "Along all axes by default", (2, 3), {}),
        ("one", "Along one axis", (2, 4), {"axes": [1]}),
        ("none", "Along no axes", (2, 3), {"axes": []}),
        ("two", "Along two axes, in descending order", (2, 3, 2), {"axes": [2, 0]}),
        ("scalar", "A scalar", (), {}),
        ("rank-1", "A vector", (7,), {"axes": [0]}),
        ("rank-4", "Along height and width", (1, 2, 3, 2), {"axes": [2, 3]}),
        ("rank-5", "Along the middle of five axes", (1, 2, 3, 2, 1), {"axes": [2]}),
        ("rank-8", "Along all of eight axes", (2, 1, 2, 1, 2, 1, 2, 1), {}),
    ),
    Slice: (
        ("part", "A part in the middle", (4, 5), {"starts": [1, 2], "sizes": [2, 3]}),
        ("strides", "Every second element", (4, 7), {"starts": [0, 1], "sizes": [4, 6], "strides": [1, 2]}),
        ("whole", "All of it", (2, 3), {"starts": [0, 0], "sizes": [2, 3]}),
        ("one-element", "One element", (3, 4), {"starts": [2, 3], "sizes": [1, 1]}),
        ("scalar", "A scalar", (), {"starts": [], "sizes": []}),
        ("scalar-strides", "A scalar, with no strides to give", (), {"starts": [], "sizes": [], "strides": []}),
        ("strides-beyond", "A stride beyond the size: the first element", (7,), {"starts": [2], "sizes": [4], "strides": [9]}),
        ("strides-uneven", "A stride that does not divide the size", (8,), {"starts": [1], "sizes": [7], "strides": [3]}),
        ("rank-3", "A part of rank 3", (2, 3, 4), {"starts": [1, 0, 1], "sizes": [1, 2, 3]}),
        ("rank-4", "A part of rank 4 with strides", (2, 3, 4, 3), {"starts": [0, 1, 0, 0], "sizes": [2, 2, 4, 3], "strides": [1, 1, 3, 2]}),
        ("rank-5", "A part of rank 5", (1, 2, 2, 3, 2), {"starts": [0, 1, 0, 1, 0], "sizes": [1, 1, 2, 2, 2]}),
        (
            "strides-of-one",
            "A stride along a dimension of one element, beside a dimension that is kept whole",
            (3, 1, 4, 2, 3),
            {"starts": [0, 0, 0, 1, 1], "sizes": [3, 1, 4, 1, 2], "strides": [2, 2, 1, 2, 2]},
        ),
        (
            "rank-7",
            "A part of rank 7 with strides",
            (2, 1, 2, 1, 3, 1, 2),
            {"starts": [1, 0, 0, 0, 0, 0, 0], "sizes": [1, 1, 2, 1, 3, 1, 2], "strides": [1, 1, 1, 1, 2, 1, 2]},
        ),
    ),
    Split: (
        ("equal", "Equal parts", (4, 2), {"splits": 2}),
        ("sizes", "Parts of given sizes", (6, 2), {"splits": [1, 3, 2]}),
        ("axis", "Along the last axis", (2, 6), {"splits": 3, "axis": 1}),
        ("one", "One part: all of it", (3, 2), {"splits": 1}),
        ("one-size", "One part of a given size", (3, 2), {"splits": [3]}),
        ("elements", "Each element a part", (5,), {"splits": 5, "axis": 0}),
        ("middle", "Along the middle axis", (2, 5, 2), {"splits": [2, 3], "axis": 1}),
        ("rank-4", "Along the channels of images", (1, 6, 2, 2), {"splits": 2, "axis": 1}),
        ("rank-5", "Along the last of five axes", (1, 2, 1, 2, 4), {"splits": [3, 1], "axis": 4}),
        ("many", "Twenty parts", (20,), {"splits": 20}),
        ("rank-6", "Along the second of six axes", (1, 4, 1, 2, 1, 2), {"splits": 2, "axis": 1}),
    ),
    Tile: (
        ("both", "Along both axes", (2, 3), {"repetitions": [2, 2]}),
        ("rows", "Along the first axis", (2, 3), {"repetitions": [3, 1]}),
        ("once", "Once: nothing changes", (2, 3), {"repetitions": [1, 1]}),
        ("scalar", "A scalar", (), {"repetitions": []}),
        ("rank-1", "A vector", (3,), {"repetitions": [4]}),
        ("rank-3", "Along all of three axes", (1, 2, 2), {"repetitions": [2, 1, 3]}),
        ("rank-4", "Along the middle axes", (1, 2, 1, 2), {"repetitions": [1, 2, 3, 1]}),
        ("rank-5", "Rank 5", (1, 2, 1, 2, 1), {"repetitions": [2, 1, 2, 1, 2]}),
        ("rank-7", "Rank 7", (1, 2, 1, 1, 2, 1, 1), {"repetitions": [2, 1, 1, 2, 1, 1, 2]}),
    ),
    Transpose: (
        ("matrix", "A matrix, by default", (2, 3), {}),
        ("rotate", "Rank 3, every dimension moved", (2, 3, 4), {"permutation": [2, 0, 1]}),
        ("default-rank-3", "Rank 3, reversed by default", (2, 3, 4), {}),
        ("same", "Every dimension in its place", (2, 3), {"permutation": [0, 1]}),
        ("swap", "A matrix, given", (3, 4), {"permutation": [1, 0]}),
        ("scalar", "A scalar", (), {}),
        ("scalar-given", "A scalar, with no dimensions to name", (), {"permutation": []}),
        ("rank-1", "A vector", (5,), {"permutation": [0]}),
        ("nchw-to-nhwc", "Channels to the end", (1, 3, 2, 2), {"permutation": [0, 2, 3, 1]}),
        ("nhwc-to-nchw", "Channels from the end", (1, 2, 2, 3), {"permutation": [0, 3, 1, 2]}),
        ("rank-5", "Rank 5", (1, 2, 3, 2, 2), {"permutation": [4, 0, 3, 2, 1]}),
        ("rank-6", "Rank 6", (1, 2, 1, 3, 2, 2), {"permutation": [5, 1, 3, 0, 4, 2]}),
        ("rank-8", "Rank 8, by default", (1, 2, 1, 2, 1, 2, 1, 3), {}),
    ),
}
"""The first three of each are for every data type, the others for float32."""

INFINITY = math.inf
_PADS: tuple[tuple[str, str, Shape, dict[str, Any]], ...] = (
    ("constant", "Zeros by default", (2, 3), {"beginning_padding": [1, 2], "ending_padding": [0, 1]}),
    ("value", "A value", (2, 3), {"beginning_padding": [1, 0], "ending_padding": [1, 2], "mode": "constant", "value": 7}),
    ("edge", "The nearest element", (2, 3), {"beginning_padding": [2, 1], "ending_padding": [1, 3], "mode": "edge"}),
    (
        "reflection",
        "The elements mirrored at the edge",
        (3, 4),
        {"beginning_padding": [2, 1], "ending_padding": [1, 3], "mode": "reflection"},
    ),
)
_MORE_PADS: tuple[tuple[str, str, Shape, dict[str, Any]], ...] = (
    ("none", "No padding", (2, 3), {"beginning_padding": [0, 0], "ending_padding": [0, 0]}),
    ("scalar", "A scalar has no sides", (), {"beginning_padding": [], "ending_padding": []}),
    ("value-fraction", "A value with a fraction", (3,), {"beginning_padding": [2], "ending_padding": [2], "value": -1.5}),
    ("value-infinite", "Minus infinity, as before a pool", (3,), {"beginning_padding": [1], "ending_padding": [1], "value": -INFINITY}),
    (
        "value-ignored",
        "A value that another mode ignores",
        (3,),
        {"beginning_padding": [1], "ending_padding": [2], "mode": "edge", "value": 9},
    ),
    ("rank-1-reflection", "A vector mirrored at both ends", (5,), {"beginning_padding": [4], "ending_padding": [3], "mode": "reflection"}),
    ("rank-3", "Rank 3", (2, 1, 3), {"beginning_padding": [0, 1, 2], "ending_padding": [1, 1, 0]}),
    (
        "rank-3-edge",
        "Rank 3, the nearest element",
        (2, 1, 3),
        {"beginning_padding": [1, 2, 0], "ending_padding": [0, 1, 1], "mode": "edge"},
    ),
    ("rank-4", "A border around images", (1, 2, 3, 3), {"beginning_padding": [0, 0, 1, 2], "ending_padding": [0, 0, 2, 1]}),
    (
        "rank-4-reflection",
        "A mirrored border around images",
        (1, 2, 3, 3),
        {"beginning_padding": [0, 0, 2, 1], "ending_padding": [0, 1, 1, 2], "mode": "reflection"},
    ),
    ("rank-5", "Rank 5", (1, 2, 1, 2, 2), {"beginning_padding": [1, 0, 0, 1, 0], "ending_padding": [0, 0, 1, 0, 1], "value": 3}),
    ("one-element-edge", "One element all over", (1, 1), {"beginning_padding": [2, 1], "ending_padding": [1, 2], "mode": "edge"}),
)


def _concat() -> Recipes:
    def recipe(what: str, about: str, data_type: DataType, shapes: list[Shape], axis: int, constants: bool = False) -> Recipe:
        operands = {"inputs": tensors(data_type, shapes, anything)}
        return Recipe(Concat, what, about, operands, {"axis": axis}, ("inputs",) if constants else ())

    for data_type in ANY:
        yield recipe("first", "Two matrices on top of one another", data_type, [(2, 3), (1, 3)], 0)
        yield recipe("last", "Three matrices side by side", data_type, [(2, 1), (2, 3), (2, 2)], 1)
        yield recipe("hundred", "A hundred operands", data_type, [(1, 2)] * 100, 0)
    for what, about, shapes, axis in (
        ("one", "One operand alone", [(2, 3)], 0),
        ("rank-1", "Vectors", [(3,), (1,), (5,)], 0),
        ("middle", "Along the middle axis", [(2, 1, 3), (2, 2, 3)], 1),
        ("rank-4", "The channels of images", [(1, 2, 2, 2), (1, 3, 2, 2), (1, 1, 2, 2)], 1),
        ("rank-5", "Along the last of five axes", [(1, 2, 1, 2, 1), (1, 2, 1, 2, 3)], 4),
        ("rank-8", "Along the sixth of eight axes", [(1, 1, 2, 1, 1, 2, 1, 2), (1, 1, 2, 1, 1, 1, 1, 2)], 5),
        ("nine", "Nine operands, more than a shader may bind", [(1, 3)] * 9, 0),
    ):
        yield recipe(what, about, FLOAT32, list(shapes), axis)
        yield recipe(what, about, DataType.INT8, list(shapes), axis)


def recipes() -> Recipes:
    """The cases of this family."""
    for operator, forms in FORMS.items():
        for data_type in ANY:
            for what, about, shape, options in forms if data_type is FLOAT32 else forms[:3]:
                yield Recipe(operator, what, about, {"input": Tensor(data_type, shape, anything)}, options)
    for data_type in ANY:
        for what, about, shape, options in (*_PADS, *_MORE_PADS) if data_type.is_float else _PADS:
            yield Recipe(Pad, what, about, {"input": Tensor(data_type, shape, anything)}, options)
        if not data_type.is_float:
            low, high = {"beginning_padding": [1], "ending_padding": [2], "value": -1e30}, data_type.maximum
            yield Recipe(Pad, "value-beyond", "A value beyond the range becomes its end", {"input": Tensor(data_type, (3,), anything)}, low)
            end = {**low, "value": high}
            yield Recipe(Pad, "value-largest", "The largest value of the type", {"input": Tensor(data_type, (3,), anything)}, end)
    yield from _concat()
