"""A sample of the corpus in a page; `webnpu conformance --backend browser:webgpu,browser:cpu` runs the whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from webnpu.backend import Backend
from webnpu.conformance import sizes as at_size
from webnpu.conformance.cases import Case, Judged, Rejection, case_files, load_file
from webnpu.conformance.verdicts import judge, judge_rejection
from webnpu.conformance.wpt_validation import ValidationTest, judge_calls

CORPUS = Path(__file__).parents[2] / "conformance"


def sample() -> list[Case]:
    """The first case of every operator with every type that it has."""
    chosen: dict[tuple[str, str], Case] = {}
    for path in case_files(CORPUS / "cases"):
        for case in load_file(path, Case):
            chosen.setdefault((case.operator, case.type), case)
    return list(chosen.values())


def failures(backend: Backend, cases: Sequence[Judged]) -> list[str]:
    results = [judge(backend, case) for case in cases]
    return [f"{result.verdict} {result.id}: {result.reason}" for result in results if result.counts_as_failure]


def test_sample_in_plain_typescript(plain: Backend) -> None:
    assert failures(plain, sample()) == []


def test_smaller_sample_on_webgpu(gpu: Backend) -> None:
    assert failures(gpu, [case for case in sample() if case.type in ("float32", "int64")][::3]) == []


AT_SIZE = ("window", "steps", "operands", "axis-20")
"""Of the sample of sizes, what small tensors cannot show."""


def test_sample_of_sizes_in_plain_typescript(plain: Backend) -> None:
    """Tensors of megabytes reach the page, and come back."""
    chosen = [case for case in at_size.sample() if case.past.intersection(AT_SIZE) or case.operator in ("add", "transpose", "gather")]
    assert {case.operator for case in chosen} >= {"conv2d", "convTranspose2d", "maxPool2d", "gru", "lstm", "concat", "reduceSum"}
    assert failures(plain, chosen) == []


def test_the_page_rejects_what_must_be_rejected(plain: Backend) -> None:
    builder = plain.foreign_builder()
    results = [judge_rejection(case, builder) for path in case_files(CORPUS / "validation") for case in load_file(path, Rejection)[::4]]
    assert len(results) > 100
    assert [f"{result.id}: {result.reason}" for result in results if result.verdict != "pass"] == []


def call(op: str, *args: object, **expected: object) -> dict[str, object]:
    return {"op": op, "args": list(args), **expected}


OPERAND = {"$operand": {"dataType": "float32", "shape": [2, 3]}}
FOREIGN = {**OPERAND, "fromAnotherBuilder": True}


@pytest.mark.parametrize(
    ("calls", "verdict"),
    [
        ([call("relu", OPERAND, expect=[{"dataType": "float32", "shape": [2, 3]}])], "pass"),
        ([call("relu", OPERAND, expect=[{"dataType": "float32", "shape": [3, 2]}])], "fail"),
        ([call("relu", FOREIGN, {"label": "here"}, throws="TypeError", messageContainsLabel=True)], "pass"),
        ([call("relu", OPERAND, throws="TypeError")], "fail"),
        ([call("relu", FOREIGN)], "fail"),
        ([call("clamp", OPERAND, {"minValue": {"$number": "NaN"}})], "pass"),
        ([call("input", "x", {"dataType": "float32", "shape": [1]}), call("neg", {"$ref": 0})], "pass"),
        ([call("constant", {"dataType": "int64", "shape": [2]}, {"$buffer": "BigInt64Array", "byteLength": 16})], "pass"),
        ([call("constant", {"dataType": "int64", "shape": [2]}, {"$buffer": "Int32Array", "byteLength": 16}, throws="TypeError")], "pass"),
    ],
)
def test_recorded_calls_are_replayed_in_the_page(plain: Backend, calls: list[dict[str, object]], verdict: str) -> None:
    result = judge_calls(ValidationTest("test", "relu", calls), (), plain.foreign_builder())
    assert result.verdict == verdict, result.reason
