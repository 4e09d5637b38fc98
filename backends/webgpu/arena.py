"""Places temporary buffers in slots, so that buffers that live at the same time never share one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


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
    slots: list[list[Lifetime]] = []
    places = [0] * len(lifetimes)
    for i in order:
        free = (number for number, held in enumerate(slots) if not any(lifetimes[i].overlaps(other) for other in held))
        slot = next(free, len(slots))
        if slot == len(slots):
            slots.append([])
        slots[slot].append(lifetimes[i])
        places[i] = slot
    return places, [max(held.byte_length for held in slot) for slot in slots]


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
