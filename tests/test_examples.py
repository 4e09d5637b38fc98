"""Every example runs, and prints what it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="onnx, an optional dependency, is not installed")

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
MODELS = ROOT.parent / "shared" / "models"
needs_models = pytest.mark.skipif(not MODELS.is_dir(), reason="the real models, which are not part of this repository, are not beside it")


def example(name: str, *arguments: object) -> str:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_listed_and_run_here() -> None:
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    listed = {name for name in names if f"`{name}.py" in (EXAMPLES / "README.md").read_text(encoding="utf-8")}
    tested = {name for name in names if f'example("{name}"' in Path(__file__).read_text(encoding="utf-8")}
    assert names == listed == tested


def test_build_a_graph() -> None:
    lines = example("build_a_graph").splitlines()
    assert lines[0].startswith("reference")
    answers = {line[10:] for line in lines if "[[" in line}
    assert len(answers) == 1, "every backend prints the same four digits"


def test_run_an_onnx_model() -> None:
    printed = example("run_an_onnx_model")
    assert "14 operators, optimised 3:" in printed
    assert "gelu(" in printed
    assert "layer_normalization(" in printed
    assert "diverges" not in printed


def test_export_a_model(tmp_path: Path) -> None:
    printed = example("export_a_model", tmp_path / "out")
    assert "model.safetensors" in printed
    assert "model.onnx" in printed
    assert (tmp_path / "out" / "model.onnx").stat().st_size > 800


def test_answer_requests() -> None:
    pytest.importorskip("fastapi", reason="fastapi is not installed")
    pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    assert "tflite: 16 clients, 160 answers, 0 wrong" in example("answer_requests", "tflite", 16, 10)


@needs_models
def test_find_speech() -> None:
    folder = MODELS / "silero_vad"
    spoken = example("find_speech", folder / "silero_vad_16k_op15.onnx", folder / "test.wav", "reference").splitlines()
    assert spoken
    assert all(" s to " in line for line in spoken)


@needs_models
def test_name_file_types() -> None:
    folder = MODELS / "magika"
    samples = sorted(path for path in (folder / "samples").rglob("*") if path.is_file())[:3]
    for line, path in zip(
        example("name_file_types", folder / "model.onnx", folder / "config.json", *samples).splitlines(), samples, strict=True
    ):
        assert line.split()[0] == path.parent.name
