"""Evaluating operators one by one: in float64 or exact integers inside, rounded once to the output's type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..backend import Lowerings
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..types import ANY, FOUR_BIT, Array, DataType

Evaluator = Callable[..., Any]


evaluates: Lowerings[Evaluator] = Lowerings("reference", types=(*ANY, *FOUR_BIT), emulates=False)
"""Register a function ``f(op, *operands)``: the operands in order of declaration, None where absent, a tuple for a sequence.

Floats arrive as float64, 4-bit integers as int8 or uint8, other integers as they are. It returns one array,
or a tuple for several outputs; what it returns is rounded to the outputs' data types.
"""


def widen(array: Array, data_type: DataType) -> Array:
    """The array in the type that the reference computes in."""
    if data_type.is_float:
        return array.astype(np.float64)
    if data_type.is_extension:
        return array.astype(np.int8 if data_type.is_signed else np.uint8)
    return array


def narrow(array: Array, data_type: DataType) -> Array:
    """The array rounded once to a data type: floats to nearest even, integers modulo their range."""
    with np.errstate(all="ignore"):
        return np.asarray(array).astype(data_type.numpy)


def evaluate(op: Operator, values: Mapping[MLOperand, Array]) -> tuple[Array, ...]:
    """The outputs of one operator, given the values of its operands."""
    arguments: list[Array | tuple[Array, ...] | None] = []
    for name in op.operand_limits:
        operand = getattr(op, name)
        if isinstance(operand, tuple):
            arguments.append(tuple(widen(values[o], o.data_type) for o in operand))
        else:
            arguments.append(None if operand is None else widen(values[operand], operand.data_type))
    with np.errstate(all="ignore"):
        results = evaluates.of(op).function(op, *arguments)
    results = results if isinstance(results, tuple) else (results,)
    return tuple(narrow(result, o.data_type) for result, o in zip(results, op.outputs, strict=True))


def steps(graph: Graph, inputs: Mapping[str, Array]) -> Iterator[tuple[Operator, tuple[Array, ...]]]:
    """Each operator of a graph with its outputs, in order."""
    values: dict[MLOperand, Array] = {operand: inputs[name] for name, operand in graph.inputs.items()}
    values.update((c, c.value) for c in graph.constants if c.value is not None)
    last_use = {operand: i for i, op in enumerate(graph.operators) for _, operand in op.operands()}
    kept = set(graph.outputs.values())
    for i, op in enumerate(graph.operators):
        outputs = evaluate(op, values)
        values.update(zip(op.outputs, outputs, strict=True))
        yield op, outputs
        for operand in {operand for _, operand in op.operands()}:
            if last_use[operand] == i and operand not in kept and operand.operator is not None:
                del values[operand]
