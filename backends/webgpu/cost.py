"""What a step costs, known before it runs: the turns of the loops of one invocation, and the work of the whole dispatch.

Drivers end what takes too long, some without a word: a software driver ends the loops of an invocation after 65,535 turns
of all of them together, and its numbers are wrong; others lose the device when a dispatch takes seconds. So no step makes
more turns than `MOST_TURNS`, and none does more work than the limits of its plan allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .formats import FORMATS
from .kernel import called, count, kernel, looping, names_in, stated_turns
from .plan import Operation

MOST_TURNS = 2**15
"""The most turns that the loops of one invocation make together."""
WORKGROUP = 64
"""Invocations of a workgroup, unless a step says otherwise."""

Constants = Mapping[str, int | tuple[int, ...]]


class Cost:
    """The cost of a step.

    Args:
        name: its kernel.
        constants: the kernel's constants.
        hooks: the expressions of its hooks.
        chain: what is done to each result.
        format: how the elements of its output ``y`` are stored.
        straight: whether it is for a device without fast workgroup memory.
    """

    def __init__(
        self, name: str, constants: Constants, hooks: Mapping[str, str], chain: Sequence[Operation], format: str, straight: bool
    ) -> None:
        self.head = kernel(name).head
        self.constants: Constants = {"WORKGROUP": WORKGROUP, "Y_FIRST": 0, "Y_END": 0, **constants}
        self.hooks, self.chain, self.straight = hooks, chain, straight
        self.lanes = FORMATS[format].lanes if self.head.bindings.get("y") == "cells" else 1
        self._known: dict[str, int] = {}
        self._asked: set[str] = set()

    @property
    def turns(self) -> int:
        """The most turns that the loops of one invocation make."""
        turns = self._evaluated(self.head.turns)
        return turns if self.lanes == 1 else self.lanes * (1 + turns)

    @property
    def group_work(self) -> int:
        """The operations of a workgroup."""
        invocations = self._evaluated("WORKGROUP")
        return invocations * self.lanes * (self._evaluated(self.head.work) + len(self.chain))

    def _evaluated(self, expression: str) -> int:
        return count(expression, {name: self._value(name) for name in names_in(expression)})

    def _value(self, name: str) -> int:
        """A constant, or the turns of a hook, of the chain or of a function of the library."""
        if name not in self._known:
            if name in self._asked:
                raise ValueError(f"{name} calls itself")
            self._asked.add(name)
            constant = self.constants.get(name)
            self._known[name] = constant if isinstance(constant, int) else self._turns_of(name)
        return self._known[name]

    def _turns_of(self, name: str) -> int:
        if name == "finish":
            return sum(self._called((operation.function,)) for operation in self.chain)
        if name in self.hooks:
            return self._called(called(self.hooks[name]))
        if name in self.head.hooks:
            return 0
        stated = stated_turns(self.straight).get(name)
        if stated is not None:
            return self._evaluated(stated)
        if name not in looping(self.straight):
            raise ValueError(f"there is neither a constant nor a function {name} that takes turns")
        return self._called(looping(self.straight)[name])

    def _called(self, functions: Sequence[str]) -> int:
        """The turns of what is called, each as often as it stands there."""
        return sum(self._value(name) for name in functions if name in self.hooks or name == "finish" or name in looping(self.straight))


def folded(groups: int, most: int) -> tuple[int, int, int]:
    """So many workgroups, or a few more, along three dimensions of at most so many."""
    planes = -(-groups // (most * most))
    rows = -(-groups // (most * planes))
    return -(-groups // (rows * planes)), rows, planes
