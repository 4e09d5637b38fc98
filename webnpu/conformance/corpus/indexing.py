"""Cases for gathering and scattering. Where two updates meet, they are equal, since any of them may win."""

from __future__ import annotations

from typing import Any

from ...operators.indexing import Gather, GatherElements, GatherND, ScatterElements, ScatterND
from ...types import ANY, INDICES, DataType, Shape
from .data import Tensor, anything, listed
from .recipe import Recipe, Recipes

FLOAT32, INT32 = DataType.FLOAT32, DataType.INT32

Form = tuple[str, str, Shape, Shape, tuple[int, ...], dict[str, Any]]
"""Name, what it is about, the shapes of input and indices, the indices, and options."""

_GATHER: tuple[Form, ...] = (
    ("rows", "Rows of a matrix", (4, 3), (3,), (2, 0, 3), {}),
    ("axis", "Columns of a matrix, by a matrix of indices", (3, 5), (2, 2), (4, 1, 0, 2), {"axis": 1}),
    ("scalar-index", "A scalar index drops the dimension", (3, 2), (), (1,), {}),
    ("first", "The first axis, given", (3, 2), (2,), (1, 1), {"axis": 0}),
    ("vector", "Elements of a vector", (7,), (4,), (6, 0, 6, 3), {}),
    ("vector-scalar", "One element of a vector: a scalar", (7,), (), (5,), {}),
    ("middle", "The middle axis, by a matrix", (2, 4, 3), (2, 2), (3, 0, 1, 3), {"axis": 1}),
    ("one-element", "From a single element", (1,), (3,), (0, 0, 0), {}),
    ("rank-4", "The channels of images", (1, 4, 2, 2), (2,), (3, 1), {"axis": 1}),
    ("rank-5", "The last of five axes", (1, 2, 1, 2, 3), (2,), (2, 0), {"axis": 4}),
    ("rank-6", "Rank 6 out of rank 4 and rank 3", (2, 3, 2, 2), (1, 2, 2), (2, 0, 1, 1), {"axis": 1}),
)
_GATHER_ELEMENTS: tuple[Form, ...] = (
    ("rows", "Along the first axis", (4, 3), (2, 3), (0, 3, 1, 2, 2, 0), {}),
    ("axis", "Along the last axis", (2, 4), (2, 3), (3, 0, 1, 2, 2, 0), {"axis": 1}),
    ("longer", "More indices than elements", (2, 2), (2, 5), (1, 0, 1, 0, 1, 0, 1, 1, 0, 0), {"axis": 1}),
    ("vector", "A vector", (5,), (3,), (4, 4, 0), {"axis": 0}),
    ("middle", "Along the middle axis", (2, 3, 2), (2, 2, 2), (2, 0, 1, 1, 0, 2, 2, 1), {"axis": 1}),
    ("rank-4", "Along the channels of images", (1, 3, 2, 2), (1, 1, 2, 2), (2, 0, 1, 2), {"axis": 1}),
    ("rank-5", "Along the last of five axes", (1, 2, 1, 2, 3), (1, 2, 1, 2, 1), (2, 0, 1, 2), {"axis": 4}),
    ("one-element", "A single element", (1, 1), (1, 1), (0,), {}),
)
_GATHER_ND: tuple[Form, ...] = (
    ("elements", "Elements of a matrix", (3, 4), (3, 2), (2, 3, 0, 0, 1, 2), {}),
    ("rows", "Rows of a matrix, by one coordinate", (3, 4), (2, 1), (2, 0), {}),
    ("scalar", "One element: a scalar", (2, 3), (2,), (1, 2), {}),
    ("vector", "Elements of a vector", (5,), (3, 1), (4, 0, 2), {}),
    ("slices", "Matrices of a tensor of rank 3, by a matrix of coordinates", (3, 2, 2), (2, 1, 1), (2, 0), {}),
    ("rank-3", "Rows of a tensor of rank 3", (2, 3, 2), (2, 2, 2), (1, 2, 0, 0, 1, 0, 0, 2), {}),
    ("rank-4", "Elements of images", (1, 2, 2, 2), (2, 4), (0, 1, 1, 0, 0, 0, 1, 1), {}),
    ("rank-5", "Slices of rank 5", (1, 2, 2, 2, 2), (2, 3), (0, 1, 0, 0, 0, 1), {}),
)
_SCATTER_ELEMENTS: tuple[Form, ...] = (
    ("rows", "Along the first axis", (4, 3), (2, 3), (0, 3, 1, 2, 2, 0), {}),
    ("axis", "Along the last axis", (2, 5), (2, 3), (3, 0, 1, 2, 4, 0), {"axis": 1}),
    ("vector", "A vector", (5,), (3,), (4, 2, 0), {"axis": 0}),
    ("middle", "Along the middle axis", (2, 3, 2), (2, 2, 2), (2, 0, 1, 1, 0, 2, 2, 1), {"axis": 1}),
    ("rank-4", "Along the channels of images", (1, 3, 2, 2), (1, 1, 2, 2), (2, 0, 1, 2), {"axis": 1}),
    ("rank-5", "Along the last of five axes", (1, 2, 1, 2, 3), (1, 2, 1, 2, 1), (2, 0, 1, 2), {"axis": 4}),
    ("all", "Every element replaced", (2, 2), (2, 2), (1, 0, 0, 1), {}),
)
_SCATTER_ND: tuple[Form, ...] = (
    ("elements", "Elements of a matrix", (3, 4), (3, 2), (2, 3, 0, 0, 1, 2), {}),
    ("rows", "Rows of a matrix", (3, 4), (2, 1), (2, 0), {}),
    ("vector", "Elements of a vector", (6,), (3, 1), (5, 0, 2), {}),
    ("scalar", "One element", (2, 3), (2,), (1, 2), {}),
    ("slices", "Matrices of a tensor of rank 3", (3, 2, 2), (2, 1), (2, 0), {}),
    ("rank-3", "Rows, by a tensor of coordinates", (2, 3, 2), (2, 2, 2), (1, 2, 0, 0, 1, 0, 0, 2), {}),
    ("rank-4", "Elements of images", (1, 2, 2, 2), (2, 4), (0, 1, 1, 0, 0, 0, 1, 1), {}),
    ("rank-5", "Slices of rank 5", (1, 2, 2, 2, 2), (2, 3), (0, 1, 0, 0, 0, 1), {}),
)
FORMS: dict[Any, tuple[Form, ...]] = {
    Gather: _GATHER,
    GatherElements: _GATHER_ELEMENTS,
    GatherND: _GATHER_ND,
    ScatterElements: _SCATTER_ELEMENTS,
    ScatterND: _SCATTER_ND,
}

