"""Lowering, one module for each family of operators. Importing this registers all of them."""

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

__all__ = [
    "activation",
    "convolution",
    "elementwise",
    "indexing",
    "linear_algebra",
    "movement",
    "normalization",
    "pooling",
    "quantization",
    "recurrent",
    "reduction",
    "resampling",
]
