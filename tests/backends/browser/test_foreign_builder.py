"""How the builder of another implementation is judged, with one that is made up here; and the options of the command."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from webnpu.backend import ForeignBuilder, load_backend
from webnpu.cli.browser import configure
from webnpu.conformance.cases import Rejection, case_files, load_file
from webnpu.conformance.suite import Suite
from webnpu.conformance.wpt_validation import ValidationTest, judge_calls
from webnpu.errors import OperationError

CORPUS = Path(__file__).parents[2] / "conformance"


class Scripted(ForeignBuilder):
    """Answers what it is told to."""

    def __init__(self, fault: str = "", outcomes: Sequence[Mapping[str, Any]] = ()) -> None:
        self.told, self.outcomes = fault, outcomes
        self.seen: list[Any] = []

    def fault(self, rejection: Mapping[str, Any]) -> str:
        self.seen.append(rejection)
        return self.told

    def replay(self, calls: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        self.seen += calls
        return list(self.outcomes)


class Broken(Scripted):
    def fault(self, rejection: Mapping[str, Any]) -> str:
        raise OperationError("the page failed")

    def replay(self, calls: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        raise OperationError("the page failed")


def rejections() -> list[Rejection]:
    return load_file(case_files(CORPUS / "validation")[0], Rejection)


def test_rejections_go_to_the_foreign_builder() -> None:
    builder = Scripted()
    seen: list[str] = []
    results = Suite(rejections=rejections()).judge_builder(lambda result: seen.append(result.id), builder)
    assert [result.verdict for result in results] == ["pass"] * len(rejections())
    assert seen == [case.id for case in rejections()]
    assert builder.seen[0]["constraint"] == rejections()[0].constraint
    assert builder.seen[0]["document"] == rejections()[0].document


def test_a_fault_is_a_failure_and_an_exception_an_error() -> None:
    suite = Suite(rejections=rejections()[:1])
    [failed] = suite.judge_builder(builder=Scripted("it accepts the graph"))
    assert (failed.verdict, failed.reason) == ("fail", "it accepts the graph")
    [broken] = suite.judge_builder(builder=Broken())
    assert (broken.verdict, broken.reason) == ("error", "OperationError: the page failed")


OUTPUT = {"dataType": "float32", "shape": [2]}
THROWN = {"thrown": {"name": "TypeError", "message": "[here] is wrong"}}


@pytest.mark.parametrize(
    ("call", "outcome", "reason"),
    [
        ({"expect": [OUTPUT]}, {"outputs": [OUTPUT]}, ""),
        ({}, {"outputs": [OUTPUT]}, ""),
        ({"expect": []}, {"outputs": [OUTPUT]}, "expected []; got"),
        ({"throws": "TypeError"}, {"outputs": [OUTPUT]}, "must raise TypeError; it succeeds"),
        ({"throws": "TypeError"}, THROWN, ""),
        ({}, THROWN, "must succeed; got TypeError: [here] is wrong"),
        ({"throws": "TypeError"}, {"thrown": {"name": "RangeError", "message": ""}}, "must raise TypeError; got RangeError"),
        ({"throws": "TypeError", "messageContainsLabel": True, "args": [{"label": "here"}]}, THROWN, ""),
        ({"throws": "TypeError", "messageContainsLabel": True, "args": [{"label": "there"}]}, THROWN, "must contain [there]"),
    ],
)
def test_outcomes_of_calls_are_judged(call: dict[str, Any], outcome: dict[str, Any], reason: str) -> None:
    result = judge_calls(ValidationTest("t", "relu", [{"op": "relu", "args": [], **call}]), (), Scripted(outcomes=[outcome]))
    assert result.verdict == ("fail" if reason else "pass")
    assert reason in result.reason


def test_options_go_by_the_names_of_today() -> None:
    builder = Scripted(outcomes=[{"outputs": []}])
    operand = {"$operand": {"dataType": "float32", "shape": [1, 1, 4, 4]}}
    judge_calls(ValidationTest("t", "maxPool2d", [{"op": "maxPool2d", "args": [operand, {"roundingType": "ceil"}]}]), (), builder)
    assert builder.seen[0]["args"] == [operand, {"outputShapeRounding": "ceil"}]


def test_a_builder_that_breaks_fails_every_call() -> None:
    calls = [{"op": "relu", "args": []}] * 2
    assert "and 1 more" in judge_calls(ValidationTest("t", "relu", calls), (), Broken()).reason


def test_our_backends_have_no_builder_of_their_own() -> None:
    assert load_backend("reference").foreign_builder() is None


def test_the_command_passes_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("PATH", "FLAGS", "CONTEXT", "NATIVE")
    for name in names:
        monkeypatch.setenv(f"WEBNPU_BROWSER_{name}", "before")
    configure("/opt/browser", "--headless", None, True)
    assert [os.environ[f"WEBNPU_BROWSER_{name}"] for name in names] == ["/opt/browser", "--headless", "before", "1"]
