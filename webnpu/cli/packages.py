"""Core ML packages on the command line: run by the MIL interpreter, whoever made them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..backend import load_backend
from ..types import Array, DataType, OperandDescriptor
from .console import InputError
from .inputs import arrays_for, given_array
from .media import Scaling

PACKAGE = ".mlpackage"
DEVICE = "the MIL interpreter"


def run_package(path: Path, values: Mapping[str, str], random: np.random.Generator, scaling: Scaling) -> dict[str, Array]:
    """The outputs of a package for what stands on the command line."""
    package: Any = load_backend("coreml").load_package(path)  # type: ignore[attr-defined]
    descriptors = {name: _descriptor(feature, values.get(name, "")) for name, feature in package.inputs.items()}
    results = package.run(arrays_for(descriptors, values, random, scaling))
    return {name: np.asarray(array) for name, array in results.items()}


def _descriptor(feature: Any, value: str) -> OperandDescriptor:
    """What an input must be; where the package leaves dimensions open, the array that is given decides."""
    shape = feature.shape
    if None in shape:
        if value in ("", "random"):
            raise InputError(f"input {feature.name!r} is {feature}: dimensions are open, so give an array")
        shape = given_array(feature.name, value).shape
    return OperandDescriptor(DataType.of(feature.dtype), tuple(shape))
