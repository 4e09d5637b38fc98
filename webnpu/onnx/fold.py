"""Folding: nodes whose inputs are all known are computed when the model is imported, by ONNX's own evaluator."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx.reference import ReferenceEvaluator

from ..types import Array
from .errors import Refused

if TYPE_CHECKING:
    from onnx import NodeProto

MAX_ELEMENTS = 2**28
"""The largest tensor that folding may make: more than any model's weight, less than a machine's memory."""

RANDOM = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli")
"""What gives another result each time is never folded."""

KEPT = ("DequantizeLinear", "DynamicQuantizeLinear")
"""Folding the first would undo the compression of weights; of the second, ONNX's evaluator divides zero by zero."""


def fold(proto: NodeProto, inputs: Sequence[Array | None], opset: int) -> tuple[Any, ...]:
    """The outputs of a node from known inputs.

    Args:
        proto: the node, without graphs inside.
        inputs: its inputs, None where absent.
        opset: the version of its domain.
    """
    elements = _elements(proto, inputs)
    if elements > MAX_ELEMENTS:
        raise Refused(f"its result would have {elements} elements")
    given = {name: array for name, array in zip(proto.input, inputs, strict=True) if name and array is not None}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # the evaluator's own remarks about NumPy
            evaluator = ReferenceEvaluator(proto, opsets={proto.domain: opset})
            return tuple(evaluator.run(None, given))
    except Refused:
        raise
    except Exception as error:
        # The evaluator raises whatever NumPy does; all of it says that these inputs do not fit this operator.
        raise Refused(f"it cannot be computed from its known inputs: {type(error).__name__}: {str(error)[:200]}") from error


def _elements(proto: NodeProto, inputs: Sequence[Array | None]) -> int:
    """How many elements the result would have, for operators that make much of little; what is broadcast included."""
    arrays = [array for array in inputs if array is not None]
    operator = proto.op_type
    if operator in ("ConstantOfShape", "Expand", "Reshape") and arrays:
        return abs(math.prod(int(size) for size in arrays[-1].reshape(-1)))
    if operator == "Tile" and len(arrays) == 2:
        return arrays[0].size * math.prod(max(int(count), 1) for count in arrays[1].reshape(-1))
    if operator == "Range" and len(arrays) == 3:
        start, limit, delta = (float(array.reshape(-1)[0]) if array.size else 0.0 for array in arrays)
        steps = (limit - start) / delta if delta else math.inf
        return int(max(min(steps, 2.0**62), 0)) if not math.isnan(steps) else 0
    if operator == "Pad" and len(arrays) >= 2:
        return max(math.prod(arrays[0].shape), 1) * max(math.prod(1 + abs(int(size)) for size in arrays[1].reshape(-1)), 1)
    if operator in ("OneHot", "Resize", "Upsample", "CenterCropPad", "EyeLike", "GridSample") and len(arrays) >= 2:
        numbers = [abs(float(n)) for array in arrays[1:] if array.size <= 8 and array.dtype.kind in "iuf" for n in array.reshape(-1)]
        return int(min(arrays[0].size * math.prod(max(n, 1.0) for n in numbers if math.isfinite(n)), 2.0**62))
    try:
        return math.prod(np.broadcast_shapes(*(array.shape for array in arrays)))
    except ValueError:
        return max((array.size for array in arrays), default=0)
