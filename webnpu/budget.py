"""Budgets: how much work a file may ask for. A few bytes can ask for any amount of it; the bound comes before the work.

Each door that takes something in (`webnpu.onnx.import_model`, `webnpu.passes.optimize`, the emulation of what a backend
lacks, Core ML packages) opens a `Meter` of its own, which says what is spent. What they may spend is the budget that they
are given, else the one that applies where they are called, else the default one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Any

from .errors import BudgetExceeded, MLTypeError

NODES_EARNED, BYTES_EARNED, SECONDS_EARNED = 16, 8, 0.01
"""What a file may ask for on top of its budget: so many nodes for each of its own, so many bytes for each that it has, and so
many seconds for each node and each million bytes. So a model that is merely large never meets a bound."""


@dataclass(frozen=True)
class Budget:
    """How much work one file may ask for, beyond what its own size accounts for.

    Attributes:
        nodes: how many operators may be made: loops unrolled, functions called, operators emulated. A node of a file that is
            read, in each turn of a loop and in each call of a function, counts twice.
        bytes: how many bytes of tensors may be made: by folding constants, or as those that an operator is made of. Of a
            Core ML package that runs, how many a single result may have.
        seconds: how long it may take. It is looked at between steps, none of which is interrupted.
        depth: how deep graphs, functions and blocks may stand in one another.

    Raises:
        MLTypeError: a limit is no positive number.
    """

    nodes: int = 100_000
    bytes: int = 2**29
    seconds: float = 60.0
    depth: int = 40

    def __post_init__(self) -> None:
        for field in fields(self):
            value, kind = getattr(self, field.name), (int, float) if field.name == "seconds" else (int,)
            if isinstance(value, bool) or not isinstance(value, kind) or not value > 0:
                what = "number" if field.name == "seconds" else "integer"
                raise MLTypeError(f"budget: {field.name} must be a positive {what}; got {value!r}")

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let this budget apply to everything in the block, in this thread: ``with Budget(nodes=10**6).applied(): ...``."""
        token = _applied.set(self)
        try:
            yield
        finally:
            _applied.reset(token)


_applied: ContextVar[Budget | None] = ContextVar("budget", default=None)

LIMITS = tuple(field.name for field in fields(Budget))
"""The names of the limits."""


class Meter:
    """What one piece of work has spent of a budget.

    Args:
        budget: the budget; None for the one that applies.
        where: what messages begin with: ``import_model``.
    """

    def __init__(self, budget: Budget | None, where: str) -> None:
        if budget is not None and not isinstance(budget, Budget):
            raise MLTypeError(f"{where}: the budget must be a webnpu.Budget; got {type(budget).__name__}")
        self.budget = budget or _applied.get() or Budget()
        self._left: dict[str, float] = {name: getattr(self.budget, name) for name in ("nodes", "bytes")}
        self._until = time.monotonic() + self.budget.seconds
        self._depth = 0

    def earn(self, nodes: int = 0, size: int = 0) -> None:
        """Add what a file has earned by its own size.

        Args:
            nodes: how many nodes it has.
            size: how many bytes it has.
        """
        self._left["nodes"] += NODES_EARNED * nodes
        self._left["bytes"] += BYTES_EARNED * size
        self._until += SECONDS_EARNED * (nodes + size / 1e6)

    def left(self, limit: str) -> float:
        """What is left of ``nodes``, ``bytes`` or ``seconds``."""
        return self._until - time.monotonic() if limit == "seconds" else self._left[limit]

    def spend(self, limit: str, amount: float, who: str | Callable[[], str]) -> None:
        """Spend nodes or bytes, before they are made.

        Args:
            limit: ``nodes`` or ``bytes``.
            amount: how many.
            who: what asks for them, for the message.

        Raises:
            BudgetExceeded: there are not so many left.
        """
        self.check(limit, amount, who)
        self._left[limit] -= amount

    def check(self, limit: str, amount: float, who: str | Callable[[], str]) -> None:
        """Check that so much of ``nodes``, ``bytes`` or ``seconds`` is left, and spend nothing; raises as `spend` does."""
        left = self.left(limit)
        if amount > left:
            raise self._exceeded(limit, amount, left, who)

    def check_time(self, who: str | Callable[[], str]) -> None:
        """Check that there is time left; raises as `spend` does."""
        if time.monotonic() > self._until:
            raise self._exceeded("seconds", 0, 0, who)

    @contextmanager
    def deeper(self, who: str | Callable[[], str]) -> Iterator[None]:
        """One graph, function or block further in; raises as `spend` does."""
        if self._depth >= self.budget.depth:
            raise self._exceeded("depth", self._depth + 1, self.budget.depth, who)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def _exceeded(self, limit: str, amount: float, left: float, who: str | Callable[[], str]) -> BudgetExceeded:
        allowed = getattr(self.budget, limit)
        spelled = who if isinstance(who, str) else who()
        if limit == "seconds":
            asked = f"it would take about {amount:.0f} s; {max(left, 0):.0f} s are left" if amount else "it takes longer than is left"
            more: Any = f"{2 * max(allowed, amount):.0f}"
        elif limit == "depth":
            asked, more = f"it stands {amount:.0f} deep in others, more than is allowed", f"{2 * allowed}"
        else:
            asked = f"it asks for {_count(amount)} {limit}; {_count(max(left, 0))} are left"
            more = f"{allowed + max(amount - left, allowed):.0f}"
        return BudgetExceeded(limit, allowed, amount, spelled, f"{spelled}: {asked} of the budget of {_count(allowed)}", more)


def _count(number: float) -> str:
    """A number that may be vast, so that it can be read."""
    return f"{number:,.0f}" if number < 1e15 else f"{number:.1e}"


def parsed(text: str) -> Budget:
    """The budget of ``nodes=1000000,bytes=4294967296``; what is not named is as by default.

    Raises:
        MLTypeError: a limit is not known, or no number.
    """
    given: dict[str, int | float] = {}
    for item in text.split(","):
        name, equals, number = item.strip().partition("=")
        if not equals or name not in LIMITS or name in given:
            raise MLTypeError(f"--budget must be LIMIT=NUMBER,... of {', '.join(LIMITS)}, each once; got {text!r}")
        try:
            given[name] = float(number) if name == "seconds" else int(float(number)) if "e" in number.lower() else int(number)
        except (ValueError, OverflowError):
            raise MLTypeError(f"--budget: {name} must be a number; got {number!r}") from None
    return Budget(**given)  # type: ignore[arg-type]
