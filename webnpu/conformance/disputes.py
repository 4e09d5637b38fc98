"""Cases of others that contradict the text of WebNN, or that are known not to be settled.

Each entry of ``disputes.toml`` is a rule: which cases, under which condition, and where the conflict can be
read. A case to which a rule applies is never a failure, and never a pass that hides: its verdict is `disputed`,
with the rule's reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from ..types import DataType
from .cases import Judged
from .verdicts import Result


@dataclass(frozen=True)
class Use:
    """One use of an operator in a case, as a rule sees it: by its arguments, whether or not they are valid."""

    operator: str
    arguments: Mapping[str, Any]
    data_type: str
    """That of the first operand."""


def _numbers(value: Any) -> Iterable[int | float]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value


def _rounds_a_number(use: Use) -> bool:
    """A fractional MLNumber stands beside integer elements."""
    if use.data_type not in list(DataType) or DataType(use.data_type).is_float:
        return False
    options = (use.arguments.get(name) for name in ("minValue", "maxValue", "value"))
    return any(number != round(number) for option in options for number in _numbers(option) if abs(number) < 2**63)


def _infinite_bound(use: Use) -> bool:
    """A bound of clamp is infinite."""
    bounds = (use.arguments.get(name) for name in ("minValue", "maxValue"))
    return use.operator == "clamp" and any(abs(number) == float("inf") for bound in bounds for number in _numbers(bound))


def _no_axis(use: Use) -> bool:
    """Softmax is called without an axis."""
    return use.operator == "softmax" and "axis" not in use.arguments


def _other_rank(use: Use) -> bool:
    """The scale of a quantization has another rank than the input."""
    input, scale = (use.arguments.get(name) for name in ("input", "scale"))
    if use.operator not in ("quantizeLinear", "dequantizeLinear") or not isinstance(input, Mapping) or not isinstance(scale, Mapping):
        return False
    return len(input["$operand"]["shape"]) != len(scale["$operand"]["shape"])


def _bits_of_float16(use: Use) -> bool:
    """A constant of float16 comes as a Uint16Array."""
    buffer = use.arguments.get("1")
    return (
        use.operator == "constant" and use.data_type == "float16" and isinstance(buffer, Mapping) and buffer.get("$buffer") == "Uint16Array"
    )


CONDITIONS: dict[str, Callable[[Use], bool]] = {
    "rounds a number": _rounds_a_number,
    "infinite bound": _infinite_bound,
    "no axis": _no_axis,
    "scale of another rank": _other_rank,
    "float16 as Uint16Array": _bits_of_float16,
}
"""What a rule can ask of a use of an operator, by the name that it has in ``disputes.toml``."""


class Dispute(BaseModel):
    """A rule: the cases whose verdict is not the backend's to answer for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: str
    """A pattern of ids."""
    condition: str = ""
    """A name in `CONDITIONS` that a use of an operator must satisfy."""
    reason: str
    reference: str
    """Where the conflict can be read."""

    @field_validator("condition")
    @classmethod
    def _known(cls, condition: str) -> str:
        if condition and condition not in CONDITIONS:
            raise ValueError(f"must be one of {', '.join(CONDITIONS)}")
        return condition

    def applies(self, id: str, uses: Sequence[Use]) -> bool:
        """Whether the rule covers a case."""
        if not fnmatchcase(id, self.cases):
            return False
        return not self.condition or any(CONDITIONS[self.condition](use) for use in uses)

    def __str__(self) -> str:
        return f"{self.reason} ({self.reference})"


@cache
def load_disputes() -> tuple[Dispute, ...]:
    """The rules, in the order in which they stand."""
    text = Path(__file__).with_name("disputes.toml").read_text(encoding="utf-8")
    return tuple(Dispute.model_validate(entry) for entry in tomllib.loads(text)["dispute"])


def dispute_of(id: str, uses: Sequence[Use], disputes: Iterable[Dispute]) -> Dispute | None:
    """The first rule that covers a case."""
    return next((dispute for dispute in disputes if dispute.applies(id, uses)), None)


def dispute_of_case(case: Judged, disputes: Iterable[Dispute]) -> Dispute | None:
    """The first rule that covers a numerical case."""
    return dispute_of(case.id, [_use(case, members) for members in case.document["operators"]], disputes)


def disputed(result: Result, case: Judged, disputes: Iterable[Dispute]) -> Result:
    """The result, as disputed if it went wrong and a rule covers the case."""
    if result.verdict not in ("fail", "error"):
        return result
    dispute = dispute_of_case(case, disputes)
    if dispute is None:
        return result
    return result.model_copy(update={"verdict": "disputed", "reason": f"{dispute}: {result.reason}"})


def _use(case: Judged, members: Mapping[str, Any]) -> Use:
    leaves = {**case.document["inputs"], **case.document.get("constants", {})}
    operands = [value for value in members.values() if isinstance(value, str) and value in leaves]
    return Use(members["operator"], members, leaves[operands[0]]["dataType"] if operands else "")
