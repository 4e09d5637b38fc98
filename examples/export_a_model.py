"""One model written as a graph file, an ONNX model, a .tflite file and an .mlpackage, each from the same graph."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from webnpu import Graph, MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.graph_file import save_graph
from webnpu.onnx import save_model


def make_graph() -> Graph:
    """A convolution, its activation, and a pool."""
    rng = np.random.default_rng(0)
    b = MLGraphBuilder()
    x = b.input("image", {"dataType": "float32", "shape": [1, 3, 16, 16]})
    y = b.relu(b.conv2d(x, b.constant(rng.standard_normal((8, 3, 3, 3)).astype(np.float32)), padding=[1, 1, 1, 1]))
    return b.finish({"features": b.average_pool2d(y)})


folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="webnpu-"))
folder.mkdir(parents=True, exist_ok=True)
graph = make_graph()
save_graph(graph, folder / "model.safetensors")
save_model(graph, folder / "model.onnx")
for backend, name in (("tflite", "model.tflite"), ("coreml", "model.mlpackage")):
    chosen = load_backend(backend)
    if chosen.available().ok:
        chosen.export(graph, folder / name)  # type: ignore[attr-defined]
for path in sorted(folder.iterdir()):
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size
    print(f"{path.name:18} {size:7,} bytes")
