"""What becomes of the driver in a forked process: it has none of the driver's threads, so that it leaves the driver alone."""

from __future__ import annotations

import ctypes
import os
from functools import cache


@cache
def prepare() -> None:
    """See to it that processes forked from now on can forget what lives on the device, and end."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_abandon)


def _abandon() -> None:
    """Give nothing back, which waits for locks that nobody opens; and skip the driver's handlers at exit, which wait for its threads."""
    from wgpu.backends.wgpu_native import _api

    for kind in (_api.GPUObjectBase, _api.GPUAdapter, _api.GPUDevice, _api.GPUQuerySet):
        kind._release = _nothing
    library = ctypes.CDLL(None)
    if hasattr(library, "on_exit"):  # glibc's, which hands over the status
        library.on_exit(ctypes.cast(library._exit, ctypes.c_void_p), None)


def _nothing(self: object) -> None:
    """Release nothing."""
