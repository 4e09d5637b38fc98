"""The command: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from webnpu import __version__
from webnpu.agreement import Bound
from webnpu.builder import MLGraphBuilder
from webnpu.cli import conformance as command
from webnpu.cli.app import app
from webnpu.conformance.cases import Case, save
from webnpu.conformance.report import Report
from webnpu.graph_file import save_graph

ROOT = Path(__file__).parents[2]


def webnpu(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def fails(*arguments: object) -> str:
    """The one line that a wrong call ends with."""
    result = webnpu(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.strip()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A graph file: y = a + b, and the place of the greatest in each row."""
    b = MLGraphBuilder()
    x, y = b.input("a", {"dataType": "float32", "shape": [2, 2]}), b.input("b", {"dataType": "float32", "shape": [2]})
    total = b.add(x, y)
    path = tmp_path / "model.safetensors"
    save_graph(b.finish({"y": total, "../i": b.arg_max(total, 1)}), path)
    return path


def relu(id: str, expected: float) -> Case:
    b = MLGraphBuilder()
    graph = b.finish({"y": b.relu(b.input("x", {"dataType": "float32", "shape": [1]}))})
    arrays = {"x": np.array([2], np.float32)}, {"y": np.array([expected], np.float32)}
    return Case.of(graph, *arrays, {"y": Bound()}, id=id, operator="relu", type="float32", about="")


@pytest.fixture
def right(tmp_path: Path) -> Path:
    """A corpus that the reference passes."""
    folder = tmp_path / "right"
    folder.mkdir()
    save(folder / "relu.json", "relu", [relu("relu/float32/a", 2), relu("relu/float32/b", 2)])
    return folder


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A corpus with a wrong number in it."""
    folder = tmp_path / "wrong"
    folder.mkdir()
    save(folder / "relu.json", "relu", [relu("relu/float32/a", 2), relu("relu/float32/b", 3)])
    return folder


def test_version() -> None:
    result = webnpu("--version")
    assert (result.exit_code, result.stdout) == (0, f"webnpu {__version__}\n")


def test_help_names_the_commands() -> None:
    result = webnpu("--help")
    assert result.exit_code == 0
    for name in ("conformance", "doctor", "run", "show"):
        assert name in result.stdout


def test_conformance_passes(right: Path, tmp_path: Path) -> None:
    page, report = tmp_path / "out" / "page.html", tmp_path / "out" / "report.json"
    result = webnpu("conformance", "--backend", "reference", "--cases", right, "--report", page, "--json", report, "--jobs", 2)
    assert result.exit_code == 0, result.output
    reference = json.loads(report.read_text())["backends"]["reference"]
    assert reference["summary"] == {"pass": 2, "fail": 0, "refused": 0, "error": 0, "disputed": 0}
    assert [case["id"] for case in reference["cases"]] == ["relu/float32/a", "relu/float32/b"]
    assert reference["device"]
    assert reference["versions"]
    assert {"id", "operator", "type", "verdict", "ulp", "bound", "reason"} <= reference["cases"][0].keys()
    assert "relu" in page.read_text()


def test_page_stands_alone(right: Path, tmp_path: Path) -> None:
    """Nothing is fetched from elsewhere, and nothing is executed that came from a case."""
    page = tmp_path / "page.html"
    nasty = relu("relu/<script>alert(1)</script>", 3)
    save(right / "nasty.json", "relu", [nasty])
    webnpu("conformance", "--backend", "reference", "--cases", right, "--report", page)
    text = page.read_text()
    assert re.findall(r"""(?:src|href)=["'](?!#)""", text) == []
    assert "url(" not in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_wrong_number_fails(wrong: Path) -> None:
    result = webnpu("conformance", "--backend", "reference", "--cases", wrong, "--jobs", 1)
    assert result.exit_code == 1
    assert "relu/float32/b: got 2.0, expected 3.0 at [0]" in result.stdout


def test_expected_failure_does_not_count(wrong: Path, tmp_path: Path) -> None:
    entry = '[[expected]]\ncases = "relu/*/{}"\nverdict = "fail"\nkind = "todo"\nreason = "a test"\n'
    arguments = ("conformance", "--backend", "reference", "--cases", wrong, "--expected", tmp_path, "--jobs", 1)
    (tmp_path / "reference.toml").write_text(entry.format("b"))
    assert webnpu(*arguments).exit_code == 0
    (tmp_path / "reference.toml").write_text(entry.format("*"))
    result = webnpu(*arguments)
    assert result.exit_code == 1
    assert "expected fail of relu/float32/a; got pass" in result.stderr


