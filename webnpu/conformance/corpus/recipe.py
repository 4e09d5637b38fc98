"""What a case is made from, and how it is made: the reference computes what is expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...agreement import bound_of
from ...builder import MLGraphBuilder
from ...graph import Graph
from ...operator import MLOperand, Operator
from ...reference import ReferenceProgram
from ...types import Array
from ..cases import Case
from .data import Source, Tensor

Operands = Mapping[str, "Tensor | tuple[Tensor, ...]"]


@dataclass(frozen=True)
class Recipe:
    """One use of one operator.

    Attributes:
        operator: its class.
        what: the last part of the case's id: what the case covers, in a word or two.
        about: what it covers, in one line.
        operands: the tensors, under the names of the operator's fields.
        options: the other arguments, under their Python names.
        constants: the names of the operands that are constants of the graph, not inputs.
    """

    operator: type[Operator]
    what: str
    about: str
    operands: Operands
    options: Mapping[str, Any] = field(default_factory=dict)
    constants: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The data type of the first operand."""
        first = next(iter(self.operands.values()))
        return (first if isinstance(first, Tensor) else first[0]).data_type.value

    @property
    def id(self) -> str:
        return f"{self.operator.name}/{self.type}/{self.what}"

    def graph(self) -> tuple[Graph, dict[str, Array]]:
        """The graph of the operator alone, and an array for each of its inputs."""
        inputs: dict[str, Array] = {}

        def operand(builder: MLGraphBuilder, name: str, tensor: Tensor, constant: bool) -> MLOperand:
            array, descriptor = tensor.array(Source(f"{self.id}/{name}")), {"dataType": tensor.data_type, "shape": tensor.shape}
            if constant:
                return builder.constant(descriptor, array)
            inputs[name] = array
            return builder.input(name, descriptor)

        return self._built(operand), inputs

    def outline(self) -> Graph:
        """The graph, constants and all being inputs, so that no element needs to be made."""
        return self._built(lambda b, name, tensor, _: b.input(name, {"dataType": tensor.data_type, "shape": tensor.shape}))

    def _built(self, operand: Callable[[MLGraphBuilder, str, Tensor, bool], MLOperand]) -> Graph:
        builder = MLGraphBuilder()
        arguments: dict[str, Any] = dict(self.options)
        for name, tensor in self.operands.items():
            alias, constant = self.operator.model_fields[name].alias or name, name in self.constants
            if isinstance(tensor, Tensor):
                arguments[name] = operand(builder, alias, tensor, constant)
            else:
                arguments[name] = [operand(builder, f"{alias}{i}", item, constant) for i, item in enumerate(tensor)]
        outputs = builder.apply(self.operator, arguments)
        names = ["y"] if len(outputs) == 1 else [f"y{i}" for i in range(len(outputs))]
        return builder.finish(dict(zip(names, outputs, strict=True)))

    def case(self) -> Case:
        """The case, computed by the reference."""
        graph, inputs = self.graph()
        return computed(graph, inputs, id=self.id, operator=self.operator.name, type=self.type, about=self.about)


def computed(graph: Graph, inputs: Mapping[str, Array], *, id: str, operator: str, type: str, about: str) -> Case:
    """The case of a graph, its outputs computed by the reference, each bounded as the operator that computes it."""
    with np.errstate(all="ignore"):
        outputs = ReferenceProgram(graph).run(inputs)
    bounds = {name: bound_of(operand.operator, operand.data_type) for name, operand in graph.outputs.items() if operand.operator}
    return Case.of(graph, inputs, outputs, bounds, id=id, operator=operator, type=type, about=about)


Recipes = Iterator[Recipe]
