"""Lists, states and classifiers. Branches and loops, which hold blocks, are evaluated by the program itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates
from .types import NUMPY


@evaluates(raw=True)
def make_list(init_length: Array, dynamic_length: Array, dtype: str, elem_shape: Any = ()) -> list[Array]:
    shape = elem_shape if isinstance(elem_shape, tuple) else (elem_shape,)
    sizes = [int(size) for each in shape for size in np.asarray(each).reshape(-1) if np.asarray(each).dtype.kind in "iu"]
    return [np.zeros(sizes, NUMPY[dtype]) for _ in range(int(init_length))]


@evaluates(raw=True)
def list_length(ls: list[Array]) -> Array:
    return np.array(len(ls), np.int32)


@evaluates(raw=True)
def list_read(ls: list[Array], index: Array) -> Array:
    return ls[_position(ls, int(index))]


@evaluates(raw=True)
def list_write(ls: list[Array], index: Array, value: Array) -> list[Array]:
    return _written(ls, {int(index): value})


@evaluates(raw=True)
def list_gather(ls: list[Array], indices: Array) -> Array:
    return np.stack([ls[_position(ls, int(at))] for at in np.asarray(indices).reshape(-1)])


@evaluates(raw=True)
def list_scatter(ls: list[Array], indices: Array, value: Array) -> list[Array]:
    return _written(ls, {int(at): each for at, each in zip(np.asarray(indices).reshape(-1), value, strict=True)})


def _position(ls: list[Array], index: int) -> int:
    if not 0 <= index < len(ls):
        raise EvaluationError(f"a list of {len(ls)} has no element {index}")
    return index


def _written(ls: list[Array], elements: dict[int, Array]) -> list[Array]:
    """The list with elements replaced; it grows where they lie beyond its end."""
    if min(elements) < 0:
        raise EvaluationError(f"a list has no element {min(elements)}")
    like = next(iter(elements.values()))
    out = ls + [np.zeros_like(like)] * (max(elements) + 1 - len(ls))
    for at, value in elements.items():
        out[at] = value
    return out


@evaluates(raw=True)
def read_state(input: Array) -> Array:
    return input.copy()


@evaluates(raw=True)
def write_state(input: Array, data: Array) -> tuple[()]:
    input[...] = data
    return ()


@evaluates(raw=True)
def classify(probabilities: Array, classes: list[Any]) -> tuple[Any, dict[Any, float]]:
    """The most probable class, and all with their probabilities."""
    labels = [item.item() if isinstance(item, np.ndarray) else item for item in classes]
    flat = probabilities.reshape(-1)
    return labels[int(flat.argmax())], {label: float(p) for label, p in zip(labels, flat, strict=True)}