def test_difference_to_a_previous_run(right: Path, wrong: Path, tmp_path: Path) -> None:
    before, page = tmp_path / "before.json", tmp_path / "page.html"
    webnpu("conformance", "--backend", "reference", "--cases", right, "--json", before)
    result = webnpu("conformance", "--backend", "reference", "--cases", wrong, "--previous", before, "--report", page)
    assert "1 verdicts changed, 0 new, 0 gone" in result.stdout
    assert "relu/float32/b: pass → fail" in result.stdout
    assert "1 verdicts changed" in page.read_text()
    assert Report.load(before).conforms


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        ((), ["relu/float32/a", "relu/float32/b"]),
        (("--filter", "*/b"), ["relu/float32/b"]),
        (("--operators", "relu,add"), ["relu/float32/a", "relu/float32/b"]),
    ],
)
def test_list(right: Path, selection: tuple[str, ...], ids: list[str]) -> None:
    assert webnpu("conformance", "--cases", right, "--list", *selection).stdout.split() == ids


def test_wrong_calls_of_conformance(right: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no backend 'nope'" in fails("conformance", "--backend", "nope", "--cases", right)
    assert "there is no directory" in fails("conformance", "--cases", tmp_path / "nope")
    assert "there are no .json files" in fails("conformance", "--cases", tmp_path)
    assert "no case matches" in fails("conformance", "--cases", right, "--operators", "add")
    (right / "bad.json").write_text('{"cases": [{}]}')
    assert "bad.json: case 0: id" in fails("conformance", "--cases", right)
    (right / "bad.json").write_text("{")
    assert "bad.json" in fails("conformance", "--cases", right)
    monkeypatch.setattr(command, "CORPUS", tmp_path)
    assert "part of a checkout" in fails("conformance")


def test_sizes(tmp_path: Path) -> None:
    arguments = ("conformance", "--sizes", "--filter", "relu/*", "--max-bytes", "4e6")
    listed = webnpu(*arguments, "--list").stdout.split()
    assert "relu/int8/long" in listed
    assert "relu/float32/vast" not in listed
    page, report = tmp_path / "page.html", tmp_path / "report.json"
    result = webnpu(*arguments, "--backend", "reference", "--report", page, "--json", report)
    assert result.exit_code == 0, result.output
    assert "relu/float32/vast is left out: it takes about 1.9 GB of memory" in " ".join(result.stderr.split())
    found = Report.load(report)
    assert found.suite == f"{len(listed)} cases at size, {len(found.left_out)} left out"
    assert found.backends["reference"].summary["pass"] == len(listed)
    assert "relu/float32/vast" in page.read_text()
    assert "every case is left out" in fails(*arguments[:-1], "10")
    assert "makes its own cases" in fails("conformance", "--sizes", "--cases", tmp_path)
    assert "no case matches" in fails("conformance", "--sizes", "--filter", "nope/*")


def test_the_case_that_runs_is_named_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webnpu.cli.progress.EVERY", 0.0)
    said = webnpu("conformance", "--sizes", "--operators", "relu", "--max-bytes", "4e6", "--backend", "reference", "--jobs", 1).stderr
    assert "reference 0 of" in said
    assert "relu/int8/long" in said


def test_doctor() -> None:
    result = webnpu("doctor")
    assert result.exit_code == 0
    assert "reference" in result.stdout
    found = json.loads(webnpu("doctor", "--json").stdout)
    assert found["backends"]["reference"]["available"]
    assert found["packages"]["numpy"] == np.__version__
    assert all(backend["reason"] for backend in found["backends"].values())


def test_run_prints_a_summary(model: Path) -> None:
    result = webnpu("run", model, "--backend", "reference", "-i", "a=[[1, 2], [3, 4]]", "-i", "b=[10, 0]")
    assert result.exit_code == 0, result.output
    assert "float32[2, 2]" in result.stdout
    assert "11.0 2.0 13.0 4.0" in result.stdout


def test_run_prints_json(model: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[1, np.nan], [np.inf, 4]], np.float32))
    (tmp_path / "b.json").write_text("[10, 0.5]")
    result = webnpu("run", model, "--json", "--backend", "reference", "-i", f"a={tmp_path / 'a.npy'}", "-i", f"b={tmp_path / 'b.json'}")
    y = json.loads(result.stdout)["outputs"]["y"]
    assert y["data"] == [[11.0, "NaN"], ["Infinity", 4.5]]
    assert (y["dataType"], y["shape"], y["nan"], y["greatest"]) == ("float32", [2, 2], 1, "Infinity")


