"""The drawings of a graph."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from webnpu.builder import MLGraphBuilder
from webnpu.graph import Graph
from webnpu.graph_view import GAP, MARGIN, _arrange, _nodes, to_dot, to_html

FLOATS = {"dataType": "float32", "shape": [2, 4]}


@pytest.fixture
def graph() -> Graph:
    b = MLGraphBuilder()
    x, late = b.input('x "<y>', FLOATS), b.input("late", FLOATS)
    first = b.relu(x)
    deep = first
    for _ in range(3):
        deep = b.tanh(deep)
    parts = b.split(b.add(b.add(deep, first), late), 2, axis=1)
    return b.finish({"out": b.concat(list(parts), 0), "also": first})


def test_dot(graph: Graph) -> None:
    text = to_dot(graph)
    assert text.count("->") == len(_nodes(graph)[1])
    assert r"x \"<y>\nfloat32[2, 4]" in text
    assert text.count("shape=box") == len(graph.operators)


def test_page_escapes_names_and_needs_nothing_else(graph: Graph) -> None:
    page = to_html(graph, "<i>title</i>")
    assert "<i>" not in page
    assert "<y>" not in page
    assert not re.search(r"(src|href)=", page)
    HTMLParser().feed(page)
    assert page.count('class="operator"') == len(graph.operators)
    assert page.count('class="input"') == page.count('class="output"') == 2


def test_edges_lead_down_and_boxes_do_not_overlap(graph: Graph) -> None:
    nodes, edges = _nodes(graph)
    routes = _arrange(nodes, edges)
    for way in routes:
        assert [node.layer for node in way] == list(range(way[0].layer, way[-1].layer + 1))
    every = {node for way in routes for node in way}
    for layer in {node.layer for node in every}:
        row = sorted((node for node in every if node.layer == layer), key=lambda node: node.x)
        for left, right in pairwise(row):
            assert right.x - left.x >= (left.width + right.width) / 2 + GAP - 1e-6
    assert min(node.x - node.width / 2 for node in every) == pytest.approx(MARGIN)


def test_input_stands_beside_its_first_use(graph: Graph) -> None:
    nodes, edges = _nodes(graph)
    _arrange(nodes, edges)
    late = next(node for node in nodes if node.title == "late")
    assert late.layer == next(edge.target.layer for edge in edges if edge.source is late) - 1


def test_large_graph_is_drawn_quickly() -> None:
    b = MLGraphBuilder()
    values = [b.input("x", FLOATS)]
    for i in range(1000):
        values.append(b.add(values[-1], values[max(0, i - 5)]))
    assert to_html(b.finish({"y": values[-1]}), "large").count('class="operator"') == 1000
