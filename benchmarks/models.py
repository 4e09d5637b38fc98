"""Well-known models with random weights, built by our builder in nchw: what the benchmarks of every backend run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from webnpu import MLGraphBuilder
from webnpu.graph import Graph
from webnpu.operator import MLOperand
from webnpu.types import DataType, OperandDescriptor


class _Weights:
    """Constants of normal numbers, scaled so that activations keep their size."""

    def __init__(self, builder: MLGraphBuilder) -> None:
        self.builder, self.random = builder, np.random.default_rng(0)

    def __call__(self, *shape: int, fan_in: int = 1) -> MLOperand:
        array = self.random.standard_normal(shape, np.float32)
        array *= np.float32(1 / math.sqrt(fan_in))
        return self.builder.constant(array, copy=False)


def _conv(b: Any, w: _Weights, x: MLOperand, channels: int, window: int, stride: int = 1, groups: int = 1) -> MLOperand:
    inputs = x.shape[1] // groups
    filter = w(channels, inputs, window, window, fan_in=inputs * window * window)
    edge = (window - 1) // 2
    out: MLOperand = b.conv2d(x, filter, padding=[edge] * 4, strides=[stride] * 2, groups=groups, bias=w(channels, fan_in=100))
    return out


def _classified(b: Any, w: _Weights, x: MLOperand, classes: int = 1000) -> MLOperand:
    pooled = b.reshape(b.average_pool2d(x), [x.shape[0], x.shape[1]])
    weights = w(x.shape[1], classes, fan_in=x.shape[1])
    return b.softmax(b.gemm(pooled, weights, c=w(classes)), 1)  # type: ignore[no-any-return]


def mobilenet_v2(size: int = 224) -> Graph:
    """MobileNetV2: inverted residuals of depthwise convolutions, 3.5 million weights."""
    b: Any = MLGraphBuilder()
    w = _Weights(b)
    x = b.input("image", OperandDescriptor(DataType.FLOAT32, (1, 3, size, size)))

    def relu6(y: MLOperand) -> MLOperand:
        return b.clamp(y, min_value=0, max_value=6)  # type: ignore[no-any-return]

    x = relu6(_conv(b, w, x, 32, 3, 2))
    for expansion, channels, count, stride in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for block in range(count):
            step = stride if block == 0 else 1
            wide = x.shape[1] * expansion
            y = x if expansion == 1 else relu6(_conv(b, w, x, wide, 1))
            y = _conv(b, w, relu6(_conv(b, w, y, wide, 3, step, groups=wide)), channels, 1)
            x = b.add(x, y) if x.shape == y.shape else y
    return b.finish({"probabilities": _classified(b, w, relu6(_conv(b, w, x, 1280, 1)))})  # type: ignore[no-any-return]


def resnet50(size: int = 224) -> Graph:
    """ResNet-50: residuals of bottlenecks, 25.6 million weights."""
    b: Any = MLGraphBuilder()
    w = _Weights(b)
    x = b.input("image", OperandDescriptor(DataType.FLOAT32, (1, 3, size, size)))
    x = b.relu(_conv(b, w, x, 64, 7, 2))
    x = b.max_pool2d(x, window_dimensions=[3, 3], strides=[2, 2], padding=[1, 1, 1, 1])
    for stage, count in enumerate((3, 4, 6, 3)):
        width = 64 * 2**stage
        for block in range(count):
            stride = 2 if stage and block == 0 else 1
            y = b.relu(_conv(b, w, x, width, 1))
            y = b.relu(_conv(b, w, y, width, 3, stride))
            y = _conv(b, w, y, width * 4, 1)
            x = b.relu(b.add(y, _conv(b, w, x, width * 4, 1, stride) if block == 0 else x))
    return b.finish({"probabilities": _classified(b, w, x)})  # type: ignore[no-any-return]


def encoder(layers: int = 12, tokens: int = 128, width: int = 768, heads: int = 12) -> Graph:
    """A transformer encoder of the size of BERT-base, without embeddings: 85 million weights."""
    b: Any = MLGraphBuilder()
    w = _Weights(b)
    x = b.input("tokens", OperandDescriptor(DataType.FLOAT32, (1, tokens, width)))

    def linear(y: MLOperand, outputs: int) -> MLOperand:
        return b.add(b.matmul(y, w(y.shape[-1], outputs, fan_in=y.shape[-1])), w(outputs, fan_in=100))  # type: ignore[no-any-return]

    def split_heads(y: MLOperand, permutation: list[int]) -> MLOperand:
        return b.transpose(b.reshape(y, [1, tokens, heads, width // heads]), permutation=permutation)  # type: ignore[no-any-return]

    def normalized(y: MLOperand) -> MLOperand:
        return b.layer_normalization(y, axes=[2], scale=w(width), bias=w(width), epsilon=1e-12)  # type: ignore[no-any-return]

    for _ in range(layers):
        query, key, value = (split_heads(linear(x, width), p) for p in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]))
        scores = b.mul(b.matmul(query, key), b.constant(DataType.FLOAT32, 1 / math.sqrt(width // heads)))
        seen = b.transpose(b.matmul(b.softmax(scores, 3), value), permutation=[0, 2, 1, 3])
        x = normalized(b.add(x, linear(b.reshape(seen, [1, tokens, width]), width)))
        x = normalized(b.add(x, linear(b.gelu(linear(x, 4 * width)), width)))
    return b.finish({"states": x})  # type: ignore[no-any-return]


MODELS: dict[str, Callable[[], Graph]] = {"MobileNetV2": mobilenet_v2, "ResNet-50": resnet50, "encoder, 12 layers": encoder}
"""The models by name."""
