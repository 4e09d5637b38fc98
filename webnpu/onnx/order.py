"""Bringing nodes in order: ONNX wants each after those that it takes values from, and some tools do not care."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from onnx import AttributeProto, GraphProto, NodeProto

from .errors import InvalidModel


def subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    """The graphs inside a node."""
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            yield attribute.g
        elif attribute.type == AttributeProto.GRAPHS:
            yield from attribute.graphs


def sort_nodes(nodes: Any) -> None:
    """Put the nodes of a graph or a function in order, and those of the graphs inside them; what is in order stays as it is.

    Raises:
        InvalidModel: nodes need one another in a circle.
    """
    for node in nodes:
        for graph in subgraphs(node):
            sort_nodes(graph.node)
    makers: dict[str, int] = {}
    for index, node in enumerate(nodes):
        for name in node.output:
            makers.setdefault(name, index)
    makers.pop("", None)
    needs = [sorted({makers[name] for name in _taken(node) if name in makers}) for node in nodes]
    if all(not found or found[-1] < index for index, found in enumerate(needs)):
        return
    ordered = [NodeProto.FromString(nodes[index].SerializeToString()) for index in _order(nodes, needs)]
    del nodes[:]
    nodes.extend(ordered)


def _taken(node: NodeProto) -> Iterator[str]:
    """The names that a node takes, those of the graphs around it among them that only a graph inside it takes."""
    yield from node.input
    for graph in subgraphs(node):
        inside = {info.name for info in graph.input} | {tensor.name for tensor in graph.initializer}
        inside.update(name for inner in graph.node for name in inner.output)
        yield from (name for inner in graph.node for name in _taken(inner) if name not in inside)
        yield from (info.name for info in graph.output if info.name not in inside)


def _order(nodes: Any, needs: list[list[int]]) -> list[int]:
    """The nodes as they stand, each preceded by what it needs; without recursion, since graphs may be deep."""
    order: list[int] = []
    done, open_now = [False] * len(needs), [False] * len(needs)
    for start in range(len(needs)):
        stack = [(start, iter(needs[start]))] if not done[start] else []
        open_now[start] = True
        while stack:
            index, rest = stack[-1]
            following = next((need for need in rest if not done[need]), None)
            if following is None:
                stack.pop()
                done[index] = True
                order.append(index)
            elif open_now[following]:
                name = nodes[following].name or nodes[following].op_type
                raise InvalidModel(f"the node {name!r} needs its own result: the graph has a cycle")
            else:
                open_now[following] = True
                stack.append((following, iter(needs[following])))
    return order
