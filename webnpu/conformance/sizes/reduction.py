"""Reductions at size: sums of what any order adds exactly, and sums of fractions, within what adding in blocks loses."""

from __future__ import annotations

from ...operators import OPERATORS
from ...operators.reduction import ArgMax, ArgMin, CumulativeSum
from ...types import DataType, Shape
from ..corpus.data import Fill, full_range, listed, positive
from .recipe import DEEP, FLOAT16, FLOAT32, INT32, INT64, LONG, LONGER, LONGEST, VAST, SizeRecipe, SizeRecipes, types_of
from .tensors import Tiled, distinct, spread

AXES: tuple[tuple[str, str, Shape, tuple[int, ...] | None], ...] = (
    ("long-rows", "Long rows", (3, LONG), (1,)),
    ("long-columns", "Long columns", (LONG, 3), (0,)),
    ("long-middle", "Long columns in the middle", (2, LONG, 3), (1,)),
    ("many-rows", "More than 65,535 short rows", (LONG, 5), (1,)),
    ("many-columns", "More than 65,535 short columns", (5, LONG), (0,)),
    ("both-ends", "The first axis and the last", (257, 3, 259), (0, 2)),
)
FAR: tuple[tuple[str, str, Shape, tuple[int, ...] | None], ...] = (
    ("longer", "More than 2**20 elements", (LONGER,), None),
    ("longer-columns", "Columns of more than 2**20 elements", (LONGER, 2), (0,)),
    ("longest", "More than 2**24 elements", (1, LONGEST), (1,)),
    ("longest-images", "Images of more than 2**24 elements", (1, 4099, 4099, 1), (1, 2)),
    ("vast", "The long columns of more than 128 MiB", VAST, (0,)),
    ("vast-all", "All of more than 128 MiB", VAST, None),
)

ULP = {"reduceL2": 2, "reduceLogSum": 18, "reduceLogSumExp": 18, "reduceMean": 4}
"""What is allowed where the sum is exact; none where nothing is computed from it."""


def _exact(name: str, data_type: DataType) -> tuple[Fill, int, tuple[float, ...]]:
    """A pattern whose sum, maximum or product any order makes exactly; its length; and its end."""
    if name in ("reduceMax", "reduceMin"):
        fill, period = distinct(data_type)
        return fill, period, (data_type.maximum if name == "reduceMax" else data_type.minimum,)
    if name == "reduceProduct":
        return listed(-1, 1, 1), 3, (2, -1.5 if data_type.is_float else 3)
    if not data_type.is_float:
        return full_range, 8191, ()
    if data_type is FLOAT16:  # a sum of more than 2048 is not exact
        return spread(1021)
    return spread(3) if name in ("reduceMean", "reduceLogSum") else (listed(1, 0, 0, -1, 0, 0, 1), 7, (1, 1))


def _reduce(name: str) -> SizeRecipes:
    operator = OPERATORS[name]
    logarithmic = name == "reduceLogSumExp"

    def recipe(what: str, about: str, data_type: DataType, shape: Shape, axes: tuple[int, ...] | None) -> SizeRecipe:
        fill, period, last = (listed(0.0, 1.0), 2, (2.0,)) if logarithmic else _exact(name, data_type)
        return SizeRecipe(
            operator, what, about, {"input": Tiled(data_type, shape, fill, period, last)}, {"axes": axes}, ulp=ULP.get(name, 0)
        )

    for data_type in types_of(operator):
        for what, about, shape, axes in AXES if data_type is FLOAT32 else AXES[:2]:
            yield recipe(what, about, data_type, shape, axes)
    for what, about, shape, axes in FAR:
        yield recipe(what, about, FLOAT32, shape, axes)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Every second axis of rank {rank}", FLOAT32, shape, tuple(range(rank - 1, -1, -2)))
    for data_type in (INT32, INT64):
        if data_type in types_of(operator):
            yield recipe("longest", "More than 2**24 elements", data_type, (LONGEST,), None)
    if name in ("reduceSum", "reduceL1", "reduceL2", "reduceSumSquare", "reduceMean", "reduceLogSum"):
        ones = {"input": Tiled(FLOAT32, (1, 2**24), listed(1))}
        yield SizeRecipe(operator, "ones", "2**24 ones", ones, {"axes": [1]}, ulp=ULP.get(name, 0))
        for what, shape in (("long", (3, LONG)), ("longer", (LONGER,)), ("longest", (LONGEST,))):
            fractions = {"input": Tiled(FLOAT32, shape, positive)}
            yield SizeRecipe(operator, f"fractions-{what}", "Fractions that every sum rounds", fractions, {"axes": [len(shape) - 1]})


