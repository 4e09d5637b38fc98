"""Bad models: whatever is done to the bytes of a model, the answer is an error of ours, or a valid graph.

A run without options tries 300 mutations of each kind; ``WEBNPU_HYPOTHESIS=full`` tries 5,000.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from webnpu import Budget, BudgetExceeded
from webnpu.errors import WebNPUError
from webnpu.onnx import InvalidModel, UnsupportedModel, import_model

FULL = os.environ.get("WEBNPU_HYPOTHESIS") == "full"
BATCHES, EACH = (20, 250) if FULL else (10, 30)

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
pytestmark = pytest.mark.filterwarnings("ignore")  # NumPy's remarks about numbers that do not fit


def info(name: str, element: int = FLOAT, shape: Any = None) -> Any:
    return helper.make_tensor_value_info(name, element, shape)


def seeds(make: Any) -> list[ModelProto]:
    """Models with all that can go wrong in them."""
    models = []
    m = make()
    x = m.input("x", shape=(1, 3, 8, 8))
    x = m("Relu", m("Conv", x, m.weight(4, 3, 3, 3), pads=[1] * 4, strides=[2, 2]))
    shape = m("Concat", m("Gather", m("Shape", x), m.ints(0)), m.ints(-1), axis=0)
    models.append(m.model(m("Softmax", m("Gemm", m("Reshape", x, shape), m.weight(64, 5)), axis=-1)))
    m = make()
    x = m.input("x", shape=(4, 6))
    parts = m("Split", x, m.ints(2, 4), outputs=2, axis=1)
    sliced = m("Slice", parts[1], m.ints(-1), m.ints(-100), m.ints(0), m.ints(-2))
    padded = m("Pad", m("Tile", sliced, m.ints(1, 2)), m.ints(0, 1, 2, 0), m.constant(np.float32(3)))
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_out"]), helper.make_node("Add", ["t", "t"], ["t_out"])], "body",
        [info("i", INT64, []), info("go", TensorProto.BOOL, []), info("t")], [info("go_out", TensorProto.BOOL, []), info("t_out")],
    )  # fmt: skip
    looped = m("Loop", m.constant(np.asarray(3, np.int64)), "", padded, body=body)
    models.append(m.model({looped: FLOAT, m("TopK", x, m.ints(2), outputs=2)[0]: FLOAT, parts[0]: FLOAT}))
    m = make()
    x = m.input("x", shape=(3, 2, 4))
    weights = [m.weight(1, 9, 4), m.weight(1, 9, 3), m.weight(1, 18)]
    y, _ = m("GRU", x, *weights, outputs=2, hidden_size=3)
    y = m("Einsum", y, m.weight(3, 2), equation="sdbh,hk->sbk")
    models.append(m.model(m("Resize", m("Unsqueeze", y, m.ints(0)), "", m.constant(np.asarray([1, 1, 2, 1.5], np.float32)), mode="linear")))
    return models


def mutated(rng: Random, data: bytes) -> bytes:
    """Some bytes changed, cut out, put in, or copied."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at, length = rng.randrange(len(out)), rng.choice((1, 1, 2, 8, 64))
        kind = rng.randrange(5)
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del out[at : at + length]
        elif kind == 3:
            out[at:at] = rng.randbytes(length)
        else:
            start = rng.randrange(len(out))
            out[at : at + length] = out[start : start + length]
        if not out:
            return b""
    return bytes(out)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutated_models_give_errors_of_ours_or_graphs(batch: int, maker: Any) -> None:
    sources = [model.SerializeToString() for model in seeds(maker)]
    for model in seeds(maker):
        import_model(model)
    rng = Random(batch)
    for _ in range(EACH):
        data = mutated(rng, rng.choice(sources))
        try:
            graph = import_model(data)
        except WebNPUError as error:
            assert str(error)  # noqa: PT017 -- any of ours will do, if it says something
        else:
            assert graph.outputs


PATHS = ("../x", "/etc/hosts", "w.bin", "a/../../b", "\0", "~/x", "C:\\x", "x" * 5000, "", ".")


def torn(rng: Random, model: ModelProto) -> ModelProto:
    """A model whose parts are gone, doubled, wired anew, out of order, or elsewhere."""
    model = ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    for _ in range(rng.choice((1, 2, 4))):
        node, kind = rng.randrange(len(graph.node)), rng.randrange(6)
        if kind == 0 and len(graph.node) > 1:
            del graph.node[node]
        elif kind == 1:
            graph.node.append(graph.node[node])
        elif kind == 2 and graph.node[node].input:
            names = [name for other in graph.node for name in other.output]
            graph.node[node].input[rng.randrange(len(graph.node[node].input))] = rng.choice(names)
        elif graph.initializer:
            tensor = rng.choice(graph.initializer)
            if kind == 3:
                graph.initializer.remove(tensor)
            elif kind == 4 and tensor.dims:
                tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice(HOSTILE)
            elif kind == 5:
                tensor.data_location = TensorProto.EXTERNAL
                for key, values in {"location": PATHS, "offset": ("0", "-1", "9" * 30, "x"), "length": ("0", "1" * 25, "-5")}.items():
                    entry = tensor.external_data.add()
                    entry.key, entry.value = key, rng.choice(values)
    return model


