"""Normalisations at size, over elements whose mean and variance any order of adding gives exactly."""

from __future__ import annotations

from typing import Any

from ...operators.normalization import BatchNormalization, InstanceNormalization, LayerNormalization
from ...types import FLOATS, DataType, Shape
from ..corpus.data import listed, uniform
from .recipe import DEEP, FLOAT32, LONG, LONGER, LONGEST, VAST, SizeRecipe, SizeRecipes
from .tensors import Tiled

WIDE = listed(-1, 3, -3, 1, 5, -5)
"""Numbers around zero, far from it: most of a row has the mean 0 and the variance 35 / 3."""
APART = listed(0.1, 2.7)
"""Fractions far from their mean, which every sum rounds."""
NEAR = 64
"""What is allowed in ULP where the variance is the square root of a rounded mean."""


def _batch() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, axis: int) -> SizeRecipe:
        names = {"mean": (-1, -0.25), "variance": (0.5, 2), "scale": (0.5, 1.5), "bias": (0.5, 1.5)}
        channels = {name: Tiled(data_type, (shape[axis],), uniform(*ends)) for name, ends in names.items()}
        operands = {"input": Tiled(data_type, shape, uniform(1, 3)), **channels}
        return SizeRecipe(BatchNormalization, what, about, operands, {"axis": axis}, tuple(channels) if axis else ())

    for data_type in FLOATS:
        yield recipe("channels", "More than 65,535 channels", data_type, (1, LONG, 3), 1)
        yield recipe("channels-last", "More than 65,535 channels, the last axis", data_type, (3, LONG), 1)
        yield recipe("batches", "More than 65,535 batches", data_type, (LONG, 3), 1)
        yield recipe("long-image", "Long images", data_type, (1, 3, 1, LONG), 1)
    yield recipe("channels-first", "More than 65,535 channels, the first axis", FLOAT32, (LONG, 3), 0)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Rank {rank}", FLOAT32, shape, rank - 3)
    yield recipe("vast", "More than 128 MiB", FLOAT32, VAST, 1)


def _layer() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, axes: tuple[int, ...], *given: str) -> SizeRecipe:
        fills = {"scale": listed(0.5, 1, 2), "bias": listed(40, -50, 64)}
        own = {name: Tiled(data_type, tuple(shape[axis] for axis in axes), fills[name]) for name in given}
        return SizeRecipe(
            LayerNormalization, what, about, {"input": Tiled(data_type, shape, WIDE, 6), **own}, {"axes": axes}, tuple(own), ulp=NEAR
        )

    both = ("scale", "bias")
    for data_type in FLOATS:
        yield recipe("long-rows", "Along long rows", data_type, (3, LONG), (1,), *both)
        yield recipe("long-columns", "Along long columns", data_type, (LONG, 3), (0,))
        yield recipe("many-rows", "Along more than 65,535 rows", data_type, (LONG, 6), (1,), *both)
    yield recipe("both-ends", "Along the first axis and the last", FLOAT32, (257, 3, 258), (0, 2), *both)
    yield recipe("longer", "Along more than 2**20 elements", FLOAT32, (2, LONGER), (1,), *both)
    yield recipe("longest", "Along more than 2**24 elements", FLOAT32, (1, LONGEST), (1,))
    fractions = {"input": Tiled(FLOAT32, (1, LONGEST), APART, 2)}
    yield SizeRecipe(LayerNormalization, "longest-fractions", "Fractions that every sum rounds", fractions, {"axes": (1,)}, ulp=NEAR)
    for rank, shape in DEEP.items():
        yield recipe(f"rank-{rank}", f"Along two axes of rank {rank}", FLOAT32, shape, (rank - 1, rank - 3), *both)
    yield recipe("vast", "Along the long rows of more than 128 MiB", FLOAT32, VAST, (1,), *both)


def _instance() -> SizeRecipes:
    def recipe(what: str, about: str, data_type: DataType, shape: Shape, given: bool, **options: Any) -> SizeRecipe:
        channels = (shape[3 if options else 1],)
        own = {"scale": Tiled(data_type, channels, listed(0.5, 1, 2)), "bias": Tiled(data_type, channels, listed(40, -50, 64))}
        operands = {"input": Tiled(data_type, shape, WIDE, 6), **(own if given else {})}
        return SizeRecipe(InstanceNormalization, what, about, operands, options, tuple(own) if given else (), ulp=NEAR)

    for data_type in FLOATS:
        yield recipe("image", "An image of hundreds", data_type, (1, 2, 300, 299), True)
        yield recipe("image-nhwc", "An image of hundreds, channels last", data_type, (1, 300, 299, 2), True, layout="nhwc")
        yield recipe("channels", "More than 65,535 channels", data_type, (1, LONG, 2, 3), True)
        yield recipe("batches", "More than 65,535 images", data_type, (LONG, 1, 3, 2), False)
    yield recipe("long-image", "A long image", FLOAT32, (1, 2, 3, LONG), True)
    yield recipe("longer", "An image of more than 2**20 elements", FLOAT32, (1, 2, 1025, 1026), True)
    yield recipe("longest", "An image of more than 2**24 elements", FLOAT32, (1, 1, 4099, 4098), False)
    yield recipe("vast", "More than 128 MiB", FLOAT32, (1, 2, 4099, 4098), True)
    fractions = {"input": Tiled(FLOAT32, (1, 1, 4099, 4098), APART, 2)}
    yield SizeRecipe(InstanceNormalization, "longest-fractions", "Fractions that every sum rounds", fractions, {}, ulp=NEAR)


def recipes() -> SizeRecipes:
    """The cases of this family."""
    yield from _batch()
    yield from _layer()
    yield from _instance()
