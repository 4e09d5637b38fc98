"""Lowering to the runtime's operators, one module for each family of operators."""

from __future__ import annotations

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

CHAPTERS = (
    elementwise,
    activation,
    convolution,
    pooling,
    reduction,
    normalization,
    linear_algebra,
    movement,
    indexing,
    quantization,
    recurrent,
    resampling,
)
"""The modules that hold the lowering functions, named as the families of operators."""
