"""Rewrite the operators that a backend lacks by their emulation body, until none is left.

Before: ``y = gelu(x)``. After, for a backend without gelu: ``y = mul(mul(x, 0.5), add(1, erf(div(x, sqrt(2)))))``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .budget import Meter
from .builder import MLGraphBuilder
from .graph import Graph
from .operator import MLOperand, Operator

Emulates = Callable[[Operator], bool]


class Rewriter:
    """Copies a graph into a new builder, operator by operator, so that a pass can replace some on the way."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.builder = MLGraphBuilder()
        self.new: dict[MLOperand, MLOperand] = {}
        for name, operand in graph.inputs.items():
            self.new[operand] = self.builder.input(name, operand.descriptor)
        for operand in graph.constants:
            self.new[operand] = self.builder.constant(operand.descriptor, operand.value, copy=False)

    def arguments(self, operator: Operator) -> dict[str, Any]:
        """The arguments of an operator, its operands replaced by their copies."""
        arguments = {name: value for name, value in ((n, getattr(operator, n)) for n in type(operator).model_fields) if value is not None}
        for name in operator.operand_limits:
            value = arguments.get(name)
            if isinstance(value, MLOperand):
                arguments[name] = self.new[value]
            elif value is not None:
                arguments[name] = tuple(self.new[item] for item in value)
        return arguments

    def copy(self, operator: Operator) -> tuple[MLOperand, ...]:
        """Copy an operator as it is."""
        return self.replace(operator, self.builder.apply(type(operator), self.arguments(operator)))

    def replace(self, operator: Operator, outputs: tuple[MLOperand, ...]) -> tuple[MLOperand, ...]:
        """Let operands of the new graph stand for the outputs of an operator of the old one."""
        self.new.update(zip(operator.outputs, outputs, strict=True))
        return outputs

    def finish(self) -> Graph:
        """The new graph. An output that became an input or a constant passes through an identity."""
        outputs = {}
        for name, operand in self.graph.outputs.items():
            new = self.new[operand]
            outputs[name] = new if new.operator else self.builder.identity(new)
        return self.builder.finish(outputs)


def emulated(graph: Graph, lacks: Emulates) -> Graph:
    """The same graph without the operators that ``lacks`` names, as far as they have an emulation.

    Args:
        graph: the graph to rewrite.
        lacks: whether a backend cannot do this use of an operator itself.

    Raises:
        BudgetExceeded: that would make more operators than the `Budget` allows that applies.
    """
    meter = Meter(None, "emulation")
    meter.earn(len(graph.operators))
    while any(lacks(operator) and operator.has_emulation() for operator in graph.operators):
        rewriter = Rewriter(graph)
        for operator in graph.operators:
            if lacks(operator) and operator.has_emulation():
                copied = rewriter.builder.apply(type(operator), rewriter.arguments(operator))
                outputs = emulate(copied[0].operator, rewriter.builder, meter)  # type: ignore[arg-type]
                rewriter.replace(operator, outputs)
            else:
                rewriter.copy(operator)
        graph = rewriter.finish()
    return graph


def emulate(operator: Operator, builder: MLGraphBuilder, meter: Meter) -> tuple[MLOperand, ...]:
    """What stands for an operator of a builder, made of others; a meter says what it may be made of."""
    meter.check("nodes", operator.emulated_size(), lambda: f"the emulation of {operator.name} {operator.label!r}")
    builder._meter = meter
    try:
        outputs = operator.emulate(builder)
    finally:
        builder._meter = None
    return outputs if isinstance(outputs, tuple) else (outputs,)
