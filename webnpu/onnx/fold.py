"""Folding: nodes whose inputs are all known are computed when the model is imported, by ONNX's own evaluator."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import defs, helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from ..types import Array
from .errors import Refused

if TYPE_CHECKING:
    from onnx import NodeProto

    from ..budget import Meter

RANDOM = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli")
"""What gives another result each time is never folded."""

KEPT = ("DequantizeLinear", "DynamicQuantizeLinear", "RegexFullMatch", "ImageDecoder")
"""Folding the first would undo the compression of weights; of the second, ONNX's evaluator divides zero by zero; the others run
what a file says through a matcher and decoders that have no bounds."""

_FEW = 64
"""Inputs of up to so many elements say what shape a result has."""

_STEP, _TERM, _WIDEST = 4e-6, 1e-9, 16
"""Seconds for an element where ONNX's evaluator goes through them in Python, and for a term of a sum where NumPy does; the most
bytes of an element of a result."""

_LOOPS = (
    *("AveragePool", "Col2Im", "DeformConv", "GatherND", "GlobalLpPool", "GridSample", "LpPool", "MaxPool", "MaxRoiPool", "MaxUnpool"),
    *("NonMaxSuppression", "Resize", "RoiAlign", "Scatter", "ScatterElements", "ScatterND", "StringConcat", "StringNormalizer"),
    *("StringSplit", "TfIdfVectorizer", "TopK", "Unique", "Upsample"),
)
"""What ONNX's evaluator computes element by element, in Python."""


_PLAIN = frozenset({
    "Abs", "Add", "And", "Cast", "Ceil", "Concat", "Cos", "Div", "Equal", "Exp", "Floor", "Gather", "Greater", "GreaterOrEqual", "Identity",
    "Less", "LessOrEqual", "Log", "Max", "Min", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "Reciprocal", "ReduceMax", "ReduceMin",
    "ReduceProd", "ReduceSum", "Relu", "Reshape", "Round", "Shape", "Sign", "Sin", "Size", "Slice", "Split", "Sqrt", "Squeeze", "Sub",
    "Sum", "Transpose", "Unsqueeze", "Where", "Xor",
})  # fmt: skip
_SMALL = 4096
"""Plain operators whose inputs have so few elements, those of all multiplied, make little, and are not asked how much."""

_KEPT = 1000


class Folder:
    """Computes nodes; keeps the evaluators of those that come again, as in loops.

    Args:
        meter: what may be made; it is asked before anything is.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._evaluators: dict[int, tuple[NodeProto, ReferenceEvaluator]] = {}

    def evaluator(self, proto: NodeProto, opset: int) -> ReferenceEvaluator:
        """ONNX's evaluator of a node."""
        if id(proto) not in self._evaluators:
            if len(self._evaluators) >= _KEPT:
                self._evaluators.clear()
            self._evaluators[id(proto)] = proto, ReferenceEvaluator(proto, opsets={proto.domain: opset})
        return self._evaluators[id(proto)][1]

    def __call__(self, proto: NodeProto, inputs: Sequence[Array | None], opset: int) -> tuple[Any, ...]:
        """The outputs of a node from known inputs.

        Args:
            proto: the node, without graphs inside.
            inputs: its inputs, None where absent.
            opset: the version of its domain.

        Raises:
            Refused: it cannot be computed.
            BudgetExceeded: it would be too large, or take too long.
        """
        given = {name: array for name, array in zip(proto.input, inputs, strict=True) if name and array is not None}

        def who() -> str:
            return f"{proto.op_type} {proto.name or next(iter(proto.output), '')!r}, computed when the model is imported,"

        if proto.op_type not in _PLAIN or math.prod(array.size for array in inputs if array is not None) > _SMALL:
            elements = _elements(proto, given, opset)
            self._meter.check("bytes", elements * _width(inputs), who)
            self._meter.check("seconds", _seconds(proto, [array for array in inputs if array is not None], elements), who)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")  # the evaluator's own remarks about NumPy
                return tuple(self.evaluator(proto, opset).run(None, given))
        except Exception as error:
            # The evaluator raises whatever NumPy does; all of it says that these inputs do not fit this operator.
            raise Refused(f"it cannot be computed from its known inputs: {type(error).__name__}: {str(error)[:200]}") from error


def _width(inputs: Sequence[Array | None]) -> int:
    """The bytes of an element, at least of what is computed on the way."""
    return min(max((array.itemsize for array in inputs if array is not None), default=8), _WIDEST)


def _elements(proto: NodeProto, given: dict[str, Array], opset: int) -> float:
    """How many elements the results have, by ONNX's own rules of shapes; where those do not tell, as many as the inputs, broadcast."""
    try:
        schema = defs.get_schema(proto.op_type, opset, proto.domain)
        types = {name: helper.make_tensor_type_proto(helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for name, a in given.items()}
        data = {name: numpy_helper.from_array(a, name) for name, a in given.items() if a.size <= _FEW}
        inferred = shape_inference.infer_node_outputs(schema, proto, types, data)
    except Exception:
        inferred = {}
    total = 0.0
    for output in inferred.values():
        tensor = output.tensor_type
        if not tensor.HasField("shape") or any(not d.HasField("dim_value") for d in tensor.shape.dim):
            return _broadcast(proto, list(given.values()))
        total += math.prod(float(max(d.dim_value, 0)) for d in tensor.shape.dim)
    return total if inferred else _broadcast(proto, list(given.values()))


def _broadcast(proto: NodeProto, arrays: Sequence[Array]) -> float:
    """How many elements inputs have together, or what they broadcast to; of NonZero, an index for each dimension of each."""
    total = float(sum(array.size * (max(array.ndim, 1) if proto.op_type == "NonZero" else 1) for array in arrays))
    try:
        return max(total, math.prod(map(float, np.broadcast_shapes(*(array.shape for array in arrays)))))
    except ValueError:
        return total


def _seconds(proto: NodeProto, arrays: Sequence[Array], elements: float) -> float:
    """About how long ONNX's evaluator takes."""
    operator = proto.op_type
    if operator in _LOOPS:
        window = next((math.prod(a.ints) for a in proto.attribute if a.name == "kernel_shape"), 1)
        return _STEP * (elements * max(window, 1) + sum(array.size for array in arrays))
    if operator == "Einsum":
        equation = next((a.s.decode(errors="replace") for a in proto.attribute if a.name == "equation"), "")
        terms = [term.replace(" ", "") for term in equation.partition("->")[0].split(",")]
        sizes = {letter: size for term, array in zip(terms, arrays, strict=False) for letter, size in zip(term, array.shape, strict=False)}
        return _TERM * math.prod(float(size) for size in sizes.values())
    if len(arrays) > 1 and arrays[1].ndim and (operator.startswith(("Conv", "QLinear", "MatMul")) or operator == "Gemm"):
        weights: Array = arrays[3] if operator.startswith("QLinear") and len(arrays) > 3 else arrays[1]
        if operator in ("Gemm", "ConvTranspose"):
            return _TERM * elements * float(weights.size) / max(int(min(weights.shape)), 1)
        taps: float = weights.size / max(weights.shape[0], 1) if "Conv" in operator else arrays[0].shape[-1] if arrays[0].ndim else 1
        return _TERM * elements * taps
    if operator in ("LSTM", "GRU", "RNN") and len(arrays) > 2:
        return float(arrays[0].shape[0]) * (10 * _STEP + _TERM * (arrays[1].size + arrays[2].size))
    if operator in ("DFT", "STFT"):
        return _TERM * elements * 64
    return 0.0
