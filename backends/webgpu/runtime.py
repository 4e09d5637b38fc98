"""Runs plans: pipelines and bind groups are made once, and a dispatch is one submission."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from webnpu.backend import DeviceTensor, OperatorReport, Program, Report
from webnpu.errors import OperationError
from webnpu.program import checked_arrays
from webnpu.types import Array, OperandDescriptor, unpack

from .device import STORAGE, Device, translated
from .literals import Words, words
from .plan import Buffer, Step
from .planner import Lowered
from .readback import ReadBack, settle

_KEPT_BINDINGS = 8
"""For so many sets of tensors, the bind groups are kept."""
_FIRST_STEPS, _MORE_STEPS = 24, 48
"""So many steps are submitted at first, and at a time then: the device computes while the host records what follows."""


class WebGPUTensor(DeviceTensor):
    """Elements in the memory of a GPU, in pieces that can be bound."""

    survives_fork = False

    def __init__(self, device: Device, descriptor: OperandDescriptor, binding_bytes: int | None = None, gpu_device: Any = None) -> None:
        super().__init__(descriptor)
        self.device, self.gpu_device = device, gpu_device
        with device.lock:
            self.pieces = device.buffers(-(-descriptor.byte_length // 4) * 4, binding_bytes or device.limits.binding_bytes)

    def _write(self, array: Array) -> None:
        write_pieces(self.device, self.pieces, words(array, self.descriptor.data_type))
        settle(self.device)

    def _read(self) -> Array:
        stored = read_pieces(self.device, self.pieces)
        return unpack(stored[: self.descriptor.byte_length], self.descriptor)

    def _release(self) -> None:
        with self.device.lock:
            for piece in self.pieces:
                type(piece).destroy(piece)  # its own may have been replaced when it was lent

    def lend(self, returned: Callable[[], None]) -> Any:
        """Its own memory where the device is that of the context, else a copy, which is brought back when it is destroyed."""
        if self.gpu_device is None:
            return super().lend(returned)
        [piece] = self.pieces
        if self.gpu_device is self.device.handle:
            return _when_destroyed(piece, returned)
        with self.device.lock, translated("exportToGPU"):
            other = self.gpu_device.create_buffer(size=piece.size, usage=STORAGE)
            self.gpu_device.queue.write_buffer(other, 0, self.device.queue.read_buffer(piece))

        def bring_back() -> None:
            with self.device.lock, translated("exportToGPU"):
                self.device.queue.write_buffer(piece, 0, self.gpu_device.queue.read_buffer(other))
            type(other).destroy(other)
            returned()

        return _when_destroyed(other, bring_back)


def _when_destroyed(buffer: Any, action: Callable[[], None]) -> Any:
    """A buffer whose ``destroy`` does something else, once."""
    done: list[bool] = []

    def destroy() -> None:
        if not done:
            done.append(True)
            action()

    buffer.destroy = destroy
    return buffer


def write_pieces(device: Device, pieces: Sequence[Any], stored: Words) -> None:
    """Copy words into the pieces of a buffer."""
    offset = 0
    with device.lock, translated("write"):
        for piece in pieces:
            device.write(piece, stored[offset // 4 : (offset + piece.size) // 4])
            offset += piece.size


def read_pieces(device: Device, pieces: Sequence[Any]) -> Array:
    """The bytes of the pieces of a buffer."""
    with device.lock, translated("read"):
        reading = ReadBack(device, device.handle.create_command_encoder(), pieces)
    return reading.take(np.copy)


class WebGPUProgram(Program):
    """A plan on a device: its weights, its arena, its pipelines."""

    survives_fork = False

    def __init__(
        self, device: Device, lowered: Lowered, inputs: Mapping[str, OperandDescriptor], outputs: Mapping[str, OperandDescriptor]
    ) -> None:
        super().__init__(inputs, outputs)
        self.device, self.plan = device, lowered.plan
        with device.lock:
            self._allocate(lowered)
        settle(device)

    def _allocate(self, lowered: Lowered) -> None:
        device = self.device
        self._slots = [device.buffers(size, self.plan.limits.binding_bytes) for size in self.plan.slots]
        self._constants = {b.name: self._upload(b, lowered.constants[b.name]) for b in self.plan.buffers if b.role == "constant"}
        self._pipelines = [
            None if step.kernel in ("copy", "clear") else device.pipeline(self.plan, step, lowered.is_trusted) for step in self.plan.steps
        ]
        self._bindings: OrderedDict[tuple[int, ...], tuple[list[list[Any]], list[Any]]] = OrderedDict()
        self._own: dict[str, WebGPUTensor] = {}
        self._kept: list[Any] = []
        self._times: list[float] | None = None

    def _upload(self, buffer: Buffer, stored: Words) -> list[Any]:
        pieces = self.device.buffers(buffer.byte_length, self.plan.limits.binding_bytes)
        write_pieces(self.device, pieces, stored)
        return pieces

    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        """Write the inputs, dispatch, and read all outputs through one mapped buffer."""
        with self.device.lock:
            self._check_usable()
            given, wanted = self._own_tensors(inputs)
            with translated("dispatch"):
                encoder = self._submit(given, wanted)
                reading = ReadBack(self.device, encoder, [piece for tensor in wanted.values() for piece in tensor.pieces], self._kept)

        def read(stored: Array) -> dict[str, Array]:
            results, offset = {}, 0
            for name, tensor in wanted.items():
                d = tensor.descriptor
                results[name] = unpack(stored[offset : offset + d.byte_length], d).copy()
                offset += sum(piece.size for piece in tensor.pieces)
            return results

        return reading.take(read)

    def _own_tensors(self, inputs: Mapping[str, Array]) -> tuple[dict[str, WebGPUTensor], dict[str, WebGPUTensor]]:
        """The program's own tensors for inputs and outputs; arrays are written into the first."""
        given = {name: self._tensor(f"in {name}", d) for name, d in self.inputs.items()}
        for name, array in inputs.items():
            write_pieces(self.device, given[name].pieces, words(array, self.inputs[name].data_type))
        return given, {name: self._tensor(f"out {name}", d) for name, d in self.outputs.items()}

    def _tensor(self, key: str, descriptor: OperandDescriptor) -> WebGPUTensor:
        """A tensor of the program's own, for arrays that come from the host."""
        if key not in self._own:
            self._own[key] = WebGPUTensor(self.device, descriptor, self.plan.limits.binding_bytes)
        return self._own[key]

    def _holds(self, tensor: DeviceTensor) -> bool:
        return isinstance(tensor, WebGPUTensor) and tensor.device is self.device

    def _dispatch(self, inputs: Mapping[str, WebGPUTensor], outputs: Mapping[str, WebGPUTensor]) -> None:
        """Compute from tensors into tensors: one submission, nothing passes through the host."""
        with self.device.lock, translated("dispatch"):
            self._check_usable()
            self.device.submit(self._submit(inputs, outputs).finish())
        settle(self.device)

    def _submit(self, inputs: Mapping[str, WebGPUTensor], outputs: Mapping[str, WebGPUTensor]) -> Any:
        """Submit all steps but the last few, which are recorded; what belongs to the last submission can be recorded after them."""
        buffers, groups = self._bound(inputs, outputs)
        first, size, steps = 0, _FIRST_STEPS, len(self.plan.steps)
        while True:
            encoder = self.device.handle.create_command_encoder()
            self._encode(encoder, range(first, min(first + size, steps)), buffers, groups)
            first, size = first + size, _MORE_STEPS
            if first >= steps:
                return encoder
            self.device.submit(encoder.finish())

    def _encode(self, encoder: Any, numbers: range, buffers: list[list[Any]], groups: list[Any], queries: Any = None) -> None:
        """Record some of the steps; those that run kernels share a pass, unless each is to be timed."""
        compute = last = None
        for number in numbers:
            step, pipeline, group = self.plan.steps[number], self._pipelines[number], groups[number]
            if pipeline is None or queries is not None:
                if compute is not None:
                    compute.end()
                compute = None
            if pipeline is None:
                _command(encoder, step, buffers)
                continue
            if compute is None:
                writes = {"timestamp_writes": _timestamps(queries, number)} if queries is not None else {}
                compute, last = encoder.begin_compute_pass(**writes), None
            if pipeline is not last:
                compute.set_pipeline(pipeline)
                last = pipeline
            compute.set_bind_group(0, group)
            compute.dispatch_workgroups(*step.workgroups)
        if compute is not None:
            compute.end()

    def _bound(self, inputs: Mapping[str, WebGPUTensor], outputs: Mapping[str, WebGPUTensor]) -> tuple[list[list[Any]], list[Any]]:
        """The pieces of every buffer, and the bind group of every step, for these tensors."""
        tensors = [*(inputs[name] for name in self.inputs), *(outputs[name] for name in self.outputs)]
        key = tuple(id(piece) for tensor in tensors for piece in tensor.pieces)
        if key not in self._bindings:
            buffers = [self._pieces(buffer, inputs, outputs) for buffer in self.plan.buffers]
            groups = [
                None if pipeline is None else self.device.bind(self.plan, step, pipeline, buffers)
                for step, pipeline in zip(self.plan.steps, self._pipelines, strict=True)
            ]
            self._bindings[key] = buffers, groups
            if len(self._bindings) > _KEPT_BINDINGS:
                self._bindings.popitem(last=False)
        self._bindings.move_to_end(key)
        return self._bindings[key]

    def _pieces(self, buffer: Buffer, inputs: Mapping[str, WebGPUTensor], outputs: Mapping[str, WebGPUTensor]) -> list[Any]:
        if buffer.role == "constant":
            return self._constants[buffer.name]
        if buffer.role == "temporary":
            return self._slots[buffer.slot]
        pieces: list[Any] = (inputs if buffer.role == "input" else outputs)[buffer.name].pieces
        if [piece.size for piece in pieces] != self.plan.pieces(buffer):
            raise OperationError(
                f"{buffer.role} {buffer.name!r} lies in pieces of {pieces[0].size} bytes; "
                f"this plan was made for pieces of {self.plan.limits.binding_bytes}"
            )
        return pieces

    def profile(self, inputs: Mapping[str, Array]) -> list[float]:
        """Run once with a timer around every step.

        Returns:
            The milliseconds of each step of the plan; 0 where the device has no timers.
        """
        arrays = checked_arrays(self.inputs, inputs)
        with self.device.lock:
            self._check_usable()
            return self._timed(*self._own_tensors(arrays))

    def _timed(self, given: Mapping[str, WebGPUTensor], wanted: Mapping[str, WebGPUTensor]) -> list[float]:
        steps = len(self.plan.steps)
        if not self.device.has_timestamps:
            self._dispatch(given, wanted)
            return [0.0] * steps
        with translated("profile"):
            handle = self.device.handle
            queries = handle.create_query_set(type="timestamp", count=2 * steps)
            resolved = handle.create_buffer(size=16 * steps, usage=0x200 | 0x04)
            encoder = handle.create_command_encoder()
            self._encode(encoder, range(steps), *self._bound(given, wanted), queries)
            encoder.resolve_query_set(queries, 0, 2 * steps, resolved, 0)
            self.device.submit(encoder.finish())
            ticks = np.frombuffer(self.device.queue.read_buffer(resolved), np.uint64).reshape(steps, 2).astype(np.int64)
        timed = [step.kernel not in ("copy", "clear") for step in self.plan.steps]
        self._times = [max(0, int(end - begin)) / 1e6 if ran else 0.0 for (begin, end), ran in zip(ticks, timed, strict=True)]
        return self._times

    def explain(self) -> Report:
        """Which kernel runs each operator, and for how long where the program was profiled."""
        by: dict[int, list[int]] = {}
        for number, step in enumerate(self.plan.steps):
            for operator in step.operators:
                by.setdefault(operator, []).append(number)
        operators = tuple(
            self._operator_report(name, label, by.get(number, [])) for number, (name, label) in enumerate(self.plan.operators)
        )
        weights = sum(buffer.byte_length for buffer in self.plan.buffers if buffer.role == "constant")
        notes = (f"{self.plan.dispatches} dispatches", f"arena of {self.plan.arena_bytes} bytes in {len(self.plan.slots)} slots")
        return Report("webgpu", self.device.name, operators, weights, notes)

    def _operator_report(self, name: str, label: str, numbers: list[int]) -> OperatorReport:
        if not numbers:
            return OperatorReport(name, label, "no kernel", self.device.name, "its output is its input's elements as they lie")
        steps = [self.plan.steps[number] for number in numbers]
        fused = [self.plan.operators[other][0] for step in steps for other in step.operators if len(step.operators) > 1]
        reason = f"one dispatch with {', '.join(fused)}" if fused else ""
        time = None if self._times is None else sum(self._times[number] / len(self.plan.steps[number].operators) for number in numbers)
        return OperatorReport(name, label, ", ".join(dict.fromkeys(step.kernel for step in steps)), self.device.name, reason, time)

    def _release(self) -> None:
        """Give all memory of the device back."""
        with self.device.lock:
            for tensor in self._own.values():
                tensor.destroy()
            for pieces in (*self._slots, *self._constants.values(), self._kept):
                for piece in pieces:
                    piece.destroy()
            self._kept = []
            self._bindings.clear()


def _timestamps(queries: Any, number: int) -> dict[str, Any]:
    return {"query_set": queries, "beginning_of_pass_write_index": 2 * number, "end_of_pass_write_index": 2 * number + 1}


def _command(encoder: Any, step: Step, buffers: list[list[Any]]) -> None:
    """Copy or clear a whole buffer."""
    target = buffers[step.bindings["y"].buffer]
    if step.kernel == "clear":
        for piece in target:
            encoder.clear_buffer(piece)
        return
    for source, piece in zip(buffers[step.bindings["x"].buffer], target, strict=True):
        encoder.copy_buffer_to_buffer(source, 0, piece, 0, piece.size)
