"""Matrix products, sums in Einstein's notation, triangles."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from ..operator import MLOperand
from ..types import FLOATS, DataType
from .activation import activated
from .registry import MICROSOFT, Node, imports

EXACT_TERMS = 2**24 // 255**2
"""How many products of bytes float32 adds exactly."""


def matmul(node: Node, a: MLOperand, b: MLOperand) -> MLOperand:
    """NumPy's matmul: vectors are matrices of one row or column, which then goes."""
    left = node.reshape(a, (1, *a.shape)) if a.rank == 1 else a
    right = node.reshape(b, (*b.shape, 1)) if b.rank == 1 else b
    y = node.b.matmul(left, right)
    shape = [size for i, size in enumerate(y.shape) if not (a.rank == 1 and i == y.rank - 2) and not (b.rank == 1 and i == y.rank - 1)]
    return node.reshape(y, shape)


@imports("MatMul")
def mat_mul(node: Node) -> MLOperand:
    a, b = node.x(0), node.x(1)
    return matmul(node, a, b) if a.data_type in FLOATS else wrapping_matmul(node, a, b)


@imports("Gemm")
def gemm(node: Node) -> MLOperand:
    a, b = node.x(0), node.x(1)
    if a.data_type not in FLOATS:
        return _integer_gemm(node, a, b)
    options: dict[str, Any] = {
        "alpha": float(node.attribute("alpha", 1.0)),
        "beta": float(node.attribute("beta", 1.0)),
        "a_transpose": bool(node.attribute("transA", 0)),
        "b_transpose": bool(node.attribute("transB", 0)),
    }
    return node.b.gemm(a, b, c=node.optional(2), **options)


@imports("FusedMatMul", "TransposeMatMul", domain=MICROSOFT)
def fused_mat_mul(node: Node) -> MLOperand:
    """A product of transposed matrices; their rows may stand before the batches."""
    operands = []
    for index, name in enumerate("AB"):
        x = node.x(index)
        order = list(range(x.rank))
        if node.attribute(f"transBatch{name}", 0) and x.rank > 2:
            order = [*order[1:-1], 0, order[-1]]
        if node.attribute(f"trans{name}", 0) and x.rank > 1:
            order[-2:] = order[:-3:-1]
        operands.append(node.b.transpose(x, permutation=order) if order != list(range(x.rank)) else x)
    y, alpha = matmul(node, *operands), float(node.attribute("alpha", 1.0))
    return y if alpha == 1 else node.b.mul(y, node.number(y, alpha))


@imports("FusedGemm", domain=MICROSOFT)
def fused_gemm(node: Node) -> MLOperand:
    names = ("activation_alpha", "activation_beta", "activation_gamma")
    return activated(node, gemm(node), [float(node.attribute(name, 0.0)) for name in names])


def integer_matmul(node: Node, a: MLOperand, b: MLOperand) -> MLOperand:
    """The product of matrices of small integers held in float32, in int32: added exactly, so many terms at a time."""
    build, terms = node.b, a.shape[-1]
    total: MLOperand | None = None
    for start in range(0, terms, EXACT_TERMS):
        size = min(EXACT_TERMS, terms - start)
        part = build.cast(
            matmul(node, _columns(node, a, -1, start, size), _columns(node, b, -2 if b.rank > 1 else -1, start, size)), DataType.INT32
        )
        total = part if total is None else build.add(total, part)
    assert total is not None
    return total


