"""Quantisation in blocks, the last of which may be shorter, and in the precision that a node names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from webnpu.backend import load_backend
from webnpu.onnx import import_model


@pytest.mark.parametrize("element", [TensorProto.INT16, TensorProto.UINT16, TensorProto.INT8, TensorProto.UINT4])
@pytest.mark.parametrize("backend", ["reference", "tflite", "coreml"])
@pytest.mark.parametrize("length", [8, 10])
def test_there_and_back_in_blocks(length: int, backend: str, element: int, maker: Any) -> None:
    """Blocks of 4 along the second axis: of ten elements the last block has two."""
    m, random = maker(opset=21), np.random.default_rng(0)
    blocks = -(-length // 4)
    scale = random.uniform(0.05, 0.2, (3, blocks)).astype(np.float32)
    dtype = helper.tensor_dtype_to_np_dtype(element)
    points = random.integers(1, 6, (3, blocks)).astype(dtype)
    given = m.constant(scale), m.constant(points)
    steps = m("QuantizeLinear", m.input("x", shape=(3, length)), *given, axis=1, block_size=4)
    y = m("DequantizeLinear", steps, *given, axis=1, block_size=4)
    x = random.standard_normal((3, length)).astype(np.float32)
    [got] = load_backend(backend).compile(import_model(m.model(y))).run({"x": x}).values()
    scales, offsets = (np.repeat(a, 4, 1)[:, :length].astype(np.float32) for a in (scale, points.astype(np.int32)))
    low, high = {TensorProto.INT16: (-(2**15), 2**15 - 1), TensorProto.UINT16: (0, 2**16 - 1), TensorProto.INT8: (-128, 127)}.get(
        element, (0, 15)
    )
    want = (np.clip(np.rint(x / scales) + offsets, low, high) - offsets) * scales
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


def test_scales_that_are_too_few_are_named(maker: Any) -> None:
    m = maker(opset=21)
    y = m("DequantizeLinear", m.constant(np.zeros((3, 10), np.int8)), m.constant(np.ones((3, 2), np.float32)), axis=1, block_size=4)
    with pytest.raises(Exception, match=r"blocks of 4 along axis 1 of \[3, 10\] have scales of shape \[3, 3\]; got \[3, 2\]"):
        import_model(m.model(m("Add", y, m.input("x", shape=(3, 10)))))


def test_float16_divided_in_the_precision_that_is_named(maker: Any) -> None:
    """0.1 in float16 is 0.09998: 0.35 by it is 3.5 in float16, a little more in float32."""
    m = maker(opset=25)
    scale = m.constant(np.float16(0.1))
    x = np.array([0.35, 0.25], np.float16)
    y = m("QuantizeLinear", m.input("x", TensorProto.FLOAT16, (2,)), scale, precision=TensorProto.FLOAT, output_dtype=TensorProto.INT8)
    graph = import_model(m.model({y: TensorProto.INT8}), float16=True)
    [got] = load_backend("reference").compile(graph).run({"x": x}).values()
    np.testing.assert_array_equal(got, np.rint(x.astype(np.float32) / np.float32(np.float16(0.1))).astype(np.int8))
