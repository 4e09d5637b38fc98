"""``webnpu/builder_methods.pyi``: the builder's methods, for type checkers and editors."""

from __future__ import annotations

import json
from textwrap import indent

from ..operator import Operator
from ..operators import OPERATORS
from ..types import DataType
from .facts import Member, enumerations, has_several_outputs, members, paragraphs, positional

_PYTHON = {
    "string": "str",
    "boolean": "bool",
    "unsigned long": "int",
    "long": "int",
    "double": "float",
    "float": "float",
    "MLNumber": "int | float",
    "MLOperandDataType": "_DataType",
}
"""Python's name of each type; those that are absent keep their WebNN names."""

_HEAD = '''"""The methods of MLGraphBuilder that add operators. Made by ``python -m webnpu.generate`` from the operators' classes."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .operator import MLOperand, Operator
{imports}

_DataType = DataType | Literal[{data_types}]

class BuilderMethods:
    """One method for each operator."""

    def apply(self, operator: type[Operator], arguments: Mapping[str, Any]) -> tuple[MLOperand, ...]:
        """Add one use of an operator, by its class; `MLGraphBuilder.apply` does."""
'''


def files() -> dict[str, str]:
    """The generated files, by their path from the root of the repository."""
    by_module: dict[str, list[str]] = {}
    for enumeration in enumerations():
        by_module.setdefault(enumeration.module, []).append(enumeration.name)
    imports = [f"from .operators.{module} import {', '.join(sorted(names))}" for module, names in sorted(by_module.items())]
    head = _HEAD.format(
        imports="\n".join([*imports, "from .types import DataType"]),
        data_types=", ".join(f'"{data_type}"' for data_type in DataType),
    )
    return {"webnpu/builder_methods.pyi": "\n".join([head, *(_method(operator) for operator in OPERATORS.values())])}


def _method(operator: type[Operator]) -> str:
    """The stub of one method, with the operator's docstring."""
    arguments = ["self", *(_argument(member) for member in positional(operator)), "*"]
    arguments += [_argument(member) for member in members(operator) if not member.required]
    returns = "tuple[MLOperand, ...]" if has_several_outputs(operator) else "MLOperand"
    signature = f"    def {operator.method}(\n" + "".join(f"        {argument},\n" for argument in arguments) + f"    ) -> {returns}:\n"
    described = "\n".join(f"    {member.name}: {member.doc[0].lower()}{member.doc[1:]}" for member in members(operator))
    docstring = "\n\n".join([*paragraphs(operator), f"Args:\n{described}"])
    return signature + indent(f'"""{docstring}\n"""\n', "        ", lambda line: bool(line.strip()))


def _argument(member: Member) -> str:
    annotation = python_type(member)
    if member.required:
        return f"{member.name}: {annotation}"
    if member.default is None:
        return f"{member.name}: {annotation} | None = None"
    default = json.dumps(member.default) if isinstance(member.default, str) else repr(member.default)
    return f"{member.name}: {annotation} = {default}"


def python_type(member: Member) -> str:
    """The annotation of a member, without None."""
    name = _PYTHON.get(member.type.name, member.type.name)
    alternatives = [name] * member.type.single + [f"Sequence[{name}]"] * member.type.sequence
    return " | ".join(alternatives)
