"""Mod: bit for bit what NumPy gives, for floats and integers of every size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import helper

from webnpu.backend import load_backend
from webnpu.errors import Unsupported
from webnpu.onnx import import_model

BACKENDS = ("reference", "tflite", "webgpu", "coreml")
INTEGERS = (np.int8, np.uint8, np.int32, np.uint32, np.int64, np.uint64)
SPECIAL = (0.0, -0.0, 1, -1, 0.1, np.inf, -np.inf, np.nan, 1e30, 3e38, 1e-30, 65504, 5, -5.3, 0.7, 2, 4, -4, 1e6, 0.3)


def remainders(maker: Any, backend: str, a: np.ndarray, b: np.ndarray, *, fmod: int, is_constant: bool = False) -> np.ndarray:
    m, element = maker(opset=20), helper.np_dtype_to_tensor_dtype(a.dtype)
    second = m.constant(b) if is_constant else m.input("b", element, b.shape)
    graph = import_model(m.model({m("Mod", m.input("a", element, a.shape), second, fmod=fmod): element}), float16=True)
    given = {"a": a, "b": b}
    try:
        program = load_backend(backend).compile(graph)
    except Unsupported as refusal:
        pytest.skip(str(refusal))
    with np.errstate(invalid="ignore"):  # of NaN and of numbers that are beyond the integers they are cast to
        [y] = program.run({name: given[name] for name in graph.inputs}).values()
    return y


def floats(dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of every exponent, ordinary ones, and each special one by each."""
    random = np.random.default_rng(0)
    size = np.dtype(dtype).itemsize
    bits = random.integers(0, 2 ** (8 * size), size=(2, 3000)).astype(f"u{size}").view(dtype)
    with np.errstate(over="ignore"):
        special = np.array(SPECIAL, dtype)
    grid = np.stack(np.meshgrid(special, special)).reshape(2, -1)
    plain = (random.standard_normal((2, 600)) * [[100], [1]]).astype(dtype)
    a, b = np.concatenate([bits, grid, plain], 1)
    tiny = np.finfo(dtype).tiny
    with np.errstate(invalid="ignore"):
        rest = np.fmod(a, b)
        is_subnormal = sum(((np.abs(x) < tiny) & (x != 0)).astype(int) for x in (a, b, rest)) > 0
    return (a, b) if dtype == np.float16 else (a[~is_subnormal], b[~is_subnormal])  # a backend may flush float32's


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_floats(dtype: Any, backend: str, maker: Any) -> None:
    a, b = floats(dtype)
    got = remainders(maker, backend, a, b, fmod=1)
    with np.errstate(invalid="ignore"):
        want = np.fmod(a, b)
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(np.signbit(got)[~np.isnan(want)], np.signbit(want)[~np.isnan(want)])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_floats_by_a_constant(dtype: Any, backend: str, maker: Any) -> None:
    a, _ = floats(dtype)
    for divisor in (0.1, 1.0, -360.0, np.inf, 0.0):
        b = np.array([divisor], dtype)
        with np.errstate(invalid="ignore"):
            want = np.fmod(a, b)
        fine = np.isnan(want) | (np.abs(want) >= np.finfo(dtype).tiny) | (want == 0)
        np.testing.assert_array_equal(remainders(maker, backend, a, b, fmod=1, is_constant=True)[fine], want[fine])


@pytest.mark.parametrize("fmod", [0, 1])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers(dtype: Any, backend: str, fmod: int, maker: Any) -> None:
    random, limits = np.random.default_rng(0), np.iinfo(dtype)
    ends = np.array([limits.min, limits.max, 1, 2, 3, 7, limits.max // 2] + [-1, -2, -7] * (limits.min < 0), dtype)
    grid = np.stack(np.meshgrid(ends, ends)).reshape(2, -1)
    wide = random.integers(limits.min, limits.max, size=(2, 200), dtype=dtype, endpoint=True)
    a, b = np.concatenate([grid, wide, np.stack([wide[0], wide[1] // dtype(max(limits.max // 100, 1))])], 1)
    a, b = a[b != 0], b[b != 0]
    with np.errstate(all="ignore"):
        want = np.where(b == np.array(-1).astype(dtype), 0, (np.fmod if fmod else np.mod)(a, b)) if limits.min < 0 else np.mod(a, b)
    np.testing.assert_array_equal(remainders(maker, backend, a, b, fmod=fmod), want)
