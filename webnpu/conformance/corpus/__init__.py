"""The corpus: the cases that prove an implementation, made from the operators' classes, the same on every machine.

What WebNN leaves to the implementation is not tested as if it were fixed: integer division by zero, casts of floats
out of range, NaN in minima and maxima, several updates of one place, arithmetic on subnormals.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...operators import OPERATORS
from ..cases import Case
from . import (
    activation,
    convolution,
    elementwise,
    graphs,
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

GRAPHS = "_graphs"
"""What stands for the operator in cases of several."""


def corpus() -> dict[str, list[Case]]:
    """All cases, by operator."""
    cases: dict[str, list[Case]] = {name: [] for name in (*OPERATORS, GRAPHS)}
    seen: set[str] = set()
    for case in _all():
        if case.id in seen:
            raise ValueError(f"two cases are called {case.id}")
        seen.add(case.id)
        cases[case.operator].append(case)
    return cases


def _all() -> Iterator[Case]:
    for family in FAMILIES:
        for recipe in family.recipes():
            yield recipe.case()
    yield from graphs.cases()
