"""The WebGPU backend: plans of WGSL kernels, run by wgpu-py.

A graph is lowered to a `plan` without a device (`planner`, `lowering`); kernels are plain WGSL files (`kernels`) that
call a small library (`library`), with a `prelude` before them; `runtime` runs a plan on a `device`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from webnpu.backend import Availability, Backend, DeviceTensor, OpSupportLimits
from webnpu.emulation import emulated
from webnpu.errors import InvalidStateError, MLTypeError, NotSupportedError
from webnpu.graph import Graph, as_graph
from webnpu.program import forked_from
from webnpu.types import OperandDescriptor

from . import lowering
from .device import Device, device, find_adapter, versions
from .export import load_plan, save_plan
from .plan import Limits, Plan
from .planner import Lowered, lower, lowers
from .runtime import WebGPUProgram, WebGPUTensor
from .verification import MOST_MEMORY, MOST_WORK

__all__ = ["Limits", "Lowered", "Plan", "WebGPUBackend", "WebGPUProgram", "WebGPUTensor", "lowering", "lowers"]


class WebGPUBackend(Backend):
    """Computes on a GPU, or a software driver of one, through WebGPU."""

    name = "webgpu"
    accelerated = True
    suits = {"default": 1, "high-performance": 3, "low-power": 0}
    preferred_input_layout = "nchw"

    def __init__(self, gpu_device: Any = None) -> None:
        """Make the backend.

        Args:
            gpu_device: the ``wgpu.GPUDevice`` to compute on; by default one of the best adapter, which all share.
        """
        self._device = None if gpu_device is None else Device(gpu_device)

    @classmethod
    def on(cls, gpu_device: Any) -> WebGPUBackend:
        check_device("createContext", gpu_device)
        return cls(gpu_device)

    @property
    def device(self) -> Device:
        """The device that it computes on."""
        if self._device is None:
            return device()
        if why := forked_from(self._device.process):
            raise InvalidStateError(f"the WebGPU device: {why}")
        return self._device

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
        lowered = self.lower(graph, self.device.limits)
        return WebGPUProgram(self.device, lowered, graph.input_descriptors, graph.output_descriptors)

    def create_tensor(self, descriptor: OperandDescriptor) -> DeviceTensor:
        return WebGPUTensor(self.device, descriptor)

    def create_exportable_tensor(self, descriptor: OperandDescriptor, gpu_device: Any) -> DeviceTensor:
        check_device("createExportableTensor", gpu_device)
        most = min(self.device.limits.binding_bytes, gpu_device.limits["max-buffer-size"])
        if descriptor.byte_length > most:
            raise NotSupportedError(
                f"createExportableTensor: {descriptor} has {descriptor.byte_length} bytes; a buffer holds at most {most}"
            )
        return WebGPUTensor(self.device, descriptor, gpu_device=gpu_device)

    def export(self, graph: Graph, path: str | Path) -> dict[str, Any]:
        """Write the plan of a graph and its constants to one file, for any WebGPU device.

        Returns:
            The bytes of the file and of its weights, and the number of dispatches, for a summary.
        """
        return save_plan(self.lower(graph), graph.input_descriptors, graph.output_descriptors, path)

    def load(self, path: str | Path, *, memory: int = MOST_MEMORY, work: int = MOST_WORK) -> WebGPUProgram:
        """A program from an exported file, which is not trusted; nothing is lowered again.

        Args:
            path: the file.
            memory: the bytes that it may take on the device.
            work: the operations that a run may take, of which a multiplication with an addition is one.

        Raises:
            GraphFileError: the file is damaged, holds no plan, or one that asks for more.
            MLTypeError: an option is no number.
            NotSupportedError: the plan was made for larger devices.
            FileError: the file cannot be read.
        """
        for name, most in (("memory", memory), ("work", work)):
            if not isinstance(most, int) or isinstance(most, bool) or most < 0:
                raise MLTypeError(f"load: {name}: expected a whole number from 0 on; got {most!r}")
        lowered, inputs, outputs = load_plan(path, memory, work)
        for limit in ("storage_buffers", "binding_bytes", "workgroups"):
            needed, has = getattr(lowered.plan.limits, limit), getattr(self.device.limits, limit)
            if needed > has:
                raise NotSupportedError(f"{path}: the plan was made for devices of {needed} {limit.replace('_', ' ')}; this one has {has}")
        return WebGPUProgram(self.device, lowered, inputs, outputs)


def check_device(where: str, gpu_device: Any) -> None:
    """Raise an MLTypeError for anything but a device of wgpu-py."""
    import wgpu

    if not isinstance(gpu_device, wgpu.GPUDevice):
        raise MLTypeError(f"{where}: expected a wgpu.GPUDevice; got {type(gpu_device).__name__}")
