"""Recognise softmax.

Before::

    v0 = reduceMax(x, axes=[k], keep); v1 = sub(x, v0); v2 = exp(v1); v3 = reduceSum(v2, axes=[k], keep); y = div(v2, v3)

After::

    y = softmax(x, axis=k)
"""

from __future__ import annotations

from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..operators.elementwise import Div, Exp, Sub
from ..operators.reduction import ReduceMax, ReduceSum
from .rewriting import made_by, rewritten


def recognize_softmax(graph: Graph) -> Graph:
    """Replace ``e / sum(e)`` with ``e = exp(x - max(x))``, both along one axis, by softmax."""
    return rewritten(graph, _rule)


def _rule(rewriter: Rewriter, operator: Operator) -> tuple[MLOperand, ...] | None:
    if not isinstance(operator, Div):
        return None
    total, exponential = made_by(operator.b, ReduceSum), made_by(operator.a, Exp)
    if total is None or exponential is None or total.input is not operator.a or not _along_one(total):
        return None
    shifted = made_by(exponential.input, Sub)
    greatest = made_by(shifted.b, ReduceMax) if shifted is not None else None
    if shifted is None or greatest is None or greatest.input is not shifted.a or not _along_one(greatest):
        return None
    [axis] = total.resolved_axes
    if greatest.resolved_axes != (axis,):
        return None
    return (rewriter.builder.softmax(rewriter.new[shifted.a], axis, label=operator.label),)


def _along_one(reduction: ReduceMax | ReduceSum) -> bool:
    """One axis, which stays; or goes without a trace, as the only one of its operand."""
    return len(reduction.resolved_axes) == 1 and (reduction.keep_dimensions or reduction.input.rank == 1)
