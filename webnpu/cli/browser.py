"""The options that choose a browser; they reach the browser backend, and its worker processes, as environment variables."""

from __future__ import annotations

import os
from typing import Annotated

import typer

PANEL = "The browser backend"

BrowserPath = Annotated[str | None, typer.Option(metavar="PROGRAM", help="The browser; found where not given.", rich_help_panel=PANEL)]
BrowserFlags = Annotated[str | None, typer.Option(metavar="FLAGS", help="What to start it with, in place of ours.", rich_help_panel=PANEL)]
BrowserContext = Annotated[
    str | None,
    typer.Option(metavar="JSON", help="The options of createContext, such as '{\"accelerated\": false}'.", rich_help_panel=PANEL),
]
BrowserNative = Annotated[bool, typer.Option(help="Drive the browser's own WebNN, not the polyfill.", rich_help_panel=PANEL)]


def configure(path: str | None, flags: str | None, context: str | None, native: bool) -> None:
    """Set the environment variables that the browser backend reads; what is not given stays."""
    given = {"PATH": path, "FLAGS": flags, "CONTEXT": context, "NATIVE": "1" if native else None}
    os.environ.update({f"WEBNPU_BROWSER_{name}": value for name, value in given.items() if value is not None})
