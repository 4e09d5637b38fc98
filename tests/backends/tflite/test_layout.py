"""Transposes are cancelled, biases and activations fused, constants laid out when the model is made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tflite_graphs import BACKEND, both, kinds, normal, tensor

from webnpu import MLGraphBuilder
from webnpu.graph import Graph
from webnpu.operator import MLOperand
from webnpu.types import DataType

FLOAT32 = DataType.FLOAT32


def small_cnn(finish: bool = True) -> Graph:
    """Convolutions, a depthwise one, a residual, normalisation, pools, concatenation and padding, all nchw."""
    b: Any = MLGraphBuilder()

    def conv(x: MLOperand, channels: int, window: int = 3, groups: int = 1, stride: int = 1, seed: int = 0) -> Any:
        filter = b.constant(normal(channels, x.shape[1] // groups, window, window, seed=seed) / np.float32(window * x.shape[1] ** 0.5))
        edge = window // 2
        return b.conv2d(x, filter, padding=[edge] * 4, strides=[stride] * 2, groups=groups, bias=b.constant(normal(channels, seed=seed)))

    x = b.input("x", tensor(FLOAT32, 1, 3, 16, 16))
    x = b.relu(conv(x, 8, stride=2))
    y = b.clamp(conv(x, 8, groups=8, seed=1), min_value=0, max_value=6)
    x = b.relu(b.add(x, conv(y, 8, 1, seed=2)))
    vectors = [b.constant(np.abs(normal(8, seed=s)) + np.float32(0.5)) for s in range(3)]
    x = b.leaky_relu(b.batch_normalization(x, vectors[0], vectors[1], scale=vectors[2]))
    x = b.concat([b.max_pool2d(x, window_dimensions=[3, 3], padding=[1] * 4), b.pad(x, [0] * 4, [0] * 4), b.sigmoid(x)], 1)
    x = b.mul(x, b.reduce_mean(x, axes=[2, 3], keep_dimensions=True))
    x = b.average_pool2d(b.pad(x, [0, 0, 1, 1], [0, 0, 1, 1]), window_dimensions=[2, 2], strides=[2, 2])
    return b.finish({"y": b.instance_normalization(x)})  # type: ignore[no-any-return]


def test_a_cnn_in_nchw_is_transposed_once_at_each_end() -> None:
    graph = small_cnn()
    assert kinds(graph)["TRANSPOSE"] == 2
    ours, expected = both(graph, x=normal(1, 3, 16, 16))
    assert np.allclose(ours["y"], expected["y"], atol=1e-4)


def test_bias_and_activations_are_fused() -> None:
    found = kinds(small_cnn())
    assert found["RELU"] == found["RELU6"] == 0
    assert found["CONV_2D"] == 2
    assert found["DEPTHWISE_CONV_2D"] == 1
    model = BACKEND.lower(small_cnn())
    fused = [step.options["fused_activation_function"] for step in model.steps if step.options.get("fused_activation_function")]
    assert sorted(fused) == [1, 1, 3]
    assert all(step.inputs[2].data is not None for step in model.steps if "CONV" in step.kind)


def test_an_addition_of_a_vector_becomes_a_bias() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT32, 2, 5, 4))
    product = b.matmul(x, b.constant(normal(4, 3)))
    graph = b.finish({"y": b.relu(b.add(product, b.constant(normal(3))))})
    assert kinds(graph) == {"FULLY_CONNECTED": 1}
    ours, expected = both(graph, x=normal(2, 5, 4))
    assert np.allclose(ours["y"], expected["y"], atol=1e-6)


@pytest.mark.parametrize("way", ["twice", "output", "identity"])
def test_what_is_needed_without_the_activation_is_not_fused(way: str) -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT32, 2, 4))
    total = b.add(x, x)
    other = b.identity(total) if way == "identity" else total
    outputs = {"y": b.relu(other), "z": total if way == "output" else b.neg(total)}
    ours, expected = both(b.finish(outputs), x=normal(2, 4))
    for name in outputs:
        assert np.array_equal(ours[name], expected[name])


def test_a_cell_state_that_is_used_inside_its_operator_is_not_overwritten() -> None:
    b: Any = MLGraphBuilder()
    x, h, c = (b.input(name, tensor(FLOAT32, 2, 2)) for name in "xhc")
    w, r = b.constant(normal(8, 2)), b.constant(normal(8, 2, seed=1))
    hidden, cell = b.lstm_cell(x, w, r, h, c, 2)
    ours, expected = both(b.finish({"h": hidden, "c": b.relu(cell)}), x=normal(2, 2), h=normal(2, 2), c=-np.ones((2, 2), np.float32))
    assert np.allclose(ours["h"], expected["h"], atol=1e-6)


def test_a_transpose_costs_nothing_until_it_must() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT32, 2, 3, 4))
    there = b.relu(b.transpose(x, permutation=[2, 0, 1]))
    graph = b.finish({"y": b.transpose(b.exp(there), permutation=[1, 2, 0])})
    assert kinds(graph)["TRANSPOSE"] == 0
    ours, expected = both(graph, x=normal(2, 3, 4))
    assert np.allclose(ours["y"], expected["y"], rtol=1e-6)


def test_moving_dimensions_of_size_one_is_a_reshape() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT32, 1, 5, 1, 3))
    assert kinds(b.finish({"y": b.transpose(x, permutation=[1, 2, 0, 3])})) == {"RESHAPE": 1}


def test_weights_are_laid_out_when_the_model_is_made_and_stored_once() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT32, 1, 4, 8, 8))
    filter = b.constant(normal(4, 4, 3, 3))
    again = b.constant(normal(4, 4, 3, 3))
    y = b.conv2d(b.conv2d(x, filter, padding=[1] * 4), again, padding=[1] * 4)
    model = BACKEND.lower(b.finish({"y": y}))
    large = [t for t in model.tensors() if t.data is not None and t.data.size == 144]
    assert len(large) == 1
    assert large[0].shape == (4, 3, 3, 4)
    assert np.shares_memory(large[0].data, filter.value)


def test_reshapes_of_reshapes_are_one_reshape() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT32, 2, 3, 4))
    graph = b.finish({"y": b.reshape(b.reshape(b.reshape(x, [6, 4]), [24]), [4, 6])})
    assert kinds(graph) == {"RESHAPE": 1}
