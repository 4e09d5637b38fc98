"""The specification: one class for each operator, one module for each family of them."""

from collections.abc import Mapping

from ..operator import Operator
from . import (
    activation,
    convolution,
    elementwise,
    indexing,
    linear_algebra,
    movement,
    normalization,
    pooling,
    quantization,
    recurrent,
    reduction,
    resampling,
)

FAMILIES = (
    elementwise,
    activation,
    convolution,
    pooling,
    reduction,
    normalization,
    linear_algebra,
    recurrent,
    movement,
    indexing,
    quantization,
    resampling,
)
"""The chapters, in reading order."""

OPERATORS: Mapping[str, type[Operator]] = {
    value.name: value
    for family in FAMILIES
    for name, value in vars(family).items()
    if isinstance(value, type) and issubclass(value, Operator) and value.__module__ == family.__name__ and name[0] != "_"
}
"""Every operator by its WebNN name, in reading order."""
