"""Cases for matrix products and triangles."""

from __future__ import annotations

from typing import Any

from ...operators.linear_algebra import Gemm, Matmul, Triangular
from ...types import ANY, FLOATS, DataType, Shape
from .data import Fill, Tensor, anything, positive, small
from .recipe import Recipe, Recipes

_GEMM: tuple[tuple[str, str, Shape, Shape, Shape | None, dict[str, Any]], ...] = (
    ("plain", "A product alone", (2, 3), (3, 4), None, {}),
    ("c", "A matrix is added", (2, 3), (3, 4), (2, 4), {}),
    ("c-row", "A vector is added to each row", (2, 3), (3, 4), (4,), {}),
    ("c-row-matrix", "A matrix of one row is added to each row", (2, 3), (3, 4), (1, 4), {}),
    ("c-column", "A column is added to each column", (2, 3), (3, 4), (2, 1), {}),
    ("c-scalar", "A scalar is added", (2, 3), (3, 4), (), {}),
    ("c-one", "A vector of one element is added", (2, 3), (3, 4), (1,), {}),
    ("alpha", "The product is halved", (2, 3), (3, 4), None, {"alpha": 0.5}),
    ("beta", "c is doubled", (2, 3), (3, 4), (2, 4), {"beta": 2.0}),
    ("alpha-beta", "The product and c are scaled", (2, 3), (3, 4), (4,), {"alpha": 0.25, "beta": 1.5}),
    ("alpha-zero", "The product is left out", (2, 3), (3, 4), (2, 4), {"alpha": 0.0}),
    ("beta-zero", "c is left out", (2, 3), (3, 4), (2, 4), {"beta": 0.0}),
    ("beta-without-c", "beta without c changes nothing", (2, 3), (3, 4), None, {"beta": 3.0}),
    ("a-transpose", "a is transposed", (3, 2), (3, 4), (4,), {"a_transpose": True}),
    ("b-transpose", "b is transposed, as in a dense layer", (2, 3), (4, 3), (4,), {"b_transpose": True}),
    ("both-transpose", "Both are transposed", (3, 2), (4, 3), (2, 4), {"a_transpose": True, "b_transpose": True}),
    ("no-transpose", "Neither is transposed, as given", (2, 3), (3, 2), None, {"a_transpose": False, "b_transpose": False}),
    ("everything", "All options together", (5, 3), (2, 5), (1, 2), {"a_transpose": True, "b_transpose": True, "alpha": 2.0, "beta": -0.5}),
    ("one-element", "Matrices of one element", (1, 1), (1, 1), (1, 1), {}),
    ("row-by-column", "A row by a column", (1, 7), (7, 1), None, {}),
    ("column-by-row", "A column by a row", (5, 1), (1, 3), None, {}),
    ("prime", "Prime sizes", (7, 11), (11, 5), (5,), {}),
)
_MATMUL: tuple[tuple[str, str, Shape, Shape], ...] = (
    ("rank-2", "Two matrices", (2, 3), (3, 4)),
    ("one-element", "Matrices of one element", (1, 1), (1, 1)),
    ("row-by-column", "A row by a column", (1, 7), (7, 1)),
    ("column-by-row", "A column by a row", (5, 1), (1, 3)),
    ("rank-3", "Two batches of matrices", (2, 2, 3), (2, 3, 2)),
    ("rank-4", "Rank 4, as in attention", (1, 2, 3, 2), (1, 2, 2, 3)),
    ("rank-5", "Rank 5", (1, 2, 1, 2, 3), (1, 2, 1, 3, 2)),
    ("broadcast-b", "One matrix for all batches of a", (3, 2, 3), (3, 2)),
    ("broadcast-a", "One matrix for all batches of b", (2, 3), (3, 3, 2)),
    ("broadcast-both", "Each is repeated along a dimension of the other", (2, 1, 2, 2), (1, 3, 2, 2)),
    ("broadcast-rank", "Rank 4 by rank 3", (2, 2, 1, 3), (2, 3, 2)),
    ("prime", "Prime sizes", (7, 13), (13, 5)),
    ("tall", "More rows than a tile", (37, 3), (3, 2)),
    ("rank-7", "Rank 7", (1, 1, 2, 1, 1, 2, 2), (1, 1, 2, 1, 1, 2, 1)),
)


def _gemm() -> Recipes:
    for data_type in FLOATS:
        for what, about, a, b, c, options in _GEMM:
            for suffix, fill in (("", positive), ("-signed", small)):
                if suffix == "" and options.get("beta", 0) < 0:
                    continue  # a difference of fractions may cancel
                operands: dict[str, Tensor | tuple[Tensor, ...]] = {"a": Tensor(data_type, a, fill), "b": Tensor(data_type, b, fill)}
                if c is not None:
                    operands["c"] = Tensor(data_type, c, fill)
                weights = tuple(name for name in ("b", "c") if name in operands) if suffix else ()
                yield Recipe(Gemm, what + suffix, about, operands, options, weights)


def _matmul() -> Recipes:
    for data_type in FLOATS:
        for what, about, a, b in _MATMUL:
            for suffix, fill in (("", positive), ("-signed", small)):
                operands = {"a": Tensor(data_type, a, fill), "b": Tensor(data_type, b, fill)}
                yield Recipe(Matmul, what + suffix, about, operands, {}, ("b",) if suffix else ())


def _triangular() -> Recipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, fill: Fill = anything, **options: Any) -> Recipe:
        return Recipe(Triangular, what, about, {"input": Tensor(data_type, shape, fill)}, options)

    for data_type in ANY:
        yield recipe("default", "The upper triangle by default", data_type, (3, 3))
        yield recipe("lower", "The lower triangle", data_type, (3, 4), upper=False)
        yield recipe("diagonal", "The upper triangle from the diagonal right of the main one", data_type, (4, 3), upper=True, diagonal=1)
    for data_type in FLOATS:
        for upper in (True, False):
            side = "upper" if upper else "lower"
            for diagonal in (-5, -2, -1, 1, 2, 5):
                about = f"The {side} triangle from diagonal {diagonal}"
                yield recipe(f"{side}-{diagonal}", about, data_type, (3, 4), upper=upper, diagonal=diagonal)
            for shape in ((2, 3, 3), (2, 1, 3, 2), (1, 2, 1, 2, 3)):
                yield recipe(f"{side}-rank-{len(shape)}", f"The {side} triangles of rank {len(shape)}", data_type, shape, upper=upper)
    yield recipe("one-element", "A matrix of one element", DataType.FLOAT32, (1, 1), diagonal=0)
    yield recipe("one-element-out", "A matrix of one element, which is outside", DataType.FLOAT32, (1, 1), diagonal=1)
    yield recipe("rank-6", "Rank 6", DataType.FLOAT32, (1, 2, 1, 2, 2, 3), upper=False)


def recipes() -> Recipes:
    """The cases of this family."""
    yield from _gemm()
    yield from _matmul()
    yield from _triangular()
