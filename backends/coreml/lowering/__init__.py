"""From a graph of WebNN operators to a MIL program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from webnpu.emulation import emulated
from webnpu.graph import Graph
from webnpu.operator import MLOperand, Operator
from webnpu.types import OperandDescriptor

from ..mil import NAMING, Operation, Program, Var
from ..options import Options
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
from .collapse import collapsed
from .model import WIDE64, Model, Wide, held_shape, lacks, lowers
from .wide import joined_feature, parted_feature

__all__ = ["CHAPTERS", "Feature", "Lowered", "lower", "lowers"]

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
"""The modules that hold the lowerings, named as the families of operators."""


@dataclass(frozen=True, slots=True)
class Feature:
    """An input or an output of the graph and how it crosses the boundary of the model.

    Attributes:
        name: its name in the graph.
        var: its value in the program, whose name is that of the model's feature.
        descriptor: its data type and shape in the graph.
    """

    name: str
    var: Var
    descriptor: OperandDescriptor


@dataclass(frozen=True)
class Lowered:
    """A program, what crosses its boundary, and which operations each operator became."""

    program: Program
    inputs: tuple[Feature, ...]
    outputs: tuple[Feature, ...]
    operators: tuple[tuple[Operator, tuple[Operation, ...]], ...]
    placeholder: str
    """The name of an input that a model without inputs has all the same; '' for none."""
    graph: Graph
    """The graph as it was given; it may have inputs that no operation needs any more."""


def lower(graph: Graph, options: Options) -> Lowered:
    """Lower a graph.

    Raises:
        Unsupported: an operator cannot be done right in MIL; before anything is lowered where its limits say so.
    """
    names, whole = NAMING.names(graph.inputs, graph.outputs), graph
    graph = collapsed(emulated(graph, lacks))
    for op in graph.operators:
        lowers.of(op)
    m = Model(options)
    m.reserve((*names.inputs.values(), *names.outputs.values()))
    inputs = tuple(_input(m, name, names.inputs[name], operand) for name, operand in graph.inputs.items())
    placeholder = "" if inputs else _placeholder(m)
    operators = tuple((op, _lower_one(m, op)) for op in graph.operators)
    outputs = tuple(_output(m, name, names.outputs[name], operand) for name, operand in graph.outputs.items())
    m.program.metadata.update(names.metadata(graph.input_descriptors, graph.output_descriptors))
    return Lowered(m.program, inputs, outputs, operators, placeholder, whole)


def _lower_one(m: Model, op: Operator) -> tuple[Operation, ...]:
    """Lower one operator; the operations that it became, constants left out."""
    start = len(m.program.operations)
    values = lowers.of(op).function(op, m)
    values = values if isinstance(values, tuple) else (values,)
    for operand, value in zip(op.outputs, values, strict=True):
        parts = (value.low, value.high) if isinstance(value, Wide) else (value,)
        for part in parts:
            if part.shape != held_shape(operand.shape):
                raise AssertionError(f"{op.name} was lowered to shape {part.shape}; expected {operand.descriptor}")
        m.values[operand] = value
    return tuple(operation for operation in m.program.operations[start:] if operation.type != "const")


def _input(m: Model, name: str, given: str, operand: MLOperand) -> Feature:
    """A model takes float32, float16 and int32; the others cross the boundary as those that hold them."""
    data_type = operand.data_type
    if data_type in WIDE64:
        var = m.input(given, "int32", (2, operand.descriptor.size))
        m.values[operand] = parted_feature(m, var, operand)
    else:
        var = m.input(given, "fp32" if data_type == "float32" else m.held(data_type), held_shape(operand.shape))
        m.values[operand] = m.cast(var, m.held(data_type))
    return Feature(name, var, operand.descriptor)


def _output(m: Model, name: str, given: str, operand: MLOperand) -> Feature:
    value = m.whole(operand)
    var = joined_feature(m, value) if isinstance(value, Wide) else value
    if operand.data_type == "float32":
        var = m.cast(var, "fp32")
    return Feature(name, m.output(given, var), operand.descriptor)


def _placeholder(m: Model) -> str:
    """An input for a model that needs none, and an operation that uses it: Core ML runs no model without."""
    var = m.input(m.name("placeholder"), "fp16", (1,))
    m.binary("add", var, m.constant(np.zeros(1, np.float16)))
    return var.name
