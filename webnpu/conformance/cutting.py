"""A part of a graph, as a graph of its own."""

from __future__ import annotations

from collections.abc import Mapping

from ..builder import MLGraphBuilder
from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..types import Array


def cut(
    graph: Graph, values: Mapping[MLOperand, Array], kept: set[Operator], outputs: Mapping[str, MLOperand] | None = None
) -> tuple[Graph, dict[str, Array]]:
    """The graph of some operators alone; what they take from others becomes inputs, with the values given."""
    rewriter = _Cutter(graph, kept, values)
    wanted = outputs or {f"y{i}": o for operator in graph.operators if operator in kept for i, o in enumerate(operator.outputs)}
    wanted = {name: operand for name, operand in wanted.items() if operand.operator in kept}
    part = rewriter.builder.finish({name: rewriter.new[operand] for name, operand in wanted.items()}) if wanted else Graph.of({})
    return part, {name: rewriter.arrays[name] for name in part.inputs}


class _Cutter(Rewriter):
    """Copies the operators that are kept into a new builder."""

    def __init__(self, graph: Graph, kept: set[Operator], values: Mapping[MLOperand, Array]) -> None:
        self.graph, self.builder = graph, MLGraphBuilder()
        self.new: dict[MLOperand, MLOperand] = {}
        self.arrays: dict[str, Array] = {}
        for operator in graph.operators:
            if operator in kept:
                for _, operand in operator.operands():
                    if operand not in self.new:
                        self.new[operand] = self._leaf(graph.names[operand], operand, values[operand])
                self.copy(operator)

    def _leaf(self, name: str, operand: MLOperand, array: Array) -> MLOperand:
        if operand.is_constant:
            return self.builder.constant(operand.descriptor, array, copy=False)
        self.arrays[name] = array
        return self.builder.input(name, operand.descriptor)
