"""Packages that are damaged, or meant to do harm: a clear error, never a crash or a wrong number."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import MLGraphBuilder, OperandDescriptor
from webnpu.types import DataType

Change = Callable[[Any], None]


@pytest.fixture
def package(backend, tmp_path: Path) -> Path:
    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(DataType.FLOAT32, (4, 5)))
    weights = b.constant(np.arange(30, dtype=np.float32).reshape(5, 6))
    return backend.export(b.finish({"y": b.softmax(b.matmul(x, weights), 1)}), tmp_path / "m.mlpackage")


def model_file(package: Path) -> Path:
    return package / "Data" / "com.apple.CoreML" / "model.mlmodel"


def weight_file(package: Path) -> Path:
    return package / "Data" / "com.apple.CoreML" / "weights" / "weight.bin"


def refused(coreml, package: Path, match: str) -> None:
    interpreter = coreml("interpreter")
    with pytest.raises((interpreter.PackageError, interpreter.MissingOperationError), match=match):
        interpreter.load_package(package)


def changed(coreml, package: Path, change: Change) -> None:
    """The package with its model changed."""
    model = coreml("protos").Model_pb2.Model.FromString(model_file(package).read_bytes())
    change(model)
    model_file(package).write_bytes(model.SerializeToString())


def block(model: Any) -> Any:
    return model.mlProgram.functions["main"].block_specializations["CoreML7"]


def operation(model: Any, kind: str) -> Any:
    return next(op for op in block(model).operations if op.type == kind)


def test_whole_it_is_loaded(coreml, package: Path) -> None:
    loaded = coreml("interpreter").load_package(package)
    assert loaded.run({"x": np.ones((4, 5), np.float32)})["y"].shape == (4, 6)
    assert loaded.operations == {"const": 1, "matmul": 1, "softmax": 1}


def test_nothing_there(coreml, tmp_path: Path) -> None:
    refused(coreml, tmp_path / "none.mlpackage", "there is no such package")


def test_no_manifest(coreml, package: Path) -> None:
    (package / "Manifest.json").unlink()
    refused(coreml, package, r"no Manifest\.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"itemInfoEntries": {}, "rootModelIdentifier": "x"}', "\xff"])
def test_a_manifest_that_names_no_model(coreml, package: Path, text: str) -> None:
    (package / "Manifest.json").write_bytes(text.encode("latin-1"))
    refused(coreml, package, "not readable as JSON|it names no root model")


@pytest.mark.parametrize(
    "path",
    ["../../outside.mlmodel", "/etc/passwd", "", "a/../../../outside.mlmodel", "..\\outside.mlmodel", "com.apple.CoreML/link.mlmodel"],
)
def test_a_path_that_leads_out(coreml, package: Path, tmp_path: Path, path: str) -> None:
    shutil.copy(model_file(package), tmp_path / "outside.mlmodel")
    model_file(package).with_name("link.mlmodel").symlink_to(tmp_path / "outside.mlmodel")
    manifest = json.loads((package / "Manifest.json").read_text())
    manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"] = path
    (package / "Manifest.json").write_text(json.dumps(manifest))
    refused(coreml, package, "leads out of the package")


def test_a_model_that_is_missing(coreml, package: Path) -> None:
    model_file(package).unlink()
    refused(coreml, package, "is missing")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_model_cut_off(coreml, package: Path, share: float) -> None:
    whole = model_file(package).read_bytes()
    model_file(package).write_bytes(whole[: int(len(whole) * share)])
    refused(coreml, package, "cut off|not a Core ML model|description|function|output|no ")


def test_weights_cut_off(coreml, package: Path) -> None:
    whole = weight_file(package).read_bytes()
    weight_file(package).write_bytes(whole[:200])
    refused(coreml, package, r"the blob ends at byte \d+ of a file of 200")


def test_weights_without_a_header(coreml, package: Path) -> None:
    weight_file(package).write_bytes(b"short")
    refused(coreml, package, "no header")


def test_weights_that_are_missing(coreml, package: Path) -> None:
    weight_file(package).unlink()
    refused(coreml, package, "is missing")


def test_weights_of_another_version(coreml, package: Path) -> None:
    whole = bytearray(weight_file(package).read_bytes())
    whole[4] = 1
    weight_file(package).write_bytes(whole)
    refused(coreml, package, "expected version 2 of the format; got 1")


def _blob(model: Any) -> Any:
    return operation(model, "const").attributes["val"].blobFileValue


CHANGES: dict[str, tuple[Change, str]] = {
    "an offset without a blob": (lambda m: setattr(_blob(m), "offset", 128), "there is no blob"),
    "an offset beyond the end": (lambda m: setattr(_blob(m), "offset", 1 << 40), "offsets are multiples of 64 within the file"),
    "an odd offset": (lambda m: setattr(_blob(m), "offset", 65), "offsets are multiples of 64"),
    "weights out of the package": (lambda m: setattr(_blob(m), "fileName", "@model_path/../../../secret"), "leads out of the package"),
    "weights by an absolute path": (lambda m: setattr(_blob(m), "fileName", "/etc/passwd"), "is named @model_path"),
    "weights of another type": (
        lambda m: [setattr(t, "dataType", 10) for t in _types(m)],
        "the blob holds fp32; the model says fp16",
    ),
    "weights of another size": (lambda m: [_resize(t, 1, 7) for t in _types(m)], "which do not fit"),
    "weights of a type of a later set": (
        lambda m: [setattr(t, "dataType", 23) for t in _types(m)],
        "holds int32 only since CoreML8",
    ),
    "a constant of two types": (
        lambda m: _resize(operation(m, "const").outputs[0].type.tensorType, 1, 7),
        "is declared as .* and holds",
    ),
    "a name that nothing computes": (
        lambda m: setattr(operation(m, "softmax").inputs["x"].arguments[0], "name", "nothing"),
        "nothing before it computes",
    ),
    "a name taken twice": (lambda m: setattr(operation(m, "matmul").outputs[0], "name", "x"), "already taken"),
    "an operation that there is not": (lambda m: setattr(operation(m, "softmax"), "type", "softest"), "no operation 'softest'"),
    "an operation of a later set": (lambda m: setattr(operation(m, "softmax"), "type", "slice_update"), "does not exist in CoreML7"),
    "a required parameter left out": (lambda m: operation(m, "matmul").inputs.pop("y"), "the parameter y is missing"),
    "a default left out": (lambda m: operation(m, "softmax").inputs.pop("axis"), "missing axis"),
    "an unknown parameter": (
        lambda m: operation(m, "softmax").inputs["speed"].CopyFrom(operation(m, "softmax").inputs["axis"]),
        "it has no parameter speed",
    ),
    "a parameter of another type": (
        lambda m: operation(m, "softmax").inputs["axis"].CopyFrom(operation(m, "matmul").inputs["transpose_x"]),
        "axis must be of int32",
    ),
    "a parameter that is no constant": (
        lambda m: operation(m, "matmul").inputs["transpose_x"].arguments[0].CopyFrom(operation(m, "matmul").inputs["x"].arguments[0]),
        "transpose_x must be a constant",
    ),
    "an output that nothing computes": (lambda m: block(m).outputs.__setitem__(0, "z"), "output 'z' is not computed"),
    "a set without a block": (
        lambda m: setattr(m.mlProgram.functions["main"], "opset", "CoreML8"),
        "no block for its operation set 'CoreML8'",
    ),
    "a set of a later version": (lambda m: setattr(m, "specificationVersion", 6), "CoreML7 needs specification version 8"),
    "another shape in the description": (
        lambda m: m.description.input[0].type.multiArrayType.shape.__setitem__(0, 9),
        "in the description and",
    ),
    "another output in the description": (lambda m: setattr(m.description.output[0], "name", "z"), "the description names the outputs z"),
    "no program": (lambda m: m.ClearField("mlProgram"), "only models of type mlProgram"),
}


def _types(model: Any) -> list[Any]:
    const = operation(model, "const")
    return [const.attributes["val"].type.tensorType, const.outputs[0].type.tensorType]


def _resize(tensor: Any, axis: int, size: int) -> None:
    tensor.dimensions[axis].constant.size = size


@pytest.mark.parametrize("what", CHANGES)
def test_a_program_that_is_not_valid(coreml, package: Path, what: str) -> None:
    change, match = CHANGES[what]
    changed(coreml, package, change)
    refused(coreml, package, match)


def test_a_wrong_output_type_is_noticed(coreml, package: Path) -> None:
    """coremltools' own loaders do not notice it."""
    changed(coreml, package, lambda m: _resize(operation(m, "matmul").outputs[0].type.tensorType, 1, 7))
    interpreter = coreml("interpreter")
    with pytest.raises(interpreter.EvaluationError, match=r"is declared as fp32\[4, 7\], but its definition gives fp32\[4, 6\]"):
        interpreter.load_package(package).run({"x": np.ones((4, 5), np.float32)})


def test_wrong_inputs_are_told(coreml, package: Path) -> None:
    loaded = coreml("interpreter").load_package(package)
    for given, match in (
        ({}, "missing input 'x'"),
        ({"x": np.ones((4, 5), np.float32), "z": 1}, "unknown input z"),
        ({"x": np.ones((5, 4), np.float32)}, r"expected float32\[4, 5\]; got float32\[5, 4\]"),
    ):
        with pytest.raises(TypeError, match=match):
            loaded.run(given)
