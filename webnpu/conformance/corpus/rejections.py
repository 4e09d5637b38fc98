"""What the builder must reject: every limit of every operand, every type of option, every numbered constraint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ...builder import MLGraphBuilder
from ...operator import Limits, Operator, Same
from ...operators import OPERATORS
from ...types import MAX_RANK, DataType, OperandDescriptor
from ..cases import Rejection
from .violations import UNREACHABLE, subject

LABEL = "the-culprit"
"""The label of the operator that must be rejected, which the error repeats."""


def rejections() -> dict[str, list[Rejection]]:
    """All rejections, by operator."""
    return {name: list(_of(operator)) for name, operator in OPERATORS.items()}


def valid_document(name: str) -> dict[str, Any]:
    """The document that the rejections of an operator are broken copies of."""
    return _document(OPERATORS[name], subject(name).arguments)


def _of(operator: type[Operator]) -> Iterator[Rejection]:
    arguments = subject(operator.name).arguments
    for rule in operator.constraints:
        if (operator.name, rule.label) not in UNREACHABLE:
            changed = {**arguments, **subject(operator.name).broken[rule.label]}
            yield _rejection(operator, rule.label, rule.label, f"Violated: {rule.text}", changed)
    for name, limits in operator.operand_limits.items():
        yield from _operand(operator, arguments, name, limits)
    schema = operator.model_json_schema()
    for name, field in operator.model_fields.items():
        alias = field.alias or name
        if field.is_required():
            rest = {key: value for key, value in arguments.items() if key != name}
            yield _rejection(operator, alias, f"{alias}-absent", f"{alias} is not given", rest)
        if name not in operator.operand_limits and name != "label":
            for what, about, value in _wrong(schema["properties"][alias], schema):
                changed = {**arguments, name: value}
                yield _rejection(operator, alias, f"{alias}-{what}", f"{alias} is {about}", changed)


def _operand(operator: type[Operator], arguments: Mapping[str, Any], name: str, limits: Limits) -> Iterator[Rejection]:
    """An operand of a data type, and of each rank, just outside its limits."""
    alias = operator.model_fields[name].alias or name
    given = arguments[name]
    descriptor: OperandDescriptor = given[0] if isinstance(given, list) else given

    def changed(other: OperandDescriptor) -> dict[str, Any]:
        return {**arguments, name: [other, *given[1:]] if isinstance(given, list) else other}

    if isinstance(limits.types, Same):
        allowed: tuple[DataType, ...] = (_first(arguments[limits.types.operand]).data_type,)
    else:
        allowed = limits.types + limits.extension
    wrong = next(data_type for data_type in DataType if data_type not in allowed)
    about = f"{alias} has the data type {wrong}"
    yield _rejection(operator, alias, f"{alias}-type", about, changed(OperandDescriptor(wrong, descriptor.shape)))
    if isinstance(limits.rank, Same):
        rank = _first(arguments[limits.rank.operand]).rank
        low, high = rank, rank
    else:
        low, bound = limits.ranks()
        high = MAX_RANK if bound is None else bound
    for rank in (low - 1, high + 1):
        if 0 <= rank <= MAX_RANK:
            about = f"{alias} has the rank {rank}"
            yield _rejection(operator, alias, f"{alias}-rank-{rank}", about, changed(OperandDescriptor(descriptor.data_type, (1,) * rank)))


def _first(value: OperandDescriptor | list[OperandDescriptor]) -> OperandDescriptor:
    return value[0] if isinstance(value, list) else value


def _kinds(schema: Mapping[str, Any], root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a schema allows, one kind of value each, but for null."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return [kind for member in schema["anyOf"] for kind in _kinds(member, root)]
    return [] if schema.get("type") == "null" else [schema]


def _wrong(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Values that the JSON Schema of an option excludes: a name, words, and the value."""
    kinds = _kinds(schema, root)
    if any("pattern" in kind for kind in kinds):  # an MLNumber: any number, infinite or NaN too
        yield "not-a-number", "not a number", "not a number"
        return
    for kind in kinds:
        if "enum" in kind:
            yield "unknown", "no value that there is", "no-such-value"
            yield "not-a-string", "not a string", 5
        elif kind["type"] == "integer":
            yield "below-range", "below the range", kind["minimum"] - 1
            yield "above-range", "above the range", kind["maximum"] + 1
            yield "not-a-number", "not a number", "not a number"
        elif kind["type"] == "number":
            yield "nan", "NaN where it must be finite", "NaN"
            yield "infinite", "infinite where it must be finite", "Infinity"
        elif kind["type"] == "boolean":
            yield "not-a-boolean", "not a boolean", "yes"
        elif kind["type"] == "array":
            yield "not-a-list", "not a list", {"0": 1}
            for what, about, value in _wrong(kind["items"], root):
                yield f"item-{what}", f"a list with an item that is {about}", [value]
        else:
            raise TypeError(f"no wrong value is known for {kind}")


def _rejection(operator: type[Operator], constraint: str, what: str, about: str, arguments: Mapping[str, Any]) -> Rejection:
    document = _document(operator, arguments)
    return Rejection(id=f"{operator.name}/{what}", constraint=constraint, about=about, document=document)


def _document(operator: type[Operator], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The document of one use of an operator, all its operands inputs."""
    inputs: dict[str, Any] = {}
    members: dict[str, Any] = {"operator": operator.name}

    def operand(name: str, descriptor: OperandDescriptor) -> str:
        inputs[name] = {"dataType": descriptor.data_type.value, "shape": list(descriptor.shape)}
        return name

    for name, value in arguments.items():
        alias = operator.model_fields[name].alias or name
        if name not in operator.operand_limits:
            members[alias] = value
        elif isinstance(value, list):
            members[alias] = [operand(f"{alias}{i}", item) for i, item in enumerate(value)]
        else:
            members[alias] = operand(alias, value)
    outputs = [f"v{i}" for i in range(_output_count(operator.name))]
    return {
        "webnpu": 1,
        "inputs": inputs,
        "constants": {},
        "operators": [{**members, "label": LABEL, "outputs": outputs}],
        "outputs": {"y": "v0"},
    }


@cache
def _output_count(name: str) -> int:
    """How many outputs the valid use of an operator has."""
    builder, arguments = MLGraphBuilder(), dict(subject(name).arguments)
    for operand in OPERATORS[name].operand_limits:
        value = arguments[operand]
        if isinstance(value, list):
            arguments[operand] = [builder.input(f"{operand}{i}", item) for i, item in enumerate(value)]
        else:
            arguments[operand] = builder.input(operand, value)
    return len(builder.apply(OPERATORS[name], arguments))
