"""ML, MLContext, MLTensor and MLGraph: WebNN's objects, synchronous, with NumPy arrays at the edges.

What is a promise in WebNN is done when the call returns; ``lost`` alone is a future. Contexts, tensors and compiled graphs
may be used from any thread, several at once; a builder belongs to the thread that builds. WebNN sections: ML
interface, MLContext interface, MLTensor interface, MLGraph interface.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeVar, cast, get_args
from weakref import WeakSet

import numpy as np

from .backend import Backend, DeviceTensor, OpSupportLimits, Program, Report, backend_names, load_backend
from .buffers import elements
from .builder import as_descriptor
from .errors import DeviceLost, InvalidStateError, MLTypeError, NotSupportedError
from .graph import Graph, as_graph
from .program import check_distinct, check_names, not_copied
from .types import MAX_RANK, Array, DataType, OperandDescriptor, Shape, pack

PowerPreference = Literal["default", "high-performance", "low-power"]

T = TypeVar("T")
Owned = TypeVar("Owned", "MLTensor", "MLGraph")


@dataclass(frozen=True)
class MLContextLostInfo:
    """Why a context was lost."""

    message: str


class ML:
    """The entry point: makes contexts (WebNN: ML interface)."""

    def create_context(
        self,
        gpu_device: Any = None,
        *,
        power_preference: PowerPreference = "default",
        accelerated: bool = True,
        backend: str | None = None,
    ) -> MLContext:
        """A context on the device that suits best, or on a WebGPU device (WebNN: createContext(), both forms).

        Args:
            gpu_device: a ``wgpu.GPUDevice`` of the caller's, which is never destroyed here; the hints do not count then.
            power_preference: a hint: ``high-performance`` prefers speed, ``low-power`` a small battery.
            accelerated: a hint, weaker than the first: without it, the CPU is preferred.
            backend: a backend by name, in place of the hints; a WebNPU extension.

        Raises:
            MLTypeError: an option is not valid.
            NotSupportedError: the backend cannot run here; the message says why.
        """
        if power_preference not in get_args(PowerPreference):
            raise MLTypeError(
                f"createContext: powerPreference must be one of {', '.join(get_args(PowerPreference))}; got {power_preference!r}"
            )
        if not isinstance(accelerated, bool):
            raise MLTypeError(f"createContext: accelerated must be a bool; got {accelerated!r}")
        if gpu_device is not None:
            chosen = type(load_backend(backend or "webgpu")).on(gpu_device)
        else:
            chosen = load_backend(backend) if backend is not None else _choose(power_preference, accelerated)
        availability = chosen.available()
        if not availability.ok:
            raise NotSupportedError(f"createContext: backend {chosen.name} cannot run here: {availability.reason}")
        return MLContext(chosen)


def _choose(power_preference: str, accelerated: bool) -> Backend:
    """The available backend that suits the hints best; the reference where there is no other."""
    candidates: list[Backend] = []
    for name in backend_names():
        try:
            candidates.append(load_backend(name))
        except NotSupportedError:
            continue  # not installed: no candidate
    ranked = sorted(candidates, key=lambda b: b.suits.get(power_preference, 0) + (b.accelerated is accelerated), reverse=True)
    return next(b for b in ranked if (found := b.available()).ok and not found.simulated)


class MLTensor:
    """Memory of a context's device (WebNN: MLTensor interface). Made by `MLContext.create_tensor`."""

    def __init__(self, context: MLContext, device: DeviceTensor, *, readable: bool, writable: bool, constant: Array | None = None) -> None:
        self._context, self._device, self._constant = context, device, constant
        self._readable, self._writable, self._destroyed, self._exported = readable, writable, False, False
        self.descriptor = device.descriptor

    @property
    def data_type(self) -> DataType:
        return self.descriptor.data_type

    @property
    def shape(self) -> Shape:
        return self.descriptor.shape

    @property
    def readable(self) -> bool:
        return self._readable

    @property
    def writable(self) -> bool:
        return self._writable

    @property
    def constant(self) -> bool:
        return self._constant is not None

    @property
    def gpu_device(self) -> Any:
        """The WebGPU device that it can be exported to, or None; a WebNPU extension."""
        return getattr(self._device, "gpu_device", None)

    def destroy(self) -> None:
        """Give the memory back. What was destroyed stays so; doing it again does nothing."""
        if not self._destroyed:
            self._destroyed = True
            self._device.destroy()

    def as_constant(self, context: object) -> Array:
        """The array of a constant tensor, shared with the graphs that are built from it."""
        if self._context is not context:
            raise MLTypeError("constant: the tensor belongs to another context")
        if self._destroyed:
            raise MLTypeError("constant: the tensor is destroyed")
        if self._constant is None:
            raise MLTypeError("constant: the tensor was not made by createConstantTensor")
        return self._constant

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise not_copied(self, "read it, and write what is read")

    def __repr__(self) -> str:
        flags = [name for name in ("readable", "writable", "constant") if getattr(self, name)]
        return f"<MLTensor {' '.join([str(self.descriptor), *flags, *(['destroyed'] if self._destroyed else [])])}>"


