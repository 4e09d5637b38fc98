"""Hooks of plans that are not trusted: an expression of numbers, parameters, constants and calls, and nothing else.

Such an expression can neither end the function that it stands in, nor write, nor loop but through functions of the library,
whose turns are known; so the worst that a false one does is to give another number, or not to compile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from .kernel import Head, called, library

LONGEST = 1024
"""Characters of a hook; the longest of ours has 540."""
MOST_CALLS = 16
"""Calls of the library in a hook, each of which may take a hundred operations; ours have five."""

_TOKEN = re.compile(
    r" *(?:(?P<number>0x[0-9a-f]+u|[0-9]+\.[0-9]+|[0-9]+u?)(?![0-9A-Za-z_.])"
    r"|(?P<type>bitcast<(?:[fiu]32|vec2<[fu]32>)>|vec[24]<[fu]32>)"
    r"|(?P<name>[A-Za-z_][0-9A-Za-z_]*)"
    r"|(?P<operator><=|>=|==|!=|&&|\|\||[-+*/%<>])"
    r"|(?P<sign>[!(),.]))"
)
_BUILT_IN = frozenset(("select", "f32", "i32", "u32"))
_PARAMETER = re.compile(r"([a-z_][0-9a-z_]*): ")
_FIELDS = frozenset(("factor", "power"))


def parameters(signature: str) -> list[str]:
    """The names of the parameters of a hook."""
    return _PARAMETER.findall(signature)


def words_of(head: Head, signature: str, constants: Sequence[str], readable: Sequence[str], views: Sequence[str]) -> frozenset[str]:
    """The words that a hook may use beside the functions of the library.

    Args:
        head: what the head of its kernel states.
        signature: the hook's own.
        constants: the step's constants.
        readable: the bindings that are read.
        views: the names of the views.
    """
    reads = [f"{name}_{kind}" for name in readable for kind in ("load", "word")]
    own = [*parameters(signature), *constants, *reads, *(f"{name}_at" for name in views)]
    return _BUILT_IN | frozenset((*own, *head.hooks))


def fault_of(expression: str, words: Set[str]) -> str:
    """What makes a text no expression of these words and of functions of the library, or ''."""
    if len(expression) > LONGEST:
        return "a longer one"
    if sum(name in library() for name in called(expression)) > MOST_CALLS:
        return "more calls"
    open_brackets: list[bool] = []  # whether each is that of a call
    before, place = "", 0  # what stood before: '' where an operand is due
    while place < len(expression):
        token = _TOKEN.match(expression, place)
        if token is None:
            return f"another character at {place}"
        kind, word = str(token.lastgroup), token[str(token.lastgroup)]
        is_due = before in ("", "call")
        if kind in ("number", "type", "name"):
            if before == ".":
                if word not in _FIELDS:
                    return word
                before = "operand"
            elif not is_due or (kind == "name" and word not in words and word not in library()):
                return word
            else:
                before = "operand" if kind == "number" else kind
        elif word == "!":
            if not is_due:
                return word
            before = ""
        elif word == "(":
            if not is_due and before not in ("type", "name"):
                return word
            open_brackets.append(not is_due)
            before = "" if is_due else "call"
        elif before == "call" and word == ")":
            open_brackets.pop()
            before = "operand"
        elif before not in ("operand", "name") or (word in "),." and word != "." and not open_brackets):
            return word
        elif word == ")":
            open_brackets.pop()
            before = "operand"
        elif word == ",":
            if not open_brackets[-1]:
                return word
            before = ""
        else:
            before = "." if word == "." else ""
        place = token.end()
    return "" if before in ("operand", "name") and not open_brackets else "its end"
