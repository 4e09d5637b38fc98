"""The commands on ONNX models: run, check, explain, profile, diff, bench."""

from __future__ import annotations

import json
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from typer.testing import CliRunner

from webnpu import MLGraphBuilder
from webnpu.cli import diff as diff_command
from webnpu.cli.app import app
from webnpu.cli.targets import TARGETS
from webnpu.graph_file import save_graph
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
        ("run", model): "its dimension 0, 'batch', is open; give its size (--dim batch=SIZE",
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


@pytest.fixture
def camera(tmp_path: Path, maker: Any) -> Path:
    """The image that comes in, with its channels first, or those of a recording."""
    m = maker()
    out = m("Identity", m.input("x", shape=(1, 3, 4, 6)))
    sound = m("Identity", m.input("sound", shape=(1, 8)))
    whole = m("Identity", m.input("bytes", TensorProto.UINT8, (8, 6, 1)))
    path = tmp_path / "camera.onnx"
    path.write_bytes(m.model({out: TensorProto.FLOAT, sound: TensorProto.FLOAT, whole: TensorProto.UINT8}).SerializeToString())
    return path


def write_sound(path: Path, samples: np.ndarray, channels: int = 1, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(4)
        file.writeframes(samples.tobytes())
    return path


def seen(camera: Path, **inputs: object) -> Any:
    given = {"x": "random", "sound": "random", "bytes": "random"} | inputs
    options = [option for name, value in given.items() for option in ("-i", f"{name}={value}")]
    return printed("run", camera, *options, "--backend", "reference")["outputs"]


def test_images_are_resized_and_scaled(camera: Path, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    image.new("RGB", (60, 40), (255, 51, 0)).save(tmp_path / "photo.png")
    outputs = seen(camera, x=tmp_path / "photo.png", bytes=tmp_path / "photo.png")
    planes = np.array(outputs["v0_0"]["data"])
    np.testing.assert_allclose(planes[0, :, 0, 0], [1, 0.2, 0], atol=1e-6)
    assert (planes == planes[:, :, :1, :1]).all()
    assert np.array(outputs["v2_0"]["data"]).max() == 106, "luma, as it stands in the image"
    others = ("-i", "sound=random", "-i", "bytes=random", "--backend", "reference")
    scaling = ("--mean", "0.5,0.1,0", "--std", "0.5")
    scaled = printed("run", camera, "-i", f"x={tmp_path / 'photo.png'}", *scaling, *others)["outputs"]["v0_0"]["data"]
    np.testing.assert_allclose(np.array(scaled)[0, :, 0, 0], [1, 0.2, 0], atol=1e-6)


@pytest.mark.parametrize(("width", "dtype"), [(1, np.uint8), (2, "<i2"), (4, "<i4")])
def test_recordings_are_read_from_a_second_on(width: int, dtype: Any, camera: Path, tmp_path: Path) -> None:
    numbers = np.arange(12)
    stored = numbers + 128 if width == 1 else numbers
    path = write_sound(tmp_path / "a.wav", stored.astype(dtype), width=width)
    heard = seen(camera, sound=f"{path}@0.5")["v1_0"]["data"]
    np.testing.assert_allclose(heard, numbers[None, 2:10] / 2.0 ** (8 * width - 1))


def test_bad_images_and_recordings_are_named_in_one_line(camera: Path, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    image.new("1", (14000, 14000)).save(tmp_path / "huge.png")
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "cut.wav").write_bytes(b"RIFF")
    long = write_sound(tmp_path / "long.wav", np.zeros(16, "<i2"))
    for given, words in {
        f"x={tmp_path / 'none.jpg'}": "there is no file",
        f"x={tmp_path / 'huge.png'}": "too large an image",
        f"x={tmp_path / 'text.png'}": "cannot be read as an image",
        f"x={tmp_path / 'text.npy'}": "is no .npy file of numbers",
        f"sound={tmp_path / 'text.png'}": "which takes no image",
        f"sound={tmp_path / 'cut.wav'}": "cannot be read as a recording",
        f"sound={long}": "say at which second they start",
        f"sound={long}@3": "are more than there are",
        f"sound={long}@soon": "'soon' is no second to start at",
        f"bytes={long}@0": "which takes no recording",
    }.items():
        rest = [option for name in ("x", "sound", "bytes") if not given.startswith(f"{name}=") for option in ("-i", f"{name}=random")]
        result = webnpu("run", camera, "-i", given, *rest, "--backend", "reference")
        assert result.exit_code == 2, result.output
        assert words in result.stderr
        assert result.stderr.count("\n") == 1


def test_what_is_given_says_how_large_open_dimensions_are(model: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((3, 4), np.float32))
    outputs = printed("run", model, "-i", f"x={tmp_path / 'x.npy'}", "-i", "n=[1, 2]", "--backend", "reference")["outputs"]
    assert outputs["v2_0"]["shape"] == [3, 3]


def test_what_decides_about_shapes_becomes_a_constant(tmp_path: Path, maker: Any) -> None:
    m = maker()
    path = tmp_path / "tile.onnx"
    path.write_bytes(m.model(m("Tile", m.input("x", shape=(2,)), m.input("times", TensorProto.INT64, (1,)))).SerializeToString())
    result = webnpu("run", path, "-i", "x=[1, 2]", "-i", "times=[3]", "--backend", "reference", "--json")
    assert json.loads(result.stdout)["outputs"]["v0_0"]["data"] == [1, 2, 1, 2, 1, 2]
    assert "times: made a constant" in result.stderr


def test_what_nobody_has_foreseen_is_one_line_too(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff_command, "ready_backend", lambda name: 1 / 0)
    result = webnpu("diff", model, *DIM, "--backends", "reference,reference")
    assert result.exit_code == 70
    assert result.stderr == "webnpu: this is a bug: ZeroDivisionError: division by zero (WEBNPU_DEBUG=1 shows where)\n"


def test_export_optimises_where_it_is_asked_to(tmp_path: Path, maker: Any) -> None:
    m = maker()
    x = m.input("x", shape=(4,))
    path = tmp_path / "m.onnx"
    path.write_bytes(m.model(m("Relu", m("Mul", m("Mul", x, m.constant(np.float32(1))), m.constant(np.float32(1))))).SerializeToString())
    for option, count in (((), 3), (("--optimize",), 1)):
        assert webnpu("export", path, "--to", "graph", "-o", tmp_path / "new" / "m.safetensors", *option).exit_code == 0
        assert len(printed("explain", tmp_path / "new" / "m.safetensors")["operators"]) == count


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


def test_profile_where_a_runtime_times_only_whole_graphs(model: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed")
    timed = printed("profile", model, *DIM, "--backend", "tflite")["operators"]
    assert [entry["operator"] for entry in timed] == ["relu", "matmul", "tanh", "mul"]
    assert all(entry["milliseconds"] > 0 and entry["by"] for entry in timed)
    shown = " ".join(webnpu("profile", model, *DIM, "--backend", "tflite").stdout.split())
    assert "each operator was timed alone" in shown
    assert "the whole model takes" in shown


def test_bench(model: Path) -> None:
    result = printed("bench", model, *DIM, "--runs", "3", "--optimize")
    [figures] = result["backends"]
    assert 0 < figures["least"] <= figures["median"] <= figures["most"]


class _Off(ReferenceBackend):
    """The reference, but its tanh is wrong."""

    name = "off"

    def compile(self, graph: Any) -> Any:
        class Program(ReferenceProgram):
            def _run(self, inputs: Any) -> dict[str, np.ndarray]:
                results = super()._run(inputs)
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


def test_a_model_is_written_in_the_operator_set_that_is_asked_for(tmp_path: Path) -> None:
    builder = MLGraphBuilder()
    save_graph(builder.finish({"y": builder.gelu(builder.input("x", {"dataType": "float32", "shape": [2]}))}), tmp_path / "g.safetensors")
    export = ["export", tmp_path / "g.safetensors", "-o", tmp_path / "m.onnx", "--to"]
    assert webnpu(*export, "onnx", "--opset", 15).exit_code == 0
    assert [entry.version for entry in onnx.load(tmp_path / "m.onnx").opset_import] == [15]
    refused = webnpu(*export, "onnx", "--opset", 5)
    assert (refused.exit_code, "operator sets 13 to" in refused.output) == (2, True)
    assert webnpu(*export, "tflite", "--opset", 15).exit_code == 2