class MLGraph:
    """A compiled graph (WebNN: MLGraph interface). Call it with arrays, or dispatch it with tensors."""

    def __init__(self, context: MLContext, graph: Graph, program: Program) -> None:
        self._context, self._program, self._destroyed = context, program, False
        self.graph = graph
        """The graph that was compiled."""
        self.inputs = graph.input_descriptors
        """The descriptors of the inputs, by name."""
        self.outputs = graph.output_descriptors
        """The descriptors of the outputs, by name."""

    def __call__(self, *unnamed: Any, **inputs: Any) -> dict[str, Array]:
        """Compute the outputs from arrays, one for each input by name; a WebNPU extension.

        Raises:
            MLTypeError: an input is missing, unknown, or of another type or shape, or given without its name.
            InvalidStateError: the graph is destroyed, or the context lost.
        """
        if unnamed:
            raise MLTypeError(f"graph: inputs are given by name, as in graph({next(iter(self.inputs), 'x')}=array)")
        self._context._check_not_lost()
        self._check_usable()
        return self._context._guarded(lambda: self._program.run(inputs))

    def explain(self) -> Report:
        """How each operator is run, and why so; a WebNPU extension."""
        self._check_usable()
        return self._program.explain()

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that run some operator, as Chromium has it; a WebNPU extension."""
        return tuple(dict.fromkeys(entry.device for entry in self.explain().operators))

    def destroy(self) -> None:
        """Give back what the graph holds. Doing it again does nothing."""
        if not self._destroyed:
            self._destroyed = True
            self._program.destroy()

    def _check_usable(self) -> None:
        if self._destroyed:
            raise InvalidStateError("the graph is destroyed")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise not_copied(self, "its attribute graph can be, and be compiled where it is needed")


class MLContext:
    """A device, and all that lives on it (WebNN: MLContext interface). Made by `ML.create_context`."""

    def __init__(self, backend: Backend) -> None:
        self._backend, self._simulated = backend, backend.available().simulated
        self._tensors: WeakSet[MLTensor] = WeakSet()
        self._graphs: WeakSet[MLGraph] = WeakSet()
        self._lock = threading.RLock()
        """Held while the sets change, or the context is lost."""
        self.lost: Future[MLContextLostInfo] = Future()
        """Done once the context is lost, with the reason."""

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise not_copied(self, "make a context where it is needed")

    @property
    def backend(self) -> Backend:
        """The backend that this context computes on; a WebNPU extension."""
        return self._backend

    @property
    def accelerated(self) -> bool:
        return self._backend.accelerated and not self._simulated

    @property
    def max_tensor_byte_length(self) -> int:
        return self._backend.max_tensor_byte_length

    def op_support_limits(self) -> OpSupportLimits:
        """What the context supports, operator by operator, with WebNN's spelling (WebNN: opSupportLimits())."""
        return self._backend.support_limits()

    def create_tensor(
        self, descriptor: OperandDescriptor | Mapping[str, Any], *, readable: bool | None = None, writable: bool | None = None
    ) -> MLTensor:
        """A zeroed tensor (WebNN: createTensor()).

        Args:
            descriptor: an `OperandDescriptor`, or a mapping with the members of MLTensorDescriptor.
            readable: whether `read_tensor` may read it; by default what the mapping says, else False.
            writable: whether `write_tensor` may write it; by default what the mapping says, else False.
        """
        self._check_not_lost()
        checked = self._checked("createTensor", descriptor)
        return self._tensor(descriptor, self._guarded(lambda: self._backend.create_tensor(checked)), readable, writable)

    def create_exportable_tensor(
        self,
        descriptor: OperandDescriptor | Mapping[str, Any],
        gpu_device: Any,
        *,
        readable: bool | None = None,
        writable: bool | None = None,
    ) -> MLTensor:
        """A zeroed tensor that `export_to_gpu` can lend to a WebGPU device (WebNN: createExportableTensor()).

        Args:
            descriptor: as for `create_tensor`.
            gpu_device: a ``wgpu.GPUDevice``; no byte is copied where the context was made from it.
            readable: as for `create_tensor`.
            writable: as for `create_tensor`.

        Raises:
            NotSupportedError: the context does not compute on WebGPU, or the tensor is longer than a buffer may be.
        """
        self._check_not_lost()
        checked = self._checked("createExportableTensor", descriptor)
        device = self._guarded(lambda: self._backend.create_exportable_tensor(checked, gpu_device))
        return self._tensor(descriptor, device, readable, writable)

    def _tensor(self, descriptor: Any, device: DeviceTensor, readable: bool | None, writable: bool | None) -> MLTensor:
        flags = descriptor if isinstance(descriptor, Mapping) else {}
        tensor = MLTensor(
            self,
            device,
            readable=bool(flags.get("readable", False) if readable is None else readable),
            writable=bool(flags.get("writable", False) if writable is None else writable),
        )
        self._keep(self._tensors, tensor)
        return tensor

    def export_to_gpu(self, tensor: MLTensor) -> Any:
        """The memory of a tensor, lent to its WebGPU device until the buffer is destroyed (WebNN: exportToGPU()).

        Returns:
            A ``wgpu.GPUBuffer`` for storage and copies. Its ``destroy`` gives the memory back; until then the tensor cannot be used.

        Raises:
            MLTypeError: the tensor was not made by `create_exportable_tensor`.
            InvalidStateError: it is exported already.
        """
        self._check_own("exportToGPU", tensor)
        self._check_not_lost()

        def returned() -> None:
            tensor._exported = False

        buffer = self._guarded(lambda: tensor._device.lend(returned))
        tensor._exported = True
        return buffer

    def create_constant_tensor(self, descriptor: OperandDescriptor | Mapping[str, Any], data: Any) -> MLTensor:
        """A tensor that never changes, for `MLGraphBuilder.constant` (WebNN: createConstantTensor())."""
        self._check_not_lost()
        checked = self._checked("createConstantTensor", descriptor)
        array = elements("createConstantTensor", checked, data, "flat").copy()
        array.flags.writeable = False
        tensor = MLTensor(self, _ConstantMemory(checked), readable=False, writable=False, constant=array)
        self._keep(self._tensors, tensor)
        return tensor

    def write_tensor(self, tensor: MLTensor, data: Any) -> None:
        """Copy data into a tensor (WebNN: writeTensor())."""
        self._check_own("writeTensor", tensor)
        if not tensor.writable:
            raise MLTypeError("writeTensor: the tensor is not writable")
        array = elements("writeTensor", tensor.descriptor, data, "flat")
        self._check_not_lost()
        self._guarded(lambda: tensor._device.write(array))

    def read_tensor(self, tensor: MLTensor, output: Any = None) -> Array:
        """The elements of a tensor (WebNN: readTensor(), both forms).

        Args:
            tensor: a readable tensor of this context.
            output: where to put them: a writable buffer or array of at least the tensor's bytes.

        Returns:
            The elements as a new array; or ``output`` itself.
        """
        self._check_own("readTensor", tensor)
        if not tensor.readable:
            raise MLTypeError("readTensor: the tensor is not readable")
        self._check_not_lost()
        if output is None:
            return self._guarded(tensor._device.read)
        target = _writable_bytes(output, tensor.descriptor)
        stored = pack(self._guarded(tensor._device.read), tensor.data_type).view(np.uint8)
        target[: stored.size] = stored
        return output  # type: ignore[no-any-return]

    def dispatch(self, graph: MLGraph, inputs: Mapping[str, MLTensor], outputs: Mapping[str, MLTensor]) -> None:
        """Run a graph on tensors (WebNN: dispatch())."""
        if not isinstance(graph, MLGraph):
            raise MLTypeError(f"dispatch: expected an MLGraph; got {type(graph).__name__}")
        if graph._context is not self:
            raise MLTypeError("dispatch: the graph belongs to another context")
        graph._check_usable()
        self._check_tensors("input", inputs, graph.inputs)
        self._check_tensors("output", outputs, graph.outputs)
        check_distinct([*inputs.values(), *outputs.values()])
        self._check_not_lost()
        given = {name: tensor._device for name, tensor in inputs.items()}
        wanted = {name: tensor._device for name, tensor in outputs.items()}
        self._guarded(lambda: graph._program.dispatch(given, wanted))

    def compile(self, graph: Graph) -> MLGraph:
        """Compile a graph that was loaded or imported; `MLGraphBuilder.build` ends here too.

        Raises:
            MLTypeError: it is no graph.
            Unsupported: the backend refuses an operator; it says which and why.
            InvalidStateError: the context is lost.
        """
        as_graph("compile", graph)
        self._check_not_lost()
        compiled = MLGraph(self, graph, self._guarded(lambda: self._backend.compile(graph)))
        self._keep(self._graphs, compiled)
        return compiled

    def destroy(self) -> None:
        """Lose the context, and destroy its graphs and tensors. Doing it again does nothing."""
        self._lose("the context was destroyed")

    def _lose(self, message: str) -> None:
        with self._lock:
            if self.lost.done():
                return
            self.lost.set_result(MLContextLostInfo(message))
            owned = (*self._tensors, *self._graphs)
        for each in owned:
            cast("MLTensor | MLGraph", each).destroy()

    def _keep(self, kept: WeakSet[Owned], each: Owned) -> None:
        """Remember what lives on the context; on one that was lost meanwhile nothing does."""
        with self._lock:
            if not self.lost.done():
                kept.add(each)
                return
        each.destroy()
        self._check_not_lost()

    def _guarded(self, work: Callable[[], T]) -> T:
        """Do the backend's work; a device that is lost on the way loses the context."""
        try:
            return work()
        except DeviceLost as error:
            self._lose(str(error))
            raise InvalidStateError(f"the context is lost: {error}") from error

    def _check_not_lost(self) -> None:
        if self.lost.done():
            raise InvalidStateError(f"the context is lost: {self.lost.result().message}")

    def _check_own(self, method: str, tensor: MLTensor) -> None:
        if not isinstance(tensor, MLTensor):
            raise MLTypeError(f"{method}: expected an MLTensor; got {type(tensor).__name__}")
        if tensor._context is not self:
            raise MLTypeError(f"{method}: the tensor belongs to another context")
        if tensor._destroyed:
            raise MLTypeError(f"{method}: the tensor is destroyed")
        if tensor._exported:
            raise InvalidStateError(f"{method}: the tensor is exported to WebGPU; destroy its GPUBuffer first")

    def _check_tensors(self, role: str, tensors: Mapping[str, MLTensor], descriptors: Mapping[str, OperandDescriptor]) -> None:
        """WebNN: validating tensors with descriptors."""
        check_names(role, descriptors, tensors, "tensors")
        for name, tensor in tensors.items():
            self._check_own(f"dispatch: {role} {name!r}", tensor)
            if tensor.constant:
                raise MLTypeError(f"dispatch: {role} {name!r} is a constant tensor")
            if tensor.descriptor != descriptors[name]:
                raise MLTypeError(f"dispatch: {role} {name!r}: expected {descriptors[name]}; got {tensor.descriptor}")

    def _checked(self, method: str, descriptor: OperandDescriptor | Mapping[str, Any]) -> OperandDescriptor:
        checked = as_descriptor(method, descriptor)
        if fault := checked.fault(MAX_RANK, self.max_tensor_byte_length):
            raise MLTypeError(f"{method}: {fault}")
        return checked


