"""Runs a program over and over while interrupts come at any moment, and checks every answer; run as a script.

``python interrupted.py BACKEND COUNT`` prints how many interrupts came, of which so many while something was built.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time

import numpy as np

from webnpu import MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.graph import Graph
from webnpu.reference import ReferenceBackend

SIDE = 96


def graph_of(layers: int) -> Graph:
    rng = np.random.default_rng(layers)
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [8, SIDE]})
    y = b.relu(x)
    for _ in range(layers):
        y = b.relu(b.matmul(y, b.constant(rng.normal(size=(SIDE, SIDE), scale=0.2).astype(np.float32))))
    return b.finish({"y": y})


def main(name: str, count: int) -> dict[str, int]:
    backend, graph = load_backend(name), graph_of(6)
    given = [{"x": np.random.default_rng(seed).normal(size=(8, SIDE)).astype(np.float32)} for seed in range(4)]
    expected = [ReferenceBackend().compile(graph).run(each)["y"] for each in given]
    program = backend.compile(graph)
    tensors = {"x": backend.create_tensor(graph.input_descriptors["x"])}, {"y": backend.create_tensor(graph.output_descriptors["y"])}
    begin = time.perf_counter()
    program.run(given[0])
    seconds = max(0.001, time.perf_counter() - begin)
    randomly, stop, ready = random.Random(1), threading.Event(), threading.Event()

    def interrupt() -> None:
        while not stop.is_set():
            ready.wait()
            time.sleep(randomly.uniform(0, 2 * seconds))
            if ready.is_set() and not stop.is_set():
                ready.clear()
                os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    found = {"interrupts": 0, "building": 0, "answers": 0}
    while found["interrupts"] < count:
        turn = found["interrupts"]
        try:
            try:
                ready.set()
                begin, again = time.monotonic(), time.monotonic() + 5
                while time.monotonic() < begin + 60:
                    if time.monotonic() > again:  # Python ignores what is raised in a finaliser: Ctrl-C is pressed again
                        ready.set()
                        again += 5
                    if turn % 8 == 7:
                        backend.compile(graph).destroy()
                    elif turn % 3 == 2:
                        tensors[0]["x"].write(given[1]["x"])
                        program.dispatch(*tensors)
                        tensors[1]["y"].read()
                    else:
                        program.run(given[turn % 4])
                raise SystemExit("no interrupt came")
            finally:
                ready.clear()
        except KeyboardInterrupt:
            found["interrupts"] += 1
            found["building"] += turn % 8 == 7
        for number in (turn % 4, (turn + 1) % 4):  # the same object goes on, with right answers
            np.testing.assert_allclose(program.run(given[number])["y"], expected[number], rtol=1e-3, atol=1e-3)
            found["answers"] += 1
        tensors[0]["x"].write(given[2]["x"])
        program.dispatch(*tensors)
        np.testing.assert_allclose(tensors[1]["y"].read(), expected[2], rtol=1e-3, atol=1e-3)
        found["answers"] += 1
    stop.set()
    if hasattr(backend, "close"):
        backend.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))), flush=True)
