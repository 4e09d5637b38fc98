"""Every error that WebNPU raises on purpose, one class for each kind that WebNN names.

All derive from `WebNPUError`, and each also from the built-in that a Python reader would expect, so that
``except TypeError`` works as it does in JavaScript.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .spelling import plain, spelt

if TYPE_CHECKING:
    from .operator import Operator


class WebNPUError(Exception):
    """The base of all errors of this library. What files and callers call things is spelled out in its text, see `webnpu.spelling`."""

    def __str__(self) -> str:
        return plain(super().__str__())


class MLTypeError(WebNPUError, TypeError):
    """An argument is not valid (WebNN's TypeError)."""


class OperatorError(MLTypeError):
    """An operator was given operands or options that its definition does not allow.

    Attributes:
        operator: its WebNN name, such as ``conv2d``.
        label: the ``label`` option that the caller gave, or ''.
        constraint: which rule was violated: ``C3``, or the name of an operand or option.
        expected: the rule, in words.
        got: what came instead.
    """

    def __init__(self, operator: str, label: str, constraint: str, expected: str, got: str) -> None:
        self.operator, self.label, self.constraint, self.expected, self.got = operator, label, constraint, expected, got
        where = f"{operator} [{spelt(label)}]" if label else operator
        super().__init__(f"{where}: {constraint}: {expected}; got {got}")

    def __reduce__(self) -> tuple[type[OperatorError], tuple[str, str, str, str, str]]:
        return OperatorError, (self.operator, self.label, self.constraint, self.expected, self.got)


class InvalidStateError(WebNPUError, RuntimeError):
    """The object was destroyed, lost or used up (WebNN's InvalidStateError)."""


class NotSupportedError(WebNPUError, NotImplementedError):
    """What was asked for is valid, but not to be had here (WebNN's NotSupportedError)."""


class Unsupported(NotSupportedError):
    """A backend declares that it cannot compute an operator right, and why.

    Attributes:
        operator: the operator that is refused.
        reason: why, as a sentence.
    """

    def __init__(self, operator: Operator, reason: str) -> None:
        self.operator, self.reason = operator, reason
        label = f" [{spelt(operator.label)}]" if operator.label else ""
        super().__init__(f"{operator.name}{label} is refused: {reason}")

    def __reduce__(self) -> tuple[Any, ...]:
        """For other processes: there the operator has its name and its label, but no operands."""
        return _refused, (type(self), type(self.operator), self.operator.label, self.reason)


def _refused(error: type[Unsupported], operator: type[Operator], label: str, reason: str) -> Unsupported:
    return error(operator.model_construct(label=label), reason)


class BudgetExceeded(NotSupportedError):
    """A file asks for more work than its `webnpu.budget.Budget` allows; the message says how to raise it.

    Attributes:
        limit: which limit: ``nodes``, ``bytes``, ``seconds`` or ``depth``.
        allowed: what the budget allows.
        asked: what was asked for; 0 where that is not known.
        who: what asked for it.
    """

    def __init__(self, limit: str, allowed: float, asked: float, who: str, message: str, more: str) -> None:
        self.limit, self.allowed, self.asked, self.who = limit, allowed, asked, who
        self._said = message, more
        super().__init__(f"{message}; a larger budget allows it: Budget({limit}={more}), or --budget {limit}={more}")

    def __reduce__(self) -> tuple[type[BudgetExceeded], tuple[str, float, float, str, str, str]]:
        return BudgetExceeded, (self.limit, self.allowed, self.asked, self.who, *self._said)


class OperationError(WebNPUError, RuntimeError):
    """A graph could not be compiled or run (WebNN's OperationError)."""


class DeviceLost(WebNPUError, RuntimeError):
    """A backend's device is gone; the context turns this into its ``lost``."""


class GraphFileError(WebNPUError, ValueError):
    """A graph file is damaged, or does not hold a valid graph."""


class FileError(WebNPUError, OSError):
    """A file cannot be read or written; the message names it."""


class MissingFileError(FileError, FileNotFoundError):
    """There is no such file, or no such folder for it."""


class OccupiedError(FileError, FileExistsError):
    """Something stands where a file is to be written that must not be replaced."""
