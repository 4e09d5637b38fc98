"""What stands on the command line: graph files, and arrays for the inputs of a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ..buffers import elements
from ..errors import GraphFileError, MLTypeError
from ..graph import Graph
from ..graph_file import load_graph
from ..types import Array, OperandDescriptor
from .console import InputError
from .images import IMAGES, Picture, image_array
from .sounds import SOUNDS, sound_array, split_start

GRAPH_FILE = ".safetensors"
PACKAGES = (".mlpackage", ".mlmodel", ".mlmodelc")
"""What a Core ML model's name ends in; only packages are run, other files are refused by the name of what they hold."""
OTHERS = {
    ".tflite": "a .tflite file is an output of WebNPU, never an input; run the graph that it was made of",
    ".onnx": "webnpu export makes a graph file of an ONNX model: webnpu export MODEL.onnx --to graph -o MODEL.safetensors",
    **dict.fromkeys(
        PACKAGES,
        "a Core ML package is no graph of WebNN operators, which this command needs; run, show and explain take it as it is",
    ),
}
"""What to do with other kinds of models, where a graph file is asked for."""


@dataclass(frozen=True)
class Media:
    """How images and recordings become arrays, and arrays images and recordings.

    Attributes:
        picture: what images are like.
        rate: that of the model, 0 for the recording's own.
        pictures: of inputs and outputs that a model itself says are pictures, what these are like.
    """

    picture: Picture = field(default_factory=Picture)
    rate: int = 0
    pictures: Mapping[str, Picture] = field(default_factory=dict)


PLAIN = Media()

GraphFile = Annotated[Path, typer.Argument(metavar="GRAPHFILE", help="A graph file (.safetensors).", show_default=False)]


def read_graph(path: Path, *, mmap: bool = True) -> Graph:
    """The graph of a file; an InputError says why it cannot be read."""
    if not path.exists():
        raise InputError(f"there is no file {path}")
    if path.suffix in OTHERS:
        raise InputError(f"{path}: {OTHERS[path.suffix]}")
    if path.suffix != GRAPH_FILE:
        raise InputError(f"{path}: a graph file ends in {GRAPH_FILE}, an ONNX model in .onnx; got {path.suffix or 'no suffix'}")
    try:
        return load_graph(path, mmap=mmap)
    except GraphFileError as error:
        raise InputError(str(error)) from error


def stated(given: list[str]) -> dict[str, str]:
    """What stands on the command line for each input."""
    values: dict[str, str] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals:
            raise InputError(f"--input must be NAME=VALUE; got {item!r}")
        if name in values:
            raise InputError(f"--input {name} is given twice")
        values[name] = value
    return values


def arrays_for(
    descriptors: Mapping[str, OperandDescriptor], values: Mapping[str, str], random: np.random.Generator, media: Media = PLAIN
) -> dict[str, Array]:
    """An array for each input of a model, from what stands on the command line."""
    unknown = [name for name in values if name not in descriptors]
    if unknown:
        raise InputError(f"there is no input {unknown[0]!r}; the inputs are {_listed(descriptors)}")
    missing = {name: d for name, d in descriptors.items() if name not in values}
    if missing:
        example = next(iter(missing))
        raise InputError(f"missing: {_listed(missing)}; give each as --input {example}=FILE.npy, or --input {example}=random")
    return {name: _array(name, d, values[name], random, media) for name, d in descriptors.items()}


def _array(name: str, d: OperandDescriptor, value: str, random: np.random.Generator, media: Media) -> Array:
    if value == "random" and name in media.pictures:
        return random.integers(0, 256, d.shape).astype(d.data_type.numpy)
    if value == "random":
        drawn = random.standard_normal(d.shape) if d.data_type.is_float else random.integers(0, 10, d.shape)
        return np.asarray(drawn).astype(d.data_type.numpy)
    if medium := medium_of(name, value):
        kind, path = medium
        return (
            image_array(name, path, d, media.pictures.get(name, media.picture))
            if kind == "image"
            else sound_array(name, value, d, media.rate)
        )
    given = given_array(name, value)
    if given.shape != d.shape:
        raise InputError(f"input {name!r}: expected shape {list(d.shape)}; got {list(given.shape)}")
    exact = value.endswith(".npy") and not d.data_type.is_extension  # NumPy's own types must be right; JSON has numbers
    try:
        return elements(f"input {name!r}", d, given if exact else given.tolist())
    except MLTypeError as error:
        raise InputError(str(error)) from None


def medium_of(name: str, value: str) -> tuple[str, Path] | None:
    """Whether a value is an "image" or a "sound", and its file; None where it is neither."""
    path, _ = split_start(name, value)
    suffix = path.suffix.lower()
    kind = "sound" if suffix in SOUNDS else "image" if suffix in IMAGES else ""
    if not kind:
        return None
    if not path.is_file():
        raise InputError(f"input {name!r}: there is no file {str(path)!r}")
    return kind, path


def given_arrays(values: Mapping[str, str]) -> dict[str, Array]:
    """What stands on the command line as an array of its own shape, by input."""
    return {name: given_array(name, value) for name, value in values.items() if value != "random" and not medium_of(name, value)}


def given_array(name: str, value: str) -> Array:
    """The array in a .npy file, in a .json file, or in JSON on the command line itself."""
    path = Path(value)
    if path.suffix in (".npy", ".json") and not path.is_file():
        raise InputError(f"input {name!r}: there is no file {value!r}")
    try:
        if path.suffix == ".npy":
            return _numbers(name, value, np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)))  # of the size that it says
        text = path.read_text(encoding="utf-8") if path.suffix == ".json" else value
        return _numbers(name, value, np.asarray(json.loads(text)))
    except Exception as error:
        if path.suffix == ".npy":  # NumPy's own words are about pickles
            raise InputError(f"input {name!r}: {value!r} is no .npy file of numbers") from None
        kind = "no .json file" if path.suffix == ".json" else "no .npy, .json, image or sound file, no JSON, and not 'random'"
        raise InputError(f"input {name!r}: {value!r} is {kind}: {error}") from None


def _numbers(name: str, value: str, array: Array) -> Array:
    if array.dtype.kind not in "iufb":
        raise InputError(f"input {name!r}: expected numbers in lists of equal length; got {value!r}")
    return array


def _listed(descriptors: Mapping[str, OperandDescriptor]) -> str:
    return ", ".join(f"{name}: {d}" for name, d in descriptors.items()) or "none"
