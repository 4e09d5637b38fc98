"""Element-wise operations: arithmetic, comparison, logic, unary functions, casts and selection."""

from __future__ import annotations

from typing import Any

import numpy as np

from webnpu.reference.functions import erf
from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates
from .types import NUMPY


def _truncated_quotient(x: Array, y: Array) -> Array:
    """Of floats the quotient; of integers the quotient without its fraction."""
    if x.dtype.kind == "f" or y.dtype.kind == "f":
        return np.asarray(x / y)
    if not np.all(y):
        raise EvaluationError("an integer is divided by zero, which is undefined")
    quotient = np.trunc(x.astype(np.float64) / y.astype(np.float64))  # exact: the quotients of 32-bit integers fit
    return quotient.astype(np.int64).astype(x.dtype)


def _floor_quotient(x: Array, y: Array) -> Array:
    if x.dtype.kind == "f":
        return np.floor(x / y)
    if not np.all(y):
        raise EvaluationError("an integer is divided by zero, which is undefined")
    return np.floor_divide(x, y)


def _remainder(x: Array, y: Array) -> Array:
    if x.dtype.kind != "f" and not np.all(y):
        raise EvaluationError("an integer is divided by zero, which is undefined")
    return np.mod(x, y)


def _power(x: Array, y: Array) -> Array:
    """Of integers as if in float64, then without fraction: how Core ML rounds is not documented."""
    if x.dtype.kind == "f":
        return np.power(x, y)
    return np.asarray(np.trunc(np.power(x.astype(np.float64), y.astype(np.float64))).astype(np.int64).astype(x.dtype))


def _function(function: Any) -> Any:
    """A function of floats for integers too: as if in float64, without fraction."""

    def apply(x: Array) -> Array:
        if x.dtype.kind == "f":
            return np.asarray(function(x))
        return np.asarray(np.trunc(function(x.astype(np.float64))).astype(np.int64).astype(x.dtype))

    return apply


evaluates.rows(
    {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "real_div": _truncated_quotient,
        "floor_div": _floor_quotient,
        "mod": _remainder,
        "pow": _power,
        "maximum": np.maximum,
        "minimum": np.minimum,
        "equal": np.equal,
        "not_equal": np.not_equal,
        "greater": np.greater,
        "greater_equal": np.greater_equal,
        "less": np.less,
        "less_equal": np.less_equal,
        "logical_and": np.logical_and,
        "logical_or": np.logical_or,
        "logical_xor": np.logical_xor,
        "logical_not": np.logical_not,
        "abs": np.abs,
        "acos": np.arccos,
        "asin": np.arcsin,
        "atan": np.arctan,
        "atanh": np.arctanh,
        "ceil": np.ceil,
        "cos": np.cos,
        "cosh": np.cosh,
        "erf": erf,
        "exp": np.exp,
        "exp2": _function(np.exp2),
        "floor": np.floor,
        "identity": lambda x: x,
        "round": np.rint,
        "sign": np.sign,
        "sin": np.sin,
        "sinh": np.sinh,
        "sqrt": np.sqrt,
        "square": np.square,
        "tan": np.tan,
        "tanh": np.tanh,
    }
)


@evaluates()
def clip(x: Array, alpha: Array, beta: Array) -> Array:
    return np.minimum(np.maximum(x, alpha), beta)


@evaluates()
def threshold(x: Array, alpha: Array) -> Array:
    return np.maximum(x, alpha)


@evaluates()
def inverse(x: Array, epsilon: Array) -> Array:
    return np.asarray(1 / (x + epsilon))


@evaluates()
def log(x: Array, epsilon: Array) -> Array:
    return np.asarray(np.log(x + epsilon))


@evaluates()
def rsqrt(x: Array, epsilon: Array) -> Array:
    return np.asarray(1 / np.sqrt(x + epsilon))


@evaluates()
def select(cond: Array, a: Array, b: Array) -> Array:
    return np.where(cond, a, b)


@evaluates("cast", raw=True)
def cast(x: Array, dtype: str) -> Array:
    """Floats become integers without their fraction; beyond the range of the integers the result is undefined."""
    target = NUMPY.get({"fp16": "fp16", "fp32": "fp32"}.get(dtype, dtype))
    if target is None:
        raise EvaluationError(f"dtype must be the name of a data type; got {dtype!r}")
    if x.dtype.kind == "f" and target.kind in "iu":
        whole = np.trunc(x.astype(np.float64))
        info = np.iinfo(target)
        if not np.all((whole >= info.min) & (whole <= info.max)):
            raise EvaluationError(f"a number is outside the range of {dtype}, where the result is undefined")
        return whole.astype(target)
    return x != 0 if dtype == "bool" else x.astype(target)
