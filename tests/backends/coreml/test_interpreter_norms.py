"""Local response normalisation, whose channels depend on the rank."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., Any]


def normalized(one_operation: Run, x: np.ndarray, size: int) -> np.ndarray:
    parameters = {"alpha": np.array(1e-4, np.float32), "beta": np.array(0.75, np.float32), "k": np.array(1, np.float32)}
    return one_operation("local_response_norm", {"x": x}, ("fp32", x.shape), size=size, **parameters)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (2, [0.99996257, -6.98716545, 4.99531746, -5.99191284, -2.99898791, -4.99531746]),
        (3, [0.99997497, -6.99143696, 4.99687672, -5.99460602, -2.99932504, -4.99687672]),
    ],
)
def test_of_rank_3_it_goes_along_the_first_dimension(one_operation: Run, size: int, expected: list[float]) -> None:
    """What coremltools' own test expects."""
    x = np.array([1, -7, 5, -6, -3, -5], np.float32).reshape(1, 3, 2)
    np.testing.assert_allclose(normalized(one_operation, x, size).ravel(), expected, rtol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_of_rank_4_it_goes_along_the_channels(one_operation: Run, size: int) -> None:
    x = np.random.default_rng(size).standard_normal((2, 6, 3, 2), np.float32) * 30
    expected = np.empty_like(x)
    for channel in range(6):
        near = x[:, max(0, channel - size // 2) : channel + (size - 1) // 2 + 1].astype(np.float64)
        expected[:, channel] = x[:, channel] / (1 + 1e-4 / size * (near**2).sum(1)) ** 0.75
    np.testing.assert_allclose(normalized(one_operation, x, size), expected, rtol=1e-5)
