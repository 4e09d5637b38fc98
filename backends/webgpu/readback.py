"""Bytes on their way from the device to the host: each call has a buffer of its own, and waits without holding the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np

from webnpu.types import Array

from .device import STAGING, Device, translated

T = TypeVar("T")

_KEPT = 4
"""So many buffers are kept for later calls: as many threads read at once without making new ones."""


class ReadBack:
    """A copy of buffers that the host will read. Made while the device is locked; taken when it is not."""

    def __init__(self, device: Device, encoder: Any, pieces: Sequence[Any], kept: list[Any] | None = None) -> None:
        """Submit what was recorded, and copies after it.

        Args:
            device: the device, locked.
            encoder: where the copies are recorded.
            pieces: the buffers to read.
            kept: buffers of the right size from earlier calls, of which one is taken and given back.
        """
        self.device, self.kept = device, kept
        self.staging = kept.pop() if kept else device.handle.create_buffer(size=sum(piece.size for piece in pieces), usage=STAGING)
        offset = 0
        for piece in pieces:
            encoder.copy_buffer_to_buffer(piece, 0, self.staging, offset, piece.size)
            offset += piece.size
        device.submit(encoder.finish())
        self.mapped = self.staging.map_async(1)

    def take(self, read: Callable[[Array], T]) -> T:
        """Wait for the bytes, and read them.

        Args:
            read: what is made of them; it must not keep a view.
        """
        try:
            with translated("read"):
                self.device.wait(self.mapped)
                stored = np.frombuffer(self.staging.read_mapped(copy=False), np.uint8)
                result = read(stored)
                del stored
                self.staging.unmap()
        except BaseException:  # an interrupt among them: a buffer that may still be mapped is never used again
            with suppress(Exception):
                self.staging.destroy()
            raise
        if self.kept is not None and len(self.kept) < _KEPT:
            self.kept.append(self.staging)
        else:
            self.staging.destroy()
        return result


def settle(device: Device) -> None:
    """Wait for a device that is behind, as reading does: a host that never reads would fill its memory with what it has asked for.

    Called when the device is not locked.
    """
    if not device.is_behind:
        return
    with device.lock, translated("wait"):
        device.under_way = [0, 0]
        reading = ReadBack(device, device.handle.create_command_encoder(), device.buffers(4, 4))
    reading.take(len)
