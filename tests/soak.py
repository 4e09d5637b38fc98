"""Uses every backend for long, and prints what became of it: ``python tests/soak.py [--backend NAME ...] [--share 0.1]``.

Memory: each kind of use is repeated 10,000 or 1,000 times (dispatches and calls; builds, tensors and writes of 4 MB) in a process
of its own, and its memory taken with that of all processes under it, so that a browser's count too. After a third of the
repetitions, when caches are full, nothing should grow. Threads: one program is called from 8 of them for 60 seconds, every answer
compared. Interrupts: 200 at random moments of runs and builds, after each of which the same objects must answer rightly.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from webnpu import MLGraphBuilder
from webnpu.backend import Backend, load_backend
from webnpu.graph import Graph
from webnpu.types import DataType, OperandDescriptor

BACKENDS = ("reference", "tflite", "webgpu", "coreml", "browser:cpu", "browser:webgpu")
TESTS = Path(__file__).parent
SIDE = 1024
"""A matrix of so many rows and columns of float32 takes 4 MB."""
MATRIX = OperandDescriptor(DataType("float32"), (SIDE, SIDE))


def resident() -> int:
    """The bytes in memory of this process and all under it, without what is mapped from files."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            parents.setdefault(int(fields[1]), []).append(int(folder.name))
    total, waiting = 0, [int(Path("/proc/self").resolve().name)]
    while waiting:
        number = waiting.pop()
        waiting += parents.get(number, [])
        total += _share(number)
    return total


def _share(number: int) -> int:
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended, or is a zombie
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:", "SwapPss:")))


def network(rows: int = SIDE, columns: int = SIDE) -> Graph:
    """The product of a row of ones with a matrix whose columns sum to one."""
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [1, rows]})
    return b.finish({"y": b.relu(b.matmul(x, b.constant(np.full((rows, columns), 1 / rows, np.float32))))})


def dispatches(backend: Backend) -> Callable[[int], None]:
    """A dispatch from tensor to tensor; every hundredth result is read."""
    graph = network(64, 64)
    program = backend.compile(graph)
    given, wanted = {"x": backend.create_tensor(graph.input_descriptors["x"])}, {"y": backend.create_tensor(graph.output_descriptors["y"])}
    given["x"].write(np.ones((1, 64), np.float32))

    def use(turn: int) -> None:
        program.dispatch(given, wanted)
        if turn % 100 == 99:
            np.testing.assert_allclose(wanted["y"].read(), 1, rtol=1e-3)

    return use


def calls(backend: Backend) -> Callable[[int], None]:
    """A call with an array, whose result is an array."""
    program, x = backend.compile(network(64, 64)), np.ones((1, 64), np.float32)
    return lambda turn: np.testing.assert_allclose(program.run({"x": x})["y"], 1, rtol=1e-3)


def builds(backend: Backend) -> Callable[[int], None]:
    """A graph with a matrix of 4 MB; run now and then, and destroyed or forgotten in turn."""

    def use(turn: int) -> None:
        program = backend.compile(network())
        if turn % 10 == 9:
            np.testing.assert_allclose(program.run({"x": np.ones((1, SIDE), np.float32)})["y"], 1, rtol=1e-3)
        if turn % 2:
            program.destroy()

    return use


def shapes(backend: Backend) -> Callable[[int], None]:
    """A graph of a shape that no other has, so that no kernel serves twice."""

    def use(turn: int) -> None:
        found = backend.compile(network(16, turn + 1)).run({"x": np.ones((1, 16), np.float32)})
        np.testing.assert_allclose(found["y"], np.ones((1, turn + 1)), rtol=1e-3)

    return use


def tensors(backend: Backend) -> Callable[[int], None]:
    """A tensor of 4 MB; made, written, and destroyed or forgotten in turn."""
    array = np.ones(MATRIX.shape, np.float32)

    def use(turn: int) -> None:
        tensor = backend.create_tensor(MATRIX)
        tensor.write(array)
        if turn % 2:
            tensor.destroy()

    return use


