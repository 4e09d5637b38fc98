"""What is done to a model once all its steps are there."""

from __future__ import annotations

from collections import Counter

import numpy as np

from .flatbuffer import Model, Step, Tensor
from .schema import DEEP_RANK

MOVING = {
    "BROADCAST_TO",
    "CONCATENATION",
    "GATHER",
    "MAXIMUM",
    "MAX_POOL_2D",
    "MINIMUM",
    "MIRROR_PAD",
    "PAD",
    "PADV2",
    "REDUCE_MAX",
    "REDUCE_MIN",
    "RESHAPE",
    "REVERSE_V2",
    "SELECT_V2",
    "SLICE",
    "STRIDED_SLICE",
    "TILE",
    "TRANSPOSE",
}
"""The operators of the runtime that only move or choose elements."""


def copying(model: Model, tensor: Tensor, source: int) -> Step:
    """A step whose output is a tensor's elements in memory of their own."""
    output = Tensor(tensor.type, tensor.shape)
    if tensor.type in ("uint32", "uint64") and tensor.rank == 0:  # only at the edges of a model, and few kernels take them
        return Step("BROADCAST_TO", (tensor, model.constant(np.zeros(0, np.int32))), (output,), {}, source)
    if tensor.rank == 0:
        return Step("LOGICAL_AND" if tensor.type == "bool" else "MAXIMUM", (tensor, tensor), (output,), {}, source)
    return Step("TILE", (tensor, model.constant(np.ones(tensor.rank, np.int32))), (output,), {}, source)


def unshare_memory(model: Model) -> None:
    """Reshape a copy of what others use too, wherever a kernel of LiteRT might compute in the reshape's memory.

    LiteRT lets a reshape share the memory of its input, and the next kernel compute in place there, but loses count of
    who else needs the input. XNNPACK, which float32 is left to, has memory of its own; nothing computes in float16.
    """
    takers = Counter(id(tensor) for step in model.steps for tensor in step.inputs)
    takers.update(id(tensor) for tensor in model.outputs.values())
    steps, model.steps = model.steps, []
    for step in steps:
        root = step.inputs[0]
        if step.kind == "RESHAPE" and root is not None and root.data is None and takers[id(root)] > 1 and _kernels_compute(step):
            copy = copying(model, root, step.source)
            model.steps.append(copy)
            step.inputs = (copy.outputs[0], *step.inputs[1:])
        model.steps.append(step)


def _kernels_compute(reshape: Step) -> bool:
    """Whether what is reshaped may be computed with by a kernel of LiteRT's own."""
    output = reshape.outputs[0]
    return output.type not in ("float32", "float16") or output.rank >= DEEP_RANK


def spread_quantization(model: Model) -> None:
    """Let the integers that a step only moves or chooses stand for the same numbers before and after it.

    The kernels want all tensors of such a step alike, or none of them to say what its integers stand for.
    """
    changed = True
    while changed:
        changed = False
        for step in model.steps:
            tensors = [t for t in (*step.inputs, *step.outputs) if t is not None and t.type in ("int8", "uint8")]
            given = next((t.quantization for t in tensors if t.quantization is not None), None)
            if step.kind not in MOVING or given is None:
                continue
            for tensor in tensors:
                if tensor.quantization is None:
                    tensor.quantization, changed = given, True
