"""Activations at size."""

from __future__ import annotations

from ...operators.activation import Prelu, Softmax
from ...types import FLOATS, DataType, Shape
from ..corpus.activation import ORDINARY
from ..corpus.data import listed, small, uniform, whole
from .elementwise import PAIRS, unary
from .recipe import DEEP, FLOAT32, LONG, LONGER, LONGEST, VAST, SizeRecipe, SizeRecipes, types_of
from .tensors import Tiled


def _prelu() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, other: Shape) -> SizeRecipe:
        fill, slope = (uniform(-4, 4), uniform(-1, 2)) if data_type.is_float else (small, whole(-3, 5))
        return SizeRecipe(Prelu, what, about, {"input": Tiled(data_type, shape, fill), "slope": Tiled(data_type, other, slope)})

    for data_type in types_of(Prelu):
        yield recipe("long", "Long vectors", data_type, (LONG,), (LONG,))
    for what, about, shape, other in PAIRS:
        yield recipe(what, about.replace(", b", ", slope"), FLOAT32, shape, other)
    yield recipe("vast", "More than 128 MiB, a slope for each column", FLOAT32, VAST, VAST[1:])


def _softmax() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, axis: int) -> SizeRecipe:
        return SizeRecipe(Softmax, what, about, {"input": Tiled(data_type, shape, uniform(-3, 3))}, {"axis": axis})

    for data_type in FLOATS:
        yield recipe("many-rows", "Along more than 65,535 short rows", data_type, (LONG, 5), 1)
        rows = Tiled(data_type, (3, LONG), listed(0.5, *[-60000] * 1020), 1021)
        yield SizeRecipe(Softmax, "long-rows-masked", "Few elements of long rows count", {"input": rows}, {"axis": 1}, ulp=8)
        columns = Tiled(data_type, (LONG, 3), listed(0.5, *[-60000] * 1020), 1021)
        yield SizeRecipe(Softmax, "long-columns-masked", "Few elements of long columns count", {"input": columns}, {"axis": 0}, ulp=8)
    yield recipe("long-rows", "Along long rows", FLOAT32, (3, LONG), 1)
    yield recipe("long-columns", "Along long columns", FLOAT32, (LONG, 3), 0)
    yield recipe("many-columns", "Along more than 65,535 short columns", FLOAT32, (5, LONG), 0)
    yield recipe("longer", "Along more than 2**20 elements", FLOAT32, (LONGER,), 0)
    yield recipe("longer-middle", "Along more than 2**20 elements, with columns beside them", FLOAT32, (1, LONGER, 2), 1)
    yield recipe("longest", "Along more than 2**24 elements", FLOAT32, (1, LONGEST), 1)
    equal = {"input": Tiled(FLOAT32, (2**24,), listed(0.5))}
    yield SizeRecipe(Softmax, "equal", "2**24 equal elements share evenly", equal, {"axis": 0}, ulp=2)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Rank {rank}, along the last axis but one", FLOAT32, shape, rank - 2)
    yield recipe("vast", "Along the long rows of more than 128 MiB", FLOAT32, VAST, 1)


def recipes() -> SizeRecipes:
    """The cases of this family."""
    for name, (fill, _, _) in ORDINARY.items():
        yield from unary(name, fill)
    yield from _prelu()
    yield from _softmax()
