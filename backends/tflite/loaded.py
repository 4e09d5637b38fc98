"""A ``.tflite`` file, whoever wrote it, as a program: its signature, and what its metadata tell of the graph that it was made of."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flatbuffers import encode, packer  # type: ignore[import-untyped]
from flatbuffers.table import Table  # type: ignore[import-untyped]

from webnpu.backend import OperatorReport, Report
from webnpu.errors import GraphFileError, NotSupportedError
from webnpu.files import existing_file, told
from webnpu.naming import ROLES, original_names
from webnpu.types import DataType, OperandDescriptor

from .instances import Instances
from .receipt import KERNEL, XNNPACK, delegated
from .runtime import InterpretedProgram, open_interpreter
from .schema import IDENTIFIER, TABLES, tensor_type


class LoadedModel(InterpretedProgram):
    """A ``.tflite`` file with one graph.

    Attributes:
        path: the file.
        original_names: the names of inputs and outputs in the graph that the file was made of, by those that they have in the
            file: ``{"inputs": {...}, "outputs": {"y": "y"}}``; empty where the file does not tell. The program has these
            names, where they are told, and those of the file else.
    """

    def __init__(self, path: Path, threads: int, instances: int) -> None:
        self.path, self.file_bytes = path, path.stat().st_size
        with told(path, "read"), path.open("rb") as file:
            try:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError:
                raise GraphFileError(f"{path}: the file is empty") from None
        if content[4:8] != IDENTIFIER:
            raise GraphFileError(f"{path}: this is no TFLite model: it lacks the mark {IDENTIFIER.decode()}")
        pool = Instances(lambda: open_interpreter(threads, model_path=str(path)), instances)  # which checks the file
        try:
            reader = _Reader(content)
            metadata, signatures = reader.metadata(), reader.signatures()
            sides = (pool.first.interpreter.get_input_details(), pool.first.interpreter.get_output_details())
        except (struct.error, IndexError, ValueError, OverflowError, UnicodeDecodeError) as error:
            raise GraphFileError(f"{path}: the file is damaged: {error}") from error
        self.original_names: dict[str, dict[str, str]] = {}
        descriptors, places = [], []
        for role, details, named in zip(ROLES, sides, signatures or ({}, {}), strict=True):
            names = named if set(named.values()) >= {int(d["index"]) for d in details} else {d["name"]: int(d["index"]) for d in details}
            told_names = original_names(metadata, role)
            usable = set(told_names) == set(names) and len(set(told_names.values())) == len(names)
            self.original_names[role] = told_names if usable else {}
            by_index = {int(d["index"]): d for d in details}
            places.append({self.original_names[role].get(name, name): at for name, at in names.items() if at in by_index})
            descriptors.append({name: _descriptor(path, name, by_index[at]) for name, at in places[-1].items()})
        super().__init__(descriptors[0], descriptors[1], (places[0], places[1]), pool)

    def explain(self) -> Report:
        """The operators of the file, and whether XNNPACK or a kernel of the runtime runs each."""
        nodes = self.nodes()
        count = next((i for i, node in enumerate(nodes) if node["op_name"] == "DELEGATE"), len(nodes))
        taken = delegated(nodes, count)
        reports = [OperatorReport(n["op_name"], "", n["op_name"], XNNPACK if i in taken else KERNEL) for i, n in enumerate(nodes[:count])]
        return Report("tflite", self.device, tuple(reports), self.file_bytes, (f"{len(taken)} of {count} steps run in XNNPACK",))


def load(path: Any, threads: int, instances: int) -> LoadedModel:
    """A program from a ``.tflite`` file.

    Raises:
        FileError: the file cannot be read; a MissingFileError where there is none.
        GraphFileError: it is no model, or damaged.
        OperationError: the runtime does not take it.
        NotSupportedError: it has an input or output of a type that WebNN lacks.
    """
    return LoadedModel(existing_file("load", path, "TFLite model"), threads, instances)


def _descriptor(path: Path, name: str, details: Mapping[str, Any]) -> OperandDescriptor:
    dtype = getattr(details["dtype"], "__name__", str(details["dtype"]))
    found = [data_type for data_type in DataType if tensor_type(data_type) == dtype and not data_type.is_extension]
    if not found:
        raise NotSupportedError(f"{path}: {name!r} is of type {dtype}, which WebNN lacks")
    return OperandDescriptor(found[0], tuple(int(size) for size in details["shape"]))


class _Reader:
    """Reads the metadata and the signature of a file, table by table."""

    def __init__(self, content: Any) -> None:
        self.content = content
        self.model = Table(content, encode.Get(packer.uoffset, content, 0))

    def metadata(self) -> dict[str, str]:
        """The metadata that are text, by name."""
        buffers = list(self._tables(self.model, "Model", "buffers"))
        found: dict[str, str] = {}
        for entry in self._tables(self.model, "Model", "metadata"):
            buffer = buffers[self._number(entry, "Metadata", "buffer")]
            at = buffer.Offset(self._slot("Buffer", "data"))
            data = bytes(self.content[buffer.Vector(at) : buffer.Vector(at) + buffer.VectorLen(at)]) if at else b""
            found[self._text(entry, "Metadata", "name")] = data.decode("utf-8", "replace")
        return found

    def signatures(self) -> tuple[dict[str, int], dict[str, int]] | None:
        """The tensors of the inputs and of the outputs by name, of the first signature of the main graph."""
        for signature in self._tables(self.model, "Model", "signature_defs"):
            if self._number(signature, "SignatureDef", "subgraph_index") == 0:
                return self._places(signature, "inputs"), self._places(signature, "outputs")
        return None

    def _places(self, signature: Any, member: str) -> dict[str, int]:
        entries = self._tables(signature, "SignatureDef", member)
        return {self._text(entry, "TensorMap", "name"): self._number(entry, "TensorMap", "tensor_index") for entry in entries}

    def _slot(self, table: str, member: str) -> int:
        return 4 + 2 * int(TABLES[table][member].slot)

    def _tables(self, of: Any, table: str, member: str) -> Iterator[Any]:
        at = of.Offset(self._slot(table, member))
        for index in range(of.VectorLen(at) if at else 0):
            yield Table(self.content, of.Indirect(of.Vector(at) + 4 * index))

    def _number(self, of: Any, table: str, member: str) -> int:
        at = of.Offset(self._slot(table, member))
        return int(encode.Get(packer.uint32, self.content, of.Pos + at)) if at else 0

    def _text(self, of: Any, table: str, member: str) -> str:
        at = of.Offset(self._slot(table, member))
        return bytes(of.String(of.Pos + at)).decode("utf-8", "replace") if at else ""
