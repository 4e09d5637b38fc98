"""Models in float16, taken at their word: a node still rounds once, whatever it is made of.

ONNX Runtime judges, in float32, what the same node gives for the same numbers: that, rounded to float16, is right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, numpy_helper

from webnpu.backend import load_backend
from webnpu.onnx import import_model

BACKENDS = ("reference", "tflite", "webgpu", "coreml")
MS = "com.microsoft"
FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16


def half(model: ModelProto) -> ModelProto:
    """The same model in float16."""
    copy = ModelProto.FromString(model.SerializeToString())
    for tensor in copy.graph.initializer:
        if tensor.data_type == FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    for info in (*copy.graph.input, *copy.graph.output):
        if info.type.tensor_type.elem_type == FLOAT:
            info.type.tensor_type.elem_type = HALF
    return copy


def numbers(*shape: int, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """Normal numbers that float16 holds."""
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(np.float16).astype(np.float32)


def weight(m: Any, *shape: int, scale: float = 1.0, seed: int = 9) -> str:
    return m.constant(numbers(*shape, scale=scale, seed=seed))  # type: ignore[no-any-return]


def positive(m: Any, *shape: int) -> str:
    return m.constant(np.abs(numbers(*shape)) + 0.5)  # type: ignore[no-any-return]


Build = Callable[[Any, str], Any]
NODES: dict[str, tuple[Build, np.ndarray]] = {
    "RMSNormalization": (lambda m, x: m("RMSNormalization", x, weight(m, 64)), numbers(2, 64, scale=400)),
    "LayerNormalization": (lambda m, x: m("LayerNormalization", x, weight(m, 64), weight(m, 64)), numbers(2, 64, scale=4000)),
    "SimplifiedLayerNormalization": (
        lambda m, x: m("SimplifiedLayerNormalization", x, weight(m, 64), domain=MS),
        numbers(2, 64, scale=400),
    ),
    "SkipSimplifiedLayerNormalization": (
        lambda m, x: m("SkipSimplifiedLayerNormalization", x, weight(m, 1, 3, 32, scale=300), weight(m, 32), weight(m, 32), domain=MS),
        numbers(1, 3, 32, scale=400),
    ),
    "SkipLayerNormalization": (
        lambda m, x: m("SkipLayerNormalization", x, weight(m, 1, 3, 32, scale=300), weight(m, 32), weight(m, 32), domain=MS),
        numbers(1, 3, 32, scale=4000),
    ),
    "GroupNormalization": (
        lambda m, x: m("GroupNormalization", x, weight(m, 6), weight(m, 6), num_groups=2),
        numbers(2, 6, 4, 4, scale=2000),
    ),
    "InstanceNormalization": (lambda m, x: m("InstanceNormalization", x, weight(m, 3), weight(m, 3)), numbers(2, 3, 8, 8, scale=2000)),
    "BatchNormalization": (
        lambda m, x: m("BatchNormalization", x, weight(m, 3), weight(m, 3), weight(m, 3, scale=300), positive(m, 3)),
        numbers(2, 3, 8, 8, scale=300),
    ),
    "MeanVarianceNormalization": (lambda m, x: m("MeanVarianceNormalization", x), numbers(2, 3, 8, 8, scale=2000)),
    "LpNormalization": (lambda m, x: m("LpNormalization", x, axis=-1), numbers(2, 64, scale=2000)),
    "LRN": (lambda m, x: m("LRN", x, size=3, alpha=0.01), numbers(2, 6, 4, 4, scale=900)),
    "ReduceL2": (lambda m, x: m("ReduceL2", x, m.ints(1)), numbers(2, 64, scale=900)),
    "ReduceMean": (lambda m, x: m("ReduceMean", x, m.ints(1)), np.abs(numbers(2, 64, scale=20000)).clip(0, 60000)),
    "ReduceLogSum": (lambda m, x: m("ReduceLogSum", x, m.ints(1)), np.abs(numbers(2, 64, scale=20000)).clip(1, 60000)),
    "ReduceLogSumExp": (lambda m, x: m("ReduceLogSumExp", x, m.ints(1)), numbers(2, 64, scale=300)),
    "ReduceSumSquare": (lambda m, x: m("ReduceSumSquare", x, m.ints(1)), numbers(2, 64, scale=20)),
    "Softmax": (lambda m, x: m("Softmax", x), numbers(3, 1000, scale=2)),
    "LogSoftmax": (lambda m, x: m("LogSoftmax", x), numbers(3, 1000, scale=2)),
    "Mean": (lambda m, x: m("Mean", x, x, x), np.abs(numbers(2, 64, scale=20000)).clip(0, 60000)),
    "Sum": (lambda m, x: m("Sum", x, weight(m, 64, scale=0.01), weight(m, 64, scale=0.01, seed=2), x), numbers(2, 64)),
    "Gelu by tanh": (lambda m, x: m("Gelu", x, approximate="tanh"), numbers(2, 64, scale=60)),
    "FastGelu": (lambda m, x: m("FastGelu", x, weight(m, 64), domain=MS), numbers(2, 64, scale=2)),
    "BiasGelu": (lambda m, x: m("BiasGelu", x, weight(m, 64), domain=MS), numbers(2, 64, scale=2)),
    "QuickGelu": (lambda m, x: m("QuickGelu", x, domain=MS), numbers(2, 64, scale=20)),
    "Swish": (lambda m, x: m("Swish", x, alpha=1.5), numbers(2, 64, scale=20)),
    "Mish": (lambda m, x: m("Mish", x), numbers(2, 64, scale=4)),
    "Selu": (lambda m, x: m("Selu", x), numbers(2, 64, scale=4)),
    "Celu": (lambda m, x: m("Celu", x, alpha=0.7), numbers(2, 64, scale=4)),
    "Softplus": (lambda m, x: m("Softplus", x), numbers(2, 64, scale=4)),
    "Einsum": (
        lambda m, x: m("Einsum", x, weight(m, 32, 16), weight(m, 16), equation="bi,io,o->b"),
        numbers(2, 32, scale=900),
    ),
    "FusedMatMul": (lambda m, x: m("FusedMatMul", x, weight(m, 64, 8), domain=MS, alpha=0.01), numbers(2, 64, scale=4000)),
    "RotaryEmbedding": (lambda m, x: m("RotaryEmbedding", x, weight(m, 2, 3, 8), weight(m, 2, 3, 8, seed=5)), numbers(2, 4, 3, 16)),
    "com.microsoft.RotaryEmbedding": (
        lambda m, x: m("RotaryEmbedding", x, m.ints(0), weight(m, 9, 8), weight(m, 9, 8, seed=5), domain=MS),
        numbers(2, 4, 3, 16),
    ),
    "com.microsoft.Attention": (
        lambda m, x: m("Attention", x, weight(m, 16, 48, scale=0.3), weight(m, 48), domain=MS, num_heads=2),
        numbers(2, 6, 16, scale=2),
    ),
    "MultiHeadAttention": (lambda m, x: m("MultiHeadAttention", x, x, x, domain=MS, num_heads=2, scale=1e-5), numbers(1, 6, 64, scale=900)),
    "EmbedLayerNormalization": (
        lambda m, x: m("Mul", x, m("EmbedLayerNormalization", m.constant(np.int32([[1, 2]])), "", weight(m, 5, 8, scale=900),
                                   weight(m, 4, 8, scale=900), "", weight(m, 8), weight(m, 8), domain=MS, outputs=2)[0]),
        np.ones((1, 2, 8), np.float32),
    ),
    "CumProd": (lambda m, x: m("CumProd", x, m.constant(np.asarray(1))), numbers(2, 32, scale=1.5)),
    "Det": (lambda m, x: m("Det", x), numbers(4, 3, 3, scale=30)),
}  # fmt: skip
"""The nodes, and inputs whose squares, sums or exponentials float16 does not hold, or many of whose steps would round."""


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NODES)
def test_a_node_rounds_once(name: str, backend: str, maker: Any, runtime: Any) -> None:
    build, x = NODES[name]
    m = maker(opset=26 if name == "CumProd" else 24, microsoft=True)
    y = build(m, m.input("x", shape=x.shape))
    model = m.model(y)
    if name in ("CumProd", "Swish", "SimplifiedLayerNormalization"):  # ONNX Runtime lacks them, or not in float32
        want = by_hand(name, x, model)
    else:
        want = next(iter(runtime(model, {"x": x}).values())).astype(np.float64)
    graph = import_model(half(model), float16=True)
    assert [operand.data_type for operand in graph.outputs.values()] == ["float16"]
    [got] = load_backend(backend).compile(graph).run({"x": x.astype(np.float16)}).values()
    np.testing.assert_allclose(got.astype(np.float64), want.reshape(got.shape), rtol=2.0**-10, atol=2.0**-13 * np.abs(want).max())


def by_hand(name: str, x: np.ndarray, model: ModelProto) -> np.ndarray:
    x = x.astype(np.float64)
    if name == "CumProd":
        return np.cumprod(x, 1)
    if name == "Swish":
        return np.asarray(x / (1 + np.exp(-1.5 * x)))
    scale = numpy_helper.to_array(model.graph.initializer[0]).astype(np.float64)
    return np.asarray(x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * scale)


@pytest.mark.parametrize("stash", [FLOAT, HALF])
@pytest.mark.parametrize("element", [FLOAT, HALF])
def test_statistics_are_computed_in_the_type_that_the_node_names(element: int, stash: int, maker: Any) -> None:
    """Ten thousand times ten thousand is more than float16 holds, in which some models ask for it none the less."""
    m = maker(opset=23)
    x = np.full((1, 4), 1e4, np.float16)
    model = m.model(m("RMSNormalization", m.input("x", shape=x.shape), weight(m, 4), stash_type=stash))
    y = run(model if element == FLOAT else half(model), x.astype(np.float32 if element == FLOAT else np.float16), float16=True)
    assert y.dtype == (np.float32 if element == FLOAT else np.float16)
    want = numbers(4, seed=9) if stash == FLOAT else np.zeros(4)
    np.testing.assert_allclose(y[0], want, rtol=2e-3)
    y = run(half(model), x, float16=False)  # all is float32 then, as the user asks
    np.testing.assert_allclose(y[0], numbers(4, seed=9), rtol=2e-3)


def test_the_mean_and_the_deviation_are_outputs_in_their_own_type(maker: Any) -> None:
    m = maker(opset=17)
    y, mean, inverse = m("LayerNormalization", m.input("x", shape=(2, 64)), weight(m, 64), outputs=3)
    model = m.model({y: FLOAT, mean: FLOAT, inverse: FLOAT})
    model = half(model)
    for info in model.graph.output[1:]:
        info.type.tensor_type.elem_type = FLOAT
    x = numbers(2, 64, scale=2000)
    graph = import_model(model, float16=True)
    got = load_backend("reference").compile(graph).run({"x": x.astype(np.float16)})
    assert [array.dtype.name for array in got.values()] == ["float16", "float32", "float32"]
    np.testing.assert_allclose(got[mean], x.mean(-1, keepdims=True), rtol=1e-5)
    np.testing.assert_allclose(got[inverse], 1 / x.std(-1, keepdims=True), rtol=1e-5)


def test_moments_beyond_float16_of_a_batch_in_float16(maker: Any) -> None:
    """ONNX lets the moments have a type of their own."""
    m = maker(opset=15)
    moments = [m.constant(np.float32([1e5, -1e5])), m.constant(np.float32([1e6, 1e7]))]
    model = m.model(m("BatchNormalization", m.input("x", shape=(1, 2, 3)), weight(m, 2), weight(m, 2), *moments))
    kept = [numpy_helper.to_array(tensor) for tensor in model.graph.initializer[:2]]
    with np.errstate(over="ignore"):  # of the moments, which are put back
        model = half(model)
    for tensor, array in zip(model.graph.initializer[:2], kept, strict=True):
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    x = numbers(1, 2, 3, scale=20000)
    y = run(model, x.astype(np.float16), float16=True)
    scale = numbers(2, seed=9)[None, :, None]
    mean, variance = (array[None, :, None] for array in kept)
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance + 1e-5) * scale + scale, rtol=2e-3, atol=2e-2)


def test_a_product_that_is_one_step_stays_in_float16(maker: Any) -> None:
    """What rounds once anyhow costs no casts."""
    m = maker(opset=17)
    model = half(m.model(m("Relu", m("MatMul", m.input("x", shape=(2, 8)), weight(m, 8, 4)))))
    assert [operator.name for operator in import_model(model, float16=True).operators] == ["matmul", "relu"]


def run(model: ModelProto, x: np.ndarray, *, float16: bool) -> np.ndarray:
    [y] = load_backend("reference").compile(import_model(model, float16=float16)).run({"x": x}).values()
    return y
