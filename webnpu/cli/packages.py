"""Core ML packages on the command line: run by the MIL interpreter, whoever made them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..backend import load_backend
from ..types import Array, DataType, OperandDescriptor
from .console import InputError
from .inputs import given_array
from .streaming import Call

PACKAGE = ".mlpackage"
DEVICE = "the MIL interpreter"


def open_package(path: Path, values: Mapping[str, str]) -> tuple[dict[str, OperandDescriptor], dict[str, OperandDescriptor], Call]:
    """What a package takes for what stands on the command line, what it gives where its sizes are fixed, and how it is run."""
    package: Any = load_backend("coreml").load_package(path)  # type: ignore[attr-defined]
    inputs = {name: _descriptor(feature, values.get(name, "")) for name, feature in package.inputs.items()}
    outputs = {name: _descriptor(feature, "") for name, feature in package.outputs.items() if None not in feature.shape}

    def call(arrays: dict[str, Array]) -> dict[str, Array]:
        return {name: np.asarray(array) for name, array in package.run(arrays).items()}

    return inputs, outputs, call


def _descriptor(feature: Any, value: str) -> OperandDescriptor:
    """What an input must be; where the package leaves dimensions open, the array that is given decides."""
    shape = feature.shape
    if None in shape:
        if value in ("", "random"):
            raise InputError(f"input {feature.name!r} is {feature}: dimensions are open, so give an array")
        shape = given_array(feature.name, value).shape
    return OperandDescriptor(DataType.of(feature.dtype), tuple(shape))
