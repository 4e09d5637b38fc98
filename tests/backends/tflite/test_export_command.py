"""``webnpu export``, for the kinds of files that backends write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from tflite_graphs import normal, part, tensor
from typer.testing import CliRunner

from webnpu import MLGraphBuilder
from webnpu.cli.console import InputError
from webnpu.cli.export import export, exporters, find_exporter
from webnpu.graph_file import save_graph
from webnpu.types import DataType

app = typer.Typer()
app.command()(export)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(DataType.FLOAT32, 2, 4))
    path = tmp_path / "model.safetensors"
    save_graph(b.finish({"y": b.matmul(x, b.constant(normal(4, 3)))}), path)
    return path


def test_a_graph_file_becomes_a_tflite_file(model: Path) -> None:
    output = model.with_suffix(".tflite")
    result = CliRunner().invoke(app, [str(model), "--to", "tflite", "-o", str(output), "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["bytes"] == output.stat().st_size
    assert told["target"] == "tflite"
    part("runtime").open_interpreter(1, model_path=str(output))


def test_the_summary_names_the_file(model: Path) -> None:
    output = model.with_suffix(".tflite")
    result = CliRunner().invoke(app, [str(model), "--to", "tflite", "-o", str(output)])
    assert result.exit_code == 0
    assert output.name in result.stdout.replace("\n", "")


def test_targets_are_the_backends_that_export(model: Path) -> None:
    assert "tflite" in exporters()
    assert "reference" not in exporters()
    for target in ("reference", "nonsense"):
        with pytest.raises(InputError, match="tflite"):
            find_exporter(target)


@pytest.mark.parametrize("name", ["absent.safetensors", "absent.onnx", "absent.tflite"])
def test_a_file_that_is_not_there(name: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / name), "--to", "tflite", "-o", str(tmp_path / "out.tflite")])
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "out.tflite").exists()
