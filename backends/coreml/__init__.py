"""The Core ML backend: writes ``.mlpackage`` files, and runs them.

On macOS Core ML runs them; elsewhere the MIL interpreter does, by Apple's documentation of the operations.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webnpu.backend import Availability, Backend, OpSupportLimits
from webnpu.budget import Budget
from webnpu.graph import Graph, as_graph

from .mil import NAMING
from .options import Options

if TYPE_CHECKING:
    from .check import Finding
    from .interpreter import LoadedPackage

__all__ = ["CoreMLBackend", "Options"]


class CoreMLBackend(Backend):
    """Lowers graphs to MIL programs.

    Args:
        options: the deployment target, compute units, precision and weights; by default iOS 17, all, as they are.
        interpret: whether to use the MIL interpreter even where Core ML is at hand.
    """

    name = "coreml"
    accelerated = True
    naming = NAMING
    suits = {"default": 2, "high-performance": 1, "low-power": 3}

    def __init__(self, options: Options | None = None, *, interpret: bool | None = None) -> None:
        self.options = options or Options()
        self.interprets = sys.platform != "darwin" if interpret is None else interpret

    def available(self) -> Availability:
        """Wherever coremltools is installed: to run a package there is the interpreter, if not Core ML."""
        if importlib.util.find_spec("coremltools") is None:
            return Availability(False, "coremltools is not installed: pip install 'webnpu[coreml]'")
        versions = {"coremltools": version("coremltools")}
        runs_on = "the MIL interpreter (not Apple's runtime)" if self.interprets else f"Core ML, compute units {self.options.compute_units}"
        return Availability(True, runs_on, versions, simulated=self.interprets)

    def support_limits(self) -> OpSupportLimits:
        """From the table of lowerings."""
        from .lowering import lowers

        return lowers.support_limits(self)

    def compile(self, graph: Graph) -> Any:
        """Lower a graph, save it as a package in a temporary folder, and load that from there."""
        from .lowering import lower
        from .package import write
        from .program import CoreMLProgram, InterpreterRunner

        lowered = lower(as_graph("compile", graph), self.options)
        folder = tempfile.mkdtemp(prefix="webnpu-")
        package = Path(folder) / "model.mlpackage"
        package.mkdir()
        write(lowered.program, package)
        if self.interprets:
            return CoreMLProgram(lowered, InterpreterRunner(package), folder, graph.weight_bytes)
        from .runtime import CoreMLRunner

        return CoreMLProgram(lowered, CoreMLRunner(package, self.options), folder, graph.weight_bytes)

    def export(self, graph: Graph, path: str | Path) -> Path:
        """Write a graph as an ``.mlpackage``.

        Inputs and outputs whose names Core ML does not take get others: ``naming.names(graph.inputs, graph.outputs)`` tells them.

        The model's inputs and outputs are float32, float16 or int32. What they stand for is told in its metadata,
        ``webnpu.inputs`` and ``webnpu.outputs``: int8, uint8, int4 and uint4 are int32 of the same values, uint32 those of the
        same bits, int64 and uint64 two rows, of the low halves of all elements and of the high ones; a scalar is ``[1]``, and
        what has more than five dimensions one row.
        """
        from .lowering import lower
        from .package import save

        return save(lower(as_graph("export", graph), self.options).program, path)

    def load_package(self, path: str | Path, function: str = "", *, budget: Budget | None = None) -> LoadedPackage:
        """A package of type mlProgram, whoever made it, checked and ready for the MIL interpreter.

        The result has ``inputs``, ``outputs`` and ``run(arrays)``, see `interpreter.LoadedPackage`.
        """
        from .interpreter import load_package

        return load_package(path, function, budget=budget)

    def check(self, graph: Graph, target: str = "ane") -> list[Finding]:
        """What is likely to keep operators off the Neural Engine, and what to change."""
        from .check import check

        return check(as_graph("check", graph), self.options, target)
