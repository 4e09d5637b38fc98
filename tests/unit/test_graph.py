"""The graph: order, what is left out, names, and how it reads."""

from __future__ import annotations

import gc
import time
from weakref import ref

import numpy as np
import pytest

from webnpu import Graph, MLContext, MLGraphBuilder, MLOperand

PAIR = {"dataType": "float32", "shape": [2, 3]}


@pytest.fixture
def b() -> MLGraphBuilder:
    return MLGraphBuilder()


@pytest.fixture
def x(b: MLGraphBuilder) -> MLOperand:
    return b.input("x", PAIR)


def methods(graph: Graph) -> list[str]:
    return [op.name for op in graph.operators]


def test_every_operator_stands_after_its_operands(b: MLGraphBuilder, x: MLOperand) -> None:
    shared = b.relu(x)
    y = b.add(b.mul(shared, b.exp(shared)), b.neg(b.exp(shared)))
    graph = b.finish({"y": y})
    seen = set(graph.inputs.values())
    for op in graph.operators:
        assert {operand for _, operand in op.operands()} <= seen
        seen.update(op.outputs)


def test_operator_that_is_used_twice_stands_once(b: MLGraphBuilder, x: MLOperand) -> None:
    shared = b.relu(x)
    assert methods(b.finish({"y": b.add(shared, shared)})) == ["relu", "add"]


def test_what_no_output_needs_is_left_out(b: MLGraphBuilder, x: MLOperand) -> None:
    b.exp(x)
    b.add(x, b.constant(np.zeros(3, np.float32)))
    b.input("unused", PAIR)
    graph = b.finish({"y": b.relu(x)})
    assert (methods(graph), graph.constants, list(graph.inputs)) == (["relu"], (), ["x"])


def test_graph_of_fifty_thousand_operators_needs_no_recursion(b: MLGraphBuilder, x: MLOperand) -> None:
    y = x
    for _ in range(50_000):
        y = b.relu(y)
    start = time.perf_counter()
    graph = b.finish({"y": y})
    assert len(graph.operators) == 50_000
    assert len(graph.names) == 50_001
    assert graph.operators[0].input is x
    assert time.perf_counter() - start < 10


def test_wide_sharing_takes_linear_time(b: MLGraphBuilder, x: MLOperand) -> None:
    y = x
    for _ in range(2_000):
        y = b.add(y, y)  # as a tree, 2 ** 2000 nodes
    assert len(b.finish({"y": y}).operators) == 2_000


def test_one_operand_under_two_names(reference: MLContext) -> None:
    b = MLGraphBuilder(reference)
    y = b.relu(b.input("x", PAIR))
    results = b.build({"first": y, "second": y})(x=np.full((2, 3), -1, np.float32))
    assert results["first"].tolist() == results["second"].tolist() == [[0] * 3] * 2


def test_some_outputs_of_an_operator_may_be_left_unused(b: MLGraphBuilder, x: MLOperand) -> None:
    parts = b.split(x, 3, axis=1)
    graph = b.finish({"middle": parts[1]})
    assert graph.outputs["middle"] is graph.operators[0].outputs[1]
    assert len(graph.operators[0].outputs) == 3


def test_names_are_unique_even_beside_awkward_inputs(b: MLGraphBuilder) -> None:
    inputs = [b.input(name, PAIR) for name in ("v0", "c0", "v2")]
    y = b.concat([*inputs, b.constant(np.zeros((2, 3), np.float32))], 0)
    graph = b.finish({"y": b.relu(b.relu(y))})
    assert list(graph.names.values()) == ["v0", "c0", "v2", "c1", "v1", "v3", "v4"]


def test_uses_count_every_place(b: MLGraphBuilder, x: MLOperand) -> None:
    y = b.mul(x, x)
    graph = b.finish({"y": y})
    assert graph.uses() == {x: [y.operator, y.operator], y: []}


def test_weights_are_counted_in_bytes(b: MLGraphBuilder, x: MLOperand) -> None:
    quantized = b.constant({"dataType": "int4", "shape": [1, 3]}, [1, 2, 3])
    scale = b.constant(np.ones((1, 3), np.float32))
    y = b.add(x, b.dequantize_linear(quantized, scale, quantized))
    assert b.finish({"y": y}).weight_bytes == 2 + 12


def test_graph_is_immutable(b: MLGraphBuilder, x: MLOperand) -> None:
    outputs = {"y": b.relu(x)}
    graph = b.finish(outputs)
    outputs["z"] = x
    assert list(graph.outputs) == ["y"]
    with pytest.raises(TypeError):
        graph.outputs["z"] = x  # type: ignore[index]
    with pytest.raises(AttributeError):
        graph.operators = ()  # type: ignore[misc]


def test_graph_prints_one_operator_a_line(b: MLGraphBuilder, x: MLOperand) -> None:
    weights = b.constant(np.zeros((3, 4), np.float16))
    h = b.softmax(b.matmul(x, b.cast(weights, "float32")), 1, label="attention")
    left, _ = b.split(h, 2, axis=1)
    joined = b.concat([left, x], 1)
    graph = b.finish({"y": b.clamp(joined, min_value=float("-inf"), max_value=6), "h": h})
    assert (
        str(graph)
        == """\
graph(x: float32[2, 3]) {
  c0 = constant float16[3, 4]
  v0: float32[3, 4] = cast(input=c0, data_type='float32')
  v1: float32[2, 4] = matmul(a=x, b=v0)
  v2: float32[2, 4] = softmax(input=v1, label='attention', axis=1)
  v3: float32[2, 2], v4: float32[2, 2] = split(input=v2, splits=2, axis=1)
  v5: float32[2, 5] = concat(inputs=[v3, x], axis=1)
  v6: float32[2, 5] = clamp(input=v5, min_value=-inf, max_value=6)
  return y=v6, h=v2
}"""
    )


def test_a_graph_that_nobody_holds_goes_at_once() -> None:
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [2, 4]})
    weights = b.constant(np.ones((4, 4), np.float32))
    left, right = b.split(b.matmul(x, weights), 2, axis=1)
    graph = b.finish({"y": b.sub(left, right)})
    gone = ref(weights)
    gc.disable()
    try:
        del b, x, weights, left, right
        assert gone() is not None
        del graph
        assert gone() is None, "without a search for cycles"
    finally:
        gc.enable()


def test_an_output_that_nobody_held_is_there_when_it_is_asked_for() -> None:
    b = MLGraphBuilder()
    left = b.split(b.input("x", {"dataType": "float32", "shape": [2, 5]}), [1, 4], axis=1)[0]
    split = left.operator
    assert split is not None
    same, right = split.outputs
    assert same is left
    assert (right.shape, right.index, right.operator) == ((2, 4), 1, split)
    assert split.outputs[1] is right
    graph = b.finish({"y": b.neg(right)})
    assert graph.operators[0].outputs[1] is right


def test_a_graph_holds_the_outputs_that_nobody_takes() -> None:
    b = MLGraphBuilder()
    graph = b.finish({"y": b.split(b.input("x", {"dataType": "float32", "shape": [2, 4]}), 2, axis=1)[0]})
    outputs = [id(output) for output in graph.operators[0].outputs]
    gc.collect()
    assert [id(output) for output in graph.operators[0].outputs] == outputs


def test_a_deep_graph_goes_without_recursion() -> None:
    b = MLGraphBuilder()
    y = b.input("x", {"dataType": "float32", "shape": [2]})
    for _ in range(50_000):
        y = b.relu(y)
    graph = b.finish({"y": y})
    gone = ref(graph.operators[0])
    del b, y, graph
    assert gone() is None
