"""How far long work is: a bar on a terminal, elsewhere a line every few seconds, so that no log is silent for minutes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich import progress
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn

from .console import messages

EVERY = 5.0
"""Seconds between two lines."""
NOTE = "note"
"""The field of a task that says more of it, such as what went wrong so far."""


class Progress(progress.Progress):
    """rich's, which goes on in lines where its console is no terminal."""

    def __init__(self, *, transient: bool = False) -> None:
        self.screen = messages()
        columns: tuple[ProgressColumn, ...] = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(f"{{task.fields[{NOTE}]}}"),
            TimeRemainingColumn(),
        )
        super().__init__(*columns, console=self.screen, transient=transient, disable=not self.screen.is_terminal)
        self._said = time.monotonic()

    def add_task(self, description: str, start: bool = True, total: float | None = 100.0, *rest: Any, **options: Any) -> TaskID:
        """As rich has it; with a note, which is empty at first."""
        return super().add_task(description, start, total, *rest, **{NOTE: "", **options})

    def update(self, task_id: TaskID, **changes: Any) -> None:
        """As rich has it; from time to time a line says where the task stands."""
        super().update(task_id, **changes)
        self._say(task_id)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """As rich has it; from time to time a line says where the task stands."""
        super().advance(task_id, advance)
        self._say(task_id)

    def _say(self, task_id: TaskID) -> None:
        now = time.monotonic()
        if not self.disable or now - self._said < EVERY:
            return
        self._said = now
        task = self._tasks[task_id]
        total = "" if task.total is None else f" of {task.total:.0f}"
        self.screen.print(": ".join(filter(None, (f"{task.description} {task.completed:.0f}{total}", task.fields[NOTE]))), markup=False)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say what takes its time, while it does."""
    screen = messages()
    if screen.is_terminal:
        with screen.status(what, spinner="dots"):
            yield
        return
    done, began = threading.Event(), time.monotonic()

    def say() -> None:
        while not done.wait(EVERY):
            screen.print(f"{what} ({time.monotonic() - began:.0f} s)", markup=False, soft_wrap=True)

    teller = threading.Thread(target=say, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
