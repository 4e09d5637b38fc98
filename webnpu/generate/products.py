"""All generated files, and what is on disk in their place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from . import coverage, index, json_schema, pages, stubs, typescript, webidl

ROOT = Path(__file__).parents[2]
"""The root of the repository: generated files are for those who work on it, so the package is not installed elsewhere."""

OWNED = ("spec/operators", "spec/schema", "polyfill/src/generated")
"""The folders that hold nothing but generated files."""


@cache
def products() -> dict[str, str]:
    """The text of every generated file, by its path from the root of the repository."""
    if not (ROOT / "pyproject.toml").is_file():
        raise SystemExit("webnpu.generate runs from a checkout of the repository, with the package installed as editable")
    found: dict[str, str] = {}
    for maker in (stubs, json_schema, webidl, typescript, coverage, pages, index):
        found.update(maker.files())
    return found


def current() -> dict[str, str]:
    """What is on disk where generated files are, strays among them."""
    paths = {ROOT / path for path in products()}
    for folder in OWNED:
        paths.update(path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix(): _text(path) for path in paths if path.is_file()}


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")
