"""The shapes that graphs can have; every function is one case of `graphs`, named after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...operator import MLOperand
from ...types import DataType
from .data import full_range, listed, whole

if TYPE_CHECKING:
    from .graphs import Maker

_Outputs = dict[str, MLOperand]


def value_used_twice(m: Maker) -> _Outputs:
    """One value is both operands of an operator, and an operand of the next."""
    x = m.input("x", 2, 3)
    return {"y": m.add(m.mul(x, x), x)}


def output_used_inside(m: Maker) -> _Outputs:
    """An output of the graph is an operand too."""
    inner = m.relu(m.input("x", 2, 3))
    return {"inner": inner, "outer": m.add(inner, m.constant("float32", 1))}


def output_under_two_names(m: Maker) -> _Outputs:
    """One value under two names."""
    y = m.neg(m.input("x", 5))
    return {"first": y, "second": y}


def activated_and_plain(m: Maker) -> _Outputs:
    """A sum that goes into relu, and as it is into other operators: it must not be made one with relu."""
    total = m.add(m.input("x", 3, 4), m.input("bias", 4))
    return {"activated": m.relu(total), "plain": m.neg(total), "bounded": m.tanh(total)}


def convolution_activated_and_plain(m: Maker) -> _Outputs:
    """A convolution that goes into clamp, and as it is into another operator."""
    out = m.conv2d(m.input("x", 1, 2, 3, 3), m.weight(2, 2, 2, 2))
    return {"activated": m.clamp(out, min_value=0, max_value=6), "plain": m.mul(out, m.constant("float32", 2))}


def deep_chain(m: Maker) -> _Outputs:
    """Three hundred operators, one after another."""
    x = m.input("x", 4)
    one = m.constant("float32", 1)
    for _ in range(100):
        x = m.relu(m.add(m.neg(x), one))
    return {"y": x}


def wide(m: Maker) -> _Outputs:
    """Thirty operators that wait for nothing but the input, joined at the end."""
    x = m.input("x", 1, 3)
    return {"y": m.concat([m.add(x, m.constant("float32", i)) for i in range(30)], 0)}


def constants_alone(m: Maker) -> _Outputs:
    """No inputs: everything is known before the graph is run."""
    return {"y": m.add(m.matmul(m.weight(2, 3), m.weight(3, 2)), m.values(1, 2))}


def many_outputs(m: Maker) -> _Outputs:
    """An output of each kind of operator, of several types and ranks."""
    x = m.input("x", 2, 4)
    parts = m.split(x, 2, axis=1)
    names = {"greatest": m.reduce_max(x), "where": m.arg_max(m.mul(x, m.values(1, 3, 5, 7)), 1), "positive": m.greater(x, m.values(0))}
    return {**names, "left": parts[0], "right": parts[1], "turned": m.transpose(x)}


def output_left_over(m: Maker) -> _Outputs:
    """One of three parts is used; the others are not."""
    parts = m.split(m.input("x", 6, 2), 3)
    return {"y": m.relu(parts[1])}


def branch_left_over(m: Maker) -> _Outputs:
    """A branch that no output depends on is no part of the graph."""
    x = m.input("x", 2, 2)
    m.exp(m.add(x, m.weight(2, 2)))
    return {"y": m.abs(x)}


def outputs_out_of_order(m: Maker) -> _Outputs:
    """The last value computed is the first output."""
    first = m.abs(m.input("x", 3))
    second = m.add(first, m.values(1, 2, 3))
    third = m.mul(second, first)
    return {"c": third, "a": first, "b": second}


def diamond(m: Maker) -> _Outputs:
    """Two ways from one value to another."""
    x = m.relu(m.input("x", 2, 3))
    return {"y": m.sub(m.mul(x, m.constant("float32", 2)), m.transpose(m.transpose(x)))}


def itself_with_itself(m: Maker) -> _Outputs:
    """Operators whose operands are one value."""
    x = m.input("x", 2, 3)
    return {"zero": m.sub(x, x), "one": m.equal(x, x), "twice": m.concat([x, x], 0), "greatest": m.max(x, x)}


def shared_weights(m: Maker) -> _Outputs:
    """One filter and one bias, used by two convolutions."""
    filter, bias = m.weight(2, 2, 3, 3, fill=whole(-1, 1)), m.weight(2)
    x = m.input("x", 1, 2, 4, 4)
    for _ in range(2):
        x = m.relu(m.conv2d(x, filter, bias=bias, padding=[1, 1, 1, 1]))
    return {"y": x}


def scalars(m: Maker) -> _Outputs:
    """Rank 0 from end to end."""
    x = m.input("x")
    return {"y": m.add(m.mul(x, x), m.constant("float32", -3))}


def scalar_from_all(m: Maker) -> _Outputs:
    """Everything reduced to a scalar, and spread again."""
    x = m.input("x", 2, 3)
    return {"y": m.sub(x, m.expand(m.reduce_sum(x), [2, 3]))}


def types_of_all_kinds(m: Maker) -> _Outputs:
    """Inputs of all eight types, brought together."""
    operands = [m.cast(m.input(f"x-{of}", 2, 2, fill=whole(0, 5), of=of), "float32") for of in list(DataType)[:8]]
    total = operands[0]
    for operand in operands[1:]:
        total = m.add(total, operand)
    return {"y": total}


def integer_arithmetic(m: Maker) -> _Outputs:
    """Small integers that wrap, and are compared and clamped."""
    a, b = (m.input(name, 3, 4, fill=full_range, of=DataType.UINT8) for name in "ab")
    return {"sum": m.add(a, b), "rest": m.clamp(m.sub(m.max(a, b), m.min(a, b)), max_value=100), "above": m.greater(a, b)}


def large_integers(m: Maker) -> _Outputs:
    """Integers that a double cannot hold."""
    x = m.input("x", 4, fill=listed(2**53 + 1, -(2**62), 2**62 + 3, 7), of=DataType.INT64)
    return {"y": m.add(m.mul(x, m.constant("int64", 3)), m.constant("int64", -5))}


def conditions(m: Maker) -> _Outputs:
    """Comparisons joined by logic, which then decide."""
    x = m.input("x", 3, 4)
    inside = m.logical_and(m.greater(x, m.constant("float32", -2)), m.lesser_or_equal(x, m.constant("float32", 2)))
    return {"inside": inside, "y": m.where(m.logical_not(inside), m.constant("float32", 0), x)}


def not_a_number_replaced(m: Maker) -> _Outputs:
    """NaN becomes zero, and the rest is counted."""
    x = m.input("x", 2, 4, fill=listed(1, float("nan"), -2, 3, float("nan")))
    missing = m.is_nan(x)
    kept = m.cast(m.logical_not(missing), "float32")
    return {"y": m.where(missing, m.constant("float32", 0), x), "count": m.reduce_sum(kept, axes=[1])}


def movement_chain(m: Maker) -> _Outputs:
    """An element's way through every operator that only moves."""
    x = m.input("x", 2, 3)
    x = m.tile(m.pad(x, [1, 0], [0, 1], value=9), [1, 2])
    x = m.reverse(m.slice(x, [0, 1], [3, 6], strides=[1, 2]), axes=[1])
    return {"y": m.reshape(m.transpose(x), [9])}


