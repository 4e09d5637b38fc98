"""What a backend is, how its lowering is registered, and how backends are found.

A backend turns a `Graph` into a `Program`. It declares what it cannot do: `Lowerings` computes the support
limits from what is registered, and `Unsupported` names the operator and the reason. A refusal is an answer; a
wrong number never is.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, wraps
from importlib.metadata import entry_points
from typing import Any, ClassVar, Generic, TypeVar

from .errors import MLTypeError, NotSupportedError, Unsupported
from .graph import Graph
from .naming import KEEPS_ALL, Naming
from .operator import Limits, MLOperand, Operator, Same
from .operators import OPERATORS
from .program import DeviceTensor, HostTensor, OperatorReport, Program, Report
from .types import ANY, MAX_RANK, MAX_TENSOR_BYTES, DataType, OperandDescriptor

__all__ = [
    "Availability",
    "Backend",
    "DeviceTensor",
    "ForeignBuilder",
    "HostTensor",
    "Lowering",
    "Lowerings",
    "OpSupportLimits",
    "OperatorReport",
    "Program",
    "Report",
    "backend_names",
    "load_backend",
    "operator_limits",
]

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


@dataclass(frozen=True)
class Availability:
    """Whether a backend can run here.

    Attributes:
        ok: whether it can.
        reason: if not, why not, and what to install; if so, what it runs on.
        versions: the versions of what it depends on.
        simulated: whether it only simulates the device that it is for, on the CPU; it is then chosen only by name.
    """

    ok: bool
    reason: str
    versions: Mapping[str, str] = field(default_factory=dict)
    simulated: bool = False


class ForeignBuilder(ABC):
    """The builder of another implementation of WebNN, which is judged by what it accepts and rejects, as ours is."""

    @abstractmethod
    def fault(self, rejection: Mapping[str, Any]) -> str:
        """What is wrong with how it rejects a graph that it must reject, or ''.

        Args:
            rejection: the document of the graph, and the constraint that its last operator violates.
        """

    @abstractmethod
    def replay(self, calls: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """What builder calls give: each ``{"outputs": descriptors}``, or ``{"thrown": {"name": ..., "message": ...}}``."""


OpSupportLimits = dict[str, Any]
"""WebNN's MLOpSupportLimits, with WebNN's spelling, ready for JSON."""


class Backend(ABC):
    """Compiles graphs for one kind of device. Found by its entry point in the group ``webnpu.backends``, or ``webnpu.backends.by_name``."""

    name: ClassVar[str]
    accelerated: ClassVar[bool] = False
    """Whether it runs on other than the CPU."""
    suits: ClassVar[Mapping[str, int]] = {}
    """How well it suits each power preference, 0 where absent."""
    preferred_input_layout: ClassVar[str] = "nchw"
    max_tensor_byte_length: ClassVar[int] = MAX_TENSOR_BYTES
    naming: ClassVar[Naming] = KEEPS_ALL
    """Which names of inputs and outputs the files that it writes can hold."""
    limits_vary: ClassVar[bool] = False
    """Whether its support limits are those of what it finds here, so that no page can state them."""

    @classmethod
    def variant(cls, name: str) -> Backend:
        """The backend set up in one of its own ways, which stands after a colon: ``browser:cpu``."""
        raise NotSupportedError(f"backend {cls.name} has no variants; got {name!r}")

    @abstractmethod
    def available(self) -> Availability:
        """Whether the backend can run here; importing what it depends on is left to this and to compile."""

    @abstractmethod
    def support_limits(self) -> OpSupportLimits:
        """What the backend supports, computed from what is registered (see `Lowerings.support_limits`)."""

    @abstractmethod
    def compile(self, graph: Graph) -> Program:
        """Compile a graph.

        Raises:
            Unsupported: an operator cannot be done right; before any work is done.
        """

    def create_tensor(self, descriptor: OperandDescriptor) -> DeviceTensor:
        """A zeroed tensor on the backend's device."""
        return HostTensor(descriptor)

    @classmethod
    def on(cls, gpu_device: Any) -> Backend:
        """The backend on a WebGPU device of the caller's."""
        raise NotSupportedError(f"createContext: backend {cls.name} does not compute on WebGPU")

    def create_exportable_tensor(self, descriptor: OperandDescriptor, gpu_device: Any) -> DeviceTensor:
        """A zeroed tensor that can be lent to a WebGPU device (see `DeviceTensor.lend`)."""
        raise NotSupportedError(f"createExportableTensor: backend {self.name} does not compute on WebGPU")

    def foreign_builder(self) -> ForeignBuilder | None:
        """The builder that the backend has of its own, if it has one."""
        return None


