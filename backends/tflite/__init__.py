"""The TFLite backend: FlatBuffers that LiteRT runs, and that anyone can open.

A graph is lowered operator by operator (`lowering`), in layouts that are permuted only where they must be
(`emitter`), written as one file (`flatbuffer`), and run by LiteRT (`runtime`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webnpu.backend import Availability, Backend, OpSupportLimits
from webnpu.errors import MLTypeError, Unsupported
from webnpu.files import replacing
from webnpu.graph import Graph, as_graph

from .emitter import NAMING, Emitter, lowers
from .flatbuffer import Model
from .lowering import CHAPTERS
from .runtime import LEGACY, TfliteProgram, availability, default_threads, find_runtime

if TYPE_CHECKING:
    from .loaded import LoadedModel

__all__ = ["CHAPTERS", "TfliteBackend", "TfliteProgram"]


MOST_INSTANCES = 4
"""For so many calls at once a program makes interpreters, if it is not told otherwise."""


class TfliteBackend(Backend):
    """Computes on the CPU with LiteRT and XNNPACK, and exports ``.tflite`` files."""

    name = "tflite"
    suits = {"default": 1, "high-performance": 1, "low-power": 1}
    preferred_input_layout = "nhwc"
    naming = NAMING

    def __init__(self, threads: int | None = None, instances: int | None = None) -> None:
        """Make the backend.

        Args:
            threads: how many threads the kernels of one call may use; by default one for each processor.
            instances: for how many calls at once a program has interpreters, each with memory of its own; the first is made
                with the program, others when they are needed. By default one for each processor, up to 4.
        """
        for name, value in (("threads", threads), ("instances", instances)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise MLTypeError(f"tflite: {name} must be an integer from 1 on, or None; got {value!r}")
        self.threads, self.instances = threads, instances

    def available(self) -> Availability:
        return availability()

    def support_limits(self) -> OpSupportLimits:
        return lowers.support_limits(self)

    def compile(self, graph: Graph) -> TfliteProgram:
        """Lower a graph, and load it into an interpreter."""
        runtime = find_runtime()
        legacy = runtime is not None and runtime.name == LEGACY
        return TfliteProgram(graph, self.lower(graph, legacy), *self._sizes())

    def lower(self, graph: Graph, legacy: bool = False, int32_io: bool = False) -> Model:
        """The model of a graph; needs no runtime.

        Args:
            graph: what to lower.
            legacy: whether the model is for tflite-runtime, the predecessor of LiteRT, alone.
            int32_io: whether all integers come in and go out as int32 (see `export`).
        """
        for op in as_graph("lower", graph).operators:
            if type(op) in lowers:
                lowers.of(op)
            elif not op.has_emulation():
                raise Unsupported(op, "the tflite backend neither lowers nor emulates it")
        model = Emitter(graph, legacy, int32_io).finish()
        model.metadata["webnpu"] = json.dumps({"version": _version()}).encode()
        told = model.names.metadata(graph.input_descriptors, graph.output_descriptors)
        model.metadata.update((key, text.encode()) for key, text in told.items())
        return model

    def export(self, graph: Graph, path: str | Path, int32_io: bool = False) -> dict[str, Any]:
        """Write a graph as a ``.tflite`` file, with a signature that has the graph's names.

        A file of that name is replaced only once the new one is whole (see `webnpu.files`).

        Args:
            graph: what to write.
            path: where to.
            int32_io: whether inputs and outputs of other integers than int32 become int32, since apps and LiteRT.js take no
                others; numbers beyond its range keep their low bits.

        Returns:
            The bytes of the file and of its weights, for a summary.
        """
        as_graph("export", graph)
        model = self.lower(graph, int32_io=int32_io)
        content = model.write()
        with replacing("export", path) as partial:
            partial.write_bytes(content)
        return {"bytes": len(content), "weight_bytes": model.weight_bytes, "steps": len(model.steps)}

    def load(self, path: str | Path) -> LoadedModel:
        """A program from a ``.tflite`` file, whoever wrote it; see `loaded.LoadedModel`."""
        from .loaded import load

        return load(path, *self._sizes())

    def _sizes(self) -> tuple[int, int]:
        """How many threads a call may use, and for how many calls at once a program has interpreters."""
        return self.threads or default_threads(), self.instances or min(default_threads(), MOST_INSTANCES)


def _version() -> str:
    from importlib.metadata import version

    return version("webnpu")
