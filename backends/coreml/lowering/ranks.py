"""Broadcasting among tensors of more dimensions than MIL has: neighbouring dimensions that behave alike become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from webnpu.errors import Unsupported
from webnpu.types import Shape

from ..mil import MAX_RANK, Var
from .model import Model, held_shape


def merged(shapes: Sequence[Shape]) -> list[Shape]:
    """The shapes, of one rank, with neighbouring dimensions merged wherever all of them repeat or none does.

    A dimension repeats where its size is 1 and that of another shape is not.
    """
    whole = [max(sizes) for sizes in zip(*shapes, strict=True)]
    groups: list[list[int]] = []
    last: tuple[bool, ...] | None = None
    for axis, size in enumerate(whole):
        kind = tuple(shape[axis] != size for shape in shapes)
        if groups and (kind == last or size == 1):
            groups[-1].append(axis)
        else:
            groups.append([axis])
            last = None if size == 1 else kind
        if last is None and size != 1:
            last = kind
    return [tuple(prod(shape[axis] for axis in group) for group in groups) for shape in shapes]


def aligned(op: Any, m: Model) -> tuple[Var, Var, Callable[[Var], Var]]:
    """The two operands of an element-wise operator, and what brings its result into the shape that it is held in."""
    a, b = m.of(op.a), m.of(op.b)
    if max(op.a.rank, op.b.rank) <= MAX_RANK:
        return a, b, lambda result: m.reshape(result, held_shape(op.output.shape))
    shapes = [(1,) * (op.output.rank - x.rank) + x.shape for x in (op.a, op.b)]
    left, right = merged(shapes)
    if len(left) > MAX_RANK:
        raise Unsupported(op, f"broadcasting {op.a.descriptor} and {op.b.descriptor} needs {len(left)} dimensions; MIL has {MAX_RANK}")
    return m.reshape(a, left), m.reshape(b, right), lambda result: m.reshape(result, held_shape(op.output.shape))
