"""``webnpu export``: a model as a file that another runtime opens."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol, runtime_checkable

import typer

from ..backend import Backend, backend_names, load_backend
from ..errors import NotSupportedError, WebNPUError
from ..graph import Graph
from .console import InputError, console, print_json
from .run import read_graph

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A graph file (.safetensors) or an ONNX model (.onnx).", show_default=False)]


@runtime_checkable
class Exporter(Protocol):
    """A backend that can write its own kind of file; it needs no device for that."""

    def export(self, graph: Graph, path: Path) -> Mapping[str, Any] | None:
        """Write a graph to a file, and tell figures of it for a summary."""


def export(
    model: Model,
    to: Annotated[str, typer.Option(metavar="TARGET", help="The kind of file: the name of a backend that writes one.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")],
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Write a model as a file that another runtime opens."""
    exporter = find_exporter(to)
    graph = read_model(model)
    begin = time.perf_counter()
    figures = exporter.export(graph, output) or {}
    seconds = time.perf_counter() - begin
    if json:
        print_json({"target": to, "file": str(output), "seconds": round(seconds, 3), **figures})
        return
    told = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in figures.items())
    console().print(f"{output}: {to}, written in {seconds:.2f} s" + (f"; {told}" if told else ""), markup=False)


def find_exporter(target: str) -> Exporter:
    """The backend that writes a kind of file; an InputError names those that there are."""
    if target in backend_names():
        backend = load_backend(target)
        if isinstance(backend, Exporter):
            return backend
    raise InputError(f"--to must be one of {', '.join(exporters())}; got {target!r}")


def exporters() -> list[str]:
    """The names of the backends that write files; those that are not installed are left out."""
    found = []
    for name in backend_names():
        try:
            backend: Backend = load_backend(name)
        except NotSupportedError:
            continue
        if isinstance(backend, Exporter):
            found.append(name)
    return found


def read_model(path: Path) -> Graph:
    """The graph of a graph file, or of an ONNX model."""
    if path.suffix != ".onnx":
        return read_graph(path)
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    from ..onnx import import_model

    try:
        return import_model(path)
    except WebNPUError as error:
        raise InputError(f"{path}: {error}") from error
