"""Bad models, each of its own kind. What is found by changing models at random stands in ``tests/fuzz``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from webnpu import Budget, BudgetExceeded
from webnpu.onnx import InvalidModel, UnsupportedModel, import_model

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
pytestmark = pytest.mark.filterwarnings("ignore")  # NumPy's remarks about numbers that do not fit


def info(name: str, element: int = FLOAT, shape: Any = None) -> Any:
    return helper.make_tensor_value_info(name, element, shape)


@pytest.mark.parametrize("data", [b"", b"\x00", b"nonsense", b"\x08\x0a" * 10, bytes(100)])
def test_what_is_no_model_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(InvalidModel):
        import_model(data)


def small(nodes: list[Any], inputs: list[Any], outputs: list[Any], initializers: list[Any] | None = None) -> ModelProto:
    graph = helper.make_graph(nodes, "g", inputs, outputs, initializer=initializers or [])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_cycles_are_found() -> None:
    nodes = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    with pytest.raises(InvalidModel, match="needs its own result: the graph has a cycle"):
        import_model(small(nodes, [info("x", FLOAT, [2])], [info("b", FLOAT, [2])]))


def test_a_missing_initialiser_is_named() -> None:
    model = small([helper.make_node("MatMul", ["x", "weights"], ["y"])], [info("x", FLOAT, [2, 2])], [info("y", FLOAT, [2, 2])])
    with pytest.raises(InvalidModel, match="weights"):
        import_model(model)


def test_an_output_that_nothing_computes_is_named() -> None:
    model = small([helper.make_node("Relu", ["x"], ["y"])], [info("x", FLOAT, [2])], [info("z", FLOAT, [2])])
    with pytest.raises((InvalidModel, UnsupportedModel), match="z"):
        import_model(model)


@pytest.mark.parametrize("shape", [[2**31], [2**20, 2**20], [2**40, 2**40], [-1, 3], [2**62] * 4])
def test_shapes_that_overflow_are_refused(shape: list[int]) -> None:
    model = small([helper.make_node("Relu", ["x"], ["y"])], [info("x", FLOAT, shape)], [info("y", FLOAT, shape)])
    with pytest.raises((InvalidModel, UnsupportedModel)):
        import_model(model)


@pytest.mark.parametrize(
    ("kind", "constants"),
    [
        ("ConstantOfShape", [[2**31, 2**31]]),
        ("ConstantOfShape", [[-1, 4]]),
        ("Expand", [[1], [2**40, 8]]),
        ("Tile", [[1, 2, 3], [2**50]]),
        ("Range", [0, 2**62, 1]),
        ("Range", [0, 5, 0]),
        ("Pad", [[1, 2], [2**40, 2**40]]),
        ("EyeLike", [[[1] * 4] * 4]),
    ],
)
def test_a_little_model_cannot_ask_for_much_memory(kind: str, constants: list[Any], maker: Any) -> None:
    m = maker()
    names = [m.constant(np.asarray(value, np.int64)) for value in constants]
    total = m("ReduceMax", m("Cast", m(kind, *names), to=FLOAT), keepdims=0)
    model = m.model(m("Add", m.input("x", shape=(2,)), total))
    if kind == "EyeLike":
        assert import_model(model).outputs
        return
    with pytest.raises((InvalidModel, UnsupportedModel, BudgetExceeded)):
        import_model(model)


def test_weights_whose_shape_lies_are_refused() -> None:
    tensor = helper.make_tensor("w", FLOAT, [2, 2], np.zeros(4, np.float32).tobytes(), raw=True)
    tensor.dims[0] = 1000
    model = small([helper.make_node("MatMul", ["x", "w"], ["y"])], [info("x", FLOAT, [2, 2])], [info("y", FLOAT, [2, 2])], [tensor])
    with pytest.raises(InvalidModel):
        import_model(model)


def test_deep_nesting_is_refused_in_time() -> None:
    def nested(depth: int) -> Any:
        if depth == 0:
            node = helper.make_node("Relu", ["x"], [f"y{depth}"])
        else:
            inner = nested(depth - 1)
            node = helper.make_node("If", ["c"], [f"y{depth}"], then_branch=inner, else_branch=inner)
        return helper.make_graph([node], f"g{depth}", [], [info(f"y{depth}", FLOAT, [2])])

    inputs = [info("x", FLOAT, [2]), info("c", TensorProto.BOOL, [])]
    shallow = nested(8)
    assert import_model(small(list(shallow.node), inputs, list(shallow.output))).outputs
    leaf = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "leaf", [], [info("y", FLOAT, [2])])
    chain = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [], [info("y", FLOAT, [2])])
    for _ in range(25):
        node = helper.make_node("If", ["c"], ["y"], then_branch=chain, else_branch=leaf)
        chain = helper.make_graph([node], "g", [], [info("y", FLOAT, [2])])
    with pytest.raises(BudgetExceeded, match="deep in others"):
        import_model(small(list(chain.node), inputs, list(chain.output)), budget=Budget(depth=20))
