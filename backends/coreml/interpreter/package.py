"""A package that can be run: ``load_package(path).run({"x": array})``."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from webnpu.backend import Report
from webnpu.budget import Budget, Meter
from webnpu.errors import MLTypeError
from webnpu.files import as_path, told
from webnpu.naming import ROLES, original_names
from webnpu.program import owned
from webnpu.spelling import spelt
from webnpu.types import Array

from .errors import PackageError
from .features import ELEMENTS, Feature, read_feature
from .kinds import refusal
from .listing import report, text
from .program import Body, Loader, run
from .reading import Package, Weights, read_package
from .types import NUMPY, OtherType, TensorType, Type, read_type


class LoadedPackage:
    """A model of type mlProgram, loaded from disk and checked.

    Attributes:
        inputs: its inputs by name.
        outputs: its outputs by name.
        opset: the operation set that it uses, such as ``CoreML7``.
        function: the function that is run.
        body: its operations.
        state: what it keeps from one run to the next, by name.
    """

    def __init__(self, package: Package, function: str = "", budget: Budget | None = None) -> None:
        self.path = package.path
        self._size = package.model.ByteSize()
        meter = Meter(budget, "load_package")
        self._budget = meter.budget
        model = package.model
        if reason := refusal(model):
            raise PackageError(f"{package.path}: {reason}")
        self._model = model
        program = model.mlProgram
        if program.version != 1:
            raise PackageError(f"{package.path}: version {program.version} of mlProgram is not known")
        name = self.function = function or _default_function(model)
        if name not in program.functions:
            raise PackageError(f"{package.path}: there is no function {name!r}; there are {', '.join(sorted(program.functions)) or 'none'}")
        self._description = _description(model.description, name)
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
        self.inputs = {item.name: read_feature(item) for item in self._description.input}
        weights = Weights(package)
        meter.earn(size=self._size + weights.size)
        self._size += weights.size
        self.body = self._load(weights, meter)
        self.outputs = self._outputs()
        self._lock = threading.Lock()
        """Held by runs of a model that has a state, which each of them changes."""
        self.state = {name: self._zeros(type_) for name, type_ in self.body.inputs if isinstance(type_, OtherType)}

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of all functions of the model."""
        return tuple(sorted(self._model.mlProgram.functions))

    @property
    def classifier(self) -> tuple[str, str]:
        """The outputs that hold a classifier's label and the probabilities of all its classes; '' where it has none."""
        return self._description.predictedFeatureName, self._description.predictedProbabilitiesName

    @property
    def metadata(self) -> dict[str, str]:
        """What the model's author wrote about it."""
        return dict(self._model.description.metadata.userDefined)

    @property
    def original_names(self) -> dict[str, dict[str, str]]:
        """The names that inputs and outputs had in the graph that the package was made of, by their names here.

        ``{"inputs": {"x_0": "x:0"}, "outputs": {"y": "y"}}``; empty where the package does not tell.
        """
        told = {role: original_names(self.metadata, role) for role in ROLES}
        here = {"inputs": self.inputs, "outputs": self.outputs}
        return {role: {name: name_ for name, name_ in told[role].items() if name in here[role]} for role in ROLES}

    @cached_property
    def operations(self) -> dict[str, int]:
        """How often each operation occurs, those of nested blocks included."""
        counts: dict[str, int] = {}

        def count(body: Body) -> None:
            for step in body.steps:
                counts[step.type] = counts.get(step.type, 0) + 1
                for block in step.blocks:
                    count(block)

        count(self.body)
        return counts

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Evaluate the model.

        Args:
            inputs: an array for each input, of its shape; an optional input may be left out. Of a picture the numbers are
                0 to 255, see `Feature`.

        Returns:
            The outputs by name; a scalar is ``[1]``, as in Core ML, whose multi-arrays have a dimension. Of a classifier
            one output is the label, a string or an integer, and one the probabilities by label. A state that the model
            has is kept for the next run.

        Raises:
            MLTypeError: an input is missing, unknown, or of a shape that the model does not allow.
            BudgetExceeded: a result is larger, or a loop goes on for longer, than the budget of the package allows.
        """
        if not isinstance(inputs, Mapping):
            raise MLTypeError(f"the inputs must be a mapping of names to arrays; got {type(inputs).__name__}")
        if unknown := inputs.keys() - self.inputs.keys():
            raise MLTypeError(f"unknown input {', '.join(sorted(map(spelt, unknown)))}; the inputs are {self._listed()}")
        given: dict[str, Any] = dict(self.state)
        types = dict(self.body.inputs)
        for name, feature in self.inputs.items():
            if name not in inputs and not feature.optional:
                raise MLTypeError(f"missing input {name!r}; the inputs are {self._listed()}")
            given[name] = _converted(name, feature.array(inputs[name]) if name in inputs else feature.left_out(), types[name])
        meter = Meter(self._budget, "run")
        meter.earn(len(self.body.steps), self._size + sum(value.nbytes for value in given.values() if isinstance(value, np.ndarray)))
        with self._lock if self.state else nullcontext():
            results = run(self.body, given, meter)
        outputs = {name: _given(value) for name, value in zip(self.body.outputs, results, strict=True)}
        arrays = {name: value for name, value in outputs.items() if isinstance(value, np.ndarray)}
        return outputs | owned(arrays, (*given.values(), *(value for value in inputs.values() if isinstance(value, np.ndarray))))

    def explain(self) -> Report:
        """What runs each operation: the evaluators of the interpreter."""
        return report(self)

    def __str__(self) -> str:
        return text(self)

    def reset(self) -> None:
        """Set the model's state to zeros."""
        for array in self.state.values():
            array[...] = 0

    def _load(self, weights: Weights, meter: Meter) -> Body:
        loader = Loader(self.opset, weights, meter)
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
        same = feature.dtype == NUMPY[type_.dtype].name or (feature.color and type_.dtype in ("fp16", "fp32"))
        if not same or not alike:
            raise PackageError(f"{self.path}: input {name!r} is {feature} in the description and {type_} in the program")

    def _outputs(self) -> dict[str, Feature]:
        declared = {name: type_ for step in self.body.steps for name, type_ in step.outputs} | dict(self.body.inputs)
        described = {item.name: item for item in self._description.output}
        if described.keys() != set(self.body.outputs):
            raise PackageError(
                f"{self.path}: the description names the outputs {', '.join(described) or 'none'}; "
                f"the program computes {', '.join(self.body.outputs) or 'none'}"
            )
        outputs = {}
        for name in self.body.outputs:
            type_, item = declared[name], described[name]
            if name in self.classifier or not isinstance(type_, TensorType) or type_.dtype not in NUMPY:
                outputs[name] = Feature(name, type_.dtype if isinstance(type_, TensorType) else type_.kind, ())
                continue
            color = read_feature(item, "output").color if item.type.WhichOneof("Type") == "imageType" else ""
            shape = (1,) if type_.shape == () else type_.shape or ()
            outputs[name] = Feature(name, NUMPY[type_.dtype].name, shape, color=color)
            self._check_output(item, type_)
        return outputs

    def _check_output(self, described: Any, type_: TensorType) -> None:
        """Check what the description says of an output, as far as it says anything."""
        if described.type.WhichOneof("Type") != "multiArrayType":
            return
        array = described.type.multiArrayType
        dtype = ELEMENTS.get(array.dataType)
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


