"""The reference at size is itself judged: by exact integers where it rounds, by other ways to count where it does not."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest

from webnpu.conformance.comparison import ulp_distance
from webnpu.conformance.sizes import SizeCase
from webnpu.types import Array

SCALE = 2**25
"""A float32 of at least a quarter is a whole multiple of the inverse."""


def run(id: str) -> tuple[dict[str, Any], list[Array]]:
    """The operands of a case by the names of their fields, and what the reference expects."""
    graph, inputs = SizeCase(id).made()
    (operator,) = graph.operators
    arrays = {graph.inputs[name]: array for name, array in inputs.items()}
    operands = {name: arrays.get(operand, operand.value) for name, operand in operator.operands()}
    return operands, [array for _, array, _ in SizeCase(id).expected(graph, inputs)]


def whole(array: Array) -> Array:
    """Fractions as whole numbers of the scale."""
    numbers = array.astype(np.float64) * SCALE
    assert (numbers == np.rint(numbers)).all()
    return numbers.astype(np.int64)


def exact_sum(array: Array) -> Fraction:
    return Fraction(int(whole(array).sum()), SCALE)


def exact_dot(a: Array, b: Array) -> Fraction:
    """The sum of products; each has more bits than a sum of millions of them leaves room for, so its halves are summed."""
    products = whole(a.ravel()) * whole(b.ravel())
    high, low = int((products >> 26).sum()), int((products & (2**26 - 1)).sum())
    return Fraction((high << 26) + low, SCALE**2)


def assert_nearest(found: Any, wanted: Fraction) -> None:
    assert np.float32(found) == np.float32(float(wanted))


@pytest.mark.parametrize("length", ["long", "longer", "longest"])
def test_sums_are_the_nearest_float32(length: str) -> None:
    inputs, (found,) = run(f"reduceSum/float32/fractions-{length}")
    for row, result in zip(inputs["input"].reshape(-1, inputs["input"].shape[-1]), np.atleast_1d(found), strict=True):
        assert_nearest(result, exact_sum(row))


def test_sums_of_squares_are_the_nearest_float32() -> None:
    inputs, (found,) = run("reduceSumSquare/float32/fractions-longest")
    assert_nearest(found, exact_dot(inputs["input"], inputs["input"]))


def test_products_of_matrices_are_the_nearest_float32() -> None:
    inputs, (found,) = run("matmul/float32/longest-fractions")
    assert_nearest(found[0, 0], exact_dot(inputs["a"], inputs["b"]))


def test_running_sums_are_the_nearest_float32() -> None:
    inputs, (found,) = run("cumulativeSum/float32/fractions")
    exact = np.cumsum(whole(inputs["input"]))
    np.testing.assert_array_equal(found, (exact / SCALE).astype(np.float32))


def test_ones_are_counted() -> None:
    _, (found,) = run("reduceSum/float32/ones")
    assert found == 2**24


def test_convolutions_of_fractions_are_the_nearest_float32() -> None:
    inputs, (found,) = run("conv2d/float32/fractions")
    for o, y, x in ((0, 0, 0), (1, 3, 2), (1, 0, 1)):
        seen = inputs["input"][0, :, y : y + 257, x : x + 257]
        assert_nearest(found[0, o, y, x], exact_dot(seen, inputs["filter"][o]))


def test_convolutions_are_sums_of_what_the_window_sees() -> None:
    inputs, (found,) = run("conv2d/float32/filter-moved")
    image, filter = (inputs[name].astype(np.int64) for name in ("input", "filter"))
    for o, y, x in np.ndindex(*found.shape[1:]):
        seen = image[0, :, 3 * y : 3 * y + 301, 2 * x : 2 * x + 299]
        assert found[0, o, y, x] == (seen * filter[o]).sum() + inputs["bias"][o]


@pytest.mark.parametrize("what", ["filter-moved", "filter-met", "groups", "dilated"])
def test_transposed_convolutions_are_adjoint_to_convolutions(what: str) -> None:
    """``sum(conv_transpose(x, w) * z) == sum(x * conv(z, w))`` in whole numbers, for a z of the output's shape."""
    recipe = SizeCase(f"convTranspose2d/float32/{what}").recipe
    inputs, (found,) = run(recipe.id)
    z = np.resize(np.array([1, -1, 0, 2, 1, -2, 0]), found.shape).astype(np.int64)
    x, w = (inputs[name].astype(np.int64) for name in ("input", "filter"))
    options = {"padding": (0, 0, 0, 0), "strides": (1, 1), "dilations": (1, 1), "groups": 1, **recipe.options}
    top, bottom, left, right = options["padding"]
    padded = np.pad(z, ((0, 0), (0, 0), (top, bottom), (left, right)))
    total, per_group, per_output = 0, x.shape[1] // options["groups"], w.shape[1]
    for i, y, column in np.ndindex(*x.shape[1:]):
        rows = slice(y * options["strides"][0], None, options["dilations"][0])
        columns = slice(column * options["strides"][1], None, options["dilations"][1])
        group = i // per_group
        seen = padded[0, group * per_output : (group + 1) * per_output, rows, columns][:, : w.shape[2], : w.shape[3]]
        total += int(x[0, i, y, column] * (seen * w[i]).sum())
    assert int((found.astype(np.int64) * z).sum()) == total


