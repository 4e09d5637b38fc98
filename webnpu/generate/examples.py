"""One small example for each operator, for its page: arguments whose result a reader can check in the head."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import Any

import numpy as np

from ..operator import Operator
from .facts import has_several_outputs, members

Values = list[Any] | float | int


@dataclass(frozen=True)
class Tensor:
    """The elements of an operand, and their data type."""

    data_type: str
    values: Values


def _float(values: Values) -> Tensor:
    return Tensor("float32", values)


def _int(values: Values) -> Tensor:
    return Tensor("int32", values)


def _byte(values: Values) -> Tensor:
    return Tensor("uint8", values)


_ROW = {"input": _float([-2.0, -0.5, 0.0, 1.0, 2.5])}
_POSITIVE = {"input": _float([0.25, 1.0, 2.0, 4.0])}
_PAIR = {"a": _float([1.0, 2.0, 3.0]), "b": _float([3.0, 2.0, 1.0])}
_TRUTHS = {"a": _byte([0, 0, 1, 1]), "b": _byte([0, 1, 0, 1])}
_MATRIX = {"input": _float([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])}
_IMAGE = {"input": _float([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]])}
_COLUMN = _int([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
_GATES = {"hidden_size": 1}


def _weights(gates: int, *, directions: bool) -> dict[str, Tensor]:
    weight, recurrent = [[0.5, -0.5]] * gates, [[0.25]] * gates
    return {
        "weight": _float([weight] if directions else weight),
        "recurrent_weight": _float([recurrent] if directions else recurrent),
    }


_ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "add": {"a": _float([[1.0], [2.0]]), "b": _float([10.0, 20.0, 30.0])},
    "div": {"a": _int([7, -7, 8]), "b": _int([2, 2, 3])},
    "pow": {"a": _float([2.0, 3.0, 4.0]), "b": _float([3.0, 2.0, 0.5])},
    "logicalNot": {"a": _byte([0, 1, 5])},
    "logicalAnd": _TRUTHS,
    "logicalOr": _TRUTHS,
    "logicalXor": _TRUTHS,
    "isNaN": {"a": _float([0.0, float("nan"), float("inf")])},
    "isInfinite": {"a": _float([0.0, float("nan"), float("-inf")])},
    "log": _POSITIVE,
    "sqrt": _POSITIVE,
    "reciprocal": _POSITIVE,
    "roundEven": {"input": _float([-1.5, -0.5, 0.5, 1.5, 2.5])},
    "cast": {"input": _float([-1.7, 0.5, 2.9]), "data_type": "int32"},
    "clamp": {**_ROW, "min_value": -1, "max_value": 1},
    "where": {"condition": _byte([1, 0, 1]), "true_value": _float([1.0, 2.0, 3.0]), "false_value": _float(0.0)},
    "prelu": {"input": _float([[-1.0, -2.0], [3.0, -4.0]]), "slope": _float([0.5, 0.25])},
    "softmax": {**_MATRIX, "axis": 1},
    "conv2d": {**_IMAGE, "filter": _float([[[[1.0, 0.0], [0.0, -1.0]]]])},
    "convTranspose2d": {"input": _float([[[[1.0, 2.0], [3.0, 4.0]]]]), "filter": _float([[[[1.0, 10.0]]]]), "strides": [1, 2]},
    "averagePool2d": {**_IMAGE, "window_dimensions": [2, 2]},
    "l2Pool2d": {**_IMAGE, "window_dimensions": [2, 2]},
    "maxPool2d": {**_IMAGE, "window_dimensions": [2, 2]},
    "argMin": {"input": _float([[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]]), "axis": 1},
    "argMax": {"input": _float([[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]]), "axis": 1},
    "cumulativeSum": {"input": _int([1, 2, 3, 4]), "axis": 0},
    **{name: {**_MATRIX, "axes": [1]} for name in ("reduceL1", "reduceL2", "reduceLogSum", "reduceLogSumExp", "reduceMax", "reduceMean")},
    **{name: {**_MATRIX, "axes": [1]} for name in ("reduceMin", "reduceProduct", "reduceSum", "reduceSumSquare")},
    "batchNormalization": {**_MATRIX, "mean": _float([2.0, 3.0, 4.0]), "variance": _float([1.0, 4.0, 9.0])},
    "instanceNormalization": _IMAGE,
    "layerNormalization": _MATRIX,
    "gemm": {"a": _float([[1.0, 2.0], [3.0, 4.0]]), "b": _float([[1.0, 0.0], [0.0, 2.0]]), "c": _float([10.0, 20.0]), "alpha": 0.5},
    "matmul": {"a": _float([[1.0, 2.0], [3.0, 4.0]]), "b": _float([[5.0], [6.0]])},
    "triangular": {"input": _COLUMN, "upper": False},
    "gru": {"input": _float([[[1.0, 2.0]], [[3.0, 4.0]]]), **_weights(3, directions=True), "steps": 2, **_GATES, "return_sequence": True},
    "gruCell": {"input": _float([[1.0, 2.0]]), **_weights(3, directions=False), "hidden_state": _float([[0.5]]), **_GATES},
    "lstm": {"input": _float([[[1.0, 2.0]], [[3.0, 4.0]]]), **_weights(4, directions=True), "steps": 2, **_GATES, "return_sequence": True},
    "lstmCell": {
        "input": _float([[1.0, 2.0]]),
        **_weights(4, directions=False),
        "hidden_state": _float([[0.5]]),
        "cell_state": _float([[1.0]]),
        **_GATES,
    },
    "concat": {"inputs": [_int([[1, 2], [3, 4]]), _int([[5, 6]])], "axis": 0},
    "expand": {"input": _int([[1], [2]]), "new_shape": [2, 3]},
    "pad": {"input": _int([1, 2, 3]), "beginning_padding": [2], "ending_padding": [1], "mode": "reflection"},
    "reshape": {"input": _int([1, 2, 3, 4, 5, 6]), "new_shape": [2, 3]},
    "reverse": {"input": _int([[1, 2, 3], [4, 5, 6]]), "axes": [1]},
    "slice": {"input": _COLUMN, "starts": [1, 0], "sizes": [2, 3], "strides": [1, 2]},
    "split": {"input": _int([1, 2, 3, 4, 5, 6]), "splits": [2, 4]},
    "tile": {"input": _int([[1, 2]]), "repetitions": [2, 2]},
    "transpose": {"input": _int([[1, 2, 3], [4, 5, 6]])},
    "gather": {"input": _int([10, 20, 30]), "indices": _int([[2, 0], [-1, 1]])},
    "gatherElements": {"input": _COLUMN, "indices": _int([[0], [2], [1]]), "axis": 1},
    "gatherND": {"input": _COLUMN, "indices": _int([[0, 0], [2, 1]])},
    "scatterElements": {"input": _int([1, 2, 3]), "indices": _int([2, 0]), "updates": _int([30, 10])},
    "scatterND": {"input": _int([1, 2, 3]), "indices": _int([[2], [0]]), "updates": _int([30, 10])},
    "dequantizeLinear": {"input": _byte([0, 128, 255]), "scale": _float([0.5]), "zero_point": _byte([128])},
    "quantizeLinear": {"input": _float([-64.0, 0.0, 1.25]), "scale": _float([0.5]), "zero_point": _byte([128])},
    "resample2d": {"input": _float([[[[1.0, 2.0], [3.0, 4.0]]]]), "mode": "linear", "sizes": [2, 4]},
}
"""The arguments of each example; operators that are absent take a row of numbers, or a pair of rows."""


def arguments(operator: type[Operator]) -> Mapping[str, Any]:
    """The arguments of an operator's example."""
    default = _PAIR if "b" in operator.operand_limits else _ROW
    return _ARGUMENTS.get(operator.name, default)


