"""Cases for activations. Arguments keep away from where an exact formula and its emulation differ in their last digits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...operator import Operator
from ...operators import OPERATORS
from ...operators.activation import Prelu, Softmax
from ...types import FLOATS, SIGNED, DataType, Shape
from .data import Fill, Tensor, edges, either, full_range, listed, multiples, small, some, uniform, whole
from .elementwise import PAIRS, RANKS
from .recipe import Recipe, Recipes

NAN, INF = math.nan, math.inf
FLOAT32 = DataType.FLOAT32

_NEGATIVE_APART = either((-4, -0.75), (0, 4))
"""Not just below zero, where ``exp(x) - 1`` cancels."""

ORDINARY: Mapping[str, tuple[Fill, str, tuple[float, ...]]] = {
    "elu": (_NEGATIVE_APART, "Zeros, infinities, and numbers far below zero", (0.0, -0.0, INF, -INF, -200, 10)),
    "gelu": (uniform(-1, 4), "Zeros, infinity, and numbers far below zero", (0.0, -0.0, INF, -20, 20, NAN)),
    "hardSigmoid": (uniform(-1, 2.25), "Beyond both ends, and infinities", (-10, 10, INF, -INF, 0.0, 100)),
    "hardSwish": (uniform(-2, 5), "Beyond both ends, and zeros", (-10, 10, 0.0, -0.0, -3, 3, 6, INF)),
    "leakyRelu": (some, "Zeros and infinities", (0.0, -0.0, INF, -INF, -1, 1)),
    "linear": (uniform(0, 4), "NaN and infinities go through", (NAN, INF, -INF, 0.0, 1.0)),
    "relu": (full_range, "Zeros and infinities", (0.0, -0.0, INF, -INF, -1, 1)),
    "sigmoid": (some, "Zero, infinities, NaN, and where it is exactly 0 or 1", (0.0, -0.0, INF, -INF, NAN, 100, -200)),
    "softplus": (uniform(-1, 5), "Infinities, and where exp would overflow or vanish", (INF, -INF, 100, -200, 0.0, 20)),
    "softsign": (some, "Zeros and NaN, and large numbers", (0.0, -0.0, NAN, 1.0, -1.0, 1000)),
    "tanh": (some, "Zeros, infinities, NaN, and where it is exactly -1 or 1", (0.0, -0.0, INF, -INF, NAN, 50, -50)),
}

OPTIONS: Mapping[str, tuple[tuple[str, str, Fill, dict[str, float]], ...]] = {
    "elu": (
        ("alpha", "alpha 2.5", _NEGATIVE_APART, {"alpha": 2.5}),
        ("alpha-negative", "A negative alpha", _NEGATIVE_APART, {"alpha": -0.5}),
        ("alpha-zero", "alpha 0: as relu", _NEGATIVE_APART, {"alpha": 0.0}),
    ),
    "hardSigmoid": (
        ("alpha", "alpha 0.5, beta as it is", uniform(-0.5, 1.5), {"alpha": 0.5}),
        ("beta", "beta 0.25, alpha as it is", uniform(0, 4), {"beta": 0.25}),
        ("alpha-beta", "A negative slope", uniform(-1, 0.5), {"alpha": -0.5, "beta": 0.375}),
        ("beta-beyond", "A beta above 1: every element is 1", uniform(0, 2), {"alpha": 0.25, "beta": 3.0}),
    ),
    "leakyRelu": (
        ("alpha", "alpha 0.25", some, {"alpha": 0.25}),
        ("alpha-zero", "alpha 0: as relu", some, {"alpha": 0.0}),
        ("alpha-negative", "A negative alpha", some, {"alpha": -1.5}),
        ("alpha-above-one", "alpha 3: steeper below zero than above", some, {"alpha": 3.0}),
    ),
    "linear": (
        ("alpha", "alpha 2.5", some, {"alpha": 2.5}),
        ("beta", "beta 3", uniform(0, 4), {"beta": 3.0}),
        ("alpha-beta", "Both", uniform(0, 4), {"alpha": 0.7, "beta": 1.3}),
        ("negative", "A negative slope, with numbers that are exact", multiples(0.25, -8, 8), {"alpha": -1.5, "beta": -0.5}),
        ("alpha-zero", "alpha 0: every element is beta", some, {"alpha": 0.0, "beta": -2.0}),
    ),
}


def _unary(name: str) -> Recipes:
    operator, (fill, about, values) = OPERATORS[name], ORDINARY[name]
    for data_type in operator.operand_limits["input"].types:  # type: ignore[union-attr]
        for shape in RANKS if data_type is FLOAT32 else RANKS[:5:2]:
            yield _of(operator, f"rank-{len(shape)}", f"An operand of rank {len(shape)}", data_type, fill, shape, {})
        if data_type.is_float:
            yield _of(operator, "edges", about, data_type, listed(*values), (len(values),), {})
            for what, about_option, fill_option, options in OPTIONS.get(name, ()):
                yield _of(operator, what, about_option, data_type, fill_option, (3, 5), options)
        else:
            yield _of(operator, "edges", f"The ends of the range of {data_type}", data_type, listed(*edges(data_type)), (4,), {})
    yield _of(operator, "odd-size", "More elements than a vector register holds, and an odd number", FLOAT32, fill, (67,), {})


def _of(operator: type[Operator], what: str, about: str, data_type: DataType, fill: Fill, shape: Shape, options: dict[str, Any]) -> Recipe:
    return Recipe(operator, what, about, {"input": Tensor(data_type, shape, fill)}, options)


def _prelu() -> Recipes:
    for data_type in SIGNED:
        fill = uniform(-4, 4) if data_type.is_float else small
        slope = uniform(-1, 2) if data_type.is_float else whole(-3, 5)
        for what in PAIRS if data_type is FLOAT32 else ("rank-1", "rank-4", "broadcast-row", "broadcast-scalar-b", "broadcast-rank-5"):
            about, shape, other = PAIRS[what]
            about = about.replace("b is", "slope is").replace("of a", "of input").replace("a has", "input has").replace("a is", "input is")
            yield Recipe(Prelu, what, about, {"input": Tensor(data_type, shape, fill), "slope": Tensor(data_type, other, slope)})
        channels = {"input": Tensor(data_type, (2, 3, 2, 2), fill), "slope": Tensor(data_type, (3, 1, 1), slope)}
        yield Recipe(Prelu, "channels", "A slope for each channel of images", channels, constants=("slope",))
    ends = {"input": Tensor(FLOAT32, (5,), listed(INF, -INF, 0.0, -0.0, -2.0)), "slope": Tensor(FLOAT32, (5,), listed(0.5, 0.5, 2, 2, 0))}
    yield Recipe(Prelu, "edges", "Zeros, infinities, and a slope of zero", ends)


def _softmax() -> Recipes:
    shapes: tuple[Shape, ...] = ((7,), (3, 4), (2, 3, 4), (2, 3, 2, 2), (2, 1, 3, 2, 2))
    for data_type in FLOATS:
        for shape in shapes:
            for axis in range(len(shape)):
                about = f"Along axis {axis} of rank {len(shape)}"
                tensor = Tensor(data_type, shape, uniform(-3, 3))
                yield Recipe(Softmax, f"rank-{len(shape)}-axis-{axis}", about, {"input": tensor}, {"axis": axis})
        for what, about, fill, size in (
            ("one-element", "A single element along the axis: exactly 1", some, 1),
            ("equal", "Equal elements share evenly", listed(0.5), 4),
            ("large", "Numbers that exp alone would overflow on", listed(1000, 1000, 998, 999), 4),
            ("apart", "One element outweighs the rest, which become 0", listed(300, -300, -300), 3),
            ("minus-infinity", "An element of minus infinity gets nothing, as in a mask", listed(-INF, 0.5, 1.5, -INF), 4),
            ("prime", "A prime number of elements", uniform(-3, 3), 13),
        ):
            yield Recipe(Softmax, what, about, {"input": Tensor(data_type, (2, size), fill)}, {"axis": 1})


def recipes() -> Recipes:
    """The cases of this family."""
    for name in ORDINARY:
        yield from _unary(name)
    yield from _prelu()
    yield from _softmax()
