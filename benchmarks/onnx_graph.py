"""The graphs of `models` as ONNX, for onnxruntime to run: the few operators that they use, one node each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from webnpu.graph import Graph

Attributes = dict[str, Any]


def _conv(op: Any) -> Attributes:
    top, bottom, left, right = op.padding
    return {"pads": [top, left, bottom, right], "strides": op.strides, "dilations": op.dilations, "group": op.groups}


def _max_pool(op: Any) -> Attributes:
    top, bottom, left, right = op.padding
    return {"kernel_shape": op.window, "pads": [top, left, bottom, right], "strides": op.strides}


NODES: dict[str, tuple[str, Callable[[Any], Attributes]]] = {
    "add": ("Add", lambda op: {}),
    "mul": ("Mul", lambda op: {}),
    "relu": ("Relu", lambda op: {}),
    "gelu": ("Gelu", lambda op: {}),
    "matmul": ("MatMul", lambda op: {}),
    "conv2d": ("Conv", _conv),
    "maxPool2d": ("MaxPool", _max_pool),
    "averagePool2d": ("GlobalAveragePool", lambda op: {}),
    "gemm": ("Gemm", lambda op: {"alpha": op.alpha, "beta": op.beta}),
    "softmax": ("Softmax", lambda op: {"axis": op.axis}),
    "transpose": ("Transpose", lambda op: {"perm": op.resolved_permutation}),
    "layerNormalization": ("LayerNormalization", lambda op: {"axis": min(op.resolved_axes), "epsilon": op.epsilon}),
    "reshape": ("Reshape", lambda op: {}),
    "clamp": ("Clip", lambda op: {}),
}
"""The ONNX operator of each of ours, and its attributes."""


def to_onnx(graph: Graph) -> ModelProto:
    """The same graph as an ONNX model."""
    names = graph.names
    initializers = [numpy_helper.from_array(np.ascontiguousarray(c.value), names[c]) for c in graph.constants]
    nodes = []
    for i, op in enumerate(graph.operators):
        kind, attributes = NODES[op.name]
        inputs = [names[operand] for _, operand in op.operands()]
        if op.name in ("reshape", "clamp"):
            extra = [np.array(op.new_shape)] if op.name == "reshape" else [np.array(bound, np.float32) for bound in op.bounds]  # type: ignore[attr-defined]
            for j, array in enumerate(extra):
                initializers.append(numpy_helper.from_array(array, f"e{i}_{j}"))
                inputs.append(f"e{i}_{j}")
        nodes.append(helper.make_node(kind, inputs, [names[o] for o in op.outputs], **attributes(op)))
    outputs = []
    for name, operand in graph.outputs.items():
        nodes.append(helper.make_node("Identity", [names[operand]], [name]))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, operand.shape))
    inputs_info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, o.shape) for name, o in graph.inputs.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "graph", inputs_info, outputs, initializers), opset_imports=[helper.make_opsetid("", 20)]
    )
    model.ir_version = 9
    return model
