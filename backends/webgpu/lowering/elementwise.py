"""Element-wise operators: each is one function of the library, named after the operator and the type computed in."""

from __future__ import annotations

from typing import Any

from webnpu.operator import Operator
from webnpu.operators import elementwise as operators
from webnpu.operators.activation import Gelu, HardSwish, Prelu, Relu, Sigmoid, Softplus, Softsign, Tanh
from webnpu.types import DataType

from ..literals import kind_of, literal
from ..planner import Planner, lowers
from ..views import broadcast_view

_SAME_NAME: tuple[type[Operator], ...] = (
    operators.Add,
    operators.Sub,
    operators.Mul,
    operators.Div,
    operators.Max,
    operators.Min,
    operators.Pow,
    operators.Equal,
    operators.NotEqual,
    operators.Greater,
    operators.GreaterOrEqual,
    operators.Lesser,
    operators.LesserOrEqual,
    operators.LogicalNot,
    operators.LogicalAnd,
    operators.LogicalOr,
    operators.LogicalXor,
    operators.IsNaN,
    operators.IsInfinite,
    operators.Abs,
    operators.Ceil,
    operators.Cos,
    operators.Erf,
    operators.Exp,
    operators.Floor,
    operators.Log,
    operators.Neg,
    operators.Reciprocal,
    operators.RoundEven,
    operators.Sign,
    operators.Sin,
    operators.Sqrt,
    operators.Tan,
    Gelu,
    HardSwish,
    Prelu,
    Relu,
    Sigmoid,
    Softplus,
    Softsign,
    Tanh,
)


def elementwise(op: Any, plan: Planner, *literals: str) -> None:
    """Apply the function of the operator's name to its operands, broadcast to the output."""
    operands = [operand for _, operand in op.operands()]
    views = [(operand, broadcast_view(operand.shape, op.output.shape)) for operand in operands]
    plan.elementwise(op.output, f"{op.method}_{kind_of(operands[0].data_type)}", views, literals)


lowers(*_SAME_NAME)(elementwise)


@lowers(operators.Identity)
def identity(op: operators.Identity, plan: Planner) -> None:
    plan.alias(op.output, op.input)


@lowers(operators.Where)
def where(op: operators.Where, plan: Planner) -> None:
    views = [(operand, broadcast_view(operand.shape, op.output.shape)) for _, operand in op.operands()]
    plan.elementwise(op.output, f"where_{kind_of(op.output.data_type)}", views)


@lowers(operators.Clamp)
def clamp(op: operators.Clamp, plan: Planner) -> None:
    elementwise(op, plan, *(literal(bound, op.input.data_type) for bound in op.bounds))


@lowers(operators.Cast)
def cast(op: operators.Cast, plan: Planner) -> None:
    """A float is clamped to the range of a narrow integer, an integer keeps its low bits."""
    source, target = op.input.data_type, op.data_type
    whole = broadcast_view(op.input.shape, op.output.shape)
    function = f"cast_{kind_of(source)}_{kind_of(target)}"
    if source.is_float and target in (DataType.INT8, DataType.UINT8):
        function = f"cast_float_{target}"
    plan.elementwise(op.output, function, [(op.input, whole)])
