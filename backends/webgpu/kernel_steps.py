"""A step that runs a kernel: whether all is there that the kernel's head asks for, and nothing else, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from . import expressions
from .checks import fail, quoted, shown
from .cost import MOST_TURNS, WORKGROUP, Cost, folded
from .kernel import Head, count, kernel
from .members import U32
from .plan import Operation

_SIGNED = ("DIAGONAL",)
"""Constants that may be negative, modulo 2**32; all others count something, and a loop to one of them must not wrap around."""


class Bound(NamedTuple):
    """A binding of a step, and what it is bound to."""

    name: str
    binding: Mapping[str, Any]
    buffer: Mapping[str, Any]
    pieces: list[int]
    is_written: bool


class KernelStep:
    """A step that runs a kernel: whether all is there that its head asks for, and what it costs."""

    def __init__(self, step: Mapping[str, Any], bound: list[Bound], at: str, limits: Mapping[str, Any]) -> None:
        self.step, self.bound, self.at, self.limits = step, bound, at, limits
        self.head: Head = kernel(step["kernel"]).head

    def check(self) -> int:
        """The work of the step, if nothing is wrong with it."""
        if sum(len(b.pieces) for b in self.bound) > self.limits["storage_buffers"]:
            fail(f"{self.at}.bindings", f"at most {self.limits['storage_buffers']} buffers", "more")
        for member, wanted in (("constants", self.head.constants), ("views", self.head.views), ("hooks", list(self.head.hooks))):
            for name in wanted:
                if name not in self.step[member]:
                    fail(f"{self.at}.{member}", f"a member {name}", "none")
        if sorted(self.step["aliases"]) != sorted(self.head.aliases):
            fail(f"{self.at}.aliases", ", ".join(self.head.aliases) or "none", "others")
        self._check_constants()
        self._check_views()
        self._check_hooks()
        self._check_chain()
        return self._check_cost()

    def _check_constants(self) -> None:
        for name, value in self.step["constants"].items():
            if isinstance(value, int) and name not in _SIGNED and value > 2**31:
                fail(f"{self.at}.constants.{name}", f"at most {2**31}", str(value))
        workgroup = self.step["constants"].get("WORKGROUP", WORKGROUP)
        if not isinstance(workgroup, int) or not 8 <= workgroup <= 256 or workgroup % 8 != 0:
            fail(f"{self.at}.constants.WORKGROUP", "a multiple of 8 from 8 to 256", shown(workgroup))

    def _check_views(self) -> None:
        for name, view in self.step["views"].items():
            if len(view["sizes"]) != len(view["strides"]):
                fail(f"{self.at}.views.{name}", "as many strides as sizes", f"{len(view['strides'])} of {len(view['sizes'])}")
            if prod(view["sizes"]) > U32:
                fail(f"{self.at}.views.{name}.sizes", f"at most {U32} elements", "more")

    def _check_hooks(self) -> None:
        readable = [b.name for b in self.bound if not b.is_written and not b.binding["vectors"]]
        for name, expression in self.step["hooks"].items():
            is_reader = name.endswith("_four") and name.removesuffix("_four") in readable
            if name not in self.head.hooks and not is_reader:
                fail(f"{self.at}.hooks", "hooks that the kernel has", quoted(name))
            signature = self.head.hooks.get(name, "four(i: u32)")
            words = expressions.words_of(self.head, signature, list(self.step["constants"]), readable, list(self.step["views"]))
            if fault := expressions.fault_of(expression, words):
                fail(f"{self.at}.hooks.{name}", "an expression of the words that it may use", quoted(fault))

    def _check_chain(self) -> None:
        if self.step["chain"] and not self.head.chain:
            fail(f"{self.at}.chain", "none, of this kernel", "one")
        readable = [b.name for b in self.bound if not b.is_written and b.name in self.step["views"]]
        for number, operation in enumerate(self.step["chain"]):
            at = f"{self.at}.chain[{number}]"
            if operation["function"] == "" and len(operation["arguments"]) != 1:
                fail(f"{at}.arguments", "one, where there is no function", str(len(operation["arguments"])))
            for argument in operation["arguments"]:
                is_result = argument[0] == "v" and argument[1:].isdigit()
                if (is_result and int(argument[1:]) >= number) or (argument[0] == "x" and argument not in readable):
                    fail(f"{at}.arguments", "results and operands that are there", argument)

    def _check_cost(self) -> int:
        """No invocation makes more turns, and no dispatch does more work, than a planner would have it do."""
        step, at, constants = self.step, self.at, self.step["constants"]
        format = step["bindings"]["y"]["format"] if "y" in step["bindings"] else "float32"
        chain = [Operation(function=operation["function"], arguments=()) for operation in step["chain"]]
        try:
            cost = Cost(step["kernel"], constants, step["hooks"], chain, format, not self.limits["workgroup_memory"])
            turns, work = cost.turns, cost.group_work
            most = count(self.head.workgroups, {"WORKGROUP": WORKGROUP, **constants})
        except ValueError:
            fail(at, "constants and hooks whose cost can be told", "others")
        x, y, z = step["workgroups"]
        groups, least = x * y * z, (x - 1) * y * z + 1
        if folded(groups, self.limits["workgroups"]) != (x, y, z):
            fail(f"{at}.workgroups", f"as many as are wanted, {self.limits['workgroups']} along each dimension", "others")
        if least > most:
            fail(f"{at}.workgroups", "no more than its constants ask for", "more")
        if turns > MOST_TURNS:
            fail(at, f"at most {MOST_TURNS} turns of the kernel's loops", "more")
        if least > 1 and least * work > self.limits["work"]:
            fail(at, f"at most {self.limits['work']} operations", "more")
        return int(groups * max(1, work))
