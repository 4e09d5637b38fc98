"""The judge is judged: the reference against ONNX's reference evaluator, at random shapes and options.

ONNX's evaluator is NumPy too, but written by others from another specification. It is given float64, so that its own
rounding does not matter. Where it lacks a case, ONNX Runtime stands in for it, in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx, a test-only dependency, is not installed")
from onnx import TensorProto, helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

OPSET = 21
TRIALS = range(12)
ONE_ULP = 2.0**-23

Compute = Callable[..., Any]
Random = np.random.Generator


def evaluate(kind: str, *inputs: np.ndarray | None, outputs: int = 1, opset: int = OPSET, **attributes: Any) -> Any:
    """One ONNX operator, its floats in float64."""
    node = helper.make_node(
        kind, ["" if x is None else f"x{i}" for i, x in enumerate(inputs)], [f"y{i}" for i in range(outputs)], **attributes
    )
    wide = {f"x{i}": x.astype(np.float64) if x.dtype == np.float32 else x for i, x in enumerate(inputs) if x is not None}
    results = ReferenceEvaluator(node, opsets={"": opset}).run(None, wide)
    return results[0] if outputs == 1 else results


def run(kind: str, *inputs: np.ndarray | None, outputs: int = 1, **attributes: Any) -> Any:
    """One ONNX operator by ONNX Runtime, in float32."""
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime, a test-only dependency, is not installed")
    given = [("" if x is None else f"x{i}", x) for i, x in enumerate(inputs)]
    node = helper.make_node(kind, [name for name, _ in given], [f"y{i}" for i in range(outputs)], **attributes)
    infos = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for name, x in given if x is not None]
    results = [helper.make_tensor_value_info(f"y{i}", TensorProto.FLOAT, None) for i in range(outputs)]
    model = helper.make_model(
        helper.make_graph([node], "one", infos, results), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10
    )
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    values = session.run(None, {name: x for name, x in given if x is not None})
    return values[0] if outputs == 1 else values


def agrees(got: Any, expected: Any, tolerance: float = ONE_ULP) -> None:
    """Within a tolerance relative to each element and to the greatest; exactly for what is no float."""
    expected = np.asarray(expected)
    assert got.shape == expected.shape
    if got.dtype.kind == "f":
        # A sum that cancels keeps its digits in float64 only.
        cancelled = 1.0 if expected.dtype == np.float32 else 1e-2
        scale = float(np.nanmax(np.abs(expected), initial=0.0))
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * scale * cancelled)
    else:
        np.testing.assert_array_equal(got, expected.astype(got.dtype))


def normal(rng: Random, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def shape(rng: Random, low: int = 1, high: int = 4) -> tuple[int, ...]:
    return tuple(map(int, rng.integers(1, 5, rng.integers(low, high + 1))))


def some(rng: Random, value: Any) -> Any:
    return value if rng.random() < 0.6 else None


def without_none(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def ints(values: Iterable[Any]) -> list[int]:
    return [int(value) for value in values]


@pytest.fixture(params=TRIALS)
def rng(request: pytest.FixtureRequest) -> Random:
    return np.random.default_rng(request.param)


@pytest.mark.parametrize(("method", "kind"), {
    "abs": "Abs", "ceil": "Ceil", "cos": "Cos", "erf": "Erf", "exp": "Exp", "floor": "Floor", "neg": "Neg", "round_even": "Round",
    "sign": "Sign", "sin": "Sin", "tan": "Tan", "tanh": "Tanh", "sigmoid": "Sigmoid", "softplus": "Softplus", "softsign": "Softsign",
    "hard_swish": "HardSwish", "relu": "Relu", "is_nan": "IsNaN", "is_infinite": "IsInf", "reciprocal": "Reciprocal",
}.items())  # fmt: skip
def test_unary(compute: Compute, method: str, kind: str) -> None:
    x = (normal(np.random.default_rng(0), 200) * 3).astype(np.float32)
    agrees(compute(method, x), evaluate(kind, x), 4 * ONE_ULP)


@pytest.mark.parametrize(("method", "kind"), {
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "max": "Max", "min": "Min", "equal": "Equal", "greater": "Greater",
    "greater_or_equal": "GreaterOrEqual", "lesser": "Less", "lesser_or_equal": "LessOrEqual", "prelu": "PRelu",
}.items())  # fmt: skip
def test_binary_with_broadcasting(compute: Compute, rng: Random, method: str, kind: str) -> None:
    full = shape(rng)
    x = np.round(normal(rng, *full) * 2) / 2
    y = np.round(normal(rng, *(size if rng.random() < 0.7 else 1 for size in full[rng.integers(0, len(full)) :])) * 2) / 2 + 0.25
    agrees(compute(method, x, y.astype(np.float32)), evaluate(kind, x, y.astype(np.float32)))


@pytest.mark.parametrize(("method", "kind"), {"elu": "Elu", "leaky_relu": "LeakyRelu", "hard_sigmoid": "HardSigmoid"}.items())
def test_activation_with_alpha(compute: Compute, rng: Random, method: str, kind: str) -> None:
    x, alpha = normal(rng, 50), float(np.float32(rng.uniform(0.1, 2)))
    agrees(compute(method, x, alpha=alpha), evaluate(kind, x, alpha=alpha))


def test_where_and_clamp(compute: Compute, rng: Random) -> None:
    condition, x, y = rng.integers(0, 2, (3, 1)).astype(np.uint8), normal(rng, 4), normal(rng, 2, 3, 4)
    agrees(compute("where", condition, x, y), evaluate("Where", condition.astype(bool), x, y))
    low, high = sorted(normal(rng, 2))
    agrees(compute("clamp", y, min_value=float(low), max_value=float(high)), evaluate("Clip", y, low, high))


def test_conv2d(compute: Compute, rng: Random) -> None:
    groups, channels, filters = ints(rng.integers(1, 4, 3))
    window, strides, dilations, padding = (
        ints(rng.integers(low, high, n)) for low, high, n in ((1, 4, 2), (1, 3, 2), (1, 3, 2), (0, 3, 4))
    )
    x = normal(rng, 2, groups * channels, *rng.integers(7, 11, 2))
    weights, bias = normal(rng, groups * filters, channels, *window), some(rng, normal(rng, groups * filters))
    top, bottom, left, right = padding
    got = compute("conv2d", x, weights, **without_none(bias=bias, groups=groups, strides=strides, dilations=dilations, padding=padding))
    pads = [top, left, bottom, right]
    agrees(got, evaluate("Conv", x, weights, bias, group=groups, strides=strides, dilations=dilations, pads=pads), 2 * ONE_ULP)


@pytest.mark.parametrize("layout", ["oihw", "hwio", "ohwi", "ihwo"])
def test_conv2d_layouts(compute: Compute, layout: str) -> None:
    rng = np.random.default_rng(5)
    x, weights = normal(rng, 2, 3, 6, 7), normal(rng, 4, 3, 2, 3)
    turned = weights.transpose(["oihw".index(axis) for axis in layout])
    got = compute("conv2d", x.transpose(0, 2, 3, 1), turned, input_layout="nhwc", filter_layout=layout)
    agrees(got.transpose(0, 3, 1, 2), evaluate("Conv", x, weights), 2 * ONE_ULP)


@pytest.mark.parametrize("layout", ["iohw", "hwoi", "ohwi"])
def test_conv_transpose2d(compute: Compute, rng: Random, layout: str) -> None:
    groups, channels, filters = ints(rng.integers(1, 3, 3))
    window, strides, dilations, padding = (
        ints(rng.integers(low, high, n)) for low, high, n in ((2, 4, 2), (1, 4, 2), (1, 3, 2), (0, 2, 4))
    )
    output_padding = [int(rng.integers(0, stride)) for stride in strides]
    x, weights = normal(rng, 2, groups * channels, *rng.integers(3, 6, 2)), normal(rng, groups * channels, filters, *window)
    bias = some(rng, normal(rng, groups * filters))
    turned = weights.transpose(["iohw".index(axis) for axis in layout])
    options = without_none(bias=bias, groups=groups, strides=strides, dilations=dilations, padding=padding, output_padding=output_padding)
    top, bottom, left, right = padding
    attributes = {"group": groups, "strides": strides, "dilations": dilations, "pads": [top, left, bottom, right]}
    expected = run("ConvTranspose", x, weights, bias, output_padding=output_padding, **attributes)
    agrees(compute("conv_transpose2d", x, turned, filter_layout=layout, **options), expected, 32 * ONE_ULP)


@pytest.mark.parametrize(("method", "kind"), {"average_pool2d": "AveragePool", "max_pool2d": "MaxPool"}.items())
def test_pooling(compute: Compute, rng: Random, method: str, kind: str) -> None:
    window, strides, dilations = (ints(rng.integers(1, 4, 2)) for _ in range(3))
    padding = [int(rng.integers(0, size)) for size in (window[0], window[0], window[1], window[1])]
    x = normal(rng, 2, 3, *rng.integers(8, 12, 2))
    top, bottom, left, right = padding
    got = compute(method, x, window_dimensions=window, strides=strides, dilations=dilations, padding=padding)
    agrees(got, evaluate(kind, x, kernel_shape=window, strides=strides, dilations=dilations, pads=[top, left, bottom, right]))


@pytest.mark.parametrize(("method", "kind"), {"average_pool2d": "AveragePool", "max_pool2d": "MaxPool"}.items())
def test_pooling_rounded_up(compute: Compute, rng: Random, method: str, kind: str) -> None:
    window = ints(rng.integers(2, 4, 2))
    x = normal(rng, 1, 2, *rng.integers(6, 12, 2))
    got = compute(method, x, window_dimensions=window, strides=[2, 2], output_shape_rounding="ceil")
    agrees(got, evaluate(kind, x, kernel_shape=window, strides=[2, 2], ceil_mode=1))


def test_l2_pool2d(compute: Compute, rng: Random) -> None:
    window = ints(rng.integers(1, 4, 2))
    x = normal(rng, 2, 3, 8, 9)
    squares = evaluate("AveragePool", (x.astype(np.float64) ** 2), kernel_shape=window) * np.prod(window)
    agrees(compute("l2_pool2d", x, window_dimensions=window), np.sqrt(squares))


def test_gemm(compute: Compute, rng: Random) -> None:
    m, k, n = ints(rng.integers(1, 6, 3))
    a_transpose, b_transpose = (bool(flag) for flag in rng.integers(0, 2, 2))
    alpha, beta = (float(np.float32(value)) for value in rng.uniform(-2, 2, 2))
    a, b = normal(rng, *((k, m) if a_transpose else (m, k))), normal(rng, *((n, k) if b_transpose else (k, n)))
    c = some(rng, normal(rng, *[(m, n), (n,), (m, 1), ()][rng.integers(0, 4)]))
    got = compute("gemm", a, b, **without_none(c=c), alpha=alpha, beta=beta, a_transpose=a_transpose, b_transpose=b_transpose)
    agrees(got, evaluate("Gemm", a, b, c, alpha=alpha, beta=beta, transA=int(a_transpose), transB=int(b_transpose)), 2 * ONE_ULP)


def test_matmul(compute: Compute, rng: Random) -> None:
    batch, (m, k, n) = shape(rng, 0, 3), ints(rng.integers(1, 6, 3))
    a, b = normal(rng, *batch, m, k), normal(rng, *(size if rng.random() < 0.6 else 1 for size in batch), k, n)
    agrees(compute("matmul", a, b), evaluate("MatMul", a, b), 2 * ONE_ULP)


def test_triangular(compute: Compute, rng: Random) -> None:
    x, upper, diagonal = normal(rng, *shape(rng, 2)), bool(rng.integers(0, 2)), int(rng.integers(-4, 5))
    agrees(compute("triangular", x, upper=upper, diagonal=diagonal), evaluate("Trilu", x, np.array(diagonal), upper=int(upper)))


DIRECTIONS = {"forward": "forward", "backward": "reverse", "both": "bidirectional"}


def recurrent(rng: Random, gates: int, directions: int) -> tuple[np.ndarray, ...]:
    steps, batch, features, hidden = ints(rng.integers(1, 5, 4))
    parts = (
        (steps, batch, features),
        (directions, gates * hidden, features),
        (directions, gates * hidden, hidden),
        (directions, gates * hidden),
    )
    return tuple(normal(rng, *part) for part in (*parts, parts[3], (directions, batch, hidden), (directions, batch, hidden)))


def reordered(layout: str, wanted: str, *operands: np.ndarray) -> list[np.ndarray]:
    """The same gates in another order."""
    return [np.concatenate([np.split(x, len(layout), 1)[layout.index(gate)] for gate in wanted], axis=1) for x in operands]


@pytest.mark.parametrize("layout", ["zrn", "rzn"])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("reset_after", [True, False])
def test_gru(compute: Compute, layout: str, direction: str, reset_after: bool) -> None:
    rng = np.random.default_rng(11)
    x, w, r, bias, recurrent_bias, h, _ = recurrent(rng, 3, 1 + (direction == "both"))
    options = {"direction": direction, "reset_after": reset_after, "return_sequence": True, "layout": layout, "initial_hidden_state": h}
    own = reordered("zrn", layout, w, r, bias, recurrent_bias)
    last, sequence = compute("gru", x, own[0], own[1], x.shape[0], h.shape[2], bias=own[2], recurrent_bias=own[3], **options)
    attributes = {"hidden_size": h.shape[2], "direction": DIRECTIONS[direction], "linear_before_reset": int(reset_after)}
    expected = run("GRU", x, w, r, np.concatenate([bias, recurrent_bias], 1), None, h, outputs=2, **attributes)
    agrees(last, expected[1], 64 * ONE_ULP)
    agrees(sequence, expected[0], 64 * ONE_ULP)


@pytest.mark.parametrize("layout", ["iofg", "ifgo"])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("peephole", [True, False])
def test_lstm(compute: Compute, layout: str, direction: str, peephole: bool) -> None:
    rng = np.random.default_rng(12)
    x, w, r, bias, recurrent_bias, h, c = recurrent(rng, 4, 1 + (direction == "both"))
    p = normal(rng, h.shape[0], 3 * h.shape[2]) if peephole else None
    if p is not None:  # ONNX's output gate looks at the new cell state, WebNN's at the old one
        p[:, h.shape[2] : 2 * h.shape[2]] = 0
    own = reordered("iofg", layout, w, r, bias, recurrent_bias)
    options = {"direction": direction, "return_sequence": True, "layout": layout, "initial_hidden_state": h, "initial_cell_state": c}
    states = without_none(bias=own[2], recurrent_bias=own[3], peephole_weight=p)
    last, cell, sequence = compute("lstm", x, own[0], own[1], x.shape[0], h.shape[2], **states, **options)
    attributes = {"hidden_size": h.shape[2], "direction": DIRECTIONS[direction]}
    expected = run("LSTM", x, w, r, np.concatenate([bias, recurrent_bias], 1), None, h, c, p, outputs=3, **attributes)
    for mine, theirs in ((sequence, expected[0]), (last, expected[1]), (cell, expected[2])):
        agrees(mine, theirs, 64 * ONE_ULP)


def test_normalizations(compute: Compute, rng: Random) -> None:
    x = normal(rng, 2, 3, *rng.integers(2, 5, 2))
    scale, bias, mean, variance = *(normal(rng, 3) for _ in range(3)), np.abs(normal(rng, 3)) + np.float32(0.1)
    epsilon = float(np.float32(rng.choice([1e-5, 1e-2])))
    got = compute("batch_normalization", x, mean, variance, scale=scale, bias=bias, epsilon=epsilon)
    agrees(got, evaluate("BatchNormalization", x, scale, bias, mean, variance, epsilon=epsilon), 4 * ONE_ULP)
    got = compute("instance_normalization", x, scale=scale, bias=bias, epsilon=epsilon)
    agrees(got, evaluate("InstanceNormalization", x, scale, bias, epsilon=epsilon), 4 * ONE_ULP)
    axis = int(rng.integers(0, 4))
    scale, bias = normal(rng, *x.shape[axis:]), normal(rng, *x.shape[axis:])
    got = compute("layer_normalization", x, scale=scale, bias=bias, axes=list(range(axis, 4)), epsilon=epsilon)
    agrees(got, evaluate("LayerNormalization", x, scale, bias, axis=axis, epsilon=epsilon), 64 * ONE_ULP)


def test_softmax(compute: Compute, rng: Random) -> None:
    x = normal(rng, *shape(rng)) * np.float32(10)
    axis = int(rng.integers(0, x.ndim))
    agrees(compute("softmax", x, axis), evaluate("Softmax", x, axis=axis), 2 * ONE_ULP)


@pytest.mark.parametrize(("method", "kind"), {
    "reduce_l1": "ReduceL1", "reduce_l2": "ReduceL2", "reduce_log_sum": "ReduceLogSum", "reduce_log_sum_exp": "ReduceLogSumExp",
    "reduce_max": "ReduceMax", "reduce_mean": "ReduceMean", "reduce_min": "ReduceMin", "reduce_product": "ReduceProd",
    "reduce_sum": "ReduceSum", "reduce_sum_square": "ReduceSumSquare",
}.items())  # fmt: skip
def test_reductions(compute: Compute, rng: Random, method: str, kind: str) -> None:
    x = np.abs(normal(rng, *shape(rng))) + np.float32(0.1)
    axes = ints(rng.choice(x.ndim, rng.integers(1, x.ndim + 1), replace=False))
    keep = bool(rng.integers(0, 2))
    agrees(compute(method, x, axes=axes, keep_dimensions=keep), evaluate(kind, x, np.array(axes), keepdims=int(keep)), 4 * ONE_ULP)


@pytest.mark.parametrize(("method", "kind"), {"arg_min": "ArgMin", "arg_max": "ArgMax"}.items())
def test_arg_min_max_with_ties(compute: Compute, rng: Random, method: str, kind: str) -> None:
    x = np.round(normal(rng, *shape(rng)))
    axis, keep = int(rng.integers(0, x.ndim)), bool(rng.integers(0, 2))
    agrees(compute(method, x, axis, keep_dimensions=keep), evaluate(kind, x, axis=axis, keepdims=int(keep)))


def test_cumulative_sum(compute: Compute, rng: Random) -> None:
    x = normal(rng, *shape(rng))
    axis, exclusive, backward = int(rng.integers(0, x.ndim)), bool(rng.integers(0, 2)), bool(rng.integers(0, 2))
    expected = evaluate("CumSum", x, np.array(axis), exclusive=int(exclusive), reverse=int(backward))
    agrees(compute("cumulative_sum", x, axis, exclusive=exclusive, reversed=backward), expected, 4 * ONE_ULP)


def test_pad(compute: Compute, rng: Random) -> None:
    x = normal(rng, *(size + 2 for size in shape(rng)))
    before, after = ints(rng.integers(0, 3, x.ndim)), ints(rng.integers(0, 3, x.ndim))
    for mine, theirs in (("constant", "constant"), ("edge", "edge"), ("reflection", "reflect")):
        got = compute("pad", x, before, after, mode=mine, value=1.5)
        value = np.float32(1.5) if mine == "constant" else None
        agrees(got, evaluate("Pad", x, np.array([*before, *after]), value, mode=theirs))


def test_movement(compute: Compute, rng: Random) -> None:
    x = normal(rng, *shape(rng))
    order = ints(rng.permutation(x.ndim))
    agrees(compute("transpose", x, permutation=order), evaluate("Transpose", x, perm=order))
    times = rng.integers(1, 4, x.ndim)
    agrees(compute("tile", x, ints(times)), evaluate("Tile", x, times))
    target = np.array([2, *(size if size > 1 else rng.integers(1, 4) for size in x.shape)])
    agrees(compute("expand", x, ints(target)), evaluate("Expand", x, target))
    axis = int(rng.integers(0, x.ndim))
    agrees(compute("concat", [x, x, x], axis), evaluate("Concat", x, x, x, axis=axis))
    tripled = np.concatenate([x, x, x], axis)
    for mine, theirs in zip(
        compute("split", tripled, 3, axis=axis), evaluate("Split", tripled, None, outputs=3, axis=axis, num_outputs=3), strict=True
    ):
        agrees(mine, theirs)


def test_slice_and_reverse(compute: Compute, rng: Random) -> None:
    x = normal(rng, *(size + 2 for size in shape(rng)))
    starts = rng.integers(0, 2, x.ndim)
    sizes, strides = (
        np.array([rng.integers(1, have - start + 1) for have, start in zip(x.shape, starts, strict=True)]),
        rng.integers(1, 4, x.ndim),
    )
    got = compute("slice", x, ints(starts), ints(sizes), strides=ints(strides))
    agrees(got, evaluate("Slice", x, starts, starts + sizes, np.arange(x.ndim), strides))
    axis = int(rng.integers(0, x.ndim))
    backwards = np.array([-1]), np.array([-x.shape[axis] - 1]), np.array([axis]), np.array([-1])
    agrees(compute("reverse", x, axes=[axis]), evaluate("Slice", x, *backwards))


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_gathering(compute: Compute, rng: Random, dtype: Any) -> None:
    x = normal(rng, *shape(rng, 2))
    axis = int(rng.integers(0, x.ndim))
    indices = rng.integers(-x.shape[axis], x.shape[axis], shape(rng, 1, 3)).astype(dtype)
    agrees(compute("gather", x, indices, axis=axis), evaluate("Gather", x, indices, axis=axis))
    alike = rng.integers(-x.shape[axis], x.shape[axis], (*x.shape[:axis], 3, *x.shape[axis + 1 :])).astype(dtype)
    agrees(compute("gather_elements", x, alike, axis=axis), evaluate("GatherElements", x, alike, axis=axis))
    depth = int(rng.integers(1, x.ndim + 1))
    places = np.stack([rng.integers(-x.shape[i], x.shape[i], (2, 3)) for i in range(depth)], axis=-1).astype(dtype)
    agrees(compute("gather_nd", x, places), evaluate("GatherND", x, places.astype(np.int64)))


def test_scattering(compute: Compute, rng: Random) -> None:
    x = normal(rng, *(size + 1 for size in shape(rng, 2)))
    axis = int(rng.integers(0, x.ndim))
    count = int(rng.integers(1, x.shape[axis] + 1))  # of different places: what of several updates stays is our own rule
    once = rng.permuted(
        np.broadcast_to(np.moveaxis(np.arange(x.shape[axis])[(...,) + (None,) * (x.ndim - 1)], 0, axis), x.shape), axis=axis
    )
    indices = np.take(once, range(count), axis).astype(np.int32)
    updates = normal(rng, *indices.shape)
    agrees(compute("scatter_elements", x, indices, updates, axis=axis), evaluate("ScatterElements", x, indices, updates, axis=axis))
    rows = rng.permutation(x.shape[0])[:2].reshape(-1, 1).astype(np.int64)
    slices = normal(rng, len(rows), *x.shape[1:])
    agrees(compute("scatter_nd", x, rows, slices), evaluate("ScatterND", x, rows, slices))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_quantization(compute: Compute, rng: Random, dtype: Any) -> None:
    x = normal(rng, 4, 6) * np.float32(20)
    scale = np.abs(normal(rng, 1, 6)) + np.float32(0.05)
    zero_point = rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (1, 6)).astype(dtype)
    quantized = compute("quantize_linear", x, scale, zero_point)
    agrees(quantized, evaluate("QuantizeLinear", x, scale[0], zero_point[0], axis=1))
    agrees(
        compute("dequantize_linear", quantized, scale, zero_point), evaluate("DequantizeLinear", quantized, scale[0], zero_point[0], axis=1)
    )


def test_blockwise_quantization(compute: Compute, rng: Random) -> None:
    x = normal(rng, 4, 6) * np.float32(20)
    scale = np.abs(normal(rng, 2, 6)) + np.float32(0.05)
    zero_point = rng.integers(0, 256, (2, 6)).astype(np.uint8)
    quantized = compute("quantize_linear", x, scale, zero_point)
    agrees(quantized, evaluate("QuantizeLinear", x, scale, zero_point, axis=0, block_size=2))
    agrees(
        compute("dequantize_linear", quantized, scale, zero_point),
        evaluate("DequantizeLinear", quantized, scale, zero_point, axis=0, block_size=2),
    )


@pytest.mark.parametrize(("mode", "theirs"), [("nearest-neighbor", "nearest"), ("linear", "linear")])
def test_resample2d(compute: Compute, rng: Random, mode: str, theirs: str) -> None:
    x = normal(rng, 1, 2, *rng.integers(2, 6, 2))
    sizes = ints(rng.integers(1, 12, 2))
    target = np.array([1, 2, *sizes])
    attributes = {"mode": theirs, "coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_floor"}
    expected = run("Resize", x, None, None, target, **attributes)
    agrees(compute("resample2d", x, mode=mode, sizes=sizes), expected, 16 * ONE_ULP)


@pytest.mark.parametrize("to", [TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT32, TensorProto.INT64, TensorProto.UINT8])
def test_cast(compute: Compute, to: int) -> None:
    x = np.abs(normal(np.random.default_rng(2), 40) * np.float32(60))
    dtype = helper.tensor_dtype_to_np_dtype(to)
    got = compute("cast", x, dtype.name)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, evaluate("Cast", x, to=to))
