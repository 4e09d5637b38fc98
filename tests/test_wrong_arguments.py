"""Every public function, given what it does not take: an error of this library that names the function or the argument."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import ML, GraphFileError, MLContext, MLGraphBuilder, MLTypeError, NotSupportedError, OperandDescriptor, WebNPUError
from webnpu.backend import load_backend
from webnpu.errors import FileError, MissingFileError
from webnpu.graph import Graph
from webnpu.graph_file import from_document, load_graph, save_graph, to_document
from webnpu.passes import optimize
from webnpu.types import DataType

onnx = pytest.importorskip("webnpu.onnx", reason="the extra onnx is not installed", exc_type=NotSupportedError)

NAMES = ("reference", "tflite", "webgpu", "coreml")
WRITERS = ("graph", "onnx", "tflite", "webgpu", "coreml")
READERS = ("graph", "onnx", "tflite", "webgpu", "coreml")


def small() -> Graph:
    b = MLGraphBuilder()
    return b.finish({"y": b.matmul(b.input("x", {"dataType": "float32", "shape": [2, 3]}), b.constant(np.ones((3, 2), np.float32)))})


def backend(name: str) -> Any:
    found = load_backend(name)
    availability = found.available()
    if not availability.ok:
        pytest.skip(f"{name} cannot run here: {availability.reason}")
    return found


def writer(kind: str) -> Callable[[Any, Any], Any]:
    return {"graph": save_graph, "onnx": onnx.save_model}.get(kind) or backend(kind).export  # type: ignore[no-any-return]


def reader(kind: str) -> Callable[[Any], Any]:
    if kind in ("graph", "onnx"):
        return {"graph": load_graph, "onnx": onnx.import_model}[kind]
    return backend(kind).load if kind in ("tflite", "webgpu") else backend(kind).load_package  # type: ignore[no-any-return]


@pytest.fixture
def context() -> MLContext:
    return ML().create_context(backend="reference")


NO_GRAPHS: list[Any] = [None, "graph.safetensors", b"", {}, 3, Graph]


@pytest.mark.parametrize("wrong", NO_GRAPHS, ids=repr)
@pytest.mark.parametrize("name", NAMES)
def test_backends_compile_graphs_only(name: str, wrong: Any) -> None:
    with pytest.raises(MLTypeError, match=f"expected a Graph; got {type(wrong).__name__}"):
        backend(name).compile(wrong)


@pytest.mark.parametrize("wrong", NO_GRAPHS, ids=repr)
def test_functions_of_graphs_take_graphs_only(context: MLContext, wrong: Any) -> None:
    for function in (optimize, to_document, onnx.export_model, context.compile, backend("webgpu").lower, backend("coreml").check):
        with pytest.raises(MLTypeError, match="expected a Graph; got"):
            function(wrong)


def test_what_is_compiled_is_told_from_its_graph(context: MLContext, tmp_path: Path) -> None:
    compiled = context.compile(small())
    for function in (context.compile, optimize, lambda graph: save_graph(graph, tmp_path / "g")):
        with pytest.raises(MLTypeError, match="got MLGraph; what is compiled has it as its attribute graph"):
            function(compiled)


@pytest.mark.parametrize("kind", WRITERS)
def test_writers_refuse_what_is_no_graph_and_no_path(kind: str, tmp_path: Path) -> None:
    write, graph = writer(kind), small()
    for wrong in NO_GRAPHS:
        with pytest.raises(MLTypeError, match="expected a Graph"):
            write(wrong, tmp_path / "file")
    for path in (None, 3, b"bytes", ["a"], graph):
        with pytest.raises(MLTypeError, match=f"the path must be a string or a path object; got {type(path).__name__}"):
            write(graph, path)
    for path in ("", "a\0b"):
        with pytest.raises(MLTypeError, match="the path must not be empty, nor hold a null character"):
            write(graph, path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", WRITERS)
def test_writers_name_what_stands_in_the_way(kind: str, tmp_path: Path) -> None:
    write, graph = writer(kind), small()
    (tmp_path / "file").write_text("precious")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "precious").touch()
    for path, error, message in (
        (tmp_path / "nowhere" / "m", MissingFileError, "nowhere/m cannot be written: No such file or directory"),
        (tmp_path / "file" / "m", FileError, "file/m cannot be written: Not a directory"),
        (tmp_path / "folder", FileError, "folder (is a folder|exists and is not an .mlpackage)"),
        (tmp_path / ("n" * 300), FileError, "cannot be written: File name too long"),
    ):
        with pytest.raises(error, match=message):
            write(graph, path)
    assert (tmp_path / "folder" / "precious").is_file()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


class Somewhere:
    """A path object of someone else's."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