class _ConstantMemory(DeviceTensor):
    """A constant tensor lives in its array; the device gets it with the graph."""

    def _write(self, array: Array) -> None:
        raise MLTypeError("a constant tensor is never written")

    def _read(self) -> Array:
        raise MLTypeError("a constant tensor is never read")

    def _release(self) -> None:
        """Graphs that were built from the tensor keep its array."""


def _writable_bytes(output: Any, descriptor: OperandDescriptor) -> Array:
    """A buffer of the caller's as bytes, once it is large enough and can be written."""
    if isinstance(output, np.ndarray):
        if output.dtype not in (descriptor.data_type.numpy, np.dtype(np.uint8)):
            raise MLTypeError(f"readTensor: the output must hold {descriptor.data_type} or uint8; got {output.dtype.name}")
        if not (output.flags.c_contiguous and output.flags.writeable):
            raise MLTypeError("readTensor: the output must be contiguous and writable")
        target = output.reshape(-1).view(np.uint8)
    else:
        try:
            view = memoryview(output).cast("B")
        except (TypeError, ValueError) as error:  # no buffer, one with gaps, or one that was released
            raise MLTypeError(f"readTensor: the output must be a contiguous buffer; got {type(output).__name__}") from error
        if view.readonly:
            raise MLTypeError("readTensor: the output must be writable")
        target = np.frombuffer(view, np.uint8)
    if target.size < descriptor.byte_length:
        raise MLTypeError(f"readTensor: the output must have {descriptor.byte_length} bytes; got {target.size}")
    return target
