"""What devices without fast workgroup memory get: functions without branches, and kernels whose invocations share nothing."""

from __future__ import annotations

import numpy as np
import pytest

from webnpu.conformance.comparison import ulp_distance

from .parts import BACKEND, builder, descriptor, expected, limits, needs_adapter, run_with

pytestmark = needs_adapter


def _numbers() -> np.ndarray:
    """Numbers of every magnitude, subnormal ones, zeros, infinities, NaN, and many where functions bend."""
    random = np.random.default_rng(12)
    bits = random.integers(0, 2**32, 6000, np.uint32)
    edges = np.uint32(
        [0, 1, 2, 0x7FFFFF, 0x800000, 0x1F800000, 0x20000000, 0x3F000000, 0x42B20000, 0x42D20000, 0x4B000000, 0x7F7FFFFF, 0x7F800000]
    )
    edges = np.concatenate([edges, edges | np.uint32(0x80000000), np.uint32([0x7FC00000, 0xFFC00000])])
    bits |= np.where(np.isnan(bits.view(np.float32)), np.uint32(0x400000), np.uint32(0))  # NumPy warns of NaN that signal
    tiny = random.integers(0, 2**24, 1000, np.uint32) | (random.integers(0, 2, 1000, np.uint32) << np.uint32(31))
    usual = random.uniform(-110, 110, 6000).astype(np.float32)
    near = random.uniform(-15, 15, 6000).astype(np.float32)
    return np.concatenate([bits.view(np.float32), edges.view(np.float32), tiny.view(np.float32), usual, near])


@pytest.mark.parametrize("method", ["exp", "round_even", "gelu"])
def test_functions_without_branches_are_as_good(method: str) -> None:
    x = _numbers()
    b = builder()
    graph = b.finish({"y": getattr(b, method)(b.input("x", descriptor("float32", *x.shape)))})
    straight, branching = (run_with(graph, {"x": x}, workgroup_memory=memory)["y"] for memory in (False, True))
    if method == "gelu":
        assert ulp_distance(straight, expected(graph, {"x": x})["y"]).max() <= 4
    else:
        assert (straight.view(np.uint32) == branching.view(np.uint32))[~np.isnan(x)].all()
        assert np.isnan(straight[np.isnan(x)]).all()


def test_sums_without_branches_have_the_same_bits() -> None:
    x = _numbers()
    y = np.concatenate([np.roll(x[:-2000], 5), x[-2000:] * np.float32(-1.0000001)])
    b = builder()
    graph = b.finish({"z": b.add(b.input("x", descriptor("float32", *x.shape)), b.input("y", descriptor("float32", *x.shape)))})
    straight, branching = (run_with(graph, {"x": x, "y": y}, workgroup_memory=memory)["z"] for memory in (False, True))
    number = ~np.isnan(branching)
    assert (number == ~np.isnan(straight)).all()
    assert (straight.view(np.uint32) == branching.view(np.uint32))[number].all()
    tiny = np.float32([1e-45, -1e-45, 1.1754944e-38, 3e-39, -0.0, 5e-20])
    left, right = (side.ravel() for side in np.meshgrid(tiny, tiny))
    b = builder()
    graph = b.finish({"z": b.add(b.input("left", descriptor("float32", 36)), b.input("right", descriptor("float32", 36)))})
    assert (run_with(graph, {"left": left, "right": right}, workgroup_memory=False)["z"] == left + right).all()


@pytest.mark.parametrize("data_type", ["float32", "float16"])
@pytest.mark.parametrize(("shape", "axis"), [((40, 301), 1), ((5, 33, 4), 1), ((3, 50), 1)])
def test_rows(shape: tuple[int, ...], axis: int, data_type: str) -> None:
    random = np.random.default_rng(13)
    x = random.uniform(-30, 30, shape).astype(data_type)
    if data_type == "float32":
        x[0] *= 4  # the least exponentials are subnormal, or nothing
    x[1, 2] = np.nan
    b = builder()
    operand = b.input("x", descriptor(data_type, *shape))
    sizes = [b.constant(random.uniform(-1, 1, shape[axis]).astype(data_type)) for _ in range(2)]
    graph = b.finish({"y": b.softmax(operand, axis), "z": b.layer_normalization(operand, axes=[axis], scale=sizes[0], bias=sizes[1])})
    steps = BACKEND.lower(graph, limits(workgroup_memory=False)).plan.steps
    assert [step.kernel.endswith("_rows") for step in steps] == [shape[0] > 3] * 2
    found, wanted = run_with(graph, {"x": x}, workgroup_memory=False), expected(graph, {"x": x})
    shared = run_with(graph, {"x": x}, workgroup_memory=True)
    assert ulp_distance(found["y"], shared["y"]).max() <= 4
    assert ulp_distance(found["y"], wanted["y"]).max() <= 3 * shape[axis] + 3
    assert ulp_distance(found["z"], wanted["z"]).max() <= 1


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("steps", [([1, 1], [1, 1]), ([2, 2], [1, 1]), ([2, 1], [1, 2]), ([2, 2], [2, 2])])
@pytest.mark.parametrize("biased", [False, True])
def test_depthwise_convolutions(biased: bool, steps: tuple[list[int], list[int]], layout: str) -> None:
    random = np.random.default_rng(14)
    b = builder()
    shape = (2, 24, 45, 46) if layout == "nchw" else (2, 45, 46, 24)
    x = random.integers(-3, 4, shape).astype(np.float32)
    filters = b.constant(random.integers(-3, 4, (48, 1, 3, 4)).astype(np.float32))
    bias = b.constant(np.arange(48, dtype=np.float32)) if biased else None
    strides, dilations = steps
    operand = b.input("x", descriptor("float32", *shape))
    options = {"strides": strides, "dilations": dilations, "padding": [2, 1, 3, 0], "input_layout": layout}
    graph = b.finish({"y": b.relu(b.conv2d(operand, filters, bias=bias, groups=24, **options))})
    assert [step.kernel for step in BACKEND.lower(graph, limits(workgroup_memory=False)).plan.steps] == ["depthwise"]
    assert (run_with(graph, {"x": x}, workgroup_memory=False)["y"] == expected(graph, {"x": x})["y"]).all()
