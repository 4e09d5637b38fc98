"""Failures by their cause: what differs from case to case is taken out of the reasons, and what is then the same stands together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..operators import OPERATORS
from ..types import DataType
from .verdicts import Result, Verdict

_TAKEN_OUT = (
    re.compile(r"\[[^\]]*\]|\([^()]*\)"),  # labels, shapes, positions
    re.compile(r"'[^']*'|\"[^\"]*\""),
    re.compile(rf"\b({'|'.join(sorted([*OPERATORS, *DataType], key=len, reverse=True))})\b"),
    re.compile(r"[-+]?\b(?:\d[\d.,]*(?:e[-+]?\d+)?|inf|infinity|nan)\b", re.IGNORECASE),
    re.compile(r"…(?:(?:, | and | or |\s)*…)+"),  # lists of such
)


@dataclass(frozen=True)
class Cause:
    """Failures for the same reason.

    Attributes:
        verdict: of all of them.
        required: whether they are refusals of what WebNN requires.
        reason: what is said of the first of them.
        operators: the operators concerned, in the order of their first case.
        ids: of the cases.
    """

    verdict: Verdict
    required: bool
    reason: str
    operators: tuple[str, ...]
    ids: tuple[str, ...]


def causes(failures: Iterable[Result]) -> tuple[Cause, ...]:
    """The causes of failures, those of most cases first."""
    groups: dict[tuple[str, bool, str], list[Result]] = defaultdict(list)
    for result in failures:
        groups[result.verdict, result.required and result.verdict == "refused", _key(result)].append(result)
    found = [
        Cause(
            results[0].verdict, required, results[0].reason, tuple(dict.fromkeys(r.operator for r in results)), tuple(r.id for r in results)
        )
        for (_, required, _), results in groups.items()
    ]
    return tuple(sorted(found, key=lambda cause: -len(cause.ids)))


def _key(result: Result) -> str:
    """What failures of one cause have in common: wrong numbers the operator, all else what is said, without what varies."""
    if result.verdict == "fail" and result.bound is not None:
        return result.operator
    text = result.reason
    for pattern in _TAKEN_OUT:
        text = pattern.sub("…", text)
    return text
