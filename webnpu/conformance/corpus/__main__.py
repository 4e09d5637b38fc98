"""Write the corpus, or check that the one in the repository is what would be written.

``python -m webnpu.conformance.corpus [--check] [--out DIR]``
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from ..cases import save
from . import corpus
from .rejections import rejections

HERE = Path(__file__).parents[3] / "tests" / "conformance"


def write(directory: Path) -> tuple[int, int]:
    """Write all files; the number of cases and of rejections."""
    counts = []
    for folder, files in (("cases", corpus()), ("validation", rejections())):
        (directory / folder).mkdir(parents=True, exist_ok=True)
        for operator, cases in files.items():
            save(directory / folder / f"{operator}.json", operator, cases)
        counts.append(sum(map(len, files.values())))
    return counts[0], counts[1]


def difference(written: Path, wanted: Path) -> str | None:
    """The first difference between two directories, in words, or None."""
    for folder in ("cases", "validation"):
        have, want = ({path.name for path in (root / folder).glob("*.json")} for root in (written, wanted))
        if have != want:
            return f"{folder}: {', '.join(sorted(have ^ want))} is on one side alone"
        for name in sorted(have):
            lines, others = ((root / folder / name).read_text(encoding="utf-8").splitlines() for root in (written, wanted))
            if lines != others:
                pairs = enumerate(zip(lines, others, strict=False), start=1)
                at, line = next(((i, b) for i, (a, b) in pairs if a != b), (min(len(lines), len(others)) + 1, "its end"))
                return f"{folder}/{name} differs from line {at} on, which should be: {line[:120]}"
    return None


def main() -> int:
    """Write the corpus, or check it."""
    parser = argparse.ArgumentParser(prog="python -m webnpu.conformance.corpus", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with what is there, and write nothing")
    parser.add_argument("--out", type=Path, default=HERE, help="where to write the folders cases and validation")
    arguments = parser.parse_args()
    if not arguments.check:
        cases, rejected = write(arguments.out)
        size = sum(path.stat().st_size for path in arguments.out.glob("*/*.json"))
        print(f"{cases} cases and {rejected} rejections, {size / 1e6:.1f} MB, in {arguments.out}")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        write(Path(directory))
        found = difference(arguments.out, Path(directory))
    print(found or "the corpus is what the generator writes")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
