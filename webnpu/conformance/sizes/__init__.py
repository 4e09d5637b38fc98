"""A corpus of sizes: every operator past every limit that an implementation may have, made from seeds and not stored.

Small tensors prove what is computed; these prove that it is computed to the last element: past what 16 bits count,
past what a device binds at once or starts at once, over sums of millions of terms and windows of hundreds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from ...agreement import Bound
from ...graph import Graph
from ...graph_file import to_document
from ...reference import ReferenceProgram
from ...types import Array
from . import (
    activation,
    convolution,
    elementwise,
    indexing,
    linear_algebra,
    movement,
    normalization,
    pooling,
    quantization,
    recurrent,
    reduction,
    resampling,
)
from .limits import LIMITS
from .recipe import SizeRecipe, bound_at_size, bytes_of

__all__ = ["FAMILIES", "LIMITS", "SizeCase", "SizeRecipe", "bound_at_size", "memory", "recipes", "sample", "size_cases"]

FAMILIES = (
    elementwise,
    activation,
    convolution,
    pooling,
    reduction,
    normalization,
    linear_algebra,
    recurrent,
    movement,
    indexing,
    quantization,
    resampling,
)
"""The modules that hold the recipes, named as the families of operators."""


@cache
def recipes() -> Mapping[str, SizeRecipe]:
    """All recipes, by id."""
    found: dict[str, SizeRecipe] = {}
    for family in FAMILIES:
        for recipe in family.recipes():
            if recipe.id in found:
                raise ValueError(f"two cases are called {recipe.id}")
            found[recipe.id] = recipe
    return found


@dataclass(frozen=True)
class SizeCase:
    """A case that is made when its turn comes, and whose arrays are dropped once it is judged."""

    id: str

    def __reduce__(self) -> tuple[type[SizeCase], tuple[str]]:
        """It goes to a worker by name alone."""
        return SizeCase, (self.id,)

    @cached_property
    def outline(self) -> Graph:
        """The graph, constants and all being inputs, without an element."""
        return self.recipe.outline()

    @property
    def recipe(self) -> SizeRecipe:
        """What it is made from."""
        return recipes()[self.id]

    @property
    def operator(self) -> str:
        return self.recipe.operator.name

    @property
    def type(self) -> str:
        return self.recipe.type

    @property
    def document(self) -> dict[str, Any]:
        """The graph, see `webnpu.graph_file`; constants are inputs in it."""
        return to_document(self.outline)

    @cached_property
    def past(self) -> frozenset[str]:
        """The names of the limits that it goes past."""
        (operator,) = self.outline.operators
        return frozenset(name for name, limit in LIMITS.items() if limit.concerns(type(operator)) and limit.past(operator))

    @cached_property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return bytes_of(self.outline)

    def made(self) -> tuple[Graph, dict[str, Array]]:
        """The graph, and an array for each of its inputs."""
        return self.recipe.graph()

    def expected(self, graph: Graph, inputs: Mapping[str, Array]) -> Iterator[tuple[str, Array, Bound]]:
        """For each output its name, its elements as the reference computes them, and how far an implementation may be off."""
        with np.errstate(all="ignore"):
            outputs = ReferenceProgram(graph).run(inputs)
        for name, operand in graph.outputs.items():
            if operand.operator is not None:
                yield name, outputs.pop(name), self.recipe.bound(operand.operator, operand.data_type)


def memory() -> int:
    """The bytes of memory that this machine has to give, or has at all where it does not say what is free."""
    if not hasattr(os, "sysconf"):
        return 2**33
    pages = os.sysconf("SC_AVPHYS_PAGES" if "SC_AVPHYS_PAGES" in os.sysconf_names else "SC_PHYS_PAGES")
    return pages * os.sysconf("SC_PAGE_SIZE")


@cache
def size_cases() -> tuple[SizeCase, ...]:
    """All cases, operator by operator."""
    return tuple(SizeCase(id) for id in recipes())


SAMPLED = ("dimension", "axis-16", "window", "steps", "operands", "rank-8")
"""The limits that the sample goes past: those that a small tensor can."""


def sample() -> list[SizeCase]:
    """A part that takes a minute or two: of each operator, the smallest case past each of some limits; and a long sum."""
    chosen = {"reduceSum/float32/ones": SizeCase("reduceSum/float32/ones")}
    smallest: dict[tuple[str, str], SizeCase] = {}
    for case in size_cases():
        for name in case.past & set(SAMPLED):
            known = smallest.setdefault((case.operator, name), case)
            if case.type == known.type and case.bytes < known.bytes:
                smallest[case.operator, name] = case
    chosen.update((case.id, case) for case in smallest.values())
    return [case for case in size_cases() if case.id in chosen]
