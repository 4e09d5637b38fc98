"""How long building a graph takes, operator by operator, and how long loading one from a file.

    python benchmarks/build_graph.py [--operators 1000] [--megabytes 1024] [--json FILE]

Peers, in the same run: pywebnn for building, where it is installed; safetensors' own loader for the file.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from webnpu import MLGraphBuilder, MLOperand
from webnpu.graph_file import save_graph

ROUNDS = 30
LOADS = 5


def convolutional(b: Any, count: int) -> Any:
    """Residual blocks of depthwise and pointwise convolutions: 7 operators each."""
    depthwise = b.constant(np.zeros((32, 1, 3, 3), np.float32))
    pointwise, bias = b.constant(np.zeros((32, 32, 1, 1), np.float32)), b.constant(np.zeros(32, np.float32))
    x = b.input("x", {"dataType": "float32", "shape": [1, 32, 28, 28]})
    for _ in range(count // 7):
        h = b.conv2d(x, depthwise, groups=32, padding=[1, 1, 1, 1], bias=bias)
        h = b.clamp(h, min_value=0.0, max_value=6.0)
        h = b.relu(b.conv2d(h, pointwise, bias=bias))
        h = b.average_pool2d(h, window_dimensions=[3, 3], padding=[1, 1, 1, 1])
        h = b.sigmoid(h)
        x = b.add(x, h)
    return x


def transformer(b: Any, count: int) -> Any:
    """Attention blocks, normalised, each with a layer of gelu: 23 operators each."""
    width, heads, tokens = 64, 4, 16
    weights = [b.constant(np.zeros((width, width), np.float32)) for _ in range(4)]
    wide, narrow = b.constant(np.zeros((width, 4 * width), np.float32)), b.constant(np.zeros((4 * width, width), np.float32))
    scale, bias = b.constant(np.ones(width, np.float32)), b.constant(np.zeros(width, np.float32))
    factor = b.constant("float32", 0.25)
    x = b.input("x", {"dataType": "float32", "shape": [1, tokens, width]})
    for _ in range(count // 23):
        h = b.layer_normalization(x, scale=scale, bias=bias, axes=[2])
        q, k, v = (
            b.transpose(b.reshape(b.matmul(h, w), [1, tokens, heads, width // heads]), permutation=[0, 2, 1, 3]) for w in weights[:3]
        )
        scores = b.softmax(b.mul(b.matmul(q, b.transpose(k, permutation=[0, 1, 3, 2])), factor), 3)
        h = b.reshape(b.transpose(b.matmul(scores, v), permutation=[0, 2, 1, 3]), [1, tokens, width])
        x = b.add(x, b.matmul(h, weights[3]))
        x = b.add(x, b.matmul(b.gelu(b.matmul(x, wide)), narrow))
    return x


MODELS: dict[str, Callable[[Any, int], Any]] = {"convolutional": convolutional, "transformer": transformer}


def build(model: Callable[[Any, int], MLOperand], count: int) -> tuple[float, int]:
    """Seconds to build and check one graph, and the operators in it; the process's own, so that others hardly count."""
    start = time.process_time()
    builder = MLGraphBuilder()
    graph = builder.finish({"y": model(builder, count)})
    return time.process_time() - start, len(graph.operators)


def pywebnn() -> Callable[[], Any] | str:
    """What makes a builder of pywebnn's, behind our names; or why there is none."""
    try:
        import webnn
    except ImportError as error:
        return f"pywebnn is not installed ({error}); its wheels are for Python 3.12"
    context = webnn.ML().create_context(device_type="cpu")
    return lambda: Peer(context.create_graph_builder())


