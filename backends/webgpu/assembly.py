"""Makes a plan of drafts: splits what is too large to be bound at once, numbers buffers, and places them in the arena."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webnpu.errors import Unsupported
from webnpu.graph import Graph

from . import arena, views
from .drafts import Draft
from .formats import FORMATS
from .kernel import count, kernel
from .plan import Binding, Buffer, Limits, Plan, Step
from .prelude import WORKGROUP


class Assembly:
    """The drafts of a graph, to be made a plan."""

    def __init__(self, graph: Graph, limits: Limits, buffers: Sequence[Buffer], drafts: Sequence[Draft]) -> None:
        self.graph, self.limits, self.buffers, self.drafts = graph, limits, buffers, drafts

    def plan(self) -> Plan:
        """The plan."""
        steps = [step for draft in self.drafts for step in self._steps(draft)]
        used = {binding.buffer for step in steps for binding in step.bindings.values()}
        numbers = {old: new for new, old in enumerate(i for i, buffer in enumerate(self.buffers) if i in used or buffer.role == "input")}
        buffers = [self.buffers[old] for old in numbers]
        steps = [
            step.model_copy(update={"bindings": {n: b.model_copy(update={"buffer": numbers[b.buffer]}) for n, b in step.bindings.items()}})
            for step in steps
        ]
        buffers, slots = _placed(buffers, steps)
        operators = tuple((op.name, op.label) for op in self.graph.operators)
        return Plan(limits=self.limits, buffers=tuple(buffers), slots=tuple(slots), steps=tuple(steps), operators=operators)

    def pieces(self, draft: Draft) -> int:
        """How many bindings a draft takes."""
        return sum(pieces_of(self.buffers[b.buffer], self.limits) for b in draft.bindings.values())

    def _steps(self, draft: Draft) -> list[Step]:
        """The step, or where its buffers are too many pieces, one for each piece of its output."""
        if draft.kernel in ("copy", "clear"):
            return [self._step(draft, draft.bindings, {})]
        head = kernel(draft.kernel).head
        if head.bindings.get("y") != "cells":
            if self.pieces(draft) > self.limits.storage_buffers:
                raise self._too_many(draft)
            return [self._step(draft, draft.bindings, {})]
        y = draft.bindings["y"]
        buffer = self.buffers[y.buffer]
        cells = -(-buffer.size // FORMATS[y.format].lanes)
        a_piece = self.limits.binding_bytes // 4 // max(1, FORMATS[y.format].bits // 32)
        if cells <= a_piece:
            if self.pieces(draft) > self.limits.storage_buffers:
                raise self._too_many(draft)
            return [self._step(draft, draft.bindings, {"Y_FIRST": 0, "Y_END": cells})]
        steps = []
        for piece in range(-(-cells // a_piece)):
            bindings = {name: self._part(draft, name, binding, piece) for name, binding in draft.bindings.items()}
            bound = sum(len(b.pieces) or pieces_of(self.buffers[b.buffer], self.limits) for b in bindings.values())
            if bound > self.limits.storage_buffers:
                raise self._too_many(draft)
            steps.append(self._step(draft, bindings, {"Y_FIRST": piece * a_piece, "Y_END": min(cells, (piece + 1) * a_piece)}))
        return steps

    def _part(self, draft: Draft, name: str, binding: Binding, piece: int) -> Binding:
        """The pieces of a binding that one piece of the output needs: the same one, where elements keep their place."""
        y = draft.bindings["y"]
        alike = name in draft.views and views.is_identity(draft.views[name]) and FORMATS[binding.format].bits == FORMATS[y.format].bits
        whole = self.buffers[binding.buffer].size == self.buffers[y.buffer].size
        return binding.model_copy(update={"pieces": (piece,)}) if name == "y" or (alike and whole) else binding

    def _too_many(self, draft: Draft) -> Unsupported:
        operator = self.graph.operators[draft.operators[0]]
        return Unsupported(
            operator,
            f"its operands are so large that they need more than the {self.limits.storage_buffers} storage buffers "
            f"of {self.limits.binding_bytes} bytes that the device binds at once",
        )

    def _step(self, draft: Draft, bindings: Mapping[str, Binding], constants: Mapping[str, int]) -> Step:
        merged = {**draft.constants, **constants}
        groups = 1
        if draft.kernel not in ("copy", "clear"):
            groups = count(kernel(draft.kernel).head.workgroups, {"WORKGROUP": WORKGROUP, **merged})
        return Step(
            kernel=draft.kernel,
            bindings=dict(bindings),
            constants=merged,
            aliases=draft.aliases,
            views=draft.views,
            hooks=draft.hooks,
            chain=tuple(draft.chain),
            workgroups=folded(groups, self.limits.workgroups),
            operators=tuple(draft.operators),
        )


def pieces_of(buffer: Buffer, limits: Limits) -> int:
    """How many bindings a buffer takes."""
    return max(1, -(-buffer.byte_length // limits.binding_bytes))


def folded(groups: int, most: int) -> tuple[int, int, int]:
    """So many workgroups, or a few more, along three dimensions of at most so many."""
    planes = -(-groups // (most * most))
    rows = -(-groups // (most * planes))
    return -(-groups // (rows * planes)), rows, planes


def _placed(buffers: Sequence[Buffer], steps: Sequence[Step]) -> tuple[list[Buffer], list[int]]:
    """Give the temporary buffers their slots."""
    touched: dict[int, list[int]] = {}
    for moment, step in enumerate(steps):
        for binding in step.bindings.values():
            touched.setdefault(binding.buffer, []).append(moment)
    temporary = [i for i, buffer in enumerate(buffers) if buffer.role == "temporary"]
    lifetimes = [arena.Lifetime(buffers[i].byte_length, touched[i][0], touched[i][-1]) for i in temporary]
    places, slots = arena.place(lifetimes)
    placed = list(buffers)
    for i, slot in zip(temporary, places, strict=True):
        placed[i] = buffers[i].model_copy(update={"slot": slot})
    return placed, slots
