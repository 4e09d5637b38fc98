"""Element types that WebNN lacks: every value becomes what ONNX's own evaluator makes of it, on every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto as T
from onnx import helper
from onnx.reference import ReferenceEvaluator

from webnpu.backend import backend_names, load_backend
from webnpu.onnx import import_model

BACKENDS = [name for name in backend_names() if name != "browser"]
"""What is tested is the graph that the importer makes; the corpus has its operators in a browser too."""

FLOATS = [
    (T.BFLOAT16, {}),
    (T.FLOAT4E2M1, {}),
    *((element, {"saturate": s}) for element in (T.FLOAT8E4M3FN, T.FLOAT8E4M3FNUZ, T.FLOAT8E5M2, T.FLOAT8E5M2FNUZ) for s in (0, 1)),
    *((T.FLOAT8E8M0, {"round_mode": mode, "saturate": s}) for mode in ("up", "down", "nearest") for s in (0, 1)),
]


def one_node(kind: str, inputs: dict[str, Any], element: int, opset: int = 25, **attributes: Any) -> Any:
    node = helper.make_node(kind, list(inputs), ["y"], **attributes)
    infos = [
        helper.make_tensor_value_info(name, int(helper.np_dtype_to_tensor_dtype(array.dtype)), array.shape)
        for name, array in inputs.items()
    ]
    graph = helper.make_graph([node], "g", infos, [helper.make_tensor_value_info("y", element, None)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=12)


@pytest.fixture(params=BACKENDS)
def run(request: pytest.FixtureRequest) -> Callable[..., np.ndarray]:
    backend = load_backend(request.param)
    availability = backend.available()
    if not availability.ok:
        pytest.skip(f"backend {request.param} cannot run here: {availability.reason}")

    def call(model: Any, inputs: dict[str, np.ndarray]) -> np.ndarray:
        graph = import_model(model)
        held = {name: array.astype(graph.inputs[name].data_type.numpy) for name, array in inputs.items()}
        return backend.compile(graph).run(held)["y"]

    return call


def awkward() -> np.ndarray:
    """Every float16, and the neighbours of every power of two; no subnormal numbers, which a GPU may take for zero."""
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    with np.errstate(invalid="ignore"):
        wide = halves.astype(np.float32)
    powers = np.ldexp(np.float32(1), np.arange(-125, 128)).astype(np.float32)
    beside = [np.nextafter(powers, np.float32(side)) for side in (0, np.inf)]
    numbers = np.random.default_rng(0).integers(0, 2**32, 10_000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    x = np.concatenate([wide, powers, -powers, *beside, numbers[np.isfinite(numbers)]])
    return x[(np.abs(x) >= 2.0**-126) | (x == 0) | np.isnan(x)]


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(("element", "attributes"), FLOATS)
def test_every_float_is_rounded_as_the_format_has_it(run: Any, element: int, attributes: dict[str, Any]) -> None:
    x = awkward()
    if element == T.FLOAT8E8M0:  # of others the result is not specified, and the evaluator's infinity not ONNX's
        x = x[np.isfinite(x) & (x > 0)]
    elif element == T.FLOAT4E2M1:
        x = x[~np.isnan(x)]
    model = one_node("Cast", {"x": x}, element, to=element, **attributes)
    want = ReferenceEvaluator(model).run(None, {"x": x})[0].astype(np.float32)
    got = run(model, {"x": x})
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(np.signbit(got)[~np.isnan(want)], np.signbit(want)[~np.isnan(want)])


@pytest.mark.parametrize("dtype", [np.int16, np.uint16])
@pytest.mark.parametrize("kind", ["Add", "Sub", "Mul", "Div", "Max", "Min", "BitwiseAnd", "BitwiseXor", "Equal", "Less"])
def test_integers_of_16_bits(run: Any, kind: str, dtype: Any) -> None:
    """What overflows wraps."""
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    rng = np.random.default_rng(1)
    edges = np.asarray([low, low + 1, low + 2, high - 1, high, 0, 1, 7], dtype)
    a = np.concatenate([np.repeat(edges, 8), rng.integers(low, high, 500).astype(dtype)])
    b = np.concatenate([np.tile(edges, 8), rng.integers(low, high, 500).astype(dtype)])
    if kind == "Div":
        b = np.where((b == 0) | ((a == low) & (b == dtype(-1) if dtype is np.int16 else False)), dtype(3), b)
    element = T.BOOL if kind in ("Equal", "Less") else int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
    model = one_node(kind, {"a": a, "b": b}, element)
    want = ReferenceEvaluator(model).run(None, {"a": a, "b": b})[0]
    np.testing.assert_array_equal(run(model, {"a": a, "b": b}), want.astype(np.int32))


@pytest.mark.parametrize("kind", ["Neg", "Abs", "BitwiseNot", "Sign"])
def test_one_integer_of_16_bits(run: Any, kind: str) -> None:
    x = np.arange(-(2**15), 2**15).astype(np.int16)
    model = one_node(kind, {"x": x}, T.INT16)
    np.testing.assert_array_equal(run(model, {"x": x}), ReferenceEvaluator(model).run(None, {"x": x})[0].astype(np.int32))


@pytest.mark.parametrize("element", [T.INT16, T.UINT16, T.INT4, T.UINT4, T.INT2, T.UINT2])
@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.int8, np.uint8])
def test_casts_discard_bits(run: Any, element: int, dtype: Any) -> None:
    x = np.arange(-128, 128).astype(dtype) if dtype is not np.float32 else np.arange(-100_000, 100_000, 7).astype(dtype) / 2
    model = one_node("Cast", {"x": x}, element, to=element)
    want = ReferenceEvaluator(model).run(None, {"x": x})[0].astype(np.int32)
    np.testing.assert_array_equal(run(model, {"x": x}).astype(np.int32), want)
