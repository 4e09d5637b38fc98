"""What the runtime writes to standard error for its own developers is left out; everything else passes."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2
NOTE = b"INFO: "
"""What a line begins with that is of no use to a user: LiteRT says so that it made its XNNPACK delegate."""
_first = threading.Semaphore()
"""Taken by the first, and never given back."""


@contextmanager
def without_notes() -> Iterator[None]:
    """Keep back notes while the first interpreter of the process is made, the only one that writes any."""
    kept = _copy_of_stderr() if _first.acquire(blocking=False) else None
    if kept is None:
        yield
        return
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
            written.seek(0)
            os.write(STDERR, b"".join(line for line in written if not line.startswith(NOTE)))


def _copy_of_stderr() -> int | None:
    """Another descriptor of standard error; None where a process has none."""
    try:
        return os.dup(STDERR)
    except OSError:
        return None
