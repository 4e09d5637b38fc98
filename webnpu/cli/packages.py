"""Core ML packages on the command line: run by the MIL interpreter, whoever made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..backend import load_backend
from ..types import Array, DataType, OperandDescriptor
from .console import InputError
from .images import Order, Picture
from .inputs import given_array, medium_of
from .streaming import Call

DEVICE = "the MIL interpreter"


class OpenPackage(NamedTuple):
    """A package for what stands on the command line.

    Attributes:
        inputs: what it takes; optional inputs that are not given are left out.
        outputs: what it gives, where that is arrays of fixed sizes.
        pictures: of the inputs and outputs that are pictures, how an image becomes their numbers, by name.
        call: how it is run; of a classifier one output is the label, and one the probabilities by label.
    """

    inputs: dict[str, OperandDescriptor]
    outputs: dict[str, OperandDescriptor]
    pictures: dict[str, Picture]
    call: Call


def load(path: Path, function: str = "") -> Any:
    """A package, ready to run; an InputError says that there is none."""
    if not path.exists():
        raise InputError(f"there is no package {path}")
    return load_backend("coreml").load_package(path, function)  # type: ignore[attr-defined]


def open_package(
    path: Path, values: Mapping[str, str], picture: Picture, shapes: Mapping[str, tuple[int, ...]], function: str = ""
) -> OpenPackage:
    """Open a package.

    Args:
        path: the package.
        values: what is given for each input.
        picture: what the command line says of images; of how their numbers are made it must say nothing where the model
            does: its pictures are 0 to 255, and it applies its own scale and bias.
        shapes: of inputs whose dimensions are open.
        function: which of its functions; '' for its default one.
    """
    package = load(path, function)
    if unknown := [name for name in shapes if name not in package.inputs]:
        raise InputError(f"--shape: there is no input {unknown[0]!r}; the inputs are {', '.join(package.inputs) or 'none'}")
    wanted = {name: f for name, f in package.inputs.items() if name in values or name in shapes or not f.optional}
    inputs = {name: _descriptor(f, values.get(name, ""), shapes.get(name)) for name, f in wanted.items()}
    arrays = {name: f for name, f in package.outputs.items() if f.shape and None not in f.shape}
    outputs = {name: OperandDescriptor(DataType.of(f.dtype), f.shape) for name, f in arrays.items()}
    pictures = {name: _picture(f, picture) for name, f in (wanted | package.outputs).items() if f.color}
    plain = Picture(fit=picture.fit, resize=picture.resize, padding=picture.padding)
    for name in pictures.keys() & values.keys():
        if picture != plain and medium_of(name, values[name]):
            raise InputError(
                f"--mean, --std, --range, --channels: input {name!r} is a picture, whose numbers are 0 to 255 in the order that the "
                "model declares; what it declares of scale and bias it applies itself"
            )
    return OpenPackage(inputs, outputs, pictures, package.run)


def _descriptor(feature: Any, value: str, shape: tuple[int, ...] | None) -> OperandDescriptor:
    """What an input must be. Where the package leaves dimensions open, ``--shape`` decides, else the array that is given.

    An image, and random numbers, are of the size that the package says is its usual one, where nothing else is said.
    """
    if shape is not None:
        if not feature.accepts(shape):
            raise InputError(f"--shape {feature.name}={','.join(map(str, shape))}: the input is {feature}{feature.allowed()}")
    elif None not in feature.shape:
        shape = feature.shape
    elif value in ("", "random") or medium_of(feature.name, value):
        shape = feature.usual
    else:
        shape = given_array(feature.name, value).shape
    return OperandDescriptor(DataType.of(feature.dtype), tuple(shape))


def _picture(feature: Any, picture: Picture) -> Picture:
    """How an image becomes a picture of the model: it is fitted as the command line says, its numbers are those of the model."""
    order = Order.BGR if feature.color == "BGR" else Order.RGB
    return replace(picture, mean=(0.0,), deviation=(1.0,), black=0.0, white=255.0, order=order)


def numbers_alone(results: Mapping[str, Any]) -> dict[str, Array]:
    """The outputs that are arrays; of a classifier the probabilities, in the order of its classes."""
    whole = {name: np.array(list(value.values())) if isinstance(value, dict) else value for name, value in results.items()}
    return {name: value for name, value in whole.items() if isinstance(value, np.ndarray)}
