"""Our TFLite files in LiteRT against the same graphs in onnxruntime, on this machine's CPU, in one run.

    python benchmarks/tflite.py [--threads 2] [--json FILE]

Prints for each model the median time of a run in both, their ratio (below 1: ours is faster), the greatest difference
between the results, the time to compile, and the memory that compiling took beside the graph's own weights.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime

sys.path.insert(0, str(Path(__file__).parent))
from models import MODELS

from webnpu.backend import load_backend
from webnpu.onnx import export_model


def timed(run: Callable[[], Any], seconds: float = 3.0) -> float:
    """The median time of a run in milliseconds, after two that do not count."""
    run(), run()
    times: list[float] = []
    begin = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * median(times)


def compare(name: str, threads: int) -> dict[str, Any]:
    """One model in both runtimes, in turns, so that a busy machine hits both."""
    graph = MODELS[name]()
    inputs = {n: np.random.default_rng(1).standard_normal(d.shape, np.float32) for n, d in graph.input_descriptors.items()}
    backend: Any = type(load_backend("tflite"))(threads)  # type: ignore[call-arg]
    begin = time.perf_counter()
    program = backend.compile(graph)
    compile_seconds = time.perf_counter() - begin
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(export_model(graph).SerializeToString(), options, providers=["CPUExecutionProvider"])
    ours, theirs = program.run(inputs), session.run(None, inputs)
    difference = max(float(np.abs(a - b).max()) for a, b in zip(ours.values(), theirs, strict=True))
    rounds = [(timed(lambda: program.run(inputs)), timed(lambda: session.run(None, inputs))) for _ in range(3)]
    litert, other = min(r[0] for r in rounds), min(r[1] for r in rounds)
    return {
        "model": name,
        "litert_ms": litert,
        "onnxruntime_ms": other,
        "ratio": litert / other,
        "difference": difference,
        "compile_seconds": compile_seconds,
        "weight_mb": graph.weight_bytes / 1e6,
    }


def memory(name: str) -> float:
    """The peak memory of compiling a model, in units of its weights, which the graph itself holds; run in a fresh process."""
    graph = MODELS[name]()
    backend = load_backend("tflite")
    backend.compile(MODELS["MobileNetV2"]()).destroy()  # loads every library first
    before = _kilobytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak
    program = backend.compile(graph)
    peak = _kilobytes("VmHWM")
    program.destroy()
    return (peak - before) * 1024 / graph.weight_bytes


def _kilobytes(entry: str) -> int:
    """A figure on this process's memory, from Linux."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(entry)).split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--memory", metavar="MODEL", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        print(memory(arguments.memory))
        return
    print(f"{'model':20} {'LiteRT ms':>10} {'onnxrt ms':>10} {'ratio':>6} {'difference':>11} {'compile s':>10} {'memory/weights':>15}")
    rows = []
    for name in MODELS:
        row = compare(name, arguments.threads)
        child = subprocess.run([sys.executable, __file__, "--memory", name], capture_output=True, text=True, check=True)
        row["memory_per_weights"] = float(child.stdout.split()[-1])
        rows.append(row)
        print(
            f"{name:20} {row['litert_ms']:10.2f} {row['onnxruntime_ms']:10.2f} {row['ratio']:6.2f} {row['difference']:11.2e} "
            f"{row['compile_seconds']:10.2f} {row['memory_per_weights']:15.2f}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps({"threads": arguments.threads, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