class Peer:
    """A pywebnn builder under the calls that the models make."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def input(self, name: str, descriptor: dict[str, Any]) -> Any:
        return self.builder.input(name, descriptor["shape"], descriptor["dataType"])

    def constant(self, what: Any, value: Any = None) -> Any:
        array = what if value is None else np.array(value, what)
        return self.builder.constant(array, list(array.shape), array.dtype.name)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.builder, name)
        if name not in ("conv2d", "average_pool2d"):
            return method
        return lambda x, *operands, padding=None, **options: method(x, *operands, pads=padding, **options)


def measure(run: Callable[[], tuple[float, int]]) -> dict[str, float]:
    """Microseconds an operator: the least and the median of several rounds."""
    each = []
    for _ in range(ROUNDS):
        gc.collect()
        seconds, operators = run()
        each.append(seconds / operators * 1e6)
    return {"best": min(each), "median": statistics.median(each)}


def building(count: int) -> Iterator[tuple[str, dict[str, float]]]:
    peer = pywebnn()
    if isinstance(peer, str):
        print(peer)
    for name, model in MODELS.items():
        yield name, measure(partial(build, model, count))
        if not isinstance(peer, str):
            operators = build(model, count)[1]
            yield f"{name}, pywebnn", measure(partial(build_peer, model, count, operators, peer))


def build_peer(model: Callable[[Any, int], Any], count: int, operators: int, peer: Callable[[], Any]) -> tuple[float, int]:
    start = time.process_time()
    model(peer(), count)
    return time.process_time() - start, operators


LOADERS = {
    "webnpu": "from webnpu.graph_file import load_graph as load",
    "safetensors": """
from safetensors import safe_open
def load(path):
    with safe_open(path, framework="np") as file:
        return [file.get_slice(name) for name in file.keys()]
""",
    "safetensors, all read": "from safetensors.numpy import load_file as load",
}

IN_A_FRESH_PROCESS = """
import sys, time
{loader}
def resident():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) / 1024
before, start = resident(), time.perf_counter()
kept = load(sys.argv[1])
print(time.perf_counter() - start, resident() - before)
"""


def loading(megabytes: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Seconds, and resident memory gained, for each way to load one large graph file; the least of several processes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.webnpu"
        save_graph(large(megabytes), path)
        for name, loader in LOADERS.items():
            code = IN_A_FRESH_PROCESS.format(loader=loader)
            runs = [
                subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True) for _ in range(LOADS)
            ]
            seconds, resident = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
            yield name, {"seconds": min(seconds), "MB resident": min(resident)}


def large(megabytes: int) -> Any:
    """A graph whose weights have that size: a chain of products with matrices of 4 MB."""
    builder = MLGraphBuilder()
    x = builder.input("x", {"dataType": "float32", "shape": [1, 1024]})
    matrix = np.ones((1024, 1024), np.float32)
    for _ in range(max(megabytes // 4, 1)):
        x = builder.matmul(x, builder.constant({"dataType": "float32", "shape": matrix.shape}, matrix, copy=False))
    return builder.finish({"y": x})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operators", type=int, default=1000, help="how many operators a graph has, about")
    parser.add_argument("--megabytes", type=int, default=1024, help="the size of the weights in the file; 0 leaves loading out")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    built = dict(building(arguments.operators))
    print(f"\nbuilding and checking {arguments.operators} operators, in microseconds an operator; the aim is below 10")
    for name, figures in built.items():
        print(f"  {name:<26} best {figures['best']:7.2f}   median {figures['median']:7.2f}")
    for name in MODELS:
        if f"{name}, pywebnn" in built:
            print(f"  {name}: pywebnn takes {built[f'{name}, pywebnn']['best'] / built[name]['best']:.2f} times as long")
    loaded = dict(loading(arguments.megabytes)) if arguments.megabytes else {}
    if loaded:
        print(f"\nloading {arguments.megabytes} MB of weights; the aim is below 0.2 s and 100 MB resident")
    for name, figures in loaded.items():
        ratio = figures["seconds"] / loaded["webnpu"]["seconds"]
        print(f"  {name:<26} {figures['seconds']:8.4f} s   {figures['MB resident']:8.1f} MB resident   {ratio:6.2f} times webnpu's time")
    if arguments.json:
        versions = {name: importlib.metadata.version(name) for name in ("webnpu", "pydantic", "numpy", "safetensors")}
        arguments.json.write_text(json.dumps({"versions": versions, "building": built, "loading": loaded}, indent=2) + "\n")


if __name__ == "__main__":
    main()
