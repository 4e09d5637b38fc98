"""Cases for element-wise operators."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ...operator import Operator
from ...operators import OPERATORS
from ...operators.elementwise import Cast, Clamp, Where
from ...types import ANY, FLOATS, DataType, Shape
from .data import Fill, Tensor, anything, edges, either, full_range, listed, positive, some, uniform, whole
from .recipe import Recipe, Recipes

NAN, INF = math.nan, math.inf
FLOAT32, FLOAT16, UINT8 = DataType.FLOAT32, DataType.FLOAT16, DataType.UINT8

RANKS: tuple[Shape, ...] = ((), (7,), (2, 3), (2, 2, 3), (2, 1, 3, 2), (1, 2, 2, 1, 3), (1, 2, 1, 2, 1, 2, 1, 2))
"""A shape of each rank from 0 to 5, and of the largest rank."""

PAIRS: Mapping[str, tuple[str, Shape, Shape]] = {
    **{f"rank-{len(shape)}": (f"Two operands of rank {len(shape)}", shape, shape) for shape in RANKS},
    "one-element": ("Two operands of one element", (1,), (1,)),
    "broadcast-row": ("b is one row, repeated for each row of a", (3, 4), (4,)),
    "broadcast-column": ("b is one column, repeated for each column of a", (3, 4), (3, 1)),
    "broadcast-both": ("Each operand is repeated along a dimension of the other", (3, 1), (1, 5)),
    "broadcast-a": ("a has the lower rank and is repeated", (3,), (2, 1, 3)),
    "broadcast-scalar-a": ("a is a scalar", (), (2, 3)),
    "broadcast-scalar-b": ("b is a scalar", (2, 3), ()),
    "broadcast-rank-5": ("Both ways, between rank 5 and rank 3", (2, 1, 3, 1, 2), (3, 4, 1)),
}
"""The shapes of two operands."""

FEW = ("rank-0", "rank-3", "broadcast-row", "broadcast-both", "broadcast-rank-5")
"""Those for the data types that differ from float32 in nothing but the type."""


def _nonzero(source: object, data_type: DataType, count: int) -> list[int | float]:
    if data_type.is_float:
        return list(either((0.25, 4), (-4, -0.25))(source, data_type, count))  # type: ignore[arg-type]
    return [n or 3 for n in whole(-9, 9)(source, data_type, count)]  # type: ignore[arg-type]


_ORDINARY: Mapping[str, tuple[Fill, Fill]] = {
    "div": (full_range, _nonzero),
    "pow": (uniform(0.25, 3), uniform(-2, 3)),
    **dict.fromkeys(("equal", "notEqual", "greater", "greaterOrEqual", "lesser", "lesserOrEqual"), (some, some)),
    **{name: (listed(0, 1, 0, 2, 255), listed(0, 1, 128)) for name in ("logicalAnd", "logicalOr", "logicalXor")},
}
_INTEGER_POWER = (whole(-3, 3), whole(0, 4))


def ordinary(name: str, data_type: DataType) -> tuple[Fill, Fill]:
    """What fills the two operands of an operator."""
    if name == "pow" and not data_type.is_float:
        return _INTEGER_POWER
    return _ORDINARY.get(name, (full_range, full_range))


_COMPARED_FLOATS = ([NAN, NAN, 1.0, 0.0, -0.0, INF, INF, -INF, 2.0, 1.5], [NAN, 1.0, NAN, -0.0, 0.0, INF, 1.0, INF, 2.0, -1.5])
_EDGES: Mapping[str, tuple[str, list[float], list[float]]] = {
    "add": (
        "NaN and infinities go through, opposite infinities make NaN, and what is too large overflows",
        [NAN, 1, INF, INF, -INF, 0, -1.5, INF],
        [1, NAN, 1, -INF, -INF, -0.0, 1.5, INF],
    ),
    "sub": ("NaN and infinities go through, and equal infinities make NaN", [NAN, 1, INF, INF, -INF, 2.5], [1, NAN, 1, INF, INF, 2.5]),
    "mul": (
        "NaN and infinities go through, and zero times infinity makes NaN",
        [NAN, 1, INF, INF, -INF, 0, 3],
        [1, NAN, -2, 0, -INF, -3, -0.0],
    ),
    "div": (
        "A divisor of zero makes an infinity, zero by zero makes NaN",
        [1, -1, 0, INF, 1, NAN, INF, -6],
        [0, 0, 0, INF, INF, 1, -2, 4],
    ),
    "max": ("Infinities win or lose", [INF, -INF, 1, -INF], [1, 1, -INF, -INF]),
    "min": ("Infinities win or lose", [INF, -INF, 1, INF], [1, 1, -INF, INF]),
    "pow": (
        "Powers of zero, of one and of negative numbers; roots of negative ones make NaN",
        [0, 0, 5, -2, -2, -3, -1.5, 4, INF, 2, 0.5],
        [2, 0, 0, 3, 2, 1, 0.5, 0.5, 2, -1, INF],
    ),
}
_EDGES_OF_COMPARISONS = "NaN is equal to nothing and not above or below anything; zeros are equal whatever their sign"


def _edge_recipe(operator: type[Operator], data_type: DataType) -> Recipe | None:
    name = operator.name
    if data_type.is_float:
        compares = _ORDINARY.get(name, (None,))[0] is some
        about, a, b = (_EDGES_OF_COMPARISONS, *_COMPARED_FLOATS) if compares else _EDGES[name]
        operands = {"a": Tensor(data_type, (len(a),), listed(*a)), "b": Tensor(data_type, (len(b),), listed(*b))}
        return Recipe(operator, "edges", about, operands)
    if name in ("div", "pow"):
        return None  # what is left of their edges is implementation-defined
    low, high = int(data_type.minimum), int(data_type.maximum)
    pairs = [(low, low), (high, high), (low, high), (high, low), (high, 1), (low, 1), (0, low), (high, high - 1), (high - 1, high)]
    first, second = (listed(*column) for column in zip(*pairs, strict=True))
    operands = {"a": Tensor(data_type, (len(pairs),), first), "b": Tensor(data_type, (len(pairs),), second)}
    wraps = name in ("add", "sub", "mul")
    return Recipe(operator, "edges", f"The ends of the range of {data_type}" + (", where results wrap" if wraps else ""), operands)


BINARY = ("add", "sub", "mul", "div", "max", "min", "pow", "equal", "notEqual", "greater", "greaterOrEqual", "lesser", "lesserOrEqual")
LOGICAL = ("logicalAnd", "logicalOr", "logicalXor")


def _binary(name: str) -> Recipes:
    operator = OPERATORS[name]
    for data_type in ANY:
        a, b = ordinary(name, data_type)
        for what in PAIRS if data_type is FLOAT32 else FEW:
            about, shape, other = PAIRS[what]
            yield Recipe(operator, what, about, {"a": Tensor(data_type, shape, a), "b": Tensor(data_type, other, b)})
        if edge := _edge_recipe(operator, data_type):
            yield edge
    operands = {"a": Tensor(FLOAT32, (2, 3), a := ordinary(name, FLOAT32)[0]), "b": Tensor(FLOAT32, (3,), ordinary(name, FLOAT32)[1])}
    yield Recipe(operator, "constant-b", "b is a constant of the graph", operands, constants=("b",))
    yield Recipe(operator, "constant-a", "a is a constant of the graph", {"a": Tensor(FLOAT32, (1, 3), a), "b": operands["b"]}, {}, ("a",))
    wide = {"a": Tensor(FLOAT32, (2, 67), a), "b": Tensor(FLOAT32, (67,), ordinary(name, FLOAT32)[1])}
    yield Recipe(operator, "odd-size", "More elements than a vector register holds, and an odd number of them", wide)


def _logical(name: str) -> Recipes:
    a, b = ordinary(name, UINT8)
    for what, (about, shape, other) in PAIRS.items():
        yield Recipe(OPERATORS[name], what, about, {"a": Tensor(UINT8, shape, a), "b": Tensor(UINT8, other, b)})
    yield Recipe(
        OPERATORS[name],
        "truth-table",
        "Every pair of truth values; every value but 0 is true",
        {"a": Tensor(UINT8, (6,), listed(0, 0, 1, 1, 2, 255)), "b": Tensor(UINT8, (6,), listed(0, 1, 0, 1, 128, 0))},
    )


_EXACT_EDGES = (0.0, -0.0, INF, -INF, 0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 3.4990234375, -3.5, 1024.5, 2047.0, -7.25)
UNARY: Mapping[str, tuple[Fill, str, tuple[float, ...]]] = {
    "abs": (full_range, "NaN, infinities and zeros, whose sign goes", (NAN, INF, -INF, 0.0, -0.0, -1.5)),
    "ceil": (some, "Halves, whole numbers, infinities and NaN", (NAN, *_EXACT_EDGES)),
    "cos": (
        uniform(-6, 6),
        "NaN, zeros, multiples of pi and arguments of many turns",
        (NAN, 0.0, -0.0, math.pi, -math.pi / 2, 1000.0, 1e6, -1e10, 3e38),
    ),
    "erf": (uniform(-3, 3), "NaN, infinities and the tails", (NAN, INF, -INF, 0.0, -0.0, 6, -6)),
    "exp": (uniform(-6, 6), "NaN, infinities, overflow to infinity and underflow to zero", (NAN, INF, -INF, 0.0, -0.0, 100, -200, 1)),
    "floor": (some, "Halves, whole numbers, infinities and NaN", (NAN, *_EXACT_EDGES)),
    "identity": (anything, "NaN, infinities and signed zeros stay what they are", (NAN, INF, -INF, 0.0, -0.0, 1.0)),
    "log": (either((0.125, 0.75), (1.5, 60)), "Zero, one, infinity, NaN, and numbers below zero", (NAN, INF, 0.0, -0.0, -1.0, -INF, 1.0)),
    "neg": (full_range, "NaN, infinities and zeros, whose sign turns", (NAN, INF, -INF, 0.0, -0.0, 1.5)),
    "reciprocal": (either((0.125, 8), (-8, -0.125)), "Zeros, infinities and NaN", (NAN, INF, -INF, 0.0, -0.0, 4.0, -0.5)),
    "roundEven": (some, "Halves go to the even neighbour; infinities and NaN", (NAN, *_EXACT_EDGES)),
    "sign": (full_range, "Infinities, zeros and numbers close to zero", (INF, -INF, 0.0, -0.0, 0.001, -0.001)),
    "sin": (
        uniform(-6, 6),
        "NaN, zeros, multiples of pi and arguments of many turns",
        (NAN, 0.0, -0.0, math.pi, -math.pi / 2, 1000.0, 1e6, -1e10, 3e38),
    ),
    "sqrt": (uniform(0, 100), "Zeros, infinity, NaN, and numbers below zero", (NAN, INF, 0.0, -0.0, -1.0, 4.0, 2.25)),
    "tan": (uniform(-1.2, 1.2), "NaN, zeros and arguments of many turns", (NAN, 0.0, -0.0, 0.75, 1000.0, 1e6, -1e10, 3e38)),
}


def _unary(name: str) -> Recipes:
    operator, (fill, about, values) = OPERATORS[name], UNARY[name]
    for data_type in operator.operand_limits["input"].types:  # type: ignore[union-attr]
        for shape in RANKS if data_type is FLOAT32 else RANKS[:5:2]:
            yield Recipe(operator, f"rank-{len(shape)}", f"An operand of rank {len(shape)}", {"input": Tensor(data_type, shape, fill)})
        if data_type.is_float:
            yield Recipe(operator, "edges", about, {"input": Tensor(data_type, (len(values),), listed(*values))})
        else:
            ends = edges(data_type)
            yield Recipe(operator, "edges", f"The ends of the range of {data_type}", {"input": Tensor(data_type, (4,), listed(*ends))})
    yield Recipe(
        operator, "odd-size", "More elements than a vector register holds, and an odd number", {"input": Tensor(FLOAT32, (67,), fill)}
    )
    yield Recipe(operator, "one-element", "A single element", {"input": Tensor(FLOAT32, (1,), fill)})


def _classification(name: str) -> Recipes:
    for data_type in FLOATS:
        for shape in RANKS:
            operand = {"a": Tensor(data_type, shape, listed(1.5, NAN, -2.0, INF))}
            yield Recipe(OPERATORS[name], f"rank-{len(shape)}", f"An operand of rank {len(shape)}", operand)
        values = edges(data_type)
        operand = {"a": Tensor(data_type, (len(values),), listed(*values))}
        yield Recipe(OPERATORS[name], "edges", "NaN, infinities, zeros and the largest finite numbers", operand)


def _logical_not() -> Recipes:
    for shape in RANKS:
        operand = {"a": Tensor(UINT8, shape, listed(0, 1, 2, 0, 255))}
        yield Recipe(OPERATORS["logicalNot"], f"rank-{len(shape)}", f"An operand of rank {len(shape)}", operand)
    operand = {"a": Tensor(UINT8, (5,), listed(0, 1, 2, 128, 255))}
    yield Recipe(OPERATORS["logicalNot"], "truth-table", "Every value but 0 is true", operand)


def castable(source: DataType, target: DataType) -> Fill:
    """Values whose cast is defined: in the range of an integer that a float is cast to."""
    if source.is_float and not target.is_float:
        low = max(int(target.minimum), -500)
        fractions = (0.0, -0.0, 1.0, 1.5, 2.75, 99.9375, min(int(target.maximum), 500))
        return listed(*fractions, *((low, -1.5, -0.75, -99.9375) if target.is_signed else (0.875, 7.5, 3.125)))
    if source.is_float:
        return listed(NAN, INF, -INF, 0.0, -0.0, 1.5, -2.75, 1.0009765625, 1.00048828125, 1.00146484375, 65504, 70000, -1e-4, 3e38)
    low, high = int(source.minimum), int(source.maximum)
    wide = (low, high, 0, 1, 127, high // 2, low // 2, *((-1, -128) if source.is_signed else (128, 255)))
    return listed(*wide, *((16777217, 16777219, 2049, 65519) if source.bits > 16 else ()))


def _cast() -> Recipes:
    for source in ANY:
        for target in ANY:
            fill = castable(source, target)
            size = 14 if source.is_float and target.is_float else 13 if source.bits > 16 else 11
            about = f"From {source} to {target}" + (
                ", cut towards zero" if source.is_float and not target.is_float else ", rounded" if target.is_float else ", low bits kept"
            )
            yield Recipe(Cast, f"to-{target}", about, {"input": Tensor(source, (size,), fill)}, {"data_type": target})
    for shape in RANKS:
        tensor = Tensor(FLOAT32, shape, uniform(-100, 100))
        yield Recipe(Cast, f"rank-{len(shape)}", f"An operand of rank {len(shape)}", {"input": tensor}, {"data_type": DataType.INT32})


def _clamp() -> Recipes:
    def recipe(what: str, about: str, data_type: DataType, fill: Fill = some, shape: Shape = (3, 4), **options: float) -> Recipe:
        return Recipe(Clamp, what, about, {"input": Tensor(data_type, shape, fill)}, options)

    for data_type in ANY:
        low = -2 if data_type.is_signed else 2
        fill = whole(-10, 10)
        yield recipe("both", "Between two bounds", data_type, fill, min_value=low, max_value=5)
        yield recipe("min", "A lower bound alone", data_type, fill, min_value=low)
        yield recipe("max", "An upper bound alone", data_type, fill, max_value=3)
        yield recipe("none", "No bounds: nothing is changed", data_type, full_range)
        yield recipe("equal", "Equal bounds: every element becomes the bound", data_type, fill, min_value=3, max_value=3)
        yield recipe("beyond", "Bounds beyond the range of the type", data_type, full_range, min_value=-1e30, max_value=1e30)
        yield recipe("infinite", "Infinite bounds", data_type, full_range, min_value=-INF, max_value=INF)
        if not data_type.is_float:
            yield recipe("rounded", "Bounds with fractions, rounded to even", data_type, fill, min_value=1.5, max_value=4.5)
            high = int(data_type.maximum)
            ends = listed(*edges(data_type), high - 1)
            yield recipe("edges", "The ends of the range", data_type, ends, (5,), min_value=1, max_value=high - 1)
        else:
            yield recipe("fractions", "Bounds with fractions", data_type, some, min_value=-1.25, max_value=0.3)
            yield recipe(
                "edges", "Infinities are brought to the bounds", data_type, listed(INF, -INF, 0.5), (3,), min_value=-1, max_value=1
            )
            yield recipe("relu1", "From -1 to 1", data_type, some, min_value=-1, max_value=1)
            yield recipe("relu6", "From 0 to 6", data_type, uniform(-8, 8), min_value=0, max_value=6)
    for shape in RANKS:
        yield recipe(f"rank-{len(shape)}", f"An operand of rank {len(shape)}", FLOAT32, some, shape, min_value=-1, max_value=2)


_SELECTED: Mapping[str, tuple[str, Shape, Shape, Shape]] = {
    **{f"rank-{len(shape)}": (f"Three operands of rank {len(shape)}", shape, shape, shape) for shape in RANKS},
    "broadcast-condition": ("The condition is one row", (3,), (2, 3), (2, 3)),
    "broadcast-values": ("The values are scalars", (2, 3), (), ()),
    "broadcast-all": ("Each operand is repeated along dimensions of the others", (2, 1, 1), (3, 1), (1, 1, 1, 4)),
    "broadcast-false": ("One value for all that is false", (4,), (4,), (1,)),
}


def _where() -> Recipes:
    for data_type in ANY:
        for what in _SELECTED if data_type is FLOAT32 else ("rank-2", "rank-4", "broadcast-all"):
            about, *shapes = _SELECTED[what]
            fills = (listed(1, 0, 0, 2, 255), anything, anything)
            types = (UINT8, data_type, data_type)
            names = ("condition", "true_value", "false_value")
            operands = {n: Tensor(t, s, f) for n, t, s, f in zip(names, types, shapes, fills, strict=True)}
            yield Recipe(Where, what if data_type is FLOAT32 else f"{what}-{data_type}", f"{about}, of {data_type}", operands)


def recipes() -> Recipes:
    """The cases of this family."""
    for name in BINARY:
        yield from _binary(name)
    for name in LOGICAL:
        yield from _logical(name)
    yield from _logical_not()
    for name in UNARY:
        yield from _unary(name)
    for name in ("isNaN", "isInfinite"):
        yield from _classification(name)
    yield from _cast()
    yield from _clamp()
    yield from _where()
    power = {"a": Tensor(FLOAT32, (2, 3), positive), "b": Tensor(FLOAT32, (), listed(2))}
    yield Recipe(OPERATORS["pow"], "square", "A scalar exponent of 2", power, constants=("b",))
    yield Recipe(OPERATORS["pow"], "root", "A scalar exponent of one half", {**power, "b": Tensor(FLOAT32, (), listed(0.5))}, {}, ("b",))
