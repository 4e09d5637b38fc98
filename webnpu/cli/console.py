"""What the commands share: where they write, and in what words they complain."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.text import Text

from ..backend import Backend, load_backend
from ..errors import NotSupportedError, WebNPUError
from ..files import replacing, told
from ..spelling import visible

if TYPE_CHECKING:
    from rich.segment import Segment

PLAIN_WIDTH = 120
"""The width of tables where there is no terminal."""


class InputError(WebNPUError, ValueError):
    """What the command was given cannot be used."""


class Console(RichConsole):
    """rich's, on which no text can do more than be read: whatever files and callers call things."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """The pieces of what is printed, cells of tables among them, those of text spelled out."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))


def echo(text: str) -> None:
    """Write a text of several lines to standard output, as it is but for what does not show."""
    print(visible(text))


def console() -> Console:
    """Standard output, with colour where it is a terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def messages() -> Console:
    """Standard error, for progress and complaints."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else PLAIN_WIDTH)


def complain(message: str) -> None:
    """Say in one line what is wrong."""
    messages().print(Text.assemble(("webnpu: ", "bold red"), " ".join(message.split())), soft_wrap=True)


def print_json(value: Any) -> None:
    """Write a value as JSON to standard output, and nothing else."""
    print(json.dumps(value, allow_nan=False))


def write(path: Path, text: str) -> None:
    """Write a text to a file, in a folder that is made where it is missing."""
    with output_file(path) as file:
        file.write_text(text, encoding="utf-8")


@contextmanager
def output_file(path: Path) -> Iterator[Path]:
    """A new file, which takes the place of another once it is whole, in a folder that is made where it is missing."""
    with told(path, "written"):
        path.parent.mkdir(parents=True, exist_ok=True)
    with replacing("--output", path) as file:
        yield file


def ready_backend(name: str) -> Backend:
    """A backend that can run here.

    Raises:
        NotSupportedError: it cannot; the message says why, and how to get it.
    """
    backend = load_backend(name)
    availability = backend.available()
    if not availability.ok:
        raise NotSupportedError(f"backend {name} cannot run here: {availability.reason}")
    return backend
