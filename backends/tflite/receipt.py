"""The receipt of a program: which steps run each operator, and what runs the steps.

LiteRT hands runs of steps to XNNPACK when a model is loaded; its list of nodes then ends with one DELEGATE for each run,
whose inputs and outputs bound the steps that it took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webnpu.backend import OperatorReport, Report

from .flatbuffer import Step
from .schema import DEEP_RANK

if TYPE_CHECKING:
    from .runtime import TfliteProgram

XNNPACK, KERNEL = "XNNPACK", "LiteRT kernel"


def receipt(program: TfliteProgram) -> Report:
    """How each operator of a program's graph is run."""
    steps = program.model.steps
    taken = delegated(program.nodes(), len(steps))
    by_operator: dict[int, list[int]] = {}
    for i, step in enumerate(steps):
        by_operator.setdefault(step.source, []).append(i)
    reports = []
    for place, op in enumerate(program.graph.operators):
        own = by_operator.get(place, [])
        devices = list(dict.fromkeys(XNNPACK if i in taken else KERNEL for i in own))
        by = " ".join(steps[i].kind for i in own)
        reasons = list(dict.fromkeys(why_not(steps[i]) for i in own if i not in taken))
        reason = "; ".join(reasons) if own else "fused into another operator, or needs no work of its own"
        reports.append(OperatorReport(op.name, op.label, by or "nothing", " and ".join(devices) or XNNPACK, reason))
    edges = [steps[i].kind for i in by_operator.get(-1, [])]
    notes = [f"{len(taken)} of {len(steps)} steps run in XNNPACK, {program.threads} threads", f"{program.file_bytes} bytes as a file"]
    if edges:
        notes.append(f"at the graph's edges: {' '.join(edges)}")
    return Report("tflite", program.device, tuple(reports), program.model.weight_bytes, tuple(notes))


def delegated(nodes: list[dict[str, Any]], count: int) -> set[int]:
    """The steps that some delegate took: those between the inputs and the outputs of its node.

    Args:
        nodes: the interpreter's nodes, the steps first, in order.
        count: how many of them are steps.
    """
    producer = {int(tensor): i for i, node in enumerate(nodes[:count]) for tensor in node["outputs"]}
    taken: set[int] = set()
    for node in nodes[count:]:
        bounds = {int(tensor) for tensor in node["inputs"]}
        waiting = [int(tensor) for tensor in node["outputs"]]
        while waiting:
            step = producer.get(waiting.pop())
            if step is None or step in taken:
                continue
            taken.add(step)
            waiting += [int(tensor) for tensor in nodes[step]["inputs"] if int(tensor) not in bounds]
    return taken


def why_not(step: Step) -> str:
    """Why XNNPACK did not take a step, from what is known of it: the runtime does not say."""
    tensors = [tensor for tensor in (*step.inputs, *step.outputs) if tensor is not None]
    if any(tensor.rank >= DEEP_RANK for tensor in tensors):
        return f"{step.kind} is kept from XNNPACK, which rounds it too coarsely"
    types = {tensor.type for tensor in tensors if tensor.data is None}
    foreign = sorted(types - {"float32", "int8", "uint8"})
    if foreign:
        return f"{step.kind} on {', '.join(foreign)} is not among XNNPACK's operators"
    return f"{step.kind} is not among XNNPACK's operators, or not in this form"
