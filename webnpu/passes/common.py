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
from .rewriting import rewritten

_SMALL = 1024
"""Constants of up to so many bytes are compared."""


def merge_common(graph: Graph) -> Graph:
    """Compute once what is computed twice, bit for bit; small constants that are alike become one."""
    seen: dict[Hashable, tuple[MLOperand, ...]] = {}
    constants: dict[Hashable, MLOperand] = {}

    def identity(operand: MLOperand) -> Hashable:
        """What an operand is known by: itself, or its elements if it is a small constant."""
        if operand.value is None or operand.descriptor.byte_length > _SMALL:
            return operand
        key = (operand.data_type, operand.shape, operand.value.tobytes())
        constants.setdefault(key, operand)
        return key

    def rule(rewriter: Rewriter, operator: Operator) -> tuple[MLOperand, ...] | None:
        arguments = rewriter.arguments(operator)
        arguments.pop("label", None)
        key = (type(operator), tuple((name, _hashable(value, identity)) for name, value in arguments.items()))
        if key in seen:
            return seen[key]
        for name in operator.operand_limits:
            if name in arguments:
                arguments[name] = _representative(arguments[name], identity, constants)
        seen[key] = rewriter.builder.apply(type(operator), {**arguments, "label": operator.label})
        return seen[key]

    merged = rewritten(graph, rule)
    return merged if len(merged.operators) + len(merged.constants) < len(graph.operators) + len(graph.constants) else graph


def _hashable(value: Any, identity: Any) -> Hashable:
    if isinstance(value, MLOperand):
        found: Hashable = identity(value)
        return found
    if isinstance(value, tuple):
        return tuple(_hashable(item, identity) for item in value)
    return repr(value) if isinstance(value, float) else value  # -0.0 is not 0.0, and NaN is NaN


def _representative(value: Any, identity: Any, constants: dict[Hashable, MLOperand]) -> Any:
    if isinstance(value, MLOperand):
        return constants.get(identity(value), value)
    return tuple(_representative(item, identity, constants) for item in value)
