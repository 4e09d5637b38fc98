"""``spec/webnpu.webidl``: the JavaScript interface, the operators from their classes and the rest from a frame."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

from ..operator import Operator
from ..types import DataType
from .dictionaries import limited, limits_dictionary, options_dictionary
from .facts import INTEGERS, MODULO, Enumeration, Member, MemberType, by_family, enumerations, has_several_outputs, options, positional


def files() -> dict[str, str]:
    """The generated files, by their path from the root of the repository."""
    frame = Template(Path(__file__).with_name("frame.webidl").read_text(encoding="utf-8"))
    sections = [frame.substitute(data_types=_data_types()), *map(_enumeration, enumerations())]
    written: dict[str, str] = {}
    for family, operators in by_family():
        sections.append(f"// {family.replace('_', ' ')}\n")
        dictionaries = {name: text for operator in operators for name, text in _dictionaries(operator) if name not in written}
        written |= dictionaries
        sections += dictionaries.values()
        sections.append(_partial("interface MLGraphBuilder", map(_method, operators)))
        sections.append(_partial("dictionary MLOpSupportLimits", (f"{limits_dictionary(op)} {op.name};" for op in operators)))
    return {"spec/webnpu.webidl": "\n".join(sections)}


def _data_types() -> str:
    """The data types, the extensions marked."""
    lines = []
    for data_type in DataType:
        comma = "" if data_type is list(DataType)[-1] else ","
        lines.append(f'  "{data_type}"{comma}' + ("  // WebNPU extension" if data_type.is_extension else ""))
    return "\n".join(["enum MLOperandDataType {", *lines, "};"])


def _enumeration(enumeration: Enumeration) -> str:
    values = ",\n".join(f'  "{value}"' for value in enumeration.values)
    return f"enum {enumeration.name} {{\n{values}\n}};\n"


def _dictionaries(operator: type[Operator]) -> Iterator[tuple[str, str]]:
    """The dictionaries of an operator, its options and its support limits, by name."""
    if options(operator):
        name = options_dictionary(operator)
        yield name, _block(f"dictionary {name} : MLOperatorOptions", (f"{_option(member)};" for member in options(operator)))
    name = limits_dictionary(operator)
    yield name, _block(f"dictionary {name}", (f"MLTensorLimits {member};" for member in limited(operator)))


def _method(operator: type[Operator]) -> str:
    arguments = [f"{idl_type(member.type)} {member.alias}" for member in positional(operator)]
    arguments.append(f"optional {options_dictionary(operator)} options = {{}}")
    returns = "sequence<MLOperand>" if has_several_outputs(operator) else "MLOperand"
    line = f"{returns} {operator.name}({', '.join(arguments)});"
    if len(line) > 100:
        line = f"{returns} {operator.name}(\n      " + ",\n      ".join(arguments) + ");"
    return f"// WebNN, unlike us, takes the integers of {operator.name} modulo their range.\n  {line}" if operator.name in MODULO else line


def _option(member: Member) -> str:
    declared = f"{idl_type(member.type)} {member.alias}"
    if member.default is None or isinstance(member.default, tuple):  # WebIDL has no default for a sequence with items
        return declared
    return f"{declared} = {_literal(member.default)}"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return re.sub(r"e-0(\d)", r"e-\1", str(value))


def idl_type(member_type: MemberType) -> str:
    """WebIDL's spelling of a type."""
    name = f"[EnforceRange] {member_type.name}" if member_type.name in INTEGERS else member_type.name
    if not member_type.sequence:
        return name
    return f"({name} or sequence<{name}>)" if member_type.single else f"sequence<{name}>"


def _block(head: str, lines: Iterator[str]) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f"{head} {{\n{body}\n}};\n"


def _partial(head: str, lines: Iterator[str]) -> str:
    return _block(f"partial {head}", lines)
