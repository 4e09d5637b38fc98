"""Places temporary buffers in slots, so that buffers that live at the same time never share one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Lifetime(NamedTuple):
    """The bytes of a buffer, and the first and the last step that touch it."""

    byte_length: int
    first: int
    last: int

    def overlaps(self, other: Lifetime) -> bool:
        return self.first <= other.last and other.first <= self.last


def place(lifetimes: Sequence[Lifetime]) -> tuple[list[int], list[int]]:
    """The slot of each buffer, and the bytes of each slot: the longest buffers first, each into the first slot that is free.

    Slots are separate buffers of the device, since a kernel must not bind one buffer for reading and for writing.
    """
    order = sorted(range(len(lifetimes)), key=lambda i: (-lifetimes[i].byte_length, lifetimes[i].first))
    slots: list[_Slot] = []
    places = [0] * len(lifetimes)
    taken = np.zeros(max((lifetime.last for lifetime in lifetimes), default=-1) + 1, np.int32)  # at each step all slots below a number
    for i in order:
        steps = taken[lifetimes[i].first : lifetimes[i].last + 1]
        slot = int(steps.max())  # those below are taken at some of its steps
        while slot < len(slots) and not slots[slot].add(lifetimes[i]):
            slot += 1
        if slot == len(slots):
            slots.append(_Slot())
            slots[slot].add(lifetimes[i])
        steps[steps == slot] += 1
        places[i] = slot
    return places, [slot.byte_length for slot in slots]


class _Slot:
    """The buffers of a slot, by their first and their last steps, in order."""

    def __init__(self) -> None:
        self.byte_length = 0
        self.first: list[int] = []
        self.last: list[int] = []

    def add(self, lifetime: Lifetime) -> bool:
        """Add a buffer, unless it lives at the same time as one that is there; whether it was added."""
        at = bisect_left(self.last, lifetime.first)
        if at < len(self.first) and self.first[at] <= lifetime.last:
            return False
        self.first.insert(at, lifetime.first)
        self.last.insert(at, lifetime.last)
        self.byte_length = max(self.byte_length, lifetime.byte_length)
        return True


def lower_bound(lifetimes: Sequence[Lifetime]) -> int:
    """The largest sum of the bytes that live at one time: no arena can be smaller."""
    changes: dict[int, int] = {}
    for lifetime in lifetimes:
        changes[lifetime.first] = changes.get(lifetime.first, 0) + lifetime.byte_length
        changes[lifetime.last + 1] = changes.get(lifetime.last + 1, 0) - lifetime.byte_length
    most = now = 0
    for moment in sorted(changes):
        now += changes[moment]
        most = max(most, now)
    return most
