"""Recognise gelu, as exporters write it in parts, its factors in any order.

Before::

    v0 = div(x, 1.4142); v1 = erf(v0); v2 = add(v1, 1); v3 = mul(x, v2); y = mul(v3, 0.5)

After::

    y = gelu(x)
"""

from __future__ import annotations

from math import sqrt

from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..operators.elementwise import Add, Div, Erf, Mul
from .rewriting import close, either_way, factors, is_number, made_by, rewritten


def recognize_gelu(graph: Graph) -> Graph:
    """Replace ``0.5 * x * (1 + erf(x / sqrt(2)))`` by gelu."""
    return rewritten(graph, _rule)


def _rule(rewriter: Rewriter, operator: Operator) -> tuple[MLOperand, ...] | None:
    if not isinstance(operator, (Mul, Div)):
        return None
    scale, others = factors(operator.output)
    if not close(scale, 0.5) or len(others) != 2:
        return None
    for x, curve in (others, others[::-1]):
        if x.shape == operator.output.shape and _argument(curve) is x:
            return (rewriter.builder.gelu(rewriter.new[x], label=operator.label),)
    return None


def _argument(curve: MLOperand) -> MLOperand | None:
    """``x`` of ``1 + erf(x / sqrt(2))``."""
    total = made_by(curve, Add)
    for one, bell in either_way(total) if total is not None else ():
        erf = made_by(bell, Erf)
        if is_number(one, 1) and erf is not None:
            scale, [*others] = factors(erf.input)
            if close(scale, 1 / sqrt(2)) and len(others) == 1:
                return others[0]
    return None
