"""Exported models in ONNX Runtime: a sample of the corpus, and of random graphs; and imported again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import OPERATORS, MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.conformance.cases import Case, from_bytes, load_file
from webnpu.conformance.compose import random_graph
from webnpu.emulation import emulated
from webnpu.graph import Graph
from webnpu.onnx import export_model, import_model, save_model
from webnpu.onnx.export import exports

CASES = Path(__file__).parents[1] / "conformance" / "cases"
EVERY = 9
"""One case of so many is run in ONNX Runtime."""


def agree(got: dict[str, np.ndarray], expected: dict[str, np.ndarray], scale: float = 1) -> None:
    for name, want in expected.items():
        assert got[name].shape == want.shape
        assert got[name].dtype == want.dtype
        if want.dtype.kind != "f":
            assert np.abs(got[name].astype(np.int64) - want.astype(np.int64)).max(initial=0) <= 1
            continue
        tolerance = scale * (2.0**-9 if want.dtype == np.float16 else 2e-5)
        finite = np.abs(want[np.isfinite(want)].astype(np.float64)).max(initial=0)
        left, right = got[name].astype(np.float64), want.astype(np.float64)
        np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance * max(finite, 1e-6))


def corpus() -> list[Any]:
    return sorted(CASES.glob("*.json"))


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_cases_agree_in_onnxruntime_and_imported_again(path: Path, runtime: Any) -> None:
    """A sample of the cases of each operator; ONNX Runtime runs them as far as it has kernels for their types."""
    reference = load_backend("reference")
    for case in load_file(path, Case)[::EVERY]:
        graph = case.graph()
        inputs = {name: from_bytes(case.inputs[name], operand.descriptor) for name, operand in graph.inputs.items()}
        expected = reference.compile(graph).run(inputs)
        model = export_model(graph)
        if _is_extension(graph):
            continue  # neither NumPy's arrays at ONNX Runtime's edges nor WebNN's identity take 4-bit numbers
        again = import_model(model, float16=True)
        assert again.output_descriptors == graph.output_descriptors
        agree(reference.compile(again).run({name: inputs[name] for name in again.inputs}), expected)
        if _is_of_onnxruntime(case):
            agree_in_runtime(runtime, model, inputs, expected)


def agree_in_runtime(runtime: Any, model: Any, inputs: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    try:
        got = runtime(model, inputs)
    except Exception as error:
        if "NOT_IMPLEMENTED" not in str(error):
            raise
        return
    agree(got, expected)


def _is_of_onnxruntime(case: Case) -> bool:
    """Not where the results are WebNN's own decision: integers divided by zero stop the whole process there, and
    products of integers do not wrap."""
    return not (case.operator in ("div", "pow", "reduceProduct") and not case.type.startswith("float"))


def _is_extension(graph: Graph) -> bool:
    return any(operand.data_type.is_extension for operand in graph.names)


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs_agree_in_onnxruntime(seed: int, runtime: Any) -> None:
    graph, inputs = random_graph(seed, 4)
    model = export_model(graph)
    again = import_model(model, float16=True)
    expected = load_backend("reference").compile(graph).run(inputs)
    agree(load_backend("reference").compile(again).run({name: inputs[name] for name in again.inputs}), expected, scale=8)


def test_every_operator_is_exported_or_emulated() -> None:
    """No operator is left that neither has a form in ONNX nor an emulation."""
    table = exports._table
    left = [name for name, operator in OPERATORS.items() if operator not in table and not operator.has_emulation()]
    assert left == []


def test_an_output_with_the_name_of_an_input_gets_another() -> None:
    builder = MLGraphBuilder()
    graph = builder.finish({"x": builder.relu(builder.input("x", {"dataType": "float32", "shape": [2]}))})
    model = export_model(graph)
    assert [info.name for info in (*model.graph.input, *model.graph.output)] == ["x", "x_1"]
    assert json.loads(model.metadata_props[1].value)["x_1"]["name"] == "x"


def test_a_saved_model_is_read_again(tmp_path: Path) -> None:
    graph, _ = random_graph(1, 6)
    save_model(graph, tmp_path / "m.onnx")
    assert import_model(tmp_path / "m.onnx").output_descriptors == graph.output_descriptors
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]


def test_emulated_operators_vanish_from_what_is_exported() -> None:
    graph, _ = random_graph(2, 12)
    left = emulated(graph, lambda operator: not exports.has(operator))
    assert all(exports.has(operator) for operator in left.operators)