def transposes_that_cancel(m: Maker) -> _Outputs:
    """Two transposes that undo one another around an element-wise operator, and one that stays."""
    x = m.input("x", 2, 3, 4)
    turned = m.relu(m.transpose(x, permutation=[2, 0, 1]))
    return {"y": m.transpose(turned, permutation=[1, 2, 0]), "turned": turned}


def identities(m: Maker) -> _Outputs:
    """Operators that change nothing, one after another."""
    x = m.input("x", 2, 3)
    same = m.transpose(m.reshape(m.identity(x), [2, 3]), permutation=[0, 1])
    return {"y": m.expand(m.tile(m.slice(same, [0, 0], [2, 3]), [1, 1]), [2, 3])}


def broadcast_from_both_sides(m: Maker) -> _Outputs:
    """A row and a column make a matrix, which is reduced to a row and a column."""
    row, column = m.input("row", 1, 4), m.input("column", 3, 1)
    table = m.mul(row, column)
    return {"by-column": m.reduce_sum(table, axes=[0]), "by-row": m.reduce_max(table, axes=[1], keep_dimensions=True)}


def names_of_all_kinds(m: Maker) -> _Outputs:
    """Names that are no identifiers, and names that look like those of inner values."""
    x, c, v = m.input("x y/z", 2), m.input("c0", 2), m.input("v0", 2)
    return {"é ü 神": m.add(x, c), "v1": m.sub(c, v), "c0": m.add(v, m.values(1, 2))}
