"""Writes the models of onnxruntime.test.ts: a convolution net and a transformer, small, with random weights.

python onnxruntime_models.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BATCH, CHANNELS, SIZE, CLASSES = 1, 8, 16, 10
WORDS, LENGTH, WIDTH, HEADS, LAYERS = 50, 12, 32, 4, 2


class Model:
    """Nodes and weights in the making."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, array: np.ndarray) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, *shape: int, scale: float = 0.3) -> str:
        return self.constant((self.random.standard_normal(shape) * scale).astype(np.float32))

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def node(self, kind: str, *inputs: str, outputs: int = 1, **attributes: object) -> str:
        names = [f"v{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names[0]

    def save(self, path: Path, inputs: list[onnx.ValueInfoProto], output: str, shape: list[int]) -> None:
        self.nodes.append(helper.make_node("Identity", [output], ["y"]))
        outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)]
        graph = helper.make_graph(self.nodes, path.stem, inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def convolution_net(path: Path) -> None:
    """A stem, an inverted residual with a depthwise convolution, pooling, and a classifier."""
    m = Model(1)
    x = m.node("Conv", "x", m.weight(CHANNELS, 3, 3, 3), m.weight(CHANNELS), pads=[1, 1, 1, 1], kernel_shape=[3, 3], strides=[2, 2])
    x = m.node("Relu", x)
    wide = 4 * CHANNELS
    h = m.node("Conv", x, m.weight(wide, CHANNELS, 1, 1), m.weight(wide), kernel_shape=[1, 1])
    h = m.node("Clip", h, m.constant(np.float32(0)), m.constant(np.float32(6)))
    h = m.node("Conv", h, m.weight(wide, 1, 3, 3), m.weight(wide), pads=[1, 1, 1, 1], kernel_shape=[3, 3], group=wide)
    scale, offset = m.weight(wide), m.weight(wide)
    h = m.node("BatchNormalization", h, scale, offset, m.weight(wide), m.constant(np.ones(wide, np.float32)))
    h = m.node("HardSwish", h)
    h = m.node("Conv", h, m.weight(CHANNELS, wide, 1, 1), m.weight(CHANNELS), kernel_shape=[1, 1])
    x = m.node("Add", x, h)
    x = m.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    x = m.node("Concat", x, m.node("Sigmoid", x), axis=1)
    x = m.node("ConvTranspose", x, m.weight(2 * CHANNELS, CHANNELS, 2, 2), kernel_shape=[2, 2], strides=[2, 2])
    x = m.node("Resize", x, "", m.constant(np.array([1, 1, 2, 2], np.float32)), mode="nearest", nearest_mode="floor",
               coordinate_transformation_mode="asymmetric")  # fmt: skip
    x = m.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = m.node("Flatten", m.node("GlobalAveragePool", x))
    x = m.node("Gemm", x, m.weight(CLASSES, CHANNELS), m.weight(CLASSES), transB=1)
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [BATCH, 3, SIZE, SIZE])]
    m.save(path, inputs, m.node("Softmax", x, axis=1), [BATCH, CLASSES])


def transformer(path: Path) -> None:
    """Embeddings, and encoder layers with masked attention, GELU written out, and layer normalisation."""
    m = Model(2)
    x = m.node("Gather", m.weight(WORDS, WIDTH), "ids")
    x = m.node("Add", x, m.weight(1, LENGTH, WIDTH))
    mask = m.node("Cast", "mask", to=TensorProto.FLOAT)
    mask = m.node("Mul", m.node("Sub", m.constant(np.float32(1)), mask), m.constant(np.float32(-1e4)))
    mask = m.node("Unsqueeze", mask, m.integers(1, 2))
    for _ in range(LAYERS):
        x = m.node("Add", x, attention(m, norm(m, x), mask))
        x = m.node("Add", x, feed_forward(m, norm(m, x)))
    first = m.node("Slice", norm(m, x), m.integers(0), m.integers(1), m.integers(1))
    pooled = m.node("Tanh", m.node("Squeeze", first, m.integers(1)))
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, [BATCH, LENGTH]) for name in ("ids", "mask")]
    m.save(path, inputs, m.node("MatMul", pooled, m.weight(WIDTH, CLASSES)), [BATCH, CLASSES])


def norm(m: Model, x: str) -> str:
    """Layer normalisation of the last dimension."""
    return m.node("LayerNormalization", x, m.weight(WIDTH), m.weight(WIDTH), axis=-1, epsilon=1e-5)


def attention(m: Model, x: str, mask: str) -> str:
    """Attention of several heads."""

    def heads(of: str, order: list[int]) -> str:
        rows = m.node("Add", m.node("MatMul", of, m.weight(WIDTH, WIDTH)), m.weight(WIDTH))
        split = m.node("Reshape", rows, m.integers(BATCH, LENGTH, HEADS, WIDTH // HEADS))
        return m.node("Transpose", split, perm=order)

    queries, keys, values = heads(x, [0, 2, 1, 3]), heads(x, [0, 2, 3, 1]), heads(x, [0, 2, 1, 3])
    scores = m.node("Div", m.node("MatMul", queries, keys), m.constant(np.float32(np.sqrt(WIDTH // HEADS))))
    weights = m.node("Softmax", m.node("Add", scores, mask), axis=-1)
    joined = m.node("Transpose", m.node("MatMul", weights, values), perm=[0, 2, 1, 3])
    return m.node("MatMul", m.node("Reshape", joined, m.integers(BATCH, LENGTH, WIDTH)), m.weight(WIDTH, WIDTH))


def feed_forward(m: Model, x: str) -> str:
    """Two products with a GELU between them."""
    h = m.node("Add", m.node("MatMul", x, m.weight(WIDTH, 4 * WIDTH)), m.weight(4 * WIDTH))
    half = m.node("Mul", h, m.constant(np.float32(0.5)))
    erf = m.node("Erf", m.node("Div", h, m.constant(np.float32(np.sqrt(2)))))
    h = m.node("Mul", half, m.node("Add", erf, m.constant(np.float32(1))))
    return m.node("MatMul", h, m.weight(4 * WIDTH, WIDTH))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    convolution_net(folder / "convolution.onnx")
    transformer(folder / "transformer.onnx")
