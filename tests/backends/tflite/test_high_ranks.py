"""Ranks 7 and 8, which XNNPACK does not take: every family of operators, with inputs and with constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from webnpu import ML, MLGraphBuilder
from webnpu.backend import load_backend

SHAPES = [(1, 3, 1, 2, 1, 2, 3), (2, 2, 2, 2, 2, 3, 3), (2, 1, 3, 1, 2, 1, 2, 3), (2, 2, 2, 2, 2, 2, 3, 3)]
Make = Callable[[Any, Any], Any]


def ones(*shape: int) -> np.ndarray:
    return np.linspace(-1, 2, int(np.prod(shape)), dtype=np.float32).reshape(shape)


def scales(b: Any, x: Any, axis: int | None = None) -> tuple[Any, Any]:
    shape = [x.shape[i] if i == axis else 1 for i in range(x.rank)]
    return b.constant(np.full(shape, 0.05, np.float32)), b.constant(np.zeros(shape, np.int8))


def quantised(b: Any, x: Any) -> Any:
    scale, zero = scales(b, x)
    return b.dequantize_linear(b.quantize_linear(x, scale, zero), scale, zero)


def whole_in_integers(function: Make) -> Make:
    return lambda b, x: quantised(b, function(b, quantised(b, x)))


def weights(b: Any, x: Any, *, data_type: str = "int8") -> Any:
    count = x.shape[-1]
    values = np.arange(count * 4).reshape(count, 4) % 7
    constant = b.constant({"dataType": data_type, "shape": [count, 4]}, values.astype(data_type))
    zero = b.constant({"dataType": data_type, "shape": [1, 4]}, np.zeros((1, 4), data_type))
    return b.dequantize_linear(constant, b.constant(np.full((1, 4), 0.13731, np.float32)), zero)


FORMS: dict[str, Make] = {
    "unary": lambda b, x: b.sin(b.tanh(x)),
    "binary with a constant": lambda b, x: b.relu(b.add(b.mul(x, b.constant(ones(x.shape[-1]))), b.constant(ones(*x.shape)))),
    "binary, broadcast in the middle": lambda b, x: b.sub(x, b.constant(ones(*(n if i % 2 else 1 for i, n in enumerate(x.shape))))),
    "comparison and choice": lambda b, x: b.where(b.greater(x, b.constant("float32", 0)), x, b.neg(x)),
    "integers": lambda b, x: b.max(b.cast(x, "int32"), b.constant(np.arange(x.shape[-1], dtype=np.int32))),
    "reduction": lambda b, x: b.reduce_log_sum_exp(x, axes=[0, 3, x.rank - 1]),
    "position": lambda b, x: b.arg_max(x, 2),
    "softmax": lambda b, x: b.softmax(x, 1),
    "running sum": lambda b, x: b.cumulative_sum(x, 3),
    "normalisation": lambda b, x: b.layer_normalization(x, axes=[x.rank - 2, x.rank - 1]),
    "concat and split": lambda b, x: b.split(b.concat([x, b.constant(ones(*x.shape))], 1), 2, axis=1)[1],
    "slice": lambda b, x: b.slice(x, [0] * x.rank, list(x.shape), strides=[2] * x.rank),
    "pad": lambda b, x: b.pad(x, [1] * x.rank, [0] * x.rank, value=2),
    "edge": lambda b, x: b.pad(x, [1] * x.rank, [1] * x.rank, mode="edge"),
    "transpose": lambda b, x: b.transpose(x),
    "reverse": lambda b, x: b.reverse(x),
    "tile": lambda b, x: b.tile(x, [2] * x.rank),
    "expand": lambda b, x: b.expand(b.reduce_sum(x, axes=[1, 4], keep_dimensions=True), list(x.shape)),
    "gather": lambda b, x: b.gather(x, b.constant(np.int32([1, -1, 0])), axis=x.rank - 1),
    "gather elements": lambda b, x: b.gather_elements(x, b.constant(np.zeros(x.shape, np.int32)), axis=2),
    "scatter": lambda b, x: b.scatter_nd(x, b.constant(np.int32([[0, 0]])), b.constant(ones(1, *x.shape[2:]))),
    "triangle": lambda b, x: b.triangular(x, upper=False),
    "product with a matrix": lambda b, x: b.matmul(x, b.constant(ones(x.shape[-1], 4))),
    "product with a matrix of that rank": lambda b, x: b.matmul(x, b.constant(ones(*[1] * (x.rank - 2), x.shape[-1], 4))),
    "product, bias and activation": lambda b, x: b.relu(b.add(b.matmul(x, b.constant(ones(x.shape[-1], 4))), b.constant(ones(4)))),
    "product with many matrices": lambda b, x: b.matmul(x, b.constant(ones(*x.shape[:-2], x.shape[-1], 2))),
    "product of a matrix": lambda b, x: b.matmul(b.constant(ones(2, x.shape[-2])), x),
    "product of two": lambda b, x: b.matmul(x, b.transpose(x, permutation=[*range(x.rank - 2), x.rank - 1, x.rank - 2])),
    "product with quantised weights": lambda b, x: b.matmul(x, weights(b, x)),
    "product with unsigned weights": lambda b, x: b.matmul(x, weights(b, x, data_type="uint8")),
    "product in integers": whole_in_integers(lambda b, x: b.matmul(x, weights(b, x))),
    "sum in integers": whole_in_integers(lambda b, x: b.add(x, x)),
    "transpose in integers": whole_in_integers(lambda b, x: b.transpose(x)),
    "slice in integers": whole_in_integers(lambda b, x: b.slice(x, [0] * x.rank, [1] * x.rank)),
    "concat in integers": whole_in_integers(lambda b, x: b.concat([x, x], 2)),
    "softmax in integers": whole_in_integers(lambda b, x: b.softmax(x, x.rank - 1)),
    "scales along an axis": lambda b, x: b.dequantize_linear(b.quantize_linear(x, *scales(b, x, 2)), *scales(b, x, 2)),
    "float16": lambda b, x: b.matmul(b.cast(x, "float16"), b.constant(ones(x.shape[-1], 4).astype(np.float16))),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", SHAPES)
def test_high_ranks(shape: tuple[int, ...], form: str) -> None:
    builder = MLGraphBuilder(ML().create_context(backend="reference"))
    graph = builder.build({"y": FORMS[form](builder, builder.input("x", {"dataType": "float32", "shape": list(shape)}))}).graph
    inputs = {"x": np.random.default_rng(0).normal(size=shape).astype(np.float32)}
    [want], [got] = (load_backend(name).compile(graph).run(inputs).values() for name in ("reference", "tflite"))
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got.astype(np.float64), want, rtol=2e-3 if got.dtype == np.float16 else 1e-5, atol=1e-4)
