"""``webnpu export``, for the kinds of files that backends write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from tflite_graphs import normal, part, tensor
from typer.testing import CliRunner

from webnpu import MLGraphBuilder
from webnpu.cli.console import InputError
from webnpu.cli.export import export, exporters, find_exporter
from webnpu.graph_file import save_graph
from webnpu.types import FOUR_BIT, DataType

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


@pytest.mark.parametrize("data_type", [t for t in DataType if not t.is_float])
def test_integers_come_in_and_go_out_as_int32(data_type: DataType, tmp_path: Path) -> None:
    """Every type of integer, as an input, as what an operator computes, and as an input that goes out as it is."""
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(data_type, 2, 3))
    if data_type in FOUR_BIT:
        scale, zero = b.constant(np.ones((1, 1), np.float32)), b.constant(tensor(data_type, 1, 1), np.zeros(1, np.uint8))
        outputs = {"y": b.cast(b.dequantize_linear(x, scale, zero), "int32")}
    else:
        outputs = {"y": b.add(x, x), "z": b.identity(x)}
    path, output = tmp_path / "model.safetensors", tmp_path / "model.tflite"
    save_graph(b.finish(outputs), path)
    result = CliRunner().invoke(app, [str(path), "--to", "tflite", "--int32-io", "-o", str(output)])
    assert result.exit_code == 0, result.output
    interpreter = part("runtime").open_interpreter(1, model_path=str(output))
    details = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    assert {detail["dtype"] for detail in details} == {np.int32}
    given = np.array([[0, 1, 2], [3, 5, 7]], np.int32)
    found = interpreter.get_signature_runner()(x=given)
    for name in outputs:
        np.testing.assert_array_equal(found[name], 2 * given if name == "y" and data_type not in FOUR_BIT else given)


def test_int32_io_is_for_files_of_tflite(model: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(model), "--to", "onnx", "--int32-io", "-o", str(tmp_path / "model.onnx")])
    assert isinstance(result.exception, InputError)
    assert "--int32-io is for --to tflite" in str(result.exception)
