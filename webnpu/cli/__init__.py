"""The ``webnpu`` command. Needs the extra ``webnpu[cli]``; importing `webnpu` does not."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a symbol shows "?", and goes on
    try:
        from .app import app
    except ImportError as error:
        if error.name not in ("typer", "rich", "jinja2"):
            raise
        sys.exit(f"webnpu: the command needs {error.name}, which is not installed: pip install 'webnpu[cli]'")
    app()
