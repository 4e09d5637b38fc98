"""``polyfill/src/generated``: the types of the polyfill, and its tables of operators.

`types.ts` holds what WebNN's operators are called with; `operators.ts` the rules that are data; `members.ts` what
an operator holds once it is in a graph. What is not data (shape rules, checks of constraints) exists once in Python
and once in TypeScript, under the same labels.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..conformance.required import required_limits
from ..operator import Limits, Operator, Same
from ..operators import OPERATORS
from ..types import MAX_DIMENSION, MAX_TENSOR_COUNT, DataType
from .dictionaries import limited, limits_dictionary, options_dictionary
from .facts import (
    INTEGERS,
    MODULO,
    Enumeration,
    Member,
    MemberType,
    enumerations,
    has_several_outputs,
    members,
    options,
    positional,
    summary,
)

_HEAD = "// Made by `python -m webnpu.generate` from the operators' classes; changes here are lost.\n"

_TYPES = {
    "string": "string",
    "boolean": "boolean",
    "unsigned long": "number",
    "long": "number",
    "double": "number",
    "float": "number",
}
"""TypeScript's name of each type; those that are absent keep their WebNN names."""

_FRAME = """
/** WebNN's `bigint or unrestricted double`. */
export type MLNumber = number | bigint;

/** A value in a graph under construction. */
export interface MLOperand {
  readonly dataType: MLOperandDataType;
  readonly shape: readonly number[];
}

/** What every operator's options hold. */
export interface MLOperatorOptions {
  /** A name for this use of the operator, which error messages repeat. */
  label?: string;
}

export interface MLRankRange {
  min: number;
  max: number;
}

export interface MLTensorLimits {
  dataTypes: MLOperandDataType[];
  rankRange: MLRankRange;
}
"""

_TABLE_TYPES = """
/** The data types, or the ranks (from and to; null: no bound of its own), of an operand: its own, or those of another operand. */
export type Rule<T> = T | { readonly sameAs: string };
export type Ranks = readonly [min: number, max: number | null];

/** Which data types and ranks an operand may have, and which every implementation must support. */
export interface TensorRule {
  readonly dataTypes: Rule<readonly MLOperandDataType[]>;
  readonly ranks: Rule<Ranks>;
  readonly requiredDataTypes: readonly MLOperandDataType[];
  readonly requiredRanks: Ranks;
  /** Data types that are allowed beyond WebNN. */
  readonly extension?: readonly MLOperandDataType[];
}

/** How WebIDL converts a member; the name of an enumeration is one of `ENUMERATIONS`. */
export type MemberKind =
  | "MLOperand" | "MLNumber" | "MLOperandDataType" | "boolean" | "unsigned long" | "long" | "double" | "float" | EnumerationName;

/** An operand or an option, in the order of the method's arguments. */
export interface MemberRule {
  readonly name: string;
  readonly kind: MemberKind;
  /** Whether it is one, a sequence, or either of both. */
  readonly arity: "one" | "sequence" | "either";
  /** Whether it is an argument of its own; the others are members of the options. */
  readonly required: boolean;
  /** Whether WebIDL takes its integers modulo 2^32; those of all other members must be in range. */
  readonly modulo?: true;
  /** What an option is when it is absent; missing where it has no value then. */
  readonly default?: string | number | boolean | readonly number[];
  /** The limits of an operand. */
  readonly limits?: TensorRule;
}

/** A numbered rule: the same label names the check, the message, the page and the test. */
export interface ConstraintRule {
  readonly label: string;
  readonly text: string;
}

export interface OperatorRule {
  readonly family: string;
  readonly members: readonly MemberRule[];
  /** The outputs by their names in `opSupportLimits()`. */
  readonly outputs: Readonly<Record<string, TensorRule>>;
  /** Whether the method returns a sequence. */
  readonly returnsSequence: boolean;
  readonly constraints: readonly ConstraintRule[];
  readonly agreement: { readonly kind: "exact" | "ulp" | "accumulation"; readonly bound: string };
}
"""


