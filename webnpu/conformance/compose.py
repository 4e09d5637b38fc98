"""Operators composed at random into valid graphs, with data that every implementation agrees on.

The composer computes each value as it goes, and drops an operator whose results are not fit to be compared: not
finite, too large, or so small that some devices flush them to zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

from ..builder import MLGraphBuilder
from ..graph import Graph
from ..operator import MLOperand
from ..operators import OPERATORS
from ..reference import evaluate
from ..types import ANY, Array, DataType, Shape

MAX_ELEMENTS = 256
LARGEST = {DataType.FLOAT32: 1000.0, DataType.FLOAT16: 100.0}
"""The largest float that is kept; later sums stay in range."""
LEAST = {DataType.FLOAT32: 1e-4, DataType.FLOAT16: 1e-2}
"""The smallest float but zero that is kept, far from the subnormal ones."""

Arguments = dict[str, Any]


class Composer:
    """A graph in the making, and the value of each operand."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.builder = MLGraphBuilder()
        self.values: dict[MLOperand, Array] = {}
        self.inputs: dict[str, Array] = {}
        self.used: set[MLOperand] = set()

    def leaf(self, data_type: DataType, shape: Shape, low: float = -2, high: float = 2) -> MLOperand:
        """A new input or constant; integers reach from low to high too."""
        count = math.prod(shape)
        if data_type.is_float:
            numbers: list[float] = [self.random.randint(int(low * 64), int(high * 64)) / 64 for _ in range(count)]
        else:
            start = math.ceil(low) if data_type.is_signed else max(0, math.ceil(low))
            numbers = [self.random.randint(start, max(start, math.floor(high))) for _ in range(count)]
        return self.given(np.array(numbers).astype(data_type.numpy).reshape(shape))

    def given(self, array: Array) -> MLOperand:
        """A new input or constant with given elements."""
        if self.random.random() < 0.5:
            operand = self.builder.constant(array)
        else:
            name = f"x{len(self.inputs)}"
            operand = self.builder.input(name, {"dataType": DataType.of(array.dtype), "shape": array.shape})
            self.inputs[name] = array
        self.values[operand] = array
        return operand

    def shape(self, rank: int) -> Shape:
        """A small shape."""
        return tuple(self.random.choice((1, 2, 2, 3, 3, 4)) for _ in range(rank))

    def pick(
        self, types: tuple[DataType, ...], low_rank: int = 0, high_rank: int = 5, fits: Callable[[MLOperand], bool] | None = None
    ) -> MLOperand:
        """A value that there is already, if one fits, or else a new one."""
        found = [
            operand
            for operand in self.values
            if operand.data_type in types and low_rank <= operand.rank <= high_rank and (fits is None or fits(operand))
        ]
        if found and self.random.random() < 0.85:
            return self.random.choice(found[-8:])
        rank = self.random.randint(low_rank, min(high_rank, 5))
        return self.leaf(self.random.choice(types), self.shape(rank))

    def like(self, operand: MLOperand) -> MLOperand:
        """A value of the same type that broadcasts with another."""
        found = [o for o in self.values if o.data_type is operand.data_type and o.shape in (operand.shape, operand.shape[1:], ())]
        if found and self.random.random() < 0.6:
            return self.random.choice(found)
        kept = operand.shape[self.random.randint(0, operand.rank) :] if operand.rank else ()
        return self.leaf(operand.data_type, tuple(size if self.random.random() < 0.7 else 1 for size in kept))

    def axes(self, rank: int) -> list[int]:
        """Some axes in any order."""
        return self.random.sample(range(rank), self.random.randint(0, rank))

    def apply(self, name: str, arguments: Arguments) -> None:
        """Add an operator, if its results are fit to be compared."""
        outputs = self.builder.apply(OPERATORS[name], arguments)
        operator = outputs[0].operator
        if operator is None or any(o.descriptor.size > MAX_ELEMENTS for o in outputs):
            return
        arrays = evaluate(operator, self.values)
        if all(fit(array, output.data_type) for array, output in zip(arrays, outputs, strict=True)):
            self.values.update(zip(outputs, arrays, strict=True))
            self.used.update(operand for _, operand in operator.operands())

    def finish(self) -> tuple[Graph, dict[str, Array]]:
        """The graph of all that was added, and its inputs."""
        computed = [operand for operand in self.values if operand.operator is not None]
        ends = [operand for operand in computed if operand not in self.used]
        if not computed:
            ends = [self.builder.apply(OPERATORS["abs"], {"input": self.leaf(DataType.FLOAT32, (2,))})[0]]
        elif self.random.random() < 0.3:
            ends.append(self.random.choice(computed))
        graph = self.builder.finish({f"y{i}": operand for i, operand in enumerate(ends)})
        return graph, {name: self.inputs[name] for name in graph.inputs}


def fit(array: Array, data_type: DataType) -> bool:
    """Whether a value can be compared, and computed with."""
    if not data_type.is_float:
        return bool((np.abs(array.astype(np.float64)) < 2**20).all())
    magnitudes = np.abs(array.astype(np.float64))
    if not np.isfinite(magnitudes).all() or magnitudes.max(initial=0) > LARGEST[data_type]:
        return False
    return not ((magnitudes > 0) & (magnitudes < LEAST[data_type])).any()


def random_graph(seed: int | Random, length: int = 8) -> tuple[Graph, dict[str, Array]]:
    """A random graph, and arrays for its inputs.

    Args:
        seed: where the choices come from: a number, or a source of randomness such as hypothesis' ``randoms()``.
        length: how many operators are tried at most.
    """
    from .makers import MAKERS

    random = seed if isinstance(seed, Random) else Random(seed)
    composer = Composer(random)
    composer.leaf(random.choice((DataType.FLOAT32, DataType.FLOAT32, *ANY)), composer.shape(random.randint(0, 4)))
    names = sorted(MAKERS)
    for _ in range(random.randint(1, length)):
        name = random.choice(names)
        if (arguments := MAKERS[name](composer, name)) is not None:
            composer.apply(name, arguments)
    return composer.finish()
