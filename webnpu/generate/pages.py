"""``spec/operators/NAME.md``: one page for each operator, read from its class."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic.alias_generators import to_camel

from ..conformance.required import required_limits
from ..operator import Limits, Operator, Same
from ..operators import OPERATORS
from ..types import ANY, FLOATS, DataType
from . import examples, sources
from .coverage import coverage, in_words
from .dictionaries import options_dictionary
from .facts import Member, enumerations, extensions, has_several_outputs, members, options, paragraphs, positional
from .webidl import idl_type

_WEBNN = "https://www.w3.org/TR/webnn/#api-mlgraphbuilder-"

_SECTIONS = {
    "argMin": "argminmax",
    "argMax": "argminmax",
    "batchNormalization": "batchnorm",
    "instanceNormalization": "instancenorm",
    "layerNormalization": "layernorm",
    "hardSigmoid": "hard-sigmoid",
    "hardSwish": "hard-swish",
    "averagePool2d": "pool2d-average",
    "l2Pool2d": "pool2d-l2",
    "maxPool2d": "pool2d-max",
    **dict.fromkeys(("add", "sub", "mul", "div", "max", "min", "pow"), "binary"),
    **{name: f"{name}-method" for name in ("gelu", "relu", "resample2d", "reshape", "reverse")},
    **{name: f"{name}-method" for name in ("sigmoid", "softmax", "softplus", "softsign", "tanh")},
}
"""WebNN's names of sections that are not an operator's name in lower case."""

_ERRORS = "../chapters/5-errors.md#51-the-form-of-an-operators-error"
_CLASSES = "../chapters/4-numerics.md#43-the-three-classes-of-agreement"

_AGREEMENT = {
    "exact": "Exact",
    "ulp": "ULP-bounded",
    "accumulation": "Accumulation",
}


def files() -> dict[str, str]:
    """The generated files, by their path from the root of the repository."""
    return {f"spec/operators/{operator.name}.md": page(operator) for operator in OPERATORS.values()}


def page(operator: type[Operator]) -> str:
    """The page of one operator."""
    sections = [
        f"# {operator.name}",
        *(prose(paragraph, operator) for paragraph in paragraphs(operator)),
        _links(operator),
        _extensions(operator),
        _signature(operator),
        _operands(operator),
        _options(operator),
        _constraints(operator),
        _output(operator),
        _agreement(operator),
        _emulation(operator),
        _backends(operator),
        _example(operator),
        "[All operators](README.md)",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def webnn_section(operator: type[Operator]) -> str:
    """The address of WebNN's section on an operator."""
    if operator.family == "elementwise" and operator.name not in _SECTIONS:
        name = (
            operator.name.lower()
            if operator.name in ("cast", "clamp", "where")
            else "logical"
            if "a" in operator.operand_limits
            else "unary"
        )
        return _WEBNN + name
    stem = "reduce" if operator.name.startswith("reduce") else operator.name.lower()
    return _WEBNN + _SECTIONS.get(operator.name, stem)


def prose(text: str, operator: type[Operator] | None = None) -> str:
    """A docstring's text as Markdown: code is code, and another operator's name leads to its page."""

    def link(found: re.Match[str]) -> str:
        name = found[1]
        known = name in OPERATORS and (operator is None or name != operator.name)
        return f"[`{name}`]({name}.md)" if known else f"`{name}`"

    return re.sub(r"(?<!`)`(\w+)`(?!`)", link, " ".join(text.split())).replace("``", "`")


