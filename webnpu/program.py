"""Programs and device tensors: what a compiled graph is, and the one place that checks what is given to it.

A backend derives from `Program` and `DeviceTensor` and implements the methods that begin with an underscore, which are
only ever given what fits.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import numpy as np

from .buffers import as_laid_out, elements
from .errors import InvalidStateError, MLTypeError
from .spelling import spelt
from .types import Array, OperandDescriptor


@dataclass(frozen=True)
class OperatorReport:
    """How one operator is run.

    Attributes:
        operator: its WebNN name.
        label: the caller's label.
        by: the kernel or the backend's operator that runs it, or the operator that it was fused into.
        device: what it runs on.
        reason: why so, where that is not plain.
        milliseconds: the time it took, if it was profiled.
    """

    operator: str
    label: str
    by: str
    device: str
    reason: str = ""
    milliseconds: float | None = None


@dataclass(frozen=True)
class Report:
    """The receipt of a program: how each operator is run, and the bytes that it needs."""

    backend: str
    device: str
    operators: tuple[OperatorReport, ...]
    weight_bytes: int
    notes: tuple[str, ...] = ()


class Resource:
    """What a backend holds for its user: memory, a compiled graph. It cannot be copied, and belongs to the process that made it."""

    survives_fork: ClassVar[bool] = True
    """Whether a forked process can use it: not where threads, or another process, work for it."""
    is_destroyed = False

    def __init__(self) -> None:
        self._process = os.getpid()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise not_copied(self, "build the graph anew where it is needed")

    def destroy(self) -> None:
        """Give back what it holds. Doing it again does nothing, nor does it in a forked process, which holds nothing."""
        if not self.is_destroyed:
            self.is_destroyed = True
            if self.survives_fork or not forked_from(self._process):
                self._release()

    def _check_process(self) -> None:
        if not self.survives_fork and (why := forked_from(self._process)):
            raise InvalidStateError(f"{type(self).__name__}: {why}")

    @abstractmethod
    def _release(self) -> None:
        """Give back what it holds; called once."""


def forked_from(process: int) -> str:
    """Why what a process made cannot be used in this one, which was forked from it; '' in that process itself."""
    if process == os.getpid():
        return ""
    return (
        f"it was made in process {process}, and this is process {os.getpid()}, forked from it without the threads that it needs; "
        "start processes with multiprocessing's method spawn, or use the backend only after the fork"
    )


def not_copied(what: Any, instead: str) -> TypeError:
    """The error for pickling or copying what lives on a device."""
    return MLTypeError(f"{type(what).__name__}: it lives on a device, and can be neither pickled nor copied; {instead}")


class DeviceTensor(Resource, ABC):
    """Memory of a backend's device, which holds the elements of one descriptor."""

    def __init__(self, descriptor: OperandDescriptor) -> None:
        super().__init__()
        self.descriptor = descriptor

    def write(self, array: Any) -> None:
        """Copy elements in.

        Args:
            array: an array of the descriptor's type and shape, or anything else that `webnpu.buffers.elements` takes.

        Raises:
            MLTypeError: it does not fit.
            InvalidStateError: the tensor is destroyed.
        """
        self._check_usable()
        self._write(as_laid_out(elements("tensor", self.descriptor, array, "flat")))

    def read(self) -> Array:
        """The elements, as an array that no later dispatch changes."""
        self._check_usable()
        return self._read()

    def lend(self, returned: Callable[[], None]) -> Any:
        """The elements as a buffer of the WebGPU device that the tensor was made for; nobody else uses them meanwhile.

        Args:
            returned: called when the caller has destroyed the buffer, which only gives it back.
        """
        raise MLTypeError("exportToGPU: the tensor was not made by createExportableTensor")

    def _check_usable(self) -> None:
        if self.is_destroyed:
            raise InvalidStateError("the tensor is destroyed")
        self._check_process()

    @abstractmethod
    def _write(self, array: Array) -> None:
        """Copy in an array of the descriptor's type and shape, whose elements lie in order."""

    @abstractmethod
    def _read(self) -> Array:
        """The elements, as a new array."""


class HostTensor(DeviceTensor):
    """A tensor in the memory of this process, for backends that have no other.

    Its array is replaced, never changed, so that who reads it while another thread writes sees all of one or of the other.
    """

    def __init__(self, descriptor: OperandDescriptor) -> None:
        super().__init__(descriptor)
        self.array = np.zeros(descriptor.shape, descriptor.data_type.numpy)

    def _write(self, array: Array) -> None:
        self.array = array.copy()

    def _read(self) -> Array:
        return self.array.copy()

    def _release(self) -> None:
        self.array = np.empty(0, self.descriptor.data_type.numpy)


