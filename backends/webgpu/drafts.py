"""Steps in the making, and where the values that they compute are."""

from __future__ import annotations

from dataclasses import dataclass, field

from .plan import Binding, Operation, View


@dataclass(eq=False)
class Value:
    """Where the elements of an operand are.

    Attributes:
        buffer: the number of its buffer.
        uses: how many operators and outputs still take it.
        step: the step that computes it, while other operations may be fused into that step.
        strides: how far its elements are apart in each dimension, where they are not laid out in order.
    """

    buffer: int
    uses: int
    step: Draft | None = None
    strides: tuple[int, ...] | None = None


@dataclass(eq=False)
class Draft:
    """A step in the making."""

    kernel: str
    bindings: dict[str, Binding]
    constants: dict[str, int | tuple[int, ...]]
    aliases: dict[str, str]
    views: dict[str, View]
    hooks: dict[str, str]
    operators: list[int]
    chain: list[Operation] = field(default_factory=list)
