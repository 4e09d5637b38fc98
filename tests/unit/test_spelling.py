"""What files and callers call things does nothing to a terminal or a page but stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from webnpu import MLGraphBuilder, NotSupportedError, OperatorError, WebNPUError
from webnpu.agreement import Bound
from webnpu.cli.app import app
from webnpu.conformance.cases import Case, save
from webnpu.errors import FileError, Unsupported
from webnpu.graph_file import load_graph, save_graph
from webnpu.graph_view import to_dot, to_html
from webnpu.spelling import LONGEST_LINE, LONGEST_WORD, plain, shortened, spelt, visible

HOSTILE = {
    "colours": "\x1b[31mred\x1b[0m",
    "a title": "\x1b]0;title\x07",
    "a bell and a backspace": "a\x07b\x08c",
    "a carriage return": "real\rfake",
    "lines": "one\ntwo\n\nthree",
    "C1 controls": "\x9b31m\x85",
    "turned text": "abc\u202egnp.exe\u202c\u2066x\u2069",
    "what has no width": "a\u200bb\ufeffc\u2028d",
    "markup of rich": "[bold red]x[/]",
    "tags": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a very long one": "n" * 100_000,
}


def graph_of(name: str) -> Any:
    b: Any = MLGraphBuilder()
    x = b.input(name, {"dataType": "float32", "shape": [2]})
    return b.finish({f"{name}!": b.gelu(b.relu(x, label=name), label=name)})


def webnpu(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code in (0, 1, 2), result.output
    return str(result.stdout + result.stderr)


def harmless(text: str) -> None:
    assert all(c.isprintable() or c == "\n" for c in text), [c for c in text if not c.isprintable() and c != "\n"]
    assert max(map(len, re.findall(r"\S+", text)), default=0) < 50 * LONGEST_WORD


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_commands_show_names_and_nothing_else(name: str, tmp_path: Path) -> None:
    model = tmp_path / "m.safetensors"
    save_graph(graph_of(name), model)
    assert list(load_graph(model).inputs) == [name]  # the file has it as it is
    for arguments in (
        ("show", model),
        ("explain", model),
        ("run", model, "--input", f"{name}=random") if "=" not in name and "\0" not in name else ("run", model),
        ("run", model),
        ("run", model, "--input", "x=random"),
        ("diff", model, "--backends", "reference,reference", "--input", f"{name}=random"),
        ("check", model, "--target", "ane"),
        ("profile", model),
        ("export", model, "--to", "tflite", "-o", tmp_path / "m.tflite"),
        ("export", model, "--to", "onnx", "-o", tmp_path / "m.onnx"),
        ("show", model, "--dot", tmp_path / "m.dot", "--html", tmp_path / "m.html"),
    ):
        harmless(webnpu(*arguments))
    for file in ("m.dot", "m.html"):
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert all(c.isprintable() or c in "\n\t" for c in text)
        assert "<script>alert" not in text or file == "m.dot"  # where Graphviz takes a label for text
        assert len(text) < 60_000


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_errors_spell_names_out(name: str) -> None:
    b: Any = MLGraphBuilder()
    x = b.input(name, {"dataType": "float32", "shape": [2]})
    with pytest.raises(OperatorError) as error:
        b.conv2d(x, x, label=name)
    graph = graph_of(name)
    errors: list[Exception] = [error.value, Unsupported(graph.operators[0], name), FileError(name), WebNPUError(f"no {name} there")]
    try:
        b.input(name, {"dataType": "float32", "shape": [2]})
    except WebNPUError as again:
        errors.append(again)
    for said in errors:
        harmless(str(said))
        assert len(str(said)) < 3 * LONGEST_LINE
    assert error.value.label == name  # the attribute is as it was
    harmless(str(graph))
    harmless(repr(x))
    harmless(to_dot(graph).replace("\t", ""))
    assert "<script>alert" not in to_html(graph, name)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_report_shows_names_and_nothing_else(name: str, tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    b: Any = MLGraphBuilder()
    graph = b.finish({"y": b.relu(b.input("x", {"dataType": "float32", "shape": [1]}), label=name)})
    array = {"x": np.array([2], np.float32)}
    case = Case.of(
        graph, array, {"y": np.array([3], np.float32)}, {"y": Bound()}, id=f"relu/{name}", operator="relu", type="float32", about=name
    )
    save(tmp_path / "cases" / "relu.json", "cases", [case])
    page = tmp_path / "r.html"
    text = webnpu("conformance", "--backend", "reference", "--cases", tmp_path / "cases", "--jobs", 1, "--report", page)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert all(c.isprintable() or c in "\n\t" for c in page.read_text(encoding="utf-8"))
    assert "<script>alert" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x\udfff"])
def test_names_that_no_file_could_be_read_with_are_refused_where_they_are_made(name: str) -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [2]})
    for make in (
        lambda: b.input(name, {"dataType": "float32", "shape": [2]}),
        lambda: b.relu(x, label=name),
        lambda: b.finish({name: b.relu(x)}),
    ):
        with pytest.raises(WebNPUError) as error:
            make()
        harmless(str(error.value))


def test_an_imported_model_with_a_null_in_its_names(tmp_path: Path) -> None:
    onnx = pytest.importorskip("webnpu.onnx", reason="the extra onnx is not installed", exc_type=NotSupportedError)
    from onnx import TensorProto, helper

    def model(input: str, node: str, output: str) -> bytes:
        infos = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, [2])] for n in (input, output)]
        graph = helper.make_graph([helper.make_node("Relu", [input], [output], name=node)], "g", *infos)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        return bytes(made.SerializeToString())

    for names in (("a\0b", "n", "y"), ("x", "n", "a\0b")):
        with pytest.raises(WebNPUError, match="null character"):
            onnx.import_model(model(*names))
    graph = onnx.import_model(model("x", "a\0b", "y"))  # the name of a node is but a label
    assert graph.operators[0].label == "a_b"
    save_graph(graph, tmp_path / "m.safetensors")
    assert load_graph(tmp_path / "m.safetensors").operators[0].label == "a_b"


def test_what_is_shortened() -> None:
    assert plain("input 'x': expected float32[2]") == "input 'x': expected float32[2]"
    assert plain("naïve 模型\nand more") == "naïve 模型\nand more"
    assert visible("a\x1bb\u202e\ud800\n") == "a\\x1bb\\u202e\\ud800\n"
    assert spelt("x:0") == "x:0"
    assert spelt("") == "''"
    assert spelt("a\nb") == "'a\\nb'"
    long = plain(f"the name {'n' * 1000} is taken")
    assert long.startswith("the name nnn")
    assert long.endswith("n is taken")
    assert "more)" in long
    assert len(long) < 300
    assert len(shortened("ab " * 10_000, 100)) <= 100
    assert len(plain("ab " * 10**6)) < LONGEST_LINE + 100
    assert len(plain("word\n" * 10**6)) < 30_000
