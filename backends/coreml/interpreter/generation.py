"""Tensors made from parameters: filled, counted up, or of a tensor's shape. Random ones are not evaluated."""

from __future__ import annotations

from typing import Any

import numpy as np

from webnpu.types import Array

from .errors import MissingOperationError
from .operations import evaluates
from .windows import numbers


@evaluates(raw=True)
def fill(shape: Array, value: Array) -> Array:
    return np.full(numbers(shape), value)


@evaluates(raw=True)
def fill_like(ref_tensor: Array, value: Array) -> Array:
    return np.full(ref_tensor.shape, value)


@evaluates()
def range_1d(start: Array, end: Array, step: Array) -> Array:
    """``start + i * step`` as long as that does not reach the end."""
    count = max(0, int(np.ceil((float(end) - float(start)) / float(step))))
    kind = np.float64 if np.asarray(start).dtype.kind == "f" else np.int64
    return np.asarray(kind(start) + np.arange(count) * kind(step))


@evaluates(raw=True)
def shape(x: Array) -> Array:
    return np.array(x.shape, np.int32)


@evaluates("random_bernoulli", "random_categorical", "random_normal", "random_uniform")
def random(**_: Any) -> Array:
    raise MissingOperationError("random numbers are not evaluated: Core ML does not document its generator")
