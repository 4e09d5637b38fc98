"""Pools over one, two or three spatial dimensions."""

from __future__ import annotations

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates
from .windows import Pads, numbers, padded, pads


class Window:
    """How a window walks over a tensor, and what it sees."""

    def __init__(self, x: Array, kernel_sizes: Array, strides: Array, pad_type: str, pad: Array | None, ceil_mode: bool) -> None:
        self.x, self.kernel, self.strides = x, numbers(kernel_sizes), numbers(strides)
        sizes = x.shape[2:]
        if not len(self.kernel) == len(self.strides) == len(sizes):
            raise EvaluationError(f"kernel_sizes and strides must have {len(sizes)} elements; got {self.kernel} and {self.strides}")
        if min(*self.kernel, *self.strides) < 1:
            raise EvaluationError(f"kernel_sizes and strides must be 1 or more; got {self.kernel} and {self.strides}")
        self.pads: Pads = pads(pad_type, pad, sizes, self.kernel, self.strides)
        if ceil_mode and any(before != after for before, after in self.pads):
            raise EvaluationError(f"with ceil_mode, padding must be the same on both sides; got {self.pads}")
        self.out = tuple(self._size(axis, ceil_mode) for axis in range(len(sizes)))
        if min(self.out) < 1:
            raise EvaluationError(f"windows of {self.kernel} do not fit {list(sizes)} with padding {self.pads}")

    def _size(self, axis: int, ceil_mode: bool) -> int:
        (before, after), step = self.pads[axis], self.strides[axis]
        size = int(self.x.shape[2 + axis])
        room = size + before + after - self.kernel[axis]
        if not ceil_mode:
            return room // step + 1
        out = -(-room // step) + 1
        starts_outside = (out - 1) * step >= size + before
        return out - 1 if starts_outside and before + after > 0 else out

    def gathered(self, x: Array, value: float, combine: np.ufunc) -> Array:
        """What each window sees, combined along one dimension after the other; ``value`` stands outside the tensor."""
        around = []
        for axis, (before, after) in enumerate(self.pads):
            needed = (self.out[axis] - 1) * self.strides[axis] + self.kernel[axis]
            around.append((before, max(after, needed - before - x.shape[2 + axis])))
        x = padded(x, tuple(around), value)
        for axis, (kernel, step, out) in enumerate(zip(self.kernel, self.strides, self.out, strict=True)):
            x = _along(x, 2 + axis, kernel, step, out, combine)
        return x

    def counted(self, *, with_padding: bool) -> Array:
        """How many elements under each window count: those of the tensor, and with padding those around it that were asked for."""
        counts = np.ones(())
        for size, (before, after), kernel, step, out in zip(self.x.shape[2:], self.pads, self.kernel, self.strides, self.out, strict=True):
            starts = np.arange(out) * step
            low, high = (0, size + before + after) if with_padding else (before, before + size)
            counts = counts[..., None] * (np.minimum(starts + kernel, high) - np.maximum(starts, low))
        return counts


_UNROLLED = 16
"""Up to how many elements along one dimension are combined one by one."""


def _along(x: Array, axis: int, kernel: int, step: int, out: int, combine: np.ufunc) -> Array:
    """Windows along one dimension, each combined to one element."""
    if kernel > _UNROLLED:
        seen = np.lib.stride_tricks.sliding_window_view(x, kernel, axis)
        return np.asarray(combine.reduce(seen[(slice(None),) * axis + (slice(0, (out - 1) * step + 1, step),)], axis=-1))
    every = [slice(None)] * x.ndim
    total: Array | None = None
    for place in range(kernel):
        every[axis] = slice(place, place + (out - 1) * step + 1, step)
        part = x[tuple(every)]
        total = part.copy() if total is None else combine(total, part, out=total)
    assert total is not None
    return total


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
    return np.asarray(window.gathered(x, 0.0, np.add) / window.counted(with_padding=not bool(exclude_padding_from_average)))


@evaluates()
def l2_pool(x: Array, kernel_sizes: Array, strides: Array, pad_type: str, ceil_mode: Array, pad: Array | None = None) -> Array:
    window = Window(x, kernel_sizes, strides, pad_type, pad, bool(ceil_mode))
    return np.sqrt(window.gathered(x * x, 0.0, np.add))


@evaluates()
def max_pool(x: Array, kernel_sizes: Array, strides: Array, pad_type: str, ceil_mode: Array, pad: Array | None = None) -> Array:
    window = Window(x, kernel_sizes, strides, pad_type, pad, bool(ceil_mode))
    return window.gathered(x, -np.inf, np.maximum)
