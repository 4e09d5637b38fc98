"""Writes the models of the tests of clients, small, with random weights; each with inputs, and onnxruntime's outputs.

python models.py FOLDER

NAME.onnx is the model, NAME.json an example of it, NAME.tflite what `webnpu export --to tflite --int32-io` makes of it; the
folder `encoder` is as transformers.js wants it.
"""

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from webnpu.backend import load_backend
from webnpu.onnx import import_model

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

    def nodes_outputs(self, kind: str, *inputs: str, outputs: int, **attributes: object) -> list[str]:
        names = [f"v{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names

    def node(self, kind: str, *inputs: str, **attributes: object) -> str:
        return self.nodes_outputs(kind, *inputs, outputs=1, **attributes)[0]

    def save(
        self, path: Path, inputs: Mapping[str, np.ndarray], output: str, open_dimensions: Mapping[str, list[str]] | None = None
    ) -> None:
        """Write the model, and an example of it.

        Args:
            path: of the model.
            inputs: an example of each, by name.
            output: the value that it computes, whose name will be that of the model's file, or ``y``.
            open_dimensions: the shapes of inputs by names, where they are open.
        """
        named = "last_hidden_state" if open_dimensions else "y"
        self.nodes.append(helper.make_node("Identity", [output], [named]))
        declared = [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), (open_dimensions or {}).get(name, array.shape)
            )
            for name, array in inputs.items()
        ]
        outputs = [helper.make_tensor_value_info(named, TensorProto.FLOAT, None)]
        graph = helper.make_graph(self.nodes, path.stem, declared, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        onnx.checker.check_model(model, full_check=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, path)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        found = dict(zip([one.name for one in session.get_outputs()], session.run(None, dict(inputs)), strict=True))
        example = {"inputs": {name: stored(array) for name, array in inputs.items()}, "outputs": {n: stored(a) for n, a in found.items()}}
        path.with_suffix(".json").write_text(json.dumps(example))


def stored(array: np.ndarray) -> dict[str, object]:
    """A tensor as the tests read it."""
    return {"type": array.dtype.name, "dims": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def waves(*shape: int) -> np.ndarray:
    """Numbers between -1 and 1."""
    return np.sin(np.arange(np.prod(shape)) * 1.7 + 0.3).astype(np.float32).reshape(shape)


def words(*shape: int) -> np.ndarray:
    """Numbers of words."""
    return (np.arange(np.prod(shape)) * 7 % WORDS).reshape(shape)


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
    m.save(path, {"x": waves(BATCH, 3, SIZE, SIZE)}, m.node("Softmax", x, axis=1))


def transformer(path: Path) -> None:
    """An encoder, and a classifier on its first position."""
    m = Model(2)
    x = encoder(m, "ids", "mask")
    first = m.node("Slice", x, m.integers(0), m.integers(1), m.integers(1))
    pooled = m.node("Tanh", m.node("Squeeze", first, m.integers(1)))
    mask = (np.arange(LENGTH) < 9).astype(np.int64)[None]
    m.save(path, {"ids": words(BATCH, LENGTH), "mask": mask}, m.node("MatMul", pooled, m.weight(WIDTH, CLASSES)))


def encoder_folder(folder: Path) -> None:
    """A folder as transformers.js wants it: the model of an encoder with open dimensions, its configuration, its tokenizer."""
    m = Model(3)
    ids, mask = words(BATCH, LENGTH), np.ones((BATCH, LENGTH), np.int64)
    shapes = {name: ["batch_size", "sequence_length"] for name in ("input_ids", "attention_mask")}
    m.save(folder / "onnx" / "model.onnx", {"input_ids": ids, "attention_mask": mask}, encoder(m, "input_ids", "attention_mask"), shapes)
    sizes = {"batch_size": BATCH, "sequence_length": LENGTH}
    config = {"model_type": "bert", "architectures": ["BertModel"], "transformers.js_config": {"free_dimension_overrides": sizes}}
    vocabulary = {"[UNK]": 0, **{f"w{number}": number for number in range(1, WORDS)}}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "post_processor": None,
        "decoder": None, "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]"}))


def encoder(m: Model, ids: str, mask: str) -> str:
    """Embeddings, and encoder layers with masked attention, GELU written out, and layer normalisation."""
    x = m.node("Gather", m.weight(WORDS, WIDTH), ids)
    x = m.node("Add", x, m.weight(1, LENGTH, WIDTH))
    mask = m.node("Cast", mask, to=TensorProto.FLOAT)
    mask = m.node("Mul", m.node("Sub", m.constant(np.float32(1)), mask), m.constant(np.float32(-1e4)))
    mask = m.node("Unsqueeze", mask, m.integers(1, 2))
    for _ in range(LAYERS):
        x = m.node("Add", x, attention(m, norm(m, x), mask))
        x = m.node("Add", x, feed_forward(m, norm(m, x)))
    return norm(m, x)


