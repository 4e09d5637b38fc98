"""``spec/operators/README.md``: all operators by family, and which backend does which how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..operator import Operator
from ..operators import OPERATORS
from .coverage import coverage, in_words
from .facts import by_family, extensions, summary
from .pages import cell, prose

_ROOT = Path(__file__).parents[2]


def files() -> dict[str, str]:
    """The generated files, by their path from the root of the repository."""
    return {
        "spec/README.md": "\n\n".join(_contents()) + "\n",
        "spec/operators/README.md": "\n\n".join([*_head(), *_families(), *_coverage()]) + "\n",
    }


def _contents() -> Iterator[str]:
    """The table of contents of the whole specification."""
    yield "# The WebNPU specification"
    yield (
        "The chapters say what holds for every operator; the pages of the operators are read from "
        "their classes, which are the specification itself."
    )
    yield "## Chapters\n\n" + "\n".join(f"- [{title}](chapters/{name})" for name, title in chapters().items())
    families = [f"- [{title(family)}](operators/README.md#{anchor(family)}): {_named(operators)}" for family, operators in by_family()]
    yield "## Operators\n\n" + "\n".join(families)
    yield (
        "## For machines\n\n"
        "- [`webnpu.webidl`](webnpu.webidl): the JavaScript interface, in WebIDL\n"
        "- [`graph.schema.json`](schema/graph.schema.json): the JSON Schema of graph documents\n"
        "- [`cases.schema.json`](schema/cases.schema.json): the JSON Schema of conformance cases\n"
        "- [`report.schema.json`](schema/report.schema.json): the JSON Schema of reports\n"
        "- [`coverage.json`](coverage.json): which backend does which operator how"
    )
    yield "## Decisions\n\nChoices that close other roads, [each with its reason](decisions/README.md)."


def _named(operators: Iterable[type[Operator]]) -> str:
    return ", ".join(f"[`{operator.name}`](operators/{operator.name}.md)" for operator in operators)


def chapters() -> dict[str, str]:
    """The titles of the written chapters, by the names of their files."""
    paths = sorted((_ROOT / "spec" / "chapters").glob("*.md"))
    return {path.name: path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in paths}


def title(family: str) -> str:
    """A family's name as a heading has it."""
    return family.replace("_", " ").capitalize()


def anchor(family: str) -> str:
    """The anchor of a family's heading."""
    return family.replace("_", "-")


def _head() -> Iterator[str]:
    emulated = sum(operator.has_emulation() for operator in OPERATORS.values())
    yield "# Operators"
    yield (
        f"The {len(OPERATORS)} operators of WebNN, one page each, read from their classes in [`webnpu/operators`](../../webnpu/operators). "
        f"{emulated} of them can be expressed by others, and say how. The [interface](../webnpu.webidl) is WebIDL; "
        "[graph documents](../schema/graph.schema.json) have a JSON Schema."
    )
    listed = " · ".join(f"[{name}](../chapters/{path})" for path, name in chapters().items())
    yield f"The chapters say what holds for all of them: {listed}."
    yield "Families: " + " · ".join(f"[{title(family)}](#{anchor(family)})" for family, _ in by_family()) + " · [Coverage](#coverage)"


def _families() -> Iterator[str]:
    for family, operators in by_family():
        rows = [f"| [`{operator.name}`]({operator.name}.md) | {_summary(operator)} |" for operator in operators]
        yield f"## {title(family)}\n\n| operator | what it computes |\n| --- | --- |\n" + "\n".join(rows)


def _summary(operator: type[Operator]) -> str:
    mark = " *(extended)*" if extensions(operator) else ""
    return cell(prose(summary(operator))) + mark


def _coverage() -> Iterator[str]:
    backends = {name: operators for name, operators in coverage().items() if operators}
    yield "## Coverage"
    yield (
        "How each backend does each operator. *Lowered*: by a kernel or an operator of its own; *emulated*: by other operators; "
        "*refused*: not at all, with an error that says so. Data types are those of the first operand. "
        "The table is computed from what the backends register ([`coverage.json`](../coverage.json))."
    )
    lines = [f"| operator | {' | '.join(backends)} |", f"| --- |{' --- |' * len(backends)}"]
    for name in OPERATORS:
        words = (in_words(operators.get(name)) for operators in backends.values())
        lines.append(f"| [`{name}`]({name}.md) | {' | '.join(words)} |")
    yield "\n".join(lines)
    counts = [f"{name} {len(operators)}" for name, operators in backends.items()]
    yield f"Operators that are not refused, of {len(OPERATORS)}: {', '.join(counts)}."
