"""Runs workers over the inputs of a door, restarts those that die or hang, and gathers what they find."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
HANG, START = 10.0, 120.0
"""The most seconds of an input, and those in which a worker must have begun its first."""


@dataclass
class Outcomes:
    """What became of the inputs of a door.

    Attributes:
        door: its name.
        counts: how many inputs were right, refused, and findings.
        findings: what was found, by the number of the input.
        seconds: how long it took.
    """

    door: str
    counts: Counter[str] = field(default_factory=Counter)
    findings: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    told: int = 0
    """How many of the findings were told already."""

    @property
    def total(self) -> int:
        return self.counts.total()

    def add(self, number: int, outcome: str) -> None:
        kind = outcome.partition(" ")[0]
        self.counts[kind] += 1
        if kind == "finding":
            self.findings[number] = outcome.removeprefix("finding ")


class Worker:
    """One process that tries inputs: those numbered FIRST, FIRST + STEP and so on."""

    def __init__(self, door: str, first: int, step: int) -> None:
        self.door, self.step, self.number, self.buffer = door, step, first, b""
        self._start(first)

    def _start(self, first: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="webnpu-fuzz-"))
        command = [sys.executable, str(HERE / "worker.py"), self.door, str(first), str(self.step), str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        self.running, self.since, self.buffer = False, time.monotonic(), b""
        self.number = first

    def poll(self) -> Iterator[tuple[int, str]]:
        """The inputs that are done, those that ended the process among them."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 0)
        if ready:
            data = os.read(self.process.stdout.fileno(), 2**20)
            if not data:
                code = self.process.wait()
                if not self.running:
                    self.end()
                    raise RuntimeError(f"the door {self.door} does not open: its process ended with status {code}; see --only")
                yield self.number, f"finding the process ended, with status {code}"
                self._again()
                return
            self.buffer += data
            *lines, self.buffer = self.buffer.split(b"\n")
            for line in lines:
                sign, number, *rest = line.decode(errors="replace").split(" ", 2)
                self.number, self.since, self.running = int(number), time.monotonic(), True
                if sign == "=":
                    yield self.number, rest[0]
                    if "GiB taken" in rest[0]:  # a peak that stays
                        self._again()
                        return
        elif time.monotonic() - self.since > (HANG if self.running else START):
            yield self.number, f"finding it takes longer than {HANG if self.running else START:.0f} s"
            self._again()

    def _again(self) -> None:
        """Go on with the next input in another process."""
        self.end()
        self._start(self.number + self.step)

    def end(self) -> None:
        """End the process, and remove what it wrote."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self, place: Path, number: int) -> None:
        """Copy the file or folder that an input was written to."""
        for found in self.folder.glob("input*"):
            copy = shutil.copytree if found.is_dir() else shutil.copyfile
            copy(found, place / f"{self.door}-{number}{found.suffix}")


def fuzz(
    door: str,
    *,
    first: int = 0,
    count: int | None = None,
    seconds: float | None = None,
    jobs: int = 1,
    keep: Path | None = None,
    told: Callable[[Outcomes], None] = lambda _: None,
) -> Outcomes:
    """Try inputs of a door.

    Args:
        door: its name.
        first: the number of the first input; an input is made of its number alone.
        count: how many.
        seconds: how long, at most.
        jobs: how many processes.
        keep: a folder for the files in which something was found.
        told: called every few seconds.
    """
    outcomes, begin, said = Outcomes(door), time.monotonic(), 0.0
    workers = [Worker(door, first + index, jobs) for index in range(jobs)]
    try:
        while (count is None or outcomes.total < count) and (seconds is None or time.monotonic() - begin < seconds):
            before = outcomes.total
            for worker in workers:
                for number, outcome in worker.poll():
                    outcomes.add(number, outcome)
                    if keep is not None and outcome.startswith("finding"):
                        worker.keep(keep, number)
            if outcomes.total == before:
                time.sleep(0.02)
            outcomes.seconds = time.monotonic() - begin
            if outcomes.seconds - said > 5:
                said = outcomes.seconds
                told(outcomes)
    finally:
        for worker in workers:
            worker.end()
    return outcomes