@pytest.mark.parametrize("batch", range(BATCHES))
def test_torn_models_give_errors_of_ours_or_graphs(batch: int, maker: Any, tmp_path: Path) -> None:
    """Half of them lie in a folder, from which external data must not lead out."""
    sources = seeds(maker)
    sources.append(halved(sources[0]))
    rng = Random(2000 + batch)
    (tmp_path / "w.bin").write_bytes(bytes(100))
    path = tmp_path / "m.onnx"
    for _ in range(EACH):
        model = torn(rng, rng.choice(sources))
        path.write_bytes(model.SerializeToString())
        try:
            graph = import_model(path if rng.random() < 0.5 else model, float16=rng.random() < 0.5)
        except WebNPUError as error:
            assert str(error)  # noqa: PT017 -- any of ours will do, if it says something
        else:
            assert graph.outputs


def halved(model: ModelProto) -> ModelProto:
    """A model whose weights are float16."""
    model = ModelProto.FromString(model.SerializeToString())
    for tensor in model.graph.initializer:
        if tensor.data_type == FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    return model


HOSTILE = (-(2**63), -(2**31), -100, -2, -1, 0, 1, 2, 3, 7, 100, 2**31 - 1, 2**31, 2**40, 2**63 - 1)
OPERATORS = (
    "Add", "Concat", "Conv", "ConvTranspose", "Einsum", "Expand", "Flatten", "Gather", "GatherND", "Gemm", "GRU", "Identity",
    "LRN", "LpPool", "LSTM", "MatMul", "MaxPool", "AveragePool", "Mod", "OneHot", "Pad", "Range", "ReduceSum", "Reshape",
    "Resize", "ScatterND", "Slice", "Softmax", "SpaceToDepth", "DepthToSpace", "Split", "Squeeze", "Tile", "TopK", "Transpose",
    "Trilu", "Unsqueeze", "Where", "CumSum", "GridSample", "ArgMax", "InstanceNormalization", "LayerNormalization",
    "BatchNormalization", "QuantizeLinear", "DequantizeLinear", "GlobalAveragePool", "STFT", "DFT",
)  # fmt: skip


def changed(rng: Random, model: ModelProto) -> ModelProto:
    """A model that still parses, but one thing or more in which is not what it was."""
    model = ModelProto.FromString(model.SerializeToString())
    for _ in range(rng.choice((1, 1, 2, 3))):
        node = rng.choice(model.graph.node)
        kind = rng.randrange(6)
        if kind == 0:
            node.op_type = rng.choice(OPERATORS)
        elif kind == 1 and node.attribute:
            attribute = rng.choice(node.attribute)
            attribute.i = rng.choice(HOSTILE)
            for index in range(len(attribute.ints)):
                attribute.ints[index] = rng.choice((attribute.ints[index], rng.choice(HOSTILE)))
        elif kind == 2 and node.input:
            node.input[rng.randrange(len(node.input))] = rng.choice(
                [info.name for info in model.graph.input] + list(rng.choice(model.graph.node).input)
            )
        elif kind == 3 and model.graph.initializer:
            tensor = rng.choice(model.graph.initializer)
            array = np.array(numpy_helper.to_array(tensor))
            if array.size:
                array.reshape(-1)[rng.randrange(array.size)] = rng.choice(HOSTILE)
            tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
        elif kind == 4:
            dims = rng.choice(model.graph.input).type.tensor_type.shape.dim
            if dims:
                rng.choice(dims).dim_value = rng.choice(HOSTILE)
        else:
            rng.choice(model.graph.input).type.tensor_type.elem_type = rng.randrange(1, 24)
    return model


@pytest.mark.parametrize("batch", range(BATCHES))
def test_changed_models_give_errors_of_ours_or_graphs(batch: int, maker: Any) -> None:
    sources = seeds(maker)
    rng = Random(1000 + batch)
    for _ in range(EACH):
        model = changed(rng, rng.choice(sources))
        try:
            graph = import_model(model)
        except WebNPUError as error:
            assert str(error)  # noqa: PT017 -- any of ours will do, if it says something
        else:
            assert graph.outputs


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
