"""For every operator a valid use of it, and for each of its numbered constraints what breaks that one alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...operators import OPERATORS
from ...types import DataType, OperandDescriptor, Shape

Operand = OperandDescriptor | list[OperandDescriptor]


def t(*shape: int, of: DataType = DataType.FLOAT32) -> OperandDescriptor:
    """A tensor's descriptor."""
    return OperandDescriptor(of, shape)


def i32(*shape: int) -> OperandDescriptor:
    """The descriptor of indices."""
    return t(*shape, of=DataType.INT32)


@dataclass(frozen=True)
class Subject:
    """A valid use of an operator, with every operand, and how to break it.

    Attributes:
        arguments: operands as descriptors and options as values, under their Python names.
        broken: for each label, the arguments that take the place of those.
    """

    arguments: Mapping[str, Any]
    broken: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


UNREACHABLE: Mapping[tuple[str, str], str] = {
    ("argMin", "C3"): "a valid dimension is at most what int32 holds",
    ("argMax", "C3"): "a valid dimension is at most what int32 holds",
}
"""The constraints that no valid operands can violate, and why."""

_LOGICAL = t(2, 3, of=DataType.UINT8)
_CONV: Mapping[str, Mapping[str, Any]] = {
    "C1": {"padding": [1, 1, 1]},
    "C2": {"strides": [1, 0]},
    "C3": {"dilations": [1]},
    "C4": {"groups": 0},
}
_POOL = Subject(
    {"input": t(1, 2, 5, 5), "window_dimensions": [3, 3], "strides": [2, 2]},
    {
        "C1": {"window_dimensions": [3, 0]},
        "C2": {"padding": [0, 0]},
        "C3": {"strides": [0, 1]},
        "C4": {"dilations": [1, 1, 1]},
        "C5": {"window_dimensions": [6, 3]},
        "C6": {"output_sizes": [2, 3]},
    },
)
_REDUCE = Subject({"input": t(2, 3, 4), "axes": [1]}, {"C1": {"axes": [0, 3]}, "C2": {"axes": [1, 1]}})
_EXTREME = Subject({"input": t(2, 3), "axis": 1}, {"C1": {"axis": 2}, "C2": {"output_data_type": "float32"}})
_GATES = {"gru": 3, "gruCell": 3, "lstm": 4, "lstmCell": 4}


def _recurrent(name: str) -> Subject:
    """Two steps, a batch of three, four features, a hidden size of five."""
    rows, whole = 5 * _GATES[name], name in ("gru", "lstm")
    lead: Shape = (1,) if whole else ()
    state = t(*lead, 3, 5)
    arguments: dict[str, Any] = {
        "input": t(2, 3, 4) if whole else t(3, 4),
        "weight": t(*lead, rows, 4),
        "recurrent_weight": t(*lead, rows, 5),
        **({"steps": 2} if whole else {"hidden_state": state}),
        **({"cell_state": state} if name == "lstmCell" else {}),
        "hidden_size": 5,
        "bias": t(*lead, rows),
        "recurrent_bias": t(*lead, rows),
        **({"initial_hidden_state": state} if whole else {}),
        **({"peephole_weight": t(*lead, 15)} if _GATES[name] == 4 else {}),
        **({"initial_cell_state": state} if name == "lstm" else {}),
    }
    wrong = {
        "weight": t(*lead, rows, 3),
        "recurrent_weight": t(*lead, rows + 1, 5),
        "bias": t(*lead, rows + 1),
        "recurrent_bias": t(*lead, rows - 1),
        "hidden_state": t(*lead, 2, 5),
        "initial_hidden_state": t(*lead, 3, 4),
        "cell_state": t(*lead, 3, 6),
        "initial_cell_state": t(*lead, 2, 5),
        "peephole_weight": t(*lead, 20),
    }
    order = ["steps", "hidden_size", "weight", "recurrent_weight", "bias", "recurrent_bias", "initial_hidden_state"]
    if not whole:
        order = ["hidden_size", "weight", "recurrent_weight", "hidden_state", "bias", "recurrent_bias"]
    order += {"lstm": ["peephole_weight", "initial_cell_state"], "lstmCell": ["cell_state", "peephole_weight"]}.get(name, [])
    changes = {**wrong, "steps": 3, "hidden_size": 0, "activations": ["relu"]}
    return Subject(arguments, {f"C{i + 1}": {what: changes[what]} for i, what in enumerate([*order, "activations"])})


