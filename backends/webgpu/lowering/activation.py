"""Activations with options, and softmax; those without are rows of the element-wise operators."""

from __future__ import annotations

from typing import Any

from webnpu.operators.activation import Elu, HardSigmoid, LeakyRelu, Linear, Softmax
from webnpu.types import cast_number

from ..formats import FORMATS
from ..literals import literal
from ..plan import Operation
from ..planner import Planner, lowers
from ..views import broadcast_view
from .elementwise import elementwise
from .reduction import pairs, reduce_over, row_kernel, row_maxima, row_views, rows_view


def _with_options(*names: str) -> Any:
    """Apply the function of the operator's name to its input and its options, cast to the input's type."""

    def lower(op: Any, plan: Planner) -> None:
        data_type = op.input.data_type
        elementwise(op, plan, *(literal(cast_number(getattr(op, name), data_type), data_type) for name in names))

    return lower


lowers.rows(
    {Elu: ("alpha",), HardSigmoid: ("alpha", "beta"), LeakyRelu: ("alpha",), Linear: ("alpha", "beta")},
    lambda names: _with_options(*names),
)


@lowers(Softmax)
def softmax(op: Softmax, plan: Planner) -> None:
    """Of rows too long for one workgroup, the greatest element and the sum of exponentials are found first."""
    rows, size, views = over = row_views(op.input.shape, (op.axis,))
    if chosen := row_kernel("softmax", rows, size, plan):
        kernel, constants = chosen
        plan.emit(kernel, op.output, {"x": op.input}, constants=constants, views=views, aliases={"V": "f32"})
        return
    most, total = row_maxima(plan, op.input, over), plan.temporary("float32", rows)
    exponential = "vec2<f32>(exp_float(sub_float(x, most_load(row))), 0.0)"
    reduce_over(plan, total, op.input, over, pairs(f"add_pair(sum, {exponential})"), "f32", {"most": most})
    own, of_row = broadcast_view(op.input.shape, op.input.shape), rows_view(op.input.shape, (op.axis,))
    rounding = FORMATS[op.output.data_type].rounding
    plan.emit(
        "elementwise",
        op.output,
        {"x0": op.input, "x1": most, "x2": total},
        views={"x0": own, "x1": of_row, "x2": of_row},
        aliases={"V": "u32"},
        chain=[Operation(function="softmax_of", arguments=("x0", "x1", "x2"), rounding=rounding)],
    )
