"""The corpus covers what the operators' classes allow; an operator that is added without cases fails here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest

from webnpu.conformance.cases import Case, Rejection, from_bytes, load_cases, load_file, load_rejections
from webnpu.conformance.corpus import GRAPHS
from webnpu.conformance.corpus.__main__ import HERE, difference, write
from webnpu.conformance.corpus.rejections import LABEL, valid_document
from webnpu.conformance.corpus.violations import UNREACHABLE
from webnpu.errors import GraphFileError, OperatorError
from webnpu.generate.products import products
from webnpu.graph_file import from_document
from webnpu.operator import Limits, Operator, Same
from webnpu.operators import FAMILIES, OPERATORS
from webnpu.reference import CHAPTERS, evaluates
from webnpu.types import MAX_RANK, DataType

REQUIRED_RANK = 5
"""Up to which rank WebNN requires support, and the corpus has a case of every rank that is allowed."""


@cache
def cases() -> tuple[Case, ...]:
    return tuple(load_cases(HERE / "cases"))


@cache
def uses() -> Mapping[str, list[tuple[Case, dict[str, Any]]]]:
    """The members of each use of an operator, in the cases that are about it."""
    found: dict[str, list[tuple[Case, dict[str, Any]]]] = defaultdict(list)
    for case in cases():
        for members in case.document["operators"]:
            if members["operator"] == case.operator:
                found[case.operator].append((case, members))
    return found


def descriptors(case: Case, name: str) -> dict[str, Any]:
    """What the case's document says of an input or a constant."""
    declared: dict[str, Any] = {**case.document["inputs"], **case.document.get("constants", {})}
    return dict(declared[name])


def first_operand(operator: type[Operator], members: dict[str, Any]) -> str:
    value = members[alias(operator, next(iter(operator.operand_limits)))]
    return str(value[0] if isinstance(value, list) else value)


def alias(operator: type[Operator], field: str) -> str:
    return operator.model_fields[field].alias or field


def allowed_types(operator: type[Operator], name: str) -> tuple[DataType, ...]:
    """The data types of an operand, its extensions included, that are not set by another operand."""
    limits = operator.operand_limits[name]
    return () if isinstance(limits.types, Same) else limits.types + limits.extension


def test_the_repository_holds_what_the_generator_writes(tmp_path: Path) -> None:
    write(tmp_path)
    assert difference(HERE, tmp_path) is None, "run: python -m webnpu.conformance.corpus"


def test_ids_are_unique_and_say_what_they_are_about() -> None:
    ids = [case.id for case in cases()]
    assert len(ids) == len(set(ids))
    for case in cases():
        assert case.id.startswith(f"{case.operator}/{case.type}/")
        assert len(case.about) > 3
        assert not case.about.endswith(".")


@pytest.mark.parametrize("name", OPERATORS)
def test_every_type_of_the_first_operand_has_a_case(name: str) -> None:
    operator = OPERATORS[name]
    allowed = {t.value for t in allowed_types(operator, next(iter(operator.operand_limits)))}
    assert {case.type for case, _ in uses()[name]} == allowed
    for case, members in uses()[name]:
        assert descriptors(case, first_operand(operator, members))["dataType"] == case.type


def test_the_pairs_of_operator_and_type_are_those_of_the_tables() -> None:
    counted = {name: next(iter(operator.operand_limits)) for name, operator in OPERATORS.items()}
    counted["where"] = "true_value"  # its first operand is a condition, which has one type
    pairs = sum(len(allowed_types(OPERATORS[name], field)) for name, field in counted.items())
    extensions = sum(len(OPERATORS[name].operand_limits[field].extension) for name, field in counted.items())
    assert pairs - extensions == 447
    assert extensions == 2


@pytest.mark.parametrize("name", OPERATORS)
def test_every_type_of_the_other_operands_has_a_case(name: str) -> None:
    operator = OPERATORS[name]
    for field in list(operator.operand_limits)[1:]:
        named = [(case, members[alias(operator, field)]) for case, members in uses()[name] if alias(operator, field) in members]
        seen = {descriptors(case, operand)["dataType"] for case, operand in named}
        assert seen >= {t.value for t in allowed_types(operator, field)}, field


