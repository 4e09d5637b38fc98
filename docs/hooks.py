"""Brings the specification into the site, and what the latest conformance run measured, where there is one."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File, Files

from webnpu import OPERATORS
from webnpu.conformance.report import Report
from webnpu.conformance.verdicts import VALIDATION, Result

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "spec"
REPORT = ROOT / "report"
"""Where ``make conformance`` leaves its report."""
OUTSIDE = ("CONTRIBUTING.md", "CHANGELOG.md")
"""Files of the repository's root that are pages of the site too."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put chapters, decisions and operators into the navigation."""
    sections = {"spec": _specification(), "operators": _operators()}
    config.nav = [{title: sections.get(str(entry), entry)} for item in config.nav or [] for title, entry in item.items()]
    return config


def _specification() -> list[Any]:
    chapters = [f"spec/chapters/{path.name}" for path in sorted((SPEC / "chapters").glob("*.md"))]
    decisions = [f"spec/decisions/{path.name}" for path in sorted((SPEC / "decisions").glob("0*.md"))]
    return ["spec/README.md", *chapters, {"Decisions": ["spec/decisions/README.md", *decisions]}]


def _operators() -> list[Any]:
    by_family = groupby(OPERATORS.values(), key=lambda operator: operator.family)
    families = [
        {family.replace("_", " ").capitalize(): [{operator.name: f"spec/operators/{operator.name}.md"} for operator in operators]}
        for family, operators in by_family
    ]
    return ["spec/operators/README.md", *families]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the specification's files where they lie, and the pages of the repository's root."""
    paths = [*(path for path in SPEC.rglob("*") if path.is_file()), *(ROOT / name for name in OUTSIDE)]
    for path in sorted(paths):
        files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    if (REPORT / "conformance.html").is_file():
        files.append(File.generated(config, "report/conformance.html", abs_src_path=str(REPORT / "conformance.html")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Add what was measured, and lead links that leave the site, to source files and folders, to the repository."""
    operator = OPERATORS.get(posixpath.basename(page.file.src_uri).removesuffix(".md"))
    report = _report()
    if report and operator and page.file.src_uri.startswith("spec/operators/"):
        markdown = markdown.replace("## Example", f"{_measured(report, operator.name)}\n\n## Example")
    if report and page.file.src_uri == "conformance.md":
        markdown += f"\n## The latest run\n\n[The report](report/conformance.html) of {report.created}: {report.suite}.\n"
    folder = posixpath.dirname(page.file.src_uri)

    def outward(found: re.Match[str]) -> str:
        path, mark, fragment = found[1].partition("#")
        target = posixpath.normpath(posixpath.join(folder, path))
        if not path or "://" in path or files.get_file_from_path(target) or not (ROOT / target).exists():
            return found[0]
        return f"]({config.extra['repository']}/blob/main/{target}{mark}{fragment})"

    return re.sub(r"\]\(([^)\s]+)\)", outward, markdown)


@cache
def _report() -> Report | None:
    """The report of the latest run, if there was one."""
    path = REPORT / "conformance.json"
    return Report.load(path) if path.is_file() else None


def _measured(report: Report, operator: str) -> str:
    """The verdicts on an operator, and the worst distances that were measured, by backend and data type."""
    lines = ["## Measured", "", "| backend | type | cases | pass | worst | its bound |", "| --- | --- | --- | --- | --- | --- |"]
    for name, backend in report.backends.items():
        results: dict[str, list[Result]] = {}
        for result in backend.cases:
            if result.operator == operator and result.type != VALIDATION:
                results.setdefault(result.type, []).append(result)
        for data_type, judged in results.items():
            passed = sum(result.verdict == "pass" for result in judged)
            worst = max(judged, key=lambda result: result.ulp or 0)
            bound = (
                "none" if worst.bound is None else f"{worst.bound} ULP" + (f" or {worst.absolute_bound:g}" if worst.absolute_bound else "")
            )
            distance = "none" if worst.ulp is None else f"{worst.ulp} ULP"
            lines.append(f"| {name} | `{data_type}` | {len(judged)} | {passed} | {distance} | {bound} |")
    lines += ["", f"In the run of {report.created} on " + ", ".join(f"{b.device} ({name})" for name, b in report.backends.items()) + "."]
    return "\n".join(lines)