_FAR: dict[Any, tuple[Form, ...]] = {
    Gather: (
        ("negative", "Indices below zero count from the end", (4, 2), (3,), (-1, -4, -2), {}),
        ("out-of-range", "Indices out of range are clamped", (3, 2), (4,), (3, 100, -4, -100), {}),
    ),
    GatherElements: (
        ("negative", "Indices below zero count from the end", (3, 2), (2, 2), (-1, -3, 0, -2), {}),
        ("out-of-range", "Indices out of range are clamped", (3, 2), (2, 2), (3, 100, -4, -100), {}),
    ),
    GatherND: (
        ("negative", "Indices below zero count from the end", (3, 4), (2, 2), (-1, -4, -3, 2), {}),
        ("out-of-range", "Indices out of range are clamped", (3, 4), (2, 2), (3, 100, -4, -100), {}),
    ),
    ScatterElements: (
        ("negative", "Indices below zero count from the end", (4,), (3,), (-1, -4, -2), {}),
        ("out-of-range", "Indices out of range are clamped", (5, 2), (2, 2), (9, -9, -9, 9), {}),
    ),
    ScatterND: (
        ("negative", "Indices below zero count from the end", (3, 4), (2, 2), (-1, -4, -3, 2), {}),
        ("out-of-range", "Indices out of range are clamped", (3, 4), (2, 2), (3, 100, -4, -100), {}),
    ),
}
"""With indices of a signed type."""


def _updates(operator: Any, form: Form) -> Shape | None:
    """The shape of updates, of an operator that has them."""
    _, _, shape, indices, _, _ = form
    if operator is ScatterElements:
        return indices
    return (*indices[:-1], *shape[indices[-1] :]) if operator is ScatterND else None


def _recipe(operator: Any, form: Form, data_type: DataType, index_type: DataType, suffix: str = "", constant: bool = False) -> Recipe:
    what, about, shape, indices, values, options = form
    operands: dict[str, Tensor | tuple[Tensor, ...]] = {
        "input": Tensor(data_type, shape, anything),
        "indices": Tensor(index_type, indices, listed(*values)),
    }
    if (updates := _updates(operator, form)) is not None:
        operands["updates"] = Tensor(data_type, updates, anything)
    return Recipe(operator, what + suffix, about, operands, options, ("indices",) if constant else ())


def _duplicates() -> Recipes:
    for data_type in (FLOAT32, INT32, DataType.UINT8):
        about = "Several equal updates of one place"
        vector = {"input": Tensor(data_type, (4,), anything), "indices": Tensor(INT32, (3,), listed(2, 2, 0))}
        yield Recipe(ScatterElements, "duplicates", about, {**vector, "updates": Tensor(data_type, (3,), listed(5, 5, 7))})
        rows = {"input": Tensor(data_type, (3, 2), anything), "indices": Tensor(INT32, (3, 1), listed(1, 1, 2))}
        yield Recipe(ScatterND, "duplicates", about, {**rows, "updates": Tensor(data_type, (3, 2), listed(5, 7))})


def recipes() -> Recipes:
    """The cases of this family."""
    for operator, forms in FORMS.items():
        for data_type in ANY:
            for form in forms if data_type in (FLOAT32, INT32) else forms[:2]:
                yield _recipe(operator, form, data_type, INT32)
        for index_type in INDICES:
            for form in forms[:3]:
                yield _recipe(operator, form, DataType.FLOAT16, index_type, f"-{index_type}")
            if index_type.is_signed:
                for form in _FAR[operator]:
                    yield _recipe(operator, form, FLOAT32, index_type, f"-{index_type}")
                    yield _recipe(operator, form, DataType.INT64, index_type, f"-{index_type}-constant", constant=True)
        if operator not in (ScatterElements, ScatterND):
            _, _, shape, indices, values, _ = _FAR[operator][1]
            about = "Indices that would be negative if they had a sign"
            yield _recipe(operator, ("far-unsigned", about, shape, indices, (2**32 - 1,) * len(values), {}), FLOAT32, DataType.UINT32)
        yield _recipe(operator, forms[0], FLOAT32, INT32, "-constant-indices", constant=True)
    yield from _duplicates()
