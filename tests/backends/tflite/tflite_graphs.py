"""What the tests of this backend share: building, running on both backends, and looking into models."""

from __future__ import annotations

import importlib
from collections import Counter
from typing import Any

import numpy as np

from webnpu import MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.graph import Graph
from webnpu.operator import MLOperand
from webnpu.types import Array, DataType, OperandDescriptor

BACKEND: Any = load_backend("tflite")
REFERENCE: Any = load_backend("reference")
PACKAGE = type(BACKEND).__module__


def part(name: str) -> Any:
    """A module of the backend, which is found by name."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def tensor(data_type: DataType, *shape: int) -> OperandDescriptor:
    return OperandDescriptor(data_type, shape)


def normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def kinds(graph: Graph) -> Counter[str]:
    """How often each operator of the runtime stands in the model of a graph."""
    return Counter(step.kind for step in BACKEND.lower(graph).steps)


def both(graph: Graph, **inputs: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """The outputs of this backend, and of the reference."""
    program = BACKEND.compile(graph)
    try:
        return program.run(inputs), REFERENCE.compile(graph).run(inputs)
    finally:
        program.destroy()


def dequantized(b: MLGraphBuilder, x: MLOperand, scale: float, zero: int) -> Any:
    ones = (1,) * x.rank
    scales = b.constant(np.full(ones, scale, np.float32))
    return b.dequantize_linear(x, scales, b.constant(np.full(ones, zero, x.data_type.numpy)))  # type: ignore[attr-defined]


def quantized(b: MLGraphBuilder, x: MLOperand, scale: float, zero: int, data_type: DataType = DataType.INT8) -> Any:
    ones = (1,) * x.rank
    scales = b.constant(np.full(ones, scale, np.float32))
    return b.quantize_linear(x, scales, b.constant(np.full(ones, zero, data_type.numpy)))  # type: ignore[attr-defined]
