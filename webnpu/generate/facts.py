"""What the operator classes say, in the form that every generated file needs it: members with their types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from typing_extensions import TypeAliasType

from .. import operators
from ..operator import Bool, Double, Float, Int, Limits, MLNumber, MLOperand, Operator, Same, UInt
from ..types import DataType

_SCALARS = {
    str: "string",
    bool: "boolean",
    Bool: "boolean",
    UInt: "unsigned long",
    Int: "long",
    Double: "double",
    Float: "float",
    MLNumber: "MLNumber",
    MLOperand: "MLOperand",
    DataType: "MLOperandDataType",
}
"""WebIDL's name of each type that a member of an operator may have."""

INTEGERS = ("unsigned long", "long")
"""Those of them that are integers."""

MODULO = ("cumulativeSum", "tile")
"""The operators whose integers WebNN's text leaves without ``[EnforceRange]``, which all others have."""


@dataclass(frozen=True, slots=True)
class MemberType:
    """The type of a member: WebIDL's name of it, one of them or a sequence.

    Attributes:
        name: WebIDL's name: ``unsigned long``, ``MLOperand``, ``MLInputOperandLayout``.
        single: whether one of them is allowed.
        sequence: whether a sequence of them is allowed.
    """

    name: str
    single: bool = True
    sequence: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """An operand or an option of an operator.

    Attributes:
        name: its Python name.
        alias: its WebNN name.
        type: what it may be.
        required: whether it is a positional argument of the builder's method.
        default: what an option is when it is absent; None where it has no value then.
        doc: what it means, as a sentence.
        limits: the data types and ranks of an operand, else None.
    """

    name: str
    alias: str
    type: MemberType
    required: bool
    default: Any
    doc: str
    limits: Limits | None


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A set of words that an option may be.

    Attributes:
        name: its WebNN name.
        values: the words.
        module: the module of `webnpu.operators` that declares it.
    """

    name: str
    values: tuple[str, ...]
    module: str


@cache
def members(operator: type[Operator]) -> tuple[Member, ...]:
    """The members of an operator, required ones first and ``label`` last: the order of the builder's arguments."""
    hints = get_type_hints(operator, include_extras=True)
    found = [
        Member(
            name=name,
            alias=field.alias or name,
            type=_member_type(hints[name]),
            required=field.is_required(),
            default=None if field.is_required() else field.default,
            doc=" ".join((field.description or "").split()),
            limits=operator.operand_limits.get(name),
        )
        for name, field in operator.model_fields.items()
    ]
    return tuple(sorted(found, key=lambda member: (not member.required, member.name == "label")))


def positional(operator: type[Operator]) -> tuple[Member, ...]:
    """The members that must be given."""
    return tuple(member for member in members(operator) if member.required)


def options(operator: type[Operator]) -> tuple[Member, ...]:
    """The members that may be left out, but for ``label``, which every operator has."""
    return tuple(member for member in members(operator) if not member.required and member.name != "label")


def has_several_outputs(operator: type[Operator]) -> bool:
    """Whether the builder's method returns a sequence."""
    return "output" not in operator.output_limits


def summary(operator: type[Operator]) -> str:
    """The first sentence of an operator's docstring, formula included."""
    return " ".join(paragraphs(operator)[0].split())


def paragraphs(operator: type[Operator]) -> list[str]:
    """The paragraphs of an operator's docstring."""
    return cleandoc(operator.__doc__ or "").split("\n\n")


def extensions(operator: type[Operator]) -> tuple[DataType, ...]:
    """The data types that some operand may have beyond WebNN."""
    return tuple(dict.fromkeys(t for limits in operator.operand_limits.values() for t in limits.extension))


@cache
def enumerations() -> tuple[Enumeration, ...]:
    """Every enumeration that options use, in reading order."""
    found: dict[str, Enumeration] = {}
    for module in operators.FAMILIES:
        for name, value in vars(module).items():
            alternatives: Any = value.__value__ if isinstance(value, TypeAliasType) else None
            if get_origin(alternatives) is Literal:
                found.setdefault(name, Enumeration(name, get_args(alternatives), module.__name__.rpartition(".")[2]))
    return tuple(found.values())


def _member_type(hint: Any) -> MemberType:
    """What an annotation says: an optional member has the type that it has when it is there."""
    if hint in _SCALARS:
        return MemberType(_SCALARS[hint])
    if isinstance(hint, TypeAliasType):
        return MemberType(hint.__name__)
    if any(isinstance(item, Limits) for item in getattr(hint, "__metadata__", ())):
        return _member_type(hint.__origin__)
    if get_origin(hint) in (Union, UnionType):
        alternatives = [_member_type(item) for item in get_args(hint) if item is not NoneType]
        return MemberType(alternatives[0].name, any(a.single for a in alternatives), any(a.sequence for a in alternatives))
    if get_origin(hint) is tuple:
        return MemberType(_member_type(get_args(hint)[0]).name, single=False, sequence=True)
    raise TypeError(f"generated files have no word for the annotation {hint!r}")


def by_family() -> Iterator[tuple[str, list[type[Operator]]]]:
    """The operators of each family, in reading order."""
    for module in operators.FAMILIES:
        family = module.__name__.rpartition(".")[2]
        yield family, [operator for operator in operators.OPERATORS.values() if operator.family == family]


def allowed_types(operator: type[Operator], name: str) -> tuple[DataType, ...]:
    """The data types that an operand or an output may have, extensions among them."""
    limits = {**operator.operand_limits, **operator.output_limits}[name]
    return allowed_types(operator, limits.types.operand) if isinstance(limits.types, Same) else limits.types + limits.extension
