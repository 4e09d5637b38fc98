"""Well-known architectures: every backend agrees with ONNX Runtime, and so does every file that they are exported to."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu.backend import backend_names, load_backend
from webnpu.graph import Graph
from webnpu.graph_file import load_graph, save_graph
from webnpu.onnx import import_model, save_model
from webnpu.passes import optimize

sys.path.insert(0, str(Path(__file__).parent))
from architectures import ARCHITECTURES, DIMENSIONS

MAKERS = {function.__name__: function for function in ARCHITECTURES}
LIGHT = [name for name in MAKERS if name != "resnet50"]
"""Those that take no minute on a software driver or in a page; resnet50 is convolutions, as others are, and more of them."""
JUDGED = [(name, backend) for backend in backend_names() for name in (LIGHT if backend == "browser" else MAKERS)]
Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def made(maker: Any, runtime: Any) -> Any:
    """A graph by the name of its architecture, inputs for it, and what ONNX Runtime makes of them."""

    @cache
    def make(name: str) -> tuple[Graph, Arrays, Arrays]:
        model, inputs = MAKERS[name](maker)
        graph = import_model(model, dimensions=DIMENSIONS.get(name, {"batch": 1}))
        return graph, {key: np.ascontiguousarray(inputs[key]) for key in graph.inputs}, runtime(model, inputs)

    return make


def ready(name: str) -> Any:
    backend = load_backend(name)
    availability = backend.available()
    if not availability.ok:
        pytest.skip(f"backend {name} cannot run here: {availability.reason}")
    return backend


def agree(got: Arrays, expected: Arrays) -> None:
    for name, array in expected.items():
        np.testing.assert_allclose(got[name], array, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "backend"), JUDGED)
def test_backends_agree_with_onnxruntime(name: str, backend: str, made: Any) -> None:
    graph, inputs, expected = made(name)
    for candidate in (graph, optimize(graph)):
        agree(ready(backend).compile(candidate).run(inputs), expected)


@pytest.mark.parametrize("name", MAKERS)
def test_onnx_files_open_in_onnxruntime(name: str, made: Any, runtime: Any, tmp_path: Path) -> None:
    graph, inputs, expected = made(name)
    save_model(graph, tmp_path / "model.onnx")
    agree(runtime(str(tmp_path / "model.onnx"), inputs), expected)


@pytest.mark.parametrize("name", MAKERS)
def test_graph_files_are_read_again(name: str, made: Any, tmp_path: Path) -> None:
    graph, inputs, expected = made(name)
    save_graph(graph, tmp_path / "model.safetensors")
    agree(load_backend("reference").compile(load_graph(tmp_path / "model.safetensors")).run(inputs), expected)


@pytest.mark.parametrize("name", MAKERS)
def test_tflite_files_open_in_litert(name: str, made: Any, tmp_path: Path) -> None:
    """LiteRT alone, by the names of the signature."""
    interpreter = pytest.importorskip("ai_edge_litert.interpreter", reason="LiteRT is not installed")
    graph, inputs, expected = made(name)
    load_backend("tflite").export(graph, tmp_path / "model.tflite")  # type: ignore[attr-defined]
    runner = interpreter.Interpreter(str(tmp_path / "model.tflite")).get_signature_runner()
    agree(runner(**inputs), expected)


@pytest.mark.parametrize("name", MAKERS)
def test_packages_open_in_the_mil_interpreter(name: str, made: Any, tmp_path: Path) -> None:
    """The saved package, read from the disk as anyone's would be; what crosses its boundary is in its metadata."""
    backend: Any = ready("coreml")
    graph, inputs, expected = made(name)
    package = backend.load_package(backend.export(graph, tmp_path / "model.mlpackage"))
    given = {}
    for key, array in inputs.items():
        halves = [(array & 0xFFFFFFFF).astype(np.uint32).view(np.int32), (array >> 32).astype(np.int32)] if array.dtype == np.int64 else []
        given[key] = np.stack([half.reshape(-1) for half in halves]) if halves else array
    agree(package.run(given), expected)


@pytest.mark.parametrize("name", LIGHT)
def test_plans_are_loaded_and_run(name: str, made: Any, tmp_path: Path) -> None:
    backend: Any = ready("webgpu")
    graph, inputs, expected = made(name)
    backend.export(graph, tmp_path / "model.webgpu")
    agree(backend.load(tmp_path / "model.webgpu").run(inputs), expected)


def names_in(graph: Graph) -> list[str]:
    return [operator.name for operator in graph.operators]


def test_passes_find_what_exporters_wrote_in_parts(made: Any) -> None:
    names = names_in(optimize(made("bert")[0]))
    assert names.count("gelu") == 2
    assert names.count("layerNormalization") == 5
    assert "erf" not in names
    assert "sqrt" not in names
    assert "batchNormalization" not in names_in(optimize(made("mobilenet_v3")[0]))
