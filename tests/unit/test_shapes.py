"""The shared shape rules, against NumPy and against counting by hand."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webnpu import shapes

SIZES = st.lists(st.integers(1, 4), max_size=4).map(tuple)


def numpy_broadcast(*given: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(*given)
    except ValueError:
        return None


@given(SIZES, SIZES)
def test_broadcasting_is_numpys(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    assert shapes.broadcast(a, b) == numpy_broadcast(a, b)


@given(SIZES, SIZES)
def test_broadcasting_to_a_shape_is_numpys(shape: tuple[int, ...], target: tuple[int, ...]) -> None:
    assert shapes.broadcasts_to(shape, target) == (numpy_broadcast(shape, target) == target)


@given(SIZES, st.data())
def test_reduced_shape_is_numpys(shape: tuple[int, ...], data: st.DataObject) -> None:
    axes = tuple(data.draw(st.sets(st.sampled_from(range(len(shape)))))) if shape else ()
    for keep in (False, True):
        assert shapes.reduced(shape, axes, keep) == np.zeros(shape).sum(axis=axes, keepdims=keep).shape


@given(SIZES, st.data())
def test_permuted_shape_is_numpys(shape: tuple[int, ...], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(shape))))
    assert shapes.permuted(shape, order) == np.zeros(shape).transpose(order).shape


@pytest.mark.parametrize(("shape", "target", "fits"), [
    ((), (), True), ((2, 3), (4, 3), True), ((1, 1), (5, 7), True), ((2,), (3,), False), ((3,), (2, 3), False), ((4,), (2,), False),
])  # fmt: skip
def test_blocks_divide_every_dimension(shape: tuple[int, ...], target: tuple[int, ...], fits: bool) -> None:
    assert shapes.blockwise(shape, target) is fits


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 3), st.integers(0, 3), st.integers(1, 4), st.integers(1, 3))
def test_convolution_size_counts_the_places_of_the_window(size: int, window: int, begin: int, end: int, stride: int, dilation: int) -> None:
    places = [p for p in range(0, size + begin + end, stride) if p + (window - 1) * dilation < size + begin + end]
    computed = shapes.conv_size(size, window, (begin, end), stride, dilation)
    assert max(computed, 0) == len(places)


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 3), st.integers(1, 4), st.sampled_from(["floor", "ceil"]))
def test_convolution_size_is_rounded_as_asked(size: int, window: int, padding: int, stride: int, rounding: str) -> None:
    exact = (size - window + 2 * padding) / stride
    assert shapes.conv_size(size, window, (padding, padding), stride, 1, rounding) == {"floor": floor, "ceil": ceil}[rounding](exact) + 1


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 2), st.integers(1, 4), st.integers(1, 3))
def test_transposed_convolution_undoes_the_size_of_convolution(size: int, window: int, padding: int, stride: int, dilation: int) -> None:
    spread = shapes.conv_transpose_size(size, window, (padding, padding), stride, dilation)
    if spread > 0:
        assert shapes.conv_size(spread, window, (padding, padding), stride, dilation) == size


@pytest.mark.parametrize(("layout", "wanted", "arranged"), [
    ("nchw", "nchw", (1, 2, 3, 4)), ("nhwc", "nchw", (1, 4, 2, 3)), ("nchw", "nhwc", (1, 3, 4, 2)), ("hwio", "oihw", (4, 3, 1, 2)),
])  # fmt: skip
def test_shape_is_arranged_in_another_layout(layout: str, wanted: str, arranged: tuple[int, ...]) -> None:
    assert shapes.arranged((1, 2, 3, 4), layout, wanted) == arranged


@given(st.permutations("nchw"), st.permutations("nchw"))
def test_axes_order_brings_one_layout_into_another(layout: list[str], wanted: list[str]) -> None:
    order = shapes.axes_order("".join(layout), "".join(wanted))
    assert [layout[axis] for axis in order] == wanted
