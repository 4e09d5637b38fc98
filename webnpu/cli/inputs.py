"""What stands on the command line: graph files, and arrays for the inputs of a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ..builder import elements
from ..errors import GraphFileError, MLTypeError
from ..graph import Graph
from ..graph_file import load_graph
from ..types import Array, OperandDescriptor
from .console import InputError

GRAPH_FILE = ".safetensors"
OTHERS = {
    ".tflite": "a .tflite file is an output of WebNPU, never an input; run the graph that it was made of",
    ".onnx": "webnpu export makes a graph file of an ONNX model: webnpu export MODEL.onnx --to graph -o MODEL.safetensors",
    ".mlpackage": "a Core ML package is run as it is: webnpu run MODEL.mlpackage",
}
"""What to do with other kinds of models, where a graph file is asked for."""

GraphFile = Annotated[Path, typer.Argument(metavar="GRAPHFILE", help="A graph file (.safetensors).", show_default=False)]


def read_graph(path: Path) -> Graph:
    """The graph of a file; an InputError says why it cannot be read."""
    if not path.exists():
        raise InputError(f"there is no file {path}")
    if path.suffix in OTHERS:
        raise InputError(f"{path}: {OTHERS[path.suffix]}")
    if path.suffix != GRAPH_FILE:
        raise InputError(f"{path}: a graph file ends in {GRAPH_FILE}; got {path.suffix or 'no suffix'}")
    try:
        return load_graph(path)
    except GraphFileError as error:
        raise InputError(str(error)) from error


def arrays_for(descriptors: Mapping[str, OperandDescriptor], given: list[str], random: np.random.Generator) -> dict[str, Array]:
    """An array for each input of a model, from what stands on the command line."""
    values: dict[str, str] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals:
            raise InputError(f"--input must be NAME=VALUE; got {item!r}")
        if name not in descriptors:
            raise InputError(f"there is no input {name!r}; the inputs are {_listed(descriptors)}")
        values[name] = value
    missing = {name: d for name, d in descriptors.items() if name not in values}
    if missing:
        example = next(iter(missing))
        raise InputError(f"missing: {_listed(missing)}; give each as --input {example}=FILE.npy, or --input {example}=random")
    return {name: _array(name, d, values[name], random) for name, d in descriptors.items()}


def _array(name: str, d: OperandDescriptor, value: str, random: np.random.Generator) -> Array:
    if value == "random":
        drawn = random.standard_normal(d.shape) if d.data_type.is_float else random.integers(0, 10, d.shape)
        return np.asarray(drawn).astype(d.data_type.numpy)
    given = given_array(name, value)
    if given.shape != d.shape:
        raise InputError(f"input {name!r}: expected shape {list(d.shape)}; got {list(given.shape)}")
    exact = value.endswith(".npy") and not d.data_type.is_extension  # NumPy's own types must be right; JSON has numbers
    try:
        return elements(f"input {name!r}", d, given if exact else given.tolist())
    except MLTypeError as error:
        raise InputError(str(error)) from None


def given_array(name: str, value: str) -> Array:
    """The array in a .npy file, in a .json file, or in JSON on the command line itself."""
    path = Path(value)
    try:
        if path.suffix == ".npy":
            return np.asarray(np.load(path, allow_pickle=False))
        text = path.read_text(encoding="utf-8") if path.suffix == ".json" else value
        array = np.asarray(json.loads(text))
    except (OSError, ValueError, EOFError, RecursionError) as error:
        raise InputError(f"input {name!r}: {value!r} is no .npy file, .json file, JSON, or 'random': {error}") from None
    if array.dtype.kind not in "iufb":
        raise InputError(f"input {name!r}: expected numbers in lists of equal length; got {value!r}")
    return array


def _listed(descriptors: Mapping[str, OperandDescriptor]) -> str:
    return ", ".join(f"{name}: {d}" for name, d in descriptors.items()) or "none"
