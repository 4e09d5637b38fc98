"""The ONNX backend: graphs as ONNX models (`webnpu.onnx.export`), run by ONNX Runtime on the CPU.

It judges the exported files: under the conformance suite each is checked in full, and run by a runtime that is not ours.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

from webnpu.backend import Availability, Backend, OpSupportLimits, operator_limits
from webnpu.errors import NotSupportedError
from webnpu.graph import Graph
from webnpu.operators import OPERATORS
from webnpu.types import ANY, MAX_RANK

from .program import OnnxProgram

__all__ = ["OnnxBackend", "OnnxProgram"]


class OnnxBackend(Backend):
    """Runs what is exported to ONNX, in ONNX Runtime."""

    name = "onnx"
    limits_vary = True

    def __init__(self, opset: int | None = None) -> None:
        """Make the backend.

        Args:
            opset: the version of ONNX's operator set that models are written in; by default the exporter's own.
        """
        self.opset = opset

    @classmethod
    def variant(cls, name: str) -> OnnxBackend:
        """Written in an operator set: ``onnx:17``."""
        if not name.isdecimal():
            raise NotSupportedError(f"a variant of the onnx backend is an operator set, such as onnx:17; got {name!r}")
        return cls(int(name))

    def available(self) -> Availability:
        for module in ("onnx", "onnxruntime"):
            if find_spec(module) is None:
                return Availability(False, f"{module} is not installed: pip install 'webnpu[onnx]' onnxruntime")
        runtime = version("onnxruntime")
        return Availability(True, f"ONNX Runtime {runtime} on the CPU", {"onnx": version("onnx"), "onnxruntime": runtime})

    def support_limits(self) -> OpSupportLimits:
        """Everything that WebNN's types allow; which kernels ONNX Runtime lacks is known only once it loads a model."""
        everything = {"dataTypes": [t.value for t in ANY], "rankRange": {"min": 0, "max": MAX_RANK}}
        limits: OpSupportLimits = {
            "preferredInputLayout": self.preferred_input_layout,
            "maxTensorByteLength": self.max_tensor_byte_length,
            "input": everything,
            "constant": everything,
            "output": everything,
        }
        return limits | {name: operator_limits(operator, ANY, {}, MAX_RANK) for name, operator in OPERATORS.items()}

    def compile(self, graph: Graph) -> OnnxProgram:
        """Write a graph as a model, have ONNX check it in full, and load it."""
        return OnnxProgram(graph, self.opset)