def writes(backend: Backend) -> Callable[[int], None]:
    """4 MB written into one tensor; every hundredth time it is read."""
    tensor, array = backend.create_tensor(MATRIX), np.ones(MATRIX.shape, np.float32)

    def use(turn: int) -> None:
        array[0, 0] = turn
        tensor.write(array)
        if turn % 100 == 99:
            assert tensor.read()[0, 0] == turn

    return use


USES = {dispatches: 10_000, calls: 10_000, builds: 1_000, shapes: 1_000, tensors: 1_000, writes: 1_000}
"""What is repeated, and how often."""


def growth(name: str, share: float, uses: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """For each use, how often it was repeated, the bytes that memory grew by after the first third, and the seconds it took.

    Args:
        name: the backend.
        share: the part of the repetitions that is made.
        uses: which uses; by default all.
    """
    backend = load_backend(name)
    for use, most in USES.items():
        if uses and use.__name__ not in uses:
            continue
        begin, count = time.monotonic(), max(30, int(most * share))
        repeated = use(backend)
        for turn in range(count // 3):
            repeated(turn)
        before = _settled(backend)
        for turn in range(count // 3, count):
            repeated(turn)
        after = _settled(backend)
        yield {"use": use.__name__, "count": count, "before": before, "growth": after - before, "seconds": time.monotonic() - begin}
        del repeated
    if hasattr(backend, "close"):
        backend.close()


def _settled(backend: Backend) -> int:
    """The memory once Python's collector has run, and the page's; of a browser, which gives back when it likes, the least of a second."""
    gc.collect()
    session: Any = getattr(backend, "session", None)
    if session is None:
        return resident()
    session.collect()
    least = resident()
    for _ in range(4):
        time.sleep(0.25)
        least = min(least, resident())
    return least


def measured(name: str, share: float, *uses: str) -> list[dict[str, Any]]:
    """What `growth` gives, in a process of its own."""
    printed = _script(Path(__file__), "--one", name, "--share", share, "--use", ",".join(uses))
    return [json.loads(line) for line in printed.splitlines()]


def _script(path: Path, *arguments: Any) -> str:
    """What a script prints."""
    done = subprocess.run([sys.executable, str(path), *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{path.name} {' '.join(map(str, arguments))}: {done.stderr[-3000:]}")
    return done.stdout


def soak(name: str, share: float) -> Iterator[str]:
    """What became of a backend, line by line."""
    for row in measured(name, share):
        megabytes = f"{row['growth'] / 2**20:+8.1f} MB from {row['before'] / 2**20:6.1f}"
        yield f"{row['count']:6} {row['use']:10} {megabytes}, in {row['seconds']:.0f} s"
    yield _script(TESTS.parent / "benchmarks" / "threads.py", 60 * share, name).strip().partition(": ")[2]
    found = json.loads(_script(TESTS / "backends" / "interrupted.py", name, max(8, int(200 * share))))
    yield f"{found['interrupts']} interrupts, {found['building']} of them of builds; {found['answers']} answers after them, all right"


def can_run(name: str) -> bool:
    """Whether a backend can run here."""
    backend = load_backend(name)
    ok = backend.available().ok
    if hasattr(backend, "close"):
        backend.close()
    return ok


def main() -> None:
    parser = argparse.ArgumentParser(description="Use every backend for long, and print what became of it.")
    parser.add_argument("--backend", action="append", help="a backend by name; by default each that can run here")
    parser.add_argument("--share", type=float, default=1, help="the part of the repetitions, and of the time, that is taken")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--use", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        for row in growth(options.one, options.share, [use for use in options.use.split(",") if use]):
            print(json.dumps(row), flush=True)
        return
    for name in options.backend or filter(can_run, BACKENDS):
        for line in soak(name, options.share):
            print(f"{name:15} {line}", flush=True)


if __name__ == "__main__":
    main()
