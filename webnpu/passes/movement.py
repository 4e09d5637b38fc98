"""Merge movements: two reshapes, or two transposes, in a row are one.

Before::

    v0 = reshape(x, [2, 6]); v1 = reshape(v0, [3, 4]); v2 = transpose(v1); y = transpose(v2)

After::

    v0 = reshape(x, [3, 4]); y = transpose(transpose(v0)) = v0
"""

from __future__ import annotations

from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..operators.movement import Reshape, Transpose
from .rewriting import made_by, rewritten


def merge_movement(graph: Graph) -> Graph:
    """Join reshapes with reshapes and transposes with transposes, bit for bit; a transpose of ones only is a reshape."""
    return rewritten(graph, _rule)


def _rule(rewriter: Rewriter, operator: Operator) -> tuple[MLOperand, ...] | None:
    if isinstance(operator, Reshape):
        return _reshape(rewriter, operator)
    if isinstance(operator, Transpose):
        return _transpose(rewriter, operator)
    return None


def _reshape(rewriter: Rewriter, operator: Reshape) -> tuple[MLOperand, ...] | None:
    before = made_by(rewriter.new[operator.input], Reshape)
    if before is None:
        return None
    if before.input.shape == operator.new_shape:
        return (before.input,)
    return (rewriter.builder.reshape(before.input, operator.new_shape, label=operator.label),)


def _transpose(rewriter: Rewriter, operator: Transpose) -> tuple[MLOperand, ...] | None:
    x, order = rewriter.new[operator.input], operator.resolved_permutation
    before = made_by(x, Transpose)
    if before is not None:
        inner = before.resolved_permutation
        order = tuple(inner[axis] for axis in order)
        x = before.input
    if order == tuple(range(x.rank)):
        return (x,)
    moved = [axis for axis in order if x.shape[axis] != 1]
    if moved == sorted(moved):  # only dimensions of size 1 change places
        return (rewriter.builder.reshape(x, [x.shape[axis] for axis in order], label=operator.label),)
    if before is None:
        return None
    return (rewriter.builder.transpose(x, permutation=order, label=operator.label),)
