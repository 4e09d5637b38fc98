"""Tries inputs of one door, in a process that may be lost: says on standard output when it begins one and how it ended.

``python worker.py DOOR FIRST STEP FOLDER``: a line ``> N`` before each input, ``= N OUTCOME`` after it; outcomes are ``right``,
``refused``, and ``finding WHAT``.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from doors import DOORS

MEMORY = 2 * 2**30
"""The most bytes that an input may take."""


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def attempt(door: Any, number: int) -> str:
    """Try one input; the outcome."""
    from webnpu.errors import WebNPUError

    try:
        return str(door.attempt(number))
    except WebNPUError as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, MemoryError):
                return f"finding MemoryError: {error}"
            cause = cause.__cause__ or cause.__context__
        text = str(error)
        if not text or any(not c.isprintable() and c != "\n" for c in text):
            return f"finding a message that is empty, or not plain: {text!r}"
        return "refused"
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"finding {type(error).__name__}: {str(error)[:200]} ({Path(last.filename).name}:{last.lineno})"


def main() -> None:
    """Try inputs until the process is ended."""
    name, first, step, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries write is not an answer
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    warnings.simplefilter("ignore")
    with contextlib.chdir(folder):
        door = DOORS[name](folder)
        base = peak()
        resource.setrlimit(resource.RLIMIT_DATA, (base + 2 * MEMORY, base + 2 * MEMORY))
        number = first
        while True:
            out.write(f"> {number}\n")
            outcome = attempt(door, number)
            if peak() > base + MEMORY:
                outcome = f"finding {(peak() - base) / 2**30:.1f} GiB taken, {outcome}"
            out.write(f"= {number} {' '.join(outcome.split())[:400]}\n")
            number += step


if __name__ == "__main__":
    main()