def code(operator: type[Operator]) -> str:
    """The example as a program that prints its outputs."""
    tensors: dict[str, Tensor] = {}
    passed = []
    for member in members(operator):
        if member.name in arguments(operator):
            value = _expression(member.name, arguments(operator)[member.name], tensors)
            passed.append(value if member.required and member.limits else f"{member.name}={value}")
    call = f"builder.{operator.method}({', '.join(passed)})"
    lines = ["import numpy as np", "from webnpu import ML, MLGraphBuilder", ""]
    lines.append('builder = MLGraphBuilder(ML().create_context(backend="reference"))')
    for name, tensor in tensors.items():
        shape = list(np.shape(tensor.values))
        lines.append(f'{name} = builder.input("{name}", {{"dataType": "{tensor.data_type}", "shape": {shape}}})')
    arrays = "".join(f"    {name}=np.array({_literal(tensor.values)}, np.{tensor.data_type}),\n" for name, tensor in tensors.items())
    if has_several_outputs(operator):
        named = 'graph = builder.build({f"output{i}": output for i, output in enumerate(outputs)})'
        lines += [f"outputs = {call}", named, "", f"results = graph(\n{arrays})"]
        lines += ["for name, array in results.items():", '    print(f"{name}:", array, sep="\\n")']
    else:
        lines += [f'graph = builder.build({{"output": {call}}})', "", f"results = graph(\n{arrays})", 'print(results["output"])']
    return "\n".join(lines)


def _expression(name: str, value: Any, tensors: dict[str, Tensor]) -> str:
    """An argument as Python source; the operands that it names are added to the tensors."""
    if isinstance(value, Tensor):
        tensors[name] = value
        return name
    if isinstance(value, list) and any(isinstance(item, Tensor) for item in value):
        return "[" + ", ".join(_expression(f"{name.removesuffix('s')}{i}", item, tensors) for i, item in enumerate(value)) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _literal(values: Values) -> str:
    return repr(values).replace("nan", "np.nan").replace("inf", "np.inf")


@cache
def printed(operator: type[Operator]) -> str:
    """What the example prints, by running it."""
    with redirect_stdout(StringIO()) as text:
        exec(compile(code(operator), f"<the example of {operator.name}>", "exec"), {})
    return text.getvalue().rstrip()