def test_run_with_random_inputs_is_repeatable(model: Path) -> None:
    def outputs(seed: int) -> str:
        return webnpu("run", model, "--json", "--backend", "reference", "-i", "a=random", "-i", "b=random", "--seed", seed).stdout

    assert outputs(1) == outputs(1) != outputs(2)


def test_run_writes_outputs(model: Path, tmp_path: Path) -> None:
    given = ("run", model, "--backend", "reference", "-i", "a=[[1, 2], [3, 4]]", "-i", "b=[10, 0]", "-o")
    assert webnpu(*given, tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["_i.npy", "y.npy"]  # no name leads out of the folder
    assert np.load(tmp_path / "out" / "y.npy").tolist() == [[11, 2], [13, 4]]
    assert webnpu(*given, tmp_path / "all.npz").exit_code == 0
    assert np.load(tmp_path / "all.npz")["y"].tolist() == [[11, 2], [13, 4]]
    assert webnpu(*given, tmp_path / "all.json").exit_code == 0
    assert json.loads((tmp_path / "all.json").read_text())["../i"] == [0, 0]
    assert "holds one output" in fails(*given, tmp_path / "y.npy")


def test_wrong_calls_of_run(model: Path, tmp_path: Path) -> None:
    b = ("-i", "b=[1, 2]")
    assert "missing: a: float32[2, 2]; give each as --input a=FILE.npy" in fails("run", model, *b)
    assert "there is no input 'c'" in fails("run", model, "-i", "c=1")
    assert "must be NAME=VALUE" in fails("run", model, "-i", "a")
    assert "expected shape [2, 2]; got [3]" in fails("run", model, *b, "-i", "a=[1, 2, 3]")
    assert "numbers in lists of equal length" in fails("run", model, *b, "-i", 'a=["x"]')
    assert "there is no file" in fails("run", model, *b, "-i", f"a={tmp_path / 'nope.npy'}")
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    assert "float64" in fails("run", model, *b, "-i", f"a={tmp_path / 'a.npy'}")
    for name, words in {"m.tflite": "never an input", "m.onnx": "no ONNX model", "m.xyz": "got .xyz", "m.safetensors": "damaged"}.items():
        (tmp_path / name).write_bytes(b"nonsense")
        assert words in fails("run", tmp_path / name)
    assert "there is no file" in fails("run", tmp_path / "nope.safetensors")
    assert "there is no backend" in fails("run", model, *b, "-i", "a=random", "--backend", "nope")


def test_show(model: Path, tmp_path: Path) -> None:
    assert "add(a=a, b=b)" in webnpu("show", model).stdout
    result = webnpu("show", model, "--dot", tmp_path / "g.dot", "--html", tmp_path / "deep" / "g.html")
    assert result.exit_code == 0
    assert (tmp_path / "g.dot").read_text().startswith("digraph")
    assert "model.safetensors" in (tmp_path / "deep" / "g.html").read_text()


def process(*arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "webnpu.cli", *map(str, arguments)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**{k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON"))}, **environment},
    )


def complaints(ended: subprocess.CompletedProcess[bytes]) -> list[bytes]:
    """What was written beside the results, but for how far the work was on a slow machine."""
    return [line for line in ended.stderr.splitlines() if not re.fullmatch(rb"(reference|builder) \d+ of \d+(: .*)?", line)]


def test_process_under_a_c_locale(right: Path, wrong: Path) -> None:
    """Without a terminal, and with an encoding that has no symbols but ASCII."""
    arguments = ("conformance", "--backend", "reference", "--jobs", 1, "--cases")
    passed = process(*arguments, right, LC_ALL="C")
    assert (passed.returncode, complaints(passed)) == (0, [])
    failed = process(*arguments, wrong, LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert failed.returncode == 1
    assert b"relu/float32/b" in failed.stdout
    assert complaints(failed) == []


def test_library_does_not_import_the_command() -> None:
    code = "import sys, webnpu; print(sorted({'typer', 'rich', 'jinja2', 'click'} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT)
    assert found.stdout == "[]\n"
