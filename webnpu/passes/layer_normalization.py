"""Recognise layerNormalization.

Before::

    v0 = reduceMean(x, axes=[2], keep); v1 = sub(x, v0); v2 = mul(v1, v1)          or pow(v1, 2)
    v3 = reduceMean(v2, axes=[2], keep); v4 = add(v3, epsilon); v5 = sqrt(v4); v6 = div(v1, v5)
    v7 = mul(v6, scale); y = add(v7, bias)

After::

    y = layerNormalization(x, scale=scale, bias=bias, axes=[2], epsilon=epsilon)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..operators.elementwise import Add, Div, Mul, Pow, Reciprocal, Sqrt, Sub
from ..operators.reduction import ReduceMean
from .rewriting import either_way, is_number, made_by, number, rewritten


@dataclass(frozen=True)
class _Normal:
    """An operand that is known to be normalised, without scale and bias."""

    x: MLOperand
    axes: tuple[int, ...]
    epsilon: float


def recognize_layer_normalization(graph: Graph) -> Graph:
    """Replace ``(x - mean) / sqrt(variance + epsilon) * scale + bias``, as far as it is there, by layerNormalization."""
    return rewritten(graph, _rule)


def _rule(rewriter: Rewriter, operator: Operator) -> tuple[MLOperand, ...] | None:
    found = _with_bias(operator) if isinstance(operator, Add) else _with_scale(operator)
    if found is None:
        return None
    normal, scale, bias = found
    shape = [normal.x.shape[axis] for axis in normal.axes]
    b, parts = rewriter.builder, {"scale": scale, "bias": bias}
    operands: dict[str, Any] = {name: _fitted(rewriter, part, shape) for name, part in parts.items() if part is not None}
    if any(operand is None for operand in operands.values()):
        return None
    options: dict[str, Any] = {"axes": normal.axes, "epsilon": normal.epsilon, "label": operator.label}
    return (b.layer_normalization(rewriter.new[normal.x], **operands, **options),)


def _fitted(rewriter: Rewriter, operand: MLOperand, shape: list[int]) -> MLOperand | None:
    """A scale or bias in the shape that layerNormalization wants, or None if it is broadcast in another way."""
    new = rewriter.new[operand]
    trimmed = list(operand.shape)
    while len(trimmed) > len(shape) and trimmed[0] == 1:
        trimmed.pop(0)
    if trimmed != shape:
        return None
    return new if list(operand.shape) == shape else rewriter.builder.reshape(new, shape)


def _with_bias(operator: Add) -> tuple[_Normal, MLOperand | None, MLOperand | None] | None:
    for scaled, bias in either_way(operator):
        inner = _with_scale(scaled.operator) if scaled.operator is not None else None
        if inner is not None and bias.shape != () and scaled.shape == operator.output.shape:
            return inner[0], inner[1], bias
    return None


def _with_scale(operator: Operator) -> tuple[_Normal, MLOperand | None, MLOperand | None] | None:
    normal = _normal(operator)
    if normal is not None:
        return normal, None, None
    for product, scale in either_way(operator) if isinstance(operator, Mul) else ():
        normal = _normal(product.operator) if product.operator is not None else None
        if normal is not None and product.shape == operator.output.shape:
            return normal, scale, None
    return None


def _normal(operator: Operator) -> _Normal | None:
    """``(x - mean) / sqrt(variance + epsilon)``, or times the reciprocal of that root."""
    if isinstance(operator, Div):
        return _over(operator.a, operator.b)
    for centred, inverse in either_way(operator) if isinstance(operator, Mul) else ():
        reciprocal = made_by(inverse, Reciprocal)
        if reciprocal is not None and (found := _over(centred, reciprocal.input)):
            return found
    return None


def _over(centred: MLOperand, deviation: MLOperand) -> _Normal | None:
    difference, root = made_by(centred, Sub), made_by(deviation, Sqrt)
    mean = made_by(difference.b, ReduceMean) if difference is not None else None
    total = made_by(root.input, Add) if root is not None else None
    if difference is None or mean is None or total is None or mean.input is not difference.a or not mean.keep_dimensions:
        return None
    axes = mean.resolved_axes
    if axes != tuple(range(difference.a.rank - len(axes), difference.a.rank)):
        return None
    for variance, epsilon in either_way(total):
        moment, value = made_by(variance, ReduceMean), number(epsilon)
        if moment is None or value is None or moment.resolved_axes != axes or not moment.keep_dimensions:
            continue
        if _is_square(moment.input, difference):
            return _Normal(difference.a, axes, value)
    return None


def _is_square(operand: MLOperand, difference: Sub) -> bool:
    """Whether an operand is the square of a difference, perhaps computed a second time."""
    product, power = made_by(operand, Mul), made_by(operand, Pow)
    if product is not None:
        return product.a is product.b and _is_difference(product.a, difference)
    return power is not None and is_number(power.b, 2) and _is_difference(power.a, difference)


def _is_difference(operand: MLOperand, difference: Sub) -> bool:
    again = made_by(operand, Sub)
    return again is difference or (again is not None and again.a is difference.a and again.b is difference.b)
