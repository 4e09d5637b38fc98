"""The table of what the interpreter evaluates, and the way from an evaluator's numbers to typed values.

An evaluator is a function of an operation's parameters, by their MIL names. Floats reach it in float64, integers
and truth values as they are, scalars that the program's text holds as Python's. What it returns in float64 is
rounded once to the type of the operation's first float operand; integers of 64 bits to that of the first integer
operand, or to int32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from webnpu.types import Array

from .types import NUMPY

Evaluator = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How one operation is evaluated.

    Attributes:
        function: the evaluator.
        like: the parameter whose type the result has; '' for the first that fits.
        raw: whether floats reach the function in their own type.
        like_computed: whether the result has the type of the first operand that is no constant, where there is one.
    """

    function: Evaluator
    like: str = ""
    raw: bool = False
    like_computed: bool = False


class Evaluations:
    """The operations that are evaluated, by name; used as a decorator."""

    def __init__(self) -> None:
        self.table: dict[str, Evaluation] = {}

    def __call__(self, *names: str, like: str = "", raw: bool = False, like_computed: bool = False) -> Callable[[Evaluator], Evaluator]:
        """Register a function for operations; without names, for the one that it is named after."""

        def register(function: Evaluator) -> Evaluator:
            for name in names or (function.__name__.strip("_"),):
                if name in self.table:
                    raise TypeError(f"{name} is evaluated twice")
                self.table[name] = Evaluation(function, like, raw, like_computed)
            return function

        return register

    def rows(self, table: Mapping[str, Evaluator]) -> None:
        """Register a table of functions of one operand, ``x``, or of two, ``x`` and ``y``."""
        for name, function in table.items():
            self(name)(_positional(function))


evaluates = Evaluations()


def _positional(function: Evaluator) -> Evaluator:
    return lambda x, y=None: function(x) if y is None else function(x, y)


def widened(array: Any) -> Any:
    """Floats in the type that evaluators compute in."""
    if isinstance(array, np.ndarray) and array.dtype.kind == "f":
        return array.astype(np.float64)
    return array


def narrowed(result: Any, dtypes: Mapping[str, str], like: str) -> Any:
    """A result in the type that the definition gives it.

    Args:
        result: what the evaluator returned.
        dtypes: the MIL types of the arguments that are tensors, in order of definition.
        like: the parameter whose type the result has; '' for the first that fits.
    """
    if isinstance(result, tuple):
        return tuple(narrowed(item, dtypes, like) for item in result)
    if not isinstance(result, (np.ndarray, np.generic)):
        return result
    array = np.asarray(result)
    if array.dtype == np.float64:
        target = dtypes[like] if like else next((d for d in dtypes.values() if d.startswith("fp")), "fp32")
        return rounded(array, target)
    if array.dtype in (np.int64, np.uint64):
        target = dtypes[like] if like else next((d for d in dtypes.values() if "int" in d), "int32")
        return array.astype(NUMPY[target])
    return array


def rounded(array: Array, dtype: str) -> Array:
    """Floats rounded to a type, to nearest even."""
    return array.astype(NUMPY[dtype])
