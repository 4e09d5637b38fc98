"""Verdicts, and a runner that nothing a backend does can end."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from webnpu.agreement import Bound
from webnpu.backend import load_backend
from webnpu.builder import MLGraphBuilder
from webnpu.conformance.cases import Case, Rejection, from_bytes, load_cases, load_rejections, save
from webnpu.conformance.disputes import Dispute
from webnpu.conformance.required import is_required
from webnpu.conformance.runner import run, run_backend
from webnpu.conformance.verdicts import judge, judge_rejection
from webnpu.types import DataType, OperandDescriptor

HERE = Path(__file__).parent


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The toy backends, importable here and in worker processes."""
    monkeypatch.syspath_prepend(str(HERE))
    import toy_backends

    yield toy_backends
    sys.modules.pop("toy_backends")


def make_case(operator: str = "neg", dtype: str = "float32", shape: tuple[int, ...] = (3,), **bound: float) -> Case:
    """A case of an operator with one operand, whose expected output the reference computes."""
    b = MLGraphBuilder()
    graph = b.finish({"y": getattr(b, operator)(b.input("x", {"dataType": dtype, "shape": shape}))})
    inputs = {"x": np.linspace(-1, 1, int(np.prod(shape))).astype(dtype).reshape(shape)}
    outputs = load_backend("reference").compile(graph).run(inputs)
    return Case.of(
        graph, inputs, outputs, {"y": Bound(**bound)}, id=f"{operator}/{dtype}/{len(shape)}", operator=operator, type=dtype, about="a toy"
    )


def test_right_numbers_pass(toys: ModuleType) -> None:
    found = judge(toys.Toy(), make_case(ulp=1))
    assert (found.verdict, found.ulp, found.bound, found.required) == ("pass", 0, 1, True)


def test_wrong_number_fails(toys: ModuleType) -> None:
    found = judge(toys.Wrong(), make_case())
    assert found.verdict == "fail"
    assert found.ulp == 1
    assert found.counts_as_failure
    assert "1 ULP, allowed 0 ULP" in found.reason


def test_wrong_number_within_the_bound_passes(toys: ModuleType) -> None:
    found = judge(toys.Wrong(), make_case(ulp=3))
    assert (found.verdict, found.ulp) == ("pass", 1)


def test_other_shape_fails(toys: ModuleType) -> None:
    found = judge(toys.Shapeless(), make_case())
    assert found.verdict == "fail"
    assert found.reason == "expected float32[3]; got float32[1, 3]"


def test_missing_output_is_an_error(toys: ModuleType) -> None:
    assert judge(toys.Silent(), make_case()).reason == "output 'y' is missing; got none"


def test_refusal_keeps_its_reason_and_counts_where_support_is_required(toys: ModuleType) -> None:
    inside = judge(toys.Refusing(), make_case("neg", "float32"))
    outside = judge(toys.Refusing(), make_case("neg", "int64"))
    assert inside.verdict == outside.verdict == "refused"
    assert inside.reason == "neg: it does not feel like it"
    assert inside.counts_as_failure
    assert not outside.counts_as_failure


def test_rank_above_the_required_is_not_required() -> None:
    assert is_required(make_case(shape=(1, 1, 1, 1, 2)).graph())
    assert not is_required(make_case(shape=(1, 1, 1, 1, 1, 2)).graph())


@pytest.mark.parametrize(("toy", "reason"), [("Raising", "ZeroDivisionError: compiling divides by zero"), ("LateRefusing", "NotImpl")])
def test_exception_is_an_error(toys: ModuleType, toy: str, reason: str) -> None:
    found = judge(getattr(toys, toy)(), make_case())
    assert found.verdict == "error"
    assert found.reason.startswith(reason)


def test_invalid_graph_is_an_error(toys: ModuleType) -> None:
    case = make_case()
    document = {**case.document, "operators": [{"operator": "neg", "input": "nowhere", "outputs": ["v0"]}]}
    found = judge(toys.Toy(), case.model_copy(update={"document": document}))
    assert found.verdict == "error"
    assert found.reason.startswith("the builder rejects the graph")


def test_workers_agree_with_this_process_and_keep_the_order(toys: ModuleType) -> None:
    cases = [make_case(name, dtype) for name in ("neg", "abs", "relu", "floor") for dtype in ("float32", "float16")]
    done = []
    assert run(toys.Wrong, cases, jobs=2, done=done.append) == [judge(toys.Wrong(), case) for case in cases]
    assert {result.id for result in done} == {case.id for case in cases}


def test_process_that_dies_costs_one_case(toys: ModuleType) -> None:
    cases = [make_case("neg"), make_case("relu"), make_case("abs")]
    found = run(toys.Dying, cases)
    assert [result.verdict for result in found] == ["pass", "error", "pass"]
    assert found[1].reason == "the process died with exit status 7: native runtime: assertion failed"


def test_process_that_hangs_is_ended(toys: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [make_case("neg"), make_case("relu"), make_case("abs")]
    found = run(toys.Hanging, cases, limit=1.0)
    assert [result.verdict for result in found] == ["pass", "error", "pass"]
    assert found[1].reason == "no result within 1 s"


def test_backend_that_cannot_be_made_is_an_error(toys: ModuleType) -> None:
    (found,) = run(toys.Broken, [make_case()])
    assert (found.verdict, found.reason) == ("error", "RuntimeError: no driver")


def test_run_of_nothing() -> None:
    assert run(load_backend, []) == []  # type: ignore[arg-type]


def test_cases_survive_a_file(tmp_path: Path) -> None:
    case = make_case("neg", "float16", ulp=2)
    save(tmp_path / "neg.json", "neg", [case])
    assert load_cases(tmp_path) == [case]
    assert from_bytes(case.inputs["x"], OperandDescriptor(DataType.FLOAT16, (3,))).tolist() == [-1, 0, 1]


def rejection(constraint: str, **members: object) -> Rejection:
    document = {
        "webnpu": 1,
        "inputs": {"x": {"dataType": "float32", "shape": [2, 3]}},
        "operators": [{"operator": "softmax", "input": "x", "axis": 2, "label": "mine", "outputs": ["y"], **members}],
        "outputs": {"y": "y"},
    }
    return Rejection(id=f"softmax/{constraint}", constraint=constraint, document=document)


def test_rejection_by_the_right_rule_passes() -> None:
    assert judge_rejection(rejection("C1")).verdict == "pass"


def test_rejection_by_another_rule_fails() -> None:
    found = judge_rejection(rejection("C2"))
    assert found.verdict == "fail"
    assert found.reason.startswith("expected C2 of softmax; got ")


def test_accepted_graph_fails() -> None:
    found = judge_rejection(rejection("C1", axis=1))
    assert (found.verdict, found.reason) == ("fail", "expected C1 of softmax; the builder accepts the graph")


def test_rejections_survive_a_file(tmp_path: Path) -> None:
    save(tmp_path / "softmax.json", "softmax", [rejection("C1")])
    assert load_rejections(tmp_path) == [rejection("C1")]


def test_who_watches_is_told_of_disputes_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case()
    wrong = case.model_copy(update={"inputs": {"x": bytes(12)}})
    monkeypatch.setattr("webnpu.conformance.runner.load_disputes", lambda: (Dispute(cases=case.id, reason="unsettled", reference="here"),))
    told: list[str] = []
    [found] = run_backend("reference", [wrong], done=lambda result: told.append(result.verdict))
    assert found.verdict == "disputed"
    assert found.reason.startswith("unsettled (here): got ")
    assert told == ["disputed"]
