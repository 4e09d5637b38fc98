"""What the tests of the Core ML backend share. The backend is reached by its name, as everything outside it does."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import MLContext, MLGraphBuilder
from webnpu.backend import load_backend

BACKEND = load_backend("coreml")
PACKAGE = type(BACKEND).__module__


def part(name: str) -> Any:
    """A module of the backend, by its name within it."""
    return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture(scope="session")
def coreml() -> Callable[[str], Any]:
    return part


@pytest.fixture(scope="session")
def backend() -> Any:
    return BACKEND


@pytest.fixture
def builder() -> MLGraphBuilder:
    return MLGraphBuilder()


@pytest.fixture
def computed() -> Callable[..., dict[str, np.ndarray]]:
    """Compile a graph with options and run it: ``computed(graph, {"x": array}, precision="float16")``."""

    def run(graph: Any, inputs: dict[str, np.ndarray], **options: Any) -> dict[str, np.ndarray]:
        made = type(BACKEND)(type(BACKEND.options)(**options), interpret=True)
        return MLContext(made).compile(graph)(**inputs)

    return run


@pytest.fixture
def one_operation(tmp_path: Path) -> Callable[..., Any]:
    """Save a program of one operation and evaluate it: ``one_operation("conv", {"x": array, ...}, outputs, strides=[1, 1], ...)``.

    Arrays become inputs of the program, everything else stands in the operation.
    """
    mil, package, interpreter = part("mil"), part("package"), part("interpreter")

    def run(type: str, inputs: dict[str, np.ndarray], *outputs: tuple[str, tuple[int, ...]], target: int = 8, **parameters: Any) -> Any:
        program = mil.Program(specification=target)
        builder = mil.Builder(program)
        names = {np.dtype(np.float32): "fp32", np.dtype(np.float16): "fp16", np.dtype(np.int32): "int32"}
        variables = {name: builder.input(name, names[array.dtype], array.shape) for name, array in inputs.items()}
        constants = {n: builder.constant(v) if isinstance(v, np.ndarray) and v.ndim else v for n, v in parameters.items()}
        results = builder.emit_several(type, outputs, **variables, **constants)
        given = [builder.output(f"out{i}", result) for i, result in enumerate(results)]
        saved = package.save(program, tmp_path / "one.mlpackage")
        computed = interpreter.evaluate_package(saved, inputs)
        arrays = tuple(computed[var.name] for var in given)
        return arrays[0] if len(arrays) == 1 else arrays

    return run
