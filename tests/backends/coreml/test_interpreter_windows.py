"""Convolutions and pools whatever is larger: the kernel or the input, the window or the memory that it is laid out in."""

from typing import Any

import numpy as np
import pytest

RANDOM = np.random.default_rng(9)


def direct(x: np.ndarray, w: np.ndarray, strides: tuple[int, int], dilations: tuple[int, int], groups: int) -> np.ndarray:
    """A convolution by its definition."""
    spans = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilations, strict=True)]
    out = [(n - span) // s + 1 for n, span, s in zip(x.shape[2:], spans, strides, strict=True)]
    result = np.zeros((len(x), len(w), *out))
    for f in range(len(w)):
        first = f // (len(w) // groups) * w.shape[1]
        for i, j in np.ndindex(*out):
            rows = slice(i * strides[0], i * strides[0] + spans[0], dilations[0])
            columns = slice(j * strides[1], j * strides[1] + spans[1], dilations[1])
            result[:, f, i, j] = (x[:, first : first + w.shape[1], rows, columns] * w[f]).sum((1, 2, 3))
    return result


STEPS = [((1, 1), (1, 1), 1), ((2, 1), (1, 2), 2), ((1, 3), (2, 1), 4)]


@pytest.mark.parametrize("room", [1, 60, 1 << 20], ids=["an element at a time", "a few", "all at once"])
@pytest.mark.parametrize(("strides", "dilations", "groups"), STEPS)
def test_conv_in_parts(coreml: Any, monkeypatch: pytest.MonkeyPatch, room: int, strides: Any, dilations: Any, groups: int) -> None:
    monkeypatch.setattr(coreml("interpreter.windows"), "COLUMNS", room)
    x, w = RANDOM.standard_normal((2, 4, 9, 8)), RANDOM.standard_normal((8, 4 // groups, 3, 2))
    result = coreml("interpreter.convolution").conv(x, w, np.array(strides), "valid", np.array(dilations), np.array(groups))
    np.testing.assert_allclose(result, direct(x, w, strides, dilations, groups), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("sizes", [(5, 4), (2, 2)], ids=["a smaller kernel", "a larger kernel"])
@pytest.mark.parametrize(("strides", "dilations", "groups"), STEPS)
def test_conv_transpose_is_the_adjoint_of_conv(coreml: Any, sizes: Any, strides: Any, dilations: Any, groups: int) -> None:
    x, w = RANDOM.standard_normal((2, 8, *sizes)), RANDOM.standard_normal((8, 4 // groups, 3, 2))
    transposed = coreml("interpreter.convolution").conv_transpose
    result = transposed(x, w, np.array(strides), "valid", np.array(dilations), np.array(groups))
    other = RANDOM.standard_normal(result.shape)
    back = direct(other, w, strides, dilations, groups)[:, :, : sizes[0], : sizes[1]]
    np.testing.assert_allclose((result * other).sum(), (x * back).sum(), rtol=1e-10)


@pytest.mark.parametrize("kernel", [3, 16, 17, 40])
@pytest.mark.parametrize("operator", ["avg_pool", "l2_pool", "max_pool"])
def test_pools_of_short_and_long_windows(coreml: Any, operator: str, kernel: int) -> None:
    x = RANDOM.standard_normal((1, 2, 47, 45))
    options = {"exclude_padding_from_average": False} if operator == "avg_pool" else {}
    pool = getattr(coreml("interpreter.pooling"), operator)
    result = pool(x, np.array([kernel, 2]), np.array([2, 3]), "valid", ceil_mode=False, **options)
    seen = np.lib.stride_tricks.sliding_window_view(x, (kernel, 2), (2, 3))[:, :, ::2, ::3]
    expected = {"avg_pool": seen.mean((-2, -1)), "l2_pool": np.sqrt((seen**2).sum((-2, -1))), "max_pool": seen.max((-2, -1))}
    np.testing.assert_allclose(result, expected[operator], rtol=1e-12)
