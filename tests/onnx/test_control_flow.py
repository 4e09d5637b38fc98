"""Loops of no turns, scans, sequences and optional values: what is static is followed, with ONNX Runtime as the judge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from webnpu.backend import load_backend
from webnpu.errors import WebNPUError
from webnpu.onnx import UnsupportedModel, import_model

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
info = helper.make_tensor_value_info


def run(model: Any, inputs: dict[str, np.ndarray], **options: Any) -> dict[str, np.ndarray]:
    graph = import_model(model, **options)
    return load_backend("reference").compile(graph).run({name: inputs[name] for name in graph.inputs})


def body() -> Any:
    """Adds x to what is carried, and collects it."""
    nodes = [
        helper.make_node("Identity", ["go"], ["go_out"]),
        helper.make_node("Add", ["total", "x"], ["total_out"]),
        helper.make_node("Identity", ["total_out"], ["each"]),
    ]
    inputs = [info("i", INT64, []), info("go", BOOL, []), info("total", FLOAT, [3])]
    return helper.make_graph(nodes, "body", inputs, [info("go_out", BOOL, []), info("total_out", FLOAT, [3]), info("each", FLOAT, [3])])


@pytest.mark.parametrize(("turns", "goes_on"), [(0, True), (-2, True), (5, False), (2, True)])
def test_loops_of_no_turns_give_what_they_began_with(turns: int, goes_on: bool, maker: Any, runtime: Any) -> None:
    """What is collected then is empty; joined to something it adds nothing."""
    m = maker()
    x = m.input("x", shape=(3,))
    first = m("Mul", x, m.constant(np.float32(10)))
    limit, condition = m.constant(np.asarray(turns, np.int64)), m.constant(np.asarray(goes_on))
    total, each = m("Loop", limit, condition, first, outputs=2, body=body())
    joined = m("Concat", m("Unsqueeze", x, m.ints(0)), each, axis=0)
    model, inputs = m.model({total: FLOAT, joined: FLOAT}), {"x": np.float32([1, 2, 3])}
    got = run(model, inputs)
    for name, want in runtime(model, inputs).items():
        np.testing.assert_array_equal(got[name], want)


def test_what_a_loop_of_no_turns_collects_is_no_output(maker: Any) -> None:
    m = maker()
    x = m.input("x", shape=(3,))
    _, each = m("Loop", m.constant(np.asarray(0, np.int64)), "", x, outputs=2, body=body())
    with pytest.raises(UnsupportedModel, match=r"a tensor of shape \[0, 3\] is empty"):
        import_model(m.model(each))


@pytest.mark.parametrize("backwards", [0, 1])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_scans(axis: int, backwards: int, maker: Any, runtime: Any) -> None:
    nodes = [helper.make_node("Add", ["s", "part"], ["s_out"]), helper.make_node("Mul", ["s_out", "part"], ["each"])]
    inner = helper.make_graph(
        nodes, "b", [info("s", FLOAT, [4]), info("part", FLOAT, [4])], [info("s_out", FLOAT, [4]), info("each", FLOAT, [4])]
    )
    m = maker()
    shape = (5, 4) if axis == 0 else (4, 5)
    state, x = m.input("state", shape=(4,)), m.input("x", shape=shape)
    last, each = m(
        "Scan", state, x, outputs=2, body=inner, num_scan_inputs=1,
        scan_input_axes=[axis], scan_output_axes=[axis], scan_input_directions=[backwards], scan_output_directions=[backwards],
    )  # fmt: skip
    rng = np.random.default_rng(0)
    inputs = {"state": rng.normal(size=4).astype(np.float32), "x": rng.normal(size=shape).astype(np.float32)}
    model = m.model({last: FLOAT, each: FLOAT})
    got = run(model, inputs)
    for name, want in runtime(model, inputs).items():
        np.testing.assert_allclose(got[name], want, rtol=1e-6)


def sequence(name: str) -> Any:
    return helper.make_tensor_sequence_value_info(name, FLOAT, None)


def of_sequences(nodes: list[Any], inputs: list[Any], outputs: list[Any], initializers: Any = ()) -> Any:
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def test_a_sequence_has_an_input_or_an_output_for_each_item() -> None:
    nodes = [helper.make_node("SequenceInsert", ["s", "x"], ["out"])]
    model = of_sequences(nodes, [sequence("s"), info("x", FLOAT, [2])], [sequence("out")])
    graph = import_model(model, shapes={"s": [[3], [1, 2]]})
    assert {name: operand.shape for name, operand in graph.inputs.items()} == {"s[0]": (3,), "s[1]": (1, 2), "x": (2,)}
    assert {name: operand.shape for name, operand in graph.outputs.items()} == {"out[0]": (3,), "out[1]": (1, 2), "out[2]": (2,)}
    with pytest.raises(UnsupportedModel, match=r"it is a sequence; give the shapes of its items \(shapes={'s': \[\["):
        import_model(model)
    with pytest.raises(WebNPUError, match=r"the shape of s\[1\]"):
        import_model(model, shapes={"s": [[3], [-1]]})


@pytest.mark.parametrize(
    ("position", "words"), [(2, "its position 2 is out of range: from -2 to 1"), (-3, "its position -3 is out of range")]
)
def test_positions_in_sequences(position: int, words: str, maker: Any) -> None:
    m = maker()
    x = m.input("x", shape=(2,))
    item = m("SequenceAt", m("SequenceConstruct", x, x), m.constant(np.asarray(position)))
    with pytest.raises(UnsupportedModel, match=words):
        import_model(m.model(item))


def test_optional_values() -> None:
    """There with a shape or a value, absent with None."""
    nodes = [helper.make_node("OptionalHasElement", ["o"], ["there"])]
    branches = []
    for name, node in (("then", helper.make_node("OptionalGetElement", ["o"], ["u"])), ("other", helper.make_node("Neg", ["x"], ["u"]))):
        branches.append(helper.make_graph([node], name, [], [info("u", FLOAT, [2])]))
    nodes.append(helper.make_node("If", ["there"], ["y"], then_branch=branches[0], else_branch=branches[1]))
    kind = helper.make_optional_type_proto(helper.make_tensor_type_proto(FLOAT, [2]))
    model = of_sequences(nodes, [helper.make_value_info("o", kind), info("x", FLOAT, [2])], [info("y", FLOAT, [2])])
    o, x = np.float32([5, 6]), np.float32([1, 2])
    assert list(run(model, {"o": o, "x": x}, shapes={"o": [2]})["y"]) == [5, 6]
    assert list(run(model, {"x": x}, known={"o": None})["y"]) == [-1, -2]
    assert list(run(model, {"x": x}, known={"o": o})["y"]) == [5, 6]
    with pytest.raises(UnsupportedModel, match="it is optional; give its shape if it is there"):
        import_model(model)
