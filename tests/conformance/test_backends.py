"""Every installed backend over the corpus, operator by operator; and every emulation, on the reference."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from webnpu.backend import Backend, backend_names, load_backend
from webnpu.conformance.cases import Case, Rejection, case_files, from_bytes, load_file
from webnpu.conformance.comparison import compare
from webnpu.conformance.expectations import expectation_of, faults, load_expectations
from webnpu.conformance.verdicts import judge, judge_rejection
from webnpu.emulation import emulated
from webnpu.errors import NotSupportedError
from webnpu.operator import Operator
from webnpu.operators import OPERATORS

HERE = Path(__file__).parent
FILES = [path.stem for path in case_files(HERE / "cases")]
REJECTIONS = [path.stem for path in case_files(HERE / "validation")]
BACKENDS = [name for name in backend_names() if name != "browser"]
"""Those that run the whole corpus here; the browser backend has a sample of it, in tests/backends/browser."""
EMULATED = [name for name, operator in OPERATORS.items() if operator.has_emulation()]


@cache
def backend_or_reason(name: str) -> Backend | str:
    """A backend, or why it cannot run here."""
    try:
        backend = load_backend(name)
        availability = backend.available()
    except NotSupportedError as error:
        return str(error)
    return backend if availability.ok else availability.reason


def ready(name: str) -> Backend:
    backend = backend_or_reason(name)
    if isinstance(backend, str):
        pytest.skip(f"{name} cannot run here: {backend}")
    return backend


def cases_of(operator: str) -> list[Case]:
    return load_file(HERE / "cases" / f"{operator}.json", Case)


@pytest.mark.parametrize("operator", FILES)
@pytest.mark.parametrize("name", BACKENDS)
def test_backend(name: str, operator: str) -> None:
    backend = ready(name)
    expectations = load_expectations(HERE / "expected_failures" / f"{name}.toml")
    results = [judge(backend, case) for case in cases_of(operator)]
    unexpected = [f"{r.verdict} {r.id}: {r.reason}" for r in results if r.counts_as_failure and expectation_of(r, expectations) is None]
    assert unexpected == []
    concerned = [entry for entry in expectations if any(entry.matches(r.id) for r in results)]
    assert faults(results, concerned) == []


def test_expected_failures_are_of_a_backend_and_match_cases() -> None:
    files = sorted((HERE / "expected_failures").glob("*.toml"))
    ids = [case.id for operator in FILES for case in cases_of(operator)]
    assert files
    for path in files:
        assert path.stem in backend_names(every=True)
        for entry in load_expectations(path):
            assert any(entry.matches(id) for id in ids), f"{path.name}: {entry.cases!r} matches no case"


@pytest.mark.parametrize("operator", REJECTIONS)
def test_builder_rejects(operator: str) -> None:
    results = [judge_rejection(case) for case in load_file(HERE / "validation" / f"{operator}.json", Rejection)]
    assert results
    assert [f"{r.id}: {r.reason}" for r in results if r.verdict != "pass"] == []


def takes_extension(operator: Operator) -> bool:
    """Whether an operator has an operand of a type that WebNN lacks, which WebNN's emulations cannot know."""
    return any(operand.data_type.is_extension for _, operand in operator.operands())


@pytest.mark.parametrize("operator", EMULATED)
def test_emulation(operator: str) -> None:
    """The reference computes what other operators stand for, as far as there are emulations, within the operator's own bound."""
    reference = load_backend("reference")
    judged = 0
    for case in cases_of(operator):
        graph = case.graph()
        if any(takes_extension(op) for op in graph.operators):
            continue
        expanded = emulated(graph, lambda op: True)
        assert not any(op.has_emulation() for op in expanded.operators)
        inputs = {name: from_bytes(case.inputs[name], operand.descriptor) for name, operand in graph.inputs.items()}
        outputs = reference.compile(expanded).run(inputs)
        for name, expected in case.outputs.items():
            wanted = from_bytes(expected.bytes, graph.outputs[name].descriptor)
            found = compare(outputs[name], wanted, expected.bound)
            assert found.agrees, f"{case.id}_expanded: {found.reason}"
        judged += 1
    assert judged
