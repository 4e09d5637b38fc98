"""Conformance cases: JSON that any language can run, and nothing that only Python could read.

A `Case` is a graph document with the exact bytes of its constants, inputs and expected outputs, and a bound for
each output. A `Rejection` is a graph document whose last operator must be rejected, and by which rule.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol, Self, TypeVar

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError
from pydantic.alias_generators import to_camel

from ..agreement import Bound
from ..errors import WebNPUError
from ..graph import Graph
from ..graph_file import from_document, to_document
from ..types import Array, DataType, OperandDescriptor, Shape, pack, unpack


class CaseFileError(WebNPUError, ValueError):
    """A file of cases cannot be read."""


def _decoded(value: object) -> object:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


Bytes = Annotated[bytes, BeforeValidator(_decoded), PlainSerializer(lambda value: base64.b64encode(value).decode(), str)]
"""Elements as they are stored (see `webnpu.types.pack`), in base64 where they stand in JSON."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)


def _with_plain_nans(array: Array) -> Array:
    """The same elements, every NaN the same one: its sign depends on the processor that computed it, and on nothing else."""
    if array.dtype.kind != "f" or not np.isnan(array).any():
        return array
    return np.where(np.isnan(array), np.array(np.nan, array.dtype), array)


class Judged(Protocol):
    """What a backend can be judged by: a case of a file, or one that is made from a seed when its turn comes."""

    @property
    def id(self) -> str:
        """Unique among the cases of a run."""

    @property
    def operator(self) -> str:
        """The operator that the case is about."""

    @property
    def type(self) -> str:
        """The data type of the first operand."""

    @property
    def document(self) -> dict[str, Any]:
        """The graph, see `webnpu.graph_file`."""

    def made(self) -> tuple[Graph, dict[str, Array]]:
        """The graph, and an array for each of its inputs; a `webnpu.errors.GraphFileError` if the builder rejects it."""

    def expected(self, graph: Graph, inputs: Mapping[str, Array]) -> Iterator[tuple[str, Array, Bound]]:
        """For each output its name, its elements, and how far an implementation may be off."""


class ExpectedOutput(_Model):
    """The expected elements of an output, and how far an implementation may be off: within either bound."""

    bytes: Bytes
    ulp: int = Field(default=0, ge=0)
    absolute: float = Field(default=0.0, ge=0)
    zero_sign: bool = False
    """Whether the sign of a zero counts."""

    @property
    def bound(self) -> Bound:
        return Bound(self.ulp, self.absolute, self.zero_sign)


class Case(_Model):
    """A graph, its inputs, and the outputs that it must compute."""

    id: str
    """Unique in the corpus: ``softmax/float32/axis-0``."""
    operator: str
    """The operator that the case is about; ``_graphs`` where it is about several together."""
    type: str
    """The data type of the first operand."""
    about: str = ""
    """What the case covers, in one line."""
    document: dict[str, Any]
    """The graph, see `webnpu.graph_file`."""
    constants: dict[str, Bytes] = {}
    inputs: dict[str, Bytes] = {}
    outputs: dict[str, ExpectedOutput]

    @classmethod
    def of(
        cls,
        graph: Graph,
        inputs: Mapping[str, Array],
        outputs: Mapping[str, Array],
        bounds: Mapping[str, Bound],
        *,
        id: str,
        operator: str,
        type: str,
        about: str,
    ) -> Self:
        """The case of a graph, from arrays.

        Args:
            graph: what to compute.
            inputs: an array for each input.
            outputs: the expected array of each output.
            bounds: the bound of each output.
            id: unique in the corpus.
            operator: what the case is about.
            type: the data type of the first operand.
            about: what it covers, in one line.
        """
        expected = {
            name: ExpectedOutput(
                bytes=to_bytes(_with_plain_nans(outputs[name]), operand.data_type),
                ulp=bounds[name].ulp,
                absolute=bounds[name].absolute,
                zero_sign=bounds[name].zero_sign,
            )
            for name, operand in graph.outputs.items()
        }
        return cls(
            id=id,
            operator=operator,
            type=type,
            about=about,
            document=to_document(graph),
            constants={graph.names[c]: to_bytes(c.value, c.data_type) for c in graph.constants if c.value is not None},
            inputs={name: to_bytes(inputs[name], operand.data_type) for name, operand in graph.inputs.items()},
            outputs=expected,
        )

    def graph(self) -> Graph:
        """Build the graph; a `webnpu.errors.GraphFileError` if the builder rejects it."""
        declared = self.document.get("constants", {})
        return from_document(self.document, {name: from_bytes(data, _described(declared[name])) for name, data in self.constants.items()})

    def made(self) -> tuple[Graph, dict[str, Array]]:
        """The graph, and an array for each of its inputs; a `webnpu.errors.GraphFileError` if the builder rejects it."""
        graph = self.graph()
        return graph, {name: from_bytes(self.inputs[name], operand.descriptor) for name, operand in graph.inputs.items()}

    def expected(self, graph: Graph, inputs: Mapping[str, Array]) -> Iterator[tuple[str, Array, Bound]]:
        """For each output its name, its elements, and how far an implementation may be off."""
        for name, output in self.outputs.items():
            yield name, from_bytes(output.bytes, graph.outputs[name].descriptor), output.bound


