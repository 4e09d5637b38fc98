"""What is done to ONNX models so that they still parse: parts gone, doubled, wired anew, elsewhere, or not what they were."""

from __future__ import annotations

from random import Random

import numpy as np
from onnx import ModelProto, TensorProto, numpy_helper

FLOAT = TensorProto.FLOAT
PATHS = ("../x", "/etc/hosts", "w.bin", "a/../../b", "\0", "~/x", "C:\\x", "x" * 5000, "", ".")


HOSTILE = (-(2**63), -(2**31), -100, -2, -1, 0, 1, 2, 3, 7, 100, 2**31 - 1, 2**31, 2**40, 2**63 - 1)
OPERATORS = (
    "Add", "Concat", "Conv", "ConvTranspose", "Einsum", "Expand", "Flatten", "Gather", "GatherND", "Gemm", "GRU", "Identity",
    "LRN", "LpPool", "LSTM", "MatMul", "MaxPool", "AveragePool", "Mod", "OneHot", "Pad", "Range", "ReduceSum", "Reshape",
    "Resize", "ScatterND", "Slice", "Softmax", "SpaceToDepth", "DepthToSpace", "Split", "Squeeze", "Tile", "TopK", "Transpose",
    "Trilu", "Unsqueeze", "Where", "CumSum", "GridSample", "ArgMax", "InstanceNormalization", "LayerNormalization",
    "BatchNormalization", "QuantizeLinear", "DequantizeLinear", "GlobalAveragePool", "STFT", "DFT",
)  # fmt: skip


def torn(rng: Random, model: ModelProto) -> ModelProto:
    """A model whose parts are gone, doubled, wired anew, out of order, or elsewhere."""
    model = ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    for _ in range(rng.choice((1, 2, 4))):
        node, kind = rng.randrange(len(graph.node)), rng.randrange(6)
        if kind == 0 and len(graph.node) > 1:
            del graph.node[node]
        elif kind == 1:
            graph.node.append(graph.node[node])
        elif kind == 2 and graph.node[node].input:
            names = [name for other in graph.node for name in other.output]
            graph.node[node].input[rng.randrange(len(graph.node[node].input))] = rng.choice(names)
        elif graph.initializer:
            tensor = rng.choice(graph.initializer)
            if kind == 3:
                graph.initializer.remove(tensor)
            elif kind == 4 and tensor.dims:
                tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice(HOSTILE)
            elif kind == 5:
                tensor.data_location = TensorProto.EXTERNAL
                for key, values in {"location": PATHS, "offset": ("0", "-1", "9" * 30, "x"), "length": ("0", "1" * 25, "-5")}.items():
                    entry = tensor.external_data.add()
                    entry.key, entry.value = key, rng.choice(values)
    return model


def halved(model: ModelProto) -> ModelProto:
    """A model whose weights are float16."""
    model = ModelProto.FromString(model.SerializeToString())
    for tensor in model.graph.initializer:
        if tensor.data_type == FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    return model


def changed(rng: Random, model: ModelProto) -> ModelProto:
    """A model that still parses, but one thing or more in which is not what it was."""
    model = ModelProto.FromString(model.SerializeToString())
    for _ in range(rng.choice((1, 1, 2, 3))):
        node = rng.choice(model.graph.node)
        kind = rng.randrange(6)
        if kind == 0:
            node.op_type = rng.choice(OPERATORS)
        elif kind == 1 and node.attribute:
            attribute = rng.choice(node.attribute)
            attribute.i = rng.choice(HOSTILE)
            for index in range(len(attribute.ints)):
                attribute.ints[index] = rng.choice((attribute.ints[index], rng.choice(HOSTILE)))
        elif kind == 2 and node.input:
            node.input[rng.randrange(len(node.input))] = rng.choice(
                [info.name for info in model.graph.input] + list(rng.choice(model.graph.node).input)
            )
        elif kind == 3 and model.graph.initializer:
            tensor = rng.choice(model.graph.initializer)
            array = np.array(numpy_helper.to_array(tensor))
            if array.size:
                array.reshape(-1)[rng.randrange(array.size)] = rng.choice(HOSTILE)
            tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
        elif kind == 4:
            dims = rng.choice(model.graph.input).type.tensor_type.shape.dim
            if dims:
                rng.choice(dims).dim_value = rng.choice(HOSTILE)
        else:
            rng.choice(model.graph.input).type.tensor_type.elem_type = rng.randrange(1, 24)
    return model
