"""The limits of the operator classes against the tables of WebNN's text, where those are at hand."""

import json
from pathlib import Path

import pytest
from pydantic.alias_generators import to_camel

from webnpu import OPERATORS
from webnpu.conformance.required import required_limits
from webnpu.operator import Operator
from webnpu.types import ANY, DataType

FACTS = Path(__file__).parents[2].parent / "shared" / "facts"
pytestmark = pytest.mark.skipif(not FACTS.is_dir(), reason="the tables of WebNN's text are not part of this repository")

ALLOWED_OTHERWISE = {
    ("isNaN", "a", "dataTypes"): "the table says any, the method's steps reject all but floats",
    ("isInfinite", "a", "dataTypes"): "the table says any, the method's steps reject all but floats",
    ("gather", "output", "rank"): "the table says 1 to N, the steps give rank 0 for scalar indices into a vector",
}
"""Where the classes differ from WebNN's tables of allowed types and ranks, and why."""

REQUIRED_OTHERWISE: dict[tuple[str, str, str], str] = {}
"""Where the classes differ from WebNN's tables of required types and ranks, and why."""

Rule = frozenset[str] | tuple[int, int | None] | str
Table = dict[str, dict[str, Rule]]
"""By operand, its data types and its rank: a rule of its own, or the name of the operand whose rule it has."""


def facts(name: str) -> dict[str, dict[str, dict[str, object]]]:
    return json.loads((FACTS / f"{name}_datatypes_ranks.json").read_text(encoding="utf-8"))


def declared(operator: type[Operator]) -> Table:
    """What the class says, under WebNN's names, without extensions."""
    found: Table = {}
    for name, limits in {**operator.operand_limits, **operator.output_limits}.items():
        described = limits.described()
        types, rank = described["dataTypes"], described["rank"]
        found[to_camel(name)] = {
            "dataTypes": types["sameAs"] if isinstance(types, dict) else frozenset(types) - set(limits.extension),
            "rank": rank.get("sameAs") or (rank["min"], rank["max"]),
        }
    return found


def stated(name: str) -> Table:
    """What WebNN's table says."""
    return {
        operand: {"dataTypes": types_of(str(row["dataTypes"])), "rank": rank_of(str(row["ranks"]))}
        for operand, row in facts("allowed")[name].items()
    }


def types_of(words: str) -> Rule:
    return followed(words) or frozenset(ANY if words == "any" else words.split(", "))


def rank_of(words: str) -> Rule:
    low, _, high = words.partition(" to ")
    if low == "N":
        return 0, None
    return followed(words) or (int(low), None if high == "N" else int(high or low))


def followed(words: str) -> str:
    """The operand that ``same as ...`` names, or nothing."""
    name = words.removeprefix("same as ").removesuffix("'s list/items")
    return "" if name == words else name


def resolved(table: Table, operand: str, key: str) -> Rule:
    rule = table[operand][key]
    return resolved(table, rule, key) if isinstance(rule, str) else rule


@pytest.mark.parametrize("name", OPERATORS)
def test_allowed(name: str) -> None:
    ours, theirs = declared(OPERATORS[name]), stated(name)
    assert set(ours) == set(theirs)
    differing = {
        (name, operand, key)
        for operand in ours
        for key in ("dataTypes", "rank")
        if resolved(ours, operand, key) != resolved(theirs, operand, key)
    }
    assert differing == {key for key in ALLOWED_OTHERWISE if key[0] == name}


@pytest.mark.parametrize("name", OPERATORS)
def test_operands_that_follow_another(name: str) -> None:
    operator = OPERATORS[name]
    ours, theirs = declared(operator), stated(name)
    for operand in operator.operand_limits:
        for key in ("dataTypes", "rank"):
            rules = ours[to_camel(operand)][key], theirs[to_camel(operand)][key]
            assert any(isinstance(rule, str) for rule in rules) <= (rules[0] == rules[1]), (operand, key, rules)


@pytest.mark.parametrize("name", OPERATORS)
def test_required(name: str) -> None:
    expected = facts("required")[name]
    found = {to_camel(operand): required for operand, required in required_limits(OPERATORS[name]).items()}
    assert set(found) == set(expected)
    differing = set()
    for operand, required in found.items():
        if set(required.types) != {DataType(data_type) for data_type in expected[operand]["dataTypes"]}:
            differing.add((name, operand, "dataTypes"))
        if {"min": required.ranks[0], "max": required.ranks[1]} != expected[operand]["rankRange"]:
            differing.add((name, operand, "rank"))
    assert differing == {key for key in REQUIRED_OTHERWISE if key[0] == name}


def test_every_operator_is_in_the_tables() -> None:
    assert set(facts("allowed")) == set(facts("required")) == set(OPERATORS)
