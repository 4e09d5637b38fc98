"""Padding and windows, which convolutions and pools share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError

Pads = tuple[tuple[int, int], ...]


def pads(kind: str, pad: Array | None, sizes: Sequence[int], extents: Sequence[int], strides: Sequence[int]) -> Pads:
    """The padding before and after each spatial dimension.

    Args:
        kind: valid, custom, same, or same_lower, which puts the odd element before.
        pad: the padding of kind custom.
        sizes: of the spatial dimensions.
        extents: how many elements the window spans, dilation included.
        strides: how far it moves.
    """
    if kind == "valid":
        return ((0, 0),) * len(sizes)
    if kind == "custom":
        values = [] if pad is None else np.asarray(pad).reshape(-1).tolist()
        if len(values) != 2 * len(sizes):
            raise EvaluationError(f"pad must have {2 * len(sizes)} elements with pad_type custom; got {len(values)}")
        return tuple((values[2 * i], values[2 * i + 1]) for i in range(len(sizes)))
    if kind not in ("same", "same_lower"):
        raise EvaluationError(f"pad_type must be valid, custom, same or same_lower; got {kind!r}")
    totals = [max(0, (-(-size // step) - 1) * step + extent - size) for size, extent, step in zip(sizes, extents, strides, strict=True)]
    less, more = [total // 2 for total in totals], [-(-total // 2) for total in totals]
    return tuple(zip(less, more, strict=True) if kind == "same" else zip(more, less, strict=True))


def extents(kernel: Sequence[int], dilations: Sequence[int]) -> tuple[int, ...]:
    """How many elements a dilated window spans."""
    return tuple((size - 1) * dilation + 1 for size, dilation in zip(kernel, dilations, strict=True))


def padded(x: Array, around: Pads, value: float) -> Array:
    """The tensor with its spatial dimensions, those after the second, padded."""
    return np.pad(x, ((0, 0), (0, 0), *around), constant_values=value)


COLUMNS = 1 << 23
"""How many elements of what windows see are laid side by side at once: 64 MiB in float64."""


def columns(
    x: Array, kernel: Sequence[int], out: Sequence[int], strides: Sequence[int], dilations: Sequence[int], groups: int
) -> Iterator[tuple[slice, Array]]:
    """What the elements of the window see, side by side, as many at once as fit, so that one matrix product takes them.

    Yields:
        Which elements of the window, in order, and ``[batch, groups, channels of a group * elements, positions]``, the
        elements the faster part.
    """
    batch, channels = x.shape[:2]
    steps = x.strides[2:]
    spread = [step * dilation for step, dilation in zip(steps, dilations, strict=True)]
    moved = [step * stride for step, stride in zip(steps, strides, strict=True)]
    seen = np.lib.stride_tricks.as_strided(x, (*x.shape[:2], *kernel, *out), (*x.strides[:2], *spread, *moved), writeable=False)
    several = max(1, COLUMNS // max(1, batch * channels * prod(out)))
    begin = 0
    for part in _parts(kernel, several):
        beside = seen[(slice(None), slice(None), *part)]
        count = beside.size // (batch * channels * prod(out))
        yield slice(begin, begin + count), beside.reshape(batch, groups, channels // groups * count, prod(out))
        begin += count


def _parts(kernel: Sequence[int], several: int) -> Iterator[tuple[slice, ...]]:
    """The window in parts of at most so many elements, each a row of it or some rows, in order."""
    axis = next((at for at in range(len(kernel)) if prod(kernel[at + 1 :]) <= several), len(kernel) - 1)
    size, inner = kernel[axis], max(1, several // max(1, prod(kernel[axis + 1 :])))
    for before in product(*(range(each) for each in kernel[:axis])):
        for at in range(0, size, inner):
            yield (*(slice(each, each + 1) for each in before), slice(at, min(at + inner, size)))


def numbers(values: Array) -> tuple[int, ...]:
    """A vector parameter as integers."""
    return tuple(int(value) for value in np.asarray(values).reshape(-1))
