"""Memory does not grow with what was made and given back or forgotten: a sample of ``make soak``."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import soak

pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is measured as Linux tells it")

IN_PROCESS = ("dispatches", "calls", "builds", "tensors", "writes")
SAMPLES = dict.fromkeys(("reference", "tflite", "webgpu", "coreml"), (0.06, IN_PROCESS))
SAMPLES |= dict.fromkeys(("browser:cpu", "browser:webgpu"), (0.1, ("builds", "tensors")))
"""How much of each backend is repeated: in a browser more, whose collector lets garbage lie for long."""


@pytest.mark.parametrize("name", SAMPLES)
def test_memory_does_not_grow(name: str) -> None:
    if not soak.can_run(name):
        pytest.skip(f"{name} cannot run here")
    share, uses = SAMPLES[name]
    found = soak.measured(name, share, *uses)
    assert [row["use"] for row in found] == list(uses)
    for row in found:
        kept = (row["count"] - row["count"] // 3) * 4 * 2**20
        bound = 2**25 if row["use"] in ("dispatches", "calls") else 0.6 * kept
        assert row["growth"] < bound, row


def test_memory_that_is_kept_is_seen() -> None:
    kept = []
    before = soak.resident()
    kept.append(b"1" * 2**27)  # so much that no memory that was freed before is used again
    assert 2**27 * 0.9 < soak.resident() - before < 2**27 * 1.5
