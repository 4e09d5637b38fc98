"""Expected failures are strict, and disputes are rules that cover what they say and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from webnpu.conformance.cases import CaseFileError
from webnpu.conformance.disputes import CONDITIONS, Dispute, Use, load_disputes
from webnpu.conformance.expectations import Expectation, expectation_of, faults, load_expectations
from webnpu.conformance.verdicts import Result


def result(id: str, verdict: str, *, required: bool = True) -> Result:
    return Result(id=id, operator=id.partition("/")[0], type="float32", verdict=verdict, required=required)


def expectation(cases: str, verdict: str = "fail") -> Expectation:
    return Expectation(cases=cases, verdict=verdict, kind="upstream", reason="the runtime rounds twice")


def test_expected_failure_is_found() -> None:
    entry = expectation("conv2d/*")
    assert expectation_of(result("conv2d/a", "fail"), [entry]) is entry
    assert faults([result("conv2d/a", "fail"), result("add/a", "pass")], [entry]) == []


def test_other_verdict_is_not_expected() -> None:
    assert expectation_of(result("conv2d/a", "error"), [expectation("conv2d/*")]) is None


def test_entry_that_matches_nothing_is_a_fault() -> None:
    assert faults([result("add/a", "fail")], [expectation("conv2d/*")]) == ["expected failure 'conv2d/*' matches no case"]


def test_entry_whose_case_passes_is_a_fault() -> None:
    results = [result("conv2d/a", "fail"), result("conv2d/b", "pass")]
    assert faults(results, [expectation("conv2d/*")]) == ["expected failure 'conv2d/*': expected fail of conv2d/b; got pass"]


def test_refusal_that_does_not_count_needs_no_entry() -> None:
    results = [result("conv2d/a", "refused", required=False)]
    assert expectation_of(results[0], [expectation("conv2d/*", "refused")]) is None
    assert faults(results, [expectation("conv2d/*", "refused")])


def test_file_of_expectations(tmp_path: Path) -> None:
    path = tmp_path / "tflite.toml"
    assert load_expectations(path) == ()
    path.write_text('[[expected]]\ncases = "add/*"\nverdict = "fail"\nkind = "todo"\nreason = "soon"\n')
    assert [str(entry) for entry in load_expectations(path)] == ["todo: soon"]


@pytest.mark.parametrize("text", ["expected = 1", '[[expected]]\ncases = "a"', "nonsense", '[[expected]]\nkind = "maybe"'])
def test_invalid_file_of_expectations(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tflite.toml"
    path.write_text(text)
    with pytest.raises(CaseFileError, match=r"tflite\.toml"):
        load_expectations(path)


def tensor(data_type: str, *shape: int) -> dict[str, Any]:
    return {"$operand": {"dataType": data_type, "shape": list(shape)}}


COVERED = [
    ("wpt/clamp/fractional", Use("clamp", {"minValue": 3.9}, "int64")),
    ("wpt/_subgraph/batchNormalization options.axis=0 + gelu", None),
    ("wpt-validation/clamp/x", Use("clamp", {"minValue": float("-inf")}, "float32")),
    ("wpt-validation/softmax/x", Use("softmax", {"label": "x"}, "float32")),
    ("wpt-validation/quantizeLinear/x", Use("quantizeLinear", {"input": tensor("float32", 3), "scale": tensor("float32")}, "float32")),
    ("wpt-validation/constant/x", Use("constant", {"1": {"$buffer": "Uint16Array", "byteLength": 12}}, "float16")),
]
NOT_COVERED = [
    ("clamp/fractional", Use("clamp", {"minValue": 3.9}, "int64")),  # our own corpus has no disputes
    ("wpt/clamp/fractional", Use("clamp", {"minValue": 3.0}, "int64")),
    ("wpt/clamp/fractional", Use("clamp", {"minValue": 3.9}, "float32")),
    ("wpt/clamp/fractional", Use("clamp", {"minValue": 2**80}, "int64")),
    ("wpt/_subgraph/batchNormalization + relu", None),
    ("wpt-validation/clamp/x", Use("clamp", {"minValue": 3, "maxValue": 1}, "float32")),
    ("wpt-validation/softmax/x", Use("softmax", {"axis": 9}, "float32")),
    ("wpt-validation/quantizeLinear/x", Use("quantizeLinear", {"input": tensor("float32", 3), "scale": tensor("float32", 2)}, "float32")),
    ("wpt-validation/constant/x", Use("constant", {"1": {"$buffer": "Float32Array", "byteLength": 12}}, "float16")),
    ("wpt-validation/constant/x", Use("constant", {"1": {"$buffer": "Uint16Array", "byteLength": 12}}, "uint32")),
]


@pytest.mark.parametrize(("id", "use"), COVERED, ids=str)
def test_rule_covers(id: str, use: Use | None) -> None:
    assert sum(dispute.applies(id, [use] if use else []) for dispute in load_disputes()) == 1


@pytest.mark.parametrize(("id", "use"), NOT_COVERED, ids=str)
def test_rule_does_not_cover(id: str, use: Use | None) -> None:
    assert not any(dispute.applies(id, [use] if use else []) for dispute in load_disputes())


def test_every_rule_and_every_condition_is_used() -> None:
    for dispute in load_disputes():
        assert any(dispute.applies(id, [use] if use else []) for id, use in COVERED), dispute.cases
    assert {dispute.condition for dispute in load_disputes()} - {""} == CONDITIONS.keys()


def test_unknown_condition() -> None:
    with pytest.raises(ValidationError, match="must be one of"):
        Dispute(cases="*", condition="bad luck", reason="x", reference="y")
