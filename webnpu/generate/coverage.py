"""``spec/coverage.json``: how each backend does each operator, computed from its lowerings.

Pages are the same wherever they are generated: a backend that does not load here keeps the entry that was
committed, made where it did load.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from ..backend import Backend, Lowerings, load_backend
from ..errors import NotSupportedError
from ..operator import Operator
from ..operators import OPERATORS
from .facts import allowed_types

_FILE = Path(__file__).parents[2] / "spec" / "coverage.json"

Coverage = dict[str, dict[str, Any]]
"""By the operator's name: ``by`` (``lowered`` or ``emulated``) and the data types of its first operand that it ``refuses``."""


def files() -> dict[str, str]:
    """The generated files, by their path from the root of the repository."""
    lines = []
    for name, operators in coverage().items():
        rows = ",\n".join(f'  "{operator}": {json.dumps(entry)}' for operator, entry in operators.items())
        lines.append(f' "{name}": {{\n{rows}\n }}' if rows else f' "{name}": {{}}')
    return {"spec/coverage.json": "{\n" + ",\n".join(lines) + "\n}\n"}


@cache
def coverage() -> dict[str, Coverage]:
    """The coverage of every backend whose limits are the same everywhere, the reference first."""
    committed = json.loads(_FILE.read_text(encoding="utf-8")) if _FILE.is_file() else {}
    names = {point.name for point in entry_points(group="webnpu.backends")} | committed.keys()
    found = {}
    for name in sorted(names, key=lambda name: (name != "reference", name)):
        try:
            backend = load_backend(name)
            if not backend.limits_vary:
                found[name] = _of_backend(backend)
        except NotSupportedError:
            found[name] = committed.get(name, {})
    return found


def _of_backend(backend: Backend) -> Coverage:
    limits, table = backend.support_limits(), Lowerings.tables.get(backend.name)
    return {
        name: {
            "by": "lowered" if table is None or operator in table else "emulated",
            "refuses": _refused(operator, limits[name]),
        }
        for name, operator in OPERATORS.items()
        if name in limits
    }


def _refused(operator: type[Operator], limits: dict[str, Any]) -> list[str]:
    """WebNN's data types of the first operand that a backend lacks."""
    first = next(iter(operator.operand_limits))
    supported = limits[operator.model_fields[first].alias or first]["dataTypes"]
    return [data_type.value for data_type in allowed_types(operator, first) if not data_type.is_extension and data_type not in supported]


def in_words(entry: dict[str, Any] | None) -> str:
    """How a backend does an operator, in words."""
    if entry is None:
        return "refused"
    return f"{entry['by']}, but not {', '.join(entry['refuses'])}" if entry["refuses"] else str(entry["by"])
