"""Models on the command line: graph files and ONNX models, and inputs for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..errors import WebNPUError
from ..graph import Graph
from ..types import Array
from .console import InputError
from .inputs import arrays_for, read_graph

ModelFile = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A graph file (.safetensors) or an ONNX model (.onnx).", show_default=False)
]
Dimensions = Annotated[
    list[str] | None, typer.Option("--dim", metavar="NAME=SIZE", help="The size of a dimension that an ONNX model leaves open.")
]
Shapes = Annotated[list[str] | None, typer.Option("--shape", metavar="INPUT=1,3,224,224", help="The shape of an input of an ONNX model.")]
Known = Annotated[
    list[str] | None, typer.Option("--known", metavar="NAME=JSON", help="The value of an input of an ONNX model that is to be a constant.")
]
Inputs = Annotated[
    list[str] | None, typer.Option("--input", "-i", metavar="NAME=VALUE", help="A .npy or .json file, or JSON itself; by default random.")
]
Seed = Annotated[int, typer.Option(min=0, help="What random inputs start from.")]
Optimize = Annotated[bool, typer.Option("--optimize", help="Run the passes over the graph first.")]


def read_model(path: Path, dimensions: list[str] | None = None, shapes: list[str] | None = None, known: list[str] | None = None) -> Graph:
    """The graph of a graph file, or of an ONNX model; an InputError says why it cannot be read."""
    if path.suffix != ".onnx":
        return read_graph(path)
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    from ..onnx import import_model

    sizes = {name: _integer("--dim", value) for name, value in _pairs("--dim", dimensions)}
    whole = {name: [_integer("--shape", size) for size in value.split(",") if size] for name, value in _pairs("--shape", shapes)}
    try:
        return import_model(path, dimensions=sizes, shapes=whole, known={name: _json(value) for name, value in _pairs("--known", known)})
    except WebNPUError as error:
        raise InputError(f"{path}: {error}") from error


def _pairs(option: str, given: Iterable[str] | None) -> list[tuple[str, str]]:
    pairs = []
    for item in given or ():
        name, equals, value = item.rpartition("=")
        if not equals:
            raise InputError(f"{option} must be NAME=VALUE; got {item!r}")
        pairs.append((name, value))
    return pairs


def _integer(option: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise InputError(f"{option}: {value!r} is no integer") from None


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise InputError(f"--known: {value!r} is no JSON") from None


def inputs_or_random(graph: Graph, given: list[str] | None, seed: int) -> dict[str, Array]:
    """An array for each input of a graph: what stands on the command line, else random numbers."""
    stated = {item.partition("=")[0] for item in given or ()}
    random = [f"{name}=random" for name in graph.inputs if name not in stated]
    return arrays_for(graph.input_descriptors, [*(given or ()), *random], np.random.default_rng(seed))
