"""ONNX's own node tests on every backend: none fails, and at least a floor of them passes.

``python -m webnpu.onnx.node_tests --backend NAME`` prints the table for a backend. Where compiling takes long, a run without
options takes a sample; ``WEBNPU_HYPOTHESIS=full`` takes all.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache

import pytest

from webnpu.backend import backend_names, load_backend
from webnpu.onnx.node_tests import cases, run_case

SHARE = 0.82
"""The least share of each part of the tests that passes, without those that are folded away."""
EVERY = {} if os.environ.get("WEBNPU_HYPOTHESIS") == "full" else {"webgpu": 4, "browser": 64}
"""One test of so many is run."""
PARTS = [(name, part, max(8 // EVERY.get(name, 1), 1)) for name in backend_names() for part in range(max(8 // EVERY.get(name, 1), 1))]
"""A backend, and which part of how many: parts of some size, that run side by side."""


@cache
def _cases() -> tuple[object, ...]:
    return tuple(cases())


@pytest.mark.filterwarnings("ignore")  # NumPy's remarks, in onnx's own evaluator and test data
@pytest.mark.parametrize(("name", "part", "parts"), PARTS)
def test_node_cases(name: str, part: int, parts: int) -> None:
    backend = load_backend(name)
    availability = backend.available()
    if not availability.ok:
        pytest.skip(f"backend {name} cannot run here: {availability.reason}")
    found = [run_case(case, backend) for case in _cases()[part :: parts * EVERY.get(name, 1)]]
    failed = [f"{outcome.name}: {outcome.reason}" for outcome in found if outcome.verdict == "failed"]
    assert not failed, "\n".join(failed)
    counts = Counter(outcome.verdict for outcome in found)
    assert counts["passed"] + counts["constant"] >= SHARE * len(found)
    assert all(outcome.reason for outcome in found if outcome.verdict == "refused")
