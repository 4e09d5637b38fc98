"""Reductions along axes, the positions of extremes, and running sums: each a kernel over rows.

A row is what is reduced to one element. Floats are summed in pairs of float32, so that the order hardly matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from webnpu.operator import MLOperand
from webnpu.operators import reduction as operators
from webnpu.types import DataType, Shape

from ..formats import FORMATS
from ..literals import kind_of, literal
from ..plan import View
from ..planner import Planner, lowers
from ..views import axes_view, strides_of, view

_FEW = 64
"""Rows of so many elements are reduced by one invocation each."""
_LANES, _ALONE = 4, 16
"""Fewer rows do not fill the vectors of a CPU; and the rows that a workgroup takes where each invocation has one of its own."""
_MANY = 256
"""Rows of more elements are reduced by larger workgroups."""
SLICE, SCANNED = 2**16, 2**14
"""The elements of a slice of a row that is too long for one workgroup, and of one that is summed up."""


def row_constants(rows: int, size: int) -> dict[str, int]:
    """The constants of a kernel that takes a workgroup for each row."""
    return {"ROWS": rows, "SIZE": size, "WORKGROUP": 256} if size > _MANY else {"ROWS": rows, "SIZE": size}


def row_kernel(name: str, rows: int, size: int, plan: Planner) -> tuple[str, dict[str, int]] | None:
    """The kernel that takes a workgroup for each row, and its constants; or one invocation, where there is nothing to share.

    None where rows are so long that no kernel does one at a time.
    """
    alone = {"ROWS": rows, "SIZE": size, "WORKGROUP": _ALONE}
    if not plan.limits.workgroup_memory and rows >= _LANES and plan.fits(f"{name}_rows", alone, "float32"):
        return f"{name}_rows", alone
    shared = row_constants(rows, size)
    return (name, shared) if plan.fits(name, shared, "float32") else None


def row_views(shape: Shape, axes: tuple[int, ...]) -> tuple[int, int, dict[str, View]]:
    """How many rows there are when axes are reduced, their size, and the views of rows and of the items in them."""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    views = {"row": axes_view(shape, kept), "item": axes_view(shape, sorted(axes))}
    return prod(shape[axis] for axis in kept), prod(shape[axis] for axis in axes), views


def slice_rows(rows: int, slices: int) -> tuple[int, int, dict[str, View]]:
    """Sums of slices, one behind another, as rows."""
    return rows, slices, {"row": view((rows,), (slices,)), "item": view((slices,), (1,))}


def rows_view(shape: Shape, axes: tuple[int, ...]) -> View:
    """Which row each element of a tensor belongs to, when axes are reduced."""
    strides = dict(
        zip((kept := [axis for axis in range(len(shape)) if axis not in axes]), strides_of([shape[a] for a in kept]), strict=True)
    )
    return view(shape, [strides.get(axis, 0) for axis in range(len(shape))])


@dataclass(frozen=True)
class Sum:
    """The hooks of a reduction: the type that it runs in, and its expressions.

    Attributes:
        type: the type of WGSL.
        start: the sum of nothing.
        include: the sum ``sum`` and an element ``x``, which is the ``k``-th of the row ``row``.
        combine: two sums, ``a`` and ``b``.
        result: what is made of ``sum`` in the end.
        format: how a sum is kept between two steps.
        keep: the bits of ``sum``, in that format.
        taken: the sum of such bits ``x``.
    """

    type: str
    start: str
    include: str
    combine: str
    result: str
    format: str = "float32"
    keep: str = "sum"
    taken: str = "x"

    @property
    def expressions(self) -> dict[str, str]:
        """Those that kernels ask for."""
        return {"start": self.start, "include": self.include, "combine": self.combine, "result": self.result}

    @property
    def first(self) -> Sum:
        """The reduction of a slice of a row to a sum that is kept."""
        return replace(self, result=self.keep)

    @property
    def last(self) -> Sum:
        """The reduction of the sums that were kept."""
        return replace(self, include=f"combine(sum, {self.taken})")


_PAIR = "vec2<f32>"
KEPT_PAIR = "bitcast<vec2<u32>>(sum)"
_X = "vec2<f32>(x, 0.0)"


def pairs(include: str = f"add_pair(sum, {_X})", result: str = "single(sum)") -> Sum:
    return Sum(_PAIR, "vec2<f32>(0.0, 0.0)", include, "add_pair(a, b)", result, "uint64", KEPT_PAIR, "bitcast<vec2<f32>>(x)")


_FLOATS = {
    "reduceSum": pairs(),
    "reduceL1": pairs("add_pair(sum, vec2<f32>(abs_float(x), 0.0))"),
    "reduceSumSquare": pairs("add_product(sum, x, x)"),
    "reduceL2": pairs("add_product(sum, x, x)", "single(sqrt_pair(sum))"),
    "reduceMean": pairs(result="single(mean_pair(sum, COUNT))"),
    "reduceLogSum": pairs(result="log_of_pair(sum)"),
    "reduceProduct": Sum(
        "Product",
        "unit()",
        "include_factor(sum, x)",
        "combine_products(a, b)",
        "product_of(sum)",
        "uint64",
        "bitcast<vec2<u32>>(sum.factor)",
        "Product(bitcast<vec2<f32>>(x), powers_load(row * SIZE + k))",
    ),
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


_WIDE = {DataType.INT8: DataType.INT32, DataType.UINT8: DataType.UINT32}
"""How sums of narrow integers are kept."""


def summation(name: str, data_type: DataType) -> Sum:
    """The hooks of a reduction by its operator's name, in a data type."""
    if data_type.is_float:
        return _FLOATS[name]
    start, include, combine = _INTEGERS[name]
    number = int(start) if start.isdigit() else getattr(data_type, start)
    kind = kind_of(data_type)
    value, wide = FORMATS[data_type].value, _WIDE.get(data_type, data_type)
    return Sum(value, literal(number, data_type), include.format(kind=kind), combine.format(kind=kind), "sum", wide)


