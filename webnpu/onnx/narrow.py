"""Element types that WebNN lacks, held in wider ones that hold every value of theirs (see `values.DATA_TYPES`).

What is rounded or cut off when a tensor becomes one of them is computed by arithmetic: exactly, on every backend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from ..operator import MLOperand
from ..types import DataType
from .registry import Node
from .values import computed_type_of

BITS: dict[int, int] = {
    TensorProto.INT16: 16,
    TensorProto.UINT16: 16,
    TensorProto.INT4: 4,
    TensorProto.UINT4: 4,
    TensorProto.INT2: 2,
    TensorProto.UINT2: 2,
}
"""The integers that WebNN does not compute with, and their bits."""

_SIGNED = (TensorProto.INT16, TensorProto.INT4, TensorProto.INT2)

UNSIGNED: dict[int, int] = {TensorProto.INT16: TensorProto.UINT16, TensorProto.INT4: TensorProto.UINT4, TensorProto.INT2: TensorProto.UINT2}
"""The unsigned ones of as many bits; unsigned ones are their own."""
UNSIGNED |= {element: element for element in UNSIGNED.values()}

_INSIDE: dict[int, tuple[DataType, ...]] = {TensorProto.INT16: (DataType.INT8, DataType.UINT8), TensorProto.UINT16: (DataType.UINT8,)}
"""The types all of whose values they have."""

OVERFLOWS = ("Add", "Sub", "Mul", "Div", "Neg", "Abs", "BitShift", "BitwiseNot", "BitwiseAnd", "BitwiseOr", "BitwiseXor")
"""The operators whose results may lie beyond the range of their operands."""


@dataclass(frozen=True)
class Format:
    """A float of few bits.

    Attributes:
        mantissa: how many bits are stored of it.
        exponent: the exponent of the least normal number.
        maximum: the greatest finite value.
        infinite: whether it has infinities.
        nan: whether it has NaN.
        negative_zero: whether it has -0.
    """

    mantissa: int
    exponent: int
    maximum: float
    infinite: bool = False
    nan: bool = True
    negative_zero: bool = True


FORMATS: dict[int, Format] = {
    TensorProto.BFLOAT16: Format(7, -126, 2.0**128 - 2.0**120, infinite=True),
    TensorProto.FLOAT8E4M3FN: Format(3, -6, 448.0),
    TensorProto.FLOAT8E4M3FNUZ: Format(3, -7, 240.0, negative_zero=False),
    TensorProto.FLOAT8E5M2: Format(2, -14, 57344.0, infinite=True),
    TensorProto.FLOAT8E5M2FNUZ: Format(2, -15, 57344.0, negative_zero=False),
    TensorProto.FLOAT4E2M1: Format(1, 0, 6.0, nan=False),
}
"""The floats that are held in float32, by ONNX's element type; float8e8m0 has only powers of two and is apart."""


def bounds(element: int) -> tuple[int, int]:
    """The least and the greatest integer of an element type."""
    half = 2 ** (BITS[element] - 1)
    return (-half, half - 1) if element in _SIGNED else (0, 2 * half - 1)