@pytest.mark.parametrize("name", OPERATORS)
def test_every_rank_of_the_first_operand_has_a_case(name: str) -> None:
    operator = OPERATORS[name]
    low, high = operator.operand_limits[next(iter(operator.operand_limits))].ranks()
    seen = {len(descriptors(case, first_operand(operator, members))["shape"]) for case, members in uses()[name]}
    assert seen >= set(range(low, REQUIRED_RANK + 1 if high is None else high + 1))
    assert max(seen) <= MAX_RANK


def option_values(annotation: Any) -> Iterator[Any]:
    """The values of an option that must each have a case: those of an enum, and both booleans."""
    if hasattr(annotation, "__value__"):  # a named type alias
        annotation = annotation.__value__
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif annotation is bool:
        yield from (True, False)
    elif isinstance(annotation, type) and issubclass(annotation, DataType):
        yield from (t.value for t in annotation)
    else:
        for argument in get_args(annotation):
            yield from option_values(argument)


def flat(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", OPERATORS)
def test_every_option_has_a_case_with_it_without_it_and_with_each_value(name: str) -> None:
    operator = OPERATORS[name]
    for field, info in operator.model_fields.items():
        if field == "label":
            continue
        given = [members[alias(operator, field)] for _, members in uses()[name] if alias(operator, field) in members]
        assert given, f"{name}: no case gives {field}"
        if not info.is_required():
            assert len(given) < len(uses()[name]), f"{name}: every case gives {field}"
        wanted = set(option_values(info.annotation)) - rejected_values(operator, field)
        if not info.is_required() and not isinstance(info.default, tuple):
            given.append(info.default)  # what is not given has the default
        elif isinstance(info.default, tuple):
            given.extend(list(info.default))
        seen = {item for value in given for item in flat(value) if isinstance(item, (str, bool))}
        assert seen >= wanted, f"{name}: no case for {field} = {sorted(map(str, wanted - seen))}"


def rejected_values(operator: type[Operator], field: str) -> set[str]:
    """The data types that an option of that type may not have, which the operator's output limits exclude."""
    if operator.model_fields[field].annotation is not DataType:
        return set()
    limits: Limits = operator.output_limits["output"]
    return set() if isinstance(limits.types, Same) else {t.value for t in DataType if t not in limits.types}


@pytest.mark.parametrize(("name", "field"), [("lstm", 3), ("lstmCell", 3), ("gru", 2), ("gruCell", 2)])
def test_every_activation_has_a_case_at_every_place(name: str, field: int) -> None:
    given = [members["activations"] for _, members in uses()[name] if "activations" in members]
    assert {(place, function) for value in given for place, function in enumerate(value)} == {
        (place, function) for place in range(field) for function in ("relu", "sigmoid", "tanh")
    }


def test_every_pair_of_layouts_has_a_case() -> None:
    for name in ("conv2d", "convTranspose2d"):
        fields = OPERATORS[name].model_fields
        images, filters = (set(option_values(fields[field].annotation)) for field in ("input_layout", "filter_layout"))
        seen = {(m.get("inputLayout", "nchw"), m.get("filterLayout", fields["filter_layout"].default)) for _, m in uses()[name]}
        assert seen == {(image, filter) for image in images for filter in filters}


def test_every_cast_has_a_case() -> None:
    pairs = {(case.type, members["dataType"]) for case, members in uses()["cast"]}
    types = {t.value for t in DataType if not t.is_extension}
    assert pairs == {(source, target) for source in types for target in types}


@pytest.mark.parametrize("name", [n for n, o in OPERATORS.items() if any(not o.model_fields[f].is_required() for f in o.operand_limits)])
def test_every_optional_operand_is_there_alone_and_left_out_alone(name: str) -> None:
    operator = OPERATORS[name]
    optional = {alias(operator, field) for field in operator.operand_limits if not operator.model_fields[field].is_required()}
    seen = {frozenset(optional & members.keys()) for _, members in uses()[name]}
    assert frozenset() in seen
    assert frozenset(optional) in seen
    for operand in optional:
        assert frozenset({operand}) in seen, f"{name}: no case with {operand} alone"
        assert frozenset(optional - {operand}) in seen, f"{name}: no case with all but {operand}"


def test_edge_values_are_among_the_inputs() -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for case in cases():
        for name, data in {**case.inputs, **case.constants}.items():
            descriptor = case.graph().inputs[name].descriptor if name in case.inputs and case.operator == "add" else None
            if descriptor is None or not descriptor.data_type.is_float:
                continue
            array = from_bytes(data, descriptor).astype(np.float64).ravel()
            kinds = {"nan": np.isnan(array), "inf": array == np.inf, "-inf": array == -np.inf, "-0": (array == 0) & np.signbit(array)}
            seen[case.type].update(kind for kind, found in kinds.items() if found.any())
    assert seen["float32"] == seen["float16"] == {"nan", "inf", "-inf", "-0"}


def test_nothing_undefined_is_expected_of_pools() -> None:
    for name in ("averagePool2d", "l2Pool2d", "maxPool2d"):
        for case, _ in uses()[name]:
            if DataType(case.type).is_float and not case.id.endswith("/edges"):
                output = case.graph().outputs["y"].descriptor
                assert np.isfinite(from_bytes(case.outputs["y"].bytes, output).astype(np.float64)).all(), case.id


@cache
def rejections() -> tuple[Rejection, ...]:
    return tuple(load_rejections(HERE / "validation"))


@pytest.mark.parametrize("name", OPERATORS)
def test_every_rejection_is_rejected_for_its_own_reason(name: str) -> None:
    from_document(valid_document(name), {})
    for case in load_file(HERE / "validation" / f"{name}.json", Rejection):
        assert case.operator == name
        with pytest.raises(GraphFileError) as caught:
            from_document(case.document, {})
        cause = caught.value.__cause__
        assert isinstance(cause, OperatorError), case.id
        assert (cause.operator, cause.label, cause.constraint) == (name, LABEL, case.constraint), case.id
        assert f"[{LABEL}]" in str(caught.value), case.id


@pytest.mark.parametrize("name", OPERATORS)
def test_every_constraint_operand_and_option_has_a_rejection(name: str) -> None:
    operator = OPERATORS[name]
    have = {case.constraint for case in rejections() if case.operator == name}
    labels = {rule.label for rule in operator.constraints if (name, rule.label) not in UNREACHABLE}
    fields = {alias(operator, field) for field in operator.model_fields if field != "label"}
    assert have == labels | fields
    ids = {case.id for case in rejections() if case.operator == name}
    for field, limits in operator.operand_limits.items():
        assert f"{name}/{alias(operator, field)}-type" in ids
        ranks = [id for id in ids if id.startswith(f"{name}/{alias(operator, field)}-rank-")]
        bounded = isinstance(limits.rank, Same) or limits.ranks() != (0, None)
        assert bool(ranks) == bounded


def test_what_cannot_be_violated_is_a_constraint() -> None:
    for name, label in UNREACHABLE:
        assert label in {rule.label for rule in OPERATORS[name].constraints}


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_has_an_evaluator_and_a_chapter(name: str) -> None:
    operator = OPERATORS[name]
    assert operator in evaluates
    assert operator.family in {family.__name__.rpartition(".")[2] for family in FAMILIES}
    assert [family.__name__.rpartition(".")[2] for family in FAMILIES] == [chapter.__name__.rpartition(".")[2] for chapter in CHAPTERS]
    function = evaluates.table[operator].function
    assert function.__module__.rpartition(".")[2] == operator.family or operator.family == "elementwise"


def test_every_operator_is_in_every_product_that_lists_operators() -> None:
    texts = {str(path): set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text)) for path, text in products().items()}
    listing = 0
    for path, words in texts.items():
        missing = [name for name, operator in OPERATORS.items() if not {name, operator.method} & words]
        if len(missing) < len(OPERATORS) / 2:
            listing += 1
            assert not missing, f"{path} lacks {missing}"
    assert listing >= 3
    assert {Path(path).stem for path in texts} >= set(OPERATORS), "every operator has a page"


def test_cases_of_several_operators_compute_every_kind_of_graph() -> None:
    graphs = [case for case in cases() if case.operator == GRAPHS]
    assert len(graphs) >= 40
    assert max(len(case.document["operators"]) for case in graphs) >= 300
    assert any(not case.inputs for case in graphs)
    families = {OPERATORS[members["operator"]].family for case in graphs for members in case.document["operators"]}
    assert families == {family.__name__.rpartition(".")[2] for family in FAMILIES}
