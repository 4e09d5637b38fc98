"""The blocks that models are made of; every function is one case of `graphs`, named after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...operator import MLOperand
from ...types import DataType
from .data import full_range, listed, multiples, whole

if TYPE_CHECKING:
    from .graphs import Maker

_Outputs = dict[str, MLOperand]


def residual_block(m: Maker) -> _Outputs:
    """Two convolutions and the way around them, as in ResNet."""
    x = m.input("x", 1, 3, 4, 4)
    inner = m.relu(m.conv2d(x, m.weight(3, 3, 3, 3, fill=whole(-1, 1)), padding=[1, 1, 1, 1], bias=m.weight(3)))
    outer = m.conv2d(inner, m.weight(3, 3, 3, 3, fill=whole(-1, 1)), padding=[1, 1, 1, 1])
    return {"y": m.relu(m.add(outer, x))}


def attention(m: Maker) -> _Outputs:
    """Two heads of attention, each sure of what it attends to."""
    q, k = (m.input(name, 1, 2, 3, 4, fill=multiples(64, -4, 4)) for name in "qk")
    v = m.input("v", 1, 2, 3, 4)
    scores = m.mul(m.matmul(q, m.transpose(k, permutation=[0, 1, 3, 2])), m.constant("float32", 0.5))
    return {"y": m.matmul(m.softmax(scores, 3), v)}


def causal_attention(m: Maker) -> _Outputs:
    """Attention that sees no later step: the mask is a triangle of minus infinity."""
    q, k, v = (
        m.input(name, 2, 4, 2, fill=f) for name, f in zip("qkv", (multiples(64, -2, 2), multiples(64, -2, 2), whole(-4, 4)), strict=True)
    )
    ones = m.expand(m.constant("float32", float("-inf")), [4, 4])
    mask = m.triangular(ones, upper=True, diagonal=1)
    scores = m.add(m.matmul(q, m.transpose(k, permutation=[0, 2, 1])), mask)
    return {"y": m.matmul(m.softmax(scores, 2), v)}


def quantized_conv2d(m: Maker) -> _Outputs:
    """A convolution between dequantizeLinear and quantizeLinear, as in quantised models."""
    x = m.input("x", 1, 2, 4, 4, fill=whole(100, 150), of=DataType.UINT8)
    one, zero = m.values(0.5), m.values(128, of=DataType.UINT8)
    image = m.dequantize_linear(x, m.reshape(one, [1, 1, 1, 1]), m.reshape(zero, [1, 1, 1, 1]))
    weights = m.weight(3, 2, 2, 2, fill=whole(-9, 9), of=DataType.INT8)
    scale = m.weight(3, 1, 1, 1, fill=listed(0.25, 0.5, 0.125))
    filter = m.dequantize_linear(weights, scale, m.weight(3, 1, 1, 1, fill=listed(0), of=DataType.INT8))
    out = m.conv2d(image, filter)
    return {"y": m.quantize_linear(out, m.weight(1, 1, 1, 1, fill=listed(2)), m.weight(1, 1, 1, 1, fill=listed(120), of=DataType.UINT8))}


def blockwise_weights(m: Maker) -> _Outputs:
    """A product with weights quantised in blocks, as in language models."""
    x = m.input("x", 2, 8)
    weights = m.weight(8, 4, fill=full_range, of=DataType.INT8)
    scale, zero = m.weight(2, 4, fill=listed(0.5, 0.25, 1, 2)), m.weight(2, 4, fill=whole(-3, 3), of=DataType.INT8)
    return {"y": m.matmul(x, m.dequantize_linear(weights, scale, zero))}


def four_bit_weights(m: Maker) -> _Outputs:
    """A product with weights of four bits, quantised in blocks."""
    x = m.input("x", 2, 8)
    weights = m.weight(8, 3, fill=full_range, of=DataType.UINT4)
    scale, zero = m.weight(4, 3, fill=listed(0.5, 0.25, 1)), m.weight(4, 3, fill=listed(8), of=DataType.UINT4)
    return {"y": m.matmul(x, m.dequantize_linear(weights, scale, zero))}


def unrolled_lstm(m: Maker) -> _Outputs:
    """Three LSTM cells with the same weights, one after another."""
    x = m.input("x", 3, 2, 3, fill=whole(-1, 1))
    hidden, cell = m.input("hidden", 2, 2, fill=whole(-1, 1)), m.input("cell", 2, 2, fill=whole(-1, 1))
    weight, recurrent = m.weight(8, 3, fill=whole(-1, 1)), m.weight(8, 2, fill=listed(1, 0, -1, 0, 0))
    for part in m.split(x, 3):
        step = m.reshape(part, [2, 3])
        hidden, cell = m.lstm_cell(step, weight, recurrent, hidden, cell, 2, activations=["relu", "relu", "relu"])
    return {"hidden-state": hidden, "cell-state": cell}


def unrolled_gru(m: Maker) -> _Outputs:
    """Two GRU cells with the same weights, one after another."""
    x = m.input("x", 2, 2, 3, fill=whole(-1, 1))
    hidden = m.input("hidden", 2, 2, fill=whole(-1, 1))
    weight, recurrent = m.weight(6, 3, fill=whole(-1, 1)), m.weight(6, 2, fill=listed(1, 0, -1, 0, 0))
    for part in m.split(x, 2):
        hidden = m.gru_cell(m.reshape(part, [2, 3]), weight, recurrent, hidden, 2, activations=["relu", "relu"])
    return {"y": hidden}


def squeeze_and_excite(m: Maker) -> _Outputs:
    """Channels weighed by what a small network makes of their means."""
    x = m.input("x", 1, 4, 2, 2)
    squeezed = m.relu(m.conv2d(m.average_pool2d(x), m.weight(2, 4, 1, 1, fill=whole(-1, 1))))
    gates = m.hard_sigmoid(m.conv2d(squeezed, m.weight(4, 2, 1, 1, fill=whole(-1, 1))), alpha=0.25, beta=0.5)
    return {"y": m.mul(x, gates)}


def transposes_around_conv2d(m: Maker) -> _Outputs:
    """Images nchw, convolved as nhwc, and back."""
    x = m.input("x", 1, 3, 4, 5)
    image = m.transpose(x, permutation=[0, 2, 3, 1])
    out = m.relu(m.conv2d(image, m.weight(2, 3, 3, 3), input_layout="nhwc", filter_layout="ohwi"))
    return {"y": m.transpose(out, permutation=[0, 3, 1, 2])}


def inception(m: Maker) -> _Outputs:
    """Three convolutions and a pool of one image, joined along the channels."""
    x = m.input("x", 1, 2, 4, 4)
    same = [1, 1, 1, 1]
    branches = [
        m.conv2d(x, m.weight(2, 2, 1, 1)),
        m.conv2d(x, m.weight(1, 2, 3, 3), padding=same),
        m.conv2d(x, m.weight(1, 2, 3, 3), padding=[2, 2, 2, 2], dilations=[2, 2]),
        m.max_pool2d(x, window_dimensions=[3, 3], padding=same),
    ]
    return {"y": m.concat(branches, 1)}


def separable_convolution(m: Maker) -> _Outputs:
    """A depthwise convolution and one of 1 x 1, as in MobileNet, with relu6 after each."""
    x = m.input("x", 1, 3, 5, 5)
    deep = m.conv2d(x, m.weight(3, 1, 3, 3), groups=3, strides=[2, 2], padding=[1, 1, 1, 1], bias=m.weight(3))
    deep = m.clamp(deep, min_value=0, max_value=6)
    return {"y": m.clamp(m.conv2d(deep, m.weight(4, 3, 1, 1), bias=m.weight(4)), min_value=0, max_value=6)}


def perceptron(m: Maker) -> _Outputs:
    """Two dense layers and a softmax."""
    x = m.input("x", 2, 4)
    hidden = m.relu(m.gemm(x, m.weight(4, 5, fill=whole(-1, 1)), c=m.weight(5)))
    return {"y": m.softmax(m.gemm(hidden, m.weight(3, 5, fill=whole(-1, 1)), b_transpose=True, alpha=0.25), 1)}


def u_net(m: Maker) -> _Outputs:
    """An image pooled, convolved, brought back to its size, and joined with itself."""
    x = m.input("x", 1, 2, 4, 4)
    low = m.conv2d(m.max_pool2d(x, window_dimensions=[2, 2], strides=[2, 2]), m.weight(3, 2, 1, 1))
    up = m.resample2d(low, scales=[2.0, 2.0])
    return {"y": m.conv2d(m.concat([x, up], 1), m.weight(1, 5, 3, 3), padding=[1, 1, 1, 1])}


def autoencoder(m: Maker) -> _Outputs:
    """A convolution with strides, and its transpose."""
    x = m.input("x", 1, 1, 6, 6)
    code = m.relu(m.conv2d(x, m.weight(2, 1, 2, 2), strides=[2, 2]))
    return {"y": m.conv_transpose2d(code, m.weight(2, 1, 2, 2), strides=[2, 2], bias=m.weight(1))}


def embedding(m: Maker) -> _Outputs:
    """Rows of a table by their numbers, with those of their positions added."""
    tokens = m.input("tokens", 2, 3, fill=whole(0, 6), of=DataType.INT64)
    words = m.gather(m.weight(7, 4), tokens)
    positions = m.gather(m.weight(5, 4), m.values(0, 1, 2, of=DataType.INT32))
    return {"y": m.add(words, positions)}


def classifier_head(m: Maker) -> _Outputs:
    """The most likely class, and the row of a table that belongs to it."""
    x = m.input("x", 3, 5, fill=multiples(0.25, -40, 40))
    best = m.arg_max(m.add(x, m.values(0, 0.0625, 0.125, 0.03125, 0.015625)), 1)
    return {"class": best, "row": m.gather(m.weight(5, 2), best)}


def cache_update(m: Maker) -> _Outputs:
    """New rows written into a cache, which is then read, as in decoding word by word."""
    cache, new = m.input("cache", 4, 3), m.input("new", 1, 3)
    at = m.input("at", 1, 1, fill=listed(2), of=DataType.INT32)
    updated = m.scatter_nd(cache, at, new)
    return {"cache-out": updated, "y": m.matmul(updated, m.weight(3, 2))}


def folded_batch_normalization(m: Maker) -> _Outputs:
    """A convolution, its batch normalisation and relu, as exporters leave them."""
    x = m.input("x", 1, 2, 3, 3)
    out = m.conv2d(x, m.weight(2, 2, 2, 2), bias=m.weight(2))
    moments = {"mean": m.values(1, -2), "variance": m.values(3.75, 0.75)}
    out = m.batch_normalization(out, **moments, scale=m.values(2, -0.5), bias=m.values(1, 3), epsilon=0.25)
    return {"y": m.relu(out)}


def channel_shuffle(m: Maker) -> _Outputs:
    """Channels dealt out anew, as in ShuffleNet."""
    x = m.input("x", 1, 6, 2, 2)
    apart = m.transpose(m.reshape(x, [1, 2, 3, 2, 2]), permutation=[0, 2, 1, 3, 4])
    return {"y": m.reshape(apart, [1, 6, 2, 2])}


def pixel_shuffle(m: Maker) -> _Outputs:
    """Channels turned into pixels, through rank 6."""
    x = m.input("x", 1, 4, 2, 3)
    apart = m.transpose(m.reshape(x, [1, 1, 2, 2, 2, 3]), permutation=[0, 1, 4, 2, 5, 3])
    return {"y": m.reshape(apart, [1, 1, 4, 6])}


def normalization_by_parts(m: Maker) -> _Outputs:
    """A mean taken off and a scale put on, operator by operator."""
    x = m.input("x", 3, 4)
    centred = m.sub(x, m.reduce_mean(x, axes=[1], keep_dimensions=True))
    return {"y": m.div(m.mul(centred, m.values(1, 2, -1, 0.5)), m.constant("float32", 4))}


def half_precision_inside(m: Maker) -> _Outputs:
    """float32 outside, float16 inside."""
    x = m.cast(m.input("x", 1, 2, 3, 3), "float16")
    out = m.conv2d(x, m.weight(2, 2, 2, 2, of=DataType.FLOAT16), bias=m.weight(2, of=DataType.FLOAT16))
    return {"y": m.cast(m.relu(out), "float32")}


def positions_by_mask(m: Maker) -> _Outputs:
    """The positions of what a mask keeps, counted by a running sum."""
    mask = m.input("mask", 2, 5, fill=listed(1, 0, 1, 1, 0, 0, 1), of=DataType.INT32)
    count = m.mul(m.cumulative_sum(mask, 1), mask)
    return {"y": m.sub(count, m.constant("int32", 1))}


def one_hot(m: Maker) -> _Outputs:
    """Classes as rows of zeros and a one."""
    classes = m.input("classes", 4, 1, fill=listed(2, 0, 4, 1), of=DataType.INT32)
    return {"y": m.cast(m.equal(classes, m.values(0, 1, 2, 3, 4, of=DataType.INT32)), "float32")}
