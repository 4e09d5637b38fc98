"""Graph files: one safetensors file, with the graph's JSON document in its metadata and the weights beside it.

A document names every value and lists the operators in order; its JSON Schema is published in ``spec/schema``.
A loader trusts nothing: it builds the graph anew through the builder, which checks every operator.

::

    {"webnpu": 1,
     "inputs": {"x": {"dataType": "float32", "shape": [1, 3]}},
     "constants": {"c0": {"dataType": "float32", "shape": [3, 2]}},
     "operators": [{"operator": "matmul", "a": "x", "b": "c0", "outputs": ["v0"]}],
     "outputs": {"y": "v0"}}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json
from safetensors import SafetensorError, safe_open

from .builder import MLGraphBuilder
from .errors import FileError, GraphFileError, MLTypeError, WebNPUError
from .files import existing_file, replacing, told
from .graph import Graph, as_graph
from .operator import MLOperand, Operator, UInt
from .operators import OPERATORS
from .types import Array, DataType, OperandDescriptor, pack, unpack

FORMAT = 1
"""The version of the document format."""

_STORED = {
    "float32": "F32",
    "float16": "F16",
    "int32": "I32",
    "uint32": "U32",
    "int64": "I64",
    "uint64": "U64",
    "int8": "I8",
    "uint8": "U8",
}
"""safetensors' names of data types; 4-bit elements are stored packed, as U8."""


class Descriptor(BaseModel):
    """The data type and the shape of an input or a constant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataType: DataType  # noqa: N815 -- the document's spelling
    shape: tuple[UInt, ...]


class Document(BaseModel):
    """The JSON document of a graph; what the operators' members are is left to their own classes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webnpu: Annotated[int, Field(strict=True, ge=FORMAT, le=FORMAT)]
    inputs: dict[str, Descriptor]
    constants: dict[str, Descriptor] = {}
    operators: tuple[dict[str, Any], ...]
    outputs: dict[str, str]


def to_document(graph: Graph) -> dict[str, Any]:
    """The JSON document of a graph, ready for ``json.dumps``."""
    as_graph("to_document", graph)
    names = graph.names
    return {
        "webnpu": FORMAT,
        "inputs": {name: _descriptor_document(operand) for name, operand in graph.inputs.items()},
        "constants": {names[operand]: _descriptor_document(operand) for operand in graph.constants},
        "operators": [_operator_document(operator, graph) for operator in graph.operators],
        "outputs": {name: names[operand] for name, operand in graph.outputs.items()},
    }


def _descriptor_document(operand: MLOperand) -> dict[str, Any]:
    return {"dataType": operand.data_type.value, "shape": list(operand.shape)}


def _operator_document(operator: Operator, graph: Graph) -> dict[str, Any]:
    fields = type(operator).model_fields
    members: dict[str, Any] = {"operator": operator.name}
    for name in operator.operand_limits:
        value = getattr(operator, name)
        if value is not None:
            members[fields[name].alias or name] = graph.names[value] if isinstance(value, MLOperand) else [graph.names[v] for v in value]
    members.update((fields[name].alias or name, _json_value(value)) for name, value in operator.attributes().items())
    members["outputs"] = [graph.names[operand] for operand in operator.outputs]
    return members


