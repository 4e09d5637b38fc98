"""The errors of the interpreter."""

from __future__ import annotations

from webnpu.errors import NotSupportedError, OperationError, WebNPUError


class PackageError(WebNPUError, ValueError):
    """A package is damaged, or holds a program that is not valid MIL."""


class MissingOperationError(NotSupportedError):
    """A program uses an operation that the interpreter does not evaluate."""


class EvaluationError(OperationError):
    """An operation was given values that its definition leaves undefined or forbids."""
