"""The adapter for web-platform-tests data: on small data of our own, and on theirs where it is at hand."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu.backend import load_backend
from webnpu.conformance.cases import CaseFileError
from webnpu.conformance.disputes import dispute_of_case, disputed, load_disputes
from webnpu.conformance.suite import load_suite
from webnpu.conformance.verdicts import judge
from webnpu.conformance.wpt import read_cases
from webnpu.conformance.wpt_validation import ValidationTest, judge_calls, read_tests

DATA = Path(__file__).parents[3] / "shared" / "wpt"
AT_HAND = pytest.mark.skipif(not DATA.is_dir(), reason="web-platform-tests data are not beside the checkout (../shared/wpt)")
NAMES = sorted(path.stem for path in DATA.glob("cases/*.json")) or ["none"]


def tensor(values: Any, dtype: str = "float32", **more: Any) -> dict[str, Any]:
    array = np.array(values, dtype)
    return {"shape": list(array.shape), "dataType": dtype, "bytes": base64.b64encode(array.tobytes()).decode(), **more}


def entry(operator: str, arguments: list[Any], inputs: dict[str, Any], output: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": f"{operator} test",
        "file": "x.js",
        "tolerance": {"metric": "ULP", "value": 0},
        "graph": {
            "inputs": inputs,
            "operators": [{"name": operator, "arguments": arguments, "outputs": "out"}],
            "expectedOutputs": {"out": output},
        },
        **more,
    }


def verdict(*entries: dict[str, Any]) -> list[str]:
    cases = read_cases(Path("some.json"), {"op": "some", "cases": list(entries)})
    return [disputed(judge(load_backend("reference"), case), case, load_disputes()).verdict for case in cases]


def test_arguments_go_by_position() -> None:
    inputs = {"p": tensor([1, 2]), "q": tensor([10, 20], constant=True)}
    assert verdict(entry("sub", [{"inputA": "q"}, {"inputB": "p"}], inputs, tensor([9, 18]))) == ["pass"]


def test_list_of_operands() -> None:
    inputs = {"p": tensor([1.5]), "q": tensor([2.5])}
    assert verdict(entry("concat", [{"inputs": ["p", "q"]}, {"axis": 0}], inputs, tensor([1.5, 2.5]))) == ["pass"]


def test_numbers_that_json_cannot_hold() -> None:
    options = {"options": {"minValue": {"$bigint": "9223372036854775807"}}}
    big = 2**63 - 1
    assert verdict(entry("clamp", [{"input": "p"}, options], {"p": tensor([1, 2], "int64")}, tensor([big, big], "int64"))) == ["pass"]
    options = {"options": {"maxValue": {"$number": "-Infinity"}}}
    assert verdict(entry("clamp", [{"input": "p"}, options], {"p": tensor([1.0])}, tensor([-np.inf]))) == ["pass"]


def test_fill_stands_for_all_elements() -> None:
    p = {"shape": [2, 2], "dataType": "float32", "fill": "-Infinity"}
    expected = {"shape": [2, 2], "dataType": "float32", "fill": "Infinity"}
    assert verdict(entry("neg", [{"input": "p"}], {"p": p}, expected)) == ["pass"]


def test_exact_case_checks_the_sign_of_zero() -> None:
    case = entry("identity", [{"input": "p"}], {"p": tensor([0.0])}, tensor([-0.0]))
    assert verdict(case, {**case, "name": "exact", "exact": True}) == ["pass", "fail"]


def test_absolute_tolerance() -> None:
    case = entry("identity", [{"input": "p"}], {"p": tensor([1.0])}, tensor([1.01]))
    near, far = ({"metric": "ATOL", "value": value} for value in (0.02, 0.005))
    assert verdict({**case, "tolerance": near}, {**case, "tolerance": far}) == ["pass", "fail"]


def test_case_that_the_builder_rejects_is_an_error() -> None:
    p = {"p": tensor([1.0])}
    unknown = entry("teleport", [{"input": "p"}], p, tensor([1.0]))
    too_many = entry("relu", [{"input": "p"}, {"speed": 3}], p, tensor([1.0]))
    assert verdict(unknown, {**too_many, "name": "too many"}) == ["error", "error"]
    assert replay({"op": "relu", "args": [operand(2), 3, 4]})[0] == "fail"
    assert replay({"op": "teleport", "args": [operand(2)]})[0] == "fail"


def test_damaged_case_is_named() -> None:
    with pytest.raises(CaseFileError, match=r"some\.json: case 0: KeyError"):
        read_cases(Path("some.json"), {"op": "some", "cases": [{"name": "x"}]})


def replay(*calls: dict[str, Any]) -> tuple[str, str]:
    found = judge_calls(ValidationTest("wpt-validation/some/test", "some", calls), load_disputes())
    return found.verdict, found.reason


def operand(*shape: int, dtype: str = "float32", **more: Any) -> dict[str, Any]:
    return {"$operand": {"dataType": dtype, "shape": list(shape)}, **more}


def test_call_that_must_succeed() -> None:
    assert replay({"op": "relu", "args": [operand(2)], "expect": [{"dataType": "float32", "shape": [2]}]}) == ("pass", "")
    assert replay({"op": "relu", "args": [operand(2)], "expect": [{"dataType": "float32", "shape": [3]}]})[0] == "fail"
    assert replay({"op": "relu", "args": [operand(2, dtype="uint8")]})[0] == "fail"


def test_call_that_must_be_rejected() -> None:
    call = {"op": "softmax", "args": [operand(2, 2), 2, {"label": "mine"}], "throws": "TypeError", "messageContainsLabel": True}
    assert replay(call) == ("pass", "")
    assert replay({**call, "args": [operand(2, 2), 1, {"label": "mine"}]}) == ("fail", "call 0, softmax: must raise TypeError; it succeeds")


def test_operand_of_another_builder() -> None:
    assert replay({"op": "relu", "args": [operand(2, fromAnotherBuilder=True)], "throws": "TypeError"}) == ("pass", "")


def test_output_of_an_earlier_call_and_build() -> None:
    calls = [
        {"op": "relu", "args": [operand(2)]},
        {"op": "reshape", "args": [{"$ref": 0, "output": 0}, [1, 2]], "expect": [{"dataType": "float32", "shape": [1, 2]}]},
        {"op": "build", "args": [{"out": {"$ref": 1, "output": 0}}]},
    ]
    assert replay(*calls) == ("pass", "")
    assert replay(*calls[:1], {"op": "build", "args": [{}], "throws": "TypeError"}) == ("pass", "")


def test_constant_of_a_buffer() -> None:
    descriptor = {"dataType": "float32", "shape": [2]}
    for buffer in ("ArrayBuffer", "Float32Array"):
        assert replay({"op": "constant", "args": [descriptor, {"$buffer": buffer, "byteLength": 8}]}) == ("pass", "")
        wrong = {"op": "constant", "args": [descriptor, {"$buffer": buffer, "byteLength": 12}]}
        assert replay({**wrong, "throws": "TypeError"}) == ("pass", "")
        assert replay(wrong)[0] == "fail"


def test_numbers_are_converted_as_webidl_does() -> None:
    """Where integers are wanted, what is behind the point is dropped; where a double is, it counts."""
    calls = [{"op": "input", "args": ["x", {"dataType": "float32", "shape": [2.75]}], "expect": [{"dataType": "float32", "shape": [2]}]}]
    assert replay(*calls) == ("pass", "")
    assert replay({"op": "reshape", "args": [operand(6), [2.9, 3]], "expect": [{"dataType": "float32", "shape": [2, 3]}]}) == ("pass", "")
    not_finite = {"op": "elu", "args": [operand(2), {"alpha": {"$number": "NaN"}}], "throws": "TypeError"}
    assert replay(not_finite) == ("pass", "")


def test_input_made_anew_is_in_a_new_builder() -> None:
    made = {"op": "input", "args": ["x", {"dataType": "float32", "shape": [2]}]}
    assert replay(made, made) == ("pass", "")
    assert replay(made, {**made, "throws": "TypeError"}) == ("pass", "")


def test_tests_of_one_name_have_different_ids() -> None:
    tests = read_tests(Path("some.json"), [{"name": "a", "calls": []}, {"name": "a", "calls": []}])
    assert [test.id for test in tests] == ["wpt-validation/some/a", "wpt-validation/some/a (2)"]


@AT_HAND
@pytest.mark.parametrize("name", NAMES)
def test_reference_passes_or_the_case_is_disputed(name: str) -> None:
    path = DATA / "cases" / f"{name}.json"
    backend = load_backend("reference")
    cases = read_cases(path, json.loads(path.read_bytes()))
    results = [disputed(judge(backend, case), case, load_disputes()) for case in cases]
    assert [f"{r.id}: {r.reason}" for r in results if r.verdict not in ("pass", "disputed")] == []
    needless = [case.id for case, r in zip(cases, results, strict=True) if r.verdict == "pass" and dispute_of_case(case, load_disputes())]
    assert needless == []  # a rule that covers what passes is too wide


@AT_HAND
def test_builder_passes_or_the_call_is_disputed() -> None:
    suite = load_suite(None, DATA / "validation")
    results = suite.judge_builder()
    assert [f"{r.id}: {r.reason}" for r in results if r.verdict not in ("pass", "disputed")] == []
    disputes = [d for d in load_disputes() if d.cases.startswith("wpt-validation/")]
    unused = {d.condition for d in disputes if not any(r.verdict == "disputed" and r.reason.startswith(str(d)) for r in results)}
    assert unused <= {"infinite bound"}  # its tests are not among those at hand
    assert sum(r.verdict == "disputed" for r in results) < 13
