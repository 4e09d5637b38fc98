"""The report: what it counts, how the page shows it, and what has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from webnpu.conformance.cases import CaseFileError
from webnpu.conformance.causes import causes
from webnpu.conformance.page import Cell, render, section
from webnpu.conformance.report import BackendReport, Difference, Report
from webnpu.conformance.verdicts import Result


def result(id: str, verdict: str = "pass", **more: object) -> Result:
    operator, type, _ = id.split("/")
    return Result.model_validate({"id": id, "operator": operator, "type": type, "verdict": verdict, **more})


def report(*results: Result) -> Report:
    backend = BackendReport.of(results, "a device", {"runtime": "1.0"})
    return Report(webnpu="0", created="2026-06-30T12:00:00+00:00", suite="a suite", backends={"toy": backend})


def cell(*results: Result) -> Cell:
    ((_, (row,)),) = section("toy", BackendReport.of(results, "a device", {})).families
    (found,) = row.cells
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "refused"], "partly"),
        (["refused", "refused"], "refused"),
        (["pass", "refused!"], "required"),
        (["refused!", "error"], "error"),
        (["error", "fail", "pass"], "fail"),
        (["pass", "disputed"], "disputed"),
    ],
)
def test_cell_shows_the_worst(verdicts: list[str], state: str) -> None:
    results = [result(f"add/int8/{i}", v.rstrip("!"), required=v.endswith("!")) for i, v in enumerate(verdicts)]
    assert cell(*results).state == state


def test_cell_shows_the_measurement_nearest_to_its_bound() -> None:
    found = cell(result("exp/float32/a", ulp=3, bound=32, absoluteBound=0), result("exp/float32/b", ulp=2, bound=4, absoluteBound=0))
    assert (found.measured, found.worst) == ("2 of 4", "exp/float32/b")
    assert cell(result("add/int8/a", ulp=0, bound=0, absoluteBound=0)).measured == "exact"
    assert cell(result("sin/float32/a", ulp=9, bound=0, absolute=2e-7, absoluteBound=1e-3)).measured == "2e-07 of 0.001"
    assert cell(result("sin/float32/a", "fail", ulp=None, bound=2, absoluteBound=0)).measured == "NaN of 2"


def test_conformance_needs_no_failure_and_no_required_refusal() -> None:
    assert report(result("add/int8/a"), result("add/int8/b", "refused"), result("add/int8/c", "disputed")).conforms
    for wrong in (result("add/int8/a", "fail"), result("add/int8/a", "error"), result("add/int8/a", "refused", required=True)):
        assert not report(wrong).conforms


def test_summary_counts_every_verdict() -> None:
    summary = report(result("add/int8/a"), result("add/int8/b", "refused")).backends["toy"].summary
    assert summary == {"pass": 1, "fail": 0, "refused": 1, "error": 0, "disputed": 0}


def test_report_survives_its_file(tmp_path: Path) -> None:
    written = report(result("add/int8/a", ulp=1, bound=2, absoluteBound=0.5, absolute=0.25))
    written.save(tmp_path / "r.json")
    assert Report.load(tmp_path / "r.json") == written
    (tmp_path / "r.json").write_text("{}")
    with pytest.raises(CaseFileError, match="no report"):
        Report.load(tmp_path / "r.json")


def test_failures_stand_together_by_their_cause() -> None:
    """What varies from case to case hides no cause: labels, shapes, numbers, data types, operators."""
    build = "Failed to execute '{}' on 'MLGraphBuilder': [{}] Unsupported data type {} for argument {}, must be one of {}."
    failures = [
        result("relu/int8/a", "error", reason=build.format("relu", "x", "int8", "input", "float32, float16")),
        result("neg/uint64/b", "error", reason=build.format("neg", "other", "uint64", "input", "float32, float16, int32")),
        result("maxPool2d/float32/c", "fail", bound=0, absoluteBound=0, ulp=5, reason="at [0, 1]: got 3.5, expected -1e-3"),
        result("maxPool2d/float16/d", "fail", bound=0, absoluteBound=0, reason="at [3]: got NaN, expected 2"),
        result("l2Pool2d/float32/e", "fail", bound=0, absoluteBound=0, ulp=5, reason="at [0, 1]: got 3.5, expected -1e-3"),
        result("maxPool2d/float32/f", "fail", reason="the output has 3 dimensions"),
        result("add/int8/g", "refused", required=True, reason="add: input has data type int8; supported: float32"),
        result("sub/uint8/h", "refused", required=True, reason="sub: input has data type uint8; supported: float32, float16"),
    ]
    found = causes(failures)
    assert [(cause.verdict, len(cause.ids)) for cause in found] == [("error", 2), ("fail", 2), ("refused", 2), ("fail", 1), ("fail", 1)]
    assert found[0].operators == ("relu", "neg")
    assert found[1].ids == ("maxPool2d/float32/c", "maxPool2d/float16/d")
    page = render(report(*failures))
    assert "8 cases, 5 causes" in page
    assert all(failure.id in page for failure in failures)


def test_difference() -> None:
    before = report(result("add/int8/a"), result("add/int8/b"), result("add/int8/gone"))
    after = report(result("add/int8/a", "fail", reason="off"), result("add/int8/b"), result("add/int8/new"), result("add/int8/newer"))
    found = Difference.between(before, after)
    assert [(c.id, c.before, c.after, c.reason) for c in found.changes] == [("add/int8/a", "pass", "fail", "off")]
    assert (found.added, found.removed) == (2, 1)


def test_page_says_what_is_in_the_report() -> None:
    results = [
        result("add/int8/a", "fail", reason="got 1, expected 2"),
        result("add/int8/b", "refused", reason="add: it has no int8"),
        result("add/int8/c", "refused", reason="add: it has no int8", required=True),
        result("conv2d/float32/d", "disputed", reason="see there"),
        result("_graphs/float32/e"),
    ]
    page = render(report(*results))
    for words in ("does not conform", "got 1, expected 2", "it has no int8", "see there", "a device", "runtime 1.0", "_graphs"):
        assert words in page
    assert page.index("got 1, expected 2") < page.index("Operators and data types")
