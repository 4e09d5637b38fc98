"""``python -m webnpu.generate [--check]``: write every derived file, or say which are stale."""

from __future__ import annotations

import argparse
import sys
from difflib import unified_diff

from .products import OWNED, ROOT, current, products

_SHOWN = 12
"""How many lines of each difference are printed."""


def main() -> int:
    """Write or check the generated files.

    Returns:
        1 if ``--check`` found a file that is stale, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m webnpu.generate", description="Derive files from the operators' classes.")
    parser.add_argument("--check", action="store_true", help="write nothing; say what is stale, and exit with 1 if anything is")
    check = parser.parse_args().check
    wanted, present = products(), current()
    stale = {path: text for path, text in wanted.items() if present.get(path) != text}
    stray = sorted(present.keys() - wanted.keys())
    for path, text in stale.items():
        print(f"{'stale' if path in present else 'missing'}: {path}" if check else f"wrote {path}")
        if check:
            print(_difference(present.get(path, ""), text))
        else:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8", newline="\n")
    for path in stray:
        print(f"{'stray' if check else 'removed'}: {path}")
        if not check:
            (ROOT / path).unlink()
    print(f"{len(wanted)} generated files, {len(stale)} {'stale' if check else 'written'}, {len(stray)} stray in {', '.join(OWNED)}")
    if check and (stale or stray):
        print("run: python -m webnpu.generate")
        return 1
    return 0


def _difference(present: str, wanted: str) -> str:
    """The first lines that differ, indented."""
    lines = [
        line for line in unified_diff(present.splitlines(), wanted.splitlines(), lineterm="", n=0) if not line.startswith(("---", "+++"))
    ]
    more = [f"... {len(lines) - _SHOWN} more lines"] if len(lines) > _SHOWN else []
    return "\n".join(f"    {line[:160]}" for line in lines[:_SHOWN] + more)


if __name__ == "__main__":
    sys.exit(main())
