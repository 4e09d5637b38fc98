"""How closely two implementations of an operator must agree: the three classes of agreement.

- **exact**: integers, comparisons, data movement, min and max, rounding. Bit for bit.
- **ULP-bounded**: functions. At most so many units in the last place, or within an absolute bound
  where the function crosses zero.
- **accumulation**: sums and products of many terms. A bound in ULP that is computed from the number
  of terms, since every order of adding is allowed.

No bound here is looser than that of web-platform-tests for the same operator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .types import DataType

if TYPE_CHECKING:
    from .operator import Operator

Kind = Literal["exact", "ulp", "accumulation"]


@dataclass(frozen=True, slots=True)
class Bound:
    """The largest difference that is still agreement: within ``ulp``, or within ``absolute``."""

    ulp: int = 0
    absolute: float = 0.0
    zero_sign: bool = False
    """Whether the sign of a zero counts; it does where data are only moved."""

    def __str__(self) -> str:
        return f"{self.ulp} ULP" + (f" or {self.absolute:g}" if self.absolute else "")


@dataclass(frozen=True, slots=True)
class Agreement:
    """The class of agreement of an operator, and the bound of each data type."""

    kind: Kind
    describe: str
    """The bound in words, for the operator's page."""
    bound: Callable[[Any, DataType], Bound]
    """The bound of one use of the operator, for one output data type."""


EXACT = Agreement("exact", "exact", lambda op, data_type: Bound())
"""The same values; positive and negative zero are the same value."""

BITWISE = Agreement("exact", "bit for bit", lambda op, data_type: Bound(zero_sign=True))
"""The same bits, but for those of a NaN."""


def within(float32: int, float16: int | None = None) -> Agreement:
    """A function's bound in ULP; integer results are exact."""
    half = float32 if float16 is None else float16
    bounds = {DataType.FLOAT32: Bound(float32), DataType.FLOAT16: Bound(half)}
    words = f"{float32} ULP" if half == float32 else f"{float32} ULP in float32, {half} in float16"
    return Agreement("ulp", words, lambda op, data_type: bounds.get(data_type, Bound()))


def near(float32: float, float16: float) -> Agreement:
    """A function's absolute bound, for functions that cross zero where they are steep."""
    bounds = {DataType.FLOAT32: Bound(0, float32), DataType.FLOAT16: Bound(0, float16)}
    words = f"{float32:g} absolute in float32, {float16:g} in float16"
    return Agreement("ulp", words, lambda op, data_type: bounds[data_type])


def accumulated(words: str, terms: Callable[[Any], int]) -> Agreement:
    """A bound of as many ULP as ``terms(operator)`` says; integer results are exact (modulo their range)."""
    return Agreement(
        "accumulation",
        f"{words} ULP",
        lambda op, data_type: Bound(terms(op)) if data_type.is_float else Bound(),
    )


def bound_of(operator: Operator, data_type: DataType) -> Bound:
    """The bound of an operator for an output of a data type."""
    return operator.agreement.bound(operator, data_type)