def wrapping_matmul(node: Node, a: MLOperand, b: MLOperand) -> MLOperand:
    """The product of matrices of integers, modulo their range: that of their bytes, which float32 adds exactly."""
    build, kind = node.b, a.data_type
    left, right = _bytes(node, a), _bytes(node, b)
    terms, total = a.shape[-1], None
    for place in range(kind.bits // 8):  # products of higher places leave the range
        here: MLOperand | None = None
        for i in range(place + 1):
            for start in range(0, terms, EXACT_TERMS):
                size = min(EXACT_TERMS, terms - start)
                x = _columns(node, left[i], -1, start, size)
                y = _columns(node, right[place - i], -2 if b.rank > 1 else -1, start, size)
                part = build.cast(matmul(node, x, y), kind)
                here = part if here is None else build.add(here, part)
        assert here is not None
        here = build.mul(here, node.number(kind, 256**place)) if place else here
        total = here if total is None else build.add(total, here)
    assert total is not None
    return total


def _bytes(node: Node, x: MLOperand) -> list[MLOperand]:
    """The bytes of integers in float32, the lowest first; of signed ones the highest has the sign."""
    b, kind = node.b, x.data_type
    count = kind.bits // 8
    if x.value is not None:
        stored = np.ascontiguousarray(x.value).astype(x.value.dtype.newbyteorder("<"), copy=False)
        digits = stored.reshape(*x.shape, 1).view(np.uint8)
        highest = digits.view(np.int8) if kind.is_signed else digits
        arrays = [*(digits[..., i] for i in range(count - 1)), highest[..., -1]]
        return [b.constant(np.ascontiguousarray(array).astype(np.float32), copy=False) for array in arrays]
    rest, found, base = x, [], node.number(kind, 256)
    for _ in range(count - 1):
        higher = b.div(rest, base)
        digit = b.sub(rest, b.mul(higher, base))
        if kind.is_signed:  # division truncates, so that below zero the digit has the sign
            is_below = b.lesser(digit, node.number(kind, 0))
            digit = b.where(is_below, b.add(digit, base), digit)
            higher = b.where(is_below, b.sub(higher, node.number(kind, 1)), higher)
        found.append(b.cast(digit, DataType.FLOAT32))
        rest = higher
    return [*found, b.cast(rest, DataType.FLOAT32)]


def _integer_gemm(node: Node, a: MLOperand, b: MLOperand) -> MLOperand:
    """Of integers, whose factors must be whole numbers."""
    alpha, beta = float(node.attribute("alpha", 1.0)), float(node.attribute("beta", 1.0))
    if not (alpha.is_integer() and beta.is_integer()):
        node.refuse(f"it multiplies {a.data_type} by alpha {alpha:g} and beta {beta:g}, which are no integers")
    left = node.b.transpose(a) if node.attribute("transA", 0) else a
    right = node.b.transpose(b) if node.attribute("transB", 0) else b
    y = wrapping_matmul(node, left, right)
    y = y if alpha == 1 else node.b.mul(y, node.number(y, int(alpha)))
    if not node.has(2):
        return y
    c = node.x(2)
    return node.b.add(y, c if beta == 1 else node.b.mul(c, node.number(c, int(beta))))


def _columns(node: Node, x: MLOperand, axis: int, start: int, size: int) -> MLOperand:
    axis %= x.rank
    if size == x.shape[axis]:
        return x
    starts, sizes = [0] * x.rank, list(x.shape)
    starts[axis], sizes[axis] = start, size
    return node.b.slice(x, starts, sizes)


def centred(node: Node, x: MLOperand, zero_point: MLOperand | None, *, rows: bool = False) -> MLOperand:
    """Integers less their zero point, in float32; a zero point of several elements is one for each row or column."""
    b, wide = node.b, node.cast(x, DataType.FLOAT32)
    if zero_point is None:
        return wide
    zero = b.cast(zero_point, DataType.FLOAT32)
    if zero.rank == 1 and zero.shape[0] > 1 and rows:
        zero = b.reshape(zero, [zero.shape[0], 1])
    elif zero.rank == 1 and zero.shape[0] == 1:
        zero = b.reshape(zero, [])
    return b.sub(wide, zero)


@imports("MatMulInteger")
def mat_mul_integer(node: Node) -> MLOperand:
    return integer_matmul(node, centred(node, node.x(0), node.optional(2), rows=True), centred(node, node.x(1), node.optional(3)))


@imports("Trilu")
def trilu(node: Node) -> MLOperand:
    diagonal = node.integers(1, "diagonal")[0] if node.has(1) else 0
    x = node.x(0)
    limit = sum(x.shape[-2:])  # beyond it, diagonals are all alike
    diagonal = min(max(diagonal, -limit), limit)
    return node.b.triangular(x, upper=bool(node.attribute("upper", 1)), diagonal=diagonal)


@imports("Det")
def det(node: Node) -> MLOperand:
    """By Leibniz's formula, for matrices of up to 3 rows."""
    b, x = node.b, node.x(0)
    size = x.shape[-1]
    if size > 3 or x.shape[-2] != size:
        node.refuse(f"WebNN has no determinant, and its formula is written out for up to 3 rows; got {x.descriptor}")
    flat = b.reshape(x, [*x.shape[:-2], size * size])

    def entry(row: int, column: int) -> MLOperand:
        return b.reshape(_columns(node, flat, -1, row * size + column, 1), x.shape[:-2])

    def minor(rows: tuple[int, ...], columns: tuple[int, ...]) -> MLOperand:
        total = entry(rows[0], columns[0])
        if len(rows) == 1:
            return total
        terms = [b.mul(entry(rows[0], c), minor(rows[1:], tuple(k for k in columns if k != c))) for c in columns]
        total = terms[0]
        for i, term in enumerate(terms[1:]):
            total = b.add(total, term) if i % 2 else b.sub(total, term)
        return total

    every = tuple(range(size))
    return minor(every, every)


@imports("Einsum")
def einsum(node: Node) -> MLOperand:
    """Two operands at a time by a product of matrices; what only one of them has, and the result lacks, is summed first."""
    equation = node.attribute("equation", "").replace(" ", "")
    inputs, arrow, output = equation.partition("->")
    operands = [node.floats_only(x) for x in node.all()]
    terms = inputs.split(",")
    if len(terms) != len(operands):
        node.refuse(f"{equation!r} is not for {len(operands)} operands")
    terms = [_spelled(term, x.rank) for term, x in zip(terms, operands, strict=True)]
    if not arrow:
        counts = "".join(terms)
        output = "..." + "".join(sorted(c for c in set(counts) if counts.count(c) == 1 and c.isalpha()))
    dots = max(("".join(c for c in term if c.isdigit()) for term in terms), key=len)
    output = output.replace("...", dots)
    pairs = [_diagonal(node, x, term) for x, term in zip(operands, terms, strict=True)]
    while len(pairs) > 1:
        (a, left), (b, right) = pairs[0], pairs[1]
        needed = set(output).union(*(term for _, term in pairs[2:]))
        pairs[:2] = [_contract(node, a, left, b, right, needed)]
    x, term = pairs[0]
    x, term = _summed(node, x, term, set(output))
    if sorted(term) != sorted(output):
        node.refuse(f"{equation!r} asks for indices that no operand has")
    return node.b.transpose(x, permutation=[term.index(c) for c in output]) if term != output else node.b.identity(x)


def _spelled(term: str, rank: int) -> str:
    """A term with digits in place of its dots, numbered from the right so that they meet when broadcast."""
    count = rank - len(term.replace("...", ""))
    if not re.fullmatch(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*", term) or count < 0 or count > 9 or ("..." not in term and count):
        raise ValueError(f"the term {term!r} does not fit an operand of rank {rank}")
    return term.replace("...", "".join(str(i) for i in range(count - 1, -1, -1)))


def _diagonal(node: Node, x: MLOperand, term: str) -> tuple[MLOperand, str]:
    """An index that a term has twice keeps only the diagonal."""
    for index in dict.fromkeys(term):
        while term.count(index) > 1:
            first = term.index(index)
            second = term.index(index, first + 1)
            rest = [axis for axis in range(x.rank) if axis not in (first, second)]
            size = x.shape[first]
            last = node.b.transpose(x, permutation=[*rest, first, second])
            mask = node.b.constant(np.eye(size, dtype=x.data_type.numpy))
            x = node.b.reduce_sum(node.b.mul(last, mask), axes=[x.rank - 1])
            term = "".join(term[axis] for axis in rest) + index
    return x, term


def _summed(node: Node, x: MLOperand, term: str, needed: set[str]) -> tuple[MLOperand, str]:
    axes = [axis for axis, index in enumerate(term) if index not in needed]
    if not axes:
        return x, term
    return node.b.reduce_sum(x, axes=axes), "".join(index for index in term if index in needed)


def _contract(node: Node, a: MLOperand, left: str, b: MLOperand, right: str, needed: set[str]) -> tuple[MLOperand, str]:
    """Indices in both that are needed are batches, those that are not are summed, the others are rows and columns."""
    a, left = _summed(node, a, left, needed | set(right))
    b, right = _summed(node, b, right, needed | set(left))
    batch = [i for i in left if i in right and i in needed]
    inner = [i for i in left if i in right and i not in needed]
    rows, columns = [i for i in left if i not in right], [i for i in right if i not in left]
    size: dict[str, int] = {}
    for term, x in ((left, a), (right, b)):
        for index, length in zip(term, x.shape, strict=True):
            size[index] = max(length, size.get(index, 1))

    def arranged(x: MLOperand, term: str, groups: list[list[str]]) -> MLOperand:
        order = [index for group in groups for index in group]
        x = node.b.transpose(x, permutation=[term.index(index) for index in order]) if "".join(order) != term else x
        sizes = [size[index] for index in order]
        x = node.b.expand(x, sizes) if tuple(sizes) != x.shape else x
        return node.reshape(x, [*(size[i] for i in groups[0]), *(math.prod(size[i] for i in group) for group in groups[1:])])

    product = node.b.matmul(arranged(a, left, [batch, rows, inner]), arranged(b, right, [batch, inner, columns]))
    order = [*batch, *rows, *columns]
    return node.reshape(product, [size[index] for index in order]), "".join(order)
