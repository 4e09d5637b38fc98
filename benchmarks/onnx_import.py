"""How long it takes to import and compile a model, beside ONNX Runtime's session creation, in one run.

``python benchmarks/onnx_import.py [BACKEND...]``
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnxruntime
from models import encoder, resnet50  # the models beside this file

from webnpu.backend import load_backend
from webnpu.graph import Graph
from webnpu.onnx import import_model, save_model
from webnpu.passes import optimize


def milliseconds(action: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """The least of some runs, and the result."""
    best, result = float("inf"), None
    for _ in range(times):
        begin = time.perf_counter()
        result = action()
        best = min(best, 1e3 * (time.perf_counter() - begin))
    return best, result


def measure(name: str, graph: Graph, backends: list[str]) -> None:
    """One line for each step."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        save_model(graph, path)
        size = path.stat().st_size / 2**20
        session, _ = milliseconds(lambda: onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]))
        importing, imported = milliseconds(lambda: import_model(path))
        passing, optimized = milliseconds(lambda: optimize(imported))
        print(f"{name}: {len(imported.operators)} operators ({len(optimized.operators)} optimised), {size:.0f} MiB")
        print(f"  onnxruntime session  {session:8.0f} ms")
        print(f"  import               {importing:8.0f} ms   {importing / session:5.2f} of it")
        print(f"  passes               {passing:8.0f} ms   {passing / session:5.2f}")
        for backend in backends:
            chosen = load_backend(backend)
            compiling, _ = milliseconds(lambda chosen=chosen: chosen.compile(optimized), 2)
            print(f"  compile {backend:12} {compiling:8.0f} ms   {compiling / session:5.2f}")


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["reference"]
    measure("ResNet-50", resnet50(), wanted)
    measure("transformer of 14 layers", encoder(layers=14), wanted)
