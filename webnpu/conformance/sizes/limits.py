"""The limits that a case at size goes past, read from its operator: what proves that the corpus has a case beyond each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from ...operator import MLOperand, Operator
from ...operators.activation import Softmax
from ...operators.convolution import Conv2d, ConvTranspose2d
from ...operators.linear_algebra import Gemm, Matmul
from ...operators.movement import Concat, Split
from ...operators.normalization import InstanceNormalization, LayerNormalization
from ...operators.recurrent import Gru, Lstm

WORKGROUPS = 65535
"""The most workgroups that WebGPU starts along one dimension, whatever the device."""
INVOCATIONS = 256
"""The most invocations of a workgroup."""
BINDING = 2**27
"""The most bytes of a binding of WebGPU, whatever the device."""
HUNDREDS = 200
"""From here on a window, a sequence or a list of operands is one of hundreds."""

_WINDOWED = ("convolution", "pooling")
_SCANNED = (Softmax, LayerNormalization, InstanceNormalization, Gemm, Matmul)


@dataclass(frozen=True)
class SizeLimit:
    """A size beyond which implementations go wrong.

    Attributes:
        about: what is beyond it, in words.
        concerns: whether an operator can go past it.
        past: whether one use of an operator does.
    """

    about: str
    concerns: Callable[[type[Operator]], bool]
    past: Callable[[Any], bool]


def _tensors(op: Operator) -> list[MLOperand]:
    return [operand for _, operand in op.operands()] + list(op.outputs)


def _is_scanned(operator: type[Operator]) -> bool:
    """Whether it reduces, scans or contracts something."""
    return operator.family in ("reduction", "recurrent", *_WINDOWED) or operator in _SCANNED


def scanned(op: Any) -> int:
    """How many elements one element of the output is made of."""
    if op.family == "pooling":
        return prod(op.window)
    if op.family == "recurrent":
        return int(max(op.input.shape[-1], op.hidden_size))
    if isinstance(op, Conv2d):
        return prod(op.kernel[1:])
    if isinstance(op, ConvTranspose2d):
        return op.kernel[0] // op.groups * prod(op.kernel[2:])
    if isinstance(op, Gemm | Matmul):
        return op.a.shape[-2 if isinstance(op, Gemm) and op.a_transpose else -1]
    if isinstance(op, InstanceNormalization | LayerNormalization):
        axes = op.spatial_axes if isinstance(op, InstanceNormalization) else op.resolved_axes
        return prod(op.input.shape[axis] for axis in axes)
    return int(op.terms if hasattr(op, "terms") else op.input.shape[op.axis])


def _workgroups(op: Any) -> bool:
    """Whether there are more results than workgroups; of one element of one operand each, than invocations."""
    most: int = max(output.descriptor.size for output in op.outputs)
    if not _is_scanned(type(op)):
        return most > WORKGROUPS * INVOCATIONS
    rows = most // scanned(op) if op.name in ("softmax", "cumulativeSum") or op.family == "normalization" else most
    return rows > WORKGROUPS


def _has_rank(operator: type[Operator]) -> bool:
    return any(limits.ranks()[1] is None for limits in operator.operand_limits.values())


def _rank(rank: int) -> SizeLimit:
    return SizeLimit(f"rank {rank}", _has_rank, lambda op: any(operand.rank == rank for operand in _tensors(op)))


def _axis(bits: int) -> SizeLimit:
    return SizeLimit(f"more than 2**{bits} elements reduced, scanned or contracted to one", _is_scanned, lambda op: scanned(op) > 2**bits)


LIMITS: Mapping[str, SizeLimit] = {
    "dimension": SizeLimit(
        "a dimension above 65,535", lambda operator: True, lambda op: any(max(o.shape, default=0) > 65535 for o in _tensors(op))
    ),
    "bytes": SizeLimit(
        "a tensor above 128 MiB", lambda operator: True, lambda op: any(o.descriptor.byte_length > BINDING for o in _tensors(op))
    ),
    "workgroups": SizeLimit("more results than 65,535 workgroups", lambda operator: True, _workgroups),
    "axis-16": _axis(16),
    "axis-20": _axis(20),
    "axis-24": _axis(24),
    "window": SizeLimit(
        "a window or filter of hundreds by hundreds",
        lambda operator: operator.family in _WINDOWED,
        lambda op: min(op.window if op.family == "pooling" else op.kernel[2:]) > HUNDREDS,
    ),
    "steps": SizeLimit("a sequence of hundreds of steps", lambda operator: operator in (Gru, Lstm), lambda op: op.steps > HUNDREDS),
    "operands": SizeLimit(
        "hundreds of operands or outputs", lambda operator: operator in (Concat, Split), lambda op: len(_tensors(op)) > HUNDREDS
    ),
    "rank-6": _rank(6),
    "rank-7": _rank(7),
    "rank-8": _rank(8),
}
"""By name."""
