"""The backend and its modules, reached as the core reaches them: by name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from webnpu import DataType, MLGraphBuilder, OperandDescriptor
from webnpu.backend import load_backend
from webnpu.graph import Graph

if TYPE_CHECKING:
    import numpy as np

BACKEND: Any = load_backend("webgpu")
AVAILABILITY = BACKEND.available()

needs_adapter = pytest.mark.skipif(not AVAILABILITY.ok, reason=f"webgpu: {AVAILABILITY.reason}")


def part(name: str) -> Any:
    """A module of the backend."""
    return import_module(f"{type(BACKEND).__module__}.{name}")


@cache
def limits(**changed: int) -> Any:
    """The limits of every WebGPU device, some of them changed."""
    return BACKEND.lower.__globals__["Limits"](**changed)


def descriptor(data_type: str, *shape: int) -> OperandDescriptor:
    return OperandDescriptor(DataType(data_type), shape)


def run_with(graph: Graph, inputs: dict[str, np.ndarray], **changed: int) -> dict[str, np.ndarray]:
    """Run a graph on the device, as if it had other limits."""
    device = part("device").device()
    lowered = BACKEND.lower(graph, limits(**changed))
    program = part("runtime").WebGPUProgram(device, lowered, graph.input_descriptors, graph.output_descriptors)
    try:
        return program.run(inputs)
    finally:
        program.destroy()


def expected(graph: Graph, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the reference computes."""
    return load_backend("reference").compile(graph).run(inputs)


def builder() -> MLGraphBuilder:
    return MLGraphBuilder()
