"""A graph to look at: as Graphviz text, and as one page with a drawing in layers that needs nothing else.

The drawing follows Sugiyama: every operator stands one layer below the last of those that it takes from, edges
that span layers pass through a point in each, and every layer is ordered by where its neighbours stand.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from itertools import pairwise
from string import Template

from .graph import Graph
from .operator import MLOperand, Operator
from .spelling import spelt

CHARACTER, HEIGHT, LAYER, GAP, MARGIN = 7.6, 46.0, 84.0, 26.0, 24.0
"""Widths of a character and heights of a node and of a layer, and the space between nodes and around all, in pixels."""
SWEEPS = 8
"""How often the layers are ordered; more changes little."""


@dataclass(eq=False)
class Node:
    """A box of the drawing, or a point that an edge passes through."""

    title: str = ""
    subtitle: str = ""
    kind: str = "point"
    details: dict[str, str] = field(default_factory=dict)
    layer: int = 0
    x: float = 0.0
    above: list[Node] = field(default_factory=list)
    below: list[Node] = field(default_factory=list)

    @property
    def width(self) -> float:
        return 0.0 if self.kind == "point" else max(64.0, CHARACTER * max(len(self.title), len(self.subtitle)) + 26)

    @property
    def y(self) -> float:
        return MARGIN + self.layer * LAYER


@dataclass(frozen=True)
class Edge:
    """A line from one box to another."""

    source: Node
    target: Node
    name: str


def to_dot(graph: Graph) -> str:
    """The graph in the language of Graphviz."""
    nodes, edges = _nodes(graph)
    ids = {node: f"n{index}" for index, node in enumerate(nodes)}
    shapes = {"input": "ellipse", "output": "ellipse", "operator": "box"}
    lines = ["digraph webnn {", '  node [fontname="sans-serif", style="rounded"];']
    for node in nodes:
        label = _quoted(node.title + ("\n" + node.subtitle if node.subtitle else ""))
        lines.append(f"  {ids[node]} [label={label}, shape={shapes[node.kind]}];")
    lines += [f"  {ids[edge.source]} -> {ids[edge.target]} [label={_quoted(edge.name)}];" for edge in edges]
    return "\n".join([*lines, "}"]) + "\n"


def to_html(graph: Graph, title: str) -> str:
    """A page with a drawing of the graph; a click on an operator shows its arguments.

    Args:
        graph: what to draw.
        title: what the page is called.
    """
    nodes, edges = _nodes(graph)
    routes = _arrange(nodes, edges)
    width = max((node.x + node.width / 2 for route in routes for node in route), default=0.0)
    width = max([width, *(node.x + node.width / 2 for node in nodes)]) + MARGIN
    height = max(node.y for node in nodes) + HEIGHT + MARGIN
    parts = [_path(edge, route) for edge, route in zip(edges, routes, strict=True)]
    parts += [_box(index, node) for index, node in enumerate(nodes)]
    weights = f"{graph.weight_bytes:,} bytes of constants"
    return Template(files(__package__).joinpath("graph_view.html").read_text(encoding="utf-8")).substitute(
        title=escape(spelt(title)),
        summary=escape(f"{len(graph.operators)} operators, {weights}"),
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        drawing="\n".join(parts),
        details=json.dumps([node.details for node in nodes]).replace("<", "\\u003c"),
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _nodes(graph: Graph) -> tuple[list[Node], list[Edge]]:
    """The boxes and lines of a graph: its inputs, operators and outputs; constants are arguments of their operators."""
    made: dict[object, Node] = {}
    for name, operand in graph.inputs.items():
        made[operand] = Node(spelt(name), str(operand.descriptor), "input", {"input": spelt(name), "type": str(operand.descriptor)})
    edges = []
    for operator in graph.operators:
        node = Node(operator.name, ", ".join(_short(o) for o in operator.outputs[:2]), "operator", _details(operator, graph))
        made.update(dict.fromkeys(operator.outputs, node))
        made[id(operator)] = node
        edges += [Edge(made[operand], node, spelt(graph.names[operand])) for _, operand in operator.operands() if operand in made]
    for name, operand in graph.outputs.items():
        made[name] = Node(spelt(name), str(operand.descriptor), "output", {"output": spelt(name), "type": str(operand.descriptor)})
        edges.append(Edge(made[operand], made[name], spelt(graph.names[operand])))
    return list(dict.fromkeys(made.values())), edges


def _short(operand: MLOperand) -> str:
    return f"{operand.data_type} " + ("\u00d7".join(map(str, operand.shape)) or "scalar")


def _details(operator: Operator, graph: Graph) -> dict[str, str]:
    details = {"operator": operator.name}
    for name in operator.operand_limits:
        value = getattr(operator, name)
        if value is not None:
            operands = (value,) if isinstance(value, MLOperand) else value
            details[name] = ", ".join(f"{spelt(graph.names[o])}: {'constant ' if o.is_constant else ''}{o.descriptor}" for o in operands)
    for name, value in operator.attributes().items():
        details[name] = spelt(str(list(value)) if isinstance(value, tuple) else str(value))
    details["gives"] = ", ".join(f"{spelt(graph.names[o])}: {o.descriptor}" for o in operator.outputs)
    return details


def _arrange(nodes: list[Node], edges: list[Edge]) -> list[list[Node]]:
    """Place all boxes. Returns the way of each line: its source, the points that it passes through, its target."""
    arriving: dict[Node, list[Edge]] = defaultdict(list)
    for edge in edges:
        arriving[edge.target].append(edge)
    for node in nodes:  # in topological order
        node.layer = max((edge.source.layer + 1 for edge in arriving[node]), default=0)
    for node in nodes:
        if node.kind == "input":  # next to the first operator that takes it
            node.layer = min((edge.target.layer for edge in edges if edge.source is node), default=1) - 1
    layers: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        layers[node.layer].append(node)
    routes = [_route(edge, layers) for edge in edges]
    ordered = [layers[index] for index in sorted(layers)]
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        for layer in ordered if downward else reversed(ordered):
            _order(layer, downward)
    for layer in ordered:
        _spread(layer)
    for sweep in range(SWEEPS):
        for layer in ordered if sweep % 2 == 0 else reversed(ordered):
            _settle(layer, sweep % 2 == 0)
    left = min(node.x - node.width / 2 for layer in ordered for node in layer)
    for layer in ordered:
        for node in layer:
            node.x += MARGIN - left
    return routes


def _route(edge: Edge, layers: dict[int, list[Node]]) -> list[Node]:
    way = [edge.source]
    for layer in range(edge.source.layer + 1, edge.target.layer):
        point = Node(layer=layer)
        layers[layer].append(point)
        way.append(point)
    way.append(edge.target)
    for upper, lower in pairwise(way):
        upper.below.append(lower)
        lower.above.append(upper)
    return way


def _order(layer: list[Node], downward: bool) -> None:
    """Sort a layer by the mean place of the neighbours in the layer before it."""
    for place, node in enumerate(layer):
        neighbours = node.above if downward else node.below
        node.x = sum(n.x for n in neighbours) / len(neighbours) if neighbours else node.x or float(place)
    layer.sort(key=lambda node: node.x)
    for place, node in enumerate(layer):
        node.x = place - len(layer) / 2


def _spread(layer: list[Node]) -> None:
    """Give a layer the room that its boxes need, around the middle."""
    edge = -sum(node.width + GAP for node in layer) / 2
    for node in layer:
        node.x = edge + node.width / 2
        edge += node.width + GAP


def _settle(layer: list[Node], downward: bool) -> None:
    """Move the boxes of a layer towards their neighbours, as far as the order and the room allow."""
    wanted = []
    for node in layer:
        neighbours = (node.above if downward else node.below) or [node]
        wanted.append(sum(n.x for n in neighbours) / len(neighbours))
    rightward, leftward = list(wanted), list(wanted)
    for i in range(1, len(layer)):
        rightward[i] = max(wanted[i], rightward[i - 1] + _distance(layer[i - 1], layer[i]))
    for i in range(len(layer) - 2, -1, -1):
        leftward[i] = min(wanted[i], leftward[i + 1] - _distance(layer[i], layer[i + 1]))
    for node, right, left in zip(layer, rightward, leftward, strict=True):
        node.x = (right + left) / 2  # both keep the distances, and so does their mean


def _distance(left: Node, right: Node) -> float:
    return (left.width + right.width) / 2 + GAP


def _path(edge: Edge, way: list[Node]) -> str:
    """A line through its points, as smooth curves from layer to layer."""
    x, y = way[0].x, way[0].y + HEIGHT
    d = f"M{x:.1f} {y:.1f}"
    for node in way[1:]:
        middle = (y + node.y) / 2
        d += f" C{x:.1f} {middle:.1f} {node.x:.1f} {middle:.1f} {node.x:.1f} {node.y:.1f}"
        x, y = node.x, node.y
        if node.kind == "point":
            y += HEIGHT
            d += f" V{y:.1f}"
    return f'<path d="{d}"><title>{escape(edge.name)}</title></path>'


def _box(index: int, node: Node) -> str:
    radius = 23 if node.kind != "operator" else 9
    title = escape("\n".join(f"{name}: {value}" for name, value in node.details.items()))
    return (
        f'<g class="{node.kind}" data-node="{index}" tabindex="0" role="button" transform="translate({node.x:.1f} {node.y:.1f})">'
        f'<title>{title}</title><rect x="{-node.width / 2:.1f}" width="{node.width:.1f}" height="{HEIGHT:.0f}" rx="{radius}"/>'
        f'<text y="20">{escape(node.title)}</text><text class="small" y="36">{escape(node.subtitle)}</text></g>'
    )
