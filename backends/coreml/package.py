"""Writing an ``.mlpackage``: a manifest, a model in protobuf, and one file of weights.

The model is written as it is: coremltools' converter, which would rewrite it on the way, has no part in this.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from webnpu.files import replacing_folder
from webnpu.types import Array, DataType, Shape, pack

from .mil import Argument, Operation, Program, Var
from .protos import FeatureTypes_pb2, MIL_pb2, Model_pb2

WEIGHTS = "@model_path/weights/weight.bin"
"""How a model names its file of weights."""
IMMEDIATE_ELEMENTS = 10
"""Constants of at most so many elements stand in the model itself."""

_DATA_TYPES = {
    "bool": MIL_pb2.BOOL,
    "string": MIL_pb2.STRING,
    "fp16": MIL_pb2.FLOAT16,
    "fp32": MIL_pb2.FLOAT32,
    "int8": MIL_pb2.INT8,
    "int32": MIL_pb2.INT32,
    "int4": MIL_pb2.INT4,
    "uint8": MIL_pb2.UINT8,
    "uint4": MIL_pb2.UINT4,
    "uint32": MIL_pb2.UINT32,
}
_BLOB_CODES = {"fp16": 1, "fp32": 2, "uint8": 3, "int8": 4, "int4": 8, "uint4": 11, "int32": 14}
_BLOB_SINCE = {"int4": 9, "uint4": 9, "int32": 9}
"""The version of the model format since which the file of weights holds a type, where that is not the first."""
_FEATURES = {
    "fp16": FeatureTypes_pb2.ArrayFeatureType.FLOAT16,
    "fp32": FeatureTypes_pb2.ArrayFeatureType.FLOAT32,
    "int32": FeatureTypes_pb2.ArrayFeatureType.INT32,
}
_AUTHOR = "com.apple.CoreML"


class Blobs:
    """The file of weights, version 2: a header, then for each blob 64 bytes about it and its elements, 64-byte aligned."""

    ALIGNMENT = 64
    SENTINEL = 0xDEADBEEF

    def __init__(self, specification: int = 9) -> None:
        self.specification = specification
        self.parts: list[Array] = []
        self.size = self.ALIGNMENT
        self.count = 0

    def holds(self, dtype: str) -> bool:
        """Whether the version of the model format lets the file hold a type."""
        return dtype in _BLOB_CODES and self.specification >= _BLOB_SINCE.get(dtype, 0)

    def add(self, array: Array, dtype: str) -> int:
        """Add an array; the offset of what is written about it, which is how a model refers to it."""
        stored = _stored(array, dtype)
        offset = self.size
        unused = -array.size * 4 % 8 if dtype in ("int4", "uint4") else 0
        about = np.zeros(8, "<u8")
        about[0] = self.SENTINEL | _BLOB_CODES[dtype] << 32
        about[1:4] = stored.nbytes, offset + self.ALIGNMENT, unused
        self._append(about)
        self._append(stored)
        self._append(np.zeros(-stored.nbytes % self.ALIGNMENT, np.uint8))
        self.count += 1
        return offset

    def _append(self, part: Array) -> None:
        self.parts.append(part)
        self.size += part.nbytes

    def write(self, path: Path) -> None:
        """Write the file."""
        with path.open("wb") as file:
            head = np.zeros(self.ALIGNMENT // 4, "<u4")
            head[:2] = self.count, 2
            file.write(head.tobytes())
            for part in self.parts:
                file.write(np.ascontiguousarray(part).data)


def save(program: Program, path: str | Path) -> Path:
    """Write a program as a package: a folder, which takes the place of a package that is there once it is whole.

    Args:
        program: the program.
        path: the folder, whose name should end in ``.mlpackage``.

    Raises:
        OccupiedError: something stands there that is no package; it is left as it is.
        FileError: it cannot be written; a package that was there is as it was.
    """
    with replacing_folder("export", path, is_package, "an .mlpackage") as folder:
        write(program, folder)
    return Path(path)


def is_package(folder: Path) -> bool:
    """Whether a folder is a package and nothing else: a manifest, and the files that it lists, in a folder of their own."""
    try:
        entries = {entry.name for entry in folder.iterdir()} - {".DS_Store"}
        manifest = json.loads((folder / "Manifest.json").read_text(encoding="utf-8"))
        paths = [entry["path"] for entry in manifest["itemInfoEntries"].values()]
        return entries == {"Manifest.json", "Data"} and bool(paths) and all((folder / "Data" / path).exists() for path in paths)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def write(program: Program, path: Path) -> None:
    """Write a program as a package into an empty folder."""
    blobs = Blobs(program.specification)
    model = _model(program, blobs)
    data = path / "Data" / _AUTHOR
    (data / "weights").mkdir(parents=True)
    (data / "model.mlmodel").write_bytes(model.SerializeToString(deterministic=True))
    blobs.write(data / "weights" / "weight.bin")
    items = {
        "model": ("model.mlmodel", "CoreML Model Specification", "model.mlmodel"),
        "weights": ("weights", "CoreML Model Weights", "weights"),
    }
    identifiers = {key: str(uuid.uuid5(uuid.NAMESPACE_URL, f"webnpu/{key}")).upper() for key in items}
    manifest = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": {
            identifiers[key]: {"author": _AUTHOR, "description": description, "name": name, "path": f"{_AUTHOR}/{file}"}
            for key, (name, description, file) in items.items()
        },
        "rootModelIdentifier": identifiers["model"],
    }
    (path / "Manifest.json").write_text(json.dumps(manifest, indent=4), encoding="utf-8")


def _model(program: Program, blobs: Blobs) -> Any:
    model = Model_pb2.Model(specificationVersion=program.specification)
    for feature, variables in ((model.description.input, program.inputs), (model.description.output, program.outputs)):
        for var in variables:
            described = feature.add(name=var.name)
            described.type.multiArrayType.dataType = _FEATURES[var.dtype]
            described.type.multiArrayType.shape.extend(var.shape)
    model.description.metadata.userDefined.update(program.metadata)
    model.mlProgram.version = 1
    function = model.mlProgram.functions["main"]
    function.opset = program.opset
    for var in program.inputs:
        _name_type(function.inputs.add(), var)
    block = function.block_specializations[program.opset]
    block.outputs.extend(var.name for var in program.outputs)
    for operation in program.operations:
        _write_operation(block.operations.add(), operation, blobs)
    return model


def _write_operation(to: Any, operation: Operation, blobs: Blobs) -> None:
    to.type = operation.type
    _immediate(to.attributes["name"], np.array(operation.outputs[0].name), "string", ())
    for name, (array, dtype) in operation.attributes.items():
        _value(to.attributes[name], array, dtype, blobs)
    for name, argument in operation.inputs.items():
        _argument(to.inputs[name], argument)
    for var in operation.outputs:
        _name_type(to.outputs.add(), var)


def _argument(to: Any, argument: Argument) -> None:
    if isinstance(argument, Var):
        to.arguments.add(name=argument.name)
    elif isinstance(argument, Sequence) and not isinstance(argument, str) and argument and isinstance(argument[0], Var):
        for item in argument:
            assert isinstance(item, Var)
            to.arguments.add(name=item.name)
    else:
        array, dtype = _literal(argument)
        _immediate(to.arguments.add().value, array, dtype, array.shape)


def _literal(value: Any) -> tuple[Array, str]:
    if isinstance(value, str):
        return np.array(value), "string"
    array = np.asarray(value)
    if array.dtype.kind == "b":
        return array, "bool"
    if array.dtype.kind == "f" and isinstance(value, np.ndarray):
        return array, {2: "fp16", 4: "fp32"}[array.itemsize]
    if array.dtype == np.uint32:
        return array, "uint32"
    if isinstance(value, np.ndarray) and array.dtype.itemsize == 1:
        return array, {"i": "int8", "u": "uint8"}[array.dtype.kind]
    return array.astype(np.int32), "int32"


def _value(to: Any, array: Array, dtype: str, blobs: Blobs) -> None:
    if not blobs.holds(dtype) or array.size <= IMMEDIATE_ELEMENTS or array.ndim == 0:
        _immediate(to, array, dtype, array.shape)
        return
    _tensor_type(to.type.tensorType, dtype, array.shape)
    to.blobFileValue.fileName = WEIGHTS
    to.blobFileValue.offset = blobs.add(array, dtype)


def _immediate(to: Any, array: Array, dtype: str, shape: Shape) -> None:
    _tensor_type(to.type.tensorType, dtype, shape)
    tensor = to.immediateValue.tensor
    if dtype == "string":
        tensor.strings.values.append(str(array))
    elif dtype == "bool":
        tensor.bools.values.extend(array.reshape(-1).tolist())
        tensor.bools.SetInParent()
    elif dtype == "int32":
        tensor.ints.values.extend(array.reshape(-1).tolist())
        tensor.ints.SetInParent()
    elif dtype == "fp32":
        tensor.floats.values.extend(array.reshape(-1).tolist())
        tensor.floats.SetInParent()
    else:
        tensor.bytes.values = _stored(array, dtype).tobytes()


def _stored(array: Array, dtype: str) -> Array:
    """The elements as they lie in the file."""
    if dtype in ("int4", "uint4"):
        return pack(array.astype(DataType(dtype).numpy), DataType(dtype))
    little = array.dtype.newbyteorder("<")
    return np.ascontiguousarray(array, little).reshape(-1).view(np.uint8)


def _name_type(to: Any, var: Var) -> None:
    to.name = var.name
    _tensor_type(to.type.tensorType, var.dtype, var.shape)


def _tensor_type(to: Any, dtype: str, shape: Shape) -> None:
    to.dataType = _DATA_TYPES[dtype]
    to.rank = len(shape)
    for size in shape:
        to.dimensions.add().constant.size = size