def load_package(path: str | Path, function: str = "", *, budget: Budget | None = None) -> LoadedPackage:
    """Load an ``.mlpackage`` of type mlProgram, whoever made it.

    Args:
        path: the package.
        function: the function to run, by default the model's default one.
        budget: how much it may ask for, when it is loaded and whenever it is run; by default the `webnpu.Budget` that applies.

    Raises:
        BudgetExceeded: it asks for more.
        PackageError: it is damaged, or not a valid program.
        MissingOperationError: it uses an operation that the interpreter does not evaluate.
    """
    if not isinstance(function, str):
        raise MLTypeError(f"load_package: the function must be a string; got {type(function).__name__}")
    file = as_path("load_package", path)
    with told(file, "read"):
        return LoadedPackage(read_package(file), function, budget)


def evaluate_package(path: str | Path, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Load a package and evaluate it once."""
    return load_package(path).run(inputs)


def _default_function(model: Any) -> str:
    """The function that is run where none is named: what the model says, else main, else the only one."""
    functions = model.mlProgram.functions
    if model.description.defaultFunctionName:
        return str(model.description.defaultFunctionName)
    return next(iter(functions)) if len(functions) == 1 else "main"


def _description(description: Any, name: str) -> Any:
    """The description of a function: a model with several has one for each."""
    for function in description.functions:
        if function.name == name:
            return function
    return description


def _given(value: Any) -> Any:
    """An output as Core ML gives it."""
    return value.reshape(1) if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0 else value


def _converted(name: str, array: Array, type_: Type) -> Array:
    """An input as the program takes it; Core ML converts between its own types at the boundary, and so does this."""
    dtype = type_.dtype if isinstance(type_, TensorType) else "fp32"
    with np.errstate(over="ignore", invalid="ignore"):
        converted = array.astype(NUMPY[dtype])
    if converted.dtype.kind in "iu" and not np.array_equal(converted, array):
        raise MLTypeError(f"input {name!r}: expected numbers that {converted.dtype.name} holds; got others, of {array.dtype.name}")
    array = converted
    return array.reshape(()) if isinstance(type_, TensorType) and type_.shape == () else array
