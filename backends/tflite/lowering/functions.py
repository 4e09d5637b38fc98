"""Functions that the runtime lacks, or rounds too coarsely, composed of those that it has, in float32."""

from __future__ import annotations

import math

from ..emitter import Emitter
from ..flatbuffer import Tensor
from . import arithmetic as at

_ERFC = (0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223)
"""A Chebyshev fit of ``log(erfc(z) / t) + z*z`` in ``t = 1 / (1 + z/2)``: within 1.2e-7 of erfc, relatively, for every z from zero on."""


def erfc_positive(m: Emitter, x: Tensor, square: float) -> Tensor:
    """``erfc(x * sqrt(square))`` of numbers from zero on, where ``square`` is a power of two.

    The square of the argument is taken of a part of x with few digits, which is exact, so that the exponential loses none.
    """
    t = at.div(m, m.number(1, x.type), at.add(m, at.mul(m, x, 0.5 * math.sqrt(square)), 1.0))
    coarse = m.convert(m.convert(x, "float16"), "float32")
    rest = at.mul(m, at.mul(m, at.sub(m, coarse, x), square), at.add(m, coarse, x))
    scale = at.accurately(m, "EXP", at.mul(m, at.mul(m, coarse, -square), coarse))
    detail = m.like("EXP", at.add(m, rest, at.polynomial(m, t, _ERFC)))  # near zero, where XNNPACK is accurate too
    return at.mul(m, at.mul(m, t, scale), detail)


def erf(m: Emitter, x: Tensor) -> Tensor:
    """``erf(x)``: one minus erfc of the absolute value, with the sign of x; odd and exact at zero."""
    magnitude = at.minimum(m, m.like("ABS", x), 10.0)
    return at.mul(m, at.sign(m, x), at.sub(m, m.number(1, x.type), erfc_positive(m, magnitude, 1.0)))


def gelu(m: Emitter, x: Tensor) -> Tensor:
    """``x * erfc(-x / sqrt(2)) / 2``, which keeps its digits below zero; there it is zero to float32 beyond -15."""
    x = at.maximum(m, x, -15.0)
    tail = at.mul(m, erfc_positive(m, at.minimum(m, m.like("ABS", x), 15.0), 0.5), 0.5)
    weight = at.select(m, at.compare(m, "LESS", x, 0.0), tail, at.sub(m, m.number(1, x.type), tail))
    return at.mul(m, x, weight)


def softplus(m: Emitter, x: Tensor) -> Tensor:
    """``max(x, 0) + log(1 + exp(-|x|))``, the logarithm corrected for what adding one rounds away."""
    small = at.accurately(m, "EXP", m.like("NEG", m.like("ABS", x)))
    whole = at.add(m, small, 1.0)
    excess = at.sub(m, whole, 1.0)
    none = at.compare(m, "EQUAL", excess, 0.0)
    divisor = at.select(m, none, m.number(1, x.type), excess)
    logarithm = at.mul(m, at.accurately(m, "LOG", whole), at.div(m, small, divisor))
    return at.add(m, at.maximum(m, x, 0.0), at.select(m, none, small, logarithm))


def tan(m: Emitter, x: Tensor) -> Tensor:
    """``sin(x) / cos(x)``: the C library reduces arguments of any size, and loses no digits where sine or cosine crosses zero."""
    return at.div(m, at.accurately(m, "SIN", x), at.accurately(m, "COS", x))
