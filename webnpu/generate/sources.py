"""Where in the repository things are defined, and their source as a page shows it."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from ..operator import Operator
from ..reference import CHAPTERS, evaluates

_PACKAGE = Path(__file__).parents[1]


def of_class(operator: type[Operator]) -> str:
    """The path and line of an operator's class, from the root of the repository."""
    _, line = inspect.getsourcelines(operator)
    return f"webnpu/operators/{operator.family}.py#L{line}"


def of_check(check: Callable[..., Any]) -> str:
    """The path and line of a constraint's check."""
    _, line = inspect.getsourcelines(check)
    return f"{_path(sys.modules[check.__module__].__file__)}#L{line + 1}"  # the line after the decorator


def of_evaluator(operator: type[Operator]) -> str:
    """The path and line of what evaluates an operator in the reference: its function, or its row in a table."""
    module = next(chapter for chapter in CHAPTERS if chapter.__name__.endswith(f".{operator.family}"))
    path = _path(module.__file__)
    row = re.compile(rf"    {operator.__name__}: ")
    for number, line in enumerate((_PACKAGE.parent / path).read_text(encoding="utf-8").splitlines(), 1):
        if row.match(line):
            return f"{path}#L{number}"
    _, line_number = inspect.getsourcelines(evaluates.table[operator].function)
    return f"{path}#L{line_number}"


def _path(file: str | None) -> str:
    return Path(file or "").resolve().relative_to(_PACKAGE.parent).as_posix()


def with_helpers(operator: type[Operator], method: str) -> str:
    """The source of a method, and of what it calls in its own class and module, in order of use."""
    found: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = [(method, getattr(operator, method))]
    while waiting:
        name, function = waiting.pop(0)
        if name in found:
            continue
        found[name] = _source(function)
        waiting += _called(operator, function, found[name])
    return "\n\n".join(found.values())


@cache
def _source(function: Any) -> str:
    return dedent(inspect.getsource(_function(function))).rstrip()


def _called(operator: type[Operator], function: Any, source: str) -> Iterator[tuple[str, Any]]:
    """The methods, properties and functions that a source names, as far as they are the operator's own."""
    module = sys.modules[_function(function).__module__]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            member = inspect.getattr_static(operator, node.attr, None)
            if (inspect.isfunction(member) or isinstance(member, property)) and _is_own(member):
                yield node.attr, member
        elif isinstance(node, ast.Name):
            value = getattr(module, node.id, None)
            if inspect.isfunction(value) and _is_own(value):
                yield node.id, value


def _is_own(member: Any) -> bool:
    return bool(_function(member).__module__.startswith("webnpu.operators."))


def _function(member: Any) -> Any:
    return member.fget if isinstance(member, property) else member
