"""Writes files over and over in processes that are ended at any moment, and looks at what they leave; run as a script.

``python file_writers.py kill|interrupt|together WRITER FOLDER COUNT`` prints a JSON object of what was found.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from webnpu import MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.graph import Graph
from webnpu.graph_file import save_graph

SIDE = 700


def graph_of(value: float) -> Graph:
    """A graph whose weights are all one number, two megabytes of it."""
    b = MLGraphBuilder()
    weights = b.constant(np.full((SIDE, SIDE), value, np.float32))
    return b.finish({"y": b.matmul(b.input("x", {"dataType": "float32", "shape": [1, SIDE]}), weights)})


def writer(name: str) -> Callable[[Graph, Path], Any]:
    if name == "graph":
        return save_graph
    if name == "onnx":
        from webnpu.onnx import save_model

        return save_model
    return load_backend(name).export  # type: ignore[attr-defined,no-any-return]


def content(path: Path) -> dict[str, bytes]:
    """The bytes of a file, or of all files of a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return {str(file.relative_to(path)): file.read_bytes() for file in files if file.is_file()}


def forked(work: Callable[[], Any]) -> int:
    """The number of a new process that does something, and ends without the clean-up of Python's."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except KeyboardInterrupt:
        os._exit(130)
    except BaseException:
        os._exit(1)
    os._exit(0)


def ended(write: Callable[[Graph, Path], Any], folder: Path, count: int, signal_: int) -> Counter[str]:
    """What stands in a folder after processes that write there were ended, so many times, at random moments."""
    graphs = [graph_of(1), graph_of(2)]
    wanted = []
    for index, graph in enumerate(graphs):
        write(graph, folder / f"whole{index}")
        wanted.append(content(folder / f"whole{index}"))
    place, randomly, found = folder / "place", random.Random(0), Counter[str]()
    begin = time.perf_counter()
    write(graphs[0], place)
    seconds = time.perf_counter() - begin
    for turn in range(count):
        child = forked(lambda graph=graphs[(turn + 1) % 2]: write(graph, place))
        time.sleep(randomly.uniform(0, 1.3 * seconds))
        os.kill(child, signal_)
        os.waitpid(child, 0)
        there = content(place) if place.exists() else {}
        found["old or new" if there in wanted else "torn" if there else "lost"] += 1
        found["unfinished"] += len(unfinished(folder)) > 0
    write(graphs[0], place)
    found["left"] += len(unfinished(folder))
    return found


def unfinished(folder: Path) -> list[str]:
    """The names of what writers have not brought to its place."""
    return [entry.name for entry in folder.glob(".*.partial")]


def together(write: Callable[[Graph, Path], Any], folder: Path, count: int) -> Counter[str]:
    """What stands in a folder while four processes write to one place, beside others that are killed; and after them."""
    graphs = [graph_of(value) for value in range(4)]
    wanted = []
    for index, graph in enumerate(graphs):
        write(graph, folder / f"whole{index}")
        wanted.append(content(folder / f"whole{index}"))
    place, found = folder / "place", Counter[str]()

    def often(graph: Graph) -> None:
        for _ in range(count):
            write(graph, place)

    write(graphs[0], place)
    children = [forked(lambda graph=graph: often(graph)) for graph in graphs]
    while children:
        killed = forked(lambda: write(graphs[0], place))
        time.sleep(0.005)
        os.kill(killed, signal.SIGKILL)
        os.waitpid(killed, 0)
        found["there" if place.exists() else "lost"] += 1
        child, status = os.waitpid(-1, os.WNOHANG)
        if child:
            children.remove(child)
            found["failed"] += status != 0
        time.sleep(0.001)
    found["whole" if content(place) in wanted else "torn"] += 1
    write(graphs[0], place)
    found["left"] += len(unfinished(folder))
    return found


if __name__ == "__main__":
    how, name, at, times = sys.argv[1:]
    if how == "together":
        result = together(writer(name), Path(at), int(times))
    else:
        result = ended(writer(name), Path(at), int(times), signal.SIGKILL if how == "kill" else signal.SIGINT)
    print(json.dumps(result))
