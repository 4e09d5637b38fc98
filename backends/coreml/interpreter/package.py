"""A package that can be run: ``load_package(path).run({"x": array})``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from webnpu.errors import MLTypeError
from webnpu.types import Array

from .errors import PackageError
from .program import Body, Loader, run
from .reading import Package, Weights, read_package
from .types import NUMPY, OtherType, TensorType, Type, read_type

_FEATURE_TYPES = {65568: "fp32", 65552: "fp16", 131104: "int32", 65600: "fp64", 131080: "int8"}


@dataclass(frozen=True)
class Feature:
    """An input or an output of a model.

    Attributes:
        name: its name.
        dtype: the NumPy name of its data type.
        shape: its shape; None stands for a dimension that may vary.
        optional: whether an input may be left out.
        sizes: the least and the greatest size of each dimension, where the shape may vary; a greatest of -1 is none.
        shapes: the only shapes that are allowed, where the model lists them.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    optional: bool = False
    sizes: tuple[tuple[int, int], ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()

    def accepts(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of a shape may be given."""
        if self.shapes:
            return shape in self.shapes
        if len(shape) != len(self.shape):
            return False
        if self.sizes:
            return all(low <= size and (high < 0 or size <= high) for size, (low, high) in zip(shape, self.sizes, strict=True))
        return all(size in (None, have) for size, have in zip(self.shape, shape, strict=True))

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join('?' if size is None else str(size) for size in self.shape)}]"


class LoadedPackage:
    """A model of type mlProgram, loaded from disk and checked.

    Attributes:
        inputs: its inputs by name.
        outputs: its outputs by name.
        opset: the operation set that it uses, such as ``CoreML7``.
    """

    def __init__(self, package: Package, function: str = "") -> None:
        self.path = package.path
        model = package.model
        kind = model.WhichOneof("Type")
        if kind != "mlProgram":
            raise PackageError(f"{package.path}: only models of type mlProgram can be evaluated; got {kind}")
        self._model = model
        name = function or model.description.defaultFunctionName or "main"
        self._description = _description(model.description, name)
        program = model.mlProgram
        if program.version != 1:
            raise PackageError(f"{package.path}: version {program.version} of mlProgram is not known")
        if name not in program.functions:
            raise PackageError(f"{package.path}: there is no function {name!r}; there are {', '.join(sorted(program.functions))}")
        self._function = program.functions[name]
        self.opset = self._function.opset
        if self.opset not in self._function.block_specializations:
            found = ", ".join(sorted(self._function.block_specializations)) or "none"
            raise PackageError(f"{package.path}: function {name!r} has no block for its operation set {self.opset!r}; found {found}")
        needed = int(self.opset.removeprefix("CoreML") or 0) + 1 if self.opset[6:].isdigit() else 0
        if needed > model.specificationVersion:
            raise PackageError(
                f"{package.path}: {self.opset} needs specification version {needed}; the model says {model.specificationVersion}"
            )
        self.inputs = {f.name: f for f in map(_feature, self._description.input)}
        self._body = self._load(Weights(package))
        self.outputs = self._outputs()
        self._state = {name: self._zeros(type_) for name, type_ in self._body.inputs if isinstance(type_, OtherType)}

    @property
    def metadata(self) -> dict[str, str]:
        """What the model's author wrote about it."""
        return dict(self._model.description.metadata.userDefined)

    @cached_property
    def operations(self) -> dict[str, int]:
        """How often each operation occurs, those of nested blocks included."""
        counts: dict[str, int] = {}

        def count(body: Body) -> None:
            for step in body.steps:
                counts[step.type] = counts.get(step.type, 0) + 1
                for block in step.blocks:
                    count(block)

        count(self._body)
        return counts

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Evaluate the model.

        Args:
            inputs: an array for each input, of its type and shape.

        Returns:
            The outputs by name; a scalar is ``[1]``, as in Core ML, whose multi-arrays have a dimension. A state that
            the model has is kept for the next run.
        """
        given: dict[str, Any] = dict(self._state)
        if unknown := inputs.keys() - self.inputs.keys():
            raise MLTypeError(f"unknown input {', '.join(sorted(unknown))}; the inputs are {self._listed()}")
        for name, feature in self.inputs.items():
            if name not in inputs:
                if not feature.optional:
                    raise MLTypeError(f"missing input {name!r}; the inputs are {self._listed()}")
                given[name] = np.zeros([size or 1 for size in feature.shape], feature.dtype)
                continue
            given[name] = _fitting(feature, inputs[name], dict(self._body.inputs)[name])
        results = run(self._body, given)
        return {name: _given(value) for name, value in zip(self._body.outputs, results, strict=True)}

    def reset(self) -> None:
        """Set the model's state to zeros."""
        for array in self._state.values():
            array[...] = 0

    def _load(self, weights: Weights) -> Body:
        loader = Loader(self.opset, weights)
        inputs = tuple((item.name, read_type(item.type, f"input {item.name!r}")) for item in self._function.inputs)
        for name, type_ in inputs:
            if isinstance(type_, TensorType):
                self._check_feature(self.inputs.get(name), name, type_)
        if missing := self.inputs.keys() - dict(inputs).keys():
            raise PackageError(f"{self.path}: the function has no input {', '.join(sorted(missing))} that the description names")
        return loader.body(self._function.block_specializations[self.opset], inputs, {})

    def _check_feature(self, feature: Feature | None, name: str, type_: TensorType) -> None:
        if feature is None:
            raise PackageError(f"{self.path}: the description does not name the input {name!r}")
        shape = type_.shape if type_.shape is not None else feature.shape
        alike = len(shape) == len(feature.shape) and all(None in (a, b) or a == b for a, b in zip(shape, feature.shape, strict=True))
        if not shape and feature.shape == (1,):
            alike = True
        if feature.dtype != NUMPY[type_.dtype].name or not alike:
            raise PackageError(f"{self.path}: input {name!r} is {feature} in the description and {type_} in the program")

    def _outputs(self) -> dict[str, Feature]:
        declared = {name: type_ for step in self._body.steps for name, type_ in step.outputs} | dict(self._body.inputs)
        described = {item.name: item for item in self._description.output}
        if described.keys() != set(self._body.outputs):
            raise PackageError(
                f"{self.path}: the description names the outputs {', '.join(described) or 'none'}; "
                f"the program computes {', '.join(self._body.outputs) or 'none'}"
            )
        outputs = {}
        for name in self._body.outputs:
            type_ = declared[name]
            if not isinstance(type_, TensorType) or type_.dtype not in NUMPY:
                outputs[name] = Feature(name, str(type_), ())  # the label and the probabilities of a classifier
                continue
            outputs[name] = Feature(name, NUMPY[type_.dtype].name, (1,) if type_.shape == () else type_.shape or ())
            self._check_output(described[name], type_)
        return outputs

    def _check_output(self, described: Any, type_: TensorType) -> None:
        """Check what the description says of an output, as far as it says anything."""
        if described.type.WhichOneof("Type") != "multiArrayType":
            return
        array = described.type.multiArrayType
        dtype = _FEATURE_TYPES.get(array.dataType)
        shape = tuple(array.shape)
        if dtype != type_.dtype or (shape and type_.shape and not type_.admits(dtype, shape) and None not in type_.shape):
            raise PackageError(
                f"{self.path}: output {described.name!r} is {dtype}{list(shape)} in the description and {type_} in the program"
            )

    def _zeros(self, type_: OtherType) -> Array:
        if type_.kind != "state" or type_.item is None or type_.item.shape is None:
            raise PackageError(f"{self.path}: an input of type {type_} is not evaluated")
        return np.zeros([size or 1 for size in type_.item.shape], NUMPY[type_.item.dtype])

    def _listed(self) -> str:
        return ", ".join(f"{name}: {feature}" for name, feature in self.inputs.items()) or "none"


def load_package(path: str | Path, function: str = "") -> LoadedPackage:
    """Load an ``.mlpackage`` of type mlProgram, whoever made it.

    Args:
        path: the package.
        function: the function to run, by default the model's default one.

    Raises:
        PackageError: it is damaged, or not a valid program.
        MissingOperationError: it uses an operation that the interpreter does not evaluate.
    """
    return LoadedPackage(read_package(path), function)


def evaluate_package(path: str | Path, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Load a package and evaluate it once."""
    return load_package(path).run(inputs)


def _description(description: Any, name: str) -> Any:
    """The description of a function: a model with several has one for each."""
    for function in description.functions:
        if function.name == name:
            return function
    return description


def _feature(item: Any) -> Feature:
    kind = item.type.WhichOneof("Type")
    if kind == "imageType":
        image = item.type.imageType
        return Feature(item.name, "float32", (1, 3 if image.colorSpace in (20, 30) else 1, image.height, image.width))
    if kind != "multiArrayType":
        raise PackageError(f"input {item.name!r}: only multi-arrays and images are evaluated; got {kind}")
    array = item.type.multiArrayType
    dtype = _FEATURE_TYPES.get(array.dataType)
    if dtype is None:
        raise PackageError(f"input {item.name!r}: {array.dataType} is not a data type of a multi-array")
    shape: tuple[int | None, ...] = tuple(array.shape)
    flexible = array.WhichOneof("ShapeFlexibility")
    sizes: tuple[tuple[int, int], ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    if flexible == "shapeRange":
        sizes = tuple((bound.lowerBound, bound.upperBound) for bound in array.shapeRange.sizeRanges)
        shape = tuple(low if low == high else None for low, high in sizes)
    elif flexible == "enumeratedShapes":
        shapes = tuple(tuple(each.shape) for each in array.enumeratedShapes.shapes)
        shape = tuple(along[0] if len(set(along)) == 1 else None for along in zip(*shapes, strict=True))
    return Feature(item.name, NUMPY[dtype].name, shape, item.type.isOptional, sizes, shapes)


def _given(value: Any) -> Any:
    """An output as Core ML gives it."""
    return value.reshape(1) if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0 else value


def _fitting(feature: Feature, value: Any, type_: Type) -> Array:
    """An input as the program takes it; Core ML converts between its own types at the boundary, and so does this."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or not feature.accepts(array.shape):
        raise MLTypeError(f"input {feature.name!r}: expected {feature}; got {array.dtype.name}{list(array.shape)}")
    dtype = type_.dtype if isinstance(type_, TensorType) else "fp32"
    array = array.astype(NUMPY[dtype])
    return array.reshape(()) if isinstance(type_, TensorType) and type_.shape == () else array
