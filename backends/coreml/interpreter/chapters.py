"""All evaluators, chapter by chapter: importing this fills the table."""

from __future__ import annotations

from . import (
    activation,
    control,
    convolution,
    elementwise,
    generation,
    indexing,
    linear_algebra,
    movement,
    normalization,
    pooling,
    quantization,
    recurrent,
    reduction,
    resampling,
    sorting,
)
from .operations import evaluates

CHAPTERS = (
    activation,
    control,
    convolution,
    elementwise,
    generation,
    indexing,
    linear_algebra,
    movement,
    normalization,
    pooling,
    quantization,
    recurrent,
    reduction,
    resampling,
    sorting,
)
"""The modules that hold the evaluators."""

__all__ = ["CHAPTERS", "evaluates"]
