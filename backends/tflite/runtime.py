"""Running a model's file in LiteRT, or in tflite-runtime where that is what is installed."""

from __future__ import annotations

import mmap
import os
import warnings
import weakref
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from webnpu.backend import Availability, Program, Report
from webnpu.errors import InvalidStateError, OperationError
from webnpu.graph import Graph
from webnpu.types import Array, OperandDescriptor

from .flatbuffer import Model
from .instances import Instances
from .quiet import without_notes
from .receipt import receipt
from .schema import tensor_type

Places = tuple[dict[str, int], dict[str, int]]
"""The numbers of tensors, of inputs and of outputs, by name."""

LEGACY = "tflite-runtime"
"""The predecessor of LiteRT, whose last release is 2.14."""


class Runtime(NamedTuple):
    """An interpreter that is installed."""

    name: str
    version: str
    interpreter: Any


@cache
def find_runtime() -> Runtime | None:
    """LiteRT, else tflite-runtime, else none."""
    from importlib.metadata import version

    try:
        from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]

        return Runtime("ai-edge-litert", version("ai-edge-litert"), Interpreter)
    except ImportError:
        pass
    try:
        from tflite_runtime.interpreter import Interpreter  # type: ignore[import-not-found]

        return Runtime(LEGACY, version(LEGACY), Interpreter)
    except ImportError:
        return None


def availability() -> Availability:
    """Whether a runtime is installed."""
    runtime = find_runtime()
    if runtime is None:
        return Availability(False, "neither LiteRT nor tflite-runtime is installed: pip install 'webnpu[tflite]'")
    return Availability(True, f"{runtime.name} {runtime.version} on the CPU, with XNNPACK", {runtime.name: runtime.version})


def default_threads() -> int:
    """As many threads as there are processors for this process, or as WEBNPU_THREADS says."""
    given = os.environ.get("WEBNPU_THREADS", "")
    return int(given) if given.isdecimal() and int(given) else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


class Loaded:
    """A model's file in memory, to open any number of interpreters of.

    Where the system has files in memory, the weights are written into one, which the interpreters map: they are never
    copied whole.
    """

    def __init__(self, model: Model) -> None:
        if not hasattr(os, "memfd_create"):
            content = bytes(model.write())
            self.length = len(content)
            self._source: dict[str, Any] = {"model_content": content}
            return
        file = os.memfd_create("webnpu")
        self.close = weakref.finalize(self, os.close, file)

        def allocate(size: int) -> mmap.mmap:
            os.ftruncate(file, size)
            return mmap.mmap(file, size)

        self.length = len(model.write(inline_limit=-1, allocate=allocate))  # not kept: it would count twice
        self._source = {"model_path": f"/proc/self/fd/{file}"}

    def open(self, threads: int) -> Any:
        """An interpreter of the model."""
        return open_interpreter(threads, **self._source)


def open_interpreter(threads: int, **model: Any) -> Any:
    """An interpreter of a model's file (``model_path`` or ``model_content``), with its memory laid out.

    Raises:
        OperationError: the file is damaged, or the runtime does not know what it asks for.
    """
    runtime = find_runtime()
    if runtime is None:
        raise OperationError(availability().reason)
    try:
        with without_notes(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the runtime's notes on its own future
            interpreter = runtime.interpreter(num_threads=threads, **model)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError, TypeError) as error:
        raise OperationError(f"{runtime.name} {runtime.version} does not accept the model: {error}") from error
    return interpreter


class InterpretedProgram(Program):
    """A model's file, in interpreters of its own: as many as threads call it at once, up to a bound."""

    def __init__(
        self, inputs: Mapping[str, OperandDescriptor], outputs: Mapping[str, OperandDescriptor], places: Places, instances: Instances
    ) -> None:
        """Make a program of interpreters.

        Args:
            inputs: the descriptors of the inputs, by name.
            outputs: the descriptors of the outputs, by name.
            places: the numbers of the tensors of inputs and of outputs, by the same names.
            instances: the interpreters.
        """
        super().__init__(inputs, outputs)
        self._input_places, self._output_places = places
        self._instances: Instances | None = instances

    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        """Copy the inputs in, invoke, copy the outputs out."""
        instance = self._pool().one()
        with instance.lock:
            return self._computed(instance.interpreter, inputs)

    def _computed(self, interpreter: Any, inputs: Mapping[str, Array]) -> dict[str, Array]:
        for name, d in self.inputs.items():
            interpreter.set_tensor(self._input_places[name], inputs[name].astype(tensor_type(d.data_type), copy=False))
        try:
            interpreter.invoke()
        except RuntimeError as error:
            raise OperationError(f"LiteRT failed: {error}") from error
        outputs = {}
        for name, d in self.outputs.items():
            array = np.asarray(interpreter.get_tensor(self._output_places[name]))  # a scalar comes as a number of NumPy's
            outputs[name] = array.astype(d.data_type.numpy, copy=False).reshape(d.shape)
        return outputs

    def _pool(self) -> Instances:
        instances = self._instances
        if instances is None:
            raise InvalidStateError("the graph is destroyed")
        return instances

    @property
    def device(self) -> str:
        """The runtime that runs the program."""
        return availability().reason

    def nodes(self) -> list[dict[str, Any]]:
        """The interpreter's nodes: the steps, then one for each run of them that a delegate took."""
        instance = self._pool().first
        with instance.lock:
            return list(instance.interpreter._get_ops_details())

    def _release(self) -> None:
        """Give the interpreters' memory back; one that computes for another thread goes when it is done."""
        self._instances = None


class TfliteProgram(InterpretedProgram):
    """A graph as a model's file."""

    def __init__(self, graph: Graph, model: Model, threads: int, instances: int = 1) -> None:
        self.graph, self.model, self.threads = graph, model, threads
        loaded = Loaded(model)
        self.file_bytes = loaded.length
        # The interpreter numbers the tensors as the file does, but lists only those inputs that are used.
        place = {id(tensor): i for i, tensor in enumerate(model.tensors())}
        inputs, outputs = ({name: place[id(tensor)] for name, tensor in group.items()} for group in (model.inputs, model.outputs))
        pool = Instances(lambda: loaded.open(threads), instances)
        super().__init__(graph.input_descriptors, graph.output_descriptors, (inputs, outputs), pool)

    def explain(self) -> Report:
        """Which steps run each operator, and whether XNNPACK or a kernel of the runtime runs them."""
        return receipt(self)
