"""Matrix products and triangles at size, with whole numbers that any order adds exactly, and with fractions."""

from __future__ import annotations

from typing import Any

from ...operators.linear_algebra import Gemm, Matmul, Triangular
from ...types import FLOATS, DataType, Shape
from ..corpus.data import anything, positive
from .recipe import DEEP, FLOAT32, LONG, LONGER, LONGEST, TYPES, VAST, SizeRecipe, SizeRecipes
from .tensors import Tiled, units

_MATMUL: tuple[tuple[str, str, Shape, Shape], ...] = (
    ("long-rows", "Long rows by long columns", (3, LONG), (LONG, 5)),
    ("vectors", "A long row by a long column", (1, LONG), (LONG, 1)),
    ("many-rows", "More than 65,535 rows", (LONG, 3), (3, 5)),
    ("many-columns", "More than 65,535 columns", (3, 5), (5, LONG)),
    ("batches", "More than 65,535 products", (LONG, 2, 3), (LONG, 3, 2)),
    ("batches-shared", "More than 65,535 matrices by one", (LONG, 2, 3), (3, 4)),
    ("square", "Square matrices of hundreds", (515, 519), (519, 517)),
    ("longer", "More than 2**20 terms", (2, LONGER), (LONGER, 3)),
    ("longest", "More than 2**24 terms", (1, LONGEST), (LONGEST, 1)),
    ("vast", "A matrix of more than 128 MiB, by a thin one", VAST, (LONG, 2)),
    ("vast-right", "A matrix of more than 128 MiB, by a row", (2, 513), VAST),
    ("vast-output", "A product of more than 128 MiB", (5801, 3), (3, 5801)),
    ("rank-6", "Rank 6", (2, 3, 2, 31, 17, 19), (1, 3, 2, 31, 19, 7)),
    ("rank-7", "Rank 7 by a matrix", (2, 3, 2, 3, 11, 17, 19), (19, 7)),
    ("rank-8", "Rank 8, each repeated along dimensions of the other", (2, 1, 2, 3, 1, 11, 17, 19), (3, 1, 3, 2, 1, 19, 7)),
)


def _matmul() -> SizeRecipes:
    for what, about, a, b in _MATMUL:
        for data_type in FLOATS if what in ("long-rows", "many-rows", "many-columns", "batches", "square", "rank-8") else (FLOAT32,):
            operands = {"a": Tiled(data_type, a, units), "b": Tiled(data_type, b, units, last=(1,))}
            yield SizeRecipe(Matmul, what, about, operands, {}, ("b",) if what in ("square", "batches-shared", "rank-7") else (), ulp=0)
    for what, a, b in (("long-rows", (3, LONG), (LONG, 5)), ("longer", (1, LONGER), (LONGER, 2)), ("longest", (1, LONGEST), (LONGEST, 1))):
        operands = {"a": Tiled(FLOAT32, a, positive), "b": Tiled(FLOAT32, b, positive)}
        yield SizeRecipe(Matmul, f"{what}-fractions", "Fractions that every sum rounds", operands)
    operands = {"a": Tiled(FLOAT32, (2, LONGEST), positive), "b": Tiled(FLOAT32, (LONGEST, 1), positive)}
    yield SizeRecipe(Matmul, "longest-fractions-constant", "Fractions by constants, that every sum rounds", operands, {}, ("b",))


_GEMM: tuple[tuple[str, str, Shape, Shape, Shape, dict[str, Any]], ...] = (
    ("long-rows", "Long rows by long columns", (3, LONG), (LONG, 5), (5,), {}),
    (
        "long-columns",
        "Long columns by long rows, both transposed",
        (LONG, 3),
        (5, LONG),
        (3, 1),
        {"a_transpose": True, "b_transpose": True},
    ),
    ("many-rows", "More than 65,535 rows", (LONG, 3), (5, 3), (5,), {"b_transpose": True}),
    ("many-columns", "More than 65,535 columns", (5, 3), (5, LONG), (3, LONG), {"a_transpose": True, "alpha": 2.0, "beta": -1.0}),
    ("longer", "More than 2**20 terms", (LONGER, 2), (LONGER, 3), (2, 3), {"a_transpose": True}),
    ("longest", "More than 2**24 terms", (1, LONGEST), (LONGEST, 1), (), {}),
    ("vast", "A matrix of more than 128 MiB, transposed", VAST, (513, 2), (2,), {"a_transpose": True}),
    ("vast-right", "A matrix of more than 128 MiB, transposed, as in a dense layer", (2, LONG), VAST, (513,), {"b_transpose": True}),
    ("vast-output", "A product of more than 128 MiB", (5801, 3), (3, 5801), (5801, 1), {}),
)


def _gemm() -> SizeRecipes:
    for what, about, a, b, c, options in _GEMM:
        for data_type in FLOATS if what.startswith("long-") else (FLOAT32,):
            tensors = {name: Tiled(data_type, shape, units) for name, shape in (("a", a), ("b", b), ("c", c))}
            yield SizeRecipe(Gemm, what, about, tensors, options, ("b", "c") if what in ("many-rows", "vast-right") else (), ulp=0)
    for what, constants in (("longest-fractions", ()), ("longest-fractions-constant", ("b",))):
        operands = {"a": Tiled(FLOAT32, (LONGEST, 1), positive), "b": Tiled(FLOAT32, (LONGEST, 1), positive)}
        yield SizeRecipe(Gemm, what, "Fractions that every sum rounds", operands, {"a_transpose": True}, constants)


def _triangular() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, upper: bool, diagonal: int) -> SizeRecipe:
        options = {"upper": upper, "diagonal": diagonal}
        return SizeRecipe(Triangular, what, about, {"input": Tiled(data_type, shape, anything)}, options)

    for data_type in TYPES:
        yield recipe("wide", "A wide matrix, from a far diagonal", data_type, (3, LONG), True, LONG - 5)
        yield recipe("tall", "A tall matrix, from a far diagonal", data_type, (LONG, 3), False, 5 - LONG)
    yield recipe("many", "More than 65,535 matrices", FLOAT32, (LONG, 2, 3), False, 0)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Rank {rank}", FLOAT32, shape, True, 1)
    yield recipe("vast", "More than 128 MiB", FLOAT32, VAST, False, 60000)
    yield recipe("vast-square", "A square matrix of more than 128 MiB", FLOAT32, (5801, 5801), True, -7)


def recipes() -> SizeRecipes:
    """The cases of this family."""
    yield from _matmul()
    yield from _gemm()
    yield from _triangular()
