"""``webnpu export``: a model as a file that another runtime opens."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..backend import backend_names, load_backend
from ..errors import NotSupportedError
from ..graph import Graph
from ..graph_file import save_graph
from ..naming import KEEPS_ALL, Naming
from .console import InputError, console, print_json
from .models import Budget, Dimensions, Float16, Known, Mapped, ModelFile, Optimize, Shapes, read_model
from .progress import working

Writer = Callable[..., object]
"""Writes a graph to a file, given the path, and options of its own; may return figures of it, by name, for a summary."""


def export(
    model: ModelFile,
    to: Annotated[str, typer.Option(metavar="TARGET", help="The kind of file: graph, onnx, or a backend that writes one.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")],
    dim: Dimensions = None,
    shape: Shapes = None,
    known: Known = None,
    float16: Float16 = False,
    optimize: Optimize = False,
    budget: Budget = "",
    mmap: Mapped = True,
    opset: Annotated[
        int | None, typer.Option(metavar="N", help="With --to onnx: the version of ONNX's operator set to write in; 21 by default.")
    ] = None,
    int32_io: Annotated[
        bool, typer.Option("--int32-io", help="Let all integers come in and go out as int32: apps and LiteRT.js take no int64. For tflite.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Write a model as a file that another runtime opens."""
    write = find_exporter(to)
    if opset is not None:
        if to != "onnx":
            raise InputError(f"--opset is for --to onnx; got --to {to}")
        write = partial(_save_onnx, opset=opset)
    if int32_io and "int32_io" not in inspect.signature(write).parameters:
        raise InputError(f"--int32-io is for --to tflite; got --to {to}")
    graph = read_model(model, dim, shape, known, float16=float16, optimize=optimize, mmap=mmap)
    begin = time.perf_counter()
    output.parent.mkdir(parents=True, exist_ok=True)
    with working(f"writing {output}"):
        told = write(graph, output, **({"int32_io": True} if int32_io else {}))
    seconds = time.perf_counter() - begin
    figures = told if isinstance(told, Mapping) else {}
    naming = naming_of(to)
    changed = naming.names(graph.inputs, graph.outputs).changed
    if json:
        print_json({"target": to, "file": str(output), "seconds": round(seconds, 3), **figures, "renamed": changed})
        return
    summary = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in figures.items())
    console().print(f"{output}: {to}, written in {seconds:.2f} s" + (f"; {summary}" if summary else ""), markup=False)
    for role, names in changed.items():
        for name, given in names.items():
            kind = role.removesuffix("s")
            console().print(f"{kind} {name!r} is {given!r} there: {naming.format} cannot have that name for it", markup=False)


def find_exporter(target: str) -> Writer:
    """What writes a kind of file; an InputError names the kinds that there are."""
    found = exporters()
    if target not in found:
        raise InputError(f"--to must be one of {', '.join(found)}; got {target!r}")
    return found[target]


def exporters() -> dict[str, Writer]:
    """The kinds of files that can be written here: a backend's own where it has an ``export``, ONNX, and graph files."""
    found: dict[str, Writer] = {"graph": save_graph, "onnx": _save_onnx}
    for name in backend_names():
        try:
            backend = load_backend(name)
        except NotSupportedError:
            continue  # not installed
        if hasattr(backend, "export"):
            found[name] = backend.export
    return found


def naming_of(target: str) -> Naming:
    """Which names a kind of file can hold."""
    if target == "graph":
        return KEEPS_ALL
    if target == "onnx":
        from ..onnx.export import NAMING  # needs the extra

        return NAMING
    return load_backend(target).naming


def _save_onnx(graph: Graph, path: Path, opset: int | None = None) -> None:
    from ..onnx import save_model  # needs the extra

    save_model(graph, path, opset)
