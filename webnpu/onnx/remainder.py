"""Mod: the remainder, exact for every pair of numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..operator import MLOperand
from ..types import FLOATS, DataType
from .registry import Node, imports


@imports("Mod", own_types=True)
def mod(node: Node) -> MLOperand:
    """The remainder: with fmod of the dividend's sign, else of the divisor's."""
    b, x, y = node.b, node.x(0), node.x(1)
    is_float = x.data_type in FLOATS
    remainder = _of_floats(node, x, y) if is_float else b.sub(x, b.mul(b.div(x, y), y))
    if node.attribute("fmod", 0) or not x.data_type.is_signed:
        return remainder
    zero = node.number(x, 0)
    opposite = b.logical_xor(b.lesser(remainder, zero), b.lesser(y, zero))
    return b.where(b.logical_and(opposite, b.not_equal(remainder, zero)), b.add(remainder, y), remainder)


@dataclass(frozen=True)
class _Format:
    """What the long division has to know of a type of floats.

    Attributes:
        digits: the binary digits of a significand.
        lowest: the exponent of the smallest number above zero.
        highest: the exponent of the largest number.
    """

    digits: int
    lowest: int
    highest: int

    @property
    def step(self) -> int:
        """By how many binary places a significand can be moved within an int32."""
        return 31 - self.digits


_FORMATS = {DataType.FLOAT32: _Format(24, -149, 127), DataType.FLOAT16: _Format(11, -24, 15)}


def _of_floats(node: Node, x: MLOperand, y: MLOperand) -> MLOperand:
    """The remainder with the sign of x, by long division of the significands as integers: exact, however large the quotient.

    Of ``x = m * 2**d * u`` and ``y = n * u``, m and n being integers, it is ``(m * 2**d mod n) * u``; the power of two is
    multiplied in by steps that fit an int32, each followed by the remainder.
    """
    b, format, given = node.b, _FORMATS[x.data_type], x.data_type
    x, y = (_wide(node, operand) for operand in (x, y))
    infinite, zero = node.number(x, np.inf), node.number(x, 0)
    size, divisor = b.abs(x), b.abs(y)
    is_defined = b.logical_and(b.lesser(size, infinite), b.greater(divisor, zero))
    dividend_digits, dividend_exponent, longest = _taken_apart(node, size, format)
    divisor_digits, divisor_exponent, _ = _taken_apart(node, divisor, format)
    if y.value is not None:
        longest -= int(np.min(_split(np.abs(y.value), format)[1], initial=format.highest))
    else:
        longest -= format.lowest
    places = b.sub(dividend_exponent, divisor_exponent)
    is_divided = b.logical_and(
        b.logical_and(b.greater(size, zero), b.lesser(divisor, infinite)), b.greater_or_equal(places, node.number(places, 0))
    )
    places = b.max(places, node.number(places, 0))
    step = format.step
    turns = b.div(places, node.number(places, step))
    first = b.sub(places, b.mul(turns, node.number(places, step)))
    powers = b.constant(2 ** np.arange(step, dtype=np.int32))

    def remainder(total: MLOperand) -> MLOperand:
        return b.sub(total, b.mul(b.div(total, divisor_digits), divisor_digits))

    rest = remainder(b.mul(dividend_digits, b.gather(powers, first)))
    for turn in range(max(longest, 0) // step):
        factor = b.where(b.greater(turns, node.number(turns, turn)), node.number(turns, 2**step), node.number(turns, 1))
        rest = remainder(b.mul(rest, factor))
    unit = b.sub(divisor_exponent, node.number(places, format.digits - 1))
    result = _times_power(node, b.cast(rest, DataType.FLOAT32), unit, format.lowest - format.digits, format.highest)
    result = b.where(b.lesser(x, zero), b.neg(result), result)
    result = b.where(is_defined, b.where(is_divided, result, x), node.number(x, np.nan))
    return node.cast(result, given)


def _wide(node: Node, x: MLOperand) -> MLOperand:
    """An operand in float32; a constant stays one."""
    return node.cast(x, DataType.FLOAT32) if x.value is None else node.b.constant(x.value.astype(np.float32))


def _taken_apart(node: Node, x: MLOperand, format: _Format) -> tuple[MLOperand, MLOperand, int]:
    """The significand of numbers above zero as an int32, its exponent, and the largest exponent that there may be."""
    b = node.b
    if x.value is not None:
        known, exponents = _split(x.value, format)
        return b.constant(known), b.constant(exponents), int(exponents.max(initial=format.lowest))
    one, two, half = (node.number(x, value) for value in (1, 2, 0.5))
    is_plain = b.logical_and(b.greater(x, node.number(x, 0)), b.lesser(x, node.number(x, np.inf)))
    x = b.where(is_plain, x, one)
    # The logarithm may be off by one close to a power of two, which the two comparisons mend.
    estimate = b.floor(b.mul(b.log(x), node.number(x, 1 / np.log(2))))
    exponent = b.cast(b.clamp(estimate, min_value=format.lowest, max_value=format.highest), DataType.INT32)
    significand = _times_power(node, x, b.neg(exponent), -format.highest, -format.lowest)
    for is_off, factor, change in (
        (b.greater_or_equal(significand, two), half, 1),
        (b.lesser(significand, one), two, -1),
    ):
        significand = b.where(is_off, b.mul(significand, factor), significand)
        exponent = b.where(is_off, b.add(exponent, node.number(exponent, change)), exponent)
    digits = b.cast(b.mul(significand, node.number(x, 2.0 ** (format.digits - 1))), DataType.INT32)
    return digits, exponent, format.highest


def _split(x: np.ndarray, format: _Format) -> tuple[np.ndarray, np.ndarray]:
    """The same of known numbers; what is not above zero and finite counts as one."""
    plain = np.where((x > 0) & np.isfinite(x), x, 1).astype(np.float64)
    significand, exponent = np.frexp(plain)
    return (significand * 2.0**format.digits).astype(np.int32), (exponent - 1).astype(np.int32)


def _times_power(node: Node, x: MLOperand, exponent: MLOperand, lowest: int, highest: int) -> MLOperand:
    """``x * 2**exponent`` for an int32 exponent within bounds, in two factors, which float32 holds each."""
    b, start = node.b, lowest // 2 - 1
    powers = b.constant((2.0 ** np.arange(start, -(-highest // 2) + 2)).astype(np.float32))
    half = b.div(exponent, node.number(exponent, 2))
    for part in (half, b.sub(exponent, half)):
        x = b.mul(x, b.gather(powers, b.sub(part, node.number(part, start))))
    return x
