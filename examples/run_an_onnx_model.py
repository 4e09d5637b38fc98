"""An ONNX model imported, optimised, and run on every backend; the reference is the judge.

The model is made here: a block of a transformer with gelu and layer normalisation in parts, as exporters write them.
"""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from webnpu.backend import backend_names, load_backend
from webnpu.conformance.fuzz import first_divergence
from webnpu.errors import NotSupportedError
from webnpu.onnx import import_model
from webnpu.passes import optimize

WIDTH = 32


def make_model() -> ModelProto:
    """Layer normalisation, a linear layer and gelu, of a sequence whose length is left open."""
    rng = np.random.default_rng(0)
    constants = {
        "weights": rng.standard_normal((WIDTH, WIDTH)) / WIDTH**0.5,
        "scale": rng.standard_normal(WIDTH),
        "two": 2.0,
        "epsilon": 1e-5,
        "root": 2**0.5,
        "one": 1.0,
        "half": 0.5,
    }
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[-1]),
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Pow", ["centred", "two"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["variance"], axes=[-1]),
        helper.make_node("Add", ["variance", "epsilon"], ["above_zero"]),
        helper.make_node("Sqrt", ["above_zero"], ["deviation"]),
        helper.make_node("Div", ["centred", "deviation"], ["normal"]),
        helper.make_node("Mul", ["normal", "scale"], ["scaled"]),
        helper.make_node("MatMul", ["scaled", "weights"], ["h"]),
        helper.make_node("Div", ["h", "root"], ["stretched"]),
        helper.make_node("Erf", ["stretched"], ["bell"]),
        helper.make_node("Add", ["bell", "one"], ["curve"]),
        helper.make_node("Mul", ["h", "curve"], ["doubled"]),
        helper.make_node("Mul", ["doubled", "half"], ["y"]),
    ]
    shape = ["steps", WIDTH]
    graph = helper.make_graph(
        nodes,
        "block",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


graph = import_model(make_model(), dimensions={"steps": 5})
shorter = optimize(graph)
print(f"{len(graph.operators)} operators, optimised {len(shorter.operators)}:")
print(shorter)

inputs = {"x": np.random.default_rng(1).standard_normal((5, WIDTH)).astype(np.float32)}
reference = load_backend("reference")
for name in backend_names():
    try:
        backend = load_backend(name)
        if not backend.available().ok:
            print(f"{name:10} not here")
            continue
        divergence = first_divergence(shorter, inputs, backend, reference)
    except NotSupportedError as refusal:
        print(f"{name:10} refuses: {refusal}")
        continue
    print(f"{name:10} {'agrees' if divergence is None else f'diverges at {divergence.operator.name}'}")