class Program(Resource, ABC):
    """A compiled graph. Running it plans, compiles and allocates nothing that could have been done before.

    Its methods may be called from any thread, several at once: each call computes as if it were alone. After a
    ``KeyboardInterrupt``, or any other error, the next call is as good as the first.

    Attributes:
        inputs: the descriptors of its inputs, by name.
        outputs: the descriptors of its outputs, by name.
    """

    def __init__(self, inputs: Mapping[str, OperandDescriptor], outputs: Mapping[str, OperandDescriptor]) -> None:
        super().__init__()
        self.inputs, self.outputs = dict(inputs), dict(outputs)

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Array]:
        """Compute the outputs from arrays.

        Args:
            inputs: for each input by name an array of its type and shape, in any memory layout and byte order, or bytes or
                numbers that `webnpu.buffers.elements` takes.

        Returns:
            The outputs by name, as arrays of the caller's own.

        Raises:
            MLTypeError: an input is missing, unknown, or of another type or shape.
            InvalidStateError: the program is destroyed.
        """
        self._check_usable()
        return self._run(checked_arrays(self.inputs, inputs))

    def dispatch(self, inputs: Mapping[str, DeviceTensor], outputs: Mapping[str, DeviceTensor]) -> None:
        """Compute into device tensors, those of this program's backend.

        Raises:
            MLTypeError: a tensor is missing, unknown, of another type or shape, of another device, destroyed, or given twice.
            InvalidStateError: the program is destroyed.
        """
        self._check_usable()
        check_names("input", self.inputs, inputs, "tensors")
        check_names("output", self.outputs, outputs, "tensors")
        tensors = [*inputs.values(), *outputs.values()]
        for role, given, descriptors in (("input", inputs, self.inputs), ("output", outputs, self.outputs)):
            for name, tensor in given.items():
                self._check_tensor(f"dispatch: {role} {name!r}", tensor, descriptors[name])
        check_distinct(tensors)
        self._dispatch(inputs, outputs)

    @abstractmethod
    def explain(self) -> Report:
        """How each operator is run, and why so."""

    def _check_usable(self) -> None:
        if self.is_destroyed:
            raise InvalidStateError("the graph is destroyed")
        self._check_process()

    def _check_tensor(self, where: str, tensor: Any, descriptor: OperandDescriptor) -> None:
        if not isinstance(tensor, DeviceTensor):
            raise MLTypeError(f"{where}: expected a tensor of the device; got {type(tensor).__name__}")
        if tensor.is_destroyed:
            raise MLTypeError(f"{where}: the tensor is destroyed")
        if not self._holds(tensor):
            raise MLTypeError(f"{where}: the tensor is of another device: a {type(tensor).__name__}")
        if tensor.descriptor != descriptor:
            raise MLTypeError(f"{where}: expected {descriptor}; got {tensor.descriptor}")

    def _holds(self, tensor: DeviceTensor) -> bool:
        """Whether a tensor lives on the device that this program runs on."""
        return isinstance(tensor, HostTensor)

    @abstractmethod
    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        """Compute the outputs from an array for each input, of its type and shape, whose elements lie in order."""

    def _dispatch(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
        """Compute into tensors that fit; by default those of the memory of this process."""
        results = self._run({name: tensor.array for name, tensor in inputs.items()})
        for name, tensor in outputs.items():
            tensor.array = results[name]

    def _release(self) -> None:
        """Give back what the program holds; most hold nothing but memory of Python's."""


def checked_arrays(descriptors: Mapping[str, OperandDescriptor], inputs: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays of a graph's inputs, each of its type and shape, its elements in order and without gaps.

    Raises:
        MLTypeError: an input is missing, unknown, or of another type or shape.
    """
    check_names("input", descriptors, inputs, "arrays", "graph")
    return {
        name: as_laid_out(elements(f"graph: input {name!r}", descriptor, inputs[name], "same")) for name, descriptor in descriptors.items()
    }


def check_names(role: str, descriptors: Mapping[str, OperandDescriptor], given: Any, what: str, where: str = "dispatch") -> None:
    """Check that something is given for each input or output, and for nothing else.

    Args:
        role: what they are: ``input`` or ``output``.
        descriptors: what there must be, by name.
        given: what there is, by name.
        what: what is given, for the message: ``arrays``.
        where: what the message starts with.

    Raises:
        MLTypeError: it is not so; the message names what is missing or unknown.
    """
    if not isinstance(given, Mapping):
        raise MLTypeError(f"{where}: the {role}s must be a mapping of names to {what}; got {type(given).__name__}")
    if given.keys() == descriptors.keys():
        return
    for word, names in (("missing", descriptors.keys() - given.keys()), ("unknown", given.keys() - descriptors.keys())):
        if names:
            raise MLTypeError(f"{where}: {word} {role} {', '.join(sorted(map(spelt, names)))}; the {role}s are {described(descriptors)}")


def check_distinct(tensors: Iterable[Any]) -> None:
    """Check that no tensor is given twice: inputs and outputs must all be different."""
    tensors = list(tensors)
    if len({id(tensor) for tensor in tensors}) != len(tensors):
        raise MLTypeError("dispatch: a tensor is given twice; inputs and outputs must all be different")


def described(descriptors: Mapping[str, OperandDescriptor]) -> str:
    """Descriptors by name, for messages."""
    return ", ".join(f"{spelt(name)}: {descriptor}" for name, descriptor in descriptors.items()) or "none"


def owned(results: Mapping[str, Array], given: Iterable[Array] = ()) -> dict[str, Array]:
    """Results as arrays of the caller's own: what is a view, read-only, or one of the arrays given, or twice the same, is copied."""
    taken = {id(array) for array in given}
    arrays: dict[str, Array] = {}
    for name, array in results.items():
        own = array.flags.owndata and array.flags.writeable and id(array) not in taken
        arrays[name] = array if own else array.copy()
        taken.add(id(array))
    return arrays
