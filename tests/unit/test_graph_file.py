"""Graph files: what goes in comes out, in a format that others read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from webnpu import DataType, Graph, GraphFileError, MLContext, MLGraphBuilder
from webnpu.graph_file import from_document, load_graph, save_graph, to_document
from webnpu.types import ANY


def constant_graph(data_type: DataType, values: Any) -> Graph:
    """A graph that does nothing but use a constant."""
    b = MLGraphBuilder()
    constant = b.constant({"dataType": data_type, "shape": np.shape(values)}, values)
    if data_type.is_extension:
        scale = b.constant(np.ones([1] * constant.rank, np.float32))
        zero_point = b.constant({"dataType": data_type, "shape": [1] * constant.rank}, np.zeros(1, data_type.numpy))
        return b.finish({"y": b.dequantize_linear(constant, scale, zero_point)})
    return b.finish({"y": b.identity(constant)})


def perceptron() -> Graph:
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [1, 3]})
    h = b.relu(b.matmul(x, b.constant(np.arange(12, dtype=np.float32).reshape(3, 4))), label="hidden")
    return b.finish({"y": b.softmax(h, 1), "h": h})


def round_trip(graph: Graph, path: Path) -> Graph:
    save_graph(graph, path)
    return load_graph(path)


@pytest.mark.parametrize("data_type", list(DataType))
def test_constant_of_every_type_survives(tmp_path: Path, data_type: DataType) -> None:
    edges = [data_type.minimum, data_type.maximum, 1, 0, 3]
    values = np.array(edges, np.float64 if data_type.is_float else object).astype(data_type.numpy)
    constant = round_trip(constant_graph(data_type, values), tmp_path / "g").constants[0]
    assert constant.data_type is data_type
    assert constant.value is not None
    np.testing.assert_array_equal(constant.value, values)


@pytest.mark.parametrize("values", [[math.nan, math.inf, -math.inf, -0.0, 1e-45], np.float32(3)])
def test_bits_of_floats_survive(tmp_path: Path, values: Any) -> None:
    array = np.array(values, np.float32)
    [constant] = round_trip(constant_graph(DataType.FLOAT32, array), tmp_path / "g").constants
    assert constant.value is not None
    assert constant.value.tobytes() == array.tobytes()


def test_graph_reads_the_same_after_a_round_trip(tmp_path: Path, reference: MLContext) -> None:
    graph = perceptron()
    loaded = round_trip(graph, tmp_path / "g")
    assert str(loaded) == str(graph)
    assert to_document(loaded) == to_document(graph)
    x = np.array([[1, -2, 3]], np.float32)
    np.testing.assert_array_equal(reference.compile(loaded)(x=x)["y"], reference.compile(graph)(x=x)["y"])


@pytest.mark.parametrize(("data_type", "options"), [
    ("float32", {"min_value": math.nan, "max_value": math.inf}), ("float32", {"min_value": -math.inf}), ("float32", {"min_value": -0.5}),
    ("int64", {"min_value": 2**53 + 1, "max_value": 2**63 - 1}), ("uint64", {"max_value": 2**64 - 1}), ("int64", {"min_value": -(2**63)}),
])  # fmt: skip
def test_numbers_that_json_lacks_survive(tmp_path: Path, data_type: str, options: dict[str, Any]) -> None:
    b = MLGraphBuilder()
    graph = b.finish({"y": b.clamp(b.input("x", {"dataType": data_type, "shape": [1]}), **options)})
    [op] = round_trip(graph, tmp_path / "g").operators
    for name, value in options.items():
        found = getattr(op, name)
        assert type(found) is type(value)
        assert found == value or (math.isnan(found) and math.isnan(value))


def test_negative_zero_survives_where_zero_is_the_default(tmp_path: Path) -> None:
    b = MLGraphBuilder()
    graph = b.finish({"y": b.pad(b.input("x", {"dataType": "float32", "shape": [1]}), [1], [0], value=-0.0)})
    [op] = round_trip(graph, tmp_path / "g").operators
    assert math.copysign(1, op.value) == -1  # type: ignore[attr-defined]


def test_options_of_every_kind_survive(tmp_path: Path) -> None:
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [1, 2, 5, 5]})
    weights = b.constant(np.ones((2, 1, 3, 3), np.float32))
    y = b.conv2d(x, weights, groups=2, padding=[1, 1, 0, 0], bias=b.constant(np.ones(2, np.float32)), label='tab\t"quote"')
    y = b.cast(b.concat(b.split(b.resample2d(y, scales=[1.5, 2], mode="linear"), [1, 1], axis=1), 1), "float16")
    graph = b.finish({"ümläut": b.triangular(y, upper=False, diagonal=-1)})
    assert str(round_trip(graph, tmp_path / "g")) == str(graph)


def test_file_is_valid_safetensors(tmp_path: Path) -> None:
    save_graph(perceptron(), tmp_path / "g")
    tensors = load_file(tmp_path / "g")
    assert tensors.keys() == {"c0"}
    np.testing.assert_array_equal(tensors["c0"], np.arange(12, dtype=np.float32).reshape(3, 4))
    with safe_open(tmp_path / "g", framework="np") as file:
        assert json.loads(file.metadata()["webnpu"])["outputs"] == {"y": "v2", "h": "v1"}


def test_every_constant_lies_aligned_to_its_type(tmp_path: Path) -> None:
    b = MLGraphBuilder()
    parts = [b.cast(b.constant(np.ones(3, t.numpy)), "float32") for t in reversed(ANY)]
    save_graph(b.finish({"y": b.concat(parts, 0)}), tmp_path / "g")
    raw = (tmp_path / "g").read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    sizes = {"F32": 4, "I32": 4, "U32": 4, "F16": 2, "I64": 8, "U64": 8, "I8": 1, "U8": 1}
    offsets = [(start + entry["data_offsets"][0]) % sizes[entry["dtype"]] for name, entry in header.items() if name != "__metadata__"]
    assert offsets == [0] * 8
    np.testing.assert_array_equal(load_graph(tmp_path / "g").constants[0].value, [1, 1, 1])


def test_constants_are_mapped_not_read(tmp_path: Path) -> None:
    loaded = round_trip(perceptron(), tmp_path / "g")
    value = loaded.constants[0].value
    assert value is not None
    owner: Any = value
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    assert isinstance(owner, np.memmap)
    assert not value.flags.writeable


def test_failing_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g"
    save_graph(perceptron(), path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("webnpu.graph_file._write", full)
    with pytest.raises(OSError, match="no space left"):
        save_graph(constant_graph(DataType.INT8, [1]), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["g"]


def test_graph_may_be_saved_over_the_file_it_is_mapped_from(tmp_path: Path) -> None:
    path = tmp_path / "g"
    loaded = round_trip(perceptron(), path)
    save_graph(loaded, path)
    np.testing.assert_array_equal(load_graph(path).constants[0].value, loaded.constants[0].value)


def test_mapped_weights_stay_when_the_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "g"
    loaded = round_trip(perceptron(), path)
    save_graph(constant_graph(DataType.FLOAT32, np.zeros((300, 4), np.float32)), path)
    np.testing.assert_array_equal(loaded.constants[0].value, np.arange(12, dtype=np.float32).reshape(3, 4))


def test_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no graph file"):
        load_graph(tmp_path / "nothing")


def changed(**members: Any) -> dict[str, Any]:
    return {**to_document(perceptron()), **members}


RELU = {"operator": "relu", "input": "x", "outputs": ["v0"]}


@pytest.mark.parametrize(("document", "message"), [
    ([], "graph document: "), ({}, "webnpu: Field required"), (changed(webnpu=2), "webnpu: Input should be less than or equal to 1"),
    (changed(extra=1), "extra: Extra inputs"), (changed(inputs={"x": {"dataType": "float64", "shape": []}}), "inputs.x.dataType"),
    (changed(inputs={"x": {"dataType": "float32", "shape": [-1]}}), "inputs.x.shape.0"),
    (changed(inputs={"x": {"dataType": "float32", "shape": [0]}}), "input 'x': every dimension"),
    (changed(operators=[{**RELU, "operator": "relu7"}]), "operator 0: 'relu7' is not an operator"),
    (changed(operators=[{**RELU, "input": "v0"}]), r"operator 0 \(relu\): input: 'v0' is not a value that stands before it"),
    (changed(operators=[{**RELU, "outputs": ["x"]}]), "the name 'x' is given twice"),
    (changed(operators=[{**RELU, "outputs": []}]), "outputs must name its 1 outputs"),
    (changed(operators=[{**RELU, "slope": 1}]), "relu: slope: one of"),
    (changed(operators=[RELU], outputs={"y": "v9"}), "output 'v9' is not computed"), (changed(outputs={}), "at least one output"),
    (changed(outputs={"y": "x"}), "must be the output of an operator"),
    (changed(constants={"x": {"dataType": "int8", "shape": [1]}}), "'x' is given twice"),
    (changed(constants={"w": {"dataType": "int8", "shape": [1]}}), "constant 'w' has no data"),
])  # fmt: skip
def test_wrong_document_is_refused_with_the_place(document: Any, message: str) -> None:
    with pytest.raises(GraphFileError, match=message):
        from_document(document, {"c0": np.zeros((3, 4), np.float32)})
