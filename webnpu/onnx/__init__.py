"""ONNX models in and out: `import_model` makes a Graph of a model, `export_model` a model of a Graph.

Needs the extra ``webnpu[onnx]``. One module for each family of operators, as everywhere; a value that is known when
the model is imported is a NumPy array, and the operators that only compute with such values vanish.
"""

from __future__ import annotations

from importlib.util import find_spec

from ..errors import NotSupportedError

if find_spec("onnx") is None:
    raise NotSupportedError("ONNX models need onnx, which is not installed: pip install 'webnpu[onnx]'")

from . import (
    activation,
    attention,
    contrib,
    control_flow,
    convolution,
    elementwise,
    indexing,
    integer,
    linear_algebra,
    movement,
    normalization,
    pooling,
    quantization,
    quantized,
    recurrent,
    reduction,
    remainder,
    resampling,
    sampling,
    sequences,
    signal,
    trigonometry,
)
from .errors import InvalidModel, Refusal, UnsupportedModel
from .export import export_model, save_model
from .importer import import_model

__all__ = ["FAMILIES", "InvalidModel", "Refusal", "UnsupportedModel", "export_model", "import_model", "save_model"]

FAMILIES = (
    elementwise,
    integer,
    remainder,
    trigonometry,
    activation,
    convolution,
    pooling,
    reduction,
    normalization,
    linear_algebra,
    attention,
    recurrent,
    movement,
    indexing,
    quantization,
    quantized,
    contrib,
    resampling,
    sampling,
    signal,
    control_flow,
    sequences,
)
"""The modules that hold the importers, in reading order."""
