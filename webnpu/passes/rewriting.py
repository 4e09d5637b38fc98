"""What passes share: rewriting operator by operator, and looking at how an operand is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..builder import MLGraphBuilder
from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..operators.elementwise import Div, Mul

Rule = Callable[[Rewriter, Operator], "tuple[MLOperand, ...] | None"]

OperatorT = TypeVar("OperatorT", bound=Operator)


def rewritten(graph: Graph, rule: Rule) -> Graph:
    """The graph with every operator replaced by what the rule gives for it; None leaves it as it is.

    The rule sees an operator of the old graph and the operands of the new one that stand for its operands, already rewritten. It keeps
    nothing from one operator to the next, for it is asked first whether it changes anything: a copy costs much more than the asking.
    """
    return copied(graph, rule) if changes(graph, rule) else graph


def copied(graph: Graph, rule: Rule) -> Graph:
    """The graph, whatever the rule does, in new operands."""
    rewriter = Rewriter(graph)
    for operator in graph.operators:
        outputs = rule(rewriter, operator)
        if outputs is None:
            rewriter.copy(operator)
        else:
            rewriter.replace(operator, outputs)
    return rewriter.finish()


def changes(graph: Graph, rule: Rule) -> bool:
    """Whether a rule gives something for an operator of a graph. It is asked until it does, or takes the builder, with which it would."""
    asking = _Asking(graph)
    try:
        return any(rule(asking, operator) is not None for operator in graph.operators)
    except _Builds:
        return True


class _Builds(Exception):
    """A rule takes the builder."""


class _Asking(Rewriter):
    """A rewriter before which nothing was changed: each operand stands for itself, and there is nothing to build with."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.new = _Itself()

    @property
    def builder(self) -> MLGraphBuilder:  # type: ignore[override]
        raise _Builds


class _Itself(dict[MLOperand, MLOperand]):
    def __missing__(self, operand: MLOperand) -> MLOperand:
        return operand


def made_by(operand: MLOperand, kind: type[OperatorT]) -> OperatorT | None:
    """The operator that computes an operand, if it is of a kind."""
    return operand.operator if isinstance(operand.operator, kind) else None


def either_way(operator: Any) -> Iterator[tuple[MLOperand, MLOperand]]:
    """The operands of an operator whose order does not matter, in both orders."""
    yield operator.a, operator.b
    yield operator.b, operator.a


def number(operand: MLOperand) -> float | None:
    """The value of a constant that holds one number, or the same number everywhere and few of them."""
    if operand.value is None or operand.descriptor.size > 64 or operand.data_type.is_extension:
        return None
    first = operand.value.reshape(-1)[0]
    return float(first) if (operand.value == first).all() else None


def is_number(operand: MLOperand, value: float, tolerance: float = 1e-3) -> bool:
    """Whether an operand is a constant close to a number, as close as float16 could write it."""
    found = number(operand)
    return found is not None and abs(found - value) <= tolerance * abs(value)


_MOST_PRODUCTS = 8
"""So many products are taken apart at most: more are in no pattern, and one that is squared again and again has no end."""


def factors(operand: MLOperand) -> tuple[float, list[MLOperand]]:
    """A product taken apart: its known factor, and the others. Divisors count only where they are known."""
    scale, others, waiting, left = 1.0, [], [operand], _MOST_PRODUCTS
    while waiting:
        part = waiting.pop()
        known, product = number(part), part.operator
        if known is not None:
            scale *= known
        elif left and isinstance(product, Mul):
            waiting += [product.b, product.a]
            left -= 1
        elif left and isinstance(product, Div) and (divisor := number(product.b)):
            scale /= divisor
            waiting.append(product.a)
            left -= 1
        else:
            others.append(part)
    return scale, others


def close(value: float, expected: float) -> bool:
    """Whether a number is meant to be another, written in float16 at worst."""
    return abs(value - expected) <= 1e-3 * abs(expected)
