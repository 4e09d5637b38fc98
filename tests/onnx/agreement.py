"""What tests against ONNX Runtime share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto

from webnpu.backend import load_backend
from webnpu.onnx import import_model

FLOAT, UINT8, INT32, INT64 = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT32, TensorProto.INT64
MS = "com.microsoft"

Build = Callable[[Any], Any]


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def numbers(*shape: int, high: int = 256, seed: int = 0, dtype: Any = np.uint8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, high, shape).astype(dtype)


def check(m: Any, outputs: dict[str, int], inputs: dict[str, np.ndarray], runtime: Any, *, steps: int = 0) -> None:
    """The reference and ONNX Runtime agree; integers to so many steps."""
    model = m.model(outputs)
    graph = import_model(model)
    got = load_backend("reference").compile(graph).run({name: inputs[name] for name in graph.inputs})
    for name, want in runtime(model, inputs).items():
        if want.dtype.kind == "f":
            np.testing.assert_allclose(got[name], want, rtol=2e-5, atol=2e-5)
        else:
            assert np.abs(got[name].astype(np.int64) - want.astype(np.int64)).max() <= steps


def scalar(m: Any, value: float, dtype: Any = np.float32) -> str:
    return m.constant(np.asarray(value, dtype))
