"""Backends that are wrong on purpose, importable by the worker processes that run them."""

from __future__ import annotations

import os
import sys
import time

import numpy as np

from webnpu.backend import Availability, Backend, OpSupportLimits, Program, Report
from webnpu.errors import Unsupported
from webnpu.graph import Graph
from webnpu.reference import ReferenceBackend
from webnpu.types import Array


class _Program(Program):
    """The reference's program, and something done to its outputs."""

    def __init__(self, program: Program, backend: Toy) -> None:
        super().__init__(program.inputs, program.outputs)
        self.program, self.backend = program, backend

    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        return self.backend.spoil(self.program.run(inputs))

    def explain(self) -> Report:
        return self.program.explain()


class Toy(Backend):
    """Computes as the reference does, unless a subclass has other ideas."""

    name = "toy"

    def available(self) -> Availability:
        return Availability(True, "a toy")

    def support_limits(self) -> OpSupportLimits:
        return ReferenceBackend().support_limits()

    def compile(self, graph: Graph) -> Program:
        return _Program(ReferenceBackend().compile(graph), self)

    def spoil(self, outputs: dict[str, Array]) -> dict[str, Array]:
        return outputs


class Wrong(Toy):
    """Every output is off by one step in its first element."""

    def spoil(self, outputs: dict[str, Array]) -> dict[str, Array]:
        for array in outputs.values():
            first = array.reshape(-1)[:1]
            first[:] = np.nextafter(first, np.inf, dtype=first.dtype) if first.dtype.kind == "f" else first + 1
        return outputs


class Shapeless(Toy):
    """Every output has another shape than it should."""

    def spoil(self, outputs: dict[str, Array]) -> dict[str, Array]:
        return {name: array[np.newaxis] for name, array in outputs.items()}


class Silent(Toy):
    """There are no outputs."""

    def spoil(self, outputs: dict[str, Array]) -> dict[str, Array]:
        return {}


class Refusing(Toy):
    """Refuses everything."""

    def compile(self, graph: Graph) -> Program:
        raise Unsupported(graph.operators[0], "it does not feel like it")


class LateRefusing(Toy):
    """Refuses only when it runs, which is too late."""

    def spoil(self, outputs: dict[str, Array]) -> dict[str, Array]:
        raise NotImplementedError("not now")


class Raising(Toy):
    """Raises what no backend should."""

    def compile(self, graph: Graph) -> Program:
        raise ZeroDivisionError("compiling divides\nby zero")


class Dying(Toy):
    """Ends the process at each relu, as a native runtime would that crashes."""

    def compile(self, graph: Graph) -> Program:
        if graph.operators[0].name == "relu":
            print("native runtime: assertion failed", file=sys.stderr, flush=True)
            os._exit(7)
        return super().compile(graph)


class Hanging(Toy):
    """Never comes back from a relu."""

    def compile(self, graph: Graph) -> Program:
        if graph.operators[0].name == "relu":
            time.sleep(600)
        return super().compile(graph)


class Broken(Toy):
    """Cannot even be made."""

    def __init__(self) -> None:
        raise RuntimeError("no driver")