def windows(image: Array, height: int, width: int) -> Array:
    """The sum under each window, as a difference of sums from the corner."""
    corner = np.pad(image.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return corner[height:, width:] - corner[:-height, width:] - corner[height:, :-width] + corner[:-height, :-width]


def test_averages_of_windows_are_differences_of_sums_from_the_corner() -> None:
    inputs, (found,) = run("averagePool2d/float32/window-everywhere")
    wanted = windows(inputs["input"][0, 0], 256, 257) / (256 * 257)
    np.testing.assert_array_equal(found[0, 0], wanted.astype(np.float32))


def test_padding_of_windows_is_not_counted() -> None:
    inputs, (found,) = run("averagePool2d/float32/window-padded")
    padding = ((100, 90), (128, 10))
    image, ones = (np.pad(a, padding) for a in (inputs["input"][0, 0], np.ones(inputs["input"].shape[2:])))
    wanted = (windows(image, 256, 257) / windows(ones, 256, 257))[::5, ::7]
    np.testing.assert_array_equal(found[0, 0], wanted.astype(np.float32))


def test_means_and_variances_are_those_of_whole_numbers() -> None:
    inputs, (found,) = run("layerNormalization/float32/longest")
    x = inputs["input"].astype(np.int64)
    mean, square = Fraction(int(x.sum()), x.size), Fraction(int((x * x).sum()), x.size)
    deviation = float(square - mean * mean + Fraction(float(np.float32(1e-5)))) ** 0.5
    wanted = ((x[:, :4096] - float(mean)) / deviation).astype(np.float32)
    assert ulp_distance(found[:, :4096], wanted).max() <= 1


@pytest.mark.parametrize(("name", "what"), [("lstm", "steps-backward"), ("gru", "steps-backward"), ("gru", "steps")])
def test_hundreds_of_steps_against_onnx_runtime(name: str, what: str) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx, a test-only dependency, is not installed")
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime, a test-only dependency, is not installed")
    helper = onnx.helper
    operands, (found, *_) = run(f"{name}/float32/{what}")
    if "bias" in operands:
        operands["biases"] = np.concatenate([operands["bias"], operands["recurrent_bias"]], axis=1)
    taken = ("input", "weight", "recurrent_weight", "biases", "", "initial_hidden_state")
    names = [name if name in operands else "" for name in taken]
    attributes: dict[str, Any] = {"hidden_size": found.shape[-1], "direction": "reverse" if what == "steps-backward" else "forward"}
    if name == "gru":
        attributes["linear_before_reset"] = 1
    node = helper.make_node(name.upper(), names, ["", "last"], **attributes)
    given = [onnx.numpy_helper.from_array(operands[name], name) for name in names if name]
    value = helper.make_tensor_value_info("last", onnx.TensorProto.FLOAT, found.shape)
    model = helper.make_model(helper.make_graph([node], "g", [], [value], given), opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    (judged,) = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {})
    np.testing.assert_allclose(found, judged, rtol=0, atol=2.0**-17)


def test_the_last_of_several_updates_is_kept(compute: Any) -> None:
    indices = np.resize(np.arange(65537, dtype=np.int32), 3 * 65537)
    updates = np.arange(3 * 65537, dtype=np.float32)
    x = np.zeros(65537, np.float32)
    np.testing.assert_array_equal(compute("scatter_elements", x, indices, updates, axis=0), updates[-65537:])
    np.testing.assert_array_equal(compute("scatter_nd", x, indices[:, None], updates), updates[-65537:])
    assert prod(indices.shape) > 2**17