def files() -> dict[str, str]:
    """The generated files, by their path from the root of the repository."""
    written = {"types.ts": _types(), "operators.ts": _operators(), "members.ts": _members()}
    return {f"polyfill/src/generated/{name}": text for name, text in written.items()}


def _types() -> str:
    words = [Enumeration("MLOperandDataType", tuple(DataType), "types"), *enumerations()]
    sections = [_HEAD, "/** The words of every enumeration. */", _constant("ENUMERATIONS", {e.name: list(e.values) for e in words})]
    sections += ["export type EnumerationName = keyof typeof ENUMERATIONS;", ""]
    sections += [f'export type {e.name} = (typeof ENUMERATIONS)["{e.name}"][number];' for e in words]
    extension = [data_type.value for data_type in DataType if data_type.is_extension]
    sections += [
        "",
        "/** Data types that WebNN lacks. */",
        f"export const EXTENSIONS: readonly MLOperandDataType[] = {json.dumps(extension)};",
    ]
    sections += ["", "/** The largest dimension, and the largest number of elements. */", f"export const MAX_DIMENSION = {MAX_DIMENSION};"]
    sections += ["/** The most inputs of `concat` and outputs of `split`. */", f"export const MAX_TENSOR_COUNT = {MAX_TENSOR_COUNT};"]
    sections += [_FRAME]
    written: set[str] = set()
    for operator in OPERATORS.values():
        for name, text in _interfaces(operator).items():
            if name not in written:
                written.add(name)
                sections.append(text)
    limits = [f"  {operator.name}?: {limits_dictionary(operator)};" for operator in OPERATORS.values()]
    sections += [
        "/** The limits of each operator, as `opSupportLimits()` states them. */",
        "export interface MLOperatorSupportLimits {",
        *limits,
    ]
    sections += ["}", "", "/** The methods of `MLGraphBuilder` that add operators. */", "export interface MLOperatorMethods {"]
    sections += [_method(operator) for operator in OPERATORS.values()]
    return "\n".join([*sections, "}", ""])


def _interfaces(operator: type[Operator]) -> dict[str, str]:
    """The dictionaries of an operator, its options and its support limits, by name."""
    found = {}
    if options(operator):
        name = options_dictionary(operator)
        found[name] = _interface(f"{name} extends MLOperatorOptions", map(_option, options(operator)))
    name = limits_dictionary(operator)
    found[name] = _interface(name, (f"  {member}?: MLTensorLimits;" for member in limited(operator)))
    return found


def _interface(head: str, lines: Iterable[str]) -> str:
    return "\n".join([f"export interface {head} {{", *lines, "}", ""])


def _option(member: Member) -> str:
    default = "" if member.default is None else f" Default: `{json.dumps(member.default)}`."
    return f"  /** {_doc(member.doc)}{default} */\n  {member.alias}?: {typescript_type(member.type)};"


def _method(operator: type[Operator]) -> str:
    arguments = [f"{member.alias}: {typescript_type(member.type)}" for member in positional(operator)]
    arguments.append(f"options?: {options_dictionary(operator)}")
    returns = "MLOperand[]" if has_several_outputs(operator) else "MLOperand"
    return f"  /** {_doc(summary(operator))} */\n  {operator.name}({', '.join(arguments)}): {returns};"


def _doc(text: str) -> str:
    return text.replace("``", "`").replace("*/", "* /")


def typescript_type(member_type: MemberType) -> str:
    """TypeScript's spelling of a type."""
    name = _TYPES.get(member_type.name, member_type.name)
    return " | ".join([name] * member_type.single + [f"readonly {name}[]"] * member_type.sequence)


def _operators() -> str:
    rows = [f"  {operator.name}: {_literal(_rule(operator), 1)}," for operator in OPERATORS.values()]
    imports = 'import type { EnumerationName, MLOperandDataType } from "./types.js";\n'
    names = "\n".join(f'  | "{name}"' for name in OPERATORS)
    return "\n".join(
        [
            _HEAD,
            imports,
            "/** WebNN's name of an operator. */",
            f"export type OperatorName =\n{names};",
            _TABLE_TYPES,
            "/** Every operator by its name, in the order of the specification. */",
            "export const OPERATORS: Readonly<Record<OperatorName, OperatorRule>> = {",
            *rows,
            "};",
            "",
        ]
    )


