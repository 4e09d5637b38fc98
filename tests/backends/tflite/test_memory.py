"""Graphs that reshape what they use again: LiteRT computes in place, and must not do so in memory that others need."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tflite_graphs import BACKEND, REFERENCE, tensor

from webnpu import MLGraphBuilder
from webnpu.graph import Graph
from webnpu.types import DataType

SHAPES = [(2, 6), (12,), (3, 4), (1, 12), (2, 3, 2), (2, 1, 3, 1, 2)]


def entangled(data_type: DataType, seed: int) -> tuple[Graph, dict[str, Any]]:
    """Reshapes, arithmetic and transposes of two inputs, many of whose results are used again or are outputs."""
    random = np.random.default_rng(seed)
    b: Any = MLGraphBuilder()
    pool = [b.input(f"x{i}", tensor(data_type, *SHAPES[random.integers(len(SHAPES))])) for i in range(2)]
    for _ in range(14):
        x = pool[random.integers(len(pool))]
        choice = random.integers(8)
        alike = [y for y in pool if y.shape == x.shape]
        if choice < 3:
            pool.append(b.reshape(x, SHAPES[random.integers(len(SHAPES))]))
        elif choice < 6:
            method = random.choice(["add", "sub", "mul", "max", "min"])
            pool.append(getattr(b, method)(x, alike[random.integers(len(alike))]))
        else:
            pool.append(b.clamp(x, min_value=0, max_value=50) if choice == 6 else b.transpose(x))
    outputs = {f"y{i}": y for i, y in enumerate(pool[2:]) if i == 13 or random.random() < 0.3}
    graph = b.finish(outputs)
    inputs = {name: random.integers(0, 4, d.shape).astype(data_type.numpy) for name, d in graph.input_descriptors.items()}
    return graph, inputs


@pytest.mark.parametrize("name", ["float32", "float16", "int32", "int64", "uint32", "uint64", "int8"])
def test_results_that_are_used_again_are_not_overwritten(name: str) -> None:
    backend = type(BACKEND)(threads=1)
    for seed in range(40):
        graph, inputs = entangled(DataType(name), seed)
        program = backend.compile(graph)
        expected = REFERENCE.compile(graph).run(inputs)
        for _ in range(2):  # the second run finds what the first left behind
            found = program.run(inputs)
            for output, array in expected.items():
                assert np.array_equal(found[output], array), f"seed {seed}: {graph}"
        program.destroy()


@pytest.mark.parametrize("data_type", [t for t in DataType if not t.is_extension])
def test_a_scalar_that_is_compared_and_handed_on(data_type: DataType) -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(data_type))
    program = BACKEND.compile(b.finish({"same": b.equal(x, x), "x": b.identity(x)}))
    found = program.run({"x": np.array(7, data_type.numpy)})
    assert found["same"] == 1
    assert found["x"] == 7
