"""If, Loop and Scan: a graph of WebNN has no control flow, so what is known is followed, and loops are unrolled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from onnx import GraphProto, TensorProto, ValueInfoProto, helper

from ..operator import MLOperand
from .errors import Refused
from .registry import Node, imports
from .tensors import tensor_array
from .values import Value


@imports("If")
def if_(node: Node) -> Any:
    """The branch of a known condition; of an unknown one both, the result of which is then chosen element by element."""
    condition = node.value(0)
    branches = [node.attribute(name, None) for name in ("then_branch", "else_branch")]
    if condition.array is not None:
        taken = branches[0 if bool(condition.array.reshape(-1)[0]) else 1]
        return tuple(node.importer.subgraph(taken, [], node.scope, node.opsets))
    refusals = list(node.importer.refusals)
    try:
        then, other = (node.importer.subgraph(branch, [], node.scope, node.opsets) for branch in branches)
    except Refused as error:
        reason = node.importer.refusals[-1].reason if len(node.importer.refusals) > len(refusals) else error.reason
        node.importer.refusals[:] = refusals
        origin = f" (it is computed from {', '.join(sorted(condition.sources))})" if condition.sources else ""
        message = f"its condition is not known when the model is imported{origin}, and one of its branches is refused: {reason}"
        raise Refused(message, condition.sources) from error
    return tuple(_chosen(node, condition, a, b) for a, b in zip(then, other, strict=True))


def _chosen(node: Node, condition: Value, then: Any, other: Any) -> Any:
    if not isinstance(then, Value) or not isinstance(other, Value):
        raise Refused("its condition is not known, and its branches give sequences", condition.sources)
    if then.shape != other.shape or then.element != other.element:
        raise Refused(f"its condition is not known, and its branches give {list(then.shape)} and {list(other.shape)}", condition.sources)
    scalar = node.reshape(condition.operand(node.b), [])
    out = node.b.where(scalar, then.operand(node.b), other.operand(node.b))
    return Value(operand=out, element=then.element, sources=condition.sources | then.sources | other.sources)


def stack(node: Node, values: list[Value], axis: int = 0) -> Any:
    """Values of one shape along a new dimension."""
    if not values:
        raise Refused("it joins an empty sequence, whose shape is not known")
    if all(value.is_known for value in values):
        return Value(array=np.stack([value.array for value in values if value.array is not None], axis), element=values[0].element)
    shape = values[0].shape
    if any(value.shape != shape for value in values):
        raise Refused("its steps give results of different shapes")
    apart = [node.b.reshape(value.operand(node.b), [*shape[:axis], 1, *shape[axis:]]) for value in values]
    joined = node.b.concat(apart, axis)
    return Value(operand=joined, element=values[0].element, sources=frozenset().union(*(value.sources for value in values)))


@imports("Loop")
def loop(node: Node) -> Any:
    """Unrolled, as long as the number of steps and the condition are known."""
    body = node.attribute("body", None)
    limit = node.integers(0, "number of steps")[0] if node.has(0) else None
    goes_on = bool(node.known(1, "condition").reshape(-1)[0]) if node.has(1) else True
    carried = node.inputs[2:]
    collected: list[list[Any]] = [[] for _ in range(len(body.output) - 1 - len(carried))]
    if goes_on and _never_stops(body):
        node.check_nodes((math.inf if limit is None else limit) * max(2 * len(body.node), 1))
    step = 0
    while goes_on and (limit is None or step < limit):
        node.turn()
        inputs = [Value(array=np.asarray(step, np.int64)), Value(array=np.asarray(True)), *carried]
        condition, *results = node.importer.subgraph(body, inputs, node.scope, node.opsets)
        if condition.array is None:
            raise Refused("whether it goes on must be known when the model is imported", condition.sources)
        goes_on = bool(condition.array.reshape(-1)[0])
        carried, scanned = results[: len(carried)], results[len(carried) :]
        for values, value in zip(collected, scanned, strict=True):
            values.append(value)
        step += 1
    scans = body.output[1 + len(node.inputs[2:]) :]
    return (*carried, *(stack(node, values) if values else _of_no_turns(info) for values, info in zip(collected, scans, strict=True)))


def _never_stops(body: GraphProto) -> bool:
    """Whether a loop's condition is always the one that it was given, or true, so that its number of steps alone counts."""
    name = body.output[0].name
    maker = next((inner for inner in body.node if name in inner.output), None)
    if maker is not None and maker.op_type == "Constant":
        value = next((attribute.t for attribute in maker.attribute if attribute.name == "value"), None)
        return value is not None and bool(tensor_array(value, None).reshape(-1)[:1].all())
    if maker is not None and maker.op_type == "Identity":
        name = maker.input[0]
    return len(body.input) > 1 and name == body.input[1].name