def quantised(path: Path) -> None:
    """A convolution of int8 weights by channel between quantised activations, and a product of dynamically quantised rows."""
    m = Model(4)
    scale, zero = m.constant(np.float32(0.02)), m.constant(np.uint8(128))
    x = m.node("DequantizeLinear", m.node("QuantizeLinear", "x", scale, zero), scale, zero)
    weight = m.constant(m.random.integers(-64, 64, (CHANNELS, 3, 3, 3)).astype(np.int8))  # of 7 bits: AVX2 saturates sums of more
    scales = m.constant(np.linspace(0.004, 0.009, CHANNELS, dtype=np.float32))
    filter = m.node("DequantizeLinear", weight, scales, m.constant(np.zeros(CHANNELS, np.int8)), axis=0)
    x = m.node("Relu", m.node("Conv", x, filter, m.weight(CHANNELS), pads=[1, 1, 1, 1], kernel_shape=[3, 3], strides=[2, 2]))
    x = m.node("DequantizeLinear", m.node("QuantizeLinear", x, scale, zero), scale, zero)
    x = m.node("Flatten", m.node("AveragePool", x, kernel_shape=[4, 4], strides=[4, 4]))
    rows, row_scale, row_zero = m.nodes_outputs("DynamicQuantizeLinear", x, outputs=3)
    width = CHANNELS * (SIZE // 8) ** 2
    weight = m.constant(m.random.integers(64, 192, (width, CLASSES)).astype(np.uint8))
    product = m.node("MatMulInteger", rows, weight, row_zero, m.constant(np.uint8(128)))
    x = m.node("Mul", m.node("Cast", product, to=TensorProto.FLOAT), m.node("Mul", row_scale, m.constant(np.float32(0.004))))
    m.save(path, {"x": waves(BATCH, 3, SIZE, SIZE)}, x)


def recurrent(path: Path) -> None:
    """An LSTM in both directions, a GRU over what it gives, and a classifier on the last step."""
    m = Model(5)
    half = WIDTH // 2
    x = m.node("LSTM", "x", m.weight(2, 4 * half, CHANNELS), m.weight(2, 4 * half, half), m.weight(2, 8 * half),
               hidden_size=half, direction="bidirectional")  # fmt: skip
    x = m.node("Reshape", m.node("Transpose", x, perm=[0, 2, 1, 3]), m.integers(LENGTH, BATCH, WIDTH))
    x = m.nodes_outputs("GRU", x, m.weight(1, 3 * WIDTH, WIDTH), m.weight(1, 3 * WIDTH, WIDTH), m.weight(1, 6 * WIDTH),
                        outputs=2, hidden_size=WIDTH)[1]  # fmt: skip
    x = m.node("Gemm", m.node("Squeeze", x, m.integers(0)), m.weight(CLASSES, WIDTH), m.weight(CLASSES), transB=1)
    m.save(path, {"x": waves(LENGTH, BATCH, CHANNELS)}, x)


def parted(path: Path) -> None:
    """Nodes that WebNN has not between such as it has: pooling of three dimensions, and the best of several."""
    m = Model(6)
    x = m.node("Relu", m.node("Conv", "x", m.weight(WIDTH, CHANNELS, 3), m.weight(WIDTH), pads=[1, 1], kernel_shape=[3]))
    x = m.node("Squeeze", m.node("GlobalMaxPool", x), m.integers(2))
    x = m.node("Gemm", x, m.weight(CLASSES, WIDTH), m.weight(CLASSES), transB=1)
    values, places = m.nodes_outputs("TopK", x, m.integers(3), outputs=2)
    names = m.node("ReduceMax", m.node("Gather", m.weight(CLASSES, 5), places), m.integers(2), keepdims=0)
    m.save(path, {"x": waves(BATCH, CHANNELS, SIZE)}, m.node("Mul", values, names))


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


def export(folder: Path, name: str) -> None:
    """The same model as a ``.tflite`` file."""
    load_backend("tflite").export(import_model(folder / f"{name}.onnx"), folder / f"{name}.tflite", int32_io=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    convolution_net(folder / "convolution.onnx")
    transformer(folder / "transformer.onnx")
    quantised(folder / "quantised.onnx")
    recurrent(folder / "recurrent.onnx")
    parted(folder / "parted.onnx")
    encoder_folder(folder / "encoder")
    for name in ("convolution", "transformer", "quantised", "recurrent"):
        export(folder, name)
