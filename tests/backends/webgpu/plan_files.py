"""Exported plans that are changed before they are written, as an attacker would."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from webnpu.conformance.cases import load_cases
from webnpu.graph import Graph

from .parts import BACKEND, part

CORPUS = Path(__file__).parents[2] / "conformance" / "cases"
HOSTILE: dict[str, Any] = json.loads(Path(__file__).with_name("hostile_plans.json").read_text())


def graph_of(case: str) -> Graph:
    """The graph of a case of the corpus."""
    return next(found for found in load_cases(CORPUS) if found.id == case).graph()


def exported(graph: Graph) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The metadata of the exported plan of a graph, as JSON has it, and the constants of the file."""
    export, lowered = part("export"), BACKEND.lower(graph)
    inputs, outputs = (export._described(d) for d in (graph.input_descriptors, graph.output_descriptors))
    whole = export.Exported(version=export.FORMAT, inputs=inputs, outputs=outputs, plan=lowered.plan)
    return whole.model_dump(mode="json"), {name: np.asarray(words) for name, words in lowered.constants.items()}


def changed(document: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The metadata with changes as `hostile_plans.json` states them."""
    document = copy.deepcopy(document)
    for change in changes:
        *path, last = change["at"]
        target: Any = document
        for name in path:
            target = target[name]
        if "put" in change:
            target[last] = _repeated(change["put"])
        elif "add" in change:
            target[last].append(change["add"])
        elif "times" in change:
            target[last] = _times(target[last][0], change["times"], change.get("number"))
        else:
            del target[last]
    return document


def _repeated(value: Any) -> Any:
    if not isinstance(value, dict) or "repeat" not in value:
        return value
    one = value["repeat"]
    return (one if isinstance(one, str | list) else [one]) * value["times"]


def _times(one: Any, times: int, number: list[str] | None) -> list[Any]:
    if number is None:
        return [one] * times
    group, name = number
    return [{**one, group: {**one[group], name: n}} for n in range(times)]


def write(path: Path, document: Any, constants: dict[str, np.ndarray]) -> Path:
    """A file of metadata, which may be a text that is no JSON, and of constants."""
    text = document if isinstance(document, str) else json.dumps(document)
    save_file(constants, path, {"webnpu-plan": text})
    return path
