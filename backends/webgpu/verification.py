"""Whether a plan from a file may run: its members, what one part of it says of another, and what it costs in all.

Nothing in a file is trusted. What passes keeps to the memory that it asks for, reads nothing before it is written, runs
kernels of ours on expressions that cannot do harm, and takes no longer than it may. The polyfill's `verification.ts` is the
same, message for message; `tests/backends/webgpu/hostile_plans.json` is tried on both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from typing import Any

from webnpu.errors import GraphFileError

from .checks import fail, quoted, shown
from .formats import FORMATS
from .kernel import kernel
from .kernel_steps import Bound, KernelStep
from .members import check_members

MOST_MEMORY, MOST_WORK = 2**32, 2**37
"""Bytes on the device, and operations of a run, that a plan may take if its reader does not say otherwise."""
MOST_SHADERS = 2**11
"""Different shaders, which all have to be compiled."""


def check_exported(exported: Mapping[str, Any], memory: int, work: int) -> None:
    """Raise a GraphFileError in words, if what a file says of itself is wrong or asks for too much.

    Args:
        exported: the metadata of an exported plan, as JSON has it.
        memory: the bytes that it may take on the device.
        work: the operations that a run may take.
    """
    check_members(exported)
    _Verification(exported, memory, work).check()


class _Verification:
    """What the parts of a plan say of each other."""

    def __init__(self, exported: Mapping[str, Any], memory: int, work: int) -> None:
        self.plan: Mapping[str, Any] = exported["plan"]
        self.outer = {"input": exported["inputs"], "output": exported["outputs"]}
        self.memory, self.work = memory, work
        self.limits, self.buffers, self.slots = self.plan["limits"], self.plan["buffers"], self.plan["slots"]
        self.owners: dict[int, int] = {}
        self.written: set[int] = set()
        self.shaders: set[str] = set()
        self.works: dict[str, int] = {}

    def check(self) -> None:
        """Raise an error at the first thing that is wrong."""
        self._check_memory()
        for number, buffer in enumerate(self.buffers):
            self._check_buffer(buffer, f"plan.buffers[{number}]")
        self._check_outer()
        self._check_slots()
        work = 0
        for number, step in enumerate(self.plan["steps"]):
            work += self._check_step(step, f"plan.steps[{number}]")
        for number, buffer in enumerate(self.buffers):
            if buffer["role"] == "output" and number not in self.written:
                fail(f"plan.buffers[{number}]", "an output that a step writes", "none")
        if len(self.shaders) > MOST_SHADERS:
            raise GraphFileError(f"the plan has {len(self.shaders)} different shaders; at most {MOST_SHADERS} are compiled")
        if work > self.work:
            raise GraphFileError(
                f"a run of the plan takes more work than the {self.work} operations that it may: the option work allows more"
            )

    def _check_memory(self) -> None:
        taken = sum(self.slots) + sum(buffer["byte_length"] for buffer in self.buffers if buffer["role"] != "temporary")
        if taken > self.memory:
            raise GraphFileError(f"the plan takes more memory than the {self.memory} bytes that it may: the option memory allows more")

    def _check_buffer(self, buffer: Mapping[str, Any], at: str) -> None:
        role, slot = buffer["role"], buffer["slot"]
        byte_length = -(-buffer["size"] * FORMATS[buffer["data_type"]].bits // 32) * 4
        if buffer["byte_length"] != byte_length:
            fail(f"{at}.byte_length", str(byte_length), str(buffer["byte_length"]))
        if role == "temporary" and not 0 <= slot < len(self.slots):
            fail(f"{at}.slot", f"one of {len(self.slots)} slots", str(slot))
        if role == "temporary" and self.slots[slot] < byte_length:
            fail(f"{at}.slot", f"a slot of at least {byte_length} bytes", f"one of {self.slots[slot]}")
        if role != "temporary" and slot != -1:
            fail(f"{at}.slot", f"-1, of an {role}" if role != "constant" else "-1, of a constant", str(slot))

    def _check_outer(self) -> None:
        """There is a buffer, and only one, for each input and output."""
        found = set()
        for number, buffer in enumerate(self.buffers):
            role, name = buffer["role"], buffer["name"]
            if role not in ("input", "output"):
                continue
            descriptor = self.outer[role].get(name)
            wanted = (buffer["data_type"], buffer["size"])
            is_alike = descriptor is not None and (descriptor["dataType"], prod(descriptor["shape"])) == wanted
            if not is_alike or (role, name) in found:
                fail(f"plan.buffers[{number}]", f"the elements of an {role} {quoted(name)}", "others" if descriptor is not None else "none")
            found.add((role, name))
        for role, operands in self.outer.items():
            for name in operands:
                if (role, name) not in found:
                    fail("plan.buffers", f"a buffer of the {role} {quoted(name)}", "none")

    def _check_slots(self) -> None:
        longest = [0] * len(self.slots)
        for buffer in self.buffers:
            if buffer["role"] == "temporary":
                longest[buffer["slot"]] = max(longest[buffer["slot"]], buffer["byte_length"])
        for number, byte_length in enumerate(self.slots):
            if byte_length != longest[number]:
                fail(f"plan.slots[{number}]", f"{longest[number]}, the bytes of its longest buffer", str(byte_length))

    def _check_step(self, step: Mapping[str, Any], at: str) -> int:
        """The work of a step, if nothing is wrong with it."""
        for number in step["operators"]:
            if number >= len(self.plan["operators"]):
                fail(f"{at}.operators", f"each less than {len(self.plan['operators'])}", str(number))
        is_command = step["kernel"] in ("copy", "clear")
        accesses: Mapping[str, str] = {"y": "out"} if is_command else kernel(step["kernel"]).head.bindings
        bound = [
            self._bound(name, binding, accesses.get(name, "in"), f"{at}.bindings.{name}") for name, binding in step["bindings"].items()
        ]
        for name, access in accesses.items():
            if access != "in" and name not in step["bindings"]:
                fail(f"{at}.bindings", f"a binding {name}", "none")
        if is_command:
            work = self._check_command(step, bound, at)
        else:
            work = self._check_kernel_step(step, bound, at)
        self._check_order(bound, at)
        return work

    def _check_kernel_step(self, step: Mapping[str, Any], bound: list[Bound], at: str) -> int:
        """The work of a step that runs a kernel; of those that are alike but for their buffers, one is looked at."""
        said = [[b.name, b.binding["format"], b.binding["vectors"], b.binding["pieces"], b.buffer["size"]] for b in bound]
        parts = [step[member] for member in ("kernel", "constants", "aliases", "views", "hooks", "chain")]
        shader = json.dumps([*parts, said])
        self.shaders.add(shader)
        key = f"{step['workgroups']} {shader}"
        if key not in self.works:
            self.works[key] = KernelStep(step, bound, at, self.limits).check()
        return self.works[key]

    def _bound(self, name: str, binding: Mapping[str, Any], access: str, at: str) -> Bound:
        """A binding with what it is bound to."""
        if binding["buffer"] >= len(self.buffers):
            fail(f"{at}.buffer", f"less than {len(self.buffers)}", str(binding["buffer"]))
        buffer, pieces, format = self.buffers[binding["buffer"]], binding["pieces"], binding["format"]
        if FORMATS[format].bits != FORMATS[buffer["data_type"]].bits:
            fail(f"{at}.format", f"one of {FORMATS[buffer['data_type']].bits} bits", format)
        kept = {"state": "float32", "atomic": "uint32"}.get(access, format)
        if format != kept:
            fail(f"{at}.format", kept, format)
        there = -(-buffer["byte_length"] // self.limits["binding_bytes"])
        if any(piece >= there for piece in pieces) or len(set(pieces)) != len(pieces):
            fail(f"{at}.pieces", f"each once, and less than {there}", shown(pieces))
        if binding["vectors"] and (access != "in" or format not in ("float32", "float16") or buffer["byte_length"] % 16 != 0):
            fail(f"{at}.vectors", "floats that are read by fours", "others")
        if access != "in" and buffer["role"] not in ("temporary", "output"):
            fail(f"{at}.buffer", "an output or a temporary buffer, to be written", f"one of the role {buffer['role']}")
        return Bound(name, binding, buffer, pieces or list(range(there)), access != "in")

    def _check_command(self, step: Mapping[str, Any], bound: list[Bound], at: str) -> int:
        """A copy or a clearing has buffers and nothing else."""
        wanted = ["x", "y"] if step["kernel"] == "copy" else ["y"]
        whole = all(not b.binding["pieces"] and not b.binding["vectors"] for b in bound)
        alike = len({b.buffer["byte_length"] for b in bound}) == 1
        if sorted(step["bindings"]) != wanted or not whole or not alike:
            fail(f"{at}.bindings", f"{' and '.join(wanted)}, whole and of one length", "others")
        if any(step[member] for member in ("constants", "aliases", "views", "hooks", "chain")) or step["workgroups"] != [1, 1, 1]:
            fail(at, "nothing but bindings", "more")
        return int(bound[0].buffer["byte_length"]) // 4

    def _check_order(self, bound: list[Bound], at: str) -> None:
        """Nothing is read before it is written, nor written in the memory of what is still read."""
        for own in bound:
            number = own.binding["buffer"]
            if own.is_written and any(other is not own and _shares(own, other) for other in bound):
                fail(f"{at}.bindings.{own.name}", "memory that the step does not use otherwise", "some that it does")
            if own.buffer["role"] not in ("temporary", "output"):
                continue
            slot = own.buffer["slot"]
            if number in self.written and slot >= 0 and self.owners[slot] != number:
                fail(f"{at}.bindings.{own.name}", f"a buffer that still has its slot {slot}", "one that lost it")
            if number not in self.written and not own.is_written:
                fail(f"{at}.bindings.{own.name}", "a buffer that is written before", "one that is not")
            self.written.add(number)
            if slot >= 0:
                self.owners[slot] = number


def _shares(one: Bound, other: Bound) -> bool:
    """Whether two bindings share memory."""
    slot = one.buffer["slot"]
    alike = one.binding["buffer"] == other.binding["buffer"] or (slot >= 0 and slot == other.buffer["slot"])
    return alike and not set(one.pieces).isdisjoint(other.pieces)
