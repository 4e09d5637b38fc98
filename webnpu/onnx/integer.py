"""Bits of integers, by arithmetic: WebNN has no operators for them."""

from __future__ import annotations

import numpy as np

from ..operator import MLOperand
from ..types import DataType
from .narrow import BITS, UNSIGNED, wrapped
from .registry import Import, Node, imports

_UNSIGNED = {DataType.INT8: DataType.UINT8, DataType.INT32: DataType.UINT32, DataType.INT64: DataType.UINT64}


@imports("BitwiseNot")
def bitwise_not(node: Node) -> MLOperand:
    """All ones less the bits; for a signed integer all ones is -1."""
    x = node.x(0)
    ones = -1 if x.data_type.is_signed else x.data_type.maximum
    return node.b.sub(node.number(x, ones), x)


@imports("BitShift")
def bit_shift(node: Node) -> MLOperand:
    """Times or divided by a power of two."""
    b, x, places = node.b, node.x(0), node.x(1)
    left, signed, bits = node.attribute("direction", "") == "LEFT", x.data_type.is_signed, x.data_type.bits
    # A shift by all bits or more leaves nothing, but 2 ** bits is not to be had in the type.
    most = bits - 1 if left or not signed else bits - 2
    inside = b.lesser_or_equal(places, node.number(x, most))
    if signed:
        inside = b.logical_and(inside, b.greater_or_equal(places, node.number(x, 0)))
    power = b.pow(node.number(x, 2), b.clamp(places, min_value=0, max_value=most))
    if left or not signed:
        return b.where(inside, b.mul(x, power) if left else b.div(x, power), node.number(x, 0))
    # Of a negative number the bits that are shifted in are ones: all is done to its complement.
    ones, zero = node.number(x, -1), node.number(x, 0)
    is_negative = b.lesser(x, zero)
    magnitude = b.where(is_negative, b.sub(ones, x), x)
    shifted = b.where(inside, b.div(magnitude, power), zero)
    return b.where(is_negative, b.sub(ones, shifted), shifted)


def _bits(node: Node, x: MLOperand, count: int) -> MLOperand:
    """The lowest bits of integers that are not below zero, lowest first, along a new last dimension."""
    b = node.b
    powers = b.constant(2 ** np.arange(count, dtype=x.data_type.numpy))
    shifted = b.div(node.reshape(x, (*x.shape, 1)), powers)
    half = b.div(shifted, node.number(x, 2))
    return b.sub(shifted, b.mul(half, node.number(x, 2)))


def _without_sign(node: Node, index: int) -> tuple[MLOperand, int]:
    """An input as integers that are not below zero, in a type that divides, and how many bits they have."""
    x, element = node.x(index), node.value(index).element
    if element in BITS:
        return wrapped(node, x, UNSIGNED[element]), BITS[element]
    unsigned = _UNSIGNED.get(x.data_type, x.data_type)
    wide = DataType.INT32 if unsigned.bits < 32 else unsigned
    return node.cast(node.cast(x, unsigned), wide), unsigned.bits


def _bitwise(combine: str) -> Import:
    def call(node: Node) -> MLOperand:
        b, data_type = node.b, node.x(0).data_type
        (left, count), (right, _) = (_without_sign(node, i) for i in range(2))
        left, right = _bits(node, left, count), _bits(node, right, count)
        both = b.mul(left, right)
        either = b.sub(b.add(left, right), both)
        bits = {"and": both, "or": either, "xor": b.sub(either, both)}[combine]
        powers = b.constant(2 ** np.arange(count, dtype=left.data_type.numpy))
        total = b.reduce_sum(b.mul(bits, powers), axes=[bits.rank - 1])
        return node.cast(node.cast(total, _UNSIGNED.get(data_type, data_type) if data_type.bits < 32 else total.data_type), data_type)

    return call


imports.rows({"BitwiseAnd": "and", "BitwiseOr": "or", "BitwiseXor": "xor"}, _bitwise)
