"""``webnpu doctor``: what is here, what is missing, and how to get it."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from .. import __version__
from ..backend import Availability, backend_names, load_backend
from ..conformance.cases import CaseFileError, case_files
from ..conformance.suite import CORPUS
from ..errors import NotSupportedError
from .console import console, print_json

PACKAGES = ("numpy", "pydantic", "ml_dtypes", "safetensors", "typer", "rich", "jinja2")
"""What the library and the command depend on."""


def doctor(json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False) -> None:
    """Say what is here, what is missing, and how to get it."""
    findings = examine()
    if json:
        print_json(findings)
        return
    screen = console()
    screen.print(f"webnpu {findings['webnpu']} on Python {findings['python']}, {findings['platform']}")
    table = Table("", "backend", "runs on, or what is missing", "versions", box=None, pad_edge=False, header_style="bold")
    for name, backend in findings["backends"].items():
        mark = Text("✓", "green") if backend["available"] else Text("✗", "red")
        versions = ", ".join(f"{package} {number}" for package, number in backend["versions"].items())
        table.add_row(mark, name, Text(backend["reason"]), Text(versions, "bright_black"))
    screen.print()
    screen.print(table)
    screen.print()
    screen.print("packages: " + ", ".join(f"{name} {number or 'missing'}" for name, number in findings["packages"].items()))
    screen.print(f"corpus: {findings['corpus']}", soft_wrap=True)


def examine() -> dict[str, Any]:
    """What there is to say, ready for JSON."""
    return {
        "webnpu": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}, {sys.byteorder}-endian",
        "backends": {name: _backend(name) for name in backend_names()},
        "packages": {name: _version(name) for name in PACKAGES},
        "corpus": _corpus(),
    }


def _backend(name: str) -> dict[str, Any]:
    try:
        found = load_backend(name).available()
    except NotSupportedError as error:
        found = Availability(False, str(error))
    except Exception as error:  # a broken installation is a finding, too
        found = Availability(False, f"it cannot be loaded: {type(error).__name__}: {error}")
    return {"available": found.ok, "reason": found.reason, "versions": dict(found.versions)}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _corpus() -> str:
    try:
        return f"{len(case_files(CORPUS / 'cases'))} files of cases in {CORPUS}"
    except CaseFileError:
        return "not here: it is part of a checkout, not of the package; `webnpu conformance --cases DIR` runs any other"
