"""What delegates of LiteRT make of a model: those of LiteRT.js and of phones lack some operators, and misread some forms."""

from __future__ import annotations

from pathlib import Path

import pytest
from tflite_graphs import part

from webnpu.backend import load_backend
from webnpu.conformance.cases import Case, case_files, load_file
from webnpu.types import FLOATS

CASES = Path(__file__).parents[2] / "conformance" / "cases"
LACKING = {"SIGN", "MIRROR_PAD"}
"""Operators of the runtime that delegates lack where others say the same."""


@pytest.mark.parametrize("operator", [path.stem for path in case_files(CASES)])
def test_operators_that_delegates_lack_are_said_otherwise(operator: str) -> None:
    backend = load_backend("tflite")
    for case in load_file(CASES / f"{operator}.json", Case):
        if case.type not in (*FLOATS, "int32", "uint8"):
            continue
        for step in backend.lower(case.graph()).steps:  # type: ignore[attr-defined]
            assert step.kind not in LACKING, case.id
            if step.kind == "TILE":
                assert set(step.inputs[1].data) == {1}, f"{case.id}: more than a copy"
            if step.kind == "TRANSPOSE_CONV":
                assert None not in step.inputs, f"{case.id}: delegates take an absent bias for a missing one"
            if step.kind == "CAST" and step.outputs[0].type == "bool":
                assert any(s.kind == "MINIMUM" for s in backend.lower(case.graph()).steps), f"{case.id}: some keep numbers above 1"  # type: ignore[attr-defined]


def test_repeated_elements_are_joined_or_gathered() -> None:
    """Few are cut out and joined; many would be too many steps."""
    kinds = {}
    for count in (1, 40):
        b = part("emitter").MLGraphBuilder()
        x = b.input("x", {"dataType": "float32", "shape": [2, 50]})
        graph = b.finish({"y": b.pad(x, [0, count], [0, count], mode="reflection")})
        kinds[count] = [step.kind for step in load_backend("tflite").lower(graph).steps]  # type: ignore[attr-defined]
    assert kinds[1] == ["SLICE", "SLICE", "CONCATENATION"]
    assert "GATHER" in kinds[40]
    assert len(kinds[40]) <= 3
