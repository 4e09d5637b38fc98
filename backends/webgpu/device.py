"""A device of wgpu-py: found once, with its pipelines, and with its errors as this library's."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from typing import Any, NoReturn

from webnpu.errors import DeviceLost, OperationError, WebNPUError
from webnpu.program import forked_from, not_copied

from . import forked
from .kernel import kernel
from .plan import Limits, Plan, Step
from .prelude import pieces_of, shader

STORAGE = 0x80 | 0x08 | 0x04
"""The usages of every storage buffer: storage, copied to, copied from."""
STAGING = 0x01 | 0x08
"""The usages of a buffer that the host reads: mapped for reading, copied to."""

_MUCH_WORK = 2**37
"""What the slowest cards do in half a second. A product of 4096 x 4096 stays whole: in parts it took a sixth more on an H200."""
_KEPT_PIPELINES = 256
"""So many pipelines are kept for later programs; a program keeps its own."""
_UNSUBMITTED = 2**22
"""Copies of so many bytes, made for writing, wait for the next submission at most: wgpu keeps them until then."""
_UNDER_WAY = 2**28, 2**10
"""So many bytes written, and so many submissions, are under way at most."""
_PATIENCE = 1.0
"""After so many seconds without a callback it is asked whether the device is idle, so that the callback was lost."""


_LONGEST = ("max-storage-buffer-binding-size", "max-buffer-size")
"""The limits that say how long a buffer may be."""


class Device:
    """A GPU, its limits, and the pipelines that were made for it."""

    def __init__(self, handle: Any) -> None:
        """Take a ``wgpu.GPUDevice``."""
        self.handle, info = handle, handle.adapter_info
        self.process = os.getpid()
        self.name = str(info["device"] or info["description"])
        self.backend = str(info["backend_type"])
        self.is_cpu = info["adapter_type"] == "CPU"
        self.has_timestamps = "timestamp-query" in handle.features
        self.has_half_floats = "shader-f16" in handle.features
        longest = min(handle.limits[name] for name in _LONGEST)
        self.limits = Limits(
            storage_buffers=self.handle.limits["max-storage-buffers-per-shader-stage"],
            binding_bytes=longest // 2**16 * 2**16,
            workgroups=self.handle.limits["max-compute-workgroups-per-dimension"],
            work=_MUCH_WORK if info["adapter_type"] == "DiscreteGPU" else Limits().work,
        )
        self._pipelines: OrderedDict[tuple[bool, str], Any] = OrderedDict()
        self.lock = threading.RLock()
        """Held while something is recorded, submitted, made or destroyed, never while the device computes: wgpu-py takes one
        thread at a time, and the steps of one run must not stand between those of another."""
        self._unsubmitted = 0
        self.under_way = [0, 0]
        """The bytes written and the submissions since the device was last waited for."""

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise not_copied(self, "load the backend where it is needed")

    @classmethod
    def request(cls, adapter: Any) -> Device:
        """A new device of an adapter, with all that it grants of what plans can use."""
        granted = {name: adapter.limits[name] for name in _LONGEST}
        features = [name for name in ("timestamp-query", "shader-f16") if name in adapter.features]
        return cls(adapter.request_device_sync(required_features=features, required_limits=granted))

    @property
    def queue(self) -> Any:
        return self.handle.queue

    def write(self, buffer: Any, stored: Any) -> None:
        """Copy bytes into a buffer, before whatever is submitted next; the device is locked."""
        self.queue.write_buffer(buffer, 0, stored)
        self._unsubmitted += buffer.size
        if self._unsubmitted >= _UNSUBMITTED:
            self.submit()

    def submit(self, *commands: Any) -> None:
        """Hand over what was recorded, and what was written before; the device is locked."""
        self.queue.submit(commands)
        self.under_way[0] += self._unsubmitted
        self.under_way[1] += 1
        self._unsubmitted = 0

    @property
    def is_behind(self) -> bool:
        """Whether so much is under way that whoever asks for more should wait; see `readback.settle`."""
        return any(number > most for number, most in zip(self.under_way, _UNDER_WAY, strict=True))

    def wait(self, promise: Any) -> None:
        """Wait until the device has done what a promise of wgpu stands for, which is called back in whatever thread uses the device.

        Python drops an interrupt that comes in a callback, and the callback with it. A device that is idle has called back: what
        has not come then was lost, and is done.
        """
        while not promise._thread_event.wait(_PATIENCE):
            self.handle._poll_wait()
            if not promise._thread_event.wait(_PATIENCE):
                promise._wgpu_set_input(1)
        promise.sync_wait()

    def pipeline(self, plan: Plan, step: Step, is_trusted: bool) -> Any:
        """The pipeline of a step; steps of one text share it.

        Args:
            plan: the plan that it stands in.
            step: the step.
            is_trusted: whether the plan was made here, so that its kernels' indices are known to be inside.
        """
        unchecked = is_trusted and kernel(step.kernel).head.unchecked
        key = unchecked, shader(plan, step, self.has_half_floats)
        if key not in self._pipelines:
            with translated(step.kernel):
                module = self._module(key[1], unchecked)
                self._pipelines[key] = self.handle.create_compute_pipeline(layout="auto", compute={"module": module, "entry_point": "main"})
                if len(self._pipelines) > _KEPT_PIPELINES:
                    self._pipelines.popitem(last=False)
        self._pipelines.move_to_end(key)
        return self._pipelines[key]

    def _module(self, text: str, unchecked: bool) -> Any:
        """A shader module; where its kernel says so, without checks of indices and loops, which wgpu-py itself cannot ask for."""
        from wgpu.backends.wgpu_native import GPUShaderModule, ffi, lib

        create = getattr(lib, "wgpuDeviceCreateShaderModuleTrusted", None)
        if not unchecked or create is None:
            return self.handle.create_shader_module(code=text)
        code = text.encode()
        held = ffi.new("char[]", code)
        source = ffi.new("WGPUShaderSourceWGSL *", {"chain": {"sType": lib.WGPUSType_ShaderSourceWGSL}, "code": (held, len(code))})
        descriptor = ffi.new("WGPUShaderModuleDescriptor *", {"nextInChain": ffi.cast("WGPUChainedStruct *", source)})
        return GPUShaderModule("", create(self.handle._internal, descriptor, lib.WGPUShaderRuntimeChecks_None), self.handle)

    def buffers(self, byte_length: int, most: int) -> list[Any]:
        """New storage buffers, zeroed, for so many bytes: several where one would be longer than ``most``."""
        with translated("buffer"):
            return [self.handle.create_buffer(size=min(most, byte_length - at), usage=STORAGE) for at in range(0, byte_length, most)]

    def bind(self, plan: Plan, step: Step, pipeline: Any, buffers: list[list[Any]]) -> Any:
        """The bind group of a step, given the pieces of every buffer of the plan."""
        bound = [buffers[b.buffer][piece] for b in step.bindings.values() for piece in pieces_of(plan, b)]
        entries = [
            {"binding": number, "resource": {"buffer": buffer, "offset": 0, "size": buffer.size}} for number, buffer in enumerate(bound)
        ]
        with translated(step.kernel):
            return self.handle.create_bind_group(layout=pipeline.get_bind_group_layout(0), entries=entries)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise errors of wgpu as this library's: a lost device as DeviceLost."""
    import wgpu

    try:
        yield
    except WebNPUError:
        raise
    except (wgpu.GPUError, RuntimeError) as error:  # a RuntimeError where a buffer cannot be mapped
        if "lost" in str(error).lower():
            forget()  # a later context gets a new one
            raise DeviceLost(f"the WebGPU device is lost ({what}): {error}") from error
        raise OperationError(f"WebGPU: {what}: {error}") from error


