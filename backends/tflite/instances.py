"""Interpreters of one model, for as many threads as call it: each computes for one thread at a time."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Instance:
    """An interpreter, and the lock that whoever uses it holds."""

    interpreter: Any
    lock: Any = field(default_factory=threading.Lock)


class Instances:
    """Some interpreters of one model. The first is made at once, others when threads would wait.

    They share the model's file in memory; what XNNPACK packs of the weights each has for itself.
    """

    def __init__(self, make: Callable[[], Any], most: int) -> None:
        """Make the first.

        Args:
            make: makes an interpreter.
            most: how many there may be.
        """
        self._make, self._most = make, most
        self._all = [Instance(make())]
        self._growing = threading.Lock()
        self._turns = itertools.count()

    def one(self) -> Instance:
        """An interpreter that is free, as far as can be seen; the caller takes its lock, and waits if another was faster."""
        instances = self._all
        free = next((instance for instance in instances if not instance.lock.locked()), None)
        if free is not None:
            return free
        if len(instances) < self._most and not self._growing.locked():
            with self._growing:
                if len(self._all) < self._most:
                    made = Instance(self._make())
                    self._all = [*self._all, made]
                    return made
        return instances[next(self._turns) % len(instances)]

    @property
    def first(self) -> Instance:
        return self._all[0]
