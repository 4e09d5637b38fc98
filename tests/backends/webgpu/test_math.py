"""The library's functions: every float16 number, and samples of float32, against float64.

A run without options takes 80,000 numbers for each function; ``WEBNPU_HYPOTHESIS=full`` takes 10 million.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from webnpu.backend import load_backend
from webnpu.reference import functions

from .parts import BACKEND, builder, descriptor, needs_adapter

pytestmark = needs_adapter

UNARY: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "erf": functions.erf,
    "sqrt": np.sqrt,
    "reciprocal": np.reciprocal,
    "sigmoid": functions.sigmoid,
    "softplus": functions.softplus,
}
BINARY: dict[str, tuple[Callable[[Any, Any], Any], float]] = {
    "add": (np.add, 0.5),
    "sub": (np.subtract, 0.5),
    "mul": (np.multiply, 0.5),
    "div": (np.divide, 0.5),
    "pow": (np.power, 2.0),
}
COUNT = 10_000_000 if os.environ.get("WEBNPU_HYPOTHESIS") == "full" else 80_000
"""Half of them with any bits, half between -20 and 20."""
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1.1754944e-38, 3.4028235e38, 0.5, 2.0, 88.8, -104.0, 16777217.0]


def _run(method: str, *operands: np.ndarray) -> np.ndarray:
    b = builder()
    inputs = [b.input(f"x{i}", descriptor(x.dtype.name, *x.shape)) for i, x in enumerate(operands)]
    program = BACKEND.compile(b.finish({"y": getattr(b, method)(*inputs)}))
    try:
        return program.run({f"x{i}": x for i, x in enumerate(operands)})["y"]  # type: ignore[no-any-return]
    finally:
        program.destroy()


def _samples() -> np.ndarray:
    random = np.random.default_rng(7)
    bits = random.integers(0, 2**32, COUNT // 2, dtype=np.uint64).astype(np.uint32).view(np.float32)
    return np.concatenate([np.float32(SPECIAL), bits, random.uniform(-20, 20, COUNT // 2).astype(np.float32)])


def _worst(got: np.ndarray, exact: np.ndarray) -> float:
    """The largest error in units of the last place of the exact result; infinite where a special value is wrong."""
    with np.errstate(all="ignore"):
        nearest = exact.astype(np.float32)
        special = ~np.isfinite(nearest) | ~np.isfinite(got)
        alike = (got == nearest) | (np.isnan(got) & np.isnan(nearest))
        # Beyond the largest number by less than half a unit is still the largest.
        if not (alike | ~special | (np.abs(exact) < 3.4028236e38)).all():
            return math.inf
        unit = np.spacing(np.abs(np.where(special, np.float32(1), nearest))).astype(np.float64)
        return float(np.where(special, 0, np.abs(got.astype(np.float64) - exact) / unit).max())


@pytest.mark.parametrize("name", UNARY)
def test_float32_within_2_ulp(name: str) -> None:
    x = _samples()
    with np.errstate(all="ignore"):
        exact = UNARY[name](x.astype(np.float64))
    assert _worst(_run(name, x), exact) <= 2


@pytest.mark.parametrize("name", BINARY)
def test_float32_of_two_within_its_bound(name: str) -> None:
    function, bound = BINARY[name]
    x = _samples()
    y = np.random.default_rng(8).permutation(x)
    with np.errstate(all="ignore"):
        exact = function(x.astype(np.float64), y.astype(np.float64))
    assert _worst(_run(name, x, y), exact) <= bound


def test_powers_of_every_size_within_2_ulp() -> None:
    """A logarithm's error is multiplied by the exponent: as large as the result leaves room for."""
    random = np.random.default_rng(9)
    x = np.exp(random.uniform(-3, 3, COUNT)).astype(np.float32)
    y = (random.uniform(-87, 88, COUNT) / np.log(x.astype(np.float64))).astype(np.float32)
    with np.errstate(all="ignore"):
        exact = np.power(x.astype(np.float64), y.astype(np.float64))
    assert _worst(_run("pow", x, y), exact) <= 2


@pytest.mark.parametrize("name", [*UNARY, "floor", "ceil", "round_even", "gelu", "neg", "abs", "sign", "relu", "softsign", "hard_swish"])
def test_every_float16_number(name: str) -> None:
    x = np.arange(2**16, dtype=np.uint16).view(np.float16)
    b = builder()
    graph = b.finish({"y": getattr(b, name)(b.input("x", descriptor("float16", 2**16)))})
    expected = load_backend("reference").compile(graph).run({"x": x})["y"]
    got = _run(name, x)
    assert (np.isnan(got) == np.isnan(expected)).all()
    numbers = ~np.isnan(expected)
    assert np.abs(_ordered(got[numbers]) - _ordered(expected[numbers])).max() <= (1 if name in (*UNARY, "gelu", "hard_swish") else 0)


def _ordered(x: np.ndarray) -> np.ndarray:
    i = x.view(np.int16).astype(np.int64)
    return np.where(i < 0, -32768 - i, i)


def test_huge_angles_against_exact_arithmetic() -> None:
    x = np.float32([1e6, 1e10, 1e22, 3.4028235e38, -7e30, 12345.678, 2.0**120])
    with mpmath.workdps(80):
        exact = np.array([float(mpmath.sin(mpmath.mpf(float(value)))) for value in x])
    assert _worst(_run("sin", x), exact) <= 2


def test_integers_of_64_bits_are_exact() -> None:
    random = np.random.default_rng(3)
    a = np.concatenate([random.integers(-(2**63), 2**63 - 1, 500), [-(2**63), 2**63 - 1, -1, 0, 7]]).astype(np.int64)
    b = np.concatenate([random.integers(-(2**40), 2**40, 500), [-1, -1, 3, 5, -2]]).astype(np.int64)
    with np.errstate(over="ignore"):
        assert (_run("add", a, b) == a + b).all()
        assert (_run("mul", a, b) == a * b).all()
    quotient = np.array([_wrapped(int(abs(int(p)) // abs(int(q))) * (1 if (p < 0) == (q < 0) else -1)) for p, q in zip(a, b, strict=True)])
    assert (_run("div", a, b) == quotient).all()


def _wrapped(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63
