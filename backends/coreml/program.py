"""A compiled graph: a package on disk, run by the MIL interpreter, or by Core ML where there is one."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from webnpu.backend import OperatorReport, Program, Report
from webnpu.program import owned
from webnpu.types import Array

from .boundary import decoded, encoded
from .lowering import Lowered


class Runner(Protocol):
    """What runs a saved package."""

    device: str

    def run(self, inputs: Mapping[str, Array]) -> Mapping[str, Any]:
        """The outputs by the names of the model's features."""

    def places(self) -> Mapping[str, str]:
        """The processor that each operation is expected on, by the name of its first output; empty where not known."""


class InterpreterRunner:
    """The MIL interpreter: documented semantics, not Apple's runtime."""

    device = "the MIL interpreter (not Apple's runtime)"

    def __init__(self, package: Path) -> None:
        from .interpreter import load_package

        self.loaded = load_package(package)

    def run(self, inputs: Mapping[str, Array]) -> Mapping[str, Any]:
        return self.loaded.run(inputs)

    def places(self) -> Mapping[str, str]:
        return {}


class CoreMLProgram(Program):
    """A package in a temporary folder, and what runs it."""

    def __init__(self, lowered: Lowered, runner: Runner, folder: str, weight_bytes: int) -> None:
        super().__init__(lowered.graph.input_descriptors, lowered.graph.output_descriptors)
        self.lowered, self.runner, self.weight_bytes = lowered, runner, weight_bytes
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        """Run the package on arrays of the graph's own types."""
        given = {feature.var.name: encoded(inputs[feature.name], feature.descriptor) for feature in self.lowered.inputs}
        if self.lowered.placeholder:
            given[self.lowered.placeholder] = np.zeros(1, np.float16)
        results = self.runner.run(given)
        return owned({f.name: decoded(np.asarray(results[f.var.name]), f.descriptor) for f in self.lowered.outputs}, inputs.values())

    def explain(self) -> Report:
        """The MIL operations that each operator became, and on Apple's systems where Core ML expects to run them."""
        places = self.runner.places()
        reports = []
        for op, operations in self.lowered.operators:
            found = (places.get(operation.outputs[0].name) for operation in operations)
            device = ", ".join(dict.fromkeys(place for place in found if place)) or self.runner.device
            used = " ".join(operation.type for operation in operations)
            reports.append(OperatorReport(op.name, op.label, used or "nothing: it is its operand", device))
        notes: tuple[str, ...] = (f"{self.lowered.program.opset}, {len(self.lowered.program.operations)} operations",)
        if places:
            notes += ("devices are those that MLComputePlan expects, not measured",)
        return Report("coreml", self.runner.device, tuple(reports), self.weight_bytes, notes)

    def _release(self) -> None:
        """Remove the package."""
        self._remove()
