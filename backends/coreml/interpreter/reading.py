"""Reading an ``.mlpackage`` from disk. Nothing in it is trusted: paths, offsets and sizes are checked before use."""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from webnpu.errors import MissingFileError
from webnpu.files import existing_file
from webnpu.naming import is_plain_text
from webnpu.types import Array, Shape

from ..protos import Model_pb2
from .errors import PackageError
from .types import BITS, NUMPY

_SENTINEL = 0xDEADBEEF
_CODES = {
    1: "fp16",
    2: "fp32",
    3: "uint8",
    4: "int8",
    6: "int16",
    7: "uint16",
    8: "int4",
    9: "uint1",
    10: "uint2",
    11: "uint4",
    12: "uint3",
    13: "uint6",
    14: "int32",
    15: "uint32",
}


@dataclass(frozen=True)
class Package:
    """A package on disk: its model, and where its files of weights are."""

    path: Path
    model: Any
    model_folder: Path


def read_package(path: str | Path) -> Package:
    """Read a package's manifest and model.

    Args:
        path: the ``.mlpackage`` folder, or an ``.mlmodel`` file that needs no weights.

    Raises:
        PackageError: it is no package, or damaged.
    """
    path = Path(path)
    if path.suffix == ".mlmodelc":
        raise PackageError(f"{path}: it is a compiled model, for Apple's runtime alone; give the .mlpackage that it was compiled from")
    if path.is_file():
        return Package(path, _parse(path), path.parent)
    if not path.is_dir():
        raise PackageError(f"{path}: there is no such package")
    file = _model_file(path)
    return Package(path, _parse(file), file.parent)


def _model_file(path: Path) -> Path:
    manifest_file = path / "Manifest.json"
    try:
        manifest = json.loads(existing_file("load_package", manifest_file, "manifest").read_text(encoding="utf-8"))
    except MissingFileError:
        raise PackageError(f"{path}: no Manifest.json; an .mlpackage is a folder that holds one") from None
    except (OSError, ValueError, RecursionError) as error:
        raise PackageError(f"{manifest_file}: not readable as JSON: {error}") from error
    try:
        items, root = manifest["itemInfoEntries"], manifest["rootModelIdentifier"]
        relative = items[root]["path"]
    except (KeyError, TypeError, IndexError):
        raise PackageError(f"{manifest_file}: it names no root model (itemInfoEntries, rootModelIdentifier)") from None
    if not isinstance(relative, str):
        raise PackageError(f"{manifest_file}: the root model's path must be a string; got {relative!r}")
    return inside(path / "Data", relative, f"{manifest_file}: the root model")


def inside(folder: Path, relative: str, what: str) -> Path:
    """A file of a folder by its relative path, which must not lead out of it, by dots or by links."""
    parts = PurePosixPath(relative).parts
    if not parts or PurePosixPath(relative).is_absolute() or ".." in parts or "\\" in relative or not is_plain_text(relative):
        raise PackageError(f"{what}: the path {relative!r} leads out of the package")
    file = folder.joinpath(*parts)
    if not file.resolve().is_relative_to(folder.resolve()):
        raise PackageError(f"{what}: the path {relative!r} leads out of the package by a link")
    if not file.is_file():
        raise PackageError(f"{what}: the file {relative!r} is missing")
    return file


def _parse(file: Path) -> Any:
    try:
        return Model_pb2.Model.FromString(file.read_bytes())
    except (DecodeError, RecursionError) as error:
        raise PackageError(f"{file}: not a Core ML model, or cut off: {error}") from error


class Weights:
    """The files of weights of one package, opened when they are needed."""

    def __init__(self, package: Package) -> None:
        self._package = package
        folder = package.path if package.path.is_dir() else None
        self.size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder else 0
        """The bytes of all files of the package."""
        self._files: dict[str, Array] = {}

    def array(self, name: str, offset: int, dtype: str, shape: Shape) -> Array:
        """The array that a model refers to by a file's name and an offset.

        Raises:
            PackageError: there is none, or it is of another type or size.
        """
        data = self._open(name)
        where = f"{name} at offset {offset}"
        if offset % 64 or offset < 64 or offset + 64 > data.size:
            raise PackageError(f"{where}: offsets are multiples of 64 within the file, which has {data.size} bytes")
        about = data[offset : offset + 64]
        sentinel, code = (int(value) for value in about[:8].view("<u4"))
        size, start, unused = (int(value) for value in about[8:32].view("<u8"))
        if BITS[dtype] >= 8:
            unused = 0  # older writers left whatever was in memory where the padding bits are told now
        if sentinel != _SENTINEL:
            raise PackageError(f"{where}: there is no blob (its first four bytes are {sentinel:#x}, not {_SENTINEL:#x})")
        if _CODES.get(code) != dtype:
            raise PackageError(f"{where}: the blob holds {_CODES.get(code, f'type {code}')}; the model says {dtype}")
        elements = int(np.prod(shape, dtype=np.int64))
        if size * 8 - unused != elements * BITS[dtype]:
            raise PackageError(f"{where}: the blob has {size} bytes, which do not fit {dtype}{list(shape)}")
        if start + size > data.size:
            raise PackageError(f"{where}: the blob ends at byte {start + size} of a file of {data.size}")
        return unpacked(data[start : start + size], dtype, shape)

    def _open(self, name: str) -> Array:
        if name not in self._files:
            prefix = "@model_path/"
            if not name.startswith(prefix):
                raise PackageError(f"weights {name!r}: a file of weights is named {prefix}...")
            file = inside(self._package.model_folder, name[len(prefix) :], "weights")
            with file.open("rb") as opened:
                if file.stat().st_size < 64:
                    raise PackageError(f"weights {name!r}: the file has no header of 64 bytes")
                data = np.frombuffer(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
            version = int(data[4:8].view("<u4")[0])
            if version != 2:
                raise PackageError(f"weights {name!r}: expected version 2 of the format; got {version}")
            self._files[name] = data
        return self._files[name]


def unpacked(stored: Array, dtype: str, shape: Shape) -> Array:
    """The elements of stored bytes; those of less than a byte are packed from the lowest bit up."""
    bits = BITS[dtype]
    if bits >= 8:
        return stored.view(NUMPY[dtype].newbyteorder("<")).reshape(shape)
    elements = int(np.prod(shape, dtype=np.int64))
    each = np.unpackbits(stored, bitorder="little")[: elements * bits].reshape(elements, bits)
    values = np.packbits(each, axis=1, bitorder="little").reshape(-1)
    if dtype == "int4":
        return ((values ^ 8).astype(np.int8) - np.int8(8)).reshape(shape)
    return values.reshape(shape)
