"""Fold constants: compute once, when the graph is made, what does not depend on an input.

Before::

    c2 = transpose(c0); c3 = mul(c2, c1); y = matmul(x, c3); z = mul(i, 0)

After::

    y = matmul(x, c3)        with c3 and z constants; z only if i holds integers
"""

from __future__ import annotations

import numpy as np

from ..budget import Budget, Meter
from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..operators.elementwise import Mul
from ..operators.quantization import DequantizeLinear
from .rewriting import number, rewritten

_SMALL = 2**16
"""Results of up to so many bytes may be larger than what they are computed from."""


def fold_constants(graph: Graph, *, budget: Budget | None = None) -> Graph:
    """Compute what depends on constants alone, by the reference.

    Integers times zero are zero, whatever input they come from. Quantised weights stay quantised, and what would make a
    large constant of a small one (an expand) stays as it is, and so does what is beyond the budget.
    """
    meter = Meter(budget, "optimize")
    meter.earn(len(graph.operators), graph.weight_bytes)
    return rewritten(graph, lambda rewriter, operator: _rule(rewriter, operator, meter))


def _rule(rewriter: Rewriter, operator: Operator, meter: Meter) -> tuple[MLOperand, ...] | None:
    if isinstance(operator, Mul) and _is_zero(rewriter, operator):
        return (rewriter.builder.constant(np.zeros(operator.output.shape, operator.output.data_type.numpy)),)
    return _folded(rewriter, operator, meter)


def _is_zero(rewriter: Rewriter, operator: Mul) -> bool:
    """Of integers, nothing times zero is anything else; a float could be infinite, or NaN."""
    output = operator.output.descriptor
    zeros = [operand for operand in (operator.a, operator.b) if number(rewriter.new[operand]) == 0]
    return bool(zeros) and not output.data_type.is_float and output.byte_length <= _SMALL


def _folded(rewriter: Rewriter, operator: Operator, meter: Meter) -> tuple[MLOperand, ...] | None:
    operands = [(operand, rewriter.new[operand]) for _, operand in operator.operands()]
    if isinstance(operator, DequantizeLinear) or not all(new.is_constant for _, new in operands):
        return None
    before = sum(new.descriptor.byte_length for _, new in operands)
    after = sum(output.descriptor.byte_length for output in operator.outputs)
    if after > max(before, _SMALL) or after > meter.left("bytes") or meter.left("seconds") < 0:
        return None
    builder = rewriter.builder  # taken before anything is spent: whoever only asks what would change stops here
    meter.spend("bytes", after, operator.name)
    from ..reference import evaluate  # a backend: imported only where it is needed

    results = evaluate(operator, {old: new.value for old, new in operands if new.value is not None})
    return tuple(builder.constant(output.descriptor, result, copy=False) for output, result in zip(operator.outputs, results, strict=True))