def _members() -> str:
    """What each operator holds in a graph: its operands and options, with the defaults filled in."""
    words = {m.type.name for operator in OPERATORS.values() for m in members(operator) if m.name != "label"}
    enumerated = sorted(words & {"MLNumber", "MLOperandDataType", *(e.name for e in enumerations())})
    rows = []
    for operator in OPERATORS.values():
        fields = [_field(member) for member in members(operator) if member.name != "label"]
        rows.append(f"  {operator.name}: {{ {' '.join(fields)} }};")
    return "\n".join(
        [
            _HEAD,
            'import type { Operand } from "../core/operand.js";',
            f'import type {{ {", ".join(enumerated)} }} from "./types.js";',
            "",
            "/** The operands and options of each operator in a graph; an option that has a default is always there. */",
            "export interface Members {",
            *rows,
            "}",
            "",
        ]
    )


def _field(member: Member) -> str:
    there = member.required or member.default is not None
    name = "Operand" if member.type.name == "MLOperand" else _TYPES.get(member.type.name, member.type.name)
    spelled = " | ".join([name] * member.type.single + [f"readonly {name}[]"] * member.type.sequence)
    return f"readonly {member.alias}{'' if there else '?'}: {spelled};"


def _rule(operator: type[Operator]) -> dict[str, Any]:
    return {
        "family": operator.family,
        "members": [_member(operator, member) for member in members(operator) if member.name != "label"],
        "outputs": {name: _tensor(operator, name, limits) for name, limits in operator.output_limits.items()},
        "returnsSequence": has_several_outputs(operator),
        "constraints": [{"label": rule.label, "text": rule.text} for rule in operator.constraints],
        "agreement": {"kind": operator.agreement.kind, "bound": operator.agreement.describe},
    }


def _member(operator: type[Operator], member: Member) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "name": member.alias,
        "kind": member.type.name,
        "arity": "one" if not member.type.sequence else "either" if member.type.single else "sequence",
        "required": member.required,
    }
    if operator.name in MODULO and member.type.name in INTEGERS:
        rule["modulo"] = True
    if member.default is not None:
        rule["default"] = member.default
    if member.limits is not None:
        rule["limits"] = _tensor(operator, member.name, member.limits)
    return rule


def _tensor(operator: type[Operator], name: str, limits: Limits) -> dict[str, Any]:
    """What `TensorRule` says, for an operand or an output."""
    described, required = limits.described(), required_limits(operator)[name]
    extension = [data_type.value for data_type in limits.extension]
    types = described["dataTypes"]
    rule = {
        "dataTypes": types if isinstance(limits.types, Same) else [t for t in types if t not in extension],
        "ranks": described["rank"] if isinstance(limits.rank, Same) else list(limits.ranks()),
        "requiredDataTypes": [data_type.value for data_type in required.types],
        "requiredRanks": list(required.ranks),
    }
    return rule | ({"extension": extension} if extension else {})


def _literal(value: Any, depth: int) -> str:
    """A value in TypeScript's spelling, on several lines down to the members of an operator."""
    if isinstance(value, dict):
        items = [f"{key}: {_literal(item, depth + 1)}" for key, item in value.items()]
        brackets = "{", "}"
    elif isinstance(value, (list, tuple)):
        items, brackets = [_literal(item, depth + 1) for item in value], ("[", "]")
    else:
        return json.dumps(value, ensure_ascii=False)
    if depth > 2 or not items:
        space = " " if brackets[0] == "{" and items else ""
        return f"{brackets[0]}{space}{', '.join(items)}{space}{brackets[1]}"
    indent = "  " * depth
    return f"{brackets[0]}\n" + "".join(f"{indent}  {item},\n" for item in items) + f"{indent}{brackets[1]}"


def _constant(name: str, value: dict[str, list[str]]) -> str:
    rows = "\n".join(f"  {key}: {json.dumps(words)}," for key, words in value.items())
    return f"export const {name} = {{\n{rows}\n}} as const;"