def _arg(operator: type[ArgMin] | type[ArgMax]) -> SizeRecipes:
    sign = 1 if operator is ArgMax else -1

    def recipe(what: str, about: str, data_type: DataType, shape: Shape, axis: int, place: int | None = None) -> SizeRecipe:
        """Of equal elements any might be found: the extreme is there once, at the end, or every row has different elements."""
        options = {"axis": axis, "output_data_type": INT64 if data_type is INT64 else INT32}
        fill, period = distinct(data_type)
        extreme = (data_type.maximum if sign > 0 else data_type.minimum,)
        rows = shape[axis] < period
        before = (sign * 0.0,) * (0 if place is None else shape[axis] - 1 - place)
        tensor = Tiled(data_type, shape, fill, period, () if rows else (*extreme, *before))
        return SizeRecipe(operator, what, about, {"input": tensor}, options)

    for data_type in types_of(operator):
        yield recipe("long", "The end of a long vector", data_type, (LONG,), 0)
    for data_type in (FLOAT32, INT32, FLOAT16):
        yield recipe("many-rows", "More than 65,535 short rows", data_type, (LONG, 5), 1)
        yield recipe("many-columns", "More than 65,535 short columns", data_type, (5, LONG), 0)
    yield recipe("long-columns", "The end of a long column", FLOAT32, (LONG, 1), 0)
    yield recipe("longer", "The end of more than 2**20 elements", FLOAT32, (1, LONGER), 1)
    yield recipe("longest", "The end of more than 2**24 elements", FLOAT32, (LONGEST,), 0)
    yield recipe("longest-within", "A place past 2**24, near the end", FLOAT32, (1, LONGEST, 1), 1, 2**24 + 1)
    yield recipe("longest", "The end of more than 2**24 integers", INT32, (LONGEST,), 0)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Along the last axis of rank {rank}", FLOAT32, shape, rank - 1)
    yield recipe("vast", "Along the columns of more than 128 MiB", FLOAT32, VAST, 0)


def _cumulative_sum() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, axis: int, **options: bool) -> SizeRecipe:
        fill, period, last = (full_range, 8191, ()) if not data_type.is_float else spread(1021 if data_type is FLOAT16 else 3)
        tensor = Tiled(data_type, shape, fill, period, last)
        return SizeRecipe(CumulativeSum, what, about, {"input": tensor}, {"axis": axis, **options}, ulp=0)

    for data_type in types_of(CumulativeSum):
        yield recipe("long-rows", "Along long rows", data_type, (3, LONG), 1)
        yield recipe("long-columns", "Along long columns", data_type, (LONG, 3), 0)
    for what, options in (
        ("exclusive", {"exclusive": True}),
        ("reversed", {"reversed": True}),
        ("both", {"exclusive": True, "reversed": True}),
    ):
        yield recipe(f"longer-{what}", f"Along more than 2**20 elements, {what}", FLOAT32, (LONGER,), 0, **options)
    yield recipe("many-rows", "Along more than 65,535 short rows", FLOAT32, (LONG, 5), 1)
    yield recipe("many-columns", "Along more than 65,535 short columns", FLOAT32, (5, LONG), 0)
    yield recipe("longer", "Along more than 2**20 elements", FLOAT32, (LONGER, 2), 0)
    yield recipe("longest", "Along more than 2**24 elements", FLOAT32, (1, LONGEST), 1)
    yield recipe("longest", "Along more than 2**24 integers", INT32, (LONGEST,), 0)
    fractions = {"input": Tiled(FLOAT32, (LONGER,), positive)}
    yield SizeRecipe(CumulativeSum, "fractions", "Fractions that every sum rounds", fractions, {"axis": 0})
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Along the last axis of rank {rank}", FLOAT32, shape, rank - 1)
    yield recipe("vast", "Along the columns of more than 128 MiB", FLOAT32, VAST, 0)


def recipes() -> SizeRecipes:
    """The cases of this family."""
    for name, operator in OPERATORS.items():
        if name.startswith("reduce"):
            yield from _reduce(operator.name)
    yield from _arg(ArgMin)
    yield from _arg(ArgMax)
    yield from _cumulative_sum()
