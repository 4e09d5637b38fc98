"""What is larger than one invocation, one dispatch or one workgroup takes is right, by NumPy in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from .parts import builder, descriptor, expected, needs_adapter, run_with

pytestmark = [needs_adapter, pytest.mark.timeout(900)]

LONG = 2**23 + 77
"""A row of more elements than a workgroup of 256 takes."""
RANDOM = np.random.default_rng(12)


def run(make: Callable[..., Any], *arrays: np.ndarray, **changed: int) -> np.ndarray:
    """The result of a graph of these inputs, under limits that may be changed."""
    b = builder()
    inputs = {f"x{i}": array for i, array in enumerate(arrays)}
    operands = [b.input(name, descriptor(array.dtype.name, *array.shape)) for name, array in inputs.items()]
    return run_with(b.finish({"y": make(b, *operands)}), inputs, **changed)["y"]


def test_the_sum_of_2_to_the_24_ones() -> None:
    assert run(lambda b, x: b.reduce_sum(x, axes=[1]), np.ones((1, 2**24), np.float32)) == 2**24


@pytest.mark.parametrize("data_type", ["float32", "int32", "int64"])
@pytest.mark.parametrize("method", ["sum", "l1", "sum_square", "max", "min"])
def test_long_rows_are_reduced(method: str, data_type: str) -> None:
    x = RANDOM.integers(-9, 10, (LONG, 1)).astype(data_type)
    x[LONG - 3] = 100
    wide = x.astype(np.float64)
    wanted = {"sum": wide.sum, "l1": np.abs(wide).sum, "sum_square": (wide**2).sum, "max": wide.max, "min": wide.min}[method]()
    assert run(lambda b, y: getattr(b, f"reduce_{method}")(y, axes=[0]), x) == np.array(wanted).astype(data_type)


def test_long_rows_of_bytes_and_half_floats() -> None:
    x = RANDOM.integers(0, 200, LONG).astype(np.uint8)
    x[-1] = 201
    assert run(lambda b, y: b.reduce_max(y), x) == 201
    h = RANDOM.uniform(0, 1, LONG).astype(np.float16)
    assert abs(float(run(lambda b, y: b.reduce_mean(y), h)) - h.astype(np.float64).mean()) < 3e-4


def test_a_product_whose_partial_products_overflow() -> None:
    x = np.where(np.arange(LONG) < LONG // 2, 2.0, 0.5).astype(np.float32)
    x[-1] = 3 if LONG % 2 == 0 else 1.5
    wanted = np.exp2(np.log2(x.astype(np.float64)).sum())
    np.testing.assert_allclose(run(lambda b, y: b.reduce_product(y), x), wanted, rtol=1e-6)


def test_logarithms_of_sums_over_long_rows() -> None:
    x = RANDOM.normal(size=LONG).astype(np.float32)
    wanted = np.log(np.exp(x.astype(np.float64)).sum())
    np.testing.assert_allclose(run(lambda b, y: b.reduce_log_sum_exp(y), x), wanted, rtol=1e-6)


@pytest.mark.parametrize("method", ["arg_max", "arg_min"])
def test_positions_in_long_rows(method: str) -> None:
    x = RANDOM.integers(-1000, 1000, (2, LONG)).astype(np.float32)
    assert (run(lambda b, y: getattr(b, method)(y, 1), x) == getattr(np, method.replace("_", ""))(x, axis=1)).all()


@pytest.mark.parametrize(("exclusive", "reverse"), [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("data_type", ["float32", "int64"])
def test_running_sums_of_long_rows(data_type: str, exclusive: bool, reverse: bool) -> None:
    x = RANDOM.integers(-5, 6, (2, 2**20 + 3, 2)).astype(data_type)
    wide = x[:, ::-1] if reverse else x
    wanted = np.cumsum(wide, axis=1, dtype=np.float64) - (wide if exclusive else 0)
    got = run(lambda b, y: b.cumulative_sum(y, 1, exclusive=exclusive, reversed=reverse), x)
    assert (got == (wanted[:, ::-1] if reverse else wanted)).all()


def test_softmax_of_long_rows() -> None:
    x = RANDOM.normal(size=(2, 3 * 2**20)).astype(np.float32)
    e = np.exp(x.astype(np.float64) - x.max(axis=1, keepdims=True))
    np.testing.assert_allclose(run(lambda b, y: b.softmax(y, 1), x), e / e.sum(axis=1, keepdims=True), rtol=2e-6)


@pytest.mark.parametrize("method", ["softmax", "layer_normalization"])
def test_rows_too_long_for_an_invocation_alone(method: str) -> None:
    x = RANDOM.normal(size=(5, 40000)).astype(np.float32)
    wide = x.astype(np.float64)
    e = np.exp(wide)
    if method == "softmax":
        got, wanted = run(lambda b, y: b.softmax(y, 1), x, workgroup_memory=False), e / e.sum(axis=1, keepdims=True)
    else:
        got = run(lambda b, y: b.layer_normalization(y, axes=[1]), x, workgroup_memory=False)
        wanted = (wide - wide.mean(axis=1, keepdims=True)) / np.sqrt(wide.var(axis=1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(got, wanted, rtol=2e-6, atol=1e-7)


def test_normalisation_of_long_rows() -> None:
    x = (RANDOM.normal(size=(2, 1536, 2049)) + 100).astype(np.float32)
    scale, bias = (RANDOM.normal(size=(2049, 1536)).astype(np.float32) for _ in range(2))
    wide = x.astype(np.float64)
    mean, variance = wide.mean(axis=(1, 2), keepdims=True), wide.var(axis=(1, 2), keepdims=True)
    wanted = (wide - mean) / np.sqrt(variance + 1e-5) * scale.T + bias.T
    got = run(lambda b, y, s, o: b.layer_normalization(y, scale=s, bias=o, axes=[2, 1]), x, scale, bias)
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6)
    image, own = x.reshape(1, 2, 1536, 2049), np.float32([2, -3])
    got = run(lambda b, y, s: b.instance_normalization(y, scale=s), image, own)
    np.testing.assert_allclose(got[0], (wide - mean) / np.sqrt(variance + 1e-5) * own[:, None, None], rtol=1e-6, atol=1e-6)


POOLS = {"average": lambda x: x.mean(axis=(2, 3)), "l2": lambda x: np.sqrt((x**2).sum(axis=(2, 3))), "max": lambda x: x.max(axis=(2, 3))}


@pytest.mark.parametrize("kind", POOLS)
def test_global_pools(kind: str) -> None:
    for data_type, size in (("float32", 300), ("float16", 300), ("float32", 2900)):
        x = RANDOM.uniform(0.5, 1, (1, 2 if size == 300 else 1, size, size + 1)).astype(data_type)
        x[0, 0, -1, -1] = 7
        wanted, rtol = POOLS[kind](x.astype(np.float64)), 1e-6 if data_type == "float32" else 1e-3
        np.testing.assert_allclose(run(lambda b, y: getattr(b, f"{kind}_pool2d")(y), x)[:, :, 0, 0], wanted, rtol=rtol)
        last = run(lambda b, y: getattr(b, f"{kind}_pool2d")(y, layout="nhwc"), np.ascontiguousarray(x.transpose(0, 2, 3, 1)))
        np.testing.assert_allclose(last[:, 0, 0], wanted, rtol=rtol)


@pytest.mark.parametrize("kind", POOLS)
def test_large_windows_beyond_the_edges(kind: str) -> None:
    x = RANDOM.integers(0, 100, (1, 2, 210, 230)).astype(np.float32)
    options = {"window_dimensions": [190, 200], "padding": [20, 30, 41, 5], "strides": [17, 30]}
    b = builder()
    graph = b.finish({"y": getattr(b, f"{kind}_pool2d")(b.input("x0", descriptor("float32", *x.shape)), **options)})
    got = run(lambda b, y: getattr(b, f"{kind}_pool2d")(y, **options), x)
    np.testing.assert_allclose(got, expected(graph, {"x0": x})["y"], rtol=1e-6)


def windows(x: np.ndarray, filters: np.ndarray, groups: int) -> np.ndarray:
    """A convolution in float64, of strides 1 and no padding, image and filters in nchw and oihw."""
    _, channels, height, width = x.shape
    out, own, rows, columns = filters.shape
    result = np.zeros((1, out, height - rows + 1, width - columns + 1))
    for o in range(out):
        group = o // (out // groups)
        for r in range(result.shape[2]):
            for c in range(result.shape[3]):
                taken = x[0, group * own : (group + 1) * own, r : r + rows, c : c + columns].astype(np.float64)
                result[0, o, r, c] = (taken * filters[o].astype(np.float64)).sum()
    assert channels == own * groups
    return result


@pytest.mark.parametrize(
    ("image", "filters", "groups"),
    [
        ((1, 2, 300, 301), (2, 1, 300, 299), 2),
        ((1, 3, 200, 201), (2, 3, 199, 200), 1),
        ((1, 4, 150, 151), (4, 2, 149, 150), 2),
        ((1, 40, 60, 62), (40, 40, 58, 60), 1),
        ((1, 1, 2900, 2902), (1, 1, 2900, 2901), 1),
        ((1, 1, 1, 70003), (2, 1, 1, 70000), 1),
    ],
)
@pytest.mark.parametrize("memory", [True, False], ids=["shared memory", "none"])
def test_large_filters(image: tuple[int, ...], filters: tuple[int, ...], groups: int, memory: bool) -> None:
    x, f = (RANDOM.integers(-3, 4, shape).astype(np.float32) for shape in (image, filters))
    bias = np.arange(filters[0]).astype(np.float32)
    got = run(lambda b, y, z, o: b.conv2d(y, z, groups=groups, bias=o), x, f, bias, workgroup_memory=memory)
    assert (got == windows(x, f, groups) + bias[:, None, None]).all()


def test_large_filters_of_channels_last() -> None:
    x, f = RANDOM.integers(-3, 4, (1, 120, 120, 5)).astype(np.float32), RANDOM.integers(-3, 4, (3, 119, 120, 5)).astype(np.float32)
    got = run(lambda b, y, z: b.conv2d(y, z, input_layout="nhwc", filter_layout="ohwi"), x, f)
    assert (got == windows(x.transpose(0, 3, 1, 2), f.transpose(0, 3, 1, 2), 1).transpose(0, 2, 3, 1)).all()


def test_large_transposed_filters() -> None:
    x, f = RANDOM.integers(-3, 4, (1, 3, 2, 3)).astype(np.float32), RANDOM.integers(-3, 4, (3, 2, 150, 151)).astype(np.float32)
    wanted = np.zeros((1, 2, 150 + 2, 151 + 2 * 3))
    for r in range(2):
        for c in range(3):
            wanted[0, :, 2 * r : 2 * r + 150, 3 * c : 3 * c + 151] += np.einsum("k,kohw->ohw", x[0, :, r, c], f)
    assert (run(lambda b, y, z: b.conv_transpose2d(y, z, strides=[2, 3]), x, f) == wanted).all()


@pytest.mark.parametrize("data_type", ["float32", "float16"])
@pytest.mark.parametrize(("m", "n", "k"), [(1, 1, 2**17), (2, 3, 2**16 + 3), (1, 1, LONG), (2, 40, 2**17 + 1), (33, 34, 70001)])
@pytest.mark.parametrize("memory", [True, False], ids=["shared memory", "none"])
def test_long_products(m: int, n: int, k: int, data_type: str, memory: bool) -> None:
    x, y = RANDOM.integers(-2, 3, (m, k)).astype(data_type), RANDOM.integers(-2, 3, (k, n)).astype(data_type)
    wanted = x.astype(np.float64) @ y.astype(np.float64)
    got = run(lambda b, p, q: b.matmul(p, q), x, y, workgroup_memory=memory)
    np.testing.assert_allclose(got.astype(np.float64), wanted, rtol=0 if data_type == "float32" else 1e-3)


def test_a_long_product_that_is_scaled_and_added_to() -> None:
    x, y, c = (
        RANDOM.integers(-2, 3, (50000, 2)).astype(np.float32),
        RANDOM.integers(-2, 3, (3, 50000)).astype(np.float32),
        np.float32([1, 2, 3]),
    )
    got = run(lambda b, p, q, r: b.gemm(p, q, c=r, alpha=0.5, beta=2, a_transpose=True, b_transpose=True), x, y, c)
    assert (got == 0.5 * (x.T.astype(np.float64) @ y.T) + 2 * c).all()


@pytest.mark.parametrize("storage_buffers", [8, 3])
def test_work_is_shared_out_over_dispatches(storage_buffers: int) -> None:
    """The first workgroup of a dispatch stands in a buffer, or in the text where no buffer can be bound any more."""
    changed = {"work": 2**18, "storage_buffers": storage_buffers}
    x, y = (RANDOM.integers(-3, 4, shape).astype(np.float32) for shape in ((130, 140), (140, 150)))
    assert (run(lambda b, p, q: b.matmul(p, q), x, y, **changed) == x.astype(np.float64) @ y).all()
    assert (run(lambda b, p, q: b.matmul(p, q), x, y, workgroup_memory=False, **changed) == x.astype(np.float64) @ y).all()
    z = RANDOM.integers(0, 200, 10**6).astype(np.uint8)
    assert (run(lambda b, p, q: b.max(p, q), z, z[::-1].copy(), **changed) == np.maximum(z, z[::-1])).all()
    image, filters = RANDOM.integers(-3, 4, (1, 3, 40, 41)).astype(np.float32), RANDOM.integers(-3, 4, (2, 1, 5, 5)).astype(np.float32)
    got = run(lambda b, p, q: b.conv2d(b.slice(p, [0, 0, 0, 0], [1, 2, 40, 41]), q, groups=2), image, filters, **changed)
    assert (got == windows(image[:, :2], filters, 2)).all()


@pytest.mark.parametrize("kind", ["gru", "lstm"])
@pytest.mark.parametrize(("steps", "hidden", "features"), [(300, 128, 8), (3, 600, 500), (3, 8, 12000), (2, 4, 70000)])
def test_long_and_wide_sequences(kind: str, steps: int, hidden: int, features: int) -> None:
    gates = 3 if kind == "gru" else 4
    b = builder()
    arrays = {
        "x": RANDOM.normal(size=(steps, 2, features)),
        "w": RANDOM.normal(size=(2, gates * hidden, features)) / np.sqrt(features),
        "r": RANDOM.normal(size=(2, gates * hidden, hidden)) / np.sqrt(hidden),
        "b": RANDOM.normal(size=(2, gates * hidden)),
        "h": RANDOM.normal(size=(2, 2, hidden)),
    }
    inputs = {name: array.astype(np.float32) for name, array in arrays.items()}
    x, w, r, bias, hidden_state = (b.input(name, descriptor("float32", *array.shape)) for name, array in inputs.items())
    options: dict[str, Any] = {"bias": bias, "initial_hidden_state": hidden_state, "return_sequence": True, "direction": "both"}
    if kind == "gru":
        options["reset_after"] = steps % 2 == 0
    graph = b.finish({f"y{i}": output for i, output in enumerate(getattr(b, kind)(x, w, r, steps, hidden, **options))})
    got, wanted = run_with(graph, inputs), expected(graph, inputs)
    for name, array in wanted.items():
        np.testing.assert_allclose(got[name], array, atol=2e-6)
