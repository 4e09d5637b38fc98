"""Operators on quantised tensors, against ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from webnpu.backend import load_backend
from webnpu.onnx import import_model

from .agreement import INT32, MS, UINT8, check, numbers, scalar


@pytest.mark.parametrize("kind", ["QLinearAdd", "QLinearMul"])
def test_sums_and_products_of_quantised_tensors(kind: str, maker: Any, runtime: Any) -> None:
    m = maker(microsoft=True)
    operands = [
        (m.input(name, UINT8, (2, 6)), scalar(m, scale), scalar(m, zero, np.uint8))
        for name, scale, zero in (("a", 0.1, 3), ("b", 0.2, 120))
    ]
    y = m(kind, *operands[0], *operands[1], scalar(m, 0.7), scalar(m, 20, np.uint8), domain=MS)
    check(m, {y: UINT8}, {"a": numbers(2, 6), "b": numbers(2, 6, seed=1)}, runtime, steps=1)


FUNCTIONS: dict[str, dict[str, Any]] = {
    "QLinearSigmoid": {},
    "QLinearLeakyRelu": {},
    "QLinearGlobalAveragePool": {},
    "QLinearAveragePool": {"kernel_shape": [2, 2], "pads": [0, 1, 0, 1]},
    "QLinearSoftmax": {"axis": -1, "opset": 13},
}


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_functions_of_quantised_tensors(kind: str, maker: Any, runtime: Any) -> None:
    m = maker(microsoft=True)
    y = m(
        kind,
        m.input("x", UINT8, (1, 2, 3, 4)),
        scalar(m, 0.05),
        scalar(m, 128, np.uint8),
        scalar(m, 1 / 128),
        scalar(m, 9, np.uint8),
        domain=MS,
        **FUNCTIONS[kind],
    )
    check(m, {y: UINT8}, {"x": numbers(1, 2, 3, 4)}, runtime, steps=1)


def test_chosen_quantised_tensors(maker: Any, runtime: Any) -> None:
    m = maker(microsoft=True)
    x, y = (
        (m.input(name, UINT8, (2, 6)), scalar(m, scale), scalar(m, zero, np.uint8))
        for name, scale, zero in (("a", 0.1, 3), ("b", 0.2, 120))
    )
    condition = m.input("c", TensorProto.BOOL, (2, 6))
    z = m("QLinearWhere", condition, *x, *y, scalar(m, 0.2), scalar(m, 20, np.uint8), domain=MS)
    inputs = {"a": numbers(2, 6), "b": numbers(2, 6, seed=1), "c": numbers(2, 6, high=2, seed=3).astype(bool)}
    model = m.model({z: UINT8})
    got = load_backend("reference").compile(import_model(model)).run(inputs | {"c": inputs["c"].astype(np.uint8)})[z]
    assert np.abs(got.astype(np.int64) - runtime(model, inputs)[z]).max() <= 1


@pytest.mark.parametrize("columns", ["one", "each"])
def test_products_of_quantised_matrices(columns: str, maker: Any, runtime: Any) -> None:
    m = maker(microsoft=True)
    scale, zero = (0.1, 120) if columns == "one" else ([0.1, 0.2, 0.05, 0.3], [120, 128, 100, 1])
    y = m(
        "QGemm",
        m.input("x", UINT8, (3, 7)),
        scalar(m, 0.02),
        scalar(m, 9, np.uint8),
        m.constant(numbers(7, 4)),
        m.constant(np.asarray(scale, np.float32)),
        m.constant(np.asarray(zero, np.uint8)),
        m.constant(numbers(4, high=900, dtype=np.int32)),
        scalar(m, 1.5),
        scalar(m, 100, np.uint8),
        domain=MS,
        alpha=1.5,
    )
    check(m, {y: UINT8}, {"x": numbers(3, 7, seed=1)}, runtime, steps=1)


def test_joined_quantised_tensors(maker: Any, runtime: Any) -> None:
    m = maker(microsoft=True)
    operands = [
        (m.input(name, UINT8, (2, 3)), scalar(m, scale), scalar(m, zero, np.uint8))
        for name, scale, zero in (("a", 0.1, 3), ("b", 0.2, 120))
    ]
    y = m("QLinearConcat", scalar(m, 0.15), scalar(m, 50, np.uint8), *operands[0], *operands[1], domain=MS, axis=1)
    check(m, {y: UINT8}, {"a": numbers(2, 3), "b": numbers(2, 3, seed=1)}, runtime, steps=1)


@pytest.mark.parametrize("channels", [3, 40])
def test_quantised_convolutions_of_many_channels(channels: int, maker: Any, runtime: Any) -> None:
    """More products than float32 adds exactly; the weights have 7 bits, since some processors cannot add two products of 8 in 16."""
    m = maker()
    filter = m.constant((numbers(4, channels, 3, 3, high=128).astype(np.int16) - 64).astype(np.int8))
    scales, zeros = m.constant(np.array([0.01, 0.02, 0.03, 0.04], np.float32)), m.constant(np.zeros(4, np.int8))
    bias = m.constant(numbers(4, high=5000, dtype=np.int32))
    x = m.input("x", UINT8, (1, channels, 6, 6))
    y = m(
        "QLinearConv",
        x,
        scalar(m, 0.1),
        scalar(m, 100, np.uint8),
        filter,
        scales,
        zeros,
        scalar(m, 1.5),
        scalar(m, 90, np.uint8),
        bias,
        pads=[1] * 4,
    )
    check(m, {y: UINT8}, {"x": numbers(1, channels, 6, 6)}, runtime, steps=1)


def test_products_of_bytes_of_many_terms(maker: Any, runtime: Any) -> None:
    m = maker()
    y = m("MatMulInteger", m.input("a", UINT8, (3, 700)), m.constant(numbers(700, 4)), scalar(m, 7, np.uint8), scalar(m, 250, np.uint8))
    check(m, {y: INT32}, {"a": numbers(3, 700, seed=2)}, runtime)
