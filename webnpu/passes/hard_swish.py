"""Recognise hardSwish.

Before::

    v0 = add(x, 3); v1 = clamp(v0, 0, 6); v2 = mul(x, v1); y = div(v2, 6)

or::

    v0 = hardSigmoid(x, alpha=1/6, beta=0.5); y = mul(x, v0)

After::

    y = hardSwish(x)
"""

from __future__ import annotations

from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..operators.activation import HardSigmoid
from ..operators.elementwise import Add, Clamp, Div, Mul
from .rewriting import close, either_way, factors, is_number, made_by, rewritten


def recognize_hard_swish(graph: Graph) -> Graph:
    """Replace ``x * clamp(x + 3, 0, 6) / 6``, or ``x`` times its hardSigmoid, by hardSwish."""
    return rewritten(graph, _rule)


def _rule(rewriter: Rewriter, operator: Operator) -> tuple[MLOperand, ...] | None:
    if not isinstance(operator, (Mul, Div)):
        return None
    scale, others = factors(operator.output)
    if len(others) != 2:
        return None
    for x, gate in (others, others[::-1]):
        if x.shape == operator.output.shape and (
            (close(scale, 1 / 6) and _clamped(gate) is x) or (close(scale, 1) and _hard_sigmoid(gate) is x)
        ):
            return (rewriter.builder.hard_swish(rewriter.new[x], label=operator.label),)
    return None


def _clamped(gate: MLOperand) -> MLOperand | None:
    """``x`` of ``clamp(x + 3, 0, 6)``."""
    clamp = made_by(gate, Clamp)
    total = made_by(clamp.input, Add) if clamp is not None and clamp.bounds == (0, 6) else None
    for x, three in either_way(total) if total is not None else ():
        if is_number(three, 3):
            return x
    return None


def _hard_sigmoid(gate: MLOperand) -> MLOperand | None:
    line = made_by(gate, HardSigmoid)
    return line.input if line is not None and close(line.alpha, 1 / 6) and line.beta == 0.5 else None
