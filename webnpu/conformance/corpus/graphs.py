"""Cases of several operators: what models are made of, and the shapes that graphs can have.

Numbers are chosen so that every operator but the last gives exact results; the bound is that of the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...builder import MLGraphBuilder
from ...operator import MLOperand
from ...types import Array, DataType
from ..cases import Case
from . import blocks, structures
from .data import Fill, Source, Tensor, small
from .recipe import computed


class Maker:
    """A builder with the data of a case: its inputs and weights are filled from the name of the case."""

    def __init__(self, name: str) -> None:
        self.name, self.builder = name, MLGraphBuilder()
        self.arrays: dict[str, Array] = {}
        self._weights = 0

    def input(self, name: str, *shape: int, fill: Fill = small, of: DataType = DataType.FLOAT32) -> MLOperand:
        """An input, filled."""
        self.arrays[name] = Tensor(of, shape, fill).array(Source(f"{self.name}/{name}"))
        return self.builder.input(name, {"dataType": of, "shape": shape})

    def weight(self, *shape: int, fill: Fill = small, of: DataType = DataType.FLOAT32) -> MLOperand:
        """A constant, filled."""
        self._weights += 1
        array = Tensor(of, shape, fill).array(Source(f"{self.name}/weight-{self._weights}"))
        return self.builder.constant({"dataType": of, "shape": shape}, array)

    def values(self, *values: float, of: DataType = DataType.FLOAT32) -> MLOperand:
        """A constant vector of given values."""
        return self.builder.constant(np.array(values, of.numpy))

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """Every method of the builder is one of the maker."""
        found: Callable[..., Any] = getattr(self.builder, method)
        return found


def cases() -> Iterator[Case]:
    """All cases of several operators."""
    for module in (blocks, structures):
        for name, make in vars(module).items():
            if name.startswith("_") or getattr(make, "__module__", None) != module.__name__ or isinstance(make, type):
                continue
            yield _case(name.replace("_", "-"), make)


def _case(what: str, make: Callable[[Maker], dict[str, MLOperand]]) -> Case:
    maker = Maker(f"_graphs/{what}")
    graph = maker.builder.finish(make(maker))
    leaves = [*graph.inputs.values(), *graph.constants]
    data_type = leaves[0].data_type.value
    inputs = {name: maker.arrays[name] for name in graph.inputs}
    about = (make.__doc__ or "").partition("\n")[0].rstrip(".")
    return computed(graph, inputs, id=f"_graphs/{data_type}/{what}", operator="_graphs", type=data_type, about=about)
