"""What every implementation of WebNN must support: the required data types and ranks.

A refusal of a graph within them counts as a failure. WebNN section: required data types and ranks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..graph import Graph
from ..operator import Limits, MLOperand, Operator, Same
from ..types import DataType

REQUIRED_RANKS = (0, 5)
"""The required ranks of an operand that allows them and says no other."""


@dataclass(frozen=True, slots=True)
class Required:
    """The required data types and ranks, from and to, of one operand."""

    types: tuple[DataType, ...]
    ranks: tuple[int, int]

    def __contains__(self, operand: MLOperand) -> bool:
        return operand.data_type in self.types and self.ranks[0] <= operand.rank <= self.ranks[1]


def required_limits(operator: type[Operator]) -> dict[str, Required]:
    """What is required of each operand and each output of an operator, from its declaration."""
    declared = {**operator.operand_limits, **operator.output_limits}
    return {name: Required(_types(declared, limits), _ranks(declared, limits)) for name, limits in declared.items()}


def is_required(graph: Graph) -> bool:
    """Whether every operand of every operator of a graph is within what is required."""
    return all(_is_required(operator) for operator in graph.operators)


def _is_required(operator: Operator) -> bool:
    required = required_limits(type(operator))
    outputs = [required[name] for name in operator.output_limits]
    outputs += outputs[-1:] * (len(operator.outputs) - len(outputs))  # split has many outputs under one name
    return all(operand in required[name] for name, operand in operator.operands()) and all(
        operand in limits for operand, limits in zip(operator.outputs, outputs, strict=False)
    )


def _types(declared: Mapping[str, Limits], limits: Limits) -> tuple[DataType, ...]:
    if limits.required is not None:
        return limits.required
    if isinstance(limits.types, Same):
        return _types(declared, declared[limits.types.operand])
    return tuple(t for t in limits.types if t.is_float) or limits.types


def _ranks(declared: Mapping[str, Limits], limits: Limits) -> tuple[int, int]:
    if limits.required_rank is None and isinstance(limits.rank, Same):
        return _ranks(declared, declared[limits.rank.operand])
    low, high = limits.required_rank or REQUIRED_RANKS
    allowed_low, allowed_high = limits.ranks()
    bounds = [bound for bound in (high, allowed_high, REQUIRED_RANKS[1]) if bound is not None]
    return max(low, allowed_low), min(bounds)
