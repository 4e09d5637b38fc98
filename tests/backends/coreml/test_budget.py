"""Packages that ask for much: by an operation that makes much of little, by a loop without an end, by blocks in blocks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import Budget, BudgetExceeded
from webnpu.errors import WebNPUError

X = np.ones((1, 2, 2, 2), np.float32)
ZERO, ONE = np.array(0, np.float32), np.array(1, np.float32)
VAST = np.int32(2**31 - 1)
MADE: dict[str, tuple[dict[str, Any], tuple[int, ...], dict[str, Any]]] = {
    "fill": ({}, (2,), {"shape": np.int32([VAST, 2]), "value": ONE}),
    "tile": ({"x": X}, (1, 2, 2, 2), {"reps": np.int32([1, 1, VAST, 1])}),
    "pad": ({"x": X}, (1, 2, 2, 2), {"pad": np.int32([0, VAST]), "mode": "constant", "constant_val": ZERO}),
    "range_1d": ({"end": np.float32([1e12]).reshape(())}, (2,), {"start": ZERO, "step": ONE}),
    "one_hot": (
        {"indices": np.int32([1, 2])},
        (2, 2),
        {"one_hot_vector_size": VAST, "axis": np.int32(-1), "on_value": 1.0, "off_value": 0.0},
    ),
    "upsample_nearest_neighbor": (
        {"x": X},
        (1, 2, 2, 2),
        {"scale_factor_height": np.float32(2**20), "scale_factor_width": np.float32(2**20)},
    ),
    "resize_bilinear": (
        {"x": X},
        (1, 2, 2, 2),
        {"target_size_height": np.int32(2**20), "target_size_width": np.int32(2**20), "sampling_mode": "DEFAULT"},
    ),
    "conv": (
        {"x": X},
        (1, 2, 2, 2),
        {
            "weight": np.ones((2, 2, 1, 1), np.float32),
            "strides": np.int32([1, 1]),
            "pad_type": "custom",
            "pad": np.int32([2**20] * 4),
            "dilations": np.int32([1, 1]),
            "groups": np.int32(1),
        },
    ),
    "matmul": (
        {"x": np.ones((10**5, 1), np.float32), "y": np.ones((1, 10**5), np.float32)},
        (2, 2),
        {"transpose_x": False, "transpose_y": False},
    ),
    "add": ({"x": np.ones((10**5, 1), np.float32), "y": np.ones((1, 10**5), np.float32)}, (2, 2), {}),
    "gather": (
        {"x": np.ones((1, 10**5), np.float32)},
        (2, 2),
        {"indices": np.zeros(10**5, np.int32), "axis": np.int32(0), "batch_dims": np.int32(0), "validate_indices": False},
    ),
    "sliding_windows": ({"x": np.ones(10**6, np.float32)}, (2, 2), {"axis": np.int32(0), "size": np.int32(10**5), "stride": np.int32(1)}),
}


@pytest.mark.parametrize("kind", MADE)
def test_a_result_that_is_vast_is_refused_before_it_is_made(kind: str, one_operation: Callable[..., Any]) -> None:
    """What the program declares of it does not count: it declares little."""
    inputs, declared, parameters = MADE[kind]
    with pytest.raises(BudgetExceeded, match=rf"{kind} .*asks for [\d,.e+]+ bytes; .*--budget bytes="):
        one_operation(kind, inputs, ("fp32", declared), **parameters)


LONG = 65537
ORDINARY: dict[str, dict[str, Any]] = {
    "batch_norm": {"x": np.ones((3, LONG)), **dict.fromkeys(("mean", "variance", "gamma", "beta"), np.ones(LONG))},
    "prelu": {"x": np.ones((1, LONG, 2)), "alpha": np.ones(LONG)},
    "layer_norm": {"x": np.ones((3, LONG)), "axes": np.int32([1]), "gamma": np.ones(LONG)},
    "resize": {"x": np.ones((1, 1, LONG, 2)), "shape": np.int32([2 * LONG, 2]), "resized_dims": np.uint32(2)},
    "scatter_nd": {"data": np.ones((LONG, 2)), "indices": np.zeros((LONG, 1), np.int32), "updates": np.ones((LONG, 2))},
    "scatter_along_axis": {"data": np.ones((LONG, 1)), "indices": np.zeros((1, 1), np.int32), "updates": np.ones((1, 1))},
    "dequantize": {"input": np.ones((LONG, 2), np.int8), "scale": np.ones(LONG), "axis": np.int32(0)},
    "concat": {"values": (np.ones((LONG, 1)), np.ones((LONG, 3))), "axis": np.int32(1)},
    "select": {"cond": np.ones((LONG, 1), bool), "a": np.ones((1, 3)), "b": np.float64(0)},
    "lstm": {"x": np.ones((LONG, 1, 2)), "weight_ih": np.ones((12, 2)), "weight_hh": np.ones((12, 3))},
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_what_is_long_is_not_taken_for_vast(kind: str, coreml: Callable[[str], Any]) -> None:
    assert LONG <= coreml("interpreter.sizes").elements(kind, ORDINARY[kind]) <= 10 * LONG


def test_numbers_for_channels_that_are_not_there_are_refused(one_operation: Callable[..., Any]) -> None:
    """Broadcast, they would make much of little."""
    with pytest.raises(WebNPUError, match=r"100000 numbers for the 1 channels of x \[10000, 1\]"):
        one_operation("prelu", {"x": np.ones((10**4, 1), np.float32)}, ("fp32", (2, 2)), alpha=np.ones(10**5, np.float32))


def test_scales_for_places_that_are_not_there_are_refused(coreml: Callable[[str], Any]) -> None:
    with pytest.raises(WebNPUError, match=r"100000 scales or zero points for the 1 places of axis 1 of \[10000, 1\]"):
        coreml("interpreter.quantization").dequantize(np.ones((10**4, 1), np.int8), np.ones(10**5), None, np.int32(1))


def test_a_loop_without_an_end_is_stopped(saved: Callable[..., Path], coreml: Callable[[str], Any]) -> None:
    from made_packages import mb

    def function(x: Any) -> Any:
        return mb.while_loop(
            _cond=lambda value: mb.less(x=mb.reduce_sum(x=value), y=np.float32(1e30)),
            _body=lambda value: mb.mul(x=value, y=np.float32(1)),
            loop_vars=(x,),
        )

    path = saved((2,), function)
    package = coreml("interpreter").load_package(path, budget=Budget(seconds=0.1))
    for _ in range(2):  # each run has the budget anew
        with pytest.raises(BudgetExceeded, match=r"while_loop .*takes longer than is left of the budget.*--budget seconds="):
            package.run({"x": np.ones(2, np.float32)})
    np.testing.assert_array_equal(package.run({"x": np.full(2, 1e31, np.float32)})[next(iter(package.outputs))], np.float32([1e31, 1e31]))


def test_blocks_stand_only_so_deep_in_one_another(saved: Callable[..., Path], coreml: Callable[[str], Any]) -> None:
    from made_packages import mb

    def nested(x: Any, depth: int) -> Any:
        if not depth:
            return mb.add(x=x, y=np.float32(1))
        positive = mb.greater(x=mb.reduce_sum(x=x), y=0.0)
        return mb.cond(pred=positive, _true_fn=lambda: nested(x, depth - 1), _false_fn=lambda: mb.sub(x=x, y=np.float32(1)))

    path = saved((2,), lambda x: nested(x, 4))
    load = coreml("interpreter").load_package
    assert load(path).run({"x": np.ones(2, np.float32)})
    with pytest.raises(BudgetExceeded, match=r"cond .* stands 3 deep in others"):
        load(path, budget=Budget(depth=2))
