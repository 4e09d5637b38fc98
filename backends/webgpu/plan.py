"""The plan of a graph: which kernels run, on which buffers, in which order. Data, ready for JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Role = Literal["input", "output", "constant", "temporary"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Record):
    """What a device allows, by default what every WebGPU device does."""

    storage_buffers: int = 8
    """Storage buffers that one kernel may bind."""
    binding_bytes: int = 2**27
    """Bytes of one binding; a longer buffer is kept, and bound, in pieces."""
    workgroups: int = 65535
    """Workgroups along each of the three dimensions of a dispatch."""
    workgroup_memory: bool = True
    """Whether workgroups have memory of their own that is faster than the device's: they have not where a CPU plays the GPU."""
    work: int = 2**31
    """Operations of one dispatch, about as many multiplications with additions as a slow phone does in a third of a second."""


class Buffer(_Record):
    """Memory for the elements of one operand, packed into words."""

    role: Role
    data_type: str
    size: int
    """The number of elements."""
    byte_length: int
    """The bytes that they take, in whole words."""
    name: str = ""
    """The input's, the output's or the constant's."""
    slot: int = -1
    """Which of the arena's slots holds a temporary buffer."""


class View(_Record):
    """Where element ``i`` of one tensor lies in another: ``offset`` and, for each dimension, coordinate times stride."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0


class Operation(_Record):
    """One element-wise function of a chain: ``rounding(function(arguments))``.

    An argument is ``v`` (what the kernel computed), ``v0``, ``v1``, ... (the results of the operations of the
    chain), ``x0``, ``x1``, ... (operands), or a literal.
    """

    function: str
    arguments: tuple[str, ...]
    rounding: str = ""


class Binding(_Record):
    """A buffer under the name that the kernel has for it.

    Attributes:
        buffer: its number in the plan.
        format: how its elements are stored: a data type, or uint16 where 16 bits are only moved.
        pieces: which of its pieces are bound; all of them where empty.
        vectors: whether it is read four words at a time.
    """

    buffer: int
    format: str
    pieces: tuple[int, ...] = ()
    vectors: bool = False


class Step(_Record):
    """One dispatch of a kernel; or, of the kernels ``copy`` and ``clear``, a command without one.

    Attributes:
        kernel: the name of the kernel's file.
        bindings: its buffers, and the operands of the chain, by name.
        constants: its constants.
        aliases: its types that are not those of a binding.
        views: its index functions, and those of the chain's operands.
        hooks: the expressions of its hooks.
        chain: what is done to each result before it is stored.
        workgroups: how many, along the three dimensions.
        operators: which operators of the graph it computes.
    """

    kernel: str
    bindings: dict[str, Binding]
    constants: dict[str, int | tuple[int, ...]] = {}
    aliases: dict[str, str] = {}
    views: dict[str, View] = {}
    hooks: dict[str, str] = {}
    chain: tuple[Operation, ...] = ()
    workgroups: tuple[int, int, int] = (1, 1, 1)
    operators: tuple[int, ...] = ()


class Plan(_Record):
    """All that running a graph takes, but for the constants' elements.

    Attributes:
        limits: the limits that it keeps.
        buffers: every buffer.
        slots: the bytes of each slot of the arena; buffers whose lifetimes do not overlap share one.
        steps: the steps in order.
        operators: the name and label of each operator of the graph.
    """

    limits: Limits
    buffers: tuple[Buffer, ...]
    slots: tuple[int, ...]
    steps: tuple[Step, ...]
    operators: tuple[tuple[str, str], ...]

    @property
    def arena_bytes(self) -> int:
        """The bytes of all temporary buffers together."""
        return sum(self.slots)

    @property
    def dispatches(self) -> int:
        """How many steps run a kernel."""
        return sum(step.kernel not in ("copy", "clear") for step in self.steps)

    def pieces(self, buffer: Buffer) -> list[int]:
        """The bytes of each piece of a buffer."""
        whole, rest = divmod(buffer.byte_length, self.limits.binding_bytes)
        return [self.limits.binding_bytes] * whole + [rest] * (rest > 0)
