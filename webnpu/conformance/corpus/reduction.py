"""Cases for reductions, positions of extremes, and running sums."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...operator import Operator
from ...operators import OPERATORS
from ...operators.reduction import ArgMax, ArgMin, CumulativeSum
from ...types import ANY, FLOATS, DataType, Shape
from .data import Fill, Tensor, distinct, edges, full_range, listed, positive, small, uniform, whole
from .recipe import Recipe, Recipes

FLOAT32 = DataType.FLOAT32
INF = math.inf

FORMS: Mapping[str, tuple[str, Shape, dict[str, Any]]] = {
    "all": ("Over all dimensions by default", (2, 3, 4), {}),
    "all-kept": ("Over all dimensions, which stay with size 1", (2, 3), {"keep_dimensions": True}),
    "scalar": ("A scalar", (), {}),
    "scalar-no-axes": ("A scalar, over no axes", (), {"axes": []}),
    "rank-1": ("A vector to a scalar", (7,), {"axes": [0]}),
    "rank-1-kept": ("A vector to one element", (7,), {"axes": [0], "keep_dimensions": True}),
    "no-axes": ("Over no axes: the function alone is applied", (2, 3), {"axes": []}),
    "first": ("Over the first axis", (3, 4), {"axes": [0]}),
    "last": ("Over the last axis", (3, 4), {"axes": [1], "keep_dimensions": False}),
    "middle": ("Over the middle axis", (2, 3, 2), {"axes": [1]}),
    "middle-kept": ("Over the middle axis, which stays", (2, 3, 2), {"axes": [1], "keep_dimensions": True}),
    "apart": ("Over two axes that do not touch, in descending order", (2, 3, 2, 2), {"axes": [2, 0]}),
    "apart-kept": ("Over two axes that do not touch, which stay", (2, 3, 2, 2), {"axes": [0, 2], "keep_dimensions": True}),
    "image": ("Over height and width", (1, 2, 3, 3), {"axes": [2, 3]}),
    "rank-5": ("Over three of five axes", (2, 1, 2, 2, 2), {"axes": [1, 3, 4]}),
    "one-element": ("Over axes of one element", (1, 1, 3), {"axes": [0, 1]}),
    "prime": ("Over 31 elements", (2, 31), {"axes": [1]}),
    "rank-8": ("Over four of eight axes", (1, 2, 1, 2, 1, 2, 1, 2), {"axes": [1, 2, 5, 6]}),
}
"""Shapes and options, and what they are about."""
FEW = ("all", "first", "last", "apart-kept", "no-axes")
"""Those for the data types that differ from float32 in nothing but the type."""

FILLS: Mapping[str, tuple[Fill, Fill]] = {
    "reduceL1": (uniform(-4, 4), small),
    "reduceL2": (uniform(-4, 4), small),
    "reduceLogSum": (uniform(2, 6), whole(2, 5)),
    "reduceLogSumExp": (uniform(0.5, 3), whole(1, 3)),
    "reduceMax": (uniform(-8, 8), full_range),
    "reduceMean": (positive, small),
    "reduceMin": (uniform(-8, 8), full_range),
    "reduceProduct": (uniform(0.75, 1.25), listed(1, -2, 1, 1, 2, -1, 1)),
    "reduceSum": (positive, small),
    "reduceSumSquare": (uniform(-4, 4), small),
}
"""Numbers with fractions, and whole ones, that the operator loses no digits of."""


def _unsigned(fill: Fill, data_type: DataType) -> Fill:
    return fill if data_type.is_signed else lambda source, kind, count: [abs(int(n)) for n in fill(source, kind, count)]


def _reduction(name: str) -> Recipes:
    operator, (fractions, integers) = OPERATORS[name], FILLS[name]
    for data_type in operator.operand_limits["input"].types:  # type: ignore[union-attr]
        for what in FORMS if data_type is FLOAT32 else FEW:
            about, shape, options = FORMS[what]
            fill = fractions if data_type.is_float else _unsigned(integers, data_type)
            yield Recipe(operator, what, about, {"input": Tensor(data_type, shape, fill)}, options)
    if name not in ("reduceLogSum", "reduceLogSumExp"):
        for data_type in FLOATS:
            operand = {"input": Tensor(data_type, (3, 7), small if integers is full_range else integers)}
            yield Recipe(operator, "signed", "Whole numbers of both signs", operand, {"axes": [1]})


def _edges() -> Recipes:
    for name in ("reduceMax", "reduceMin"):
        for data_type in ANY:
            ends = [value for value in edges(data_type) if not math.isnan(value)]
            operand = {"input": Tensor(data_type, (4, 2), listed(*ends))}
            yield Recipe(OPERATORS[name], "edges", "The ends of the range", operand, {"axes": [1]})
        negative = {"input": Tensor(FLOAT32, (2, 5), uniform(-9, -1))}
        yield Recipe(OPERATORS[name], "negative", "All elements negative", negative, {"axes": [1]})
    for name in ("reduceSum", "reduceMean", "reduceL1", "reduceL2", "reduceSumSquare"):
        operand = {"input": Tensor(FLOAT32, (3, 2), listed(INF, 1, math.nan, 1, 2, 2))}
        yield Recipe(OPERATORS[name], "edges", "An infinity and a NaN each spoil their own row", operand, {"axes": [1]})
        zeros = {"input": Tensor(FLOAT32, (2, 3), listed(0))}
        yield Recipe(OPERATORS[name], "zeros", "Zeros alone", zeros)
    for name in ("reduceSum", "reduceSumSquare", "reduceProduct"):
        for data_type in (DataType.INT32, DataType.UINT32, DataType.INT64, DataType.UINT64):
            operand = {"input": Tensor(data_type, (2, 3), listed(int(data_type.maximum), 2, 3, int(data_type.maximum) - 1, 3, 7))}
            yield Recipe(OPERATORS[name], "wraps", "Results beyond the range wrap", operand, {"axes": [1]})
    logarithm = {"input": Tensor(FLOAT32, (3, 2), listed(0, 0, 0.5, 0.5, INF, 1))}
    yield Recipe(OPERATORS["reduceLogSum"], "edges", "The logarithms of zero, one and infinity", logarithm, {"axes": [1]})
    product = {"input": Tensor(FLOAT32, (3, 2), listed(0, 5, -3, 0.5, INF, 2))}
    yield Recipe(OPERATORS["reduceProduct"], "edges", "A zero, and an infinity", product, {"axes": [1]})


def _positions(operator: type[Operator]) -> Recipes:
    forms: tuple[tuple[str, str, Shape, dict[str, Any]], ...] = (
        ("rank-1", "A vector", (7,), {"axis": 0}),
        ("first", "Along the first axis", (3, 4), {"axis": 0}),
        ("last", "Along the last axis", (3, 4), {"axis": 1, "keep_dimensions": False}),
        ("middle-kept", "Along the middle axis, which stays", (2, 3, 2), {"axis": 1, "keep_dimensions": True}),
        ("int32", "Positions as int32", (2, 5), {"axis": 1, "output_data_type": "int32"}),
        ("int64", "Positions as int64", (2, 5), {"axis": 1, "output_data_type": "int64"}),
        ("rank-4", "Along the channels of images", (2, 3, 2, 2), {"axis": 1}),
        ("rank-5", "Along the last of five axes", (1, 2, 2, 2, 3), {"axis": 4, "keep_dimensions": True}),
        ("one-element", "Along an axis of one element", (3, 1), {"axis": 1}),
        ("rank-1-kept", "A vector to one element", (5,), {"axis": 0, "keep_dimensions": True}),
    )
    for data_type in ANY:
        for what, about, shape, options in forms if data_type in (*FLOATS, DataType.INT32) else forms[1:6:2]:
            yield Recipe(operator, what, about, {"input": Tensor(data_type, shape, distinct)}, options)
        ends = [value for value in edges(data_type) if not math.isnan(value) and (value != 0 or not data_type.is_float)]
        operand = {"input": Tensor(data_type, (4,), listed(*ends))}
        yield Recipe(operator, "edges", "The ends of the range", operand, {"axis": 0})
    close = {"input": Tensor(DataType.INT64, (3,), listed(2**53, 2**53 + 1, 2**53 - 1))}
    yield Recipe(operator, "close", "Neighbours that a double cannot tell apart", close, {"axis": 0})


def _cumulative_sum() -> Recipes:
    forms: tuple[tuple[str, str, Shape, dict[str, Any]], ...] = (
        ("plain", "A vector", (7,), {"axis": 0}),
        ("exclusive", "Without the element at its own place", (7,), {"axis": 0, "exclusive": True}),
        ("reversed", "From the end", (7,), {"axis": 0, "reversed": True}),
        (
            "exclusive-reversed",
            "From the end, without the element at its own place",
            (7,),
            {"axis": 0, "exclusive": True, "reversed": True},
        ),
        ("first", "Along the first axis", (3, 4), {"axis": 0, "exclusive": False, "reversed": False}),
        ("last", "Along the last axis", (3, 4), {"axis": 1}),
        ("middle", "Along the middle axis, from the end", (2, 3, 2), {"axis": 1, "reversed": True}),
        ("rank-4", "Along the channels of images", (2, 3, 2, 2), {"axis": 1, "exclusive": True}),
        ("rank-5", "Along the last of five axes", (1, 2, 2, 1, 4), {"axis": 4}),
        ("one-element", "Along an axis of one element", (3, 1), {"axis": 1}),
        ("one-element-exclusive", "Along an axis of one element, without it: zeros", (3, 1), {"axis": 1, "exclusive": True}),
        ("prime", "Along 31 elements", (31,), {"axis": 0}),
    )
    for data_type in CumulativeSum.operand_limits["input"].types:  # type: ignore[union-attr]
        for what, about, shape, options in forms:
            yield Recipe(CumulativeSum, what, about, {"input": Tensor(data_type, shape, small)}, options)
        if data_type.is_float:
            yield Recipe(CumulativeSum, "positive", "Fractions", {"input": Tensor(data_type, (2, 5), positive)}, {"axis": 1})
        else:
            yield Recipe(CumulativeSum, "wraps", "Sums beyond the range wrap", {"input": Tensor(data_type, (6,), full_range)}, {"axis": 0})


def recipes() -> Recipes:
    """The cases of this family."""
    for name in FILLS:
        yield from _reduction(name)
    yield from _edges()
    yield from _positions(ArgMin)
    yield from _positions(ArgMax)
    yield from _cumulative_sum()
