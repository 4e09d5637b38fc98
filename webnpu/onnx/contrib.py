"""ONNX Runtime's operators on weights of few bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operator import MLOperand
from ..types import Array, DataType, OperandDescriptor
from .linear_algebra import matmul
from .registry import MICROSOFT, Node, imports


def _unpacked(packed: Array, bits: int) -> Array:
    """Elements of 2, 4 or 8 bits, the first in the lowest of a byte, along the last dimension."""
    if bits == 8:
        return packed
    parts = [(packed >> shift) & (2**bits - 1) for shift in range(0, 8, bits)]
    return np.stack(parts, axis=-1).reshape(*packed.shape[:-1], -1)


@imports("MatMulNBits", domain=MICROSOFT, own_types=True)
def mat_mul_n_bits(node: Node) -> MLOperand:
    """A product with a transposed matrix of 2, 4 or 8 bits an element, a scale and a zero point for each block of a row.

    A row that ends within a block is filled up there. WebNN has no elements of 2 bits; they are stored in 4.
    """
    b, x = node.b, node.x(0)
    bits, block = int(node.attribute("bits", 4)), int(node.attribute("block_size", 32))
    columns, terms = int(node.attribute("N", 0)), int(node.attribute("K", 0))
    if bits not in (2, 4, 8):
        node.refuse(f"weights of {bits} bits are not imported")
    if min(columns, terms, block) < 1 or x.shape[-1] != terms:
        node.refuse(f"its K is {terms}, its N {columns}, its block_size {block}, and its input {x.descriptor}")
    blocks = -(-terms // block)
    data_type = DataType.UINT8 if bits == 8 else DataType.UINT4
    packed = node.known(1, "weights").reshape(columns, blocks, -1).astype(np.uint8, copy=False)
    elements = _unpacked(packed, bits)[..., :block].reshape(columns, blocks * block)
    scale = b.reshape(node.cast(node.x(2), x.data_type), [columns, blocks])
    zero = node.value(3) if node.has(3) else None
    real_points = None
    points = np.full((columns, blocks), 1 << (bits - 1), np.uint8)
    if zero is not None and zero.array is not None and zero.array.dtype != np.uint8:
        # Zero points of the type of x: blocks are scaled, then moved.
        real_points, points = b.reshape(node.cast(node.x(3), x.data_type), [columns, blocks]), np.zeros((columns, blocks), np.uint8)
    elif zero is not None:
        points = _unpacked(node.known(3, "zero points").reshape(columns, -1), bits)[:, :blocks]
    if node.has(4) and node.shape(4):
        groups = node.known(4, "groups").reshape(-1)[:terms]
        elements, points, block = elements[:, :terms], points[:, groups], 1
        scale = b.gather(scale, b.constant(groups.astype(np.int64)), axis=1)
        real_points = None if real_points is None else b.gather(real_points, b.constant(groups.astype(np.int64)), axis=1)
    matrix = b.dequantize_linear(_constant(node, elements, data_type), scale, _constant(node, points, data_type))
    if real_points is not None:
        matrix = b.sub(matrix, _each(node, b.mul(real_points, scale), block))
    if matrix.shape[1] != terms:
        matrix = b.slice(matrix, [0, 0], [columns, terms])
    y = matmul(node, x, b.transpose(matrix))
    return b.add(y, node.x(5)) if node.has(5) else y


def _constant(node: Node, elements: Array, data_type: DataType) -> MLOperand:
    return node.b.constant(OperandDescriptor(data_type, elements.shape), np.ascontiguousarray(elements).astype(data_type.numpy), copy=False)


def _each(node: Node, per_block: MLOperand, block: int) -> MLOperand:
    rows, blocks = per_block.shape
    apart = node.b.expand(node.b.reshape(per_block, [rows, blocks, 1]), [rows, blocks, block])
    return node.b.reshape(apart, [rows, blocks * block])


@imports("GatherBlockQuantized", domain=MICROSOFT)
def gather_block_quantized(node: Node) -> Any:
    """Rows of a quantised table, each block of a row with a scale."""
    b, block = node.b, int(node.attribute("block_size", 128))
    bits = int(node.attribute("bits", 4))
    value = node.value(0)
    if int(node.attribute("gather_axis", 0)) or value.array is None:
        node.refuse("it is imported for rows of a known table")
    elements = value.array
    is_packed = elements.dtype == np.uint8 and bits < 8
    elements = _unpacked(elements, bits) if is_packed else elements
    data_type = DataType.UINT4 if bits < 8 and elements.dtype.name in ("uint8", "uint4") else DataType.of(elements.dtype)
    rows, width = elements.shape
    if width % block:
        node.refuse(f"blocks of {block} do not divide rows of {width}")
    scale, indices = node.x(2), node.cast(node.x(1), DataType.INT64)
    if node.has(3):
        stored = node.known(3, "zero points")
        points = _unpacked(stored, bits)[:, : width // block] if stored.dtype == np.uint8 and bits < 8 else stored
    else:
        points = np.full((rows, width // block), 1 << (bits - 1) if elements.dtype.name in ("uint8", "uint4") else 0)
    table = b.dequantize_linear(_constant(node, elements, data_type), scale, _constant(node, points, data_type))
    return b.gather(table, indices)
