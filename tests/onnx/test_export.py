"""Exported models in ONNX Runtime: a sample of the corpus, and of random graphs; and imported again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from webnpu import OPERATORS, MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.conformance.cases import Case, from_bytes, load_file
from webnpu.conformance.compose import random_graph
from webnpu.conformance.expectations import load_expectations
from webnpu.conformance.verdicts import judge
from webnpu.emulation import emulated
from webnpu.errors import NotSupportedError, Unsupported
from webnpu.graph import Graph
from webnpu.onnx import export_model, import_model, save_model
from webnpu.onnx.export import NEWEST_OPSET, OLDEST_OPSET, OPSET, exports
from webnpu.types import DataType

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
        onnx.checker.check_model(model, full_check=True)
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
    """Not where the backend's list of expected failures says that ONNX Runtime does it otherwise."""
    expectations = load_expectations(CASES.parent / "expected_failures" / "onnx.toml")
    return not any(entry.matches(case.id) for entry in expectations)


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
    left = emulated(graph, lambda operator: not exports.has(operator, OPSET))
    assert all(exports.has(operator, OPSET) for operator in left.operators)


INTEGERS = ("int8", "uint8", "int32", "uint32", "int64", "uint64")


def graph_of(method: str, data_type: str, *shapes: tuple[int, ...], **options: Any) -> Graph:
    builder = MLGraphBuilder()
    operands = [builder.input(name, {"dataType": data_type, "shape": shape}) for name, shape in zip("ab", shapes, strict=False)]
    return builder.finish({"y": getattr(builder, method)(*operands, **options)})


