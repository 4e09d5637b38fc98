"""Well-known architectures as ONNX models with random weights, small but for ResNet-50, as exporters write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto

Inputs = dict[str, np.ndarray]
Made = tuple[Any, Inputs]


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def conv(m: Any, x: str, channels: int, filters: int, window: int = 3, stride: int = 1, group: int = 1, norm: bool = True) -> str:
    x = m("Conv", x, m.weight(filters, channels // group, window, window), strides=[stride] * 2, pads=[window // 2] * 4, group=group)
    if not norm:
        return x
    mean, variance = m.weight(filters, scale=0.1), m.constant(np.abs(normal(1, filters)) + 0.5)
    return m("BatchNormalization", x, m.weight(filters, scale=1.0), m.weight(filters, scale=0.1), mean, variance)


def linear(m: Any, x: str, width: int, to: int) -> str:
    return m("Add", m("MatMul", x, m.weight(width, to, scale=width**-0.5)), m.weight(to, scale=0.1))


def layer_norm(m: Any, x: str, width: int, by_parts: bool = False) -> str:
    scale, bias = m.weight(width, scale=1.0), m.weight(width, scale=0.1)
    if not by_parts:
        return m("LayerNormalization", x, scale, bias)
    centred = m("Sub", x, m("ReduceMean", x, axes=[-1]))
    variance = m("ReduceMean", m("Pow", centred, m.constant(np.float32(2))), axes=[-1])
    y = m("Div", centred, m("Sqrt", m("Add", variance, m.constant(np.float32(1e-5)))))
    return m("Add", m("Mul", y, scale), bias)


def gelu(m: Any, x: str) -> str:
    curve = m("Add", m("Erf", m("Div", x, m.constant(np.float32(2**0.5)))), m.constant(np.float32(1)))
    return m("Mul", m("Mul", x, curve), m.constant(np.float32(0.5)))


def heads(m: Any, x: str, count: int) -> str:
    """[batch, steps, width] as [batch, heads, steps, size], with the shape arithmetic that exporters write."""
    size = m("Shape", x)
    batch, steps = (m("Gather", size, m.ints(i)) for i in (0, 1))
    shape = m("Concat", batch, steps, m.ints(count), m.ints(-1), axis=0)
    return m("Transpose", m("Reshape", x, shape), perm=[0, 2, 1, 3])


def attention(m: Any, x: str, width: int, count: int, context: str | None = None, mask: str | None = None) -> str:
    query = heads(m, linear(m, x, width, width), count)
    key, value = (heads(m, linear(m, context or x, width, width), count) for _ in range(2))
    scores = m("Div", m("MatMul", query, m("Transpose", key, perm=[0, 1, 3, 2])), m.constant(np.float32((width // count) ** 0.5)))
    scores = m("Add", scores, mask) if mask else scores
    mixed = m("Transpose", m("MatMul", m("Softmax", scores, axis=-1), value), perm=[0, 2, 1, 3])
    return linear(m, m("Reshape", mixed, m.ints(0, 0, width)), width, width)


def block(m: Any, x: str, width: int, count: int, **options: Any) -> str:
    x = m("Add", x, attention(m, layer_norm(m, x, width), width, count, **options))
    return m("Add", x, linear(m, gelu(m, linear(m, layer_norm(m, x, width, by_parts=True), width, 2 * width)), 2 * width, width))


def mobilenet_v3(make: Any) -> Made:
    """Inverted residuals with squeeze-and-excitation and hard swish."""
    m = make()
    x = m("HardSwish", conv(m, m.input("x", shape=("batch", 3, 24, 24)), 3, 8, stride=2))
    wide = m("HardSwish", conv(m, x, 8, 16, window=1))
    wide = m("HardSwish", conv(m, wide, 16, 16, window=5, group=16))
    squeezed = m("Relu", conv(m, m("GlobalAveragePool", wide), 16, 4, window=1, norm=False))
    excited = m("HardSigmoid", conv(m, squeezed, 4, 16, window=1, norm=False), alpha=1 / 6, beta=0.5)
    x = m("Add", x, conv(m, m("Mul", wide, excited), 16, 8, window=1))
    x = m("Flatten", m("GlobalAveragePool", x))
    x = m("Gemm", x, m.weight(5, 8), m.weight(5, scale=0.1), transB=1)
    return m.model(x), {"x": normal(0, 1, 3, 24, 24)}


def efficientnet(make: Any) -> Made:
    """Inverted residuals with swish, and a gate between an average and a sigmoid."""
    m = make()

    def swish(x: str) -> str:
        return m("Mul", x, m("Sigmoid", x))

    x = swish(conv(m, m.input("x", shape=("batch", 3, 24, 24)), 3, 8, stride=2))
    for window, stride in ((3, 1), (5, 2), (3, 1)):
        wide = swish(conv(m, x, 8, 32, window=1))
        wide = swish(conv(m, wide, 32, 32, window=window, stride=stride, group=32))
        squeezed = swish(conv(m, m("ReduceMean", wide, axes=[2, 3], keepdims=1), 32, 2, window=1, norm=False))
        gated = m("Mul", m("Sigmoid", conv(m, squeezed, 2, 32, window=1, norm=False)), wide)
        narrow = conv(m, gated, 32, 8, window=1)
        x = m("Add", x, narrow) if stride == 1 else narrow
    x = m("Squeeze", m("GlobalAveragePool", swish(conv(m, x, 8, 16, window=1))), m.ints(2, 3))
    return m.model(m("Gemm", x, m.weight(5, 16), m.weight(5, scale=0.1), transB=1)), {"x": normal(0, 1, 3, 24, 24)}


def resnet50(make: Any) -> Made:
    """The whole of it, 25.6 million weights; the image alone is small."""
    m = make()
    x = m("Relu", conv(m, m.input("x", shape=("batch", 3, 32, 32)), 3, 64, window=7, stride=2))
    x = m("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    channels = 64
    for stage, count in enumerate((3, 4, 6, 3)):
        width = 64 * 2**stage
        for index in range(count):
            stride = 2 if stage and not index else 1
            inner = m("Relu", conv(m, x, channels, width, window=1))
            inner = conv(m, m("Relu", conv(m, inner, width, width, stride=stride)), width, 4 * width, window=1)
            beside = conv(m, x, channels, 4 * width, window=1, stride=stride) if not index else x
            x, channels = m("Relu", m("Mul", m("Add", inner, beside), m.constant(np.float32(0.5)))), 4 * width
    x = m("Flatten", m("GlobalAveragePool", x))
    x = m("Gemm", x, m.weight(1000, channels), m.weight(1000, scale=0.1), transB=1)
    return m.model(x), {"x": normal(0, 1, 3, 32, 32)}


def vit(make: Any) -> Made:
    m = make()
    x = m("Conv", m.input("x", shape=("batch", 3, 16, 16)), m.weight(24, 3, 4, 4), m.weight(24, scale=0.1), strides=[4, 4])
    x = m("Transpose", m("Reshape", x, m.ints(0, 24, -1)), perm=[0, 2, 1])
    batch = m("Gather", m("Shape", x), m.ints(0))
    token = m("Expand", m.weight(1, 1, 24, scale=1.0), m("Concat", batch, m.ints(1), m.ints(1), axis=0))
    x = m("Add", m("Concat", token, x, axis=1), m.weight(1, 17, 24, scale=0.5))
    for _ in range(2):
        x = block(m, x, 24, 4)
    x = m("Gather", layer_norm(m, x, 24), m.constant(np.asarray(0, np.int64)), axis=1)
    return m.model(linear(m, x, 24, 6)), {"x": normal(0, 1, 3, 16, 16)}


def bert(make: Any) -> Made:
    m = make()
    tokens = m.input("input_ids", TensorProto.INT64, ("batch", "sequence"))
    mask = m.input("attention_mask", TensorProto.INT64, ("batch", "sequence"))
    x = m("Gather", m.weight(50, 16, scale=1.0), tokens)
    steps = m("Gather", m("Shape", tokens), m.constant(np.asarray(1, np.int64)))
    places = m("Range", m.constant(np.asarray(0, np.int64)), steps, m.constant(np.asarray(1, np.int64)))
    x = layer_norm(m, m("Add", x, m("Gather", m.weight(32, 16, scale=1.0), places)), 16)
    visible = m("Cast", m("Unsqueeze", mask, m.ints(1, 2)), to=TensorProto.FLOAT)
    bias = m("Mul", m("Sub", m.constant(np.float32(1)), visible), m.constant(np.float32(-1e4)))
    for _ in range(2):
        x = block(m, x, 16, 2, mask=bias)
    x = m("Tanh", linear(m, m("Gather", x, m.constant(np.asarray(0, np.int64)), axis=1), 16, 16))
    rng = np.random.default_rng(3)
    return m.model(x), {"input_ids": rng.integers(0, 50, (2, 7)), "attention_mask": np.array([[1] * 7, [1] * 4 + [0] * 3])}


def whisper(make: Any) -> Made:
    """An encoder of a spectrogram, and one step of a decoder that attends to it."""
    m = make()
    x = m.input("features", shape=(1, 8, 40))
    x = gelu(m, m("Conv", x, m.weight(16, 8, 3), m.weight(16, scale=0.1), pads=[1, 1]))
    x = gelu(m, m("Conv", x, m.weight(16, 16, 3), m.weight(16, scale=0.1), pads=[1, 1], strides=[2]))
    encoded = block(m, m("Add", m("Transpose", x, perm=[0, 2, 1]), m.weight(20, 16, scale=0.5)), 16, 2)
    tokens = m.input("tokens", TensorProto.INT64, (1, 4))
    embedding = m.weight(30, 16, scale=1.0)
    y = m("Add", m("Gather", embedding, tokens), m.weight(4, 16, scale=0.5))
    causal = m("Trilu", m.constant(np.full((4, 4), -1e9, np.float32)), m.constant(np.asarray(1, np.int64)), upper=1)
    y = m("Add", y, attention(m, layer_norm(m, y, 16), 16, 2, mask=causal))
    y = m("Add", y, attention(m, layer_norm(m, y, 16), 16, 2, context=encoded))
    logits = m("MatMul", layer_norm(m, y, 16), m("Transpose", embedding, perm=[1, 0]))
    return m.model(logits), {"features": normal(0, 1, 8, 40), "tokens": np.array([[3, 1, 4, 1]])}


def quantized_linear(m: Any, x: str, width: int, to: int, block_size: int = 16) -> str:
    """A product with weights of 4 bits."""
    blocks = width // block_size
    packed = m.rng.integers(0, 256, (to, blocks, block_size // 2)).astype(np.uint8)
    scales = (m.rng.random(to * blocks) * 0.02 + 0.01).astype(np.float32)
    zeros = m.rng.integers(0, 256, to * -(-blocks // 2)).astype(np.uint8)
    attributes = {"K": width, "N": to, "bits": 4, "block_size": block_size, "domain": "com.microsoft"}
    return m("MatMulNBits", x, m.constant(packed), m.constant(scales), m.constant(zeros), **attributes)


def llama(make: Any) -> Made:
    """A decoder block with a cache of keys and values, grouped queries, rotary positions and int4 weights."""
    m = make(microsoft=True)
    width, count, shared, past, steps = 64, 4, 2, 6, 1
    size = width // count
    x = m.input("x", shape=(1, steps, width))
    caches = [m.input(f"past_{name}", shape=(1, shared, past, size)) for name in ("key", "value")]
    lengths = m.input("seqlens_k", TensorProto.INT32, (1,))
    total = m.constant(np.asarray(past + steps, np.int32))
    normed = m("SimplifiedLayerNormalization", x, m.weight(width, scale=1.0), axis=-1, epsilon=1e-5)
    projected = [quantized_linear(m, normed, width, to) for to in (width, shared * size, shared * size)]
    angles = np.outer(np.arange(32), 1 / 10000 ** (np.arange(size // 2) / (size // 2)))
    tables = [m.constant(table.astype(np.float32)) for table in (np.cos(angles), np.sin(angles))]
    attributes = {"num_heads": count, "kv_num_heads": shared, "do_rotary": 1, "domain": "com.microsoft"}
    mixed, key, value = m("GroupQueryAttention", *projected, *caches, lengths, total, *tables, outputs=3, **attributes)
    y, _, _, summed = m(
        "SkipSimplifiedLayerNormalization", x, quantized_linear(m, mixed, width, width), m.weight(width, scale=1.0),
        outputs=4, domain="com.microsoft", epsilon=1e-5,
    )  # fmt: skip
    m.nodes[-1].output[1] = m.nodes[-1].output[2] = ""
    gate = quantized_linear(m, y, width, 2 * width)
    up = m("Mul", m("Mul", gate, m("Sigmoid", gate)), quantized_linear(m, y, width, 2 * width))
    out = m("Add", summed, quantized_linear(m, up, 2 * width, width))
    inputs = {"x": normal(0, 1, steps, width), "seqlens_k": np.array([past + steps - 1], np.int32)}
    inputs |= {f"past_{name}": normal(i, 1, shared, past, size) for i, name in enumerate(("key", "value"), 1)}
    return m.model({out: TensorProto.FLOAT, key: TensorProto.FLOAT, value: TensorProto.FLOAT}), inputs


def unet(make: Any) -> Made:
    """Group normalisation, a time embedding, attention across to a text, down and up again with a skip."""
    m = make(opset=21)
    x, time, text = m.input("x", shape=(1, 4, 8, 8)), m.input("time", shape=(1, 16)), m.input("text", shape=(1, 5, 16))

    def group_norm(x: str, channels: int) -> str:
        return m("GroupNormalization", x, m.weight(channels, scale=1.0), m.weight(channels, scale=0.1), num_groups=4)

    def swish(x: str) -> str:
        return m("Mul", x, m("Sigmoid", x))

    first = conv(m, x, 4, 16, norm=False)
    shift = m("Unsqueeze", linear(m, swish(time), 16, 16), m.ints(2, 3))
    y = m("Add", conv(m, swish(group_norm(first, 16)), 16, 16, norm=False), shift)
    skip = m("Add", first, conv(m, swish(group_norm(y, 16)), 16, 16, norm=False))
    down = conv(m, skip, 16, 16, stride=2, norm=False)
    flat = m("Transpose", m("Reshape", down, m.ints(0, 16, -1)), perm=[0, 2, 1])
    flat = m("Add", flat, attention(m, layer_norm(m, flat, 16), 16, 2, context=text))
    back = m("Reshape", m("Transpose", flat, perm=[0, 2, 1]), m.ints(0, 16, 4, 4))
    up = m(
        "Resize",
        back,
        "",
        m.constant(np.array([1, 1, 2, 2], np.float32)),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    y = conv(m, m("Concat", up, skip, axis=1), 32, 16, norm=False)
    return m.model(conv(m, swish(group_norm(y, 16)), 16, 4, norm=False)), {
        "x": normal(0, 1, 4, 8, 8),
        "time": normal(1, 1, 16),
        "text": normal(2, 1, 5, 16),
    }


ARCHITECTURES: tuple[Callable[[Any], Made], ...] = (
    mobilenet_v3,
    resnet50,
    efficientnet,
    vit,
    bert,
    whisper,
    llama,
    unet,
)
DIMENSIONS: dict[str, dict[str, int]] = {"bert": {"batch": 2, "sequence": 7}}
"""The sizes that the models leave open, where it is not only a batch of one."""
