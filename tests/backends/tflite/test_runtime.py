"""Running, device tensors, receipts, exported files, and errors that stay errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tflite_graphs import BACKEND, both, normal, part, tensor

from webnpu import ML, MLGraphBuilder
from webnpu.errors import InvalidStateError, OperationError
from webnpu.graph import Graph
from webnpu.types import DataType

runtime = part("runtime")
FLOAT32 = DataType.FLOAT32


def product(rows: int = 2) -> Graph:
    b: Any = MLGraphBuilder()
    x = b.input("left side", tensor(FLOAT32, rows, 4))
    return b.finish({"right side": b.relu(b.matmul(x, b.constant(normal(4, 3)))), "log": b.log(x)})  # type: ignore[no-any-return]


def test_tensors_are_dispatched_without_arrays_between() -> None:
    context = ML().create_context(backend="tflite")
    graph = context.compile(product())
    x = context.create_tensor({"dataType": "float32", "shape": [2, 4]}, writable=True)
    outputs = {name: context.create_tensor(d, readable=True) for name, d in graph.outputs.items()}
    for seed in range(2):
        given = np.abs(normal(2, 4, seed=seed)) + 1
        context.write_tensor(x, given)
        context.dispatch(graph, {"left side": x}, outputs)
        expected = graph(**{"left side": given})
        for name, output in outputs.items():
            assert np.array_equal(context.read_tensor(output), expected[name])


def test_results_are_not_changed_by_later_runs() -> None:
    program = BACKEND.compile(product())
    first = program.run({"left side": normal(2, 4)})["right side"]
    kept = first.copy()
    program.run({"left side": normal(2, 4, seed=5)})
    assert np.array_equal(first, kept)


def test_a_destroyed_program_does_not_run() -> None:
    program = BACKEND.compile(product())
    program.destroy()
    with pytest.raises(InvalidStateError, match="destroyed"):
        program.run({"left side": normal(2, 4)})


def test_inputs_and_outputs_that_are_one_another() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT32, 2, 3))
    same = b.identity(x)
    known = b.identity(b.constant(normal(2, 3)))
    ours, expected = both(b.finish({"a": same, "b": same, "c": b.transpose(x), "d": known}), x=normal(2, 3))
    for name in "abcd":
        assert np.array_equal(ours[name], expected[name])


def test_the_receipt_says_what_runs_each_operator_and_why() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT32, 1, 3, 8, 8))
    y = b.relu(b.conv2d(x, b.constant(normal(4, 3, 3, 3)), label="first"))
    program = BACKEND.compile(b.finish({"y": b.cast(b.exp(y), "int64")}))
    conv, relu, exp, cast = program.explain().operators
    assert (conv.operator, conv.label, conv.by, conv.device) == ("conv2d", "first", "TRANSPOSE CONV_2D", "XNNPACK")
    assert relu.by == "nothing"
    assert "fused" in relu.reason
    assert exp.device == "LiteRT kernel"
    assert "rounds it too coarsely" in exp.reason
    assert "int64" in cast.reason
    assert any("steps run in XNNPACK" in note for note in program.explain().notes)


def test_an_exported_file_opens_in_a_plain_interpreter_and_gives_the_same_answers(tmp_path: Path) -> None:
    b: Any = MLGraphBuilder()
    x = b.input("an image", tensor(FLOAT32, 1, 3, 6, 6))
    i = b.input("places", tensor(DataType.UINT32, 2))
    y = b.gather(b.conv2d(x, b.constant(normal(4, 3, 3, 3))), i, axis=1)
    graph = b.finish({"chosen": y, "half": b.cast(y, "float16")})
    path = tmp_path / "model.tflite"
    figures = BACKEND.export(graph, path)
    assert figures["bytes"] == path.stat().st_size
    assert list(tmp_path.iterdir()) == [path]
    inputs = {"an image": normal(1, 3, 6, 6), "places": np.array([3, 1], np.uint32)}
    interpreter = runtime.find_runtime().interpreter(model_path=str(path))
    outputs = interpreter.get_signature_runner("serving_default")(**inputs)
    expected = BACKEND.compile(graph).run(inputs)
    assert {name: (o.dtype, o.shape) for name, o in outputs.items()} == {name: (o.dtype, o.shape) for name, o in expected.items()}
    for name, output in outputs.items():
        assert np.array_equal(output, expected[name])


def test_an_exported_file_carries_our_version(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    BACKEND.export(product(), path)
    content = path.read_bytes()
    start = content.index(b'{"version"')
    assert json.loads(content[start : content.index(b"}", start) + 1])["version"]
    assert b"TFL3" in content[:8]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty tail": lambda content: content[: len(content) // 2],
    "a few bytes": lambda content: content[:16],
    "no FlatBuffer": lambda content: b"\x00" * len(content),
    "another identifier": lambda content: content[:4] + b"NOPE" + content[8:],
    "offsets that point outside": lambda content: content[:8] + b"\xff" * 64 + content[72:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_bytes_are_an_error(damage: str) -> None:
    content = bytes(BACKEND.lower(product()).write())
    with pytest.raises(OperationError, match="does not accept the model"):
        runtime.open_interpreter(1, model_content=DAMAGES[damage](content))


def test_threads_are_those_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(BACKEND)(threads=3).compile(product()).threads == 3
    monkeypatch.setenv("WEBNPU_THREADS", "2")
    assert BACKEND.compile(product()).threads == 2


def test_without_files_in_memory_the_bytes_are_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = BACKEND.compile(product()).run({"left side": normal(2, 4)})
    monkeypatch.delattr("os.memfd_create")
    found = BACKEND.compile(product()).run({"left side": normal(2, 4)})
    assert np.array_equal(found["right side"], expected["right side"])


def test_without_a_runtime_the_backend_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "find_runtime", lambda: None)
    availability = runtime.availability()
    assert not availability.ok
    assert "pip install" in availability.reason
    with pytest.raises(OperationError, match="pip install"):
        runtime.open_interpreter(1, model_content=b"")


def test_a_scalar_comes_out_as_an_array() -> None:
    b: Any = MLGraphBuilder()
    result = BACKEND.compile(b.finish({"y": b.neg(b.input("x", tensor(FLOAT32)))})).run({"x": np.float32(3)})["y"]
    assert type(result) is np.ndarray
    assert (result.shape, result.dtype, float(result)) == ((), np.float32, -3)
