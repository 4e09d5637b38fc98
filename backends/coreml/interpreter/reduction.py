"""Reductions along axes, the positions of extremes, and running sums."""

from __future__ import annotations

from typing import Any

import numpy as np

from webnpu.types import Array

from .operations import Evaluator, evaluates
from .types import NUMPY


def _log_sum_exp(x: Array, **over: Any) -> Array:
    greatest = x.max(axis=over["axis"], keepdims=True)
    greatest = np.where(np.isfinite(greatest), greatest, 0.0)
    total = np.log(np.exp(x - greatest).sum(**over))
    return np.asarray(total + greatest.reshape(total.shape))


_FUNCTIONS: dict[str, Evaluator] = {
    "reduce_l1_norm": lambda x, **over: np.abs(x).sum(**over),
    "reduce_l2_norm": lambda x, **over: np.sqrt((x * x).sum(**over)),
    "reduce_log_sum": lambda x, **over: np.log(x.sum(**over)),
    "reduce_log_sum_exp": _log_sum_exp,
    "reduce_max": lambda x, **over: x.max(**over),
    "reduce_mean": lambda x, **over: x.mean(**over),
    "reduce_min": lambda x, **over: x.min(**over),
    "reduce_prod": lambda x, **over: x.prod(**over),
    "reduce_sum": lambda x, **over: x.sum(**over),
    "reduce_sum_square": lambda x, **over: (x * x).sum(**over),
}


def _reduction(function: Evaluator) -> Evaluator:
    def reduce(x: Array, keep_dims: Array, axes: Array | None = None) -> Array:
        over = tuple(range(x.ndim)) if axes is None else tuple(int(axis) % x.ndim for axis in np.asarray(axes).reshape(-1))
        result = function(x, axis=over, keepdims=bool(keep_dims))
        if x.dtype.kind != "f" and np.asarray(result).dtype.kind == "f":
            return np.asarray(np.trunc(result).astype(np.int64))
        return np.asarray(result)

    return reduce


for _name, _each in _FUNCTIONS.items():
    evaluates(_name)(_reduction(_each))


def _position(function: Evaluator) -> Evaluator:
    def position(x: Array, axis: Array, keep_dims: Array, output_dtype: str = "int32") -> Array:
        """Of equal elements the first; Core ML does not say which."""
        return np.asarray(function(x, axis=int(axis), keepdims=bool(keep_dims))).astype(NUMPY[output_dtype])

    return position


evaluates("reduce_argmax")(_position(np.argmax))
evaluates("reduce_argmin")(_position(np.argmin))


@evaluates()
def cumsum(x: Array, axis: Array, exclusive: Array, reverse: Array) -> Array:
    along = int(axis)
    x = np.flip(x, along) if bool(reverse) else x
    total = np.cumsum(x, along, dtype=x.dtype)
    if bool(exclusive):
        total = np.roll(total, 1, along)
        first = [slice(None)] * x.ndim
        first[along] = slice(0, 1)
        total[tuple(first)] = 0
    return np.flip(total, along) if bool(reverse) else total
