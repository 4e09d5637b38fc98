"""Arithmetic on tensors of the model: broadcasting in lazily permuted layouts, and what the kernels lack of integers.

Each function here takes and returns tensors of the model, not operands of the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from webnpu.operator import MLOperand
from webnpu.shapes import broadcast
from webnpu.types import DataType, Shape

from ..emitter import Emitter
from ..flatbuffer import Tensor
from ..schema import DEEP_RANK
from ..values import Order, identity

WORKED_IN = {DataType.INT8: "int32", DataType.UINT8: "int32", DataType.INT4: "int32", DataType.UINT4: "int32"}
"""The tensor types that arithmetic on narrow integers is done in; a cast back keeps the low bits."""

LIKELY_RANK = 4
"""Up to this rank every kernel of tflite-runtime broadcasts; above it dimensions are merged first."""


def common_order(m: Emitter, operands: Sequence[MLOperand], rank: int) -> Order:
    """The order to compute in: one that the largest operands are in already, permuted rather than not."""
    votes: dict[Order, int] = {}
    for operand in operands:
        for order in m.orders(operand):
            if len(order) == rank:
                votes[order] = votes.get(order, 0) + operand.descriptor.size
    own = identity(rank)
    return max(votes, key=lambda order: (votes[order], order != own)) if votes else own


def aligned(m: Emitter, operand: MLOperand, order: Order, truth: bool = False) -> Tensor:
    """An operand as a tensor that broadcasts in an order of the output's rank."""
    get = m.truth if truth else m.tensor
    rank = len(order)
    if operand.rank == rank:
        return get(operand, order)
    tensor = get(operand)
    if order == identity(rank):
        return tensor
    return m.permute(m.reshape(tensor, (1,) * (rank - operand.rank) + operand.shape), order)


def merged(m: Emitter, tensors: Sequence[Tensor]) -> tuple[list[Tensor], Shape, Shape]:
    """Tensors that broadcast with one another, in as few dimensions as needed; the output's shape so, and as it should be."""
    shape: Shape = ()
    for tensor in tensors:
        shape = broadcast(shape, tensor.shape) or ()
    rank = len(shape)
    # LiteRT's kernels broadcast any rank; XNNPACK, which float32 had better be run by, up to six dimensions.
    enough = LIKELY_RANK if m.legacy else DEEP_RANK - 1 if tensors[-1].type == "float32" else rank
    if rank <= enough:
        return list(tensors), shape, shape
    padded = [(1,) * (rank - t.rank) + t.shape for t in tensors]
    groups: list[list[int]] = []
    for axis in range(rank):
        if shape[axis] == 1:
            continue
        pattern = [p[axis] != 1 for p in padded]
        if groups and [p[groups[-1][-1]] != 1 for p in padded] == pattern:
            groups[-1].append(axis)
        else:
            groups.append([axis])
    if m.legacy and len(groups) > LIKELY_RANK:  # which broadcasts no more: repeated beforehand
        whole = [t if t.shape == shape else m.emit("BROADCAST_TO", [t, m.integers(*shape)], t.type, shape) for t in tensors]
        return [m.reshape(t, (int(np.prod(shape)),)) for t in whole], (int(np.prod(shape)),), shape
    narrow = [m.reshape(t, [int(np.prod([p[a] for a in g])) for g in groups]) for t, p in zip(tensors, padded, strict=True)]
    return narrow, tuple(int(np.prod([shape[a] for a in g])) for g in groups), shape


def binary(m: Emitter, kind: str, a: Tensor, b: Tensor, type: str | None = None, **options: Any) -> Tensor:
    """An operator of the runtime on two tensors, broadcast."""
    (a, b), narrow, shape = merged(m, [a, b])
    return m.reshape(m.emit(kind, [a, b], type or a.type, narrow, **options), shape)


