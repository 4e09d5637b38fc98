"""Attention as ONNX Runtime writes it; ONNX's own Attention and RotaryEmbedding are imported by their function bodies."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np

from ..operator import MLOperand
from ..types import DataType
from .normalization import layer_norm
from .registry import MICROSOFT, Node, imports


def heads_apart(node: Node, x: MLOperand, heads: int) -> MLOperand:
    """[batch, steps, heads * size] as [batch, heads, steps, size]."""
    batch, steps, width = x.shape
    if heads < 1 or width % heads:
        node.refuse(f"{heads} heads do not divide {width} features")
    return node.b.transpose(node.b.reshape(x, [batch, steps, heads, width // heads]), permutation=[0, 2, 1, 3])


def heads_together(node: Node, x: MLOperand) -> MLOperand:
    batch, heads, steps, size = x.shape
    return node.b.reshape(node.b.transpose(x, permutation=[0, 2, 1, 3]), [batch, steps, heads * size])


def attend(
    node: Node,
    query: MLOperand,
    key: MLOperand,
    value: MLOperand,
    scale: float,
    mask: MLOperand | None,
    softcap: float = 0.0,
    sink: MLOperand | None = None,
) -> MLOperand:
    """``softmax(query key' * scale + mask) value``, all [batch, heads, steps, size]; in float32, in the type of the query.

    Args:
        node: the node.
        query: the queries.
        key: the keys, of as many heads.
        value: the values of the keys.
        scale: what the products are multiplied by.
        mask: what is added to them.
        softcap: if not zero, what they are kept within by a tangent, before the mask.
        sink: [heads]: of one more key, which has no value, the product with every query.
    """
    b, given = node.b, query.data_type
    query, key, value = (node.cast(x, DataType.FLOAT32) for x in (query, key, value))
    scores = b.matmul(query, b.transpose(key, permutation=[0, 1, 3, 2]))
    scores = b.mul(scores, node.number(scores, scale))
    if softcap:
        scores = b.mul(b.tanh(b.div(scores, node.number(scores, softcap))), node.number(scores, softcap))
    if mask is not None:
        scores = b.add(scores, node.cast(mask, DataType.FLOAT32))
    if sink is None:
        shares = b.softmax(scores, 3)
    else:
        *outer, total = scores.shape
        own = b.expand(b.reshape(node.cast(sink, DataType.FLOAT32), [1, outer[1], 1, 1]), [*outer, 1])
        shares = b.slice(b.softmax(b.concat([scores, own], 3), 3), [0, 0, 0, 0], [*outer, total])
    return node.cast(b.matmul(shares, value), given)


def repeated(node: Node, x: MLOperand, times: int) -> MLOperand:
    """Each head so many times in a row, for queries that share keys."""
    if times == 1:
        return x
    batch, heads, steps, size = x.shape
    apart = node.b.expand(node.b.reshape(x, [batch, heads, 1, steps, size]), [batch, heads, times, steps, size])
    return node.b.reshape(apart, [batch, heads * times, steps, size])


def rotated(node: Node, x: MLOperand, cosines: MLOperand, sines: MLOperand, *, interleaved: bool) -> MLOperand:
    """Pairs of features turned by an angle: halves against one another, or neighbours.

    Args:
        node: the node.
        x: [batch, heads, steps, size].
        cosines: [batch or 1, 1, steps, part / 2]; features beyond part stay as they are.
        sines: likewise.
        interleaved: whether neighbours are pairs.
    """
    b, half = node.b, cosines.shape[-1]
    part, size = 2 * half, x.shape[-1]
    turned = x if part == size else b.slice(x, [0, 0, 0, 0], [*x.shape[:-1], part])
    if interleaved:
        pairs = b.reshape(turned, [*x.shape[:-1], half, 2])
        first, second = (b.reshape(p, [*x.shape[:-1], half]) for p in b.split(pairs, 2, axis=4))
    else:
        first, second = b.split(turned, 2, axis=3)
    real, imaginary = b.sub(b.mul(first, cosines), b.mul(second, sines)), b.add(b.mul(first, sines), b.mul(second, cosines))
    if interleaved:
        apart = [b.reshape(p, [*p.shape, 1]) for p in (real, imaginary)]
        out = b.reshape(b.concat(apart, 4), [*x.shape[:-1], part])
    else:
        out = b.concat([real, imaginary], 3)
    if part == size:
        return out
    rest = b.slice(x, [0, 0, 0, part], [*x.shape[:-1], size - part])
    return b.concat([out, rest], 3)


def cache_rows(node: Node, cache: MLOperand, positions: MLOperand) -> MLOperand:
    """The rows of a table of cosines or sines, [batch, 1, steps, half]."""
    rows = node.b.gather(cache, positions)
    return node.b.reshape(rows, [rows.shape[0], 1, *rows.shape[1:]])


@imports("RotaryEmbedding", domain=MICROSOFT)
def rotary_embedding(node: Node) -> MLOperand:
    b, x, cosines, sines = node.b, node.x(0), node.x(2), node.x(3)
    packed = x.rank == 3
    if packed:
        heads = int(node.attribute("num_heads", 0)) or x.shape[-1] // (2 * cosines.shape[-1])
        x = heads_apart(node, x, heads)
    steps = x.shape[2]
    positions = node.x(1)
    if positions.descriptor.size == 1 and positions.rank == 1:  # where the first step stands
        positions = b.reshape(b.add(positions, node.integers_operand(np.arange(steps))), [1, steps])
    scaled = int(node.attribute("scaling_factor", 1.0)) if node.attribute("scaling_factor", 1.0) != 1.0 else 1
    if scaled != 1:
        node.refuse("its scaling factor is not 1")
    tables = [cache_rows(node, table, positions) for table in (cosines, sines)]
    y = rotated(node, x, *tables, interleaved=bool(node.attribute("interleaved", 0)))
    return heads_together(node, y) if packed else y


@imports("MultiHeadAttention", domain=MICROSOFT)
def multi_head_attention(node: Node) -> Any:
    """Queries, keys and values of many heads; past keys and values may go before."""
    b, heads = node.b, int(node.attribute("num_heads", 1))
    query, key, value = _unpacked(node)
    if node.has(3):
        width = query.shape[-1]
        bias = node.x(3)
        rest = bias.shape[0] - 2 * width
        parts = b.split(bias, [width, width, rest])
        query = b.add(query, parts[0])
        key = b.add(key, parts[1]) if key.rank == 3 else key
        value = b.add(value, parts[2]) if value.rank == 3 else value
    if node.has(8) or node.has(9):
        node.refuse("a cache longer than what is valid of it is not imported")
    query = heads_apart(node, query, heads)
    key, value = (heads_apart(node, x, heads) if x.rank == 3 else x for x in (key, value))
    if node.has(6):
        key, value = (b.concat([node.x(6 + i), x], 2) if 0 not in node.shape(6 + i) else x for i, x in enumerate((key, value)))
    y = heads_together(node, masked_attend(node, query, key, value, mask=4, bias=5))
    return (y, key, value) if node.wants(1) else y


def _unpacked(node: Node) -> tuple[MLOperand, MLOperand, MLOperand]:
    """Queries, keys and values, which may stand together, head by head: [batch, steps, heads, 3 or 2, size]."""

    def apart(packed: MLOperand, count: int) -> list[MLOperand]:
        batch, steps, heads, _, size = packed.shape
        return [node.b.reshape(part, [batch, steps, heads * size]) for part in node.b.split(packed, count, axis=3)]

    query = node.x(0)
    if query.rank == 5:
        return tuple(apart(query, 3))  # type: ignore[return-value]
    if not node.has(1):
        node.refuse("it has neither keys nor packed queries, keys and values")
    key = node.x(1)
    if key.rank == 5:
        return query, *apart(key, 2)  # type: ignore[return-value]
    return query, key, node.x(2)


def masked_attend(node: Node, query: MLOperand, key: MLOperand, value: MLOperand, *, mask: int, bias: int) -> MLOperand:
    """Attention with what ONNX Runtime adds to the scores: an input of keys that are there, one of a bias, and causality."""
    b, steps, total = node.b, query.shape[2], key.shape[2]
    terms = [node.x(bias)] if node.has(bias) else []
    if node.has(mask):
        terms.append(_of_padding(node, node.x(mask), query, total))
    if node.attribute("unidirectional", 0):
        lowest = np.finfo(query.data_type.numpy).min
        terms.append(b.constant(np.where(np.tri(steps, total, total - steps, dtype=bool), 0, lowest).astype(query.data_type.numpy)))
    added: MLOperand | None = None
    for term in terms:
        added = term if added is None else b.add(added, term)
    scale = float(node.attribute("scale", 0.0)) or 1 / math.sqrt(query.shape[-1])
    return attend(node, query, key, value, scale, added)


def _of_padding(node: Node, mask: MLOperand, query: MLOperand, total: int) -> MLOperand:
    """What is added to the scores of keys that are not there: by a mask of the keys, or by how many there are."""
    b, (batch, _, steps, _) = node.b, query.shape
    if mask.shape == (batch,):
        there = b.lesser(b.constant(np.arange(total, dtype=mask.data_type.numpy)), b.reshape(mask, [batch, 1, 1, 1]))
    elif mask.shape in ((batch, total), (batch, steps, total)):
        whole = b.reshape(mask, [batch, 1, 1 if mask.rank == 2 else steps, total])
        there = b.not_equal(whole, node.number(mask, 0))
    else:
        node.refuse(f"a mask of shape {list(mask.shape)} is not imported")
    return b.where(there, node.number(query, 0), node.number(query, float(node.attribute("mask_filter_value", -10000.0))))


@imports("Attention", domain=MICROSOFT)
def microsoft_attention(node: Node) -> Any:
    """The projection to queries, keys and values, and attention among them."""
    projected = node.b.matmul(node.x(0), node.x(1))
    projected = node.b.add(projected, node.x(2)) if node.has(2) else projected
    return attention_of(node, projected, mask=3, past=4, bias=5)


def attention_of(node: Node, projected: MLOperand, *, mask: int, past: int, bias: int = 99) -> Any:
    """Attention among queries, keys and values that stand side by side; past keys and values may go before.

    Args:
        node: the node.
        projected: [batch, steps, features of the three].
        mask: which input says what keys are there.
        past: which input holds past keys and values, [2, batch, heads, steps, size].
        bias: which input is added to the scores.
    """
    b, heads = node.b, int(node.attribute("num_heads", 1))
    if node.attribute("do_rotary", 0) or node.attribute("past_present_share_buffer", 0) or node.has(past + 2 if bias == 99 else bias + 1):
        node.refuse("rotary positions and caches longer than what is valid of them are not imported; export GroupQueryAttention")
    sizes = node.attribute("qkv_hidden_sizes", None) or [projected.shape[-1] // 3] * 3
    query, key, value = (heads_apart(node, part, heads) for part in b.split(projected, [int(s) for s in sizes], axis=2))
    if node.has(past) and 0 not in node.shape(past):
        before = b.split(node.x(past), 2, axis=0)
        key, value = (b.concat([b.reshape(old, old.shape[1:]), x], 2) for old, x in zip(before, (key, value), strict=True))
    y = heads_together(node, masked_attend(node, query, key, value, mask=mask, bias=bias))
    return (y, b.concat([b.reshape(x, [1, *x.shape]) for x in (key, value)], 0)) if node.wants(1) else y


@imports("EmbedLayerNormalization", domain=MICROSOFT, own_types=True)
def embed_layer_normalization(node: Node) -> Any:
    """The embeddings of words, places and kinds, summed and normalised; and how many words there are."""
    b, words = node.b, node.x(0)
    batch, steps = words.shape
    places = node.x(8) if node.has(8) else b.constant(np.arange(steps, dtype=np.int32).reshape(1, steps))
    found = [b.gather(node.x(2), words), b.gather(node.x(3), places)]
    if node.has(1) and node.has(4):
        found.append(b.gather(node.x(4), node.x(1)))
    total = reduce(b.add, (node.cast(rows, DataType.FLOAT32) for rows in found))
    y = layer_norm(node, total, node.x(5), node.x(6), 2, float(node.attribute("epsilon", 1e-12)))
    count = b.constant(np.zeros(batch, np.int32))
    if node.has(7):
        mask = node.x(7)
        count = b.reduce_sum(b.cast(b.equal(mask, node.number(mask, 1)), DataType.INT32), axes=[1])
    y, total = (node.cast(x, node.x(2).data_type) for x in (y, total))
    return y, count, total


@imports("GroupQueryAttention", domain=MICROSOFT, own_types=True)
def group_query_attention(node: Node) -> Any:
    """Attention of a decoder, whose queries share keys, with a cache of past keys and values.

    ``seqlens_k`` says for each batch how many keys there are in all, less one; the past ones come first in the cache.
    The present cache has the past's rows and room for the new ones, which follow what is valid of the past.
    """
    b, heads, shared = node.b, int(node.attribute("num_heads", 1)), int(node.attribute("kv_num_heads", 1))
    if node.has(12) or node.has(13) or node.attribute("sliding_window_cache", 0):
        node.refuse("quantised caches, and caches as long as a window, are not imported")
    query, key, value = _of_groups(node, heads, shared)
    batch, _, steps, size = query.shape
    past = node.shape(3)[2] if node.has(3) else 0
    if node.has(14):
        query, key = (_unit_heads(node, x, node.x(14 + i)) for i, x in enumerate((query, key)))
    # Where the first new row goes, for each batch.
    first = b.sub(node.cast(node.x(5), DataType.INT64), node.integers_operand(steps - 1))
    first = b.reshape(first, [batch, 1])
    positions = b.add(first, node.integers_operand(np.arange(steps)))
    if node.attribute("do_rotary", 0):
        at = node.cast(node.x(9), DataType.INT64) if node.has(9) else positions
        tables = [node.cast(cache_rows(node, node.x(i), at), DataType.FLOAT32) for i in (7, 8)]
        interleaved = bool(node.attribute("rotary_interleaved", 0))
        query, key = (node.wide(x, lambda wide: rotated(node, wide, *tables, interleaved=interleaved)) for x in (query, key))
    if past:
        key, value = (_appended(node, node.x(3 + i), x, first) for i, x in enumerate((key, value)))
    mask = _seen(node, positions, key.shape[2], query)
    if node.has(10):
        mask = b.add(mask, _fitted(node, node.x(10), key.shape[2]))
    scale = float(node.attribute("scale", 0.0)) or 1 / math.sqrt(size)
    sink = node.optional(11)
    if sink is None and int(node.attribute("smooth_softmax", 0)) == 1:
        sink = b.constant(np.zeros(heads, np.float32))
    wide_key, wide_value = (repeated(node, x, heads // shared) for x in (key, value))
    y = attend(node, query, wide_key, wide_value, scale, mask, softcap=float(node.attribute("softcap", 0.0)), sink=sink)
    return heads_together(node, y), *(_cut(node, cache, past) for cache in (key, value))


def _of_groups(node: Node, heads: int, shared: int) -> tuple[MLOperand, MLOperand, MLOperand]:
    """Queries, keys and values, [batch, heads, steps, size], which may stand side by side in the first input."""
    query = node.x(0)
    if node.has(1):
        query, key, value = (heads_apart(node, node.x(i), n) for i, n in ((0, heads), (1, shared), (2, shared)))
        return query, key, value
    size = query.shape[-1] // (heads + 2 * shared)
    parts = node.b.split(query, [heads * size, shared * size, shared * size], axis=2)
    query, key, value = (heads_apart(node, part, n) for part, n in zip(parts, (heads, shared, shared), strict=True))
    return query, key, value


def _unit_heads(node: Node, x: MLOperand, weight: MLOperand) -> MLOperand:
    """Each head divided by the root of the mean of its squares, in float32, and scaled."""
    b, epsilon = node.b, float(node.attribute("qk_norm_epsilon", 1e-6))

    def scaled(wide: MLOperand) -> MLOperand:
        squares = b.reduce_mean(b.mul(wide, wide), axes=[3], keep_dimensions=True)
        normal = b.div(wide, b.sqrt(b.add(squares, node.number(wide, epsilon))))
        return b.mul(normal, node.cast(weight, DataType.FLOAT32))

    return node.wide(x, scaled)


def _seen(node: Node, positions: MLOperand, total: int, query: MLOperand) -> MLOperand:
    """What is added to the scores, in float32: nothing for the keys that a query sees, the least number for the others."""
    b, (batch, _, steps, _) = node.b, query.shape
    keys, window = node.integers_operand(np.arange(total)), int(node.attribute("local_window_size", -1))
    here = b.reshape(positions, [batch, 1, steps, 1])
    if not node.attribute("causal", 1):
        here = b.reshape(b.slice(positions, [0, steps - 1], [batch, 1]), [batch, 1, 1, 1])
    is_seen = b.lesser_or_equal(keys, here)
    if window >= 0:
        is_seen = b.logical_and(is_seen, b.greater(keys, b.sub(here, node.integers_operand(window))))
    lowest = float(DataType.FLOAT32.minimum)
    return b.where(is_seen, node.number(DataType.FLOAT32, 0), node.number(DataType.FLOAT32, lowest))


def _fitted(node: Node, bias: MLOperand, total: int) -> MLOperand:
    """What is added for each key in float32, for as many keys as the cache has rows."""
    *outer, given = bias.shape
    bias = node.cast(bias, DataType.FLOAT32)
    if given < total:
        return node.b.pad(bias, [0] * 4, [0, 0, 0, total - given])
    return bias if given == total else node.b.slice(bias, [0] * 4, [*outer, total])


def _cut(node: Node, cache: MLOperand, past: int) -> MLOperand:
    """The present cache is as long as the past one, or as all keys together where they are more and known to be fewer than its rows."""
    value = node.value(6) if node.has(6) else None
    if value is None or value.array is None:
        return cache
    rows = min(max(past, int(value.array.reshape(-1)[0])), cache.shape[2])
    return cache if rows == cache.shape[2] else node.b.slice(cache, [0, 0, 0, 0], [*cache.shape[:2], rows, cache.shape[3]])


def _appended(node: Node, past: MLOperand, new: MLOperand, first: MLOperand) -> MLOperand:
    """The valid rows of the past, then the new ones; rows beyond them are zero.

    Row ``t`` comes from the past where it stands before ``first``, else from the new rows, ``first`` further on.
    """
    b = node.b
    batch, heads, rows, size = past.shape
    steps = new.shape[2]
    total = rows + steps
    both = b.concat([past, new], 2)
    t = node.integers_operand(np.arange(total))
    source = b.where(b.lesser(t, first), t, b.add(b.sub(t, first), node.integers_operand(rows)))
    source = b.min(source, node.integers_operand(total - 1))
    indices = b.expand(b.reshape(source, [batch, 1, total, 1]), [batch, heads, total, size])
    found = b.gather_elements(both, indices, axis=2)
    is_there = b.lesser(t, b.add(first, node.integers_operand(steps)))
    return b.where(b.reshape(is_there, [batch, 1, total, 1]), found, node.number(found, 0))
