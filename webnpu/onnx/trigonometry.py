"""Hyperbolic and inverse trigonometric functions, which WebNN lacks: polynomials, as in the Cephes library's single precision."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..operator import MLOperand
from ..types import DataType
from .registry import Import, Node, imports

Function = Callable[[Node, MLOperand], MLOperand]


def _constant(node: Node, value: float) -> MLOperand:
    return node.b.constant(DataType.FLOAT32, value)


def _polynomial(node: Node, z: MLOperand, coefficients: Sequence[float]) -> MLOperand:
    """Coefficients from the highest power down."""
    total = _constant(node, coefficients[0])
    for coefficient in coefficients[1:]:
        total = node.b.add(node.b.mul(total, z), _constant(node, coefficient))
    return total


def _odd(node: Node, x: MLOperand, coefficients: Sequence[float]) -> MLOperand:
    """``x + x**3 * p(x**2)``, which is accurate close to zero."""
    b, z = node.b, node.b.mul(x, x)
    return b.add(x, b.mul(b.mul(x, z), _polynomial(node, z, coefficients)))


def _with_sign(node: Node, x: MLOperand, magnitude: MLOperand) -> MLOperand:
    b = node.b
    return b.where(b.lesser(x, _constant(node, 0)), b.neg(magnitude), magnitude)


def sinh(node: Node, x: MLOperand) -> MLOperand:
    b, half = node.b, _constant(node, 0.5)
    near = _odd(node, x, (2.03721912945e-4, 8.33028376239e-3, 1.66667160211e-1))
    far = b.mul(half, b.sub(b.exp(x), b.exp(b.neg(x))))
    return b.where(b.lesser(b.abs(x), _constant(node, 1)), near, far)


def cosh(node: Node, x: MLOperand) -> MLOperand:
    b = node.b
    return b.mul(_constant(node, 0.5), b.add(b.exp(x), b.exp(b.neg(x))))


def asin(node: Node, x: MLOperand) -> MLOperand:
    """Beyond one half by way of ``pi/2 - 2 asin(sqrt((1 - x) / 2))``."""
    b, magnitude = node.b, node.b.abs(x)
    is_far = b.greater(magnitude, _constant(node, 0.5))
    inner = b.sqrt(b.mul(_constant(node, 0.5), b.sub(_constant(node, 1), magnitude)))
    y = b.where(is_far, inner, magnitude)
    arc = _odd(node, y, (4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1))
    far = b.sub(_constant(node, math.pi / 2), b.mul(_constant(node, 2), arc))
    return _with_sign(node, x, b.where(is_far, far, arc))


def acos(node: Node, x: MLOperand) -> MLOperand:
    """Close to one by way of ``2 asin(sqrt((1 - x) / 2))``, so that no digits cancel."""
    b = node.b
    two, half, one = (_constant(node, value) for value in (2, 0.5, 1))
    close = b.mul(two, asin(node, b.sqrt(b.mul(half, b.sub(one, b.abs(x))))))
    outer = b.where(b.lesser(x, _constant(node, 0)), b.sub(_constant(node, math.pi), close), close)
    inner = b.sub(_constant(node, math.pi / 2), asin(node, x))
    return b.where(b.greater(b.abs(x), half), outer, inner)


def atan(node: Node, x: MLOperand) -> MLOperand:
    """Reduced to below ``tan(pi/8)`` by two identities."""
    b, magnitude, one = node.b, node.b.abs(x), _constant(node, 1)
    is_far = b.greater(magnitude, _constant(node, 2.414213562373095))
    is_middle = b.greater(magnitude, _constant(node, 0.4142135623730950))
    far, middle = b.neg(b.reciprocal(magnitude)), b.div(b.sub(magnitude, one), b.add(magnitude, one))
    y = b.where(is_far, far, b.where(is_middle, middle, magnitude))
    arc = _odd(node, y, (8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1))
    zero = _constant(node, 0)
    start = b.where(is_far, _constant(node, math.pi / 2), b.where(is_middle, _constant(node, math.pi / 4), zero))
    return _with_sign(node, x, b.add(start, arc))


def asinh(node: Node, x: MLOperand) -> MLOperand:
    b, magnitude = node.b, node.b.abs(x)
    near = _odd(node, magnitude, (2.0122003309e-2, -4.2699340972e-2, 7.4847586088e-2, -1.6666288134e-1))
    large = b.add(b.log(magnitude), _constant(node, math.log(2)))
    middle = b.log(b.add(magnitude, b.sqrt(b.add(b.mul(magnitude, magnitude), _constant(node, 1)))))
    far = b.where(b.greater(magnitude, _constant(node, 1500)), large, middle)
    return _with_sign(node, x, b.where(b.lesser(magnitude, _constant(node, 0.5)), near, far))


def acosh(node: Node, x: MLOperand) -> MLOperand:
    b, z = node.b, node.b.sub(x, _constant(node, 1))
    coefficients = (1.7596881071e-3, -7.5272886713e-3, 2.6454905019e-2, -1.1784741703e-1, 1.4142135263)
    near = b.mul(_polynomial(node, z, coefficients), b.sqrt(z))
    large = b.add(b.log(x), _constant(node, math.log(2)))
    middle = b.log(b.add(x, b.sqrt(b.mul(z, b.add(x, _constant(node, 1))))))
    far = b.where(b.greater(x, _constant(node, 1500)), large, middle)
    return b.where(b.lesser(z, _constant(node, 0.5)), near, far)


def atanh(node: Node, x: MLOperand) -> MLOperand:
    b, one = node.b, _constant(node, 1)
    coefficients = (1.81740078349e-1, 8.24370301058e-2, 1.46691431730e-1, 1.99782164500e-1, 3.33337300303e-1)
    near = _odd(node, x, coefficients)
    far = b.mul(_constant(node, 0.5), b.log(b.div(b.add(one, x), b.sub(one, x))))
    return b.where(b.lesser(b.abs(x), _constant(node, 0.5)), near, far)


def _in_float32(function: Function) -> Import:
    def call(node: Node) -> MLOperand:
        return node.wide(node.x(0), lambda x: function(node, x))

    return call


imports.rows(
    {"Sinh": sinh, "Cosh": cosh, "Asin": asin, "Acos": acos, "Atan": atan, "Asinh": asinh, "Acosh": acosh, "Atanh": atanh},
    _in_float32,
)
