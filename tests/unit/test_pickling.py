"""Graphs and errors cross to other processes; what lives on a device says that it does not."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import ML, BudgetExceeded, DataType, Graph, MLGraphBuilder, OperandDescriptor, OperatorError, Unsupported, WebNPUError
from webnpu.backend import load_backend
from webnpu.conformance.cases import load_cases
from webnpu.conformance.compose import random_graph
from webnpu.graph_file import from_document, load_graph, save_graph, to_document
from webnpu.reference import ReferenceBackend

COPIES: dict[str, Callable[[Any], Any]] = {
    "pickled": lambda value: pickle.loads(pickle.dumps(value)),
    "pickled as of old": lambda value: pickle.loads(pickle.dumps(value, 2)),
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
}
CASES = Path(__file__).parents[1] / "conformance" / "cases"


def alike(one: Graph, other: Graph) -> None:
    assert to_document(one) == to_document(other)
    assert str(one) == str(other)
    for a, b in zip(one.constants, other.constants, strict=True):
        assert a.value is not None
        assert b.value is not None
        assert a.value.dtype == b.value.dtype
        assert a.value.tobytes() == b.value.tobytes()
        assert not b.value.flags.writeable


@pytest.fixture(params=COPIES)
def copied(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    return COPIES[request.param]


def test_the_graphs_of_every_operator_are_copied() -> None:
    cases = load_cases(CASES)
    for case in cases[:: len(cases) // 400]:
        graph = case.graph()
        for each in COPIES.values():
            alike(graph, each(graph))


def test_random_graphs_compute_the_same(copied: Callable[[Any], Any]) -> None:
    for seed in range(20):
        graph, inputs = random_graph(seed)
        other = copied(graph)
        alike(graph, other)
        expected, found = ReferenceBackend().compile(graph).run(inputs), ReferenceBackend().compile(other).run(inputs)
        for name, array in expected.items():
            np.testing.assert_array_equal(found[name], array)


def deep(length: int) -> Graph:
    b = MLGraphBuilder()
    y = b.input("x", {"dataType": "float32", "shape": [2]})
    for _ in range(length):
        y = b.relu(y)
    return b.finish({"y": y})


def test_a_deep_graph_is_copied_without_recursion(copied: Callable[[Any], Any]) -> None:
    assert len(copied(deep(20_000)).operators) == 20_000


def test_a_copy_can_be_saved_and_passed_on(tmp_path: Path, copied: Callable[[Any], Any]) -> None:
    save_graph(deep(3), tmp_path / "graph")
    graph = load_graph(tmp_path / "graph")
    save_graph(copied(graph), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "graph").read_bytes()


def test_four_bit_weights_and_those_of_a_file(tmp_path: Path, copied: Callable[[Any], Any]) -> None:
    document = {
        "webnpu": 1,
        "inputs": {"x": {"dataType": "float32", "shape": [3]}},
        "constants": {
            "q": {"dataType": "int4", "shape": [3]},
            "s": {"dataType": "float32", "shape": [1]},
            "z": {"dataType": "int4", "shape": [1]},
        },
        "operators": [
            {"operator": "dequantizeLinear", "input": "q", "scale": "s", "zeroPoint": "z", "outputs": ["w"]},
            {"operator": "mul", "a": "x", "b": "w", "outputs": ["v"]},
        ],
        "outputs": {"y": "v"},
    }
    q, zero = (np.array(values, "int8").astype(DataType("int4").numpy) for values in ([-8, 7, 1], [0]))
    graph = from_document(document, {"q": q, "s": np.float32([0.5]), "z": zero})
    save_graph(graph, tmp_path / "graph")
    alike(graph, copied(graph))
    alike(graph, copied(load_graph(tmp_path / "graph")))


def test_another_process_computes_a_graph() -> None:
    script = (
        "import pickle, sys; import numpy as np; from webnpu.reference import ReferenceBackend; "
        "print(ReferenceBackend().compile(pickle.load(sys.stdin.buffer)).run({'x': np.float32([-1, 2])})['y'].tolist())"
    )
    done = subprocess.run([sys.executable, "-c", script], input=pickle.dumps(deep(3)), capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[0.0, 2.0]"


def test_errors_cross_to_other_processes(copied: Callable[[Any], Any]) -> None:
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [2, 2]})
    errors: list[WebNPUError] = [BudgetExceeded("bytes", 1, 2, "tile", "tile asks for 2 bytes", "3")]
    with pytest.raises(OperatorError) as caught:
        b.softmax(x, 7, label="last")
    errors.append(caught.value)
    relu = b.relu(x, label="first").operator
    assert relu is not None
    errors.append(Unsupported(relu, "for a test"))
    for error in errors:
        other = copied(error)
        assert (type(other), str(other)) == (type(error), str(error))
    refused = copied(errors[-1])
    assert (refused.operator.name, refused.operator.label, refused.reason) == ("relu", "first", "for a test")


def _subclasses(kind: type) -> list[type]:
    return [kind, *(each for sub in kind.__subclasses__() for each in _subclasses(sub))]


def _takes_a_message(kind: type) -> bool:
    return all("__init__" not in vars(base) for base in kind.__mro__[: kind.__mro__.index(WebNPUError)])


def test_every_error_that_takes_a_message_keeps_it(copied: Callable[[Any], Any]) -> None:
    import webnpu.onnx.errors as onnx

    plain = [kind for kind in _subclasses(WebNPUError) if _takes_a_message(kind)]
    made = [*(kind("what is wrong") for kind in plain), onnx.UnsupportedModel([onnx.Refusal("n", "Op", "why")])]
    assert len(made) > 10
    for error in made:
        assert (type(copied(error)), str(copied(error))) == (type(error), str(error))


@pytest.mark.parametrize("name", ["reference", "tflite", "webgpu", "coreml"])
def test_what_lives_on_a_device_says_so(name: str, copied: Callable[[Any], Any]) -> None:
    if not load_backend(name).available().ok:
        pytest.skip(f"{name} cannot run here")
    context = ML().create_context(backend=name)
    b = MLGraphBuilder(context)
    y = b.relu(b.input("x", {"dataType": "float32", "shape": [2]}))
    for unfinished in (b, y, y.operator):
        with pytest.raises(TypeError, match="the Graph"):
            copied(unfinished)
    graph = b.build({"y": y})
    d = OperandDescriptor(y.data_type, y.shape)
    tensor = context.create_tensor(d)
    for what in (context, graph, tensor, context.backend.compile(graph.graph), context.backend.create_tensor(d)):
        with pytest.raises(TypeError, match=f"{type(what).__name__}: it lives on a device, and can be neither pickled nor copied"):
            copied(what)
    alike(graph.graph, copied(graph.graph))
    assert copied(d) == d
    report = graph.explain()
    assert copied(report) == report