@dataclass(frozen=True)
class Lowering(Generic[FunctionT]):
    """How a backend does one operator: a function, and what it narrows of the operator's limits.

    Attributes:
        function: lowers one use of the operator.
        types: the data types that it can do, by operand; operands that are absent are not narrowed.
        max_rank: the largest rank of any operand.
        reason: why it can do no more; the message of a refusal.
    """

    function: FunctionT
    types: Mapping[str, tuple[DataType, ...]] = field(default_factory=dict)
    max_rank: int = MAX_RANK
    reason: str = ""


class Lowerings(Generic[FunctionT]):
    """The operators that a backend lowers, each with one function; used as a decorator.

    ::

        lowers = Lowerings("tflite", max_rank=8)

        @lowers(Softmax)
        def softmax(op, model): ...

        @lowers(CumulativeSum, types={"input": (FLOAT32, INT32)}, reason="the kernel has no other types")
        def cumulative_sum(op, model): ...
    """

    tables: ClassVar[dict[str, Lowerings[Any]]] = {}
    """Every table by its backend, once that is imported."""

    def __init__(self, backend: str, *, types: tuple[DataType, ...] = ANY, max_rank: int = MAX_RANK, emulates: bool = True) -> None:
        """Make an empty table.

        Args:
            backend: its name, for messages.
            types: the data types that any operand may have.
            max_rank: the largest rank that any operand may have.
            emulates: whether operators that are not registered, but have an emulation, are emulated.
        """
        self.backend, self.types, self.max_rank, self.emulates = backend, types, max_rank, emulates
        self.table: dict[type[Operator], Lowering[FunctionT]] = {}
        Lowerings.tables[backend] = self

    def __call__(
        self,
        *operators: type[Operator],
        types: Mapping[str, tuple[DataType, ...]] | None = None,
        max_rank: int | None = None,
        reason: str = "",
    ) -> Callable[[FunctionT], FunctionT]:
        """Register a function for operators; see `Lowering` for the arguments."""

        def register(function: FunctionT) -> FunctionT:
            for operator in operators:
                if operator in self.table:
                    raise TypeError(f"{self.backend}: {operator.name} is lowered twice")
                self.table[operator] = Lowering(function, types or {}, self.max_rank if max_rank is None else max_rank, reason)
            return function

        return register

    def rows(self, table: Mapping[type[Operator], Any], make: Callable[[Any], FunctionT], **limits: Any) -> None:
        """Register a table of easy operators: ``make(value)`` is the function of each row."""
        for operator, value in table.items():
            self(operator, **limits)(make(value))

    def __contains__(self, operator: type[Operator]) -> bool:
        return operator in self.table

    def of(self, operator: Operator) -> Lowering[FunctionT]:
        """The lowering of one use of an operator.

        Raises:
            Unsupported: it is not registered, or a data type or rank is not among what it can do.
        """
        lowering = self.table.get(type(operator))
        if lowering is None:
            raise Unsupported(operator, f"the {self.backend} backend does not lower it")
        for name, operand in (*operator.operands(), *(("output", o) for o in operator.outputs)):
            self._check(operator, lowering, name, operand)
        return lowering

    def _check(self, operator: Operator, lowering: Lowering[FunctionT], name: str, operand: MLOperand) -> None:
        allowed = lowering.types.get(name, self.types)
        if operand.data_type not in allowed:
            why = f" ({lowering.reason})" if lowering.reason else ""
            raise Unsupported(operator, f"{name} has data type {operand.data_type}; {self.backend} does {', '.join(allowed)}{why}")
        if operand.rank > lowering.max_rank:
            why = f" ({lowering.reason})" if lowering.reason else ""
            raise Unsupported(operator, f"{name} has rank {operand.rank}; {self.backend} does up to {lowering.max_rank}{why}")

    def support_limits(self, backend: Backend) -> OpSupportLimits:
        """WebNN's MLOpSupportLimits of a backend, from this table and the operators' own limits."""
        everything = {"dataTypes": [t.value for t in self.types], "rankRange": {"min": 0, "max": self.max_rank}}
        limits: OpSupportLimits = {
            "preferredInputLayout": backend.preferred_input_layout,
            "maxTensorByteLength": backend.max_tensor_byte_length,
            "input": everything,
            "constant": everything,
            "output": everything,
        }
        for name, operator in OPERATORS.items():
            lowering = self.table.get(operator)
            if lowering is not None:
                limits[name] = operator_limits(operator, self.types, lowering.types, lowering.max_rank)
            elif self.emulates and operator.has_emulation():
                limits[name] = operator_limits(operator, self.types, {}, self.max_rank)
        return limits


