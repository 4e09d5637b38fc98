"""What the runtime's kernels get wrong at size, and what the lowering does instead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tflite_graphs import BACKEND, both, kinds, normal, part, tensor

from webnpu import MLGraphBuilder
from webnpu.types import DataType

FLOAT32, INT32 = DataType.FLOAT32, DataType.INT32


@pytest.mark.parametrize(("channels", "multiplier"), [(5000, 1), (3, 2000), (2, 5000)])
@pytest.mark.parametrize("computed", [True, False])
def test_depthwise_convolutions_of_many_channels_come_to_an_end(channels: int, multiplier: int, computed: bool) -> None:
    """The kernel for computed filters keeps the sums of all channels in a buffer of 4832, and loops for ever on more."""
    b: Any = MLGraphBuilder()
    x, filter = b.input("x", tensor(FLOAT32, 1, channels, 2, 3)), normal(channels * multiplier, 1, 2, 2)
    given = b.input("filter", tensor(FLOAT32, *filter.shape)) if computed else b.constant(filter)
    graph = b.finish({"y": b.conv2d(x, given, groups=channels, bias=b.constant(normal(channels * multiplier, seed=1)))})
    for step in BACKEND.lower(graph).steps:
        assert step.kind != "DEPTHWISE_CONV_2D" or step.outputs[0].shape[3] <= part("lowering.convolution").MOST_CHANNELS
    ours, expected = both(graph, x=normal(1, channels, 2, 3, seed=2), **({"filter": filter} if computed else {}))
    np.testing.assert_allclose(ours["y"], expected["y"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("computed", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strides": [2, 3]},
        {"dilations": [2, 3]},
        {"strides": [3, 2], "dilations": [1, 2], "padding": [1, 0, 2, 1]},
        {"strides": [3, 2], "output_padding": [2, 1], "padding": [0, 1, 1, 0]},
        {"strides": [5, 4], "output_padding": [4, 3]},
    ],
)
def test_transposed_convolutions_of_many_channels_are_few_steps(options: dict[str, Any], computed: bool) -> None:
    b: Any = MLGraphBuilder()
    x, filter = b.input("x", tensor(FLOAT32, 2, 71, 3, 4)), normal(71, 2, 2, 3)
    given = b.input("filter", tensor(FLOAT32, *filter.shape)) if computed else b.constant(filter)
    graph = b.finish({"y": b.conv_transpose2d(x, given, groups=71, bias=b.constant(normal(142, seed=1)), **options)})
    assert sum(kinds(graph).values()) < 30
    ours, expected = both(graph, x=normal(2, 71, 3, 4, seed=2), **({"filter": filter} if computed else {}))
    np.testing.assert_allclose(ours["y"], expected["y"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("constant", [True, False])
def test_scatters_keep_every_bit_and_the_last_of_several_updates(constant: bool) -> None:
    """Sums of updates would lose the sign of zero, and NaN and infinities would spread."""
    b: Any = MLGraphBuilder()
    places = np.resize(np.arange(0, 70000, 7, dtype=np.int32), 20003)
    updates = np.resize(np.float32([-0.0, np.nan, np.inf, -np.inf, 1e-45, 2.5, 0.0]), places.size)
    indices = b.constant(places) if constant else b.input("indices", tensor(INT32, places.size))
    x = b.input("x", tensor(FLOAT32, 70000))
    graph = b.finish({"y": b.scatter_elements(x, indices, b.input("updates", tensor(FLOAT32, places.size)))})
    assert sum(kinds(graph).values()) < 20
    ours, expected = both(graph, x=np.full(70000, -0.0, np.float32), updates=updates, **({} if constant else {"indices": places}))
    known = ~np.isnan(expected["y"])
    np.testing.assert_array_equal(np.isnan(ours["y"]), ~known)
    np.testing.assert_array_equal(ours["y"].view(np.int32)[known], expected["y"].view(np.int32)[known])


@pytest.mark.parametrize("shape", [(65537, 3), (2, 8192, 3), (97, 211, 3)])
@pytest.mark.parametrize("method", ["reduce_sum", "reduce_mean"])
def test_sums_of_many_along_other_axes_than_the_last_are_added_in_blocks(method: str, shape: tuple[int, ...]) -> None:
    """The kernels add one after the other there, and lose a digit after some thousands."""
    b: Any = MLGraphBuilder()
    graph = b.finish({"y": getattr(b, method)(b.input("x", tensor(FLOAT32, *shape)), axes=[*range(len(shape) - 1)])})
    ours, expected = both(graph, x=np.abs(normal(*shape)) + np.float32(0.1))
    np.testing.assert_allclose(ours["y"], expected["y"], rtol=2e-6)


@pytest.mark.parametrize("options", [{}, {"exclusive": True}, {"reversed": True}, {"exclusive": True, "reversed": True}])
def test_long_running_sums_are_added_in_blocks(options: dict[str, bool]) -> None:
    b: Any = MLGraphBuilder()
    graph = b.finish({"y": b.cumulative_sum(b.input("x", tensor(FLOAT32, 2, 70001, 2)), 1, **options)})
    ours, expected = both(graph, x=np.abs(normal(2, 70001, 2)) + np.float32(0.1))
    np.testing.assert_allclose(ours["y"], expected["y"], rtol=1e-5, atol=1e-5)