@pytest.mark.parametrize("kind", READERS)
def test_every_kind_of_path_is_written_and_read(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("plain", Path("path"), Somewhere(tmp_path / "object"), Path("naïve 模型 '\"; $(x)")):
        writer(kind)(small(), path)
        assert reader(kind)(path) is not None
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("kind", READERS)
def test_readers_refuse_what_is_no_path(kind: str, tmp_path: Path) -> None:
    read = reader(kind)
    for wrong in (None, 3, ["a"], small()):
        with pytest.raises(MLTypeError, match=rf"must be .*; got {type(wrong).__name__}"):
            read(wrong)
    for wrong in ("", "a\0b"):
        with pytest.raises(MLTypeError, match="the path must not be empty, nor hold a null character"):
            read(wrong)
    if kind != "onnx":  # which reads bytes as a model
        with pytest.raises(MLTypeError, match="must be a string or a path object; got bytes"):
            read(b"model")


@pytest.mark.parametrize("kind", READERS)
def test_readers_name_what_is_not_there(kind: str, tmp_path: Path) -> None:
    read = reader(kind)
    with pytest.raises(WebNPUError, match="nothing"):
        read(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for path, named in (
        (tmp_path / "folder", "folder"),
        ("/dev/null", "null"),
        (tmp_path / "empty", "."),
        (tmp_path / "pipe", "pipe"),
        (tmp_path / ("n" * 300), f"{'n' * 60}n*…"),  # cut, as every long name
        (tmp_path / "empty" / "inside", "empty"),
    ):
        with pytest.raises(WebNPUError, match=named):
            read(path)


@pytest.mark.parametrize("document", [None, 3, [], "{}", {"webnpu": 1}])
def test_documents_are_checked(document: Any) -> None:
    with pytest.raises(GraphFileError, match="graph document"):
        from_document(document, {})


@pytest.mark.parametrize("constants", [None, [], "c0", 3])
def test_constants_of_a_document_are_a_mapping(constants: Any) -> None:
    with pytest.raises(MLTypeError, match="the constants must be a mapping"):
        from_document(to_document(small()), constants)


def test_constants_of_a_document_are_arrays_that_fit() -> None:
    for wrong in ({}, {"c0": None}, {"c0": np.ones(5, np.float32)}, {"c0": np.ones((3, 2))}, {"c0": "text"}):
        with pytest.raises(GraphFileError, match="constant"):
            from_document(to_document(small()), wrong)


@pytest.mark.parametrize(("options", "message"), [
    ({"dimensions": []}, "dimensions must be a mapping by name; got list"),
    ({"dimensions": {"n": "1"}}, "dimension n: a size must be an integer from 1 to 2147483647; got '1'"),
    ({"dimensions": {"n": 1.5}}, "dimension n: a size must be an integer"),
    ({"dimensions": {"n": True}}, "dimension n: a size must be an integer"),
    ({"dimensions": {"n": 0}}, "dimension n: a size must be an integer"),
    ({"dimensions": {"n": -1}}, "dimension n: a size must be an integer"),
    ({"dimensions": {3: 1}}, "the names in dimensions must be strings; got 3"),
    ({"shapes": (2, 3)}, "shapes must be a mapping by name; got tuple"),
    ({"shapes": {"x": 3}}, "the shape of x must be a sequence of integers; got 3"),
    ({"shapes": {"x": "23"}}, "the shape of x must be a sequence of integers; got '23'"),
    ({"shapes": {"x": [2, None]}}, "the shape of x: a size must be an integer"),
    ({"known": "x"}, "known must be a mapping by name; got str"),
    ({"float16": 1}, "float16 must be a bool; got 1"),
])  # fmt: skip
def test_options_of_the_importer_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(MLTypeError, match=f"import_model: {message}"):
        onnx.import_model(onnx.export_model(small()), **options)


def test_sizes_may_be_numpys() -> None:
    assert onnx.import_model(onnx.export_model(small()), shapes={"x": np.array([2, 3])}).inputs["x"].shape == (2, 3)


@pytest.mark.parametrize("name", [None, 3, b"reference", ["reference"], ""])
def test_backend_has_a_name(name: Any) -> None:
    with pytest.raises(WebNPUError, match=r"load_backend: the name must be a string|there is no backend ''"):
        load_backend(name)


def test_contexts_are_made_of_names_and_hints_only() -> None:
    for options in ({"backend": 3}, {"backend": load_backend("reference")}, {"power_preference": 3}, {"accelerated": "yes"}):
        with pytest.raises(MLTypeError, match=r"load_backend|createContext"):
            ML().create_context(**options)  # type: ignore[arg-type]
    for context in ("reference", 3, {}):
        with pytest.raises(MLTypeError, match="MLGraphBuilder: expected an MLContext, or None"):
            MLGraphBuilder(context)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [None, 3, "", b"x", "half \ud800 of a pair"])
def test_names_of_inputs_and_outputs_are_text(name: Any) -> None:
    b = MLGraphBuilder()
    with pytest.raises(MLTypeError, match="input: the name must be"):
        b.input(name, {"dataType": "float32", "shape": [1]})
    y = b.relu(b.input("x", {"dataType": "float32", "shape": [1]}))
    with pytest.raises(MLTypeError, match="build: the name of an output must be"):
        b.finish({name: y})


def test_methods_of_contexts_name_themselves(context: MLContext) -> None:
    pair = OperandDescriptor(DataType.FLOAT32, (2,))
    tensor = context.create_tensor(pair, readable=True, writable=True)
    compiled = context.compile(small())
    calls: list[tuple[Callable[[], Any], str]] = [
        (lambda: context.create_tensor(None), "createTensor"),  # type: ignore[arg-type]
        (lambda: context.create_tensor([2]), "createTensor"),  # type: ignore[arg-type]
        (lambda: context.create_constant_tensor(pair, None), "createConstantTensor"),
        (lambda: context.create_constant_tensor("float32", b""), "createConstantTensor"),  # type: ignore[arg-type]
        (lambda: context.write_tensor(None, b""), "writeTensor"),  # type: ignore[arg-type]
        (lambda: context.write_tensor(tensor, None), "writeTensor"),
        (lambda: context.write_tensor(tensor, np.ones((1, 2), np.float32)), r"writeTensor: expected shape \[2\]; got \[1, 2\]"),
        (lambda: context.read_tensor("x"), "readTensor"),  # type: ignore[arg-type]
        (lambda: context.read_tensor(tensor, 3), "readTensor"),
        (lambda: context.dispatch(compiled, None, {}), "dispatch: the inputs must be a mapping"),  # type: ignore[arg-type]
        (lambda: context.dispatch(compiled, {"x": tensor}, None), r"dispatch: the outputs must be a mapping|expected float32\[2, 3\]"),  # type: ignore[arg-type]
        (lambda: context.dispatch(compiled, {"x": tensor}, {}), "dispatch: "),
        (lambda: compiled(3), "takes 1 positional argument"),  # type: ignore[call-arg]
    ]
    for call, message in calls[:-1]:
        with pytest.raises(MLTypeError, match=message):
            call()


def test_packages_are_run_on_what_fits(tmp_path: Path) -> None:
    core_ml = backend("coreml")
    b = MLGraphBuilder()
    x, i = b.input("x", {"dataType": "float32", "shape": [2, 3]}), b.input("i", {"dataType": "int32", "shape": [1]})
    core_ml.export(b.finish({"y": b.gather(x, i, axis=1)}), tmp_path / "m.mlpackage")
    package = core_ml.load_package(tmp_path / "m.mlpackage")
    given = {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "i": np.int32([1])}
    wrong: list[tuple[Any, str]] = [
        (None, "the inputs must be a mapping of names to arrays; got NoneType"),
        ([1], "the inputs must be a mapping of names to arrays; got list"),
        ({}, "missing input"),
        ({**given, "z": 1}, "unknown input z"),
        ({**given, 3: 1}, "unknown input 3"),
        ({**given, "x": None}, "input 'x': expected float32"),
        ({**given, "x": "text"}, "input 'x': expected float32"),
        ({**given, "x": given["x"].T}, r"input 'x': expected float32\[2, 3\]; got float32\[3, 2\]"),
        ({**given, "x": [[1, 2, 3], [4]]}, "input 'x': the data cannot be read"),
        ({**given, "x": given["x"].astype(complex)}, "input 'x': expected float32"),
        ({**given, "i": [2.5]}, "input 'i': expected numbers that int32 holds"),
        ({**given, "i": [2**40]}, "input 'i': expected numbers that int32 holds"),
        ({**given, "i": [np.nan]}, "input 'i': expected numbers that int32 holds"),
    ]
    for inputs, message in wrong:
        with pytest.raises(MLTypeError, match=message):
            package.run(inputs)
    swapped = {name: array.astype(array.dtype.newbyteorder()) for name, array in given.items()}
    for inputs in (given, swapped, {"x": np.asfortranarray(given["x"]), "i": [1]}, {"x": given["x"].tolist(), "i": np.array([1.0])}):
        np.testing.assert_array_equal(package.run(inputs)["y"], [[1], [4]])
    for function in (None, 3):
        with pytest.raises(MLTypeError, match="the function must be a string"):
            core_ml.load_package(tmp_path / "m.mlpackage", function)


@pytest.mark.parametrize("name", ["tflite", "webgpu"])
def test_exported_file_is_a_program_that_checks_what_it_is_given(name: str, tmp_path: Path) -> None:
    backend(name).export(small(), tmp_path / "m")
    program = backend(name).load(tmp_path / "m")
    assert (program.inputs, program.outputs) == (small().input_descriptors, small().output_descriptors)
    assert program.explain().operators
    for wrong, message in (({}, "missing input x"), ({"x": np.ones((3, 2), np.float32)}, "expected shape"), (None, "must be a mapping")):
        with pytest.raises(MLTypeError, match=message):
            program.run(wrong)
    np.testing.assert_array_equal(program.run({"x": np.asfortranarray(np.ones((2, 3), np.float32))})["y"], np.full((2, 2), 3))
