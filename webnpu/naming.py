"""Names that a file format can hold, and new ones for those that it cannot: one way for all writers.

A name that the format can hold is kept as it is. Each of the others gets a new one, as near to it as the format allows,
which no other input, output or reserved word has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .types import OperandDescriptor

ROLES = ("inputs", "outputs")


@dataclass(frozen=True)
class Names:
    """The names of a graph's inputs and outputs in a file.

    Attributes:
        inputs: the name of each input in the file, by its name in the graph.
        outputs: the name of each output in the file, by its name in the graph.
    """

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def changed(self) -> dict[str, dict[str, str]]:
        """The names that are not those of the graph: ``{"inputs": {"x:0": "x_0"}, "outputs": {}}``; empty where all are kept."""
        new = {role: {name: given for name, given in getattr(self, role).items() if name != given} for role in ROLES}
        return new if any(new.values()) else {}

    def metadata(self, inputs: Mapping[str, OperandDescriptor], outputs: Mapping[str, OperandDescriptor]) -> dict[str, str]:
        """What a file says of its inputs and outputs: their names and descriptors in the graph, as JSON, by their names in the file.

        The keys are ``webnpu.inputs`` and ``webnpu.outputs``; `original_names` reads them.
        """
        told = {}
        for role, descriptors in (("inputs", inputs), ("outputs", outputs)):
            names: Mapping[str, str] = getattr(self, role)
            entries = {names[n]: {"name": n, "dataType": d.data_type.value, "shape": list(d.shape)} for n, d in descriptors.items()}
            told[f"webnpu.{role}"] = json.dumps(entries)
        return told


@dataclass(frozen=True)
class Naming:
    """What names a file format can hold.

    Attributes:
        format: what it is called.
        holds: whether it can hold a name.
        spelled: a name as near to another as the format allows, but for those that are taken.
        apart: whether an input and an output need different names; then the input keeps its own.
        longest: the most bytes of a name that is made anew.
    """

    format: str
    holds: Callable[[str], bool] = field(default=lambda name: True)
    spelled: Callable[[str], str] = field(default=lambda name: name)
    apart: bool = False
    longest: int = 200

    def names(self, inputs: Iterable[str], outputs: Iterable[str]) -> Names:
        """The names that inputs and outputs have in a file."""
        inputs, outputs = list(inputs), list(outputs)
        clash = set(inputs) & set(outputs) if self.apart else set()
        kept_inputs = {name: name for name in inputs if self.holds(name)}
        kept_outputs = {name: name for name in outputs if self.holds(name) and name not in clash}
        taken = {*kept_inputs, *kept_outputs, *inputs, *outputs}
        made = {name: self.fresh(name, taken) for name in inputs if name not in kept_inputs}
        made_outputs = {name: self.fresh(name, taken) for name in outputs if name not in kept_outputs}
        return Names(
            {name: kept_inputs.get(name) or made[name] for name in inputs},
            {name: kept_outputs.get(name) or made_outputs[name] for name in outputs},
        )

    def fresh(self, name: str, taken: set[str]) -> str:
        """A name as near to another as the format allows that is not among those that are taken; it is added to them."""
        base = self.spelled(name).encode("utf-8", "replace")[: self.longest].decode("utf-8", "ignore")
        candidate, count = base, 0
        while candidate in taken or not self.holds(candidate):
            count += 1
            candidate = f"{base}_{count}"
        taken.add(candidate)
        return candidate


def original_names(metadata: Mapping[str, str], role: str) -> dict[str, str]:
    """The names in the graph by those in a file, as far as its metadata tell; nothing else in them is trusted.

    Args:
        metadata: the metadata of the file, by key.
        role: ``inputs`` or ``outputs``.
    """
    try:
        told: Any = json.loads(metadata.get(f"webnpu.{role}", "{}"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {
        name: entry["name"]
        for name, entry in told.items()
        if isinstance(entry, dict) and isinstance(entry.get("name"), str) and entry["name"]
    }


def is_plain_text(name: str) -> bool:
    """Whether a name is text that ends where it ends for readers in C too: valid Unicode without a null character."""
    return bool(name) and "\0" not in name and not any("\ud800" <= character <= "\udfff" for character in name)


def as_plain_text(name: str) -> str:
    """A name without what `is_plain_text` refuses."""
    return "".join("_" if character == "\0" or "\ud800" <= character <= "\udfff" else character for character in name) or "_"


KEEPS_ALL = Naming("any")
"""For formats that hold every name."""