_FINDING = threading.RLock()
"""Held while adapters are looked for and a device is made: drivers take one thread at a time for that."""
_found: list[Any] = []
_searched: list[int] = []
"""The process that looked for adapters, which drivers have started threads in."""


def find_adapter() -> tuple[Any, str]:
    """An adapter that computes through a native driver, or why there is none; one that was found stays found."""
    for process in _searched:
        if why := forked_from(process):
            return None, f"the driver: {why}"
    with _FINDING:
        if _found:
            return _found[0], ""
        adapter, reason = _search()
        if adapter is not None:
            _found[:] = [adapter]
        return adapter, reason


def forget() -> None:
    """Look for an adapter anew, and make a device of it, when the next one is asked for."""
    _found.clear()
    _device.cache_clear()


def _search() -> tuple[Any, str]:
    if sys.platform == "linux":  # drivers ask for it though nothing is drawn, and complain on the terminal without it
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    try:
        import wgpu
    except ImportError:
        return None, "wgpu is not installed: pip install 'webnpu[webgpu]'"
    _searched[:] = [os.getpid()]
    forked.prepare()
    try:
        adapters = wgpu.gpu.enumerate_adapters_sync()
    except (RuntimeError, OSError) as error:
        return None, f"wgpu found no driver: {error}"
    usable = [adapter for adapter in adapters if adapter.info["backend_type"] != "OpenGL"]
    if not usable:
        return None, "there is no Vulkan, Metal or Direct3D 12 driver; a software one is in Debian's package mesa-vulkan-drivers"
    order = {"DiscreteGPU": 0, "IntegratedGPU": 1, "VirtualGPU": 2, "CPU": 3}
    return min(usable, key=lambda adapter: order.get(adapter.info["adapter_type"], 4)), ""


def device() -> Device:
    """The device of this process.

    Raises:
        OperationError: there is none, or this process was forked from one that has used WebGPU.
    """
    adapter, reason = find_adapter()
    if adapter is None:
        raise OperationError(f"WebGPU cannot run here: {reason}")
    with _FINDING:
        return _device()


@cache
def _device() -> Device:
    adapter, _ = find_adapter()
    with translated("device"):
        return Device.request(adapter)


def versions() -> dict[str, str]:
    """The version of wgpu-py."""
    return {"wgpu": version("wgpu")}
