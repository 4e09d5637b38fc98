"""``python tests/fuzz``: hostile input at every door, for a time or for a number of inputs; exit status 1 where something is found."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from doors import DOORS
from harness import Outcomes, fuzz


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description=__doc__)
    parser.add_argument("--door", action="append", choices=DOORS, help="a door; all by default")
    parser.add_argument("--seconds", type=float, default=600, help="how long, all doors together (600)")
    parser.add_argument("--count", type=int, help="how many inputs at each door, in place of a time")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input, of which alone it is made (0)")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes (2)")
    parser.add_argument("--only", type=int, help="one input, in this process, with its traceback")
    parser.add_argument("--keep", type=Path, help="a folder for the files in which something is found")
    parser.add_argument("--json", type=Path, help="where to write what was found")
    given = parser.parse_args()
    doors = given.door or list(DOORS)
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    if given.only is not None:
        with tempfile.TemporaryDirectory() as folder:
            print(DOORS[doors[0]](Path(folder)).attempt(given.only))
        return 0
    all_outcomes = []
    for door in doors:
        seconds = None if given.count else given.seconds / len(doors)
        outcomes = fuzz(door, first=given.first, count=given.count, seconds=seconds, jobs=given.jobs, keep=given.keep, told=_progress)
        all_outcomes.append(outcomes)
        _progress(outcomes)
    if given.json:
        given.json.write_text(json.dumps([{**vars(o), "counts": dict(o.counts)} for o in all_outcomes], indent=1))
    return int(any(outcomes.findings for outcomes in all_outcomes))


def _progress(outcomes: Outcomes) -> None:
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(outcomes.counts.items()))
    print(f"{outcomes.door}: {outcomes.total} inputs in {outcomes.seconds:.0f} s: {counts}", flush=True)
    for number in list(outcomes.findings)[outcomes.told :]:
        print(f"  --door {outcomes.door} --only {number}: {outcomes.findings[number]}", flush=True)
    outcomes.told = len(outcomes.findings)


if __name__ == "__main__":
    sys.exit(main())
