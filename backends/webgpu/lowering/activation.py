"""Activations with options, and softmax; those without are rows of the element-wise operators."""

from __future__ import annotations

from typing import Any

from webnpu.operators.activation import Elu, HardSigmoid, LeakyRelu, Linear, Softmax
from webnpu.types import cast_number

from ..literals import literal
from ..planner import Planner, lowers
from .elementwise import elementwise
from .reduction import row_kernel, row_views


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
    rows, size, views = row_views(op.input.shape, (op.axis,))
    kernel, constants = row_kernel("softmax", rows, size, plan)
    plan.emit(kernel, op.output, {"x": op.input}, constants=constants, views=views, aliases={"V": "f32"})
