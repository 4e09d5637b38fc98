"""Gathering and scattering at size: from every place, to every place, far from the beginning."""

from __future__ import annotations

from typing import Any

from ...operators.indexing import Gather, GatherElements, GatherND, ScatterElements, ScatterND
from ...types import INDICES, DataType, Shape
from ..corpus.data import anything
from .recipe import DEEP, FLOAT32, INT32, LONG, LONGER, TYPES, VAST, SizeRecipe, SizeRecipes
from .tensors import Coordinates, Places, Tiled


def _gather() -> SizeRecipes:
    def recipe(what: str, about: str, shape: Shape, indices: Shape, axis: int, of: DataType = FLOAT32, by: DataType = INT32) -> SizeRecipe:
        places = Places(by, indices, size=shape[axis], axis=len(indices) - 1, negative=by.is_signed)
        return SizeRecipe(Gather, what, about, {"input": Tiled(of, shape, anything), "indices": places}, {"axis": axis})

    for data_type in TYPES:
        yield recipe("long", "Elements of a long vector", (LONG,), (LONG,), 0, data_type)
    for by in INDICES:
        yield recipe(f"rows-{by}", f"Rows of a long table by {by}", (LONG, 3), (2, 1009), 0, by=by)
    yield recipe("columns", "Columns of long rows", (3, LONG), (1009,), 1)
    yield recipe("many", "A few rows, more than 65,535 times", (5, 3), (LONG,), 0)
    yield recipe("longer", "Elements of more than 2**20", (LONGER,), (4099,), 0)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Along the last axis of rank {rank}", shape, (101,), rank - 1)
    yield recipe("vast", "Elements of the rows of more than 128 MiB", VAST, (1009,), 1)
    yield recipe("vast-output", "To more than 128 MiB", (7, LONG), (513,), 0)


def _elements(operator: Any) -> SizeRecipes:
    scatters = operator is ScatterElements

    def recipe(what: str, about: str, shape: Shape, axis: int, count: int, of: DataType = FLOAT32, by: DataType = INT32) -> SizeRecipe:
        indices = tuple(count if i == axis else size for i, size in enumerate(shape))
        places = Places(by, indices, size=shape[axis], axis=axis, negative=by.is_signed)
        operands = {"input": Tiled(of, shape, anything), "indices": places}
        if scatters:
            operands["updates"] = Tiled(of, indices, anything)
        return SizeRecipe(operator, what, about, operands, {"axis": axis})

    for data_type in TYPES:
        yield recipe("long", "Along a long vector", (LONG,), 0, LONG, data_type)
    for by in INDICES:
        yield recipe(f"columns-{by}", f"Along long columns by {by}", (LONG, 3), 0, 1009, by=by)
    yield recipe("rows", "Along long rows", (3, LONG), 1, LONG)
    yield recipe("many", "Along more than 65,535 short rows", (LONG, 5), 1, 3)
    yield recipe("longer", "Along more than 2**20 elements", (LONGER,), 0, LONGER)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Along the last axis of rank {rank}", shape, rank - 1, shape[-1] // 2)
    yield recipe("vast", "Along the columns of more than 128 MiB", VAST, 0, 7)
    if not scatters:
        yield recipe("vast-output", "To more than 128 MiB", (7, LONG), 0, 513)


def _coordinates(operator: Any) -> SizeRecipes:
    scatters = operator is ScatterND

    def recipe(what: str, about: str, shape: Shape, depth: int, count: int, of: DataType = FLOAT32, by: DataType = INT32) -> SizeRecipe:
        operands = {"input": Tiled(of, shape, anything), "indices": Coordinates(by, (count, depth), within=shape[:depth])}
        if scatters:
            operands["updates"] = Tiled(of, (count, *shape[depth:]), anything)
        return SizeRecipe(operator, what, about, operands)

    for data_type in TYPES:
        yield recipe("long", "Elements of a long vector", (LONG,), 1, LONG, data_type)
    for by in INDICES:
        yield recipe(f"rows-{by}", f"Rows of a long table by {by}", (LONG, 3), 1, 1009, by=by)
    yield recipe("elements", "Elements of long rows", (3, LONG), 2, LONG)
    yield recipe("longer", "Elements of more than 2**20", (1021, 1033), 2, LONGER - 5)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Rows of rank {rank}", shape, rank - 1, 53)
    yield recipe("vast", "Rows of more than 128 MiB", VAST, 1, 7)
    if not scatters:
        yield recipe("vast-output", "To more than 128 MiB", (7, LONG), 1, 513)
    yield recipe("vast-elements", "Elements of more than 128 MiB", VAST, 2, 4099)


def recipes() -> SizeRecipes:
    """The cases of this family."""
    yield from _gather()
    yield from _elements(GatherElements)
    yield from _elements(ScatterElements)
    yield from _coordinates(GatherND)
    yield from _coordinates(ScatterND)
