"""Element-wise operators at size."""

from __future__ import annotations

from ...operators import OPERATORS
from ...operators.elementwise import Cast, Clamp, Where
from ...types import DataType, Shape
from ..corpus.data import Fill, anything, listed, some, whole
from ..corpus.elementwise import BINARY, LOGICAL, UNARY, castable, ordinary
from .recipe import DEEP, FLOAT16, FLOAT32, INT8, INT32, INT64, LONG, TYPES, UINT8, VAST, SizeRecipe, SizeRecipes, types_of
from .tensors import Tiled

VAST_BYTES: Shape = (2049, LONG)
"""More than 128 MiB of elements of one byte."""


def halved(shape: Shape) -> Shape:
    """A shape that is repeated along every second dimension to make another."""
    return tuple(1 if axis % 2 else size for axis, size in enumerate(shape))


PAIRS: tuple[tuple[str, str, Shape, Shape], ...] = (
    ("row", "A long row for each of three", (3, LONG), (LONG,)),
    ("column", "A long column, repeated along rows of three", (LONG, 3), (LONG, 1)),
    ("outer", "A long row and a short column, each repeated along the other", (LONG,), (3, 1)),
    *((f"rank-{rank}", f"Rank {rank}, b repeated along every second dimension", shape, halved(shape)) for rank, shape in DEEP.items()),
)
"""The shapes of two operands."""


def _binary(name: str) -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, other: Shape) -> SizeRecipe:
        a, b = ordinary(name, data_type)
        return SizeRecipe(operator, what, about, {"a": Tiled(data_type, shape, a), "b": Tiled(data_type, other, b)})

    operator = OPERATORS[name]
    for data_type in types_of(operator):
        yield recipe("long", "Two long vectors", data_type, (LONG,), (LONG,))
    first = types_of(operator)[0]
    for what, about, shape, other in PAIRS:
        yield recipe(what, about, first, shape, other)
    vast = VAST if first is FLOAT32 else VAST_BYTES
    yield recipe("vast", "More than 128 MiB, and a long row", first, vast, vast[1:])


def unary(name: str, fill: Fill, operand: str = "input") -> SizeRecipes:
    """An operator with one operand, in every type, at every rank, and beyond 128 MiB."""

    def recipe(what: str, about: str, data_type: DataType, shape: Shape) -> SizeRecipe:
        return SizeRecipe(operator, what, about, {operand: Tiled(data_type, shape, fill)})

    operator = OPERATORS[name]
    for data_type in types_of(operator):
        yield recipe("long", "A long vector", data_type, (LONG,))
    first = types_of(operator)[0]
    yield recipe("long-rows", "Long rows", first, (3, LONG))
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Rank {rank}", first, shape)
    yield recipe("vast", "More than 128 MiB", first, VAST if first is FLOAT32 else VAST_BYTES)


def _cast() -> SizeRecipes:
    def recipe(what: str, about: str, source: DataType, target: DataType, shape: Shape) -> SizeRecipe:
        return SizeRecipe(Cast, what, about, {"input": Tiled(source, shape, castable(source, target))}, {"data_type": target})

    for source in TYPES:
        for target in TYPES:
            if source is not target:
                yield recipe(f"long-to-{target}", f"A long vector to {target}", source, target, (LONG,))
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Rank {rank}", FLOAT32, INT32, shape)
    yield recipe("vast", "More than 128 MiB", FLOAT32, INT32, VAST)
    yield recipe("vast-narrow", "To a quarter of more than 128 MiB", FLOAT32, UINT8, VAST)
    yield recipe("vast-wide", "From bytes to more than 128 MiB", INT8, FLOAT32, VAST)


def _clamp() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape) -> SizeRecipe:
        return SizeRecipe(Clamp, what, about, {"input": Tiled(data_type, shape, whole(-10, 10))}, {"min_value": 2, "max_value": 5})

    for data_type in TYPES:
        yield recipe("long", "A long vector", data_type, (LONG,))
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Rank {rank}", FLOAT32, shape)
    yield recipe("vast", "More than 128 MiB", FLOAT32, VAST)


def _where() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, *shapes: Shape) -> SizeRecipe:
        names, fills = ("condition", "true_value", "false_value"), (listed(1, 0, 0, 2, 255), anything, anything)
        tensors = [Tiled(t, shape, fill) for t, shape, fill in zip((UINT8, data_type, data_type), shapes, fills, strict=True)]
        return SizeRecipe(Where, what, about, dict(zip(names, tensors, strict=True)))

    for data_type in TYPES:
        yield recipe(f"long-{data_type}", f"Long vectors of {data_type}", data_type, (LONG,), (LONG,), (LONG,))
    yield recipe("row", "A long condition, for each of three rows", FLOAT32, (LONG,), (3, LONG), (3, 1))
    yield recipe("column", "A long column of conditions", FLOAT32, (LONG, 1), (LONG, 3), (3,))
    for rank, shape in DEEP.items():
        about = f"Rank {rank}, operands repeated along every second dimension"
        yield recipe(f"rank-{rank}", about, FLOAT32, shape, halved(shape), shape[1:])
    yield recipe("vast", "More than 128 MiB, a long condition and a long row", FLOAT32, VAST[1:], VAST, VAST[1:])


def recipes() -> SizeRecipes:
    """The cases of this family."""
    for name in (*BINARY, *LOGICAL):
        yield from _binary(name)
    yield from unary("logicalNot", listed(0, 1, 2, 0, 255), "a")
    for name, (fill, _, _) in UNARY.items():
        yield from unary(name, fill)
    for name in ("isNaN", "isInfinite"):
        yield from unary(name, listed(1.5, float("nan"), -2.0, float("inf")), "a")
    yield from _cast()
    yield from _clamp()
    yield from _where()
    for data_type in (FLOAT16, INT8, INT64):
        operands = {"a": Tiled(data_type, (257, LONG), some), "b": Tiled(data_type, (LONG,), some)}
        about = "More elements than 65,535 workgroups of 256 invocations"
        yield SizeRecipe(OPERATORS["add"], "many", about, operands)
