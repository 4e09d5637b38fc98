"""Operators that ONNX's node tests do not reach, against ONNX Runtime: its own ones, and older forms of ONNX's."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest

from webnpu.backend import load_backend
from webnpu.onnx import import_model

from .agreement import FLOAT, INT32, INT64, MS, UINT8, Build, check, normal, numbers, scalar

CONTRIBUTED: dict[str, tuple[Build, dict[str, np.ndarray]]] = {
    "Gelu": (lambda m: m("Gelu", m.input("x", shape=(3, 5)), domain=MS), {"x": normal(3, 5)}),
    "BiasGelu": (lambda m: m("BiasGelu", m.input("x", shape=(3, 5)), m.weight(5), domain=MS), {"x": normal(3, 5)}),
    "FastGelu": (lambda m: m("FastGelu", m.input("x", shape=(3, 5)), m.weight(5), domain=MS), {"x": normal(3, 5)}),
    "QuickGelu": (lambda m: m("QuickGelu", m.input("x", shape=(3, 5)), domain=MS), {"x": normal(3, 5)}),
    "FusedMatMul": (
        lambda m: m("FusedMatMul", m.input("x", shape=(2, 4, 3)), m.weight(2, 5, 4), domain=MS, transA=1, transB=1, alpha=0.5),
        {"x": normal(2, 4, 3)},
    ),
    "FusedConv": (
        lambda m: m("FusedConv", m.input("x", shape=(1, 2, 5, 5)), m.weight(3, 2, 3, 3), m.weight(3), domain=MS, activation="Relu"),
        {"x": normal(1, 2, 5, 5)},
    ),
    "SkipLayerNormalization": (
        lambda m: m(
            "SkipLayerNormalization", m.input("x", shape=(1, 3, 8)), m.weight(1, 3, 8), m.weight(8), m.weight(8), m.weight(8), domain=MS
        ),
        {"x": normal(1, 3, 8)},
    ),
    "MultiHeadAttention": (
        lambda m: m(
            "MultiHeadAttention",
            *(m.input(n, shape=(2, s, 8)) for n, s in (("q", 3), ("k", 5), ("v", 5))),
            m.weight(24),
            domain=MS,
            num_heads=2,
        ),
        {"q": normal(2, 3, 8), "k": normal(2, 5, 8, seed=1), "v": normal(2, 5, 8, seed=2)},
    ),
    "MultiHeadAttention, biased": (
        lambda m: m(
            "MultiHeadAttention",
            *(m.input(n, shape=(2, 4, 8)) for n in "qkv"),
            "",
            "",
            m.weight(2, 2, 4, 4, scale=1.0),
            domain=MS,
            num_heads=2,
            scale=0.3,
        ),
        {"q": normal(2, 4, 8), "k": normal(2, 4, 8, seed=1), "v": normal(2, 4, 8, seed=2)},
    ),
    "Attention": (
        lambda m: m(
            "Attention", m.input("x", shape=(2, 4, 8)), m.weight(8, 24), m.weight(24, scale=0.1), domain=MS, num_heads=2, unidirectional=1
        ),
        {"x": normal(2, 4, 8)},
    ),
    "RotaryEmbedding": (
        lambda m: m(
            "RotaryEmbedding", m.input("x", shape=(2, 3, 16)), m.ints(2), m.weight(9, 4, scale=1.0), m.weight(9, 4, scale=1.0), domain=MS
        ),
        {"x": normal(2, 3, 16)},
    ),
    "RotaryEmbedding, interleaved": (
        lambda m: m(
            "RotaryEmbedding",
            m.input("x", shape=(1, 2, 3, 8)),
            m.constant(np.array([[4, 0, 2]])),
            m.weight(9, 4, scale=1.0),
            m.weight(9, 4, scale=1.0),
            domain=MS,
            interleaved=1,
        ),
        {"x": normal(1, 2, 3, 8)},
    ),
    "GatherBlockQuantized": (
        lambda m: m(
            "GatherBlockQuantized",
            m.constant(numbers(6, 32)),
            m.input("i", INT64, (2, 2)),
            m.constant(np.abs(normal(6, 2))),
            m.constant(numbers(6, 1)),
            domain=MS,
            block_size=32,
            quantize_axis=1,
            bits=4,
        ),
        {"i": np.array([[0, 5], [3, 3]])},
    ),
}


def _mask(*rows: int, total: int) -> np.ndarray:
    return np.array([[1] * row + [0] * (total - row) for row in rows], np.int32)


def _multi_head(m: Any, *more: str, **attributes: Any) -> Any:
    return m("MultiHeadAttention", *(m.input(n, shape=(2, 4, 8)) for n in "qkv"), *more, domain=MS, num_heads=2, **attributes)


def _attention(m: Any, *more: str, **attributes: Any) -> Any:
    return m(
        "Attention", m.input("x", shape=(2, 4, 8)), m.weight(8, 24), m.weight(24, scale=0.1), *more, domain=MS, num_heads=2, **attributes
    )


QKV = {"q": normal(2, 4, 8), "k": normal(2, 4, 8, seed=1), "v": normal(2, 4, 8, seed=2)}
CONTRIBUTED |= {
    "MultiHeadAttention, padded": (lambda m: _multi_head(m, "", m.constant(_mask(4, 2, total=4))), QKV),
    "MultiHeadAttention, causal": (lambda m: _multi_head(m, unidirectional=1), QKV),
    "Attention, padded": (lambda m: _attention(m, m.constant(_mask(4, 2, total=4))), {"x": normal(2, 4, 8)}),
    "Attention, of lengths": (lambda m: _attention(m, m.constant(np.array([3, 2], np.int32))), {"x": normal(2, 4, 8)}),
    "Attention, masked by steps": (
        lambda m: _attention(m, m.constant(numbers(2, 4, 4, high=2, dtype=np.int32))),
        {"x": normal(2, 4, 8)},
    ),
    "Attention, of other sizes": (
        lambda m: m(
            "Attention", m.input("x", shape=(2, 4, 8)), m.weight(8, 20), m.weight(20), domain=MS, num_heads=2, qkv_hidden_sizes=[8, 8, 4]
        ),
        {"x": normal(2, 4, 8)},
    ),
    "FusedMatMul, batches within": (
        lambda m: m("FusedMatMul", m.input("x", shape=(4, 2, 3)), m.weight(5, 2, 3), domain=MS, transBatchA=1, transBatchB=1, transB=1),
        {"x": normal(4, 2, 3)},
    ),
    "FusedGemm": (
        lambda m: m(
            "FusedGemm", m.input("x", shape=(3, 4)), m.weight(4, 5), m.weight(5), domain=MS, activation="LeakyRelu", activation_alpha=0.2
        ),
        {"x": normal(3, 4)},
    ),
    "EmbedLayerNormalization": (
        lambda m: m(
            "EmbedLayerNormalization",
            m.input("ids", INT32, (2, 5)),
            m.input("kinds", INT32, (2, 5)),
            *(m.weight(rows, 8, scale=1.0) for rows in (20, 9, 2)),
            m.weight(8, scale=1.0),
            m.weight(8, scale=0.1),
            domain=MS,
            outputs=2,
        )[0],
        {"ids": numbers(2, 5, high=20, dtype=np.int32), "kinds": numbers(2, 5, high=2, dtype=np.int32)},
    ),
    "MatMulIntegerToFloat": (
        lambda m: m(
            "MatMulIntegerToFloat",
            m.input("x", UINT8, (3, 7)),
            m.constant(numbers(7, 4)),
            scalar(m, 0.02),
            m.constant(np.array([0.1, 0.2, 0.3, 0.4], np.float32)),
            scalar(m, 9, np.uint8),
            m.constant(np.array([1, 2, 3, 250], np.uint8)),
            m.weight(4),
            domain=MS,
        ),
        {"x": numbers(3, 7, seed=1)},
    ),
    "DynamicQuantizeMatMul": (
        lambda m: m(
            "DynamicQuantizeMatMul",
            m.input("x", shape=(3, 7)),
            m.constant(numbers(7, 4)),
            m.constant(np.array([0.1], np.float32)),
            m.constant(np.array([128], np.uint8)),
            m.weight(4),
            domain=MS,
        ),
        {"x": normal(3, 7)},
    ),
    "QAttention": (
        lambda m: m(
            "QAttention",
            m.input("x", UINT8, (2, 4, 8)),
            m.constant(numbers(8, 24)),
            m.weight(24),
            scalar(m, 0.02),
            scalar(m, 0.01),
            m.constant(_mask(4, 3, total=4)),
            scalar(m, 120, np.uint8),
            scalar(m, 130, np.uint8),
            domain=MS,
            num_heads=2,
        ),
        {"x": numbers(2, 4, 8, seed=1)},
    ),
    "QGemm, real": (
        lambda m: m(
            "QGemm",
            m.input("x", UINT8, (3, 7)),
            scalar(m, 0.02),
            scalar(m, 9, np.uint8),
            m.constant(numbers(4, 7)),
            scalar(m, 0.1),
            scalar(m, 120, np.uint8),
            m.constant(numbers(4, high=900, dtype=np.int32)),
            domain=MS,
            transB=1,
        ),
        {"x": numbers(3, 7, seed=1)},
    ),
}
"""Lambdas, so that a model is made only where it is tested."""


@pytest.mark.parametrize("name", CONTRIBUTED)
def test_contributed_operators(name: str, maker: Any, runtime: Any) -> None:
    build, inputs = CONTRIBUTED[name]
    m = maker(microsoft=True)
    y = build(m)
    check(m, {y: FLOAT}, inputs, runtime)


def test_attention_with_what_went_before(maker: Any, runtime: Any) -> None:
    m = maker(microsoft=True)
    past = m.input("past", shape=(2, 2, 2, 3, 4))
    weights = m.weight(8, 24), m.weight(24, scale=0.1)
    y, present = m("Attention", m.input("x", shape=(2, 1, 8)), *weights, "", past, domain=MS, num_heads=2, unidirectional=1, outputs=2)
    check(m, {y: FLOAT, present: FLOAT}, {"x": normal(2, 1, 8), "past": normal(2, 2, 2, 3, 4, seed=1)}, runtime)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("zero_points", ["none", "packed", "float"])
@pytest.mark.parametrize("terms", [32, 40])
def test_products_with_weights_of_few_bits(bits: int, zero_points: str, terms: int, maker: Any, runtime: Any) -> None:
    if bits == 8 and zero_points == "float":
        zero_points = "none"  # ONNX Runtime has no such kernel
    m = maker(microsoft=True)
    block, columns = 16, 5
    blocks = -(-terms // block)
    given = [m.constant(numbers(columns, blocks, block * bits // 8)), m.constant(np.abs(normal(columns * blocks)) * 0.1)]
    if zero_points == "packed":
        given.append(m.constant(numbers(columns * (-(-blocks // 2) if bits == 4 else blocks))))
    elif zero_points == "float":
        given.append(m.constant(numbers(columns * blocks, high=16).astype(np.float32)))
    y = m("MatMulNBits", m.input("x", shape=(3, terms)), *given, domain=MS, K=terms, N=columns, bits=bits, block_size=block)
    check(m, {y: FLOAT}, {"x": normal(3, terms)}, runtime)


OLDER: dict[str, tuple[int, Build]] = {
    "Softmax over the rest": (11, lambda m: m("Softmax", m.input("x", shape=(2, 3, 4, 4)), axis=2)),
    "LogSoftmax by default": (9, lambda m: m("LogSoftmax", m.input("x", shape=(2, 3, 4, 4)))),
    "Slice by attributes": (9, lambda m: m("Slice", m.input("x", shape=(2, 3, 4, 4)), starts=[1, -3], ends=[5, -1], axes=[1, 3])),
    "Pad by attributes": (10, lambda m: m("Pad", m.input("x", shape=(2, 3, 4, 4)), pads=[0, 0, 1, 2, 0, 0, 0, 1], mode="reflect")),
    "Pad with a value": (7, lambda m: m("Pad", m.input("x", shape=(2, 3, 4, 4)), pads=[0, 0, 1, -2, 0, 0, 0, 1], value=2.5)),
    "Clip by attributes": (7, lambda m: m("Clip", m.input("x", shape=(2, 3, 4, 4)), min=-0.5, max=0.5)),
    "Unsqueeze by attributes": (11, lambda m: m("Unsqueeze", m.input("x", shape=(2, 3, 4, 4)), axes=[0, -1])),
    "Squeeze by attributes": (11, lambda m: m("Squeeze", m("ReduceMax", m.input("x", shape=(2, 3, 4, 4)), axes=[2]), axes=[2])),
    "ReduceMean by attributes": (13, lambda m: m("ReduceMean", m.input("x", shape=(2, 3, 4, 4)), axes=[-1, 1], keepdims=0)),
    "Upsample by attributes": (8, lambda m: m("Upsample", m.input("x", shape=(2, 3, 4, 4)), scales=[1.0, 1.0, 2.0, 1.5])),
    "Upsample linearly": (
        9,
        lambda m: m("Upsample", m.input("x", shape=(2, 3, 4, 4)), m.constant(np.array([1, 1, 2, 3], np.float32)), mode="linear"),
    ),
    "Resize by scales": (10, lambda m: m("Resize", m.input("x", shape=(2, 3, 4, 4)), m.constant(np.array([1, 1, 1.5, 2], np.float32)))),
    "Split by attributes": (11, lambda m: m("Split", m.input("x", shape=(2, 3, 4, 4)), outputs=2, axis=1, split=[1, 2])[1]),
    "TopK": (9, lambda m: m("TopK", m.input("x", shape=(2, 3, 4, 4)), outputs=2, k=2, axis=1)[0]),
    "BatchNormalization": (
        7,
        lambda m: m(
            "BatchNormalization",
            m.input("x", shape=(2, 3, 4, 4)),
            m.weight(3),
            m.weight(3),
            m.weight(3),
            m.constant(np.ones(3, np.float32)),
        ),
    ),
    "Dropout": (7, lambda m: m("Dropout", m.input("x", shape=(2, 3, 4, 4)), ratio=0.3)),
    "Scatter": (
        9,
        lambda m: m(
            "Scatter", m.input("x", shape=(2, 3, 4, 4)), m.constant(np.zeros((1, 2, 3, 4), np.int64)), m.weight(1, 2, 3, 4), axis=2
        ),
    ),
    "Hardmax over the rest": (11, lambda m: m("Hardmax", m.input("x", shape=(2, 3, 4, 4)))),
    "AveragePool, padding counted": (
        7,
        lambda m: m(
            "AveragePool", m.input("x", shape=(2, 3, 4, 4)), kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 1], count_include_pad=1
        ),
    ),
}


@pytest.mark.parametrize("name", OLDER)
def test_older_operator_sets(name: str, maker: Any, runtime: Any) -> None:
    opset, build = OLDER[name]
    m = maker(opset=opset)
    y = build(m)
    check(m, {y: FLOAT}, {"x": normal(2, 3, 4, 4)}, runtime)


@pytest.mark.parametrize("kind", ["Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cosh", "Sinh"])
def test_emulated_functions_are_accurate(kind: str, maker: Any) -> None:
    """Against NumPy in float64, to a few units in the last place, over their whole domain."""
    low, high = {"Acos": (-1, 1), "Asin": (-1, 1), "Atanh": (-0.9999, 0.9999), "Acosh": (1, 1e6), "Cosh": (-30, 30), "Sinh": (-30, 30)}.get(
        kind, (-1e5, 1e5)
    )
    wide = np.concatenate(
        [np.linspace(low, high, 2001), np.linspace(max(low, -1), min(high, 1.2), 2001), [0.0, 1e-6, -1e-6] if low <= 0 else [1.0]]
    )
    x = np.unique(wide.astype(np.float32))
    m = maker()
    graph = import_model(m.model({m(kind, m.input("x", shape=x.shape)): FLOAT}))
    [got] = load_backend("reference").compile(graph).run({"x": x}).values()
    function = getattr(
        np,
        {"Acos": "arccos", "Acosh": "arccosh", "Asin": "arcsin", "Asinh": "arcsinh", "Atan": "arctan", "Atanh": "arctanh"}.get(
            kind, kind.lower()
        ),
    )
    np.testing.assert_allclose(got, function(x.astype(np.float64)), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("past", "steps", "valid"), [(0, 5, 5), (6, 1, 7)])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"scale": 0.4},
        {"do_rotary": 1},
        {"do_rotary": 1, "rotary_interleaved": 1},
        {"softcap": 2.0},
        {"local_window_size": 3},
        {"local_window_size": 2, "smooth_softmax": 1},
        {"smooth_softmax": 1, "softcap": 1.5},
    ],
    ids=str,
)
def test_grouped_attention(packed: bool, past: int, steps: int, valid: int, options: dict[str, Any], maker: Any, runtime: Any) -> None:
    """A whole prompt, and one step after a cache."""
    m, heads, shared, size = maker(microsoft=True), 4, 2, 16
    inputs = {}
    if packed:
        query = [m.input("qkv", shape=(1, steps, (heads + 2 * shared) * size)), "", ""]
        inputs["qkv"] = normal(1, steps, (heads + 2 * shared) * size)
    else:
        widths = {"q": heads * size, "k": shared * size, "v": shared * size}
        query = [m.input(name, shape=(1, steps, width)) for name, width in widths.items()]
        inputs |= {name: normal(1, steps, width, seed=i) for i, (name, width) in enumerate(widths.items())}
    caches = ["", ""]
    if past:
        caches = [m.input(name, shape=(1, shared, past, size)) for name in ("past_key", "past_value")]
        inputs |= {name: normal(1, shared, past, size, seed=i) for i, name in enumerate(caches, 5)}
    lengths, total = m.constant(np.array([valid - 1], np.int32)), m.constant(np.asarray(valid, np.int32))
    tables = [m.weight(12, size // 2, scale=1.0) for _ in range(2)] if options.get("do_rotary") else []
    attributes = {"num_heads": heads, "kv_num_heads": shared, **options}
    outputs = m("GroupQueryAttention", *query, *caches, lengths, total, *tables, outputs=3, domain=MS, **attributes)
    check(m, dict.fromkeys(outputs, FLOAT), inputs, runtime)


@pytest.mark.parametrize("extra", ["sink", "bias"])
def test_grouped_attention_with_more_inputs(extra: str, maker: Any, runtime: Any) -> None:
    m, heads, shared, size, steps = maker(microsoft=True), 4, 2, 16, 5
    widths = {"q": heads * size, "k": shared * size, "v": shared * size}
    query = [m.input(name, shape=(1, steps, width)) for name, width in widths.items()]
    inputs = {name: normal(1, steps, width, seed=i) for i, (name, width) in enumerate(widths.items())}
    lengths, total = m.constant(np.array([steps - 1], np.int32)), m.constant(np.asarray(steps, np.int32))
    more = {
        "sink": ["", "", "", "", m.weight(heads, scale=1.0)],
        "bias": ["", "", "", m.weight(1, heads, steps, steps, scale=1.0)],
    }[extra]
    outputs = m("GroupQueryAttention", *query, "", "", lengths, total, *more, outputs=3, domain=MS, num_heads=heads, kv_num_heads=shared)
    check(m, dict.fromkeys(outputs, FLOAT), inputs, runtime)


@pytest.mark.parametrize("packed", ["all", "keys"])
def test_packed_heads(packed: str, maker: Any, runtime: Any) -> None:
    m = maker(microsoft=True)
    if packed == "all":
        inputs, given = {"qkv": normal(2, 4, 2, 3, 8)}, [m.input("qkv", shape=(2, 4, 2, 3, 8))]
    else:
        inputs = {"q": normal(2, 4, 16), "kv": normal(2, 5, 2, 2, 8, seed=1)}
        given = [m.input("q", shape=(2, 4, 16)), m.input("kv", shape=(2, 5, 2, 2, 8))]
    model = m.model(m("MultiHeadAttention", *given, domain=MS, num_heads=2))
    graph = import_model(model)
    [got] = load_backend("reference").compile(graph).run(inputs).values()
    parts = np.moveaxis(inputs["qkv"], 3, 0) if packed == "all" else (inputs["q"].reshape(2, 4, 2, 8), *np.moveaxis(inputs["kv"], 3, 0))
    query, key, value = (part.transpose(0, 2, 1, 3).astype(np.float64) for part in parts)
    scores = np.exp(query @ key.transpose(0, 1, 3, 2) / np.sqrt(8))
    want = (scores / scores.sum(-1, keepdims=True)) @ value
    np.testing.assert_allclose(got, want.transpose(0, 2, 1, 3).reshape(2, 4, 16), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.int64, np.uint64])
@pytest.mark.parametrize("constant", [False, True])
def test_products_of_integers_wrap(dtype: Any, constant: bool, maker: Any, runtime: Any) -> None:
    m, limits, random = maker(), np.iinfo(dtype), np.random.default_rng(0)
    a, b = (random.integers(limits.min, limits.max, shape, dtype) for shape in ((2, 3, 300), (300, 4)))
    element = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    y = m("MatMul", m.input("a", element, a.shape), m.constant(b) if constant else m.input("b", element, b.shape))
    check(m, {y: element}, {"a": a} if constant else {"a": a, "b": b}, runtime)


def test_gemm_of_integers(maker: Any, runtime: Any) -> None:
    m, a = maker(), numbers(3, 5, high=100, dtype=np.int32)
    b, c = m.constant(numbers(4, 5, high=100, seed=1, dtype=np.int32)), m.constant(numbers(4, high=100, seed=2, dtype=np.int32))
    y = m("Gemm", m.input("a", INT32, (3, 5)), b, c, transB=1)
    model = m.model({y: INT32})
    [got] = load_backend("reference").compile(import_model(model)).run({"a": a}).values()
    values = [onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer]
    np.testing.assert_array_equal(got, a @ values[0].T + values[1])


@pytest.mark.parametrize("zero_points", ["none", "packed", "float"])
@pytest.mark.parametrize("terms", [64, 72])
def test_products_with_weights_of_two_bits(zero_points: str, terms: int, maker: Any) -> None:
    """By their meaning, since runtimes have kernels for some of them only; the last block may end within."""
    m, random, block, columns = maker(microsoft=True), np.random.default_rng(0), 32, 5
    blocks = -(-terms // block)
    weights = random.integers(0, 4, (columns, blocks, block))
    points = random.integers(0, 4, (columns, blocks)) if zero_points != "none" else np.full((columns, blocks), 2)
    scales = random.random((columns, blocks)).astype(np.float32)

    def packed(x: np.ndarray) -> np.ndarray:
        x = np.pad(x, [*[(0, 0)] * (x.ndim - 1), (0, -x.shape[-1] % 4)]).reshape(*x.shape[:-1], -1, 4)
        return (x << [0, 2, 4, 6]).sum(-1).astype(np.uint8)

    given = [m.constant(packed(weights)), m.constant(scales)]
    if zero_points != "none":
        given.append(m.constant(packed(points) if zero_points == "packed" else points.astype(np.float32)))
    y = m("MatMulNBits", m.input("x", shape=(3, terms)), *given, domain=MS, K=terms, N=columns, bits=2, block_size=block)
    x = normal(3, terms)
    [got] = load_backend("reference").compile(import_model(m.model(y))).run({"x": x}).values()
    matrix = ((weights - points[..., None]) * scales[..., None]).reshape(columns, -1)[:, :terms]
    np.testing.assert_allclose(got, x @ matrix.T, rtol=2e-5, atol=2e-5)
