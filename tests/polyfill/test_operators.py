"""The polyfill's rules of operators against Python's: the same graphs, the same rejections in the same words."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from webnpu.conformance.cases import Case, Rejection, case_files, load_cases, load_file, load_rejections
from webnpu.errors import GraphFileError, OperatorError
from webnpu.graph import Graph
from webnpu.graph_file import from_document, to_document
from webnpu.operators import OPERATORS
from webnpu.types import pack

from .scripts import CORPUS, needs_node, run_script

pytestmark = needs_node

Answers = Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module")
def polyfill() -> Answers:
    """What the polyfill makes of every case and every rejection, by its id."""
    return {answer["id"]: answer for answer in run_script("operators/parity.ts")}


def python_of(graph: Graph) -> dict[str, Any]:
    """What Python makes of a case, in the form of the polyfill's answers."""
    return {
        "document": to_document(graph),
        "descriptors": {name: str(operand.descriptor) for operand, name in graph.names.items()},
        "constants": [base64.b64encode(pack(c.value, c.data_type).tobytes()).decode() for c in graph.constants if c.value is not None],
    }


@pytest.mark.parametrize("path", case_files(CORPUS / "cases"), ids=lambda path: path.stem)
def test_graphs_are_equal(path: Path, polyfill: Answers) -> None:
    for case in load_file(path, Case):
        assert {"id": case.id, **python_of(case.graph())} == polyfill[case.id]


@pytest.mark.parametrize("operator", OPERATORS)
def test_rejections_are_in_the_same_words(operator: str, polyfill: Answers) -> None:
    """Numbered constraints, and the limits of operands; of what kind an option is, each language says in its own words."""
    aliases = {OPERATORS[operator].model_fields[name].alias for name in OPERATORS[operator].operand_limits}
    for rejection in load_file(CORPUS / "validation" / f"{operator}.json", Rejection):
        with pytest.raises(GraphFileError) as caught:
            from_document(rejection.document, {})
        error = caught.value.__cause__
        assert isinstance(error, OperatorError)
        got = polyfill[rejection.id]
        assert got["constraint"] == error.constraint
        if re.fullmatch(r"C\d+", error.constraint) or error.constraint in aliases:
            assert got["message"] == str(error)


def test_the_polyfill_read_the_whole_corpus(polyfill: Answers) -> None:
    cases = [case.id for case in load_cases(CORPUS / "cases")]
    rejections = [rejection.id for rejection in load_rejections(CORPUS / "validation")]
    assert sorted(polyfill) == sorted(cases + rejections)
