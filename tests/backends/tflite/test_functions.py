"""Functions that are composed, or kept from XNNPACK, over the whole range where their results are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tflite_graphs import both, tensor

from webnpu import MLGraphBuilder
from webnpu.agreement import bound_of
from webnpu.conformance.comparison import compare
from webnpu.types import DataType

RANGES = {
    "gelu": (-12, 12),
    "softplus": (-80, 80),
    "exp": (-87, 88),
    "log": (0.5, 1.5),
    "sqrt": (0, 100),
    "sin": (-1e6, 1e6),
    "cos": (-1e6, 1e6),
    "tan": (-1.57, 1.57),
    "erf": (-5, 5),
    "sigmoid": (-80, 80),
    "tanh": (-20, 20),
    "elu": (-20, 20),
    "softsign": (-1e6, 1e6),
    "hard_swish": (-4, 4),
}
"""The operators, and where they are steep, small or large."""


@pytest.mark.parametrize("method", RANGES)
def test_a_function_is_within_its_bound_everywhere(method: str) -> None:
    low, high = RANGES[method]
    x = np.random.default_rng(0).uniform(low, high, 20_000).astype(np.float32)
    b: Any = MLGraphBuilder()
    y = getattr(b, method)(b.input("x", tensor(DataType.FLOAT32, x.size)))
    ours, expected = both(b.finish({"y": y}), x=x)
    found = compare(ours["y"], expected["y"], bound_of(y.operator, DataType.FLOAT32))
    assert found.agrees, found.reason