def wrapped(node: Node, x: MLOperand, element: int) -> MLOperand:
    """Integers of 32 bits with the bits discarded that an element type has not, as two's complement has it."""
    b, modulus = node.b, 2 ** BITS[element]
    if x.data_type is not DataType.INT32:
        x = b.cast(x, DataType.INT32)
    size, zero = node.number(x, modulus), node.number(x, 0)
    rest = b.sub(x, b.mul(b.div(x, size), size))  # the sign of x
    rest = b.where(b.lesser(rest, zero), b.add(rest, size), rest)
    if element in _SIGNED:
        rest = b.where(b.lesser(rest, node.number(x, modulus // 2)), rest, b.sub(rest, size))
    return rest


def _power_below(node: Node, x: MLOperand, least: int) -> MLOperand:
    """The greatest power of two that is not above float32s, but at least ``2 ** least``.

    The logarithm is only near: next to a power of two it may give the one beside, which a comparison shows.
    """
    b = node.b
    exponent = b.floor(b.mul(b.log(x), node.number(x, float(1 / np.log(2.0)))))
    places = b.cast(b.clamp(exponent, min_value=-126, max_value=127), DataType.INT32)
    powers = b.constant(np.ldexp(np.float32(1), np.arange(-126, 128)).astype(np.float32))
    power = b.gather(powers, b.add(places, node.number(places, 126)))
    half, two = node.number(x, 0.5), node.number(x, 2)
    power = b.where(b.greater(power, x), b.mul(power, half), power)
    power = b.where(b.greater_or_equal(x, b.mul(power, two)), b.mul(power, two), power)
    return b.max(power, node.number(x, 2.0**least))


def rounded(node: Node, x: MLOperand, element: int, *, saturate: bool = True) -> MLOperand:
    """float32s rounded to the nearest of a format, ties to the even one, as ONNX's Cast does it."""
    b, how = node.b, FORMATS[element]
    zero, top = node.number(x, 0), node.number(x, how.maximum)
    size = b.abs(x)
    inside = b.clamp(size, min_value=2.0 ** (how.exponent - how.mantissa - 2), max_value=2.0**127)
    power, digits = _power_below(node, inside, how.exponent), node.number(x, 2.0**how.mantissa)
    # Powers of two change no digit, in this order not even where the result is the least normal number. What is infinite stays so.
    y = b.mul(b.div(b.round_even(b.mul(b.div(size, power), digits)), digits), power)
    saturates = (saturate or not how.nan) and element != TensorProto.BFLOAT16
    beyond = top if saturates else node.number(x, float("inf") if how.infinite else float("nan"))
    y = b.where(b.greater(y, top), beyond, y)
    if not how.negative_zero:
        y = b.where(b.lesser(x, zero), b.sub(zero, y), y)
        y = b.where(b.equal(y, zero), zero, y)
    else:
        # The sign of x, that of -0 included: 1 / -0 is minus infinity.
        one = node.number(x, 1)
        inverse = b.div(one, b.where(b.equal(x, zero), x, one))
        y = b.where(b.logical_or(b.lesser(x, zero), b.lesser(inverse, zero)), b.neg(y), y)
    return b.where(b.is_nan(x), x if how.nan else b.neg(zero), y)


def to_powers_of_two(node: Node, x: MLOperand, *, saturate: bool = True, mode: str = "up") -> MLOperand:
    """float32s as float8e8m0, which has the powers of two from ``2 ** -127`` to ``2 ** 127``."""
    edges = {"up": (node.b.greater, 1.0), "down": (node.b.greater, 2.0), "nearest": (node.b.greater_or_equal, 1.5)}
    if mode not in edges:
        node.refuse(f"its round_mode {mode!r} is not known")
    b, (compare, share) = node.b, edges[mode]
    least, top, nan = node.number(x, 2.0**-127), node.number(x, 2.0**127), node.number(x, float("nan"))
    inside = b.clamp(x, min_value=2.0**-126, max_value=float(np.finfo(np.float32).max))
    power = _power_below(node, inside, -126)
    up = compare(b.div(inside, power), node.number(x, share))
    beyond = b.logical_or(b.logical_and(up, b.equal(power, top)), b.is_infinite(x))
    y = b.where(up, b.mul(power, node.number(x, 2)), power)
    y = b.where(beyond, top if saturate else nan, y)
    small = b.where(b.greater(x, least), y, least)
    if not saturate:
        small = b.where(b.lesser(x, least), nan, small)
    y = b.where(b.lesser(x, node.number(x, 2.0**-126)), small, y)
    return b.where(b.is_nan(x), x, y)


def narrowed(node: Node, x: MLOperand, element: int) -> MLOperand:
    """An operand in the type that holds an element type, its values those that the element type has."""
    if element in BITS:
        if BITS[element] == 16 and x.data_type in _INSIDE[element]:
            return node.cast(x, DataType.INT32)
        return node.cast(wrapped(node, x, element), computed_type_of(element))
    saturate = bool(node.attribute("saturate", 1))
    x = node.cast(x, DataType.FLOAT32)
    if element == TensorProto.FLOAT8E8M0:
        return to_powers_of_two(node, x, saturate=saturate, mode=node.attribute("round_mode", "up"))
    return rounded(node, x, element, saturate=saturate)


def is_narrow(element: int) -> bool:
    """Whether an element type is held in a wider one by rules of its own."""
    return element in BITS or element in FORMATS or element == TensorProto.FLOAT8E8M0
