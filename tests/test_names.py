"""Names of inputs and outputs in files: those that a format can hold stay, the others get new ones that collide with nothing."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from webnpu import MLGraphBuilder, NotSupportedError
from webnpu.backend import load_backend
from webnpu.cli.app import app
from webnpu.graph import Graph
from webnpu.graph_file import load_graph, save_graph
from webnpu.naming import KEEPS_ALL, Names, Naming, original_names

onnx = pytest.importorskip("webnpu.onnx", reason="the extra onnx is not installed", exc_type=NotSupportedError)

FORMATS = ("coreml", "tflite", "onnx", "webgpu", "graph")
SPOKEN = ("x:0", "x_0", "x.0", "x 0", "x_0_1", "0", "_0", "naïve", "模型", "'", '"', "a/b", "@", "x@1", "tensor", "main", "__proto__")
SIDES: dict[str, tuple[list[str], list[str]]] = {
    "one that must change into one that stays": (["x:0", "x_0"], ["y"]),
    "the same, the other way round": (["x_0", "x:0"], ["y"]),
    "two that would change into the same": (["x:0", "x.0", "x 0"], ["y"]),
    "an output that would change into an input": (["x_0"], ["x:0"]),
    "an input that would change into an output": (["x:0"], ["x_0"]),
    "an output with the name of an input": (["x", "z"], ["x"]),
    "outputs with the names of inputs, crossed": (["a", "b"], ["b", "a"]),
    "the same where neither can stay": (["x:0"], ["x:0"]),
    "new names that are taken too": (["x:0", "x_0", "x_0_1", "x.0"], ["x_0_2", "x 0"]),
    "names of values between": (["const_0", "sub_0", "mul_1", "t0", "value_0", "constant_0"], ["sub_1", "output_3", "c0", "v0"]),
    "names of what a model without inputs has": (["placeholder"], ["placeholder_1"]),
    "reserved words": (["tensor", "bool", "fp16", "program"], ["string", "true"]),
    "other cases of letters": (["x", "X"], ["y", "Y"]),
    "numbers": (["0", "00", "1"], ["2", "-1"]),
    "quotes and marks": (["'", '"', "`", "\\", "<b>"], ["${x}", "%s", "{}"]),
    "other scripts": (["naïve", "nai\u0308ve", "模型", "🙂"], ["مرحبا", "\u202eabc"]),
    "what does not show": (["\n", "\t", "\x7f", " ", "\u200b"], ["\x1b[31m", "  "]),
    "very long ones": (["n" * 5000, "n" * 5001, "é" * 3000, "é" * 3001], ["m" * 10000, ":" * 3000]),
    "names that mean something to others": (["__proto__", "constructor", "__metadata__"], ["toString", "serving_default", "self"]),
    "random ones": ([], []),
}  # fmt: skip


def graph_of(inputs: list[str], outputs: list[str]) -> Graph:
    """A graph whose outputs each tell all inputs apart: output k is the sum of (i + 2)^k times input i."""
    b = MLGraphBuilder()
    operands = [b.input(name, {"dataType": "float32", "shape": [2]}) for name in inputs]
    results = {}
    for power, name in enumerate(outputs):
        total = b.constant(np.zeros(2, np.float32))
        for i, operand in enumerate(operands):
            total = b.sub(b.mul(operand, b.constant(np.full(2, (i + 2) ** (power + 1), np.float32))), b.neg(total))
        results[name] = total
    return b.finish(results)


def given(graph: Graph) -> dict[str, np.ndarray]:
    return {name: np.float32([i + 1, -i]) for i, name in enumerate(graph.inputs)}


def sides(kind: str) -> tuple[list[str], list[str]]:
    if kind != "random ones":
        return SIDES[kind]
    random = Random(7)
    return random.sample(SPOKEN, 9), random.sample(SPOKEN, 9)


def written(target: str, graph: Graph, path: Path) -> tuple[Names, dict[str, dict[str, str]], dict[str, np.ndarray]]:
    """A graph in a file: its names there, the names that the file tells of the graph, and what the file computes, by its names."""
    arrays = given(graph)
    if target == "graph":
        save_graph(graph, path)
        loaded = load_graph(path)
        return KEEPS_ALL.names(graph.inputs, graph.outputs), {}, load_backend("reference").compile(loaded).run(arrays)
    if target == "onnx":
        onnxruntime = pytest.importorskip("onnxruntime")
        names = onnx.export.NAMING.names(graph.inputs, graph.outputs)
        onnx.save_model(graph, path)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        metadata = session.get_modelmeta().custom_metadata_map
        results = session.run(None, {names.inputs[name]: array for name, array in arrays.items()})
        told = {role: original_names(metadata, role) for role in ("inputs", "outputs")}
        return names, told, dict(zip((output.name for output in session.get_outputs()), results, strict=True))
    backend: Any = load_backend(target)
    if not backend.available().ok:
        pytest.skip(f"{target} cannot run here")
    names = backend.naming.names(graph.inputs, graph.outputs)
    backend.export(graph, path)
    if target == "webgpu":
        return names, {}, backend.load(path).run(arrays)
    there = {names.inputs[name]: array for name, array in arrays.items()}
    if target == "coreml":
        package = backend.load_package(path)
        return names, package.original_names, package.run(there)
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_path=str(path)).get_signature_runner("serving_default")
    loaded, expected = backend.load(path), backend.compile(graph).run(arrays)
    for name, result in loaded.run(arrays).items():  # a program of the file has the names of the graph
        np.testing.assert_array_equal(result, expected[name])
    return names, loaded.original_names, runner(**there)


@pytest.mark.parametrize("kind", SIDES)
@pytest.mark.parametrize("target", FORMATS)
def test_file_computes_the_same_under_its_names(target: str, kind: str, tmp_path: Path) -> None:
    graph = graph_of(*sides(kind))
    expected = load_backend("reference").compile(graph).run(given(graph))
    names, told, results = written(target, graph, tmp_path / "model.mlpackage")
    assert set(results) == set(names.outputs.values())
    for name, there in names.outputs.items():
        np.testing.assert_allclose(results[there], expected[name], rtol=1e-6, err_msg=name)
    if told:
        assert told == {
            "inputs": {there: name for name, there in names.inputs.items()},
            "outputs": {there: name for name, there in names.outputs.items()},
        }


@pytest.mark.parametrize("kind", SIDES)
@pytest.mark.parametrize("target", FORMATS)
def test_names_that_a_format_holds_stay_and_all_are_distinct(target: str, kind: str) -> None:
    naming: Naming = {"graph": KEEPS_ALL, "onnx": onnx.export.NAMING}.get(target) or load_backend(target).naming
    inputs, outputs = sides(kind)
    names = naming.names(inputs, outputs)
    assert list(names.inputs) == inputs
    assert list(names.outputs) == outputs
    clash = set(inputs) & set(outputs) if naming.apart else set()
    for name, there in (*names.inputs.items(), *names.outputs.items()):
        assert naming.holds(there)
        assert there == name or not naming.holds(name) or name in clash
    for name in inputs:  # of two that clash, the input stays
        assert names.inputs[name] == name or not naming.holds(name)
    assert len(set(names.inputs.values())) == len(inputs)
    assert len(set(names.outputs.values())) == len(outputs)
    if naming.apart:
        assert not set(names.inputs.values()) & set(names.outputs.values())
    for there in {*names.inputs.values(), *names.outputs.values()} - {*inputs, *outputs}:
        assert len(there.encode()) < 256


def test_model_without_inputs_has_a_placeholder_of_its_own(tmp_path: Path) -> None:
    core_ml: Any = load_backend("coreml")
    if not core_ml.available().ok:
        pytest.skip("coreml cannot run here")
    b = MLGraphBuilder()
    graph = b.finish({"placeholder": b.neg(b.constant(np.float32([1, 2])))})
    core_ml.export(graph, tmp_path / "m.mlpackage")
    package = core_ml.load_package(tmp_path / "m.mlpackage")
    (there,) = package.inputs
    assert there != "placeholder"
    np.testing.assert_array_equal(package.run({there: np.zeros(1, np.float16)})["placeholder"], [-1, -2])
    np.testing.assert_array_equal(core_ml.compile(graph).run({})["placeholder"], [-1, -2])


def test_export_says_which_names_are_new(tmp_path: Path) -> None:
    save_graph(graph_of(["x:0", "x_0"], ["y"]), tmp_path / "g.safetensors")
    arguments = ["export", str(tmp_path / "g.safetensors"), "--to", "coreml", "-o", str(tmp_path / "m.mlpackage")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    (there,) = set(load_backend("coreml").load_package(tmp_path / "m.mlpackage").inputs) - {"x_0"}  # type: ignore[attr-defined]
    assert f"input 'x:0' is '{there}' there: Core ML cannot have that name for it" in result.output
    assert json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)["renamed"] == {"inputs": {"x:0": there}, "outputs": {}}
    for target in ("tflite", "onnx", "webgpu", "graph"):
        again = CliRunner().invoke(app, [*arguments[:3], target, "-o", str(tmp_path / target), "--json"])
        assert json.loads(again.stdout)["renamed"] == {}


@pytest.mark.parametrize("told", ["", "[]", "3", '{"x": 3}', '{"x": {"name": 3}}', '{"x": {"name": ""}}', "{" * 10**5, '{"x": null}'])
def test_metadata_that_make_no_sense_tell_nothing(told: str) -> None:
    assert original_names({"webnpu.inputs": told}, "inputs") == {}
    assert original_names({}, "inputs") == {}
