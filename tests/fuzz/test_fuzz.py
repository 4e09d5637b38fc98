"""A sample of hostile input at every door, and what it found before. ``make fuzz`` goes on for ten minutes."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))  # for the modules beside the tests that are no tests
import harness
import mutations
from doors import DOORS
from harness import Outcomes, Worker, fuzz

SAMPLE = {
    "graphs": 300,
    "onnx": 100,
    "packages": 40,
    "plans": 300,
    "arrays": 300,
    "media": 150,
    "commands": 60,
    "builder": 200,
    "javascript": 300,
}
"""How many inputs of each door; those of the first run, in order, so that a failure can be made again."""
NEEDED = {"onnx": ("onnx",), "commands": ("onnx",), "media": ("soundfile", "soxr", "PIL"), "packages": ("google.protobuf",)}


def opens(door: str) -> None:
    """Skip a door that needs what is not installed."""
    if door == "javascript" and not (shutil.which("node") and (Path(__file__).parents[2] / "polyfill/dist/index.js").is_file()):
        pytest.skip("Node.js, or the built polyfill, is not here")
    for needed in NEEDED.get(door, ()):
        pytest.importorskip(needed, reason=f"{needed} is not installed")


def test_every_door_has_a_sample() -> None:
    assert SAMPLE.keys() == DOORS.keys()


@pytest.mark.parametrize("door", SAMPLE)
def test_hostile_input_gives_a_right_result_or_an_error_of_ours(door: str) -> None:
    """Within ten seconds and two gigabytes each, in a process of its own."""
    opens(door)
    outcomes = fuzz(door, count=SAMPLE[door])
    assert not outcomes.findings
    assert outcomes.total >= SAMPLE[door]


class _Falls:
    """A door behind which everything goes wrong in its own way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def attempt(self, number: int) -> str:
        raise KeyError(number)


def test_what_a_worker_finds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import worker

    from webnpu.errors import MLTypeError, WebNPUError

    def raising(error: BaseException) -> Any:
        door = _Falls(tmp_path)
        monkeypatch.setattr(door, "attempt", lambda number: (_ for _ in ()).throw(error), raising=False)
        return worker.attempt(door, 0)

    assert raising(MLTypeError("x: expected 1; got 2")) == "refused"
    assert raising(WebNPUError("")).startswith("finding a message that is empty")
    assert raising(KeyError("x")).startswith("finding KeyError")
    assert raising(RecursionError()).startswith("finding RecursionError")
    wrapped = MLTypeError("too large")
    wrapped.__cause__ = MemoryError()
    assert raising(wrapped).startswith("finding MemoryError")


def test_a_worker_that_dies_or_hangs_is_found_and_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        "import os, sys, time\n"
        "for number in range(int(sys.argv[2]), 10**6):\n"
        "    print('>', number, flush=True)\n"
        "    if number == 3: os.abort()\n"
        "    if number == 5: time.sleep(1000)\n"
        "    print('=', number, 'right', flush=True)\n"
    )
    monkeypatch.setattr(harness, "HERE", tmp_path)
    monkeypatch.setattr(harness, "HANG", 2.0)
    outcomes = fuzz("any", count=8, seconds=60)
    assert outcomes.findings == {3: "the process ended, with status -6", 5: "it takes longer than 2 s"}
    script.write_text("raise SystemExit(3)")
    worker = Worker("any", 0, 1)
    worker.process.wait()
    with pytest.raises(RuntimeError, match="does not open: its process ended with status 3"):
        list(worker.poll())


def test_an_input_is_made_of_its_number_alone(tmp_path: Path) -> None:
    door: Any = DOORS["graphs"](tmp_path)
    made = [[door.changed(Random(f"GraphFiles {n}"), door.seeds[0]) for n in range(20)] for _ in range(2)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 15
    assert Outcomes("graphs").total == 0


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(documents, st.binary(max_size=64), st.integers(0, 2**32))
def test_whatever_is_mutated_stays_what_it_was(document: Any, data: bytes, seed: int) -> None:
    """A mutation gives a copy that can be written; what it was made of is as before."""
    before = json.dumps(document)
    assert isinstance(mutations.json_bytes(mutations.changed_json(Random(seed), document)), bytes)
    assert json.dumps(document) == before
    assert isinstance(mutations.mutated(Random(seed), data, [data, b"other"]), bytes)
