"""64-bit integers from pairs of 32-bit ones, exactly, and unsigned integers from signed ones.

All of it rests on the addition and multiplication of int32 being modulo ``2**32``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from webnpu.errors import Unsupported
from webnpu.operator import MLOperand
from webnpu.operators.elementwise import Cast, Clamp
from webnpu.types import FLOATS, DataType

from ..mil import MAX_RANK, Var
from .model import INT_MAX, INT_MIN, WIDE64, Model, Value, Wide, held_shape


def in_halves(m: Model, operand: MLOperand, lower: Callable[[], Any]) -> Any:
    """Lower once, or for 64-bit integers once for each half; of several outputs a tuple."""
    if operand.data_type not in WIDE64:
        return lower()
    before, found = m.half, []
    for m.half in ("low", "high"):
        found.append(lower())
    m.half = before
    low, high = found
    if isinstance(low, tuple):
        return tuple(Wide(a, b) for a, b in zip(low, high, strict=True))
    return Wide(low, high)


def shaped(m: Model, operand: MLOperand, op: Any) -> Wide:
    """An operand of an element-wise operator; only what MIL can broadcast."""
    if max(op.a.rank, op.b.rank) > MAX_RANK and op.a.shape != op.b.shape:
        raise Unsupported(op, f"MIL broadcasts up to {MAX_RANK} dimensions; got {op.a.descriptor} and {op.b.descriptor}")
    value = m.whole(operand)
    assert isinstance(value, Wide)
    return value


def unsigned_less(m: Model, a: Var, b: Var) -> Var:
    """Whether ``a < b``, both taken for unsigned."""
    return m.compare("less", m.binary("add", a, INT_MIN), m.binary("add", b, INT_MIN))


def add(m: Model, a: Wide, b: Wide) -> Wide:
    low = m.binary("add", a.low, b.low)
    carry = m.cast(unsigned_less(m, low, a.low), "int32")
    return Wide(low, m.binary("add", m.binary("add", a.high, b.high), carry))


def sub(m: Model, a: Wide, b: Wide) -> Wide:
    borrow = m.cast(unsigned_less(m, a.low, b.low), "int32")
    return Wide(m.binary("sub", a.low, b.low), m.binary("sub", m.binary("sub", a.high, b.high), borrow))


def _limbs(m: Model, x: Var) -> tuple[Var, Var]:
    """The low and the high 16 bits of an int32, each without a sign."""
    high = m.binary("floor_div", x, 2**16)
    low = m.binary("sub", x, m.binary("mul", high, 2**16))
    return low, m.binary("sub", high, m.binary("mul", m.binary("floor_div", high, 2**16), 2**16))


def _sum(m: Model, *terms: Var) -> Var:
    total = terms[0]
    for term in terms[1:]:
        total = m.binary("add", total, term)
    return total


def mul(m: Model, a: Wide, b: Wide) -> Wide:
    """As on paper, in digits of 16 bits; what lies beyond 64 bits is dropped."""
    (a0, a1), (b0, b1) = _limbs(m, a.low), _limbs(m, b.low)
    first, second, third = (_limbs(m, m.binary("mul", x, y)) for x, y in ((a0, b0), (a0, b1), (a1, b0)))
    middle, carry = _limbs(m, _sum(m, first[1], second[0], third[0]))
    low = m.binary("add", first[0], m.binary("mul", middle, 2**16))
    crossed = (m.binary("mul", a.high, b.low), m.binary("mul", a.low, b.high), m.binary("mul", a1, b1))
    return Wide(low, _sum(m, *crossed, second[1], third[1], carry))


MOST_TERMS = 2**14
"""How many digits of 16 bits can be added up in an int32, with one more carried over."""


def total(m: Model, x: Wide, add_up: Callable[[Var], Var]) -> Wide:
    """A sum of up to `MOST_TERMS` elements, given how int32 are added up."""
    low, high = (add_up(limb) for limb in _limbs(m, x.low))
    first, over = _limbs(m, low)
    second, carry = _limbs(m, m.binary("add", high, over))
    return Wide(m.binary("add", first, m.binary("mul", second, 2**16)), m.binary("add", add_up(x.high), carry))


ARITHMETIC: dict[str, Callable[[Model, Wide, Wide], Wide]] = {"add": add, "sub": sub, "mul": mul}


def negative(m: Model, x: Value) -> Wide:
    assert isinstance(x, Wide)
    low = m.binary("mul", x.low, -1)
    borrow = m.cast(m.compare("not_equal", x.low, 0), "int32")
    return Wide(low, m.binary("sub", m.binary("mul", x.high, -1), borrow))


def select(m: Model, condition: Var, a: Wide, b: Wide) -> Wide:
    return Wide(m.select(condition, a.low, b.low), m.select(condition, a.high, b.high))


def absolute(m: Model, x: Value) -> Wide:
    assert isinstance(x, Wide)
    return select(m, m.compare("less", x.high, 0), negative(m, x), x)


def sign(m: Model, x: Value) -> Wide:
    assert isinstance(x, Wide)
    below = m.cast(m.compare("less", x.high, 0), "int32")
    other = m.binary("logical_or", m.compare("not_equal", x.low, 0), m.compare("not_equal", x.high, 0))
    high = m.binary("mul", below, -1)
    return Wide(m.binary("add", m.cast(other, "int32"), m.binary("mul", high, 2)), high)


def compare(m: Model, type: str, a: Wide, b: Wide, data_type: DataType) -> Var:
    """A comparison: by the high halves, and where they are equal by the low ones."""
    equal = m.compare("logical_and", m.compare("equal", a.low, b.low), m.compare("equal", a.high, b.high))
    if type == "equal":
        return equal
    if type == "not_equal":
        return m.unary("logical_not", equal)
    if type in ("greater", "less_equal"):
        a, b = b, a
    if data_type is DataType.UINT64:
        high = unsigned_less(m, a.high, b.high)
    else:
        high = m.compare("less", a.high, b.high)
    low = m.compare("logical_and", m.compare("equal", a.high, b.high), unsigned_less(m, a.low, b.low))
    less = m.compare("logical_or", high, low)
    return less if type in ("less", "greater") else m.unary("logical_not", less)


def extreme(m: Model, type: str, a: Wide, b: Wide, data_type: DataType) -> Wide:
    return select(m, compare(m, "greater" if type == "maximum" else "less", a, b, data_type), a, b)


def clamp(m: Model, op: Clamp) -> Wide:
    low, high = op.bounds
    to = op.input.data_type
    value = m.whole(op.input)
    assert isinstance(value, Wide)
    for type, bound in (("maximum", max(low, to.minimum)), ("minimum", min(high, to.maximum))):
        limit = m.hold(np.array([int(bound)]).astype(to.numpy) if bound < 2**63 else np.array([int(bound)], np.uint64), to)
        assert isinstance(limit, Wide)
        value = extreme(m, type, value, limit, to)
    return value


def narrowed(m: Model, operand: MLOperand) -> Var:
    """Integers of any type as int32; beyond its range the nearest end."""
    value = m.whole(operand)
    if not isinstance(value, Wide):
        if operand.data_type is DataType.UINT32:
            return m.select(m.compare("less", value, 0), m.number(value, INT_MAX), value)
        return value
    sign_of_low = m.binary("mul", m.cast(m.compare("less", value.low, 0), "int32"), -1)
    fits = m.compare("equal", value.high, sign_of_low)
    if operand.data_type is DataType.UINT64:
        beyond = m.number(value.low, INT_MAX)
        fits = m.compare("logical_and", fits, m.compare("equal", value.high, 0))
    else:
        beyond = m.select(m.compare("less", value.high, 0), m.number(value.low, INT_MIN), m.number(value.low, INT_MAX))
    return m.select(fits, value.low, beyond)


def widened(m: Model, x: Var, data_type: DataType) -> Wide:
    """Integers held as int32 in 64 bits."""
    if data_type.is_signed:
        return Wide(x, m.binary("mul", m.cast(m.compare("less", x, 0), "int32"), -1))
    return Wide(x, m.binary("mul", x, 0))


def unsigned_float(m: Model, x: Var) -> Var:
    """The bits of an int32, taken for an unsigned integer, in float32: rounded once."""
    low, high = _limbs(m, x)
    return m.binary("add", m.binary("mul", m.cast(high, "fp32"), 2.0**16), m.cast(low, "fp32"))


def float_to_uint32(m: Model, x: Var) -> Var:
    """Floats as the bits of uint32: 0 below zero and of NaN, the greatest beyond the range."""
    x = m.cast(x, "fp32")
    number = m.select(m.compare("not_equal", x, x), m.number(x, 0), x)
    below = float(np.nextafter(np.float32(2.0**32), np.float32(0)))
    inside = m.unary("floor", m.unary("clip", number, alpha=m.scalar(x, 0.0), beta=m.scalar(x, below)))
    high = m.unary("floor", m.binary("mul", inside, 2.0**-16))
    low = m.binary("sub", inside, m.binary("mul", high, 2.0**16))
    whole = m.binary("add", m.binary("mul", m.cast(high, "int32"), 2**16), m.cast(low, "int32"))
    return m.select(m.compare("greater_equal", number, 2.0**32), m.number(whole, -1), whole)


def float_to_wide(m: Model, x: Var, to: DataType) -> Wide:
    """Floats as 64-bit integers: the magnitude in two halves, then its sign."""
    x = m.cast(x, "fp32")
    limit = 2.0**63 if to.is_signed else 2.0**64
    number = m.select(m.compare("not_equal", x, x), m.number(x, 0), x)
    if not to.is_signed:
        number = m.binary("maximum", number, 0.0)
    magnitude = m.unary("abs", number)
    below = float(np.nextafter(np.float32(limit), np.float32(0)))
    inside = m.unary("floor", m.binary("minimum", magnitude, below))
    upper = m.unary("floor", m.binary("mul", inside, 2.0**-32))
    lower = m.binary("sub", inside, m.binary("mul", upper, 2.0**32))
    whole = Wide(float_to_uint32(m, lower), float_to_uint32(m, upper))
    whole = select(m, m.compare("less", number, 0.0), negative(m, whole), whole)
    for condition, end in (("greater_equal", int(to.maximum)), ("less_equal", int(to.minimum))):
        bound = limit if condition == "greater_equal" else (-limit if to.is_signed else -1.0)
        edge = m.hold(np.array([end], to.numpy), to)
        assert isinstance(edge, Wide)
        whole = select(m, m.compare(condition, number, bound), edge, whole)
    return whole


def wide_to_float(m: Model, x: Wide, source: DataType) -> Var:
    """64-bit integers in float32, rounded once: two numbers of 24 bits, which float32 holds, are added.

    They are the 48 bits of the magnitude that count: the lower ones, or where there are more the upper ones, whose last bit
    then tells whether anything lies below it. It stands far below the bit that is rounded, so that it breaks a tie and no more.
    """
    magnitude = absolute(m, x) if source.is_signed else x
    digits = (*_limbs(m, magnitude.low), *_limbs(m, magnitude.high))
    large = m.compare("not_equal", digits[3], 0)
    half = m.binary("floor_div", digits[1], 2)
    last = m.binary("sub", digits[1], m.binary("mul", half, 2))
    sticky = m.binary("maximum", last, m.cast(m.compare("not_equal", digits[0], 0), "int32"))
    lowest = m.select(large, m.binary("add", m.binary("mul", half, 2), sticky), digits[0])
    middle, upper = m.select(large, digits[2], digits[1]), m.select(large, digits[3], digits[2])
    over = m.binary("floor_div", middle, 2**8)
    top = m.binary("add", m.binary("mul", upper, 2**8), over)
    bottom = m.binary("add", m.binary("mul", m.binary("sub", middle, m.binary("mul", over, 2**8)), 2**16), lowest)
    total = m.binary("add", m.binary("mul", m.cast(top, "fp32"), 2.0**24), m.cast(bottom, "fp32"))
    total = m.select(large, m.binary("mul", total, 2.0**16), total)
    if not source.is_signed:
        return total
    return m.select(m.compare("less", x.high, 0), m.binary("mul", total, -1.0), total)


def cast(m: Model, op: Cast) -> Value:
    """A cast from or to 64-bit integers."""
    source, to = op.input.data_type, op.data_type
    value = m.whole(op.input)
    if to in WIDE64:
        if isinstance(value, Wide):
            return value
        return float_to_wide(m, value, to) if source in FLOATS else widened(m, value, source)
    assert isinstance(value, Wide)
    if to not in FLOATS:
        return m.wrap(value.low, to)
    if to is DataType.FLOAT16:  # what int32 does not hold is infinite in float16, and so are the ends of its range
        return m.cast(narrowed(m, op.input), "fp16")
    return m.cast(wide_to_float(m, value, source), m.held(to))


def reduced(m: Model, type: str, x: Wide, axes: Sequence[int], data_type: DataType) -> Wide:
    """The greatest or least along axes, which stay: of the high halves, then of the low ones beside those."""
    unsigned = data_type is DataType.UINT64
    high = m.binary("add", x.high, INT_MIN) if unsigned else x.high
    high_end = m.reduce(type, high, axes)
    never = INT_MIN if type == "reduce_max" else INT_MAX
    candidates = m.select(m.compare("equal", high, high_end), m.binary("add", x.low, INT_MIN), m.number(x.low, never))
    low_end = m.binary("add", m.reduce(type, candidates, axes), INT_MIN)
    return Wide(low_end, m.binary("add", high_end, INT_MIN) if unsigned else high_end)


def joined_feature(m: Model, value: Wide) -> Var:
    """Both halves as one value, the low ones first, as they cross the boundary."""
    flat = [m.reshape(part, (1, int(np.prod(part.shape)))) for part in (value.low, value.high)]
    return m.concat(flat, 0)


def parted_feature(m: Model, feature: Var, operand: MLOperand) -> Wide:
    """The halves of what has crossed the boundary."""
    size = feature.shape[1]
    parts = [m.reshape(m.slice(feature, (at, 0), (at + 1, size)), held_shape(operand.shape)) for at in (0, 1)]
    return Wide(*parts)