def reduce_over(
    plan: Planner,
    output: MLOperand | int,
    x: MLOperand | int,
    over: tuple[int, int, dict[str, View]],
    hooks: Sum,
    value: str,
    included: Mapping[str, MLOperand | int] | None = None,
    finished: Mapping[str, MLOperand | int] | None = None,
    more: Mapping[str, View] | None = None,
    constants: Mapping[str, int] | None = None,
) -> None:
    """Reduce rows to one element each: in one step, or where they are too long for one workgroup, in two.

    Args:
        plan: the plan.
        output: where the results go.
        x: what is reduced.
        over: the rows, their size, and their views.
        hooks: the reduction.
        value: the type of WGSL of the results.
        included: the operands that ``include`` reads beside the elements.
        finished: the operands that ``result`` reads.
        more: views that the expressions use.
        constants: constants of the expressions.
    """
    rows, size, views = over
    included, finished, more, constants = included or {}, finished or {}, more or {}, constants or {}
    whole = {**row_constants(rows, size), "SLICES": 1, "PART": size, **constants}
    if plan.fits("reduce", whole, "float32", hooks.expressions):
        plan.emit(
            "reduce",
            output,
            {"x": x, **included, **finished},
            constants=whole,
            views={**views, **more},
            aliases={"SUM": hooks.type, "V": value},
            hooks=hooks.expressions,
        )
        return
    slices = -(-size // SLICE)
    sliced = {**row_constants(rows, size), "SLICES": slices, "PART": SLICE, **constants}
    kept: dict[str, MLOperand | int] = {}
    for name, format, result in [("x", hooks.format, hooks.keep), *([("powers", "int32", "sum.power")] if hooks.type == "Product" else [])]:
        kept[name] = plan.temporary(format, rows * slices)
        plan.emit(
            "reduce",
            kept[name],
            {"x": x, **included},
            constants=sliced,
            views={**views, **more},
            aliases={"SUM": hooks.type, "V": FORMATS[format].value},
            hooks=replace(hooks, result=result).expressions,
        )
    plan.emit(
        "reduce",
        output,
        {**kept, **finished},
        constants={**row_constants(rows, slices), "SLICES": 1, "PART": slices, **constants},
        views={**slice_rows(rows, slices)[2], **more},
        aliases={"SUM": hooks.type, "V": value},
        hooks=hooks.last.expressions,
    )


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
    _, size, views = over = row_views(op.input.shape, op.resolved_axes)
    hooks, value = summation(op.name, op.input.data_type), FORMATS[op.input.data_type].value
    counted = {"COUNT": size} if op.name == "reduceMean" else {}
    if size > _FEW:
        reduce_over(plan, op.output, op.input, over, hooks, value, constants=counted)
        return
    plan.emit(
        "reduce_rows",
        op.output,
        {"x": op.input},
        constants={"SIZE": size, **counted},
        views=views,
        aliases={"SUM": hooks.type, "V": value},
        hooks={name: text for name, text in hooks.expressions.items() if name != "combine"},
    )


def row_maxima(plan: Planner, x: MLOperand, over: tuple[int, int, dict[str, View]]) -> int:
    """The greatest element of each row, in a buffer."""
    most = plan.temporary("float32", over[0])
    reduce_over(plan, most, x, over, _FLOATS["reduceMax"], "f32")
    return most


@lowers(operators.ReduceLogSumExp)
def reduce_log_sum_exp(op: operators.ReduceLogSumExp, plan: Planner) -> None:
    rows, size, views = over = row_views(op.input.shape, op.resolved_axes)
    constants = row_constants(rows, size)
    if plan.fits("log_sum_exp", constants, op.output.data_type):
        plan.emit("log_sum_exp", op.output, {"x": op.input}, constants=constants, views=views, aliases={"V": "f32"})
        return
    most = {"most": row_maxima(plan, op.input, over)}
    exponential = "vec2<f32>(exp_float(sub_float(x, finite_or_zero(most_load(row)))), 0.0)"
    hooks = pairs(f"add_pair(sum, {exponential})", "shifted_logarithm(sum, finite_or_zero(most_load(row)))")
    reduce_over(plan, op.output, op.input, over, hooks, "f32", most, most)


@lowers(operators.ArgMin, operators.ArgMax)
def arg(op: Any, plan: Planner) -> None:
    """NaN is the best of all, as it is in a minimum or maximum."""
    rows, size, views = row_views(op.input.shape, (op.axis,))
    kind = kind_of(op.input.data_type)
    better = f"{'lesser' if op.name == 'argMin' else 'greater'}_{kind}(a, b) == 1u"
    if kind == "float":
        better = f"(is_nan(a) && !is_nan(b)) || ({better})"
    position = "vec2<u32>(k, 0u)" if op.output.data_type == DataType.INT64 else "i32(k)"
    constants = {**row_constants(rows, size), "SLICES": 1, "PART": size}
    hooks = {"candidate": "k", "better": better, "position": position}
    inputs: dict[str, MLOperand | int] = {"x": op.input}
    if not plan.fits("arg", constants, op.output.data_type):
        slices = -(-size // SLICE)
        chosen = plan.temporary("int32", rows * slices)
        sliced = {**constants, "SLICES": slices, "PART": SLICE}
        plan.emit("arg", chosen, inputs, constants=sliced, views=views, hooks={**hooks, "position": "i32(k)"})
        inputs["chosen"] = chosen
        constants = {**row_constants(rows, slices), "SLICES": 1, "PART": slices}
        hooks["candidate"] = "u32(chosen_load(row * SIZE + k))"
    plan.emit("arg", op.output, inputs, constants=constants, views=views, hooks=hooks)


@lowers(operators.CumulativeSum)
def cumulative_sum(op: operators.CumulativeSum, plan: Planner) -> None:
    """Of long rows, slices are summed, their sums added up, and then each slice goes on from what was before it."""
    rows, size, views = row_views(op.input.shape, (op.axis,))
    sums = summation("reduceSum", op.input.data_type)
    hooks = {"start": sums.start, "given": "start()", "include": sums.include, "combine": sums.combine, "result": sums.result}
    inputs: dict[str, MLOperand | int] = {"x": op.input}
    constants = {"ROWS": rows, "SIZE": size, "SLICES": 1, "PART": size, "EXCLUSIVE": int(op.exclusive), "REVERSED": int(op.reversed)}
    if not plan.fits("cumulative", constants, op.output.data_type):
        inputs["before"] = _sums_before(plan, op, sums)
        constants |= {"SLICES": -(-size // SCANNED), "PART": SCANNED}
        hooks["given"] = sums.taken.replace("x", "before_load(slice)")
    plan.emit("cumulative", op.output, inputs, constants=constants, views=views, aliases={"SUM": sums.type}, hooks=hooks)


def _sums_before(plan: Planner, op: operators.CumulativeSum, sums: Sum) -> int:
    """For each slice of a row, in the order in which it is summed, the sum of all slices before it."""
    rows, size, views = row_views(op.input.shape, (op.axis,))
    stride = strides_of(op.input.shape)[op.axis]
    slices = -(-size // SCANNED)
    item = view((size,), (-stride,), (size - 1) * stride) if op.reversed else views["item"]
    own, before = (plan.temporary(sums.format, rows * slices) for _ in range(2))
    value = FORMATS[sums.format].value
    plan.emit(
        "reduce",
        own,
        {"x": op.input},
        constants={"ROWS": rows, "SIZE": size, "SLICES": slices, "PART": SCANNED},
        views={**views, "item": item},
        aliases={"SUM": sums.type, "V": value},
        hooks=sums.first.expressions,
    )
    plan.emit(
        "cumulative",
        before,
        {"x": own},
        constants={"ROWS": rows, "SIZE": slices, "SLICES": 1, "PART": slices, "EXCLUSIVE": 1, "REVERSED": 0},
        views=slice_rows(rows, slices)[2],
        aliases={"SUM": sums.type},
        hooks={
            "start": sums.start,
            "given": "start()",
            "include": f"combine(sum, {sums.taken})",
            "combine": sums.combine,
            "result": sums.keep,
        },
    )
    return before
