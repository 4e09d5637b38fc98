"""The WebGPU backend: plans of WGSL kernels, run by wgpu-py.

A graph is lowered to a `plan` without a device (`planner`, `lowering`); kernels are plain WGSL files (`kernels`) that
call a small library (`library`), with a `prelude` before them; `runtime` runs a plan on a `device`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from webnpu.backend import Availability, Backend, DeviceTensor, OpSupportLimits
from webnpu.emulation import emulated
from webnpu.graph import Graph, as_graph
from webnpu.types import OperandDescriptor

from . import lowering
from .device import device, find_adapter, versions
from .export import load_plan, save_plan
from .plan import Limits, Plan
from .planner import Lowered, lower, lowers
from .runtime import WebGPUProgram, WebGPUTensor

__all__ = ["Limits", "Lowered", "Plan", "WebGPUBackend", "WebGPUProgram", "WebGPUTensor", "lowering", "lowers"]


class WebGPUBackend(Backend):
    """Computes on a GPU, or a software driver of one, through WebGPU."""

    name = "webgpu"
    accelerated = True
    suits = {"default": 1, "high-performance": 3, "low-power": 0}
    preferred_input_layout = "nchw"

    def available(self) -> Availability:
        """Whether wgpu finds an adapter with a native driver."""
        adapter, reason = find_adapter()
        if adapter is None:
            return Availability(False, reason)
        runs_on = f"{adapter.info['device']} ({adapter.info['backend_type']})"
        return Availability(True, runs_on, versions(), simulated=adapter.info["adapter_type"] == "CPU")

    def support_limits(self) -> OpSupportLimits:
        return lowers.support_limits(self)

    def lower(self, graph: Graph, limits: Limits | None = None) -> Lowered:
        """The plan of a graph, with its constants; needs no device.

        Args:
            graph: the graph.
            limits: those of the device that is to run it; by default what every WebGPU device has.
        """
        return lower(emulated(as_graph("lower", graph), lambda op: type(op) not in lowers), limits or Limits())

    def compile(self, graph: Graph) -> WebGPUProgram:
        """Lower a graph, upload its constants and compile its kernels."""
        lowered = self.lower(graph, device().limits)
        return WebGPUProgram(device(), lowered, graph.input_descriptors, graph.output_descriptors)

    def create_tensor(self, descriptor: OperandDescriptor) -> DeviceTensor:
        return WebGPUTensor(device(), descriptor)

    def export(self, graph: Graph, path: str | Path) -> dict[str, Any]:
        """Write the plan of a graph and its constants to one file, for any WebGPU device.

        Returns:
            The bytes of the file and of its weights, and the number of dispatches, for a summary.
        """
        return save_plan(self.lower(graph), graph.input_descriptors, graph.output_descriptors, path)

    def load(self, path: str | Path) -> WebGPUProgram:
        """A program from an exported file; nothing is lowered again."""
        lowered, inputs, outputs = load_plan(path)
        return WebGPUProgram(device(), lowered, inputs, outputs)
