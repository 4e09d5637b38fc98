"""The commands on ONNX models: run, check, explain, profile, diff, bench."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto
from typer.testing import CliRunner

from webnpu.cli import diff as diff_command
from webnpu.cli.app import app
from webnpu.cli.targets import TARGETS
from webnpu.onnx import import_model
from webnpu.reference import ReferenceBackend, ReferenceProgram


def webnpu(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def printed(*arguments: object, code: int = 0) -> Any:
    """The JSON that a command prints."""
    result = webnpu(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def model(tmp_path: Path, maker: Any) -> Path:
    """``y = tanh(relu(x) * w)``, and an int64 next to it, whose batch is left open."""
    m = maker()
    y = m("Tanh", m("MatMul", m("Relu", m.input("x", shape=("batch", 4))), m.weight(4, 3)))
    count = m("Mul", m.input("n", TensorProto.INT64, (2,)), m.ints(3, 3))
    path = tmp_path / "model.onnx"
    path.write_bytes(m.model({y: TensorProto.FLOAT, count: TensorProto.INT64}).SerializeToString())
    return path


DIM = ("--dim", "batch=2")


def test_run(model: Path) -> None:
    result = printed("run", model, *DIM, "-i", "x=[[1, 2, 3, 4], [0, 0, 0, 0]]", "-i", "n=[5, 7]", "--backend", "reference")
    assert result["outputs"]["v3_0"]["data"] == [15, 21]
    assert result["outputs"]["v2_0"]["data"][1] == [0, 0, 0]
    folded = printed("explain", model, *DIM, "--known", "n=[1, 2]")["operators"]
    assert [entry["operator"] for entry in folded] == ["relu", "matmul", "tanh", "identity"]
    assert printed("run", model, "--shape", "x=1,4", "-i", "x=random", "-i", "n=random", "--backend", "reference")["backend"] == "reference"


def test_what_is_wrong_is_said_in_one_line(model: Path, tmp_path: Path) -> None:
    for arguments, words in {
        ("run", model): "its dimension 0 is open; give dimensions={'batch': ...}",
        ("run", model, "--dim", "batch"): "--dim must be NAME=VALUE",
        ("run", model, "--dim", "batch=two"): "'two' is no integer",
        ("run", tmp_path / "none.onnx"): "there is no file",
        ("check", model, *DIM, "--target", "toaster"): "--target must be one of webnn-required, webgpu-default-limits, ane, litert-npu",
        ("diff", model, *DIM, "--backends", "reference"): "--backends must name two",
        ("bench", model, *DIM, "--backends", "toaster"): "there is no backend 'toaster'",
    }.items():
        result = webnpu(*arguments)
        assert result.exit_code == 2, result.output
        assert words in result.stderr
        assert result.stderr.count("\n") == 1


def test_check(model: Path) -> None:
    findings = printed("check", model, *DIM, "--target", "webnn-required", code=1)["findings"]
    assert [(finding["operator"], finding["label"]) for finding in findings] == [("mul", "n3")]
    assert "n3" in webnpu("check", model, *DIM, "--target", "webnn-required").stdout


@pytest.mark.parametrize("target", TARGETS)
def test_check_knows_every_target(model: Path, target: str) -> None:
    result = webnpu("check", model, *DIM, "--target", target)
    assert result.exit_code in (0, 1), result.output
    assert target in result.stdout


def test_explain_and_profile(model: Path, tmp_path: Path) -> None:
    report = printed("explain", model, *DIM)
    assert [entry["operator"] for entry in report["operators"]] == ["relu", "matmul", "tanh", "mul"]
    assert report["weight_bytes"] == 4 * 3 * 4 + 16
    trace = tmp_path / "trace.json"
    timed = printed("profile", model, *DIM, "--trace", trace)
    assert all(entry["milliseconds"] > 0 for entry in timed["operators"])
    events = json.loads(trace.read_text())["traceEvents"]
    spans = [event for event in events if event["ph"] == "X"]
    assert [span["name"] for span in spans] == ["relu", "matmul", "tanh", "mul"]
    assert all(a["ts"] + a["dur"] == pytest.approx(b["ts"]) for a, b in pairwise(spans))
    assert "ms in all operators" in webnpu("profile", model, *DIM).stdout


def test_bench(model: Path) -> None:
    result = printed("bench", model, *DIM, "--runs", "3", "--optimize")
    [figures] = result["backends"]
    assert 0 < figures["least"] <= figures["median"] <= figures["most"]


class _Off(ReferenceBackend):
    """The reference, but its tanh is wrong."""

    name = "off"

    def compile(self, graph: Any) -> Any:
        class Program(ReferenceProgram):
            def run(self, inputs: Any) -> dict[str, np.ndarray]:
                results = super().run(inputs)
                wrong = {name for name, operand in self.graph.outputs.items() if operand.operator.name == "tanh"}  # type: ignore[union-attr]
                return {name: array * np.float32(1.5) if name in wrong else array for name, array in results.items()}

        return Program(graph)


def test_diff_agrees_with_itself(model: Path) -> None:
    result = printed("diff", model, *DIM, "--backends", "reference,reference")
    assert result["first"] is None
    assert [tensor["operator"] for tensor in result["tensors"]] == ["relu", "matmul", "tanh", "mul"]
    assert all(tensor["ulp"] == 0 for tensor in result["tensors"])
    assert "no operator diverges" in webnpu("diff", model, *DIM, "--backends", "reference,reference").stdout


def test_diff_names_the_first_operator_that_diverges(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backends = {"off": _Off(), "reference": ReferenceBackend()}
    monkeypatch.setattr(diff_command, "ready_backend", lambda name: backends[name])
    result = printed("diff", model, *DIM, "--backends", "off,reference", code=1)
    assert (result["first"]["operator"], result["first"]["label"]) == ("tanh", "n2")


def test_a_graph_file_is_a_model_too(model: Path, tmp_path: Path) -> None:
    from webnpu.graph_file import save_graph

    save_graph(import_model(model, dimensions={"batch": 1}), tmp_path / "m.safetensors")
    assert len(printed("explain", tmp_path / "m.safetensors")["operators"]) == 4
