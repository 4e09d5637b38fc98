"""Merge common subexpressions: what is computed twice from the same operands is computed once.

Before::

    v0 = exp(x); v1 = exp(x); y = add(v0, v1)

After::

    v0 = exp(x); y = add(v0, v0)
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from .rewriting import changes, copied

_SMALL = 1024
"""Constants of up to so many bytes are compared."""


def merge_common(graph: Graph) -> Graph:
    """Compute once what is computed twice, bit for bit; small constants that are alike become one."""
    if not changes(graph, _Common().rule):
        return graph
    merged = copied(graph, _Common().rule)
    return merged if len(merged.operators) + len(merged.constants) < len(graph.operators) + len(graph.constants) else graph


class _Common:
    """What was computed so far, and the small constants that were met."""

    def __init__(self) -> None:
        self.operators: dict[Hashable, Operator] = {}
        self.constants: dict[Hashable, MLOperand] = {}

    def rule(self, rewriter: Rewriter, operator: Operator) -> tuple[MLOperand, ...] | None:
        arguments = rewriter.arguments(operator)
        arguments.pop("label", None)
        key = (type(operator), tuple((name, _hashable(value, self.identity)) for name, value in arguments.items()))
        same = self.operators.setdefault(key, operator)
        if same is not operator:
            return tuple(rewriter.new[output] for output in same.outputs)
        operands = {name: arguments[name] for name in operator.operand_limits if name in arguments}
        merged = {name: self.representative(value) for name, value in operands.items()}
        if merged == operands:
            return None
        return rewriter.builder.apply(type(operator), {**arguments, **merged, "label": operator.label})

    def identity(self, operand: MLOperand) -> Hashable:
        """What an operand is known by: itself, or its elements if it is a small constant."""
        if operand.value is None or operand.descriptor.byte_length > _SMALL:
            return operand
        key = (operand.data_type, operand.shape, operand.value.tobytes())
        self.constants.setdefault(key, operand)
        return key

    def representative(self, value: Any) -> Any:
        """The operand, or operands, that stand for all that are alike."""
        if isinstance(value, MLOperand):
            return self.constants.get(self.identity(value), value)
        return tuple(self.representative(item) for item in value)


def _hashable(value: Any, identity: Any) -> Hashable:
    if isinstance(value, MLOperand):
        found: Hashable = identity(value)
        return found
    if isinstance(value, tuple):
        return tuple(_hashable(item, identity) for item in value)
    return repr(value) if isinstance(value, float) else value  # -0.0 is not 0.0, and NaN is NaN