def operator_limits(
    operator: type[Operator], types: tuple[DataType, ...], narrowed: Mapping[str, tuple[DataType, ...]], max_rank: int
) -> dict[str, Any]:
    """The member of MLOpSupportLimits for one operator, its own limits narrowed to those of a backend."""
    fields = operator.model_fields
    declared: dict[str, Limits] = {**operator.operand_limits, **operator.output_limits}

    def types_of(name: str) -> tuple[DataType, ...]:
        """What is narrowed for one operand is narrowed for those that must have its data type."""
        own = declared[name].types
        allowed = types_of(own.operand) if isinstance(own, Same) else own + declared[name].extension
        key = "output" if name in operator.output_limits else name
        return tuple(t for t in allowed if t in types and t in narrowed.get(key, types))

    resolved: dict[str, Any] = {}
    for name, limits in declared.items():
        low, high = _resolve_rank(declared, limits)
        alias = (fields[name].alias or name) if name in fields else name
        resolved[alias] = {
            "dataTypes": [t.value for t in types_of(name)],
            "rankRange": {"min": low, "max": max_rank if high is None else min(high, max_rank)},
        }
    return resolved


def _resolve_rank(declared: Mapping[str, Limits], limits: Limits) -> tuple[int, int | None]:
    return _resolve_rank(declared, declared[limits.rank.operand]) if isinstance(limits.rank, Same) else limits.ranks()


def _once(make: Callable[[str], Backend]) -> Callable[[str], Backend]:
    """Make each backend once, whichever thread asks for it."""
    made, lock = cache(make), threading.RLock()

    @wraps(make)
    def load(name: str) -> Backend:
        if not isinstance(name, str):
            raise MLTypeError(f"load_backend: the name must be a string; got {type(name).__name__}")
        with lock:
            return made(name)

    return load


GROUP, BY_NAME = "webnpu.backends", "webnpu.backends.by_name"
"""The entry points of the backends, and of those that run only where they are named, since they judge what others write."""


@cache
def backend_names(*, every: bool = False) -> tuple[str, ...]:
    """The names of the backends that are installed, the reference first.

    Args:
        every: whether those are listed, too, that run only where they are named.
    """
    names = {point.name for group in ((GROUP, BY_NAME) if every else (GROUP,)) for point in entry_points(group=group)}
    return tuple(sorted(names, key=lambda name: (name != "reference", name)))


@_once
def load_backend(name: str) -> Backend:
    """A backend by its name, the same each time; one that can be set up in several ways, by its name and that of the way: ``browser:cpu``.

    Raises:
        MLTypeError: it is no name.
        NotSupportedError: there is none of that name, or what it depends on is not installed.
    """
    name, _, variant = name.partition(":")
    for point in (*entry_points(group=GROUP, name=name), *entry_points(group=BY_NAME, name=name)):
        try:
            found: type[Backend] = point.load()
            backend = found.variant(variant) if variant else found()
        except ImportError as error:
            raise NotSupportedError(f"backend {name} needs {error.name}, which is not installed: pip install 'webnpu[{name}]'") from error
        return backend
    raise NotSupportedError(f"there is no backend {name!r}; installed are {', '.join(backend_names(every=True))}")
