"""Core ML itself, through coremltools' predict. Only on macOS.

None of this has ever been run by this project's authors on Apple hardware; the tests for it are marked for macOS.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from webnpu.errors import NotSupportedError
from webnpu.types import Array

from .options import Options
from .protos import version as _quietly_imported  # noqa: F401 -- the import that keeps coremltools quiet

# isort: split
import coremltools as ct

COMPUTE_UNITS = {"all": "ALL", "cpu-only": "CPU_ONLY", "cpu-and-gpu": "CPU_AND_GPU", "cpu-and-neural-engine": "CPU_AND_NE"}
"""coremltools' names of the compute units."""
_DEVICES = {"MLCPUComputeDevice": "CPU", "MLGPUComputeDevice": "GPU", "MLNeuralEngineComputeDevice": "Neural Engine"}


class CoreMLRunner:
    """A package, compiled by Core ML."""

    def __init__(self, package: Path, options: Options) -> None:
        self._lock = threading.Lock()
        """Held while the model predicts: Core ML lets one thread at a time use a model."""
        self.units = getattr(ct.ComputeUnit, COMPUTE_UNITS[options.compute_units])
        self.device = f"Core ML, compute units {options.compute_units}"
        try:
            self.model = ct.models.MLModel(str(package), compute_units=self.units)
        except RuntimeError as error:
            raise NotSupportedError(f"Core ML does not load the package: {error}") from error

    def run(self, inputs: Mapping[str, Array]) -> Mapping[str, Any]:
        """Predict; Core ML gives the outputs by name."""
        with self._lock:
            predicted: Mapping[str, Any] = self.model.predict(dict(inputs))
        return predicted

    def places(self) -> Mapping[str, str]:
        """The device that Core ML expects to run each operation on: MLComputePlan's forecast, not measured."""
        try:
            from coremltools.models.compute_plan import MLComputePlan
        except ImportError:
            return {}
        plan = MLComputePlan.load_from_path(path=self.model.get_compiled_model_path(), compute_units=self.units)
        program = plan.model_structure.program
        places: dict[str, str] = {}
        for operation in program.functions["main"].block.operations if program else ():
            usage = plan.get_compute_device_usage_for_mlprogram_operation(operation)
            if usage is not None:
                kind = type(usage.preferred_compute_device).__name__
                for output in operation.outputs:
                    places[output.name] = _DEVICES.get(kind, kind)
        return places