class Rejection(_Model):
    """A graph whose last operator must be rejected."""

    id: str
    """Unique in the corpus: ``conv2d/C5``."""
    constraint: str
    """The rule that it violates, as `webnpu.errors.OperatorError.constraint` has it: ``C5``, or an operand, or an option."""
    about: str = ""
    document: dict[str, Any]
    """The graph; its last operator carries a label, which the error must repeat."""

    @property
    def operator(self) -> str:
        return str(self.document["operators"][-1]["operator"])


def to_bytes(array: Array, data_type: DataType) -> bytes:
    """The bytes of an array as they stand in a case."""
    return pack(array, data_type).tobytes()


def from_bytes(data: bytes, descriptor: OperandDescriptor) -> Array:
    """The array of some bytes of a case, in the byte order of this machine."""
    if len(data) != descriptor.byte_length:
        raise CaseFileError(f"expected {descriptor.byte_length} bytes for {descriptor}; got {len(data)}")
    return unpack(np.frombuffer(data, np.uint8), descriptor).astype(descriptor.data_type.numpy, copy=False)


def _described(declared: Mapping[str, Any]) -> OperandDescriptor:
    shape: Shape = tuple(declared["shape"])
    return OperandDescriptor(DataType(declared["dataType"]), shape)


_ModelT = TypeVar("_ModelT", Case, Rejection)


def load_cases(directory: str | Path) -> list[Case]:
    """All cases of a directory, file by file in the order of the names."""
    return [case for path in case_files(directory) for case in load_file(path, Case)]


def load_rejections(directory: str | Path) -> list[Rejection]:
    """All rejections of a directory, file by file in the order of the names."""
    return [case for path in case_files(directory) for case in load_file(path, Rejection)]


def case_files(directory: str | Path) -> list[Path]:
    """The JSON files of a directory, in the order of their names.

    Raises:
        CaseFileError: there are none.
    """
    files = sorted(Path(directory).glob("*.json"))
    if not files:
        raise CaseFileError(f"{directory}: there are no .json files")
    return files


def load_file(path: Path, model: type[_ModelT]) -> list[_ModelT]:
    """The cases of one file.

    Raises:
        CaseFileError: the file does not hold cases of this kind; the message says which one is at fault.
    """
    members = read_json(path)
    if not isinstance(members, dict) or not isinstance(members.get("cases"), list):
        raise CaseFileError(f"{path}: expected an object with a list 'cases'")
    cases = []
    for index, member in enumerate(members["cases"]):
        try:
            cases.append(model.model_validate(member))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise CaseFileError(f"{path}: case {index}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return cases


def read_json(path: Path) -> Any:
    """What a JSON file holds; a CaseFileError if it is none."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise CaseFileError(f"{path}: {error}") from error


def save(path: Path, operator: str, cases: Iterable[Case | Rejection]) -> None:
    """Write the cases of one operator to a file, one a line, so that differences are readable."""
    lines = [json.dumps(case.model_dump(mode="json", by_alias=True), separators=(",", ":"), allow_nan=False) for case in cases]
    path.write_text(f'{{"operator": {json.dumps(operator)}, "cases": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
