"""Names and messages as they may stand on a screen.

What a file says is not to be trusted there: characters that move the cursor, change colours or turn the direction of the text
are spelled out, and what is very long is shortened.
"""

from __future__ import annotations

import re
from typing import Any

LONGEST_WORD, LONGEST_LINE, LONGEST_TEXT = 200, 4000, 20_000
"""The most characters of a word, of a line and of a whole message that are shown."""

_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_END = 20


def visible(text: str) -> str:
    r"""A text with every character that does not show, but for spaces and ends of lines, spelled out as in Python: ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def shortened(text: str, longest: int) -> str:
    """A text of at most about so many characters: its beginning, how many are left out, and its end."""
    if len(text) <= longest:
        return text
    head = longest - _END - 30
    return f"{text[:head]}…({len(text) - head - _END:,} more)…{text[-_END:]}"


def plain(text: str) -> str:
    """A message as it may stand on a screen, whatever the names in it are."""
    if len(text) <= LONGEST_WORD and text.isprintable():
        return text
    shown = visible(shortened(text, LONGEST_TEXT))  # first cut, so that vast ones take no time
    words = _LONG_WORD.sub(lambda word: shortened(word.group(), LONGEST_WORD), shown)
    return "\n".join(shortened(line, LONGEST_LINE) for line in words.split("\n"))


def spelt(name: Any) -> str:
    """A name in a message: as it is where it is plain, else as Python writes it; shortened where it is very long."""
    return shortened(name if isinstance(name, str) and name and name.isprintable() else repr(name), LONGEST_WORD)
