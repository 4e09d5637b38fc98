"""Kernels: plain WGSL files whose head states, as data, what the host puts before them.

::

    //! Reduction of rows to one element each; a workgroup a row.
    //! const ROWS SIZE
    //! alias SUM
    //! in x
    //! out y elements
    //! view row item
    //! hook combine(a: SUM, b: SUM) -> SUM
    //! workgroups ROWS

``const`` names unsigned constants, or arrays of them; ``alias`` names types; ``in`` names a buffer that is read,
``out`` one that is written, in whole ``cells`` or single ``elements``, ``state`` one of float32 that is both, through
``state_load(w)`` and ``state_store(w, value)``, and ``atomic`` one of words, which ``raise(w, value)`` makes greater;
``view x`` asks for ``x_at(i)``; ``chain V`` for ``finish(i, v)``, which does the fused operations; ``unchecked`` states
that, whatever the data, every index is inside its array and every loop ends, so that a host may leave out the checks of
a compiler that does not see it; ``workgroups`` is an expression of the constants.

``turns`` and ``work`` state what one invocation costs, of a kernel that writes cells what one element does: the most turns
of all its loops together, inner ones for each turn of the outer, and its operations, of which a multiplication with an
addition is one. They are expressions of the constants and of hooks, chain (``finish``) and functions of the library, whose
names stand for the turns that they take. A function of the library that has a loop states them in a line before it.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

_HERE = Path(__file__).parent

Access = Literal["in", "cells", "elements", "state", "atomic"]


@dataclass
class Head:
    """What the head of a kernel's file states."""

    about: str = ""
    constants: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    bindings: dict[str, Access] = field(default_factory=dict)
    views: list[str] = field(default_factory=list)
    hooks: dict[str, str] = field(default_factory=dict)
    chain: bool = False
    unchecked: bool = False
    workgroups: str = "1"
    turns: str = "0"
    work: str = "1"


@dataclass(frozen=True)
class Kernel:
    """A kernel's head, and its text."""

    name: str
    head: Head
    text: str


def names() -> list[str]:
    """The names of all kernels."""
    return sorted(path.stem for path in (_HERE / "kernels").glob("*.wgsl"))


@cache
def kernel(name: str) -> Kernel:
    """A kernel by its name."""
    text = (_HERE / "kernels" / f"{name}.wgsl").read_text()
    return Kernel(name, parse_head(name, text), text)


def parse_head(name: str, text: str) -> Head:
    """The head of a kernel's text."""
    head = Head()
    lines = [line[3:].strip() for line in text.splitlines() if line.startswith("//!")]
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "const":
            head.constants += rest.split()
        elif word == "alias":
            head.aliases += rest.split()
        elif word == "view":
            head.views += rest.split()
        elif word in ("in", "state", "atomic"):
            head.bindings.update((binding, word) for binding in rest.split())  # type: ignore[misc]
        elif word == "out":
            binding, access = rest.split()
            if access not in ("cells", "elements"):
                raise ValueError(f"kernel {name}: output {binding} is written in cells or elements, not {access}")
            head.bindings[binding] = access  # type: ignore[assignment]
        elif word == "hook":
            head.hooks[rest.partition("(")[0]] = rest
        elif word == "chain":
            head.chain = True
        elif word == "unchecked":
            head.unchecked = True
        elif word in ("workgroups", "turns", "work"):
            setattr(head, word, rest)
        else:
            head.about += (" " if head.about else "") + line
    return head


_OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.floordiv}


@cache
def names_in(expression: str) -> list[str]:
    """The names in a head's arithmetic."""
    return sorted(set(_WORD.findall(expression)))


@cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def count(expression: str, constants: Mapping[str, int | tuple[int, ...]]) -> int:
    """Evaluate a head's arithmetic: whole numbers, names of constants, ``+ - * /`` (rounded down) and brackets."""

    def evaluate(node: ast.expr) -> int:
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
            left, right = evaluate(node.left), evaluate(node.right)
            if isinstance(node.op, ast.Div) and right == 0:
                raise ValueError(f"division by zero: {expression}")
            return int(_OPERATIONS[type(node.op)](left, right))
        if isinstance(node, ast.Name):
            value = constants.get(node.id)
            if isinstance(value, int):
                return value
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return node.value
        raise ValueError(f"not arithmetic: {expression}")

    return evaluate(_parsed(expression))


_STRAIGHT = "straight"
_DECLARATION = re.compile(r"^(?:fn|struct) (\w+)", re.MULTILINE)
_STATED = re.compile(r"^//! turns (.+)\nfn (\w+)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_CALL = re.compile(r"\b([A-Za-z_]\w*)\(")


@cache
def library(straight: bool = False) -> dict[str, str]:
    """Every function and structure of the library by name, its text.

    Args:
        straight: whether those of the file ``straight``, which do without branches, replace others of their names.
    """
    found: dict[str, str] = {}
    for path in sorted((_HERE / "library").glob("*.wgsl")):
        if path.stem == _STRAIGHT:
            continue
        for name, text in _declared(path).items():
            if name in found:
                raise ValueError(f"{path.name}: {name} stands twice in the library")
            found[name] = text
    return found | _declared(_HERE / "library" / f"{_STRAIGHT}.wgsl") if straight else found


def _declared(path: Path) -> dict[str, str]:
    """The functions and structures of a file."""
    found = {}
    text = path.read_text()
    for match in _DECLARATION.finditer(text):
        line = text[match.start() : text.index("\n", match.start())]
        end = text.index("\n", match.start()) if line.endswith("}") else text.index("\n}", match.start()) + 2
        found[match.group(1)] = text[match.start() : end]
    return found


@cache
def _calls(name: str, straight: bool) -> frozenset[str]:
    """The functions and structures of the library that one of them needs."""
    known = library(straight)
    return frozenset(set(_WORD.findall(known[name])) & known.keys() - {name})


@cache
def stated_turns(straight: bool) -> dict[str, str]:
    """The functions of the library that have loops, by name, and the turns that they state."""
    found: dict[str, str] = {}
    for path in sorted((_HERE / "library").glob("*.wgsl")):
        if path.stem != _STRAIGHT:
            found.update((name, turns) for turns, name in _STATED.findall(path.read_text()))
    if straight:
        text = (_HERE / "library" / f"{_STRAIGHT}.wgsl").read_text()
        replaced = _declared(_HERE / "library" / f"{_STRAIGHT}.wgsl").keys()
        found = {name: turns for name, turns in found.items() if name not in replaced}
        found.update((name, turns) for turns, name in _STATED.findall(text))
    return found


@cache
def called(text: str) -> tuple[str, ...]:
    """The functions that a text calls, each as often as it stands there."""
    return tuple(_CALL.findall(text))


@cache
def looping(straight: bool) -> dict[str, tuple[str, ...]]:
    """The functions of the library that may take turns, each with what it calls: those with loops, hooks, or calls of such."""
    hooks = {hook for name in names() for hook in kernel(name).head.hooks} | {"finish"}
    calls = {name: called(text.partition("{")[2]) for name, text in library(straight).items()}
    found: dict[str, tuple[str, ...]] = dict.fromkeys(stated_turns(straight), ())
    while more := {name: its for name, its in calls.items() if name not in found and any(c in hooks or c in found for c in its)}:
        found |= more
    return found


def linked(text: str, straight: bool = False) -> str:
    """The part of the library that a text needs, in the library's order."""
    known = library(straight)
    needed: set[str] = set()
    left = set(_WORD.findall(text)) & known.keys()
    while left:
        name = left.pop()
        needed.add(name)
        left |= _calls(name, straight) - needed
    return "\n".join(body for name, body in known.items() if name in needed)