def cell(text: str) -> str:
    """Text as it stands in a cell of a table."""
    return re.sub(r"`([^`]*\|[^`]*)`", r"<code>\1</code>", text).replace("|", "&#124;")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *([cell(item) for item in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _links(operator: type[Operator]) -> str:
    links = {
        f"{operator.family.replace('_', ' ')} family": f"README.md#{operator.family.replace('_', '-')}",
        "WebNN's section": webnn_section(operator),
        "class": f"../../{sources.of_class(operator)}",
        "reference evaluator": f"../../{sources.of_evaluator(operator)}",
    }
    return " · ".join(f"[{name}]({target})" for name, target in links.items())


def _extensions(operator: type[Operator]) -> str:
    types = extensions(operator)
    if not types:
        return ""
    names = " and ".join(f"`{data_type}`" for data_type in types)
    return (
        f"> **Beyond WebNN:** the data types {names} are allowed here; see [extensions](../chapters/8-relation-to-webnn.md#84-extensions)."
    )


def _signature(operator: type[Operator]) -> str:
    returns = "tuple[MLOperand, ...]" if has_several_outputs(operator) else "MLOperand"
    arguments = [member.name for member in positional(operator)]
    keywords = [f"{member.name}={_python(member.default)}" for member in members(operator) if not member.required]
    idl = [f"{idl_type(member.type)} {member.alias}" for member in positional(operator)]
    idl.append(f"optional {options_dictionary(operator)} options = {{}}")
    sequence = "sequence<MLOperand>" if has_several_outputs(operator) else "MLOperand"
    return "\n".join(
        [
            "```python",
            _wrapped(f"builder.{operator.method}", [*arguments, *keywords], f" -> {returns}"),
            "```",
            "",
            "```webidl",
            _wrapped(f"{sequence} {operator.name}", idl, ";"),
            "```",
        ]
    )


def _python(value: object) -> str:
    """A default as Python source, sequences as lists."""
    if isinstance(value, str):
        return f'"{value}"'
    return repr(list(value) if isinstance(value, tuple) else value)


def _wrapped(head: str, arguments: list[str], tail: str) -> str:
    line = f"{head}({', '.join(arguments)}){tail}"
    return line if len(line) <= 88 else f"{head}(\n    " + ",\n    ".join(arguments) + f",\n){tail}".replace(",\n);", "\n);")


def _operands(operator: type[Operator]) -> str:
    rows = [
        [f"`{member.alias}`", *_limits(operator, member.name, limits), prose(member.doc, operator)]
        for member in members(operator)
        if (limits := member.limits) is not None
    ]
    table = _table(["operand", "data types", "rank", "required", "meaning"], [_optional(row, operator) for row in rows])
    note = "*Required* is what every implementation must support: a refusal within it is a failure."
    return f"## Operands\n\n{table}\n\n{note}"


def _optional(row: list[str], operator: type[Operator]) -> list[str]:
    optional = {f"`{member.alias}`" for member in options(operator)}
    return [f"{row[0]} (optional)" if row[0] in optional else row[0], *row[1:]]


def _limits(operator: type[Operator], name: str, limits: Limits) -> list[str]:
    """The allowed data types and ranks, and the required ones, in words."""
    types = f"that of `{to_camel(limits.types.operand)}`" if isinstance(limits.types, Same) else type_names(limits.types)
    if limits.extension:
        types += f"; beyond WebNN {type_names(limits.extension)}"
    rank = f"that of `{to_camel(limits.rank.operand)}`" if isinstance(limits.rank, Same) else rank_words(limits.ranks())
    required = required_limits(operator)[name]
    return [types, rank, f"{type_names(required.types)}; rank {rank_words(required.ranks)}"]


def type_names(types: tuple[DataType, ...]) -> str:
    """Data types as a page lists them."""
    if set(types) == set(ANY):
        return "any"
    if set(types) == set(FLOATS):
        return "floats"
    return ", ".join(f"`{data_type}`" for data_type in types)


def rank_words(ranks: tuple[int, int | None]) -> str:
    """Ranks as a page has them."""
    low, high = ranks
    if high is None:
        return "any" if low == 0 else f"{low} or more"
    return f"{low}" if low == high else f"{low} to {high}"


def _options(operator: type[Operator]) -> str:
    arguments = [member for member in members(operator) if member.limits is None and member.name != "label"]
    if not arguments:
        return ""
    rows = [[_names(member), _type(member), _default(member), prose(member.doc, operator)] for member in arguments]
    return "## Arguments and options\n\n" + _table(["name", "type", "default", "meaning"], rows)


def _names(member: Member) -> str:
    """WebNN's name, and Python's where it is another."""
    return f"`{member.alias}`" + (f" (`{member.name}`)" if member.name != member.alias else "")


def _type(member: Member) -> str:
    """The type in WebIDL's words; of an enumeration, its words."""
    words = next((e.values for e in enumerations() if e.name == member.type.name), ())
    name = " or ".join(f"`{word}`" for word in words) or f"`{member.type.name}`"
    if not member.type.sequence:
        return name
    return f"{name}, or a sequence of them" if member.type.single else f"sequence of {name}"


def _default(member: Member) -> str:
    if member.required:
        return "must be given"
    if member.default is None:
        return "absent"
    return f"`{_python(member.default)}`"


def _constraints(operator: type[Operator]) -> str:
    limits = f"The data type and the rank of each operand are as the table above says; the [error]({_ERRORS}) names the operand."
    if not operator.constraints:
        return f"## Constraints\n\n{limits}"
    rules = [
        f'- <a id="{rule.label.lower()}"></a>**{rule.label}** ([check](../../{sources.of_check(rule.check)})): {rule.text}.'
        for rule in operator.constraints
    ]
    return f"## Constraints\n\n{limits} Then, in this order:\n\n" + "\n".join(rules) + _meaningless(operator)


def _meaningless(operator: type[Operator]) -> str:
    """What WebNN allows, but gives no meaning."""
    if operator.meaningless is Operator.meaningless:
        return ""
    return f"\n\nRefused when the graph is built, on every backend: {prose(operator.meaningless.__doc__ or '', operator)}"


def _output(operator: type[Operator]) -> str:
    rows = [[f"`{name}`", *_limits(operator, name, limits)] for name, limits in operator.output_limits.items()]
    table = _table(["output", "data type", "rank", "required"], rows)
    return f"## Output\n\n{table}\n\nIts descriptor, as the class computes it:\n\n```python\n{sources.with_helpers(operator, 'infer')}\n```"


def _agreement(operator: type[Operator]) -> str:
    kind, bound = _AGREEMENT[operator.agreement.kind], operator.agreement.describe
    words = "" if bound == "exact" else f" {bound[0].upper()}{bound[1:]}."
    return f"## Agreement\n\n**{kind}.**{words} What the classes mean is said in [4.3]({_CLASSES})."


def _emulation(operator: type[Operator]) -> str:
    if not operator.has_emulation():
        return "## Emulation\n\nNone: the operator is primitive."
    body = sources.with_helpers(operator, "emulate")
    return f"## Emulation\n\nWhere a backend lacks the operator, other operators compute it:\n\n```python\n{body}\n```"


def _backends(operator: type[Operator]) -> str:
    rows = [[name, in_words(operators.get(operator.name))] for name, operators in coverage().items() if operators]
    return "## Backends\n\n" + _table(["backend", "how"], rows)


def _example(operator: type[Operator]) -> str:
    return f"## Example\n\n```python\n{examples.code(operator)}\n```\n\n```text\n{examples.printed(operator)}\n```"
