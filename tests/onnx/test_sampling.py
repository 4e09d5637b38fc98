"""Sampling at computed places, beyond the sizes of ONNX's own tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from webnpu.backend import backend_names, load_backend
from webnpu.onnx import UnsupportedModel, import_model

BACKENDS = [name for name in backend_names() if name != "browser"]


def compute(model: Any, inputs: dict[str, np.ndarray], name: str) -> np.ndarray:
    backend = load_backend(name)
    if not backend.available().ok:
        pytest.skip(f"backend {name} cannot run here: {backend.available().reason}")
    graph = import_model(model)
    [result] = backend.compile(graph).run({key: inputs[key] for key in graph.inputs}).values()
    return result


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("aligned", [0, 1])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize(("rank", "mode"), [(2, "nearest"), (2, "linear"), (2, "cubic"), (3, "nearest"), (3, "linear")])
def test_grids(rank: int, mode: str, padding: str, aligned: int, name: str, maker: Any, runtime: Any) -> None:
    """Places inside the image and beyond it."""
    m = maker(opset=22)
    sizes, out = [11, 9, 7][:rank], [6, 10, 5][:rank]
    x, grid = m.input("x", shape=(2, 3, *sizes)), m.input("grid", shape=(2, *out, rank))
    model = m.model(m("GridSample", x, grid, mode=mode, padding_mode=padding, align_corners=aligned))
    rng = np.random.default_rng(3)
    inputs = {"x": rng.normal(size=(2, 3, *sizes)).astype(np.float32), "grid": rng.uniform(-1.3, 1.3, (2, *out, rank)).astype(np.float32)}
    [want] = runtime(model, inputs).values()
    np.testing.assert_allclose(compute(model, inputs, name), want, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize(("groups", "parts", "mask"), [(1, 1, True), (2, 2, False), (2, 4, True)])
def test_deformed_convolutions(groups: int, parts: int, mask: bool, name: str, maker: Any) -> None:
    m = maker(opset=22)
    rng = np.random.default_rng(5)
    shapes = {"x": (2, 4, 9, 10), "offset": (2, parts * 18, 5, 5), "mask": (2, parts * 9, 5, 5)}
    inputs = {key: rng.normal(size=shape).astype(np.float32) for key, shape in shapes.items() if mask or key != "mask"}
    names = [m.input(key, shape=shapes[key]) for key in inputs]
    filter, bias = m.weight(6, 4 // groups, 3, 3), m.weight(6)
    over = {"pads": [1, 1, 1, 1], "strides": [2, 2], "kernel_shape": [3, 3], "dilations": [1, 1], "group": groups, "offset_group": parts}
    model = m.model(m("DeformConv", names[0], filter, names[1], bias, *names[2:], **over))
    [want] = ReferenceEvaluator(model).run(None, inputs)
    np.testing.assert_allclose(compute(model, inputs, name), want, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("transform", ["half_pixel", "output_half_pixel"])
def test_regions(transform: str, name: str, maker: Any, runtime: Any) -> None:
    m = maker(opset=16)
    x, regions = m.input("x", shape=(2, 5, 14, 17)), m.input("regions", shape=(4, 4))
    images = m.constant(np.asarray([0, 1, 1, 0]))
    over = {"output_height": 3, "output_width": 4, "sampling_ratio": 2, "spatial_scale": 0.5}
    model = m.model(m("RoiAlign", x, regions, images, coordinate_transformation_mode=transform, **over))
    corners = np.float32([[0, 0, 20, 20], [4, 6, 9, 28], [-5, -3, 40, 30], [10.5, 3.25, 11, 3.5]])
    inputs = {"x": np.random.default_rng(0).normal(size=(2, 5, 14, 17)).astype(np.float32), "regions": corners}
    [want] = runtime(model, inputs).values()
    np.testing.assert_allclose(compute(model, inputs, name), want, rtol=1e-4, atol=1e-5)


def test_what_does_not_fit_is_refused(maker: Any) -> None:
    m = maker(opset=22)
    x, grid = m.input("x", shape=(1, 1, 4, 4)), m.input("grid", shape=(1, 2, 2, 3))
    with pytest.raises(UnsupportedModel, match=r"a grid float32\[1, 2, 2, 3\] does not fit images"):
        import_model(m.model(m("GridSample", x, grid)))
    m = maker(opset=16)
    x, regions = m.input("x", shape=(1, 1, 4, 4)), m.input("regions", shape=(1, 4))
    with pytest.raises(UnsupportedModel, match="its sampling_ratio is 0"):
        import_model(m.model(m("RoiAlign", x, regions, m.ints(0))))
