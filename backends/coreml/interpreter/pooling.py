"""Pools over one, two or three spatial dimensions."""

from __future__ import annotations

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates
from .windows import Pads, numbers, padded, pads, taps


class Window:
    """How a window walks over a tensor, and what it sees."""

    def __init__(self, x: Array, kernel_sizes: Array, strides: Array, pad_type: str, pad: Array | None, ceil_mode: bool) -> None:
        self.x, self.kernel, self.strides = x, numbers(kernel_sizes), numbers(strides)
        sizes = x.shape[2:]
        if not len(self.kernel) == len(self.strides) == len(sizes):
            raise EvaluationError(f"kernel_sizes and strides must have {len(sizes)} elements; got {self.kernel} and {self.strides}")
        self.pads: Pads = pads(pad_type, pad, sizes, self.kernel, self.strides)
        if ceil_mode and any(before != after for before, after in self.pads):
            raise EvaluationError(f"with ceil_mode, padding must be the same on both sides; got {self.pads}")
        self.out = tuple(self._size(axis, ceil_mode) for axis in range(len(sizes)))

    def _size(self, axis: int, ceil_mode: bool) -> int:
        (before, after), step = self.pads[axis], self.strides[axis]
        size = int(self.x.shape[2 + axis])
        room = size + before + after - self.kernel[axis]
        if not ceil_mode:
            return room // step + 1
        out = -(-room // step) + 1
        starts_outside = (out - 1) * step >= size + before
        return out - 1 if starts_outside and before + after > 0 else out

    def taps(self, x: Array, value: float) -> list[Array]:
        """What each element of the window sees; ``value`` outside the tensor."""
        around = []
        for axis, (before, after) in enumerate(self.pads):
            needed = (self.out[axis] - 1) * self.strides[axis] + self.kernel[axis]
            around.append((before, max(after, needed - before - x.shape[2 + axis])))
        ones = (1,) * len(self.kernel)
        return [seen for _, seen in taps(padded(x, tuple(around), value), self.kernel, self.out, self.strides, ones)]

    def counted(self, *, with_padding: bool) -> Array:
        """How many elements under each window count: those of the tensor, and with padding those around it that were asked for."""
        inside = np.ones((1, 1, *self.x.shape[2:]))
        if with_padding:
            inside = padded(inside, self.pads, 1.0)
            whole = Window(inside, np.array(self.kernel), np.array(self.strides), "valid", None, False)
            whole.out = self.out
            return np.asarray(sum(whole.taps(inside, 0.0)))
        return np.asarray(sum(self.taps(inside, 0.0)))


@evaluates()
def avg_pool(
    x: Array,
    kernel_sizes: Array,
    strides: Array,
    pad_type: str,
    exclude_padding_from_average: Array,
    ceil_mode: Array,
    pad: Array | None = None,
) -> Array:
    window = Window(x, kernel_sizes, strides, pad_type, pad, bool(ceil_mode))
    return np.asarray(sum(window.taps(x, 0.0)) / window.counted(with_padding=not bool(exclude_padding_from_average)))


@evaluates()
def l2_pool(x: Array, kernel_sizes: Array, strides: Array, pad_type: str, ceil_mode: Array, pad: Array | None = None) -> Array:
    window = Window(x, kernel_sizes, strides, pad_type, pad, bool(ceil_mode))
    return np.sqrt(sum(seen**2 for seen in window.taps(x, 0.0)))


@evaluates()
def max_pool(x: Array, kernel_sizes: Array, strides: Array, pad_type: str, ceil_mode: Array, pad: Array | None = None) -> Array:
    window = Window(x, kernel_sizes, strides, pad_type, pad, bool(ceil_mode))
    return np.asarray(np.maximum.reduce(window.taps(x, -np.inf)))
