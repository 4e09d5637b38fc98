"""Resize of every type that ONNX Runtime resizes, over any dimensions, in every mode: the two agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from webnpu.backend import load_backend
from webnpu.onnx import import_model

TYPES = {np.float32: TensorProto.FLOAT, np.int32: TensorProto.INT32, np.uint8: TensorProto.UINT8, np.int8: TensorProto.INT8}
SHAPES = [
    ((1, 2, 13, 17), (1, 1, 2, 3)),
    ((2, 3, 9), (1, 1, 2.5)),
    ((1, 2, 5, 6, 7), (1, 1, 2, 1.5, 0.75)),
    ((1, 2, 12, 8), (1, 1, 0.25, 0.5)),
]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("transform", ["half_pixel", "pytorch_half_pixel", "asymmetric", "half_pixel_symmetric"])
@pytest.mark.parametrize(
    ("mode", "attributes"),
    [
        ("nearest", {}),
        ("nearest", {"nearest_mode": "ceil"}),
        ("nearest", {"nearest_mode": "floor"}),
        ("nearest", {"nearest_mode": "round_prefer_ceil"}),
        ("linear", {}),
        ("linear", {"antialias": 1}),
        ("cubic", {}),
        ("cubic", {"cubic_coeff_a": -0.5, "exclude_outside": 1}),
    ],
)
def test_resize(mode: str, attributes: dict[str, Any], transform: str, dtype: Any, maker: Any, runtime: Any) -> None:
    judged = 0
    for shape, scales in SHAPES:
        low = 0 if dtype is np.uint8 else -100
        x = (np.random.default_rng(0).normal(size=shape) * 60).clip(low, 100).astype(dtype)
        m = maker(opset=19)
        name = m.input("x", TYPES[dtype], shape)
        y = m("Resize", name, "", m.constant(np.float32(scales)), mode=mode, coordinate_transformation_mode=transform, **attributes)
        model = m.model({y: TYPES[dtype]})
        got = load_backend("reference").compile(import_model(model)).run({"x": x})[y]
        if dtype is np.int8 and attributes.get("antialias"):
            continue  # ONNX Runtime clamps as if the numbers had no sign
        try:
            [want] = runtime(model, {"x": x}).values()
        except Exception as error:
            assert mode != "nearest", error  # noqa: PT017
            continue
        judged += 1
        assert got.shape == want.shape
        assert got.dtype == want.dtype
        if dtype is np.float32:
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-3)
        else:  # a sum just above or below an integer is cut off to either side of it
            assert np.abs(got.astype(np.int64) - want.astype(np.int64)).max() <= (0 if mode == "nearest" else 1)
    assert judged or mode == "cubic" or attributes.get("antialias")
