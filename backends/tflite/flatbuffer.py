"""Models as FlatBuffers: tensors, operators, and constants that are written where they end up, once.

A `Model` is filled in any order of constants, but with operators in the order in which they run. `Model.write`
lays it out in one buffer; a constant is a view until then, transposed or not, and is copied only there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np

from webnpu.naming import Names
from webnpu.types import Array, Shape

from .schema import IDENTIFIER, KINDS, OPTIONS, TABLES, TENSOR_TYPES, VERSION

INLINE_LIMIT = 2**31 - 2**24
"""The bytes of constants that fit into the FlatBuffer itself, whose offsets are signed 32-bit numbers."""

BLOCK = 128
"""How many elements of a transposed constant are copied at a time along its last dimension."""

ALIGNMENT = 16
"""The alignment of constants, which kernels count on."""


@dataclass(frozen=True)
class Quantization:
    """How the integers of a tensor stand for real numbers: one scale and zero point, or one for each slice along an axis."""

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0


@dataclass(eq=False)
class Tensor:
    """A tensor of the model: of a type and a shape; the elements, if it is a constant."""

    type: str
    shape: Shape
    data: Array | None = None
    quantization: Quantization | None = None
    name: str = ""

    @property
    def rank(self) -> int:
        return len(self.shape)


@dataclass(eq=False)
class Step:
    """One operator of the model; an input that is None is an optional one left out."""

    kind: str
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    source: int = -1
    """The place of the WebNN operator that it was made for."""


class Model:
    """One subgraph: its inputs and outputs by name, its steps in order, its constants, each once."""

    def __init__(self) -> None:
        self.inputs: dict[str, Tensor] = {}
        self.outputs: dict[str, Tensor] = {}
        self.steps: list[Step] = []
        self.metadata: dict[str, bytes] = {}
        self.names = Names({}, {})
        """The names of inputs and outputs in the file, where they are not those that they have here."""
        self._constants: dict[Any, list[Tensor]] = {}

    def constant(self, array: Array, quantization: Quantization | None = None) -> Tensor:
        """A constant; the same elements again give the same tensor."""
        alike = self._constants.setdefault((array.dtype.name, array.shape, quantization, array.flat[:16].tobytes()), [])
        for tensor in alike:
            if tensor.data is not None and _same_bits(tensor.data, array):
                return tensor
        alike.append(Tensor(array.dtype.name, array.shape, array, quantization))
        return alike[-1]

    def prune(self) -> None:
        """Drop the steps that no output needs."""
        needed = set(map(id, self.outputs.values()))
        kept = []
        for step in reversed(self.steps):
            if any(id(tensor) in needed for tensor in step.outputs):
                kept.append(step)
                needed.update(id(tensor) for tensor in step.inputs)
        self.steps = kept[::-1]

    def tensors(self) -> list[Tensor]:
        """Every tensor that is used, each once: inputs, then in order of the steps."""
        found = {id(tensor): tensor for tensor in self.inputs.values()}
        for step in self.steps:
            found.update((id(tensor), tensor) for tensor in (*step.inputs, *step.outputs) if tensor is not None)
        found.update((id(tensor), tensor) for tensor in self.outputs.values())
        return list(found.values())

    @property
    def weight_bytes(self) -> int:
        """The bytes of the constants."""
        return sum(tensor.data.nbytes for tensor in self.tensors() if tensor.data is not None)

    def write(self, inline_limit: int = INLINE_LIMIT, allocate: Callable[[int], Any] = bytearray) -> memoryview:
        """The bytes of the model's file.

        Args:
            inline_limit: from how many bytes of constants on they are put behind the FlatBuffer, which then holds their
                offsets; every runtime that this backend knows reads both.
            allocate: makes the memory of a file whose constants stand behind.
        """
        return _Writer(self, inline_limit, allocate).bytes


class _Writer:
    """Writes one model, from the leaves to the root, as FlatBuffers are."""

    def __init__(self, model: Model, inline_limit: int, allocate: Callable[[int], Any]) -> None:
        self.model = model
        self.tensors = model.tensors()
        self.index = {id(tensor): i for i, tensor in enumerate(self.tensors)}
        self.outside = model.weight_bytes > inline_limit
        room = 0 if self.outside else model.weight_bytes
        # Room for all, so that the builder never has to grow, which would copy the constants.
        size = room + 4096 + 512 * len(self.tensors) + 512 * len(model.steps) + sum(map(len, model.metadata.values()))
        self.builder = flatbuffers.Builder(min(size, flatbuffers.Builder.MAX_BUFFER_SIZE))
        if not self.outside:
            self.bytes = self._flatbuffer({})
            return
        # The offsets must be known before they are written; the FlatBuffer is as long with any others.
        behind = _places(self.tensors, 1 << 40)
        length = len(self._flatbuffer(behind))
        places = _places(self.tensors, length)
        self.builder = flatbuffers.Builder(size)
        head = self._flatbuffer(places)
        end = max([length, *(offset + size for offset, size in places.values())])
        whole = allocate(end)
        whole[: len(head)] = head
        for tensor in self.tensors:
            if id(tensor) in places:
                _fill(whole, places[id(tensor)][0], tensor)
        self.bytes = memoryview(whole)

    def _flatbuffer(self, places: Mapping[int, tuple[int, int]]) -> memoryview:
        model = self.model
        kinds = list(dict.fromkeys(step.kind for step in model.steps))
        constants = [tensor for tensor in self.tensors if tensor.data is not None]
        buffer_of = {id(tensor): i + 1 for i, tensor in enumerate(constants)}
        buffers = [self._table("Buffer")]
        buffers += [self._buffer(tensor, places.get(id(tensor))) for tensor in constants]
        metadata = []
        for name, content in model.metadata.items():
            data = self.builder.CreateByteVector(content)
            metadata.append(self._table("Metadata", name=name, buffer=len(buffers)))
            buffers.append(self._table("Buffer", data=data))
        subgraph = self._table(
            "SubGraph",
            tensors=[self._tensor(i, tensor, buffer_of.get(id(tensor), 0)) for i, tensor in enumerate(self.tensors)],
            inputs=self._indices(model.inputs.values()),
            outputs=self._indices(model.outputs.values()),
            operators=[self._step(step, kinds.index(step.kind)) for step in model.steps],
            name="main",
        )
        signature = self._table(
            "SignatureDef",
            inputs=self._names(model.inputs, model.names.inputs),
            outputs=self._names(model.outputs, model.names.outputs),
            signature_key="serving_default",
        )
        root = self._table(
            "Model",
            version=VERSION,
            operator_codes=[
                self._table(
                    "OperatorCode",
                    deprecated_builtin_code=min(KINDS[kind].code, 127),
                    version=KINDS[kind].version,
                    builtin_code=KINDS[kind].code,
                )
                for kind in kinds
            ],
            subgraphs=[subgraph],
            description="WebNPU",
            buffers=buffers,
            metadata=metadata,
            signature_defs=[signature],
        )
        self.builder.Finish(root, IDENTIFIER)
        return memoryview(self.builder.Bytes)[self.builder.Head() :]

    def _indices(self, tensors: Iterable[Tensor | None]) -> list[int]:
        return [-1 if tensor is None else self.index[id(tensor)] for tensor in tensors]

    def _names(self, tensors: Mapping[str, Tensor], names: Mapping[str, str]) -> list[int]:
        return [
            self._table("TensorMap", name=names.get(name, name), tensor_index=self.index[id(tensor)]) for name, tensor in tensors.items()
        ]

    def _buffer(self, tensor: Tensor, place: tuple[int, int] | None) -> int:
        if place is not None:
            return self._table("Buffer", offset=place[0], size=place[1])
        assert tensor.data is not None
        size = tensor.data.nbytes
        self.builder.StartVector(1, size, ALIGNMENT)
        self.builder.head -= size
        _fill(self.builder.Bytes, self.builder.head, tensor)
        return self._table("Buffer", data=self.builder.EndVector())

    def _tensor(self, index: int, tensor: Tensor, buffer: int) -> int:
        quantization = 0
        if tensor.quantization is not None:
            quantization = self._table(
                "QuantizationParameters",
                scale=np.array(tensor.quantization.scales, np.float32),
                zero_point=np.array(tensor.quantization.zero_points, np.int64),
                quantized_dimension=tensor.quantization.axis,
            )
        return self._table(
            "Tensor",
            shape=tensor.shape,
            type=TENSOR_TYPES[tensor.type],
            buffer=buffer,
            name=tensor.name or f"t{index}",
            quantization=quantization,
        )

    def _step(self, step: Step, code: int) -> int:
        name = KINDS[step.kind].options
        options = self._table(name, **step.options) if name else 0
        return self._table(
            "Operator",
            opcode_index=code,
            inputs=self._indices(step.inputs),
            outputs=self._indices(step.outputs),
            builtin_options_type=OPTIONS.get(name, 0),
            builtin_options=options,
        )

    def _table(self, table: str, /, **values: Any) -> int:
        """Write a table: first what it points to, then its members."""
        fields = TABLES[table]
        written = {member: self._pointed_to(fields[member].kind, value) for member, value in values.items()}
        self.builder.StartObject(1 + max(slot.slot for slot in fields.values()))
        for member, value in written.items():
            slot, kind, default = fields[member]
            if kind[0].isupper():
                getattr(self.builder, f"Prepend{kind}Slot")(slot, value, default)
            else:
                self.builder.PrependUOffsetTRelativeSlot(slot, value, 0)
        return int(self.builder.EndObject())

    def _pointed_to(self, kind: str, value: Any) -> Any:
        if kind == "string":
            return self.builder.CreateString(value)
        if kind == "tables":
            self.builder.StartVector(4, len(value), 4)
            for offset in reversed(value):
                self.builder.PrependUOffsetTRelative(offset)
            return self.builder.EndVector()
        if kind.endswith("s") and kind != "bytes":
            return self.builder.CreateNumpyVector(np.asarray(value, kind[:-1]))
        return value


def _same_bits(a: Array, b: Array) -> bool:
    if a.__array_interface__["data"] == b.__array_interface__["data"] and a.strides == b.strides:
        return True
    bits = f"u{a.dtype.itemsize}"
    return bool(np.array_equal(a.view(bits), b.view(bits)))


def _places(tensors: Sequence[Tensor], start: int) -> dict[int, tuple[int, int]]:
    """The offset and the size of each constant behind a FlatBuffer that ends at ``start``."""
    places = {}
    for tensor in tensors:
        if tensor.data is not None:
            start += -start % ALIGNMENT
            places[id(tensor)] = (start, tensor.data.nbytes)
            start += tensor.data.nbytes
    return places


def _fill(target: Any, offset: int, tensor: Tensor) -> None:
    """Copy a constant to its place; the only copy that is made of it.

    What is transposed on the way goes in blocks that stay in the cache.
    """
    data = tensor.data
    assert data is not None
    room = np.frombuffer(target, data.dtype, data.size, offset).reshape(data.shape)
    if data.flags.c_contiguous or data.size < BLOCK * BLOCK:
        np.copyto(room, data)
        return
    for start in range(0, data.shape[-1], BLOCK):
        room[..., start : start + BLOCK] = data[..., start : start + BLOCK]