@pytest.mark.parametrize("data_type", INTEGERS)
def test_powers_of_integers_wrap(data_type: str, runtime: Any) -> None:
    """Bases and exponents of the whole range: what ONNX's own Pow does not promise, and ONNX Runtime takes through floats."""
    limits = np.iinfo(data_type)
    bases = [0, 1, 2, 3, 7, limits.max, limits.max // 3] + [-1, -2, -3] * (limits.min < 0)
    exponents = [0, 1, 2, 3, 5, 40, 63, limits.max] + [-1, -2] * (limits.min < 0)
    a, b = (x.reshape(-1) for x in np.meshgrid(np.array(bases, data_type), np.array(exponents, data_type)))
    a, b = a[(b.astype(object) >= 0) | (a != 0)], b[(b.astype(object) >= 0) | (a != 0)]
    graph = graph_of("pow", data_type, a.shape, b.shape)
    model = export_model(graph)
    onnx.checker.check_model(model, full_check=True)
    [got] = runtime(model, {"a": a, "b": b}).values()
    np.testing.assert_array_equal(got, load_backend("reference").compile(graph).run({"a": a, "b": b})["y"])


@pytest.mark.parametrize("data_type", INTEGERS)
def test_a_division_of_integers_never_ends_the_process(data_type: str, runtime: Any) -> None:
    limits = np.iinfo(data_type)
    ends = np.array([limits.min, limits.max, 0, 1, 2, 7] + [-1] * (limits.min < 0), data_type)
    a, b = np.stack(np.meshgrid(ends, ends)).reshape(2, -1)
    graph = graph_of("div", data_type, a.shape, b.shape)
    [got] = runtime(export_model(graph), {"a": a, "b": b}).values()
    want = load_backend("reference").compile(graph).run({"a": a, "b": b})["y"]
    np.testing.assert_array_equal(got[b != 0], want[b != 0])


@pytest.mark.parametrize("method", ["reduce_sum", "reduce_l1", "reduce_sum_square", "reduce_max", "reduce_min", "reduce_product"])
@pytest.mark.parametrize("data_type", INTEGERS[2:])
def test_reductions_of_integers_run_and_are_exact(method: str, data_type: str, runtime: Any) -> None:
    limits = np.iinfo(data_type)
    high = limits.max if limits.bits == 32 or method in ("reduce_max", "reduce_min") else 2**20
    if data_type.endswith("64") and method in ("reduce_max", "reduce_min"):
        high = 2**31 - 1  # ONNX Runtime compares greater ones wrongly
    x = np.random.default_rng(0).integers(1, high, size=(3, 2, 2), dtype=data_type)
    graph = graph_of(method, data_type, x.shape, axes=[1])
    model = export_model(graph)
    onnx.checker.check_model(model, full_check=True)
    [got] = runtime(model, {"a": x}).values()
    np.testing.assert_array_equal(got, load_backend("reference").compile(graph).run({"a": x})["y"])


@pytest.mark.parametrize("opset", range(OLDEST_OPSET, NEWEST_OPSET + 1))
def test_models_in_every_operator_set(opset: int, runtime: Any) -> None:
    """Operators that ONNX has later are written as their emulation; what then runs gives the same."""
    builder = MLGraphBuilder()
    x = builder.input("x", {"dataType": "float32", "shape": [2, 6]})
    y = builder.layer_normalization(builder.hard_swish(builder.gelu(x)), axes=[1])
    y = builder.triangular(builder.reduce_mean(builder.add(y, x), axes=[1], keep_dimensions=True))
    graph = builder.finish({"y": y, "z": builder.reduce_sum(x, axes=[0])})
    model = export_model(graph, opset)
    onnx.checker.check_model(model, full_check=True)
    assert [entry.version for entry in model.opset_import] == [opset]
    given = {"x": np.random.default_rng(0).standard_normal((2, 6)).astype(np.float32)}
    if opset <= 26:  # newer than what ONNX Runtime is said to read
        agree(runtime(model, given), load_backend("reference").compile(graph).run(given))


def test_what_an_operator_set_lacks_is_refused_with_the_one_that_has_it() -> None:
    builder = MLGraphBuilder()
    x = builder.input("x", {"dataType": "int8", "shape": [2]})
    graph = builder.finish({"y": builder.max(x, x, label="top"), "z": builder.equal(x, x)})
    assert export_model(graph, 13)  # both have taken int8 for long
    x = (builder := MLGraphBuilder()).input("x", {"dataType": "uint8", "shape": [4, 4]})
    scale = builder.constant(np.ones((2, 4), np.float32))
    y = builder.dequantize_linear(x, scale, builder.constant(np.zeros((2, 4), np.uint8)), label="blocks")
    graph = builder.finish({"y": y})
    with pytest.raises(Unsupported, match=r"dequantizeLinear \[blocks\].*block_size in operator set 20; it needs operator set 21"):
        export_model(graph, 20)
    assert export_model(graph, 21)
    with pytest.raises(NotSupportedError, match=f"operator sets 13 to {NEWEST_OPSET}; got 12"):
        export_model(graph, 12)


def test_blocks_of_four_bits_along_two_axes_are_valid(runtime: Any) -> None:
    """ONNX has blocks along one axis, and expands no integers of 4 bits."""
    builder = MLGraphBuilder()
    x = builder.input("x", {"dataType": "float32", "shape": [4, 6]})
    scale = builder.input("s", {"dataType": "float32", "shape": [2, 3]})
    points = builder.constant({"dataType": "uint4", "shape": [2, 3]}, np.arange(6).astype(DataType.UINT4.numpy).reshape(2, 3))
    steps = builder.quantize_linear(x, scale, points)
    graph = builder.finish({"y": builder.dequantize_linear(steps, scale, points)})
    model = export_model(graph)
    onnx.checker.check_model(model, full_check=True)
    random = np.random.default_rng(0)
    given = {"x": random.standard_normal((4, 6)).astype(np.float32), "s": np.full((2, 3), 0.25, np.float32)}
    agree(runtime(model, given), load_backend("reference").compile(graph).run(given))


@pytest.mark.parametrize("operator", ["add", "conv2d", "lstm", "quantizeLinear"])
def test_the_backend_passes_the_corpus(operator: str) -> None:
    """A sample; `webnpu conformance --backend onnx` runs all of it."""
    backend = load_backend("onnx")
    if not backend.available().ok:
        pytest.skip(f"the onnx backend cannot run here: {backend.available().reason}")
    results = [judge(backend, case) for case in load_file(CASES / f"{operator}.json", Case)]
    assert [f"{r.verdict} {r.id}: {r.reason}" for r in results if r.counts_as_failure] == []
    assert sum(r.verdict == "pass" for r in results) > len(results) * 0.6
