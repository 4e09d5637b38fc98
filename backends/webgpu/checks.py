"""Checks of JSON that is not trusted: each takes a value and where it stands, and raises a GraphFileError in words.

The polyfill's `checks.ts` is the same, message for message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from webnpu.errors import GraphFileError

Check = Callable[[Any, str], None]
"""Raises an error where a value, which stands at a place of that name, is not as it should be."""

_SHOWN = 60
"""So many characters of a text are repeated in a message."""
_EXACT = 2**53
"""Whole numbers below are exact in JavaScript too."""
_HALF = re.compile("[\ud800-\udfff]")
MISSING: Any = object()
"""What stands where a member is missing."""


def fail(at: str, expected: str, got: str) -> NoReturn:
    """Raise an error that says what was expected at a place, and what came."""
    raise GraphFileError(f"the file is damaged: {at}: expected {expected}; got {got}")


def quoted(text: str) -> str:
    """A text as messages repeat it: cut where it is long, and legible whatever it holds."""
    cut = text[:_SHOWN]
    legible = "".join(f"\\u{{{ord(c):x}}}" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in cut)
    return f'"{legible}"' if cut == text else f'"{legible}..."'


def shown(value: Any) -> str:
    """A value of JSON as messages repeat it."""
    if value is MISSING:
        return "nothing"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) < _EXACT:
        return str(value)
    if isinstance(value, int | float):
        return "another number"
    if isinstance(value, str):
        return quoted(value)
    return f"a list of {len(value)}" if isinstance(value, list) else "an object"


def natural(most: int, least: int = 0, step: int = 1) -> Check:
    """A whole number of a range, and a multiple of another."""
    expected = f"a whole number from {least} to {most}" + (f", a multiple of {step}" if step > 1 else "")

    def check(value: Any, at: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most or value % step != 0:
            fail(at, expected, shown(value))

    return check


def one_of(values: Sequence[str] | Sequence[bool], expected: str) -> Check:
    """One of some texts, or of the two truth values."""
    allowed = frozenset(values)

    def check(value: Any, at: str) -> None:
        if not isinstance(value, str | bool) or value not in allowed:
            fail(at, expected, shown(value))

    return check


def text(value: Any, at: str) -> None:
    """A text that can be written: none with half a character."""
    if not isinstance(value, str) or _HALF.search(value) is not None:
        fail(at, "a text", shown(value))


def list_of(item: Check, most: int, least: int = 0) -> Check:
    """A list of things of one kind."""
    expected = f"a list of {least}" if most == least else f"a list of at most {most}" if least == 0 else f"a list of {least} to {most}"

    def check(value: Any, at: str) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            fail(at, expected, shown(value))
        for number, entry in enumerate(value):
            item(entry, f"{at}[{number}]")

    return check


def record_of(item: Check, most: int, is_name: Callable[[str], bool]) -> Check:
    """An object of members of one kind, by names of one kind."""

    def check(value: Any, at: str) -> None:
        if not isinstance(value, dict) or len(value) > most:
            fail(at, f"an object of at most {most} members", shown(value))
        for name, entry in value.items():
            if not is_name(name):
                fail(at, "names that kernels have", quoted(name))
            item(entry, f"{at}.{name}")

    return check


def shaped_as(members: Mapping[str, Check]) -> Check:
    """An object of just these members."""

    def check(value: Any, at: str) -> None:
        if not isinstance(value, dict):
            fail(at, "an object", shown(value))
        for name, member in members.items():
            member(value.get(name, MISSING), f"{at}.{name}")
        for name in value:
            if name not in members:
                fail(at, f"no member {quoted(name)}", "one")

    return check
