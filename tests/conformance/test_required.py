"""What WebNN requires of every implementation, derived from the operators' classes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic.alias_generators import to_camel

from webnpu import OPERATORS
from webnpu.conformance.required import required_limits

FACTS = Path(__file__).parents[3] / "shared" / "facts" / "required_datatypes_ranks.json"


@pytest.mark.parametrize(
    ("operator", "operand", "types", "ranks"),
    [
        ("relu", "input", {"float32", "float16"}, (0, 5)),
        ("argMin", "output", {"int32"}, (0, 5)),
        ("batchNormalization", "input", {"float32", "float16"}, (3, 5)),
        ("batchNormalization", "mean", {"float32", "float16"}, (1, 1)),
        ("cast", "output", {"float32", "float16", "int32", "int8", "uint8"}, (0, 5)),
        ("conv2d", "filter", {"float32", "float16"}, (4, 4)),
        ("where", "condition", {"uint8"}, (0, 5)),
        ("concat", "inputs", {"float32", "float16", "int32"}, (1, 5)),
    ],
)
def test_required(operator: str, operand: str, types: set[str], ranks: tuple[int, int]) -> None:
    found = required_limits(OPERATORS[operator])[operand]
    assert ({t.value for t in found.types}, found.ranks) == (types, ranks)


@pytest.mark.parametrize("operator", OPERATORS)
def test_required_lies_within_what_is_allowed(operator: str) -> None:
    for name, required in required_limits(OPERATORS[operator]).items():
        assert required.types, name
        assert 0 <= required.ranks[0] <= required.ranks[1] <= 5, name
        assert not any(t.is_extension for t in required.types), name


def test_required_is_the_table_of_the_text() -> None:
    if not FACTS.is_file():
        pytest.skip(f"the table of required types and ranks is not beside the checkout ({FACTS.name})")
    wanted = json.loads(FACTS.read_text())
    found = {
        operator: {
            to_camel(name): {"dataTypes": sorted(required.types), "rankRange": dict(zip(("min", "max"), required.ranks, strict=True))}
            for name, required in required_limits(OPERATORS[operator]).items()
        }
        for operator in OPERATORS
    }
    for operands in wanted.values():
        for limits in operands.values():
            limits["dataTypes"].sort()
    assert found == wanted
