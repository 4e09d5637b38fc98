"""Matrix products, attention and bands."""

from __future__ import annotations

from math import prod

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates
from .windows import COLUMNS


@evaluates()
def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    product = x @ weight.T
    return product if bias is None else product + bias


@evaluates(like_computed=True)
def matmul(x: Array, y: Array, transpose_x: Array, transpose_y: Array) -> Array:
    """A vector is not transposed."""
    left = np.swapaxes(x, -1, -2) if bool(transpose_x) and x.ndim > 1 else x
    right = np.swapaxes(y, -1, -2) if bool(transpose_y) and y.ndim > 1 else y
    return np.asarray(left @ right)


@evaluates()
def einsum(values: tuple[Array, ...], equation: str) -> Array:
    """Any equation that NumPy takes, with broadcasting of dimensions of size 1 as documented."""
    operands, result = equation.replace(" ", "").split("->")
    letters = operands.split(",")
    sizes: dict[str, int] = {}
    for axes, value in zip(letters, values, strict=True):
        for letter, size in zip(axes, value.shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), size)
    whole = [np.broadcast_to(v, [sizes[letter] for letter in axes]) for axes, v in zip(letters, values, strict=True)]
    return np.asarray(np.einsum(f"{','.join(letters)}->{result}", *whole, optimize=True))


@evaluates()
def scaled_dot_product_attention(query: Array, key: Array, value: Array, attn_mask: Array | None = None) -> Array:
    """Some queries at a time, so that their scores fit in memory."""
    several = max(1, COLUMNS // max(1, prod(query.shape[:-2]) * key.shape[-2]))
    parts = [slice(at, at + several) for at in range(0, query.shape[-2], several)]
    results = [_attended(query[..., part, :], key, value, _rows(attn_mask, part)) for part in parts]
    return np.concatenate(results, axis=-2)


def _rows(mask: Array | None, part: slice) -> Array | None:
    """The rows of a mask that belong to some queries; a mask of one row belongs to all."""
    return mask if mask is None or mask.ndim < 2 or mask.shape[-2] == 1 else mask[..., part, :]


def _attended(query: Array, key: Array, value: Array, mask: Array | None) -> Array:
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])
    if mask is not None:
        scores = scores + (np.where(mask, 0.0, -np.inf) if mask.dtype == np.bool_ else mask)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray((weights / weights.sum(-1, keepdims=True)) @ value)


@evaluates()
def band_part(x: Array, lower: Array, upper: Array) -> Array:
    below, above = int(lower), int(upper)
    if x.ndim < 2:
        raise EvaluationError(f"x must have rank 2 or more; got {x.ndim}")
    row, column = np.arange(x.shape[-2])[:, None], np.arange(x.shape[-1])[None, :]
    band = ((below < 0) | (row - column <= below)) & ((above < 0) | (column - row <= above))
    return np.where(band, x, x.dtype.type(0))