def _axes_of(shape: OperandDescriptor, **more: Any) -> Subject:
    return Subject({"input": shape, **more}, {"C1": {"axis": shape.rank}})


_BINARY = Subject({"a": t(2, 3), "b": t(2, 3)}, {"C1": {"b": t(2, 4)}})
_LOGICAL_BINARY = Subject({"a": _LOGICAL, "b": _LOGICAL}, {"C1": {"b": t(4, 3, of=DataType.UINT8)}})
_QUANTIZATION = {"C1": {"scale": t(2, 1)}, "C2": {"scale": t(2, 3), "zero_point": t(2, 3, of=DataType.UINT8)}}

SUBJECTS: dict[str, Subject] = {
    **dict.fromkeys(("add", "sub", "mul", "div", "max", "min", "pow"), _BINARY),
    **dict.fromkeys(("equal", "notEqual", "greater", "greaterOrEqual", "lesser", "lesserOrEqual"), _BINARY),
    **dict.fromkeys(("logicalAnd", "logicalOr", "logicalXor"), _LOGICAL_BINARY),
    "logicalNot": Subject({"a": _LOGICAL}),
    "isNaN": Subject({"a": t(2, 3)}),
    "isInfinite": Subject({"a": t(2, 3)}),
    "cast": Subject({"input": t(2, 3), "data_type": "int32"}, {"C1": {"data_type": "int4"}}),
    "clamp": Subject({"input": t(2, 3), "min_value": 0, "max_value": 6}, {"C1": {"min_value": 7}}),
    "where": Subject(
        {"condition": _LOGICAL, "true_value": t(2, 3), "false_value": t(2, 3)},
        {"C1": {"false_value": t(2, 4)}, "C2": {"condition": t(5, 3, of=DataType.UINT8)}},
    ),
    "prelu": Subject({"input": t(2, 3), "slope": t(3)}, {"C1": {"slope": t(2)}}),
    "softmax": _axes_of(t(2, 3), axis=1),
    "conv2d": Subject(
        {"input": t(1, 4, 5, 5), "filter": t(6, 2, 3, 3), "groups": 2, "bias": t(6)},
        {
            **_CONV,
            "C5": {"filter": t(6, 3, 3, 3)},
            "C6": {"filter": t(5, 2, 3, 3), "bias": t(5)},
            "C7": {"bias": t(5)},
            "C8": {"dilations": [3, 1]},
        },
    ),
    "convTranspose2d": Subject(
        {"input": t(1, 4, 3, 3), "filter": t(4, 3, 3, 3), "groups": 2, "bias": t(6), "strides": [2, 2]},
        {
            **_CONV,
            "C5": {"filter": t(5, 3, 3, 3)},
            "C6": {"groups": 2**31},
            "C7": {"bias": t(3)},
            "C8": {"output_padding": [1]},
            "C9": {"output_sizes": [7, 7, 7]},
            "C10": {"output_padding": [0, 2]},
            "C11": {"output_sizes": [7, 9]},
            "C12": {"padding": [4, 4, 0, 0]},
        },
    ),
    **dict.fromkeys(("averagePool2d", "l2Pool2d", "maxPool2d"), _POOL),
    "argMin": _EXTREME,
    "argMax": _EXTREME,
    "cumulativeSum": _axes_of(t(2, 3), axis=1),
    **{name: _REDUCE for name in OPERATORS if name.startswith("reduce")},
    "batchNormalization": Subject(
        {"input": t(2, 3, 4), "mean": t(3), "variance": t(3), "scale": t(3), "bias": t(3)},
        {
            "C1": {"axis": 3},
            "C2": {"mean": t(2)},
            "C3": {"variance": t(4)},
            "C4": {"scale": t(1)},
            "C5": {"bias": t(2)},
        },
    ),
    "instanceNormalization": Subject({"input": t(2, 3, 4, 5), "scale": t(3), "bias": t(3)}, {"C1": {"scale": t(5)}, "C2": {"bias": t(4)}}),
    "layerNormalization": Subject(
        {"input": t(2, 3, 4), "scale": t(4, 3), "bias": t(4, 3), "axes": [2, 1]},
        {"C1": {"axes": [3, 1]}, "C2": {"axes": [1, 1]}, "C3": {"scale": t(3, 4)}, "C4": {"bias": t(4)}},
    ),
    "gemm": Subject({"a": t(2, 3), "b": t(3, 4), "c": t(4)}, {"C1": {"a_transpose": True}, "C2": {"c": t(2)}}),
    "matmul": Subject({"a": t(5, 2, 3), "b": t(5, 3, 4)}, {"C1": {"b": t(5, 2, 4)}, "C2": {"b": t(4, 3, 4)}}),
    **{name: _recurrent(name) for name in _GATES},
    "concat": Subject(
        {"inputs": [t(2, 3), t(2, 4)], "axis": 1},
        {
            "C1": {"inputs": []},
            "C2": {"axis": 2},
            "C3": {"inputs": [t(2, 3), t(2, 3, of=DataType.FLOAT16)]},
            "C4": {"inputs": [t(2, 3), t(3, 3)]},
        },
    ),
    "expand": Subject({"input": t(1, 3), "new_shape": [2, 3]}, {"C1": {"new_shape": [2, 4]}}),
    "pad": Subject(
        {"input": t(2, 3), "beginning_padding": [1, 1], "ending_padding": [1, 1]},
        {"C1": {"ending_padding": [1]}, "C2": {"beginning_padding": [0, 3], "mode": "reflection"}},
    ),
    "reshape": Subject({"input": t(2, 3), "new_shape": [6]}, {"C1": {"new_shape": [2, 4]}}),
    "reverse": Subject({"input": t(2, 3)}, {"C1": {"axes": [2]}, "C2": {"axes": [0, 0]}}),
    "slice": Subject(
        {"input": t(4, 5), "starts": [1, 1], "sizes": [2, 2]},
        {"C1": {"starts": [1]}, "C2": {"sizes": [2, 0]}, "C3": {"strides": [1, 0]}, "C4": {"starts": [1, 4]}},
    ),
    "split": Subject({"input": t(4, 6), "splits": 2}, {"C1": {"axis": 2}, "C2": {"splits": 0}, "C3": {"splits": [1, 2]}}),
    "tile": Subject({"input": t(2, 3), "repetitions": [2, 1]}, {"C1": {"repetitions": [2]}}),
    "transpose": Subject({"input": t(2, 3)}, {"C1": {"permutation": [0, 0]}}),
    "gather": Subject({"input": t(4, 3), "indices": i32(2)}, {"C1": {"axis": 2}}),
    "gatherElements": Subject({"input": t(4, 3), "indices": i32(2, 3)}, {"C1": {"axis": 2}, "C2": {"indices": i32(2, 2)}}),
    "gatherND": Subject({"input": t(4, 3), "indices": i32(5, 2)}, {"C1": {"indices": i32(5, 3)}}),
    "scatterElements": Subject(
        {"input": t(4, 3), "indices": i32(2, 3), "updates": t(2, 3)},
        {"C1": {"axis": 2}, "C2": {"indices": i32(2, 2), "updates": t(2, 2)}, "C3": {"updates": t(1, 3)}},
    ),
    "scatterND": Subject(
        {"input": t(4, 3), "indices": i32(5, 1), "updates": t(5, 3)}, {"C1": {"indices": i32(5, 3)}, "C2": {"updates": t(5, 2)}}
    ),
    "dequantizeLinear": Subject(
        {"input": t(4, 6, of=DataType.UINT8), "scale": t(2, 2), "zero_point": t(2, 2, of=DataType.UINT8)},
        {**_QUANTIZATION, "C2": {"scale": t(3, 2), "zero_point": t(3, 2, of=DataType.UINT8)}},
    ),
    "quantizeLinear": Subject(
        {"input": t(4, 6), "scale": t(2, 2), "zero_point": t(2, 2, of=DataType.UINT8)},
        {**_QUANTIZATION, "C2": {"scale": t(2, 4), "zero_point": t(2, 4, of=DataType.UINT8)}},
    ),
    "resample2d": Subject({"input": t(1, 2, 3, 4)}, {"C1": {"scales": [1.0, 0.0]}, "C2": {"sizes": [3, 0]}, "C3": {"axes": [2, 2]}}),
    "triangular": Subject({"input": t(3, 3)}),
}
"""Operators that take one input alone, and have no constraint, are added by `subject`."""


def subject(name: str) -> Subject:
    """The valid use of an operator, and how to break it."""
    return SUBJECTS.get(name) or Subject({"input": t(2, 3)})