def _json_value(value: Any) -> Any:
    """Numbers that JSON, or a double, cannot hold become strings; see `webnpu.operator.MLNumber`."""
    if isinstance(value, tuple):
        return [_json_value(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    return value.value if isinstance(value, DataType) else value


def from_document(document: Any, constants: Mapping[str, Array]) -> Graph:
    """Build the graph of a document.

    Args:
        document: the parsed JSON.
        constants: the elements of each constant that the document declares; they are shared, not copied.

    Raises:
        GraphFileError: the document is not valid; the message says where.
    """
    if not isinstance(constants, Mapping):
        raise MLTypeError(f"from_document: the constants must be a mapping of names to arrays; got {type(constants).__name__}")
    try:
        checked = Document.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise GraphFileError(f"graph document: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    try:
        return _build(checked, constants)
    except GraphFileError:
        raise
    except WebNPUError as error:
        raise GraphFileError(f"graph document: {error}") from error


def _build(document: Document, constants: Mapping[str, Array]) -> Graph:
    builder = MLGraphBuilder()
    values: dict[str, MLOperand] = {}
    for name, descriptor in document.inputs.items():
        values[name] = builder.input(name, OperandDescriptor(descriptor.dataType, descriptor.shape))
    for name, descriptor in document.constants.items():
        if name in values:
            raise GraphFileError(f"graph document: the name {name!r} is given twice")
        if name not in constants:
            raise GraphFileError(f"graph document: constant {name!r} has no data")
        values[name] = builder.constant(OperandDescriptor(descriptor.dataType, descriptor.shape), constants[name], copy=False)
    for index, members in enumerate(document.operators):
        _apply(builder, values, index, dict(members))
    missing = [value for value in document.outputs.values() if value not in values]
    if missing:
        raise GraphFileError(f"graph document: output {missing[0]!r} is not computed by any operator")
    return builder.finish({name: values[value] for name, value in document.outputs.items()})


def _apply(builder: MLGraphBuilder, values: dict[str, MLOperand], index: int, members: dict[str, Any]) -> None:
    """Add one operator, and name its outputs. A name that is not yet known is an error, so there are no cycles."""
    name, outputs = members.pop("operator", None), members.pop("outputs", None)
    where = f"graph document: operator {index}"
    operator = OPERATORS.get(name) if isinstance(name, str) else None
    if operator is None:
        raise GraphFileError(f"{where}: {name!r} is not an operator")
    for field in operator.operand_limits:
        alias = operator.model_fields[field].alias or field
        if alias in members:
            members[alias] = _operands(f"{where} ({name}): {alias}", members[alias], values)
    computed = builder.apply(operator, members)
    if not isinstance(outputs, list) or len(outputs) != len(computed) or not all(isinstance(o, str) and o for o in outputs):
        raise GraphFileError(f"{where} ({name}): outputs must name its {len(computed)} outputs; got {str(outputs)[:100]}")
    for output, operand in zip(outputs, computed, strict=True):
        if output in values:
            raise GraphFileError(f"{where} ({name}): the name {output!r} is given twice")
        values[output] = operand


def _operands(where: str, names: Any, values: Mapping[str, MLOperand]) -> Any:
    if isinstance(names, list):
        return [_operands(where, name, values) for name in names if not isinstance(name, list)]
    if not isinstance(names, str) or names not in values:
        raise GraphFileError(f"{where}: {str(names)[:100]!r} is not a value that stands before it")
    return values[names]


def save_graph(graph: Graph, path: str | Path) -> None:
    """Write a graph to one safetensors file. The weights are written as they lie, without a copy of the whole.

    A file of that name is replaced only once the new one is whole (see `webnpu.files`).

    Raises:
        MLTypeError: the graph is none, or the path.
        FileError: the file cannot be written; one that was there is as it was.
    """
    as_graph("save_graph", graph)
    header: dict[str, Any] = {"__metadata__": {"webnpu": json.dumps(to_document(graph), separators=(",", ":"), allow_nan=False)}}
    constants = sorted(graph.constants, key=lambda operand: -operand.data_type.bits)  # widest first, so that each lies aligned
    offset = 0
    for operand in constants:
        d = operand.descriptor
        shape = [d.byte_length] if d.data_type.is_extension else list(d.shape)
        header[graph.names[operand]] = {
            "dtype": _STORED.get(d.data_type, "U8"),
            "shape": shape,
            "data_offsets": [offset, offset + d.byte_length],
        }
        offset += d.byte_length
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    with replacing("save_graph", path) as partial, partial.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for operand in constants:
            _write(file, operand)


def _write(file: BinaryIO, operand: MLOperand) -> None:
    if operand.value is not None:
        file.write(memoryview(pack(operand.value, operand.data_type).view(np.uint8)))  # type: ignore[arg-type]


def load_graph(path: str | Path, *, mmap: bool = True) -> Graph:
    """Read a graph file; the weights are mapped into memory, not read, unless that is turned off.

    Args:
        path: the file.
        mmap: whether the weights stay in the file. What is mapped costs nothing until it is used, and shares its memory with
            other processes; but a process that uses a part which has been cut off meanwhile is killed by the system (SIGBUS).
            Files that others may change, or that lie on a network, are better read: ``mmap=False``. Replacing a file, as
            `save_graph` does, is no danger to those that have mapped it.

    Raises:
        GraphFileError: the file is damaged, or holds no valid graph.
        FileError: it cannot be read; a MissingFileError where there is none.
    """
    path = existing_file("load_graph", path, "graph file")
    try:
        with told(path, "read"), safe_open(path, framework="np") as file:  # checks the header: sizes, offsets, no holes
            metadata = file.metadata() or {}
        if "webnpu" not in metadata:
            raise GraphFileError(f"{path}: not a graph file: its metadata have no member 'webnpu'")
        document = from_json(metadata["webnpu"], allow_inf_nan=False)
        return from_document(document, _stored(path, document, mmap))
    except FileError:
        raise
    except (SafetensorError, ValueError, RecursionError, OverflowError, MemoryError) as error:
        if isinstance(error, GraphFileError):
            raise GraphFileError(f"{path}: {error}") from error
        raise GraphFileError(f"{path}: the file is damaged: {error}") from error


def _stored(path: Path, document: Any, mmap: bool) -> dict[str, Array]:
    """The constants of a file whose header has been checked, as views of the mapped file, or of what was read of it."""
    mapped: Array = np.memmap(path, np.uint8, "r") if mmap else np.fromfile(path, np.uint8)
    length = int.from_bytes(mapped[:8].tobytes(), "little")
    header = from_json(mapped[8 : 8 + length].tobytes())
    declared = document.get("constants", {}) if isinstance(document, dict) else {}
    arrays: dict[str, Array] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if not isinstance(declared, dict) or name not in declared:
            raise GraphFileError(f"tensor {name!r} is not declared as a constant")
        try:
            descriptor = Descriptor.model_validate(declared[name])
        except ValidationError:
            raise GraphFileError(f"constant {name!r} has no valid descriptor") from None
        d = OperandDescriptor(descriptor.dataType, descriptor.shape)
        begin, end = entry["data_offsets"]
        if entry["dtype"] != _STORED.get(d.data_type, "U8") or end - begin != d.byte_length:
            raise GraphFileError(f"constant {name!r}: expected {d}; got {entry['dtype']} {entry['shape']}")
        arrays[name] = unpack(mapped[8 + length + begin : 8 + length + end], d)
    return arrays
