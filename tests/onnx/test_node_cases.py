"""ONNX's own node tests on the reference: none fails, and at least a floor of them passes.

``python -m webnpu.onnx.node_tests --backend NAME`` prints the table for any backend.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from webnpu.backend import load_backend
from webnpu.onnx.node_tests import Outcome, cases, run_case

SHARE = 0.7
"""The least share of each part of the tests that passes on the reference, without those that are folded away."""
PARTS = 8


@cache
def _cases() -> tuple[object, ...]:
    return tuple(cases())


def _outcomes(part: int) -> list[Outcome]:
    backend = load_backend("reference")
    return [run_case(case, backend) for case in _cases()[part::PARTS]]


@pytest.mark.filterwarnings("ignore")  # NumPy's remarks, in onnx's own evaluator and test data
@pytest.mark.parametrize("part", range(PARTS))
def test_node_cases(part: int) -> None:
    found = _outcomes(part)
    failed = [f"{outcome.name}: {outcome.reason}" for outcome in found if outcome.verdict == "failed"]
    assert not failed, "\n".join(failed)
    counts = Counter(outcome.verdict for outcome in found)
    assert counts["passed"] + counts["constant"] >= SHARE * len(found)
    assert all(outcome.reason for outcome in found if outcome.verdict == "refused")
