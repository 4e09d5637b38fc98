"""The reference backend: NumPy, one function an operator, the oracle that the others are judged by.

It computes in float64, or in exact integers, and rounds once, to nearest even, to the type of each output.
It is written to be read beside the specification, not to be fast.
"""

from __future__ import annotations

import numpy as np

from ..backend import Availability, Backend, OperatorReport, OpSupportLimits, Program, Report
from ..graph import Graph, as_graph
from ..operator import MLOperand
from ..program import owned
from ..types import Array
from . import (
    activation,
    convolution,
    elementwise,
    indexing,
    linear_algebra,
    movement,
    normalization,
    pooling,
    quantization,
    recurrent,
    reduction,
    resampling,
)
from .evaluate import evaluate, evaluates, steps

__all__ = ["CHAPTERS", "ReferenceBackend", "ReferenceProgram", "evaluate", "evaluates", "steps"]

CHAPTERS = (
    elementwise,
    activation,
    convolution,
    pooling,
    reduction,
    normalization,
    linear_algebra,
    recurrent,
    movement,
    indexing,
    quantization,
    resampling,
)
"""The modules that hold the evaluators, named as the families of operators."""


class ReferenceProgram(Program):
    """A graph, evaluated operator by operator."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph.input_descriptors, graph.output_descriptors)
        self.graph = graph

    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        """Evaluate the operators in order."""
        values: dict[MLOperand, Array] = {}
        wanted = set(self.graph.outputs.values())
        for op, outputs in steps(self.graph, inputs):
            values.update((operand, array) for operand, array in zip(op.outputs, outputs, strict=True) if operand in wanted)
        return owned({name: values[operand] for name, operand in self.graph.outputs.items()})

    def explain(self) -> Report:
        """Every operator is run by NumPy."""
        device = f"numpy {np.__version__}"
        operators = tuple(OperatorReport(op.name, op.label, f"reference.{op.family}", device) for op in self.graph.operators)
        return Report("reference", device, operators, self.graph.weight_bytes)


class ReferenceBackend(Backend):
    """Computes on the CPU with NumPy."""

    name = "reference"

    def available(self) -> Availability:
        """Always: NumPy is a dependency of the core."""
        return Availability(True, f"numpy {np.__version__}", {"numpy": np.__version__})

    def support_limits(self) -> OpSupportLimits:
        """Everything that WebNN allows."""
        return evaluates.support_limits(self)

    def compile(self, graph: Graph) -> ReferenceProgram:
        """Check that every operator has an evaluator."""
        for op in as_graph("compile", graph).operators:
            evaluates.of(op)
        return ReferenceProgram(graph)
