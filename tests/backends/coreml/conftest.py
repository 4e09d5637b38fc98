"""What the tests of the Core ML backend share. The backend is reached by its name, as everything outside it does."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import MLContext, MLGraphBuilder
from webnpu.backend import load_backend

sys.path.insert(0, str(Path(__file__).parent))  # for the modules beside the tests that are no tests
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


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """A function of one tensor, converted as users do and saved: ``saved(shape, lambda x: ..., inputs=[...])``."""
    from made_packages import ct, mb, write

    def save(shape: tuple[Any, ...], function: Callable[[Any], Any], name: str = "m", **options: Any) -> Path:
        target = options.setdefault("minimum_deployment_target", ct.target.iOS17)
        kind = {"dtype": options.pop("dtype")} if "dtype" in options else {}
        program = mb.program(input_specs=[mb.TensorSpec(shape=shape, **kind)], opset_version=target)(function)
        return write(program, tmp_path / f"{name}.mlpackage", **options)

    return save


@pytest.fixture
def functions(saved: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of two functions, plus and times, the first the default."""
    from made_packages import ct, mb

    options = {"minimum_deployment_target": ct.target.iOS18}
    plus = saved((3,), lambda x: mb.add(x=x, y=np.float32(1), name="y"), name="plus", **options)
    times = saved((3,), lambda x: mb.mul(x=x, y=np.float32(2), name="y"), name="times", **options)
    descriptor = ct.utils.MultiFunctionDescriptor()
    descriptor.add_function(str(plus), "main", "plus")
    descriptor.add_function(str(times), "main", "times")
    descriptor.default_function_name = "plus"
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # coremltools removes a folder twice when it is done
    ct.utils.save_multifunction(descriptor, str(tmp_path / "both.mlpackage"))
    gc.collect()
    return tmp_path / "both.mlpackage"
