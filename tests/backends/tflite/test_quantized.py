"""Quantised patterns become native operators on integers, within one step of the graph computed in real numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tflite_graphs import BACKEND, both, dequantized, kinds, normal, quantized, tensor

from webnpu import MLGraphBuilder
from webnpu.types import Array, DataType

INT8, UINT8 = DataType.INT8, DataType.UINT8


def integers(data_type: DataType, *shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(int(data_type.minimum), int(data_type.maximum) + 1, shape).astype(data_type.numpy)


def weights(b: Any, *shape: int, channels: int, data_type: DataType = INT8) -> Any:
    """Constant weights with a scale for each channel; of uint8 one scale, and a zero point in the middle."""
    scale_shape = tuple(size if axis == channels and data_type is INT8 else 1 for axis, size in enumerate(shape))
    scales = np.random.default_rng(1).uniform(0.002, 0.01, scale_shape).astype(np.float32)
    zeros = np.full(scale_shape, 0 if data_type is INT8 else 120, data_type.numpy)
    return b.dequantize_linear(b.constant(integers(data_type, *shape, seed=2)), b.constant(scales), b.constant(zeros))


Form = Callable[[Any, Any, DataType], Any]

IMAGE: dict[str, tuple[Form, str]] = {
    "conv2d": (lambda b, x, t: b.conv2d(x, weights(b, 6, 4, 3, 3, channels=0, data_type=t), bias=b.constant(normal(6))), "CONV_2D"),
    "conv2d, padded": (lambda b, x, t: b.conv2d(x, weights(b, 6, 4, 3, 3, channels=0, data_type=t), padding=[1, 1, 1, 1]), "CONV_2D"),
    "conv2d, strides": (
        lambda b, x, t: b.conv2d(x, weights(b, 6, 4, 3, 3, channels=0, data_type=t), padding=[1, 1, 1, 1], strides=[2, 2]),
        "CONV_2D",
    ),
    "conv2d, relu": (lambda b, x, t: b.relu(b.conv2d(x, weights(b, 6, 4, 1, 1, channels=0, data_type=t))), "CONV_2D"),
    "conv2d, relu6": (
        lambda b, x, t: b.clamp(b.conv2d(x, weights(b, 6, 4, 1, 1, channels=0, data_type=t)), min_value=0, max_value=6),
        "CONV_2D",
    ),
    "depthwise": (lambda b, x, t: b.conv2d(x, weights(b, 8, 1, 3, 3, channels=0, data_type=t), groups=4), "DEPTHWISE_CONV_2D"),
    "add": (lambda b, x, t: b.add(x, x), "ADD"),
    "sub": (lambda b, x, t: b.sub(x, b.transpose(x, permutation=[0, 1, 3, 2])), "SUB"),
    "mul, relu": (lambda b, x, t: b.relu(b.mul(x, x)), "MUL"),
}
"""Graphs on an image, and the operator of the runtime that they are to become."""


@pytest.mark.parametrize("data_type", [INT8, UINT8])
@pytest.mark.parametrize("form", IMAGE)
def test_an_operator_between_dequantize_and_quantize_is_native(form: str, data_type: DataType) -> None:
    b: Any = MLGraphBuilder()
    middle = 0 if data_type is INT8 else 128
    x = b.input("x", tensor(data_type, 1, 4, 8, 8))
    made, kind = IMAGE[form]
    y = made(b, dequantized(b, x, 0.02, middle + 3), data_type)
    graph = b.finish({"y": quantized(b, y, 0.05, middle - 4, data_type)})
    found = kinds(graph)
    moves = {"RESHAPE", "TRANSPOSE", "PAD", "PADV2"}
    if form != "sub":  # whose transposed side is no dequantizeLinear
        assert set(found) - moves == {kind}
    ours, expected = both(graph, x=integers(data_type, 1, 4, 8, 8))
    difference = np.abs(ours["y"].astype(int) - expected["y"].astype(int))
    assert difference.max() <= 1
    assert np.unique(expected["y"]).size > 10


@pytest.mark.parametrize("method", ["gemm", "matmul"])
def test_products_with_constant_matrices_are_native(method: str) -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(INT8, 5, 16))
    real = dequantized(b, x, 0.02, 3)
    w = weights(b, 16, 10, channels=1)
    y = b.gemm(real, w, c=b.constant(normal(10))) if method == "gemm" else b.matmul(real, w)
    graph = b.finish({"y": quantized(b, b.relu(y), 0.05, -128)})
    assert kinds(graph) == {"FULLY_CONNECTED": 1}
    ours, expected = both(graph, x=integers(INT8, 5, 16))
    assert np.abs(ours["y"].astype(int) - expected["y"].astype(int)).max() <= 1


FUNCTIONS: dict[str, tuple[Callable[[Any, Any], Any], float, int]] = {
    "LOGISTIC": (lambda b, x: b.sigmoid(x), 1 / 256, -128),
    "TANH": (lambda b, x: b.tanh(x), 1 / 128, 0),
    "SOFTMAX": (lambda b, x: b.softmax(x, 1), 1 / 256, -128),
}


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_functions_with_the_scale_that_their_kernel_insists_on(kind: str) -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(INT8, 4, 10))
    function, scale, zero = FUNCTIONS[kind]
    graph = b.finish({"y": quantized(b, function(b, dequantized(b, x, 0.05, 2)), scale, zero)})
    assert kinds(graph) == {kind: 1}
    ours, expected = both(graph, x=integers(INT8, 4, 10))
    assert np.abs(ours["y"].astype(int) - expected["y"].astype(int)).max() <= 1


def test_what_only_moves_is_done_on_the_integers() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(INT8, 1, 2, 4, 4))

    def step(y: Any, function: Callable[[Any], Any]) -> Any:
        return quantized(b, function(dequantized(b, y, 0.02, 3)), 0.02, 3)

    y = step(x, lambda real: b.max_pool2d(real, window_dimensions=[2, 2], strides=[2, 2], padding=[1, 1, 1, 1]))
    y = step(y, lambda real: b.slice(real, [0, 0, 1, 0], [1, 2, 2, 3]))
    y = step(y, lambda real: b.concat([real, real], 1))
    y = step(y, lambda real: b.reshape(real, [4, 6]))
    y = step(y, lambda real: b.transpose(real))
    graph = b.finish({"y": y})
    assert not {"DEQUANTIZE", "QUANTIZE", "CAST", "MUL"} & set(kinds(graph))
    ours, expected = both(graph, x=integers(INT8, 1, 2, 4, 4))
    assert np.array_equal(ours["y"], expected["y"])


def test_an_average_keeps_its_scale() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(INT8, 1, 2, 4, 4))
    y = quantized(b, b.average_pool2d(dequantized(b, x, 0.02, 3), window_dimensions=[2, 2]), 0.02, 3)
    graph = b.finish({"y": y})
    assert kinds(graph)["AVERAGE_POOL_2D"] == 1
    assert kinds(graph)["DEQUANTIZE"] == 0
    ours, expected = both(graph, x=integers(INT8, 1, 2, 4, 4))
    assert np.abs(ours["y"].astype(int) - expected["y"].astype(int)).max() <= 1


@pytest.mark.parametrize("why", ["scale is an input", "weights off zero", "scale per row of input", "another scale"])
def test_what_the_kernels_do_not_want_is_computed_in_real_numbers(why: str) -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(INT8, 3, 16))
    inputs = {"x": integers(INT8, 3, 16)}
    if why == "scale is an input":
        scale = b.input("s", tensor(DataType.FLOAT32, 1, 1))
        inputs["s"] = np.full((1, 1), 0.02, np.float32)
        real = b.dequantize_linear(x, scale, b.constant(np.zeros((1, 1), np.int8)))
    elif why == "scale per row of input":
        rows = b.constant(np.full((3, 1), 0.02, np.float32))
        real = b.dequantize_linear(x, rows, b.constant(np.zeros((3, 1), np.int8)))
    else:
        real = dequantized(b, x, 0.02, 3)
    w = dequantized(b, b.constant(integers(INT8, 16, 4)), 0.01, 5) if why == "weights off zero" else weights(b, 16, 4, channels=1)
    y = b.tanh(real) if why == "another scale" else b.matmul(real, w)
    graph = b.finish({"y": quantized(b, y, 0.03, 1)})
    model = BACKEND.lower(graph)
    (core,) = [step for step in model.steps if step.kind in ("FULLY_CONNECTED", "TANH")]
    assert core.outputs[0].type == "float32"
    ours, expected = both(graph, **inputs)
    assert np.abs(ours["y"].astype(int) - expected["y"].astype(int)).max() <= 1


def test_integers_that_stand_for_different_numbers_in_different_places() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(INT8, 2, 8))
    first = quantized(b, b.add(dequantized(b, x, 0.02, 3), dequantized(b, x, 0.02, 3)), 0.05, 0)
    second = quantized(b, b.add(dequantized(b, x, 0.5, -7), dequantized(b, x, 0.5, -7)), 1.0, 0)
    plain = b.max(x, b.reshape(b.constant(integers(INT8, 16)), [2, 8]))
    ours, expected = both(b.finish({"a": first, "b": second, "c": plain}), x=integers(INT8, 2, 8))
    for name, bound in (("a", 1), ("b", 1), ("c", 0)):
        assert np.abs(ours[name].astype(int) - expected[name].astype(int)).max() <= bound