def _of_no_turns(info: ValueInfoProto) -> Value:
    """What a loop collects in no turns at all: nothing, of the shape that its body declares."""
    tensor = info.type.tensor_type
    sizes = [max(int(d.dim_value), 0) for d in tensor.shape.dim]
    element = tensor.elem_type or TensorProto.FLOAT
    return Value(array=np.zeros((0, *sizes), helper.tensor_dtype_to_np_dtype(element)), element=element)


@imports("Scan")
def scan(node: Node) -> Any:
    """Unrolled along the axes of what is scanned. In operator set 8 there is a batch of such scans, one after another here."""
    if node.opset >= 9:
        return _scan(node, node.inputs)
    values = [node.value(i) for i in range(1, len(node))]
    batch = values[0].shape[0]
    lengths = node.integers(0, "lengths of sequences") if node.has(0) else []
    count = int(node.attribute("num_scan_inputs", 1))
    if any(length != values[-count].shape[1] for length in lengths):
        node.refuse(f"its sequences have the lengths {lengths}; they must all be {values[-count].shape[1]}")
    each = [_scan(node, [_slice(node, value, 0, index) for value in values]) for index in range(batch)]
    return tuple(stack(node, list(results)) for results in zip(*each, strict=True))


def _scan(node: Node, inputs: list[Any]) -> tuple[Any, ...]:
    body, count = node.attribute("body", None), int(node.attribute("num_scan_inputs", 1))
    if not 1 <= count <= len(inputs):
        node.refuse(f"it scans {count} of {len(inputs)} inputs")
    carried, scanned = list(inputs[: len(inputs) - count]), list(inputs[len(inputs) - count :])
    outputs = body.output[len(carried) :]
    zeros = [0] * max(count, len(outputs))
    in_turned = node.attribute("scan_input_directions", node.attribute("directions", zeros))
    in_axes = node.attribute("scan_input_axes", zeros)
    out_axes, out_turned = node.attribute("scan_output_axes", zeros), node.attribute("scan_output_directions", zeros)
    axes = [node.positive(axis, len(value.shape)) for axis, value in zip(in_axes, scanned, strict=False)]
    lengths = {value.shape[axis] for axis, value in zip(axes, scanned, strict=True)}
    if len(lengths) != 1:
        node.refuse(f"what it scans has the lengths {sorted(lengths)}")
    [steps] = lengths
    node.check_nodes(steps * max(2 * len(body.node), 1))
    collected: list[list[Any]] = [[] for _ in outputs]
    for step in range(steps):
        parts = [
            _slice(node, value, axis, steps - 1 - step if turned else step)
            for value, axis, turned in zip(scanned, axes, in_turned, strict=False)
        ]
        results = node.importer.subgraph(body, [*carried, *parts], node.scope, node.opsets)
        carried, new = results[: len(carried)], results[len(carried) :]
        for values, value in zip(collected, new, strict=True):
            values.append(value)
    joined = []
    for info, values, axis, turned in zip(outputs, collected, out_axes, out_turned, strict=False):
        if not values:
            joined.append(_of_no_turns(info))
            continue
        rank = len(values[0].shape) + 1
        joined.append(stack(node, values[::-1] if turned else values, node.positive(axis, rank)))
    return (*carried, *joined)


def _slice(node: Node, value: Value, axis: int, index: int) -> Value:
    """One step of what is scanned."""
    if value.array is not None:
        return Value(array=value.array.take(index, axis), element=value.element)
    x: MLOperand = value.operand(node.b)
    starts, sizes = [0] * x.rank, list(x.shape)
    starts[axis], sizes[axis] = index, 1
    part = node.b.reshape(node.b.slice(x, starts, sizes), [*x.shape[:axis], *x.shape[axis + 1 :]])
    return Value(operand=part, element=value.element, sources=value.sources)
