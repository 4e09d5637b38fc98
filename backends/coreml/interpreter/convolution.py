"""Convolutions over one, two or three spatial dimensions."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates
from .windows import columns, extents, numbers, padded, pads


@evaluates()
def conv(
    x: Array,
    weight: Array,
    strides: Array,
    pad_type: str,
    dilations: Array,
    groups: Array,
    pad: Array | None = None,
    bias: Array | None = None,
) -> Array:
    """Matrix products of the kernel's elements with what they see, as many at once as fit in memory, summed."""
    steps, spread, count = numbers(strides), numbers(dilations), int(groups)
    spans = extents(weight.shape[2:], spread)
    around = pads(pad_type, pad, x.shape[2:], spans, steps)
    x = padded(x, around, 0.0)
    out = [(size - span) // step + 1 for size, span, step in zip(x.shape[2:], spans, steps, strict=True)]
    batch, channels = x.shape[:2]
    filters = weight.shape[0]
    if channels != weight.shape[1] * count or filters % count:
        raise EvaluationError(f"{channels} channels and {count} groups do not fit weights {list(weight.shape)}")
    by_element = weight.reshape(count, filters // count, channels // count, prod(weight.shape[2:]))
    total = np.zeros((batch, count, filters // count, prod(out)))
    for elements, seen in columns(x, weight.shape[2:], out, steps, spread, count):
        total += np.matmul(by_element[..., elements].reshape(count, filters // count, -1), seen)
    result = total.reshape(batch, filters, *out)
    return result if bias is None else result + bias.reshape(-1, *(1,) * len(out))


@evaluates()
def conv_quantized(
    x: Array,
    weight: Array,
    quantization_type: str,
    quant_scale: Array,
    quant_bias: Array,
    nbits: Array,
    strides: Array,
    pad_type: str,
    dilations: Array,
    groups: Array,
    pad: Array | None = None,
    bias: Array | None = None,
) -> Array:
    """`conv` with weights ``quantized * scale + bias``."""
    if quantization_type != "linear":
        raise EvaluationError(f"quantization_type must be linear; got {quantization_type!r}, which is not documented")
    shape = (-1,) + (1,) * (weight.ndim - 1)
    floats = weight.astype(np.float64) * quant_scale.reshape(shape) + quant_bias.reshape(shape)
    return np.asarray(conv(x, floats, strides, pad_type, dilations, groups, pad, bias))


@evaluates()
def conv_transpose(
    x: Array,
    weight: Array,
    strides: Array,
    pad_type: str,
    dilations: Array,
    groups: Array,
    pad: Array | None = None,
    output_shape: Array | None = None,
    bias: Array | None = None,
) -> Array:
    """Every element spreads the kernel over the output; what lies in the padding is cut off.

    With output_shape, the output's end reaches as far as that says, beyond what the padding leaves or less.
    """
    steps, spread, count = numbers(strides), numbers(dilations), int(groups)
    kernel = weight.shape[2:]
    spans = extents(kernel, spread)
    full = [(size - 1) * step + span for size, step, span in zip(x.shape[2:], steps, spans, strict=True)]
    wanted = None if output_shape is None else numbers(output_shape)[2:]
    around = _cut(pad_type, pad, x.shape[2:], steps, full, wanted)
    out = wanted or tuple(size - before - after for size, (before, after) in zip(full, around, strict=True))
    batch, channels = x.shape[:2]
    filters = weight.shape[1]
    ends = [max(size, before + size_out) for size, (before, _), size_out in zip(full, around, out, strict=True)]
    total = np.zeros((batch, count, filters, *ends))
    _spread(total, x.reshape(batch, count, channels // count, *x.shape[2:]), weight.reshape(count, -1, *weight.shape[1:]), steps, spread)
    total = total.reshape(batch, count * filters, *ends)
    parts = [slice(before, before + size) for (before, _), size in zip(around, out, strict=True)]
    result = total[(slice(None), slice(None), *parts)]
    return result if bias is None else result + bias.reshape(-1, *(1,) * len(out))


def _spread(total: Array, x: Array, weight: Array, steps: tuple[int, ...], spread: tuple[int, ...]) -> None:
    """Add to ``total`` what every element of x, by every element of the kernel, contributes.

    One product for each element of the kernel, or for each of x where these are fewer.

    Args:
        total: [batch, groups, filters, ...].
        x: [batch, groups, channels, ...].
        weight: [groups, channels, filters, ...].
        steps: how far the elements of x lie apart in the result.
        spread: how far those of the kernel do.
    """
    sizes, kernel = x.shape[3:], weight.shape[3:]
    by_kernel = prod(kernel) <= prod(sizes)
    few, many, apart, within = (kernel, sizes, spread, steps) if by_kernel else (sizes, kernel, steps, spread)
    one = np.moveaxis(weight, (0, 1, 2), (-3, -1, -2)) if by_kernel else np.moveaxis(x, (0, 1, 2), (-3, -2, -1))
    rest = x.reshape(*x.shape[:3], -1) if by_kernel else weight.reshape(*weight.shape[:3], -1)
    for place in product(*(range(size) for size in few)):
        starts = [at * step for at, step in zip(place, apart, strict=True)]
        parts = [slice(start, start + (n - 1) * step + 1, step) for start, n, step in zip(starts, many, within, strict=True)]
        target = total[(slice(None), slice(None), slice(None), *parts)]
        if by_kernel:
            target += np.matmul(one[place], rest).reshape(target.shape)
        else:
            target += np.einsum("ngc,gcfk->ngfk", one[place], rest, optimize=True).reshape(target.shape)


def _cut(
    kind: str, pad: Array | None, sizes: tuple[int, ...], steps: tuple[int, ...], full: list[int], wanted: tuple[int, ...] | None
) -> tuple[tuple[int, int], ...]:
    """How much of the whole result is cut off before and after each dimension."""
    if kind in ("same", "same_lower"):
        sized = wanted or tuple(size * step for size, step in zip(sizes, steps, strict=True))
        totals = [max(0, have - size) for have, size in zip(full, sized, strict=True)]
        halves = [(total // 2, -(-total // 2)) for total in totals]
        return tuple(half if kind == "same" else half[::-1] for half in halves)
    return pads(kind, pad, sizes, (1,) * len(sizes), steps)