def select(m: Emitter, condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """``yes if condition else no``, broadcast."""
    parts, narrow, shape = merged(m, [condition, yes, no])
    return m.reshape(m.emit("SELECT_V2", parts, yes.type, narrow), shape)


def add(m: Emitter, a: Tensor, b: Tensor | float) -> Tensor:
    return binary(m, "ADD", a, _tensor(m, b, a))


def sub(m: Emitter, a: Tensor, b: Tensor | float) -> Tensor:
    return binary(m, "SUB", a, _tensor(m, b, a))


def mul(m: Emitter, a: Tensor, b: Tensor | float) -> Tensor:
    return binary(m, "MUL", a, _tensor(m, b, a))


def div(m: Emitter, a: Tensor, b: Tensor | float) -> Tensor:
    return binary(m, "DIV", a, _tensor(m, b, a))


def maximum(m: Emitter, a: Tensor, b: Tensor | float) -> Tensor:
    return binary(m, "MAXIMUM", a, _tensor(m, b, a))


def minimum(m: Emitter, a: Tensor, b: Tensor | float) -> Tensor:
    return binary(m, "MINIMUM", a, _tensor(m, b, a))


def compare(m: Emitter, kind: str, a: Tensor, b: Tensor | float) -> Tensor:
    return binary(m, kind, a, _tensor(m, b, a), "bool")


def sign(m: Emitter, x: Tensor) -> Tensor:
    """1, -1, or the number itself where it is zero or NaN; chosen, since delegates lack SIGN."""
    one, minus_one = (m.number(value, x.type) for value in (1, -1))
    return select(m, compare(m, "GREATER", x, 0), one, select(m, compare(m, "LESS", x, 0), minus_one, x))


def _tensor(m: Emitter, value: Tensor | float, like: Tensor) -> Tensor:
    return value if isinstance(value, Tensor) else m.number(value, like.type)


def polynomial(m: Emitter, x: Tensor, coefficients: Sequence[float]) -> Tensor:
    """A polynomial by Horner's rule, the highest power first."""
    out = add(m, mul(m, x, coefficients[0]), coefficients[1])
    for coefficient in coefficients[2:]:
        out = add(m, mul(m, out, x), coefficient)
    return out


def sign_flipped(m: Emitter, x: Tensor, data_type: DataType) -> Tensor:
    """Bits of an unsigned integer with the highest one turned, so that they compare as signed ones."""
    if data_type in (DataType.UINT32, DataType.UINT64):
        return add(m, x, np.iinfo(x.type).min)
    return x


def accurately(m: Emitter, kind: str, x: Tensor) -> Tensor:
    """A function by the runtime's own kernel, which calls the C library.

    XNNPACK's versions are up to a thousand ULP off where they are steep, flush subnormals to zero and turn NaN into numbers. It
    does not take tensors of more than 6 dimensions. The XNNPACK of tflite-runtime tries to, for those that it has always had, but
    it rounds them right.
    """
    if m.legacy and kind in ("NEG", "SQRT"):
        return m.like(kind, x)
    deep = m.reshape(x, (1,) * (DEEP_RANK - 1) + (int(np.prod(x.shape)),))
    return m.reshape(m.like(kind, deep), x.shape)


def keeping_nan(m: Emitter, x: Tensor, result: Tensor) -> Tensor:
    """A function's result, NaN where its argument is: what some kernels of tflite-runtime lose."""
    return select(m, compare(m, "NOT_EQUAL", x, x), x, result) if m.legacy else result


def integer_divide(m: Emitter, a: Tensor, b: Tensor) -> Tensor:
    """The quotient truncated toward zero: zero where the divisor is, and never a trap of the processor."""
    zero, minus_one = compare(m, "EQUAL", b, 0), compare(m, "EQUAL", b, -1)
    one = m.number(1, b.type)
    safe = select(m, binary(m, "LOGICAL_OR", zero, minus_one), one, b)
    quotient = binary(m, "DIV", a, safe) if a.type == "int32" else _wide_quotient(m, a, safe)
    negated = sub(m, m.number(0, a.type), a)
    return select(m, zero, m.number(0, a.type), select(m, minus_one, negated, quotient))


def _wide_quotient(m: Emitter, a: Tensor, b: Tensor) -> Tensor:
    """The quotient of int64, which the kernels lack: the remainder is exact, and what is left is divided in float32.

    Each estimate leaves an error of one part in 2**22, so that the third, rounded, is exact.
    """
    modulus = binary(m, "FLOOR_MOD", a, b)
    unlike = compare(m, "NOT_EQUAL", compare(m, "LESS", a, 0), compare(m, "LESS", b, 0))
    crosses = binary(m, "LOGICAL_AND", unlike, compare(m, "NOT_EQUAL", modulus, 0))
    remainder = select(m, crosses, sub(m, modulus, b), modulus)
    left = sub(m, a, remainder)
    divisor = m.convert(b, "float32")
    quotient: Tensor | None = None
    for _ in range(3):
        estimate = div(m, m.convert(left, "float32"), divisor)
        step = m.convert(m.like("ROUND", estimate), "int64")
        left = sub(m, left, mul(m, step, b))
        quotient = step if quotient is None else add(m, quotient, step)
    assert quotient is not None
    return quotient


def unsigned_divide(m: Emitter, a: Tensor, b: Tensor) -> Tensor:
    """The quotient of two uint32, kept as int32 bits: by way of int64."""
    wide = [m.convert(m.convert(x, "uint32"), "int64") for x in (a, b)]
    return m.convert(integer_divide(m, *wide), "int32")


def wide_unsigned_divide(m: Emitter, a: Tensor, b: Tensor) -> Tensor:
    """The quotient of two uint64, kept as int64 bits.

    Half of a is divided as signed numbers; twice that is the quotient, or one less. A divisor beyond the signed range goes into a
    at most once.
    """
    odd = binary(m, "FLOOR_MOD", a, m.number(2, a.type))
    half = integer_divide(m, sub(m, a, odd), m.number(2, a.type))
    half = select(m, compare(m, "LESS", a, 0), sub(m, half, np.iinfo(np.int64).min), half)
    doubled = mul(m, integer_divide(m, half, b), 2)
    rest = sub(m, a, mul(m, doubled, b))
    fits = not_less_unsigned(m, rest, b)
    quotient = add(m, doubled, m.convert(fits, "int64"))
    large = select(m, compare(m, "LESS", b, 0), m.convert(not_less_unsigned(m, a, b), "int64"), quotient)
    return select(m, compare(m, "EQUAL", b, 0), m.number(0, a.type), large)


def not_less_unsigned(m: Emitter, a: Tensor, b: Tensor) -> Tensor:
    """Whether the bits of a are not less than those of b, read as unsigned numbers."""
    return compare(m, "GREATER_EQUAL", sign_flipped(m, a, DataType.UINT64), sign_flipped(m, b, DataType.UINT64))


def integer_power(m: Emitter, a: Tensor, b: Tensor, bits: int, signed: bool) -> Tensor:
    """``a ** b`` modulo the range, by squaring, from the highest bit of the exponent down; of a negative one ``1 / a ** |b|``."""
    zero, one = m.number(0, a.type), m.number(1, a.type)
    exponent = maximum(m, b, sub(m, zero, b)) if signed else b
    result: Tensor = one
    top = bits - 1 if signed else bits
    for bit in reversed(range(top)):
        weight = 2**bit if bit < np.iinfo(a.type).bits - 1 else np.iinfo(a.type).min
        reaches = compare(m, "GREATER_EQUAL", exponent, weight) if weight > 0 else compare(m, "LESS", exponent, 0)
        exponent = select(m, reaches, sub(m, exponent, weight), exponent)
        squared = result if result is one else mul(m, result, result)
        result = mul(m, squared, select(m, reaches, a, one))
    if not signed:
        return result
    inverse = sub(m, m.convert(compare(m, "EQUAL", result, 1), a.type), m.convert(compare(m, "EQUAL", result, -1), a.type))
    return select(m, compare(m, "LESS", b, 0), inverse, result)
