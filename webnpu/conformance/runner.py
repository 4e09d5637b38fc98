"""Runs cases on a backend in worker processes, so that a runtime that crashes or hangs costs one case.

Results come in the order of the cases, whatever the number of workers.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path

from ..backend import Backend, load_backend
from .cases import Judged
from .disputes import disputed, load_disputes
from .verdicts import Result, described, judge, result

TIME_LIMIT = 60.0
"""Seconds that a case may take."""
START_LIMIT = 120.0
"""Seconds that a worker may take to load its backend, besides its first case."""
PULSE = 1.0
"""Seconds after which the caller is told again what is being run."""

MakeBackend = Callable[[], Backend]


def run_backend(
    name: str,
    cases: Sequence[Judged],
    *,
    jobs: int = 1,
    limit: float = TIME_LIMIT,
    running: Callable[[Sequence[Judged]], None] = lambda _: None,
    done: Callable[[Result], None],
) -> list[Result]:
    """Run cases on an installed backend; those that go wrong under a dispute are disputed.

    Args:
        name: the backend's name.
        cases: what to run.
        jobs: the number of worker processes.
        limit: seconds that a case may take.
        running: told the cases that are being run, at least once a second.
        done: told every result, in the order in which they come.
    """
    disputes, by_id = load_disputes(), {case.id: case for case in cases}

    def settled(found: Result) -> Result:
        return disputed(found, by_id[found.id], disputes)

    results = run(partial(load_backend, name), cases, jobs=jobs, limit=limit, running=running, done=lambda found: done(settled(found)))
    return [settled(found) for found in results]


def run(
    make_backend: MakeBackend,
    cases: Sequence[Judged],
    *,
    jobs: int = 1,
    limit: float = TIME_LIMIT,
    running: Callable[[Sequence[Judged]], None] = lambda _: None,
    done: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """Run cases on the backend that each worker makes for itself.

    Args:
        make_backend: makes the backend; pickled, so that it must be importable.
        cases: what to run.
        jobs: the number of worker processes.
        limit: seconds that a case may take.
        running: told the cases that are being run, at least once a second.
        done: told every result, in the order in which they come.
    """
    results: dict[int, Result] = {}
    waiting = deque(enumerate(cases))
    workers = [_Worker(make_backend, limit) for _ in range(max(1, min(jobs, len(cases))))]
    try:
        while len(results) < len(cases):
            for worker in workers:
                if worker.case is None and waiting:
                    worker.give(*waiting.popleft())
            busy = [worker for worker in workers if worker.case is not None]
            running([worker.case for worker in busy if worker.case is not None])
            patience = min(PULSE, *(worker.deadline - time.monotonic() for worker in busy))
            wait([worker.connection for worker in busy], max(0.0, patience))
            for worker in busy:
                index = worker.index
                if (found := worker.take()) is not None:
                    results[index] = found
                    done(found)
    finally:
        for worker in workers:
            worker.stop()
    return [results[index] for index in range(len(cases))]


class _Worker:
    """A process that runs one case after another; a new one takes its place when it dies."""

    def __init__(self, make_backend: MakeBackend, limit: float) -> None:
        self.make_backend, self.limit = make_backend, limit
        self.case: Judged | None = None
        self.index, self.deadline = 0, 0.0
        descriptor, log = tempfile.mkstemp(prefix="webnpu-", suffix=".log")
        os.close(descriptor)
        self.log = Path(log)
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, self.make_backend, self.log), daemon=True)
        self.process.start()
        theirs.close()
        self.grace = START_LIMIT

    def give(self, index: int, case: Judged) -> None:
        """Let the process run a case."""
        if not self.process.is_alive():
            self._start()
        self.case, self.index = case, index
        self.deadline, self.grace = time.monotonic() + self.limit + self.grace, 0.0
        with suppress(OSError):  # it died just now; take() finds out
            self.connection.send(case)

    def take(self) -> Result | None:
        """The result of the case if there is one, or what became of the process."""
        case = self.case
        if case is None:
            return None
        if self.connection.poll():
            self.case = None
            try:
                found: Result = self.connection.recv()
            except (EOFError, OSError):
                return result(case, "error", self._obituary())
            return found
        if time.monotonic() < self.deadline:
            return None
        self.case = None
        self._kill()
        return result(case, "error", f"no result within {self.limit:g} s")

    def stop(self) -> None:
        """End the process."""
        self._kill()
        self.log.unlink(missing_ok=True)

    def _kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()

    def _obituary(self) -> str:
        """How the process died, and the last that it said."""
        self.process.join(5)
        self._kill()
        code = self.process.exitcode or 0
        how = f"of {signal.Signals(-code).name}" if code < 0 else f"with exit status {code}"
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n") if self.log.exists() else []
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"the process died {how}" + (f": {said[:300]}" if said else "")


def _serve(connection: Connection, make_backend: MakeBackend, log: Path) -> None:
    """What a worker does: answer each case with its result, until there are no more."""
    # Native runtimes write past Python, to the file descriptors themselves.
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # whoever tidies up may have taken the file
    for stream in (sys.stdout, sys.stderr):
        os.dup2(descriptor, stream.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends its workers
    backend, failure = None, ""
    try:
        backend = make_backend()
    except Exception as error:
        failure = described(error)
    while True:
        try:
            case: Judged = connection.recv()
        except EOFError:
            return
        connection.send(judge(backend, case) if backend else result(case, "error", failure))
