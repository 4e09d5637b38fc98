"""The cases of web-platform-tests, as data: read as `Case`, so that any backend can run them.

A file holds ``{"op", "cases": [...]}``; a case names its operators with their arguments in WebNN's order, the
tensors with their exact bytes, and a tolerance. Arguments go by their position, since the names that the
tests give them are not always those of the specification (``inputA`` for ``a``).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..graph_file import FORMAT
from ..operators import OPERATORS
from ..types import DataType, OperandDescriptor, pack
from .cases import Case, CaseFileError, ExpectedOutput

CORPUS = "wpt"
"""What the ids of these cases start with."""


def is_wpt_cases(members: Any) -> bool:
    """Whether a parsed file holds cases of web-platform-tests rather than our own."""
    return isinstance(members, dict) and "op" in members and "cases" in members


def read_cases(path: Path, members: Mapping[str, Any]) -> list[Case]:
    """The cases of one file.

    Args:
        path: its name, for ids and messages.
        members: what it holds.
    """
    cases = []
    for index, entry in enumerate(members["cases"]):
        try:
            cases.append(_case(path.stem, entry))
        except (KeyError, TypeError, ValueError) as error:
            raise CaseFileError(f"{path}: case {index}: {type(error).__name__}: {error}") from error
    return cases


def _case(stem: str, entry: Mapping[str, Any]) -> Case:
    graph = entry["graph"]
    constants = {name: t for name, t in graph["inputs"].items() if t.get("constant")}
    inputs = {name: t for name, t in graph["inputs"].items() if name not in constants}
    expected = graph["expectedOutputs"]
    operators = graph["operators"]
    first = next(iter(graph["inputs"].values()), {"dataType": ""})
    return Case(
        id=f"{CORPUS}/{stem}/{entry['name']}",
        operator=operators[0]["name"] if len(operators) == 1 else "_graphs",
        type=first["dataType"],
        about=entry["file"],
        document={
            "webnpu": FORMAT,
            "inputs": {name: _descriptor(tensor) for name, tensor in inputs.items()},
            "constants": {name: _descriptor(tensor) for name, tensor in constants.items()},
            "operators": [_operator(operator) for operator in operators],
            "outputs": {name: name for name in expected},
        },
        constants={name: _bytes(tensor) for name, tensor in constants.items()},
        inputs={name: _bytes(tensor) for name, tensor in inputs.items()},
        outputs={name: _expected(tensor, entry) for name, tensor in expected.items()},
    )


def _descriptor(tensor: Mapping[str, Any]) -> dict[str, Any]:
    return {"dataType": tensor["dataType"], "shape": tensor["shape"]}


def _bytes(tensor: Mapping[str, Any]) -> bytes:
    if "bytes" in tensor:
        return base64.b64decode(tensor["bytes"])
    d = OperandDescriptor(DataType(tensor["dataType"]), tuple(tensor["shape"]))
    fill = tensor["fill"]
    number = (float(fill) if d.data_type.is_float else int(fill)) if isinstance(fill, str) else fill
    return pack(np.full(d.shape, number, d.data_type.numpy), d.data_type).tobytes()


def _expected(tensor: Mapping[str, Any], entry: Mapping[str, Any]) -> ExpectedOutput:
    metric, value = entry["tolerance"]["metric"], entry["tolerance"]["value"]
    return ExpectedOutput(
        bytes=_bytes(tensor),
        ulp=value if metric == "ULP" else 0,
        absolute=value if metric == "ATOL" else 0.0,
        zero_sign=bool(entry.get("exact", False)),
    )


def _operator(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An operator as it stands in a graph document; what is no operator is left for the builder to reject."""
    values = [(name, number(value)) for argument in entry["arguments"] for name, value in argument.items()]
    options: dict[str, Any] = next((value for name, value in values if name == "options"), {})
    positional = [value for name, value in values if name != "options"]
    outputs = entry["outputs"]
    return {
        "operator": entry["name"],
        **arguments(entry["name"], positional, options),
        "outputs": [outputs] if isinstance(outputs, str) else outputs,
    }


def arguments(operator: str, positional: list[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an operator by their names; those without a default are positional, in the order of the class.

    Arguments that the operator does not have are numbered, so that the builder rejects them.
    """
    fields = OPERATORS[operator].model_fields if operator in OPERATORS else {}
    names = [field.alias or name for name, field in fields.items() if field.is_required()]
    names += [f"argument {index}" for index in range(len(names), len(positional))]
    return {**dict(zip(names, positional, strict=False)), **options}


def number(value: Any) -> Any:
    """A value with the numbers in it that JSON cannot hold: ``{"$number": "NaN"}`` and ``{"$bigint": "1"}``."""
    if isinstance(value, Mapping):
        if "$number" in value:
            return float(value["$number"])
        if "$bigint" in value:
            return int(value["$bigint"])
        return {name: number(item) for name, item in value.items()}
    return [number(item) for item in value] if isinstance(value, list) else value
