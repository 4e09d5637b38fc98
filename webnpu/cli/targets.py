"""What a graph meets with on a target: findings, each with what to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..backend import load_backend
from ..conformance.required import required_limits
from ..errors import Unsupported
from ..graph import Graph
from ..operator import Operator
from ..types import DataType


@dataclass(frozen=True)
class Finding:
    """Something in a graph that a target may not take.

    Attributes:
        rule: the rule's name.
        operator: the WebNN operator; '' where the whole graph is meant.
        label: the caller's label.
        reason: what stands in the way.
        advice: what to change.
    """

    rule: str
    operator: str
    label: str
    reason: str
    advice: str


def _of_backend(finding: Any) -> Finding:
    return Finding(finding.rule, finding.operator, finding.label, finding.reason, finding.advice)


def webnn_required(graph: Graph) -> Iterator[Finding]:
    """Data types and ranks that WebNN does not require of every implementation."""
    for op in graph.operators:
        required = required_limits(type(op))
        outputs = [*op.output_limits, *[list(op.output_limits)[-1]] * len(op.outputs)]
        for name, operand in (*op.operands(), *zip(outputs, op.outputs, strict=False)):
            limits = required[name]
            if operand not in limits:
                yield Finding(
                    "required",
                    op.name,
                    op.label,
                    f"{name} is {operand.descriptor}; required: {', '.join(limits.types)}, rank {limits.ranks[0]} to {limits.ranks[1]}",
                    "cast or reshape it, or ask opSupportLimits() of the context first",
                )
                break


def webgpu_default_limits(graph: Graph) -> Iterator[Finding]:
    """Whether the WebGPU backend makes a plan within the limits that every device has."""
    try:
        load_backend("webgpu").lower(graph)  # type: ignore[attr-defined]
    except Unsupported as error:
        advice = "replace the operator or its data type, or split the tensor"
        yield Finding("refused", error.operator.name, error.operator.label, error.reason, advice)


def neural_engine(graph: Graph) -> Iterator[Finding]:
    """What is likely to keep operators off Apple's Neural Engine, as the Core ML backend knows it."""
    for finding in load_backend("coreml").check(graph, "ane"):  # type: ignore[attr-defined]
        yield _of_backend(finding)


_NPU_TYPES = (DataType.FLOAT32, DataType.FLOAT16, DataType.INT8, DataType.UINT8, DataType.INT32)
_NPU_RANK = 4
_UNROLLED = ("lstm", "gru", "lstmCell", "gruCell")


def litert_npu(graph: Graph) -> Iterator[Finding]:
    """What is likely to keep operators off the NPUs behind LiteRT's delegates: a forecast, since each vendor decides."""
    try:
        load_backend("tflite").compile(graph)
    except Unsupported as error:
        yield Finding("refused", error.operator.name, error.operator.label, error.reason, "replace the operator, or its data type")
        return
    for op in graph.operators:
        yield from _npu_rules(op)
    floats = sum(c.descriptor.byte_length for c in graph.constants if c.data_type is DataType.FLOAT32)
    if floats > 2**20:
        yield Finding(
            "weights", "", "", f"{floats / 2**20:.0f} MiB of weights are float32", "quantise them to int8, which these devices are made for"
        )


def _npu_rules(op: Operator) -> Iterator[Finding]:
    operands = [*(operand for _, operand in op.operands()), *op.outputs]
    odd = [operand for operand in operands if operand.data_type not in _NPU_TYPES]
    if odd:
        yield Finding("types", op.name, op.label, f"it computes with {odd[0].descriptor}", "use int32 for indices, int8 or floats for data")
    deep = [operand for operand in operands if operand.rank > _NPU_RANK]
    if deep:
        yield Finding("rank", op.name, op.label, f"a tensor of rank {deep[0].rank}", f"keep to {_NPU_RANK} dimensions")
    if op.name in _UNROLLED:
        yield Finding("recurrent", op.name, op.label, "it becomes many small steps", "use convolutions over time, or attention")


TARGETS: dict[str, Callable[[Graph], Iterator[Finding]]] = {
    "webnn-required": webnn_required,
    "webgpu-default-limits": webgpu_default_limits,
    "ane": neural_engine,
    "litert-npu": litert_npu,
}
"""What `webnpu check --target` knows."""
