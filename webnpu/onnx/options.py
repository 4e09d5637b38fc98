"""What the caller of the importer says of a model: checked before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import MLTypeError
from ..spelling import spelt
from ..types import MAX_DIMENSION


def checked_options(
    dimensions: Any, shapes: Any, known: Any, float16: Any
) -> tuple[Mapping[str, int], Mapping[str, Sequence[Any]], Mapping[str, Any]]:
    """The sizes of dimensions, the shapes and the values of inputs, each by name; an MLTypeError says what is none."""
    for name, value in (("dimensions", dimensions), ("shapes", shapes), ("known", known)):
        if value is not None and not isinstance(value, Mapping):
            raise MLTypeError(f"import_model: {name} must be a mapping by name; got {type(value).__name__}")
        for key in value or ():
            if not isinstance(key, str):
                raise MLTypeError(f"import_model: the names in {name} must be strings; got {key!r}")
    if not isinstance(float16, bool):
        raise MLTypeError(f"import_model: float16 must be a bool; got {float16!r}")
    sizes = {name: _size(f"dimension {spelt(name)}", size) for name, size in (dimensions or {}).items()}
    whole: dict[str, Sequence[Any]] = {}
    for name, shape in (shapes or {}).items():
        items = _listed(f"the shape of {spelt(name)}", shape)
        if items and all(isinstance(item, Iterable) for item in items):  # of a sequence, the shapes of its items
            whole[name] = tuple(_shape(f"the shape of {spelt(item_name(name, i))}", item) for i, item in enumerate(items))
        else:
            whole[name] = _shape(f"the shape of {spelt(name)}", shape)
    return sizes, whole, dict(known or {})


def item_name(name: str, index: int) -> str:
    """What the graph calls an item of a sequence that the model takes or gives: ``x[0]``."""
    return f"{name}[{index}]"


def _listed(what: str, shape: Any) -> list[Any]:
    if isinstance(shape, (str, bytes)) or not isinstance(shape, Iterable):
        raise MLTypeError(f"import_model: {what} must be a sequence of integers; got {shape!r}")
    return list(shape)


def _shape(what: str, shape: Any) -> tuple[int, ...]:
    return tuple(_size(what, size) for size in _listed(what, shape))


def _size(what: str, size: Any) -> int:
    if isinstance(size, (bool, np.bool_)) or not isinstance(size, (int, np.integer)) or not 0 < size <= MAX_DIMENSION:
        raise MLTypeError(f"import_model: {what}: a size must be an integer from 1 to {MAX_DIMENSION}; got {size!r}")
    return int(size)
