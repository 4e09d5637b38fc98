"""Graphs and tensors that live on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from weakref import finalize

import numpy as np

from webnpu.backend import DeviceTensor, OperatorReport, Program, Report
from webnpu.errors import OperationError, Unsupported, WebNPUError
from webnpu.graph import Graph
from webnpu.graph_file import to_document
from webnpu.types import Array, OperandDescriptor, pack, unpack

from .page import PageFailure
from .session import Session


def _stored(array: Array, descriptor: OperandDescriptor) -> memoryview:
    return memoryview(pack(array, descriptor.data_type).view(np.uint8))  # type: ignore[arg-type]


def _described(descriptor: OperandDescriptor) -> dict[str, Any]:
    return {"dataType": descriptor.data_type.value, "shape": list(descriptor.shape)}


def _held(owner: Any, session: Session, what: dict[str, int], page: int) -> finalize[..., Any]:
    """What the page holds for an object of ours until that is destroyed, or nobody holds it any more."""
    held = finalize(owner, session.forget, what, page)
    held.atexit = False  # the browser ends then
    return held


class BrowserTensor(DeviceTensor):
    """An MLTensor on the page."""

    survives_fork = False

    def __init__(self, session: Session, descriptor: OperandDescriptor) -> None:
        super().__init__(descriptor)
        self.session = session
        self.id, _ = session.call("createTensor", _described(descriptor))
        self.page = session.page_number
        self._held = _held(self, session, {"tensor": self.id}, self.page)

    def _write(self, array: Array) -> None:
        message = {"tensor": self.id, "length": self.descriptor.byte_length}
        self.session.call("writeTensor", message, [_stored(array, self.descriptor)], self.page)

    def _read(self) -> Array:
        _, data = self.session.call("readTensor", {"tensor": self.id}, (), self.page)
        return unpack(np.frombuffer(data, np.uint8), self.descriptor)

    def _release(self) -> None:
        self._held.detach()
        with suppress(WebNPUError):  # with its page, it is gone already
            self.session.call("destroy", {"tensor": self.id}, (), self.page)


class BrowserProgram(Program):
    """An MLGraph on the page."""

    survives_fork = False

    def __init__(self, session: Session, graph: Graph) -> None:
        super().__init__(graph.input_descriptors, graph.output_descriptors)
        self.session, self.graph = session, graph
        parts = {graph.names[c]: _stored(c.value, c.descriptor) for c in graph.constants if c.value is not None}
        message = {
            "document": to_document(graph),
            "constants": {name: part.nbytes for name, part in parts.items()},
            "descriptors": {graph.names[o]: _described(o.descriptor) for operator in graph.operators for o in operator.outputs},
        }
        try:
            self.id, _ = session.call("build", message, list(parts.values()))
        except PageFailure as failure:
            raise _refusal(graph, failure) if failure.kind == "refused" else failure from None
        self.page = session.page_number
        self._held = _held(self, session, {"graph": self.id}, self.page)

    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        parts = {name: _stored(array, self.inputs[name]) for name, array in inputs.items()}
        message = {"graph": self.id, "inputs": {name: part.nbytes for name, part in parts.items()}}
        lengths, data = self.session.call("run", message, list(parts.values()), self.page)
        outputs, start = {}, 0
        for name, descriptor in self.outputs.items():
            if lengths.get(name) != descriptor.byte_length:
                raise OperationError(f"output {name!r}: expected {descriptor.byte_length} bytes; got {lengths.get(name, 'none')}")
            outputs[name] = unpack(np.frombuffer(data, np.uint8, descriptor.byte_length, start), descriptor)
            start += descriptor.byte_length
        return outputs

    def _holds(self, tensor: DeviceTensor) -> bool:
        return isinstance(tensor, BrowserTensor) and tensor.session is self.session

    def _dispatch(self, inputs: Mapping[str, BrowserTensor], outputs: Mapping[str, BrowserTensor]) -> None:
        """Compute into tensors of the page, without bytes that cross."""
        ids = [{name: tensor.id for name, tensor in group.items()} for group in (inputs, outputs)]
        self.session.call("dispatch", {"graph": self.id, "inputs": ids[0], "outputs": ids[1]}, (), self.page)

    def explain(self) -> Report:
        answer, _ = self.session.call("explain", {"graph": self.id}, (), self.page)
        receipt, devices = answer["receipt"], " and ".join(answer["devices"])
        if receipt is None:
            entries = tuple(
                OperatorReport(op.name, op.label, "", devices or "unknown", "the browser does not say") for op in self.graph.operators
            )
            return Report("browser", self.session.open()["device"], entries, self.graph.weight_bytes)
        fields = ("operator", "label", "by", "device", "reason", "milliseconds")
        entries = tuple(OperatorReport(**{name: entry[name] for name in fields if name in entry}) for entry in receipt["operators"])
        notes = tuple(receipt.get("notes", ()))
        return Report("browser", self.session.open()["device"], entries, receipt.get("weightBytes", self.graph.weight_bytes), notes)

    def _release(self) -> None:
        self._held.detach()
        with suppress(WebNPUError):  # with its page, it is gone already
            self.session.call("destroy", {"graph": self.id}, (), self.page)


def _refusal(graph: Graph, failure: PageFailure) -> Unsupported:
    """The refusal of a graph; where the browser does not say of which operator, its label or its name in the message does."""
    if failure.operator is not None:
        return Unsupported(graph.operators[failure.operator], failure.text)
    labelled = (op for op in graph.operators if op.label and f"[{op.label}]" in failure.text)
    named = (op for op in graph.operators if re.search(rf"\b{op.name}\b", failure.text))
    return Unsupported(next(labelled, next(named, graph.operators[0])), failure.text)
