"""Faults of what a command is given are one line and exit status 2; "this is a bug" is for bugs."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from webnpu import GraphFileError, MLGraphBuilder, NotSupportedError
from webnpu.cli.app import app
from webnpu.graph_file import load_graph, save_graph

DEEP = "[" * 100_000 + "]" * 100_000


def webnpu(*arguments: object) -> Any:
    """What the command ends with; one that hangs is ended by the limit of the test."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def fault(*arguments: object) -> str:
    result = webnpu(*arguments)
    assert result.exit_code == 2, (arguments, result.output)
    assert result.stderr.count("\n") == 1, result.stderr
    assert "this is a bug" not in result.stderr
    return str(result.stderr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph file, and what else is given to commands."""
    folder = tmp_path_factory.mktemp("faults")
    b: Any = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [1, 3, 4, 4]})
    save_graph(b.finish({"y": b.mul(x, b.constant(np.ones((1, 3, 4, 4), np.float32)))}), folder / "m.safetensors")
    b = MLGraphBuilder()
    save_graph(b.finish({"y": b.neg(b.input("s", {"dataType": "float32", "shape": [64]}))}), folder / "s.safetensors")
    (folder / "folder.safetensors").mkdir()
    (folder / "folder.npy").mkdir()
    (folder / "deep.json").write_text(DEEP)
    (folder / "digits.json").write_text("1" * 10_000)
    (folder / "latin.json").write_bytes(b'["\xff"]')
    for name in ("fifo.safetensors", "fifo.npy", "fifo.json", "fifo.wav", "fifo.png", "fifo.txt"):
        os.mkfifo(folder / name)
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,), }"
    (folder / "vast.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64))
    wav = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 164, b"WAVE", b"fmt ", 16, 1, 1, 0, 0, 2, 16, b"data", 128) + bytes(128)
    (folder / "still.wav").write_bytes(wav)
    (folder / "cut.wav").write_bytes(wav[:60])
    (folder / "vast.wav").write_bytes(wav[:40] + struct.pack("<I", 2**32 - 1) + bytes(64))
    for name, manifest in (("deep", DEEP), ("digits", "1" * 10_000), ("list", "[1]"), ("broken", "{"), ("empty", "")):
        (folder / f"{name}.mlpackage").mkdir()
        (folder / f"{name}.mlpackage" / "Manifest.json").write_text(manifest)
    (folder / "fifo.mlpackage").mkdir()
    os.mkfifo(folder / "fifo.mlpackage" / "Manifest.json")
    (folder / "folder.mlpackage" / "Manifest.json").mkdir(parents=True)
    (folder / "cases").mkdir()
    (folder / "cases" / "a.json").write_text(DEEP)
    (folder / "broken.toml").write_text("[[expected")
    return folder


RUN = ("run", "m.safetensors", "--input")
CALLS: dict[str, tuple[str, ...]] = {
    **{f"a manifest: {name}": ("run", f"{name}.mlpackage") for name in ("deep", "digits", "list", "broken", "empty", "fifo", "folder")},
    **{f"an array: {name}": (*RUN, f"x={name}") for name in ("vast.npy", "fifo.npy", "folder.npy", "none.npy", "still.wav@0")},
    **{f"JSON: {name[:20]}": (*RUN, f"x={name}") for name in ("deep.json", "digits.json", "latin.json", "fifo.json", "[[1,", DEEP)},
    **{
        f"a recording: {name}": ("run", "s.safetensors", "--input", f"s={name}")
        for name in ("cut.wav", "vast.wav", "fifo.wav", "still.wav")
    },
    **{f"a graph file: {name}": ("run", name) for name in ("folder.safetensors", "fifo.safetensors", "none.safetensors", "deep.json", "")},
    "an image: FIFO": (*RUN, "x=fifo.png"),
    "labels: FIFO": (*RUN, "x=random", "--labels", "fifo.txt"),
    "labels: a folder": (*RUN, "x=random", "--labels", "cases"),
    "labels: deep": (*RUN, "x=random", "--labels", "deep.json"),
    "an empty output": (*RUN, "x=random", "-o", ""),
    "an empty output by name": (*RUN, "x=random", "-o", "y="),
    "an output below a file": (*RUN, "x=random", "-o", "m.safetensors/y.npy"),
    "an empty name": (*RUN, "=random"),
    "a budget": (*RUN, "x=random", "--budget", "time=3"),
    "an option of ONNX models": (*RUN, "x=random", "--dim", "batch=1"),
    "a rate without a recording": (*RUN, "x=random", "--rate", "16000"),
    "an export to nowhere": ("export", "m.safetensors", "--to", "graph", "-o", ""),
    "an export to a folder": ("export", "m.safetensors", "--to", "tflite", "-o", "cases"),
    "an export below a file": ("export", "m.safetensors", "--to", "coreml", "-o", "m.safetensors/m.mlpackage"),
    "a drawing to nowhere": ("show", "m.safetensors", "--dot", ""),
    "cases that are deep": ("conformance", "--backend", "reference", "--cases", "cases"),
    "cases that are a file": ("conformance", "--backend", "reference", "--cases", "deep.json"),
    "an earlier report that is deep": ("conformance", "--backend", "reference", "--filter", "relu/*", "--previous", "deep.json"),
}


@pytest.mark.parametrize("what", CALLS)
@pytest.mark.timeout(60)
def test_a_fault_of_the_input_is_one_line(what: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    if what.startswith("a recording"):
        pytest.importorskip("soundfile", reason="soundfile is not installed")
    fault(*CALLS[what])


SHAPES = ("x", "x=", "x=1,,3", "x=a,b", "x=-1,2", "x=1e3", "x=99999999999999999999", "=1", "nothing=1,2")


@pytest.mark.parametrize("options", [*(("--shape", shape) for shape in SHAPES), ("--dim", "bacth=1"), ("--dim", "n=x"), ("--dim", "n=0")])
def test_a_fault_of_what_is_said_of_an_onnx_model(options: tuple[str, str], tmp_path: Path) -> None:
    pytest.importorskip("webnpu.onnx", reason="the extra onnx is not installed", exc_type=NotSupportedError)
    from onnx import TensorProto, helper

    infos = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2])] for name in "xy"]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", *infos)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    said = fault("run", tmp_path / "m.onnx", "--input", "x=random", *options)
    if options == ("--dim", "bacth=1"):
        assert "the model has no dimension bacth; it has n" in said
    assert webnpu("run", tmp_path / "m.onnx", "--input", "x=random", "--dim", "n=3").exit_code == 0


def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for arguments in (("-o", "/dev/full/y.npy"), ("-o", "y=/dev/full/y.npy")):
        fault(*RUN, "x=random", *arguments)
    for to in ("graph", "tflite", "onnx"):
        assert "/dev/full" in fault("export", "m.safetensors", "--to", to, "-o", "/dev/full")
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "webnpu.cli", "show", folder / "m.safetensors"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 2
    assert "this is a bug" not in result.stderr


def test_a_file_that_may_be_cut_off_is_read(folder: Path, tmp_path: Path) -> None:
    """What is mapped would kill the process here."""
    path = tmp_path / "m.safetensors"
    path.write_bytes((folder / "m.safetensors").read_bytes())
    graph = load_graph(path, mmap=False)
    os.truncate(path, 8)
    (constant,) = graph.constants
    np.testing.assert_array_equal(constant.value, np.ones((1, 3, 4, 4), np.float32))
    with pytest.raises(GraphFileError):
        load_graph(path, mmap=False)
    assert webnpu("run", folder / "m.safetensors", "--input", "x=random", "--no-mmap").exit_code == 0


def test_json_on_the_command_line_is_as_it_was(folder: Path) -> None:
    zeros = json.dumps(np.zeros((1, 3, 4, 4)).tolist())
    assert webnpu("run", folder / "m.safetensors", "--input", f"x={zeros}").exit_code == 0
