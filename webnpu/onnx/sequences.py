"""Sequences of tensors: lists while the model is imported; WebNN has none."""

from __future__ import annotations

from typing import Any

import numpy as np

from .control_flow import stack
from .errors import Refused
from .registry import ABSENT, Node, imports
from .values import Value


def _sequence(node: Node, index: int) -> list[Any]:
    value = node.inputs[index]
    if not isinstance(value, list):
        node.refuse(f"input {index} is no sequence")
    return value


def _position(node: Node, index: int, default: int, count: int) -> int:
    """A position in a sequence of so many places, counted from the front."""
    position = node.integers(index, "position")[0] if node.has(index) else default
    if not -count <= position < count:
        allowed = f"from {-count} to {count - 1}" if count else "it is empty"
        node.refuse(f"its position {position} is out of range: {allowed}")
    return position % count


@imports("SequenceEmpty")
def sequence_empty(node: Node) -> Any:
    return ([],)


@imports("SequenceConstruct")
def sequence_construct(node: Node) -> Any:
    return (list(node.inputs),)


@imports("SequenceInsert")
def sequence_insert(node: Node) -> Any:
    items = list(_sequence(node, 0))
    count = len(items)
    at = node.integers(2, "position")[0] if node.has(2) else count
    if not -count <= at <= count:
        node.refuse(f"its position {at} is out of range: from {-count} to {count}")
    items.insert(at + count if at < 0 else at, node.inputs[1])
    return (items,)


@imports("SequenceErase")
def sequence_erase(node: Node) -> Any:
    items = list(_sequence(node, 0))
    del items[_position(node, 1, -1, len(items))]
    return (items,)


@imports("SequenceAt")
def sequence_at(node: Node) -> Any:
    items = _sequence(node, 0)
    return (items[_position(node, 1, 0, len(items))],)


@imports("SequenceLength")
def sequence_length(node: Node) -> Any:
    return np.asarray(len(_sequence(node, 0)), np.int64)


@imports("ConcatFromSequence")
def concat_from_sequence(node: Node) -> Any:
    values = _sequence(node, 0)
    if not values:
        raise Refused("it joins an empty sequence")
    rank = len(values[0].shape)
    axis = int(node.attribute("axis", 0))
    if node.attribute("new_axis", 0):
        return stack(node, values, axis % (rank + 1))
    if all(value.is_known for value in values):
        return np.concatenate([value.array for value in values], axis)
    return node.b.concat([value.operand(node.b) for value in values if 0 not in value.shape], node.positive(axis, rank))


@imports("SequenceMap")
def sequence_map(node: Node) -> Any:
    """A graph applied to the items of sequences one by one; a tensor among them is the same for each."""
    body = node.attribute("body", None)
    count = len(_sequence(node, 0))
    results: list[list[Any]] = [[] for _ in body.output]
    for i in range(count):
        items = [value[i] if isinstance(value, list) else value for value in node.inputs]
        for values, value in zip(results, node.importer.subgraph(body, items, node.scope, node.opsets), strict=True):
            values.append(value)
    return tuple(results)


@imports("SplitToSequence")
def split_to_sequence(node: Node) -> Any:
    x = node.x(0)
    axis = node.axis(x.rank, 0)
    size = x.shape[axis]
    keeps = not node.has(1) and not node.attribute("keepdims", 1)
    if not node.has(1):
        sizes = [1] * size
    elif node.shape(1) == ():
        step = node.integers(1, "split")[0]
        sizes = [min(step, size - start) for start in range(0, size, step)]
    else:
        sizes = node.integers(1, "split")
    parts = node.b.split(x, sizes, axis=axis)
    if keeps:
        parts = tuple(node.b.reshape(part, [*x.shape[:axis], *x.shape[axis + 1 :]]) for part in parts)
    value = node.value(0)
    return ([Value(operand=part, element=value.element, sources=value.sources) for part in parts],)


@imports("Optional")
def optional(node: Node) -> Any:
    """A value that is there, or none."""
    return (node.inputs[0] if node.has(0) else ABSENT,)


@imports("OptionalHasElement")
def optional_has_element(node: Node) -> Any:
    return np.asarray(node.has(0))


@imports("OptionalGetElement")
def optional_get_element(node: Node) -> Any:
    if not node.has(0):
        node.refuse("its optional value is not there")
    return (node.inputs[0],)
