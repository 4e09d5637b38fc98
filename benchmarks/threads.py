"""One program called from 8 threads, beside one thread: every answer compared, and how many calls a second there were.

``python benchmarks/threads.py [SECONDS] [BACKEND ...]``
"""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import numpy as np

from webnpu import MLGraphBuilder
from webnpu.backend import Program, load_backend
from webnpu.graph import Graph
from webnpu.reference import ReferenceBackend

THREADS, INPUTS, SIDE, LAYERS = 8, 16, 256, 4


def graph_of() -> Graph:
    """Some products of 16 rows with weights of 256 x 256."""
    rng = np.random.default_rng(0)
    b = MLGraphBuilder()
    y: Any = b.input("x", {"dataType": "float32", "shape": [16, SIDE]})
    for _ in range(LAYERS):
        y = b.relu(b.matmul(y, b.constant(rng.normal(size=(SIDE, SIDE), scale=0.08).astype(np.float32))))
    return b.finish({"y": y})


def measure(program: Program, given: list[Any], expected: list[Any], threads: int, seconds: float) -> tuple[int, int, int]:
    """How many calls were made, how many answers were wrong, and how many calls failed."""
    counts = np.zeros((threads, 3), np.int64)
    begin, stop = threading.Barrier(threads + 1), threading.Event()

    def work(thread: int) -> None:
        begin.wait()
        while not stop.is_set():
            number = int(counts[thread, 0] * 5 + thread) % INPUTS
            counts[thread, 0] += 1
            try:
                found = program.run({"x": given[number]})["y"]
                counts[thread, 1] += not np.allclose(found, expected[number], rtol=1e-3, atol=1e-3)
            except Exception:
                counts[thread, 2] += 1

    workers = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
    for worker in workers:
        worker.start()
    begin.wait()
    time.sleep(seconds)
    stop.set()
    for worker in workers:
        worker.join()
    calls, wrong, failed = counts.sum(axis=0).tolist()
    return calls, wrong, failed


def main() -> None:
    """Print a line for each backend."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    graph = graph_of()
    given = [np.random.default_rng(seed).normal(size=(16, SIDE)).astype(np.float32) for seed in range(INPUTS)]
    expected = [ReferenceBackend().compile(graph).run({"x": x})["y"] for x in given]
    for name in sys.argv[2:] or ("reference", "tflite", "webgpu", "coreml"):
        program = load_backend(name).compile(graph)
        program.run({"x": given[0]})
        alone, *_ = measure(program, given, expected, 1, seconds / 4)
        calls, wrong, failed = measure(program, given, expected, THREADS, seconds)
        ratio = calls / seconds / (alone / (seconds / 4))
        print(
            f"{name}: {calls} calls from {THREADS} threads, {wrong} wrong, {failed} failed; {ratio:.2f} times as many a second as from one"
        )


if __name__ == "__main__":
    main()
