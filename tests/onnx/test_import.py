"""Importing: open dimensions, what is known, control flow, functions, external data, and the words of refusals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from webnpu import BudgetExceeded, Graph
from webnpu.backend import load_backend
from webnpu.onnx import InvalidModel, UnsupportedModel, import_model

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def names(graph: Graph) -> list[str]:
    return [operator.name for operator in graph.operators]


def run(graph: Graph, **inputs: Any) -> dict[str, np.ndarray]:
    return load_backend("reference").compile(graph).run({name: np.asarray(inputs[name]) for name in graph.inputs})


def info(name: str, element: int = FLOAT, shape: Any = None) -> Any:
    return helper.make_tensor_value_info(name, element, shape)


def branch(name: str, kind: str, *inputs: str) -> Any:
    return helper.make_graph([helper.make_node(kind, list(inputs), [f"{name}_out"])], name, [], [info(f"{name}_out")])


def test_importing_webnpu_does_not_import_onnx() -> None:
    code = "import sys, webnpu, webnpu.passes; sys.exit('onnx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_open_dimensions_are_given_by_name_or_as_whole_shapes(maker: Any) -> None:
    m = maker()
    model = m.model(m("Relu", m.input("x", shape=("batch", 3))))
    assert import_model(model, dimensions={"batch": 2}).inputs["x"].shape == (2, 3)
    assert import_model(model, shapes={"x": (4, 3)}).inputs["x"].shape == (4, 3)
    with pytest.raises(UnsupportedModel, match="its dimension 0, 'batch', is open; give its size"):
        import_model(model)
    with pytest.raises(UnsupportedModel, match="does not fit what the model declares"):
        import_model(model, shapes={"x": (4, 5)})
    with pytest.raises(InvalidModel, match="no input 'y'; its inputs are x"):
        import_model(model, shapes={"y": (4, 5)})


def test_shape_arithmetic_vanishes(maker: Any) -> None:
    m = maker()
    x = m.input("x", shape=("n", 6, 4))
    size = m("Shape", x)
    parts = [m("Gather", size, m.ints(i)) for i in (0, 2)]
    half = m("Cast", m("Div", m("Cast", parts[1], to=FLOAT), m.constant(np.asarray([2], np.float32))), to=INT64)
    model = m.model(m("Reshape", x, m("Concat", parts[0], half, m.ints(-1), axis=0)))
    graph = import_model(model, dimensions={"n": 3})
    assert names(graph) == ["reshape"]
    assert next(iter(graph.outputs.values())).shape == (3, 2, 12)


def test_names_of_inputs_and_outputs_are_kept_and_operators_are_labelled(maker: Any) -> None:
    m = maker()
    graph = import_model(m.model(m("Relu", m.input("image:0", shape=(2,)))))
    assert list(graph.inputs) == ["image:0"]
    assert list(graph.outputs) == ["v0_0"]
    assert graph.operators[0].label == "n0"


def test_inputs_can_be_made_constants(maker: Any) -> None:
    m = maker()
    model = m.model(m("ReduceSum", m.input("x", shape=(2, 3)), m.input("axes", INT64, (1,))))
    with pytest.raises(UnsupportedModel, match="its axes must be known when the model is imported \\(it is computed from axes\\)") as error:
        import_model(model)
    assert error.value.inputs == {"axes"}
    graph = import_model(model, known={"axes": [1]})
    assert list(graph.inputs) == ["x"]


def test_every_refused_node_is_named(maker: Any) -> None:
    m = maker(microsoft=True)
    x = m.input("x", shape=(2, 3))
    first = m("NonZero", x)
    second = m("Inverse", x, domain="com.microsoft")
    model = m.model({first: INT64, m("Relu", second): FLOAT})
    with pytest.raises(UnsupportedModel) as error:
        import_model(model)
    assert [(refusal.node, refusal.operator) for refusal in error.value.refusals] == [("n0", "NonZero"), ("n1", "com.microsoft.Inverse")]
    assert "cannot express 2 nodes" in str(error.value)


def test_the_taken_branch_alone_is_imported(maker: Any) -> None:
    m = maker()
    x = m.input("x", shape=(1, 3))
    is_one = m("Equal", m("Gather", m("Shape", x), m.ints(0)), m.ints(1))
    bad = branch("bad", "NonZero", x)
    graph = import_model(m.model(m("If", is_one, then_branch=branch("good", "Relu", x), else_branch=bad)))
    assert names(graph) == ["relu"]


def test_both_branches_of_an_unknown_condition_are_computed(maker: Any) -> None:
    m = maker()
    x, condition = m.input("x", shape=(3,)), m.input("c", BOOL, ())
    graph = import_model(m.model(m("If", condition, then_branch=branch("a", "Relu", x), else_branch=branch("b", "Neg", x))))
    x_value = np.asarray([-1, 0.5, 2], np.float32)
    for c, expected in ((1, [0, 0.5, 2]), (0, [1, -0.5, -2])):
        [y] = run(graph, x=x_value, c=np.uint8(c)).values()
        np.testing.assert_array_equal(y, np.asarray(expected, np.float32))


def test_a_branch_that_cannot_be_taken_asks_for_its_condition(maker: Any) -> None:
    m = maker()
    x, rate = m.input("x", shape=(3,)), m.input("rate", INT64, ())
    is_fast = m("Equal", rate, m.constant(np.asarray(16000, np.int64)))
    model = m.model(m("If", is_fast, then_branch=branch("good", "Relu", x), else_branch=branch("bad", "NonZero", x)))
    with pytest.raises(
        UnsupportedModel, match="its condition is not known when the model is imported \\(it is computed from rate\\)"
    ) as error:
        import_model(model)
    assert error.value.inputs == {"rate"}
    assert names(import_model(model, known={"rate": 16000})) == ["relu"]
    with pytest.raises(UnsupportedModel, match="the value that was given for it does not fit"):
        import_model(model, known={"rate": [1, 2]})


def loop_body(goes_on: str = "Identity") -> Any:
    nodes = [
        helper.make_node(goes_on, ["go"], ["go_out"]),
        helper.make_node("Cast", ["i"], ["f"], to=FLOAT),
        helper.make_node("Add", ["total", "f"], ["total_out"]),
        helper.make_node("Identity", ["total_out"], ["each"]),
    ]
    inputs, outputs = (
        [info("i", INT64, []), info("go", BOOL, []), info("total")],
        [info("go_out", BOOL, []), info("total_out"), info("each")],
    )
    return helper.make_graph(nodes, "body", inputs, outputs)


def test_loops_are_unrolled(maker: Any) -> None:
    m = maker()
    x = m.input("x", shape=(2,))
    last, each = m("Loop", m.constant(np.asarray(4, np.int64)), "", x, outputs=2, body=loop_body())
    graph = import_model(m.model({last: FLOAT, each: FLOAT}))
    results = run(graph, x=np.asarray([1, 10], np.float32))
    np.testing.assert_array_equal(results[last], [7, 16])
    np.testing.assert_array_equal(results[each], [[1, 10], [2, 11], [4, 13], [7, 16]])


def test_a_loop_stops_when_its_known_condition_says_so(maker: Any) -> None:
    m = maker()
    last, _ = m("Loop", "", m.constant(np.asarray(True)), m.input("x", shape=(2,)), outputs=2, body=loop_body("Not"))
    graph = import_model(m.model(last))
    np.testing.assert_array_equal(run(graph, x=np.asarray([1, 10], np.float32))[last], [1, 10])


def test_a_loop_without_an_end_is_refused(maker: Any) -> None:
    m = maker()
    last, _ = m("Loop", "", m.constant(np.asarray(True)), m.input("x", shape=(2,)), outputs=2, body=loop_body())
    with pytest.raises(BudgetExceeded, match=r"Loop .* asks for inf nodes"):
        import_model(m.model(last))


def function(name: str, *kinds: tuple[str, str]) -> Any:
    nodes = [helper.make_node(kind, ["x"], ["y"], domain=domain) for kind, domain in kinds]
    return helper.make_function("local", name, ["x"], ["y"], nodes, [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)])


def test_local_functions_are_inlined(maker: Any) -> None:
    m = maker()
    m.opsets.append(helper.make_opsetid("local", 1))
    m.functions.append(function("Twice", ("Relu", "")))
    assert names(import_model(m.model(m("Twice", m.input("x", shape=(2,)), domain="local")))) == ["relu"]


def test_local_functions_that_call_themselves_are_refused(maker: Any) -> None:
    m = maker()
    m.opsets.append(helper.make_opsetid("local", 1))
    m.functions += [function("A", ("B", "local")), function("B", ("A", "local"))]
    with pytest.raises(InvalidModel, match="calls itself"):
        import_model(m.model(m("A", m.input("x", shape=(2,)), domain="local")))


def with_external_data(folder: Path, maker: Any) -> Path:
    m = maker()
    model = m.model(m("MatMul", m.input("x", shape=(2, 32)), m.weight(32, 16)))
    path = folder / "model.onnx"
    onnx.save_model(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    return path


def test_external_data_are_mapped_not_read(tmp_path: Path, maker: Any) -> None:
    graph = import_model(with_external_data(tmp_path, maker))
    [constant] = graph.constants
    base: Any = constant.value
    while base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert base is not None
    assert run(graph, x=np.ones((2, 32), np.float32))["v0_0"].shape == (2, 16)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("../weights.bin", "leads out of the folder"),
        ("/etc/passwd", "leads out of the folder"),
        ("sub/../../weights.bin", "leads out of the folder"),
        ("link.bin", "leads out of the folder"),
        ("", "leads out of the folder"),
        ("nothing.bin", "there is no file 'nothing.bin' beside the model"),
        (".", "there is no file"),
        ("a\0b", "is no path"),
    ],
)
def test_external_data_stay_in_the_models_folder(tmp_path: Path, maker: Any, location: str, words: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    path = with_external_data(folder, maker)
    (tmp_path / "weights.bin").write_bytes(bytes(4096))
    (folder / "link.bin").symlink_to(tmp_path / "weights.bin")
    model = onnx.load_model(path, load_external_data=False)
    [entry] = [entry for entry in model.graph.initializer[0].external_data if entry.key == "location"]
    entry.value = location
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InvalidModel, match=words):
        import_model(path)


def test_external_data_must_be_long_enough(tmp_path: Path, maker: Any) -> None:
    path = with_external_data(tmp_path, maker)
    (tmp_path / "weights.bin").write_bytes(bytes(100))
    with pytest.raises(InvalidModel, match=r"expected 2048 bytes at offset 0; 'weights\.bin' has 100"):
        import_model(path)
    with pytest.raises(InvalidModel, match="the model was not read from a file"):
        import_model(path.read_bytes())


def test_booleans_are_bytes_and_doubles_are_floats(maker: Any) -> None:
    m = maker()
    x, c = m.input("x", TensorProto.DOUBLE, (3,)), m.input("c", BOOL, (3,))
    graph = import_model(m.model({m("Where", m("Not", c), x, m("Neg", x)): TensorProto.DOUBLE}))
    [y] = run(graph, x=np.asarray([1, 2, 3], np.float32), c=np.asarray([0, 1, 0], np.uint8)).values()
    np.testing.assert_array_equal(y, np.asarray([1, -2, 3], np.float32))


def test_a_cast_to_bool_asks_whether_it_is_zero(maker: Any) -> None:
    m = maker()
    graph = import_model(m.model({m("Cast", m.input("x", shape=(3,)), to=BOOL): BOOL}))
    [y] = run(graph, x=np.asarray([0, 0.5, -2], np.float32)).values()
    np.testing.assert_array_equal(y, np.asarray([0, 1, 1], np.uint8))


@pytest.mark.parametrize("lengths", [[3, 6], [6, 6], [1, 4]])
@pytest.mark.parametrize("steps", [1, 2])
def test_grouped_attention_appends_to_what_is_valid_of_the_cache(maker: Any, lengths: list[int], steps: int) -> None:
    """Against the same in plain NumPy, for caches of which only a part is filled."""
    heads, shared, past, size, batch = 4, 2, 6, 8, 2
    m = maker(microsoft=True)
    names = ["query", "key", "value"]
    inputs = [m.input(n, shape=(batch, steps, h * size)) for n, h in zip(names, (heads, shared, shared), strict=True)]
    caches = [m.input(f"past_{n}", shape=(batch, shared, past, size)) for n in names[1:]]
    valid = m.input("seqlens_k", TensorProto.INT32, (batch,))
    total = m.constant(np.asarray(max(lengths) + steps, np.int32))
    attributes = {"num_heads": heads, "kv_num_heads": shared, "domain": "com.microsoft"}
    y, key, value = m("GroupQueryAttention", *inputs, *caches, valid, total, outputs=3, **attributes)
    graph = import_model(m.model({y: FLOAT, key: FLOAT, value: FLOAT}))
    rng = np.random.default_rng(0)
    given = {name: rng.standard_normal(operand.shape).astype(np.float32) for name, operand in graph.inputs.items() if name != "seqlens_k"}
    got = run(graph, **given, seqlens_k=np.asarray([n + steps - 1 for n in lengths], np.int32))
    for i, length in enumerate(lengths):
        split = [given[n][i].reshape(steps, -1, size).transpose(1, 0, 2) for n in names]
        keys, values = (np.concatenate([given[f"past_{n}"][i, :, :length], new], 1) for n, new in zip(names[1:], split[1:], strict=True))
        np.testing.assert_array_equal(got[key][i, :, : length + steps], keys)
        for head in range(heads):
            scores = split[0][head] @ keys[head // 2].T / size**0.5
            scores[np.arange(steps)[:, None] + length < np.arange(length + steps)] = -np.inf
            share = np.exp(scores - scores.max(-1, keepdims=True))
            want = share / share.sum(-1, keepdims=True) @ values[head // 2]
            np.testing.assert_allclose(got[y][i, :, head * size : (head + 1) * size], want, rtol=1e-5, atol=1e-6)
