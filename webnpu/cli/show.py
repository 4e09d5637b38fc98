"""``webnpu show``: a graph as text, as Graphviz, or as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..graph_view import to_dot, to_html
from .console import InputError, echo, messages, write
from .inputs import PACKAGES, GraphFile, read_graph
from .models import Budget
from .packages import load


def show(
    graphfile: GraphFile,
    dot: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it for Graphviz.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page that shows it.")] = None,
    budget: Budget = "",
) -> None:
    """Show a graph: as text on the screen, for Graphviz, or as a page. A Core ML package is shown as text."""
    if graphfile.suffix in PACKAGES:
        if dot or html:
            raise InputError(f"{graphfile}: a Core ML package is shown as text alone; it is no graph of WebNN operators")
        echo(str(load(graphfile)))
        return
    graph = read_graph(graphfile)
    if dot:
        write(dot, to_dot(graph))
    if html:
        write(html, to_html(graph, graphfile.name))
    for path in filter(None, (dot, html)):
        messages().print(f"wrote {path}", markup=False, soft_wrap=True)
    if not (dot or html):
        echo(str(graph))
