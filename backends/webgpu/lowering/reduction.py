"""Reductions along axes, the positions of extremes, and running sums: each a kernel over rows.

A row is what is reduced to one element. Floats are summed in pairs of float32, so that the order hardly matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from webnpu.operators import reduction as operators
from webnpu.types import DataType, Shape

from ..formats import FORMATS
from ..literals import kind_of, literal
from ..plan import View
from ..planner import Planner, lowers
from ..views import axes_view

_FEW = 64
"""Rows of so many elements are reduced by one invocation each."""
_LANES, _ALONE = 4, 16
"""Fewer rows do not fill the vectors of a CPU; and the rows that a workgroup takes where each invocation has one of its own."""
_MANY = 256
"""Rows of more elements are reduced by larger workgroups."""


def row_constants(rows: int, size: int) -> dict[str, int]:
    """The constants of a kernel that takes a workgroup for each row."""
    return {"ROWS": rows, "SIZE": size, "WORKGROUP": 256} if size > _MANY else {"ROWS": rows, "SIZE": size}


def row_kernel(name: str, rows: int, size: int, plan: Planner) -> tuple[str, dict[str, int]]:
    """The kernel that takes a workgroup for each row, and its constants; or one invocation, where there is nothing to share."""
    if plan.limits.workgroup_memory or rows < _LANES:
        return name, row_constants(rows, size)
    return f"{name}_rows", {"ROWS": rows, "SIZE": size, "WORKGROUP": _ALONE}


def row_views(shape: Shape, axes: tuple[int, ...]) -> tuple[int, int, dict[str, View]]:
    """How many rows there are when axes are reduced, their size, and the views of rows and of the items in them."""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    views = {"row": axes_view(shape, kept), "item": axes_view(shape, sorted(axes))}
    return prod(shape[axis] for axis in kept), prod(shape[axis] for axis in axes), views


@dataclass(frozen=True)
class Sum:
    """The hooks of a reduction: the type that it runs in, and its expressions."""

    type: str
    start: str
    include: str
    combine: str
    result: str


_PAIR = "vec2<f32>"
_X = "vec2<f32>(x, 0.0)"


def _pairs(include: str = f"add_pair(sum, {_X})", result: str = "single(sum)") -> Sum:
    return Sum(_PAIR, "vec2<f32>(0.0, 0.0)", include, "add_pair(a, b)", result)


_FLOATS = {
    "reduceSum": _pairs(),
    "reduceL1": _pairs("add_pair(sum, vec2<f32>(abs_float(x), 0.0))"),
    "reduceSumSquare": _pairs("add_product(sum, x, x)"),
    "reduceL2": _pairs("add_product(sum, x, x)", "single(sqrt_pair(sum))"),
    "reduceMean": _pairs(result="single(div_pair(sum, vec2<f32>(cast_uint32_float(SIZE), 0.0)))"),
    "reduceLogSum": _pairs(result="log_of_pair(sum)"),
    "reduceProduct": Sum("Product", "unit()", "include_factor(sum, x)", "combine_products(a, b)", "product_of(sum)"),
    "reduceMax": Sum("f32", "number(0xff800000u)", "max_float(sum, x)", "max_float(a, b)", "sum"),
    "reduceMin": Sum("f32", "number(0x7f800000u)", "min_float(sum, x)", "min_float(a, b)", "sum"),
}
_INTEGERS = {
    "reduceSum": ("0", "add_{kind}(sum, x)", "add_{kind}(a, b)"),
    "reduceL1": ("0", "add_{kind}(sum, abs_{kind}(x))", "add_{kind}(a, b)"),
    "reduceSumSquare": ("0", "add_{kind}(sum, mul_{kind}(x, x))", "add_{kind}(a, b)"),
    "reduceProduct": ("1", "mul_{kind}(sum, x)", "mul_{kind}(a, b)"),
    "reduceMax": ("minimum", "max_{kind}(sum, x)", "max_{kind}(a, b)"),
    "reduceMin": ("maximum", "min_{kind}(sum, x)", "min_{kind}(a, b)"),
}


def summation(name: str, data_type: DataType) -> Sum:
    """The hooks of a reduction by its operator's name, in a data type."""
    if data_type.is_float:
        return _FLOATS[name]
    start, include, combine = _INTEGERS[name]
    number = int(start) if start.isdigit() else getattr(data_type, start)
    kind = kind_of(data_type)
    return Sum(FORMATS[data_type].value, literal(number, data_type), include.format(kind=kind), combine.format(kind=kind), "sum")


@lowers(
    operators.ReduceL1,
    operators.ReduceL2,
    operators.ReduceLogSum,
    operators.ReduceMax,
    operators.ReduceMean,
    operators.ReduceMin,
    operators.ReduceProduct,
    operators.ReduceSum,
    operators.ReduceSumSquare,
)
def reduce(op: Any, plan: Planner) -> None:
    rows, size, views = row_views(op.input.shape, op.resolved_axes)
    hooks = summation(op.name, op.input.data_type)
    few = size <= _FEW
    expressions = {"start": hooks.start, "include": hooks.include, "combine": hooks.combine, "result": hooks.result}
    if few:
        del expressions["combine"]
    plan.emit(
        "reduce_rows" if few else "reduce",
        op.output,
        {"x": op.input},
        constants={"SIZE": size} if few else row_constants(rows, size),
        views=views,
        aliases={"SUM": hooks.type, "V": FORMATS[op.input.data_type].value},
        hooks=expressions,
    )


@lowers(operators.ReduceLogSumExp)
def reduce_log_sum_exp(op: operators.ReduceLogSumExp, plan: Planner) -> None:
    rows, size, views = row_views(op.input.shape, op.resolved_axes)
    plan.emit("log_sum_exp", op.output, {"x": op.input}, constants=row_constants(rows, size), views=views, aliases={"V": "f32"})


@lowers(operators.ArgMin, operators.ArgMax)
def arg(op: Any, plan: Planner) -> None:
    """NaN is the best of all, as it is in a minimum or maximum."""
    rows, size, views = row_views(op.input.shape, (op.axis,))
    kind = kind_of(op.input.data_type)
    better = f"{'lesser' if op.name == 'argMin' else 'greater'}_{kind}(a, b) == 1u"
    if kind == "float":
        better = f"(is_nan(a) && !is_nan(b)) || ({better})"
    position = "vec2<u32>(k, 0u)" if op.output.data_type == DataType.INT64 else "i32(k)"
    hooks = {"better": better, "position": position}
    plan.emit("arg", op.output, {"x": op.input}, constants=row_constants(rows, size), views=views, hooks=hooks)


@lowers(operators.CumulativeSum)
def cumulative_sum(op: operators.CumulativeSum, plan: Planner) -> None:
    rows, size, views = row_views(op.input.shape, (op.axis,))
    hooks = summation("reduceSum", op.input.data_type)
    plan.emit(
        "cumulative",
        op.output,
        {"x": op.input},
        constants={"ROWS": rows, "SIZE": size, "EXCLUSIVE": int(op.exclusive), "REVERSED": int(op.reversed)},
        views=views,
        aliases={"SUM": hooks.type},
        hooks={"start": hooks.start, "include": hooks.include, "combine": hooks.combine, "result": hooks.result},
    )
