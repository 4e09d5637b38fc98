"""Makes a plan of drafts: splits what is too large to be bound at once, numbers buffers, and places them in the arena."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from webnpu.errors import Unsupported
from webnpu.graph import Graph

from . import arena, views
from .cost import MOST_TURNS, WORKGROUP, Cost, folded
from .drafts import Draft
from .formats import FORMATS
from .kernel import count, kernel
from .plan import Binding, Buffer, Limits, Plan, Step


class Assembly:
    """The drafts of a graph, to be made a plan.

    Args:
        graph: the graph.
        limits: what the device allows.
        buffers: the buffers so far.
        drafts: its steps in the making.
        word: makes a buffer, among these, that holds a whole number.
    """

    def __init__(
        self, graph: Graph, limits: Limits, buffers: Sequence[Buffer], drafts: Sequence[Draft], word: Callable[[int], int]
    ) -> None:
        self.graph, self.limits, self.buffers, self.drafts, self.word = graph, limits, buffers, drafts, word

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
            return list(self._parts(draft, draft.bindings, {}))
        head = kernel(draft.kernel).head
        if head.bindings.get("y") != "cells":
            if self.pieces(draft) > self.limits.storage_buffers:
                raise self._too_many(draft)
            return list(self._parts(draft, draft.bindings, {}))
        y = draft.bindings["y"]
        buffer = self.buffers[y.buffer]
        cells = -(-buffer.size // FORMATS[y.format].lanes)
        a_piece = self.limits.binding_bytes // 4 // max(1, FORMATS[y.format].bits // 32)
        if cells <= a_piece:
            if self.pieces(draft) > self.limits.storage_buffers:
                raise self._too_many(draft)
            return list(self._parts(draft, draft.bindings, {"Y_FIRST": 0, "Y_END": cells}))
        steps: list[Step] = []
        for piece in range(-(-cells // a_piece)):
            bindings = {name: self._part(draft, name, binding, piece) for name, binding in draft.bindings.items()}
            bound = sum(len(b.pieces) or pieces_of(self.buffers[b.buffer], self.limits) for b in bindings.values())
            if bound > self.limits.storage_buffers:
                raise self._too_many(draft)
            steps += self._parts(draft, bindings, {"Y_FIRST": piece * a_piece, "Y_END": min(cells, (piece + 1) * a_piece)})
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

    def _parts(self, draft: Draft, bindings: Mapping[str, Binding], constants: Mapping[str, int]) -> Iterator[Step]:
        """The step, or where it is too much work for one dispatch, several, each of so many of its workgroups."""
        merged = {**draft.constants, **constants}
        if draft.kernel in ("copy", "clear"):
            yield self._step(draft, bindings, merged, 1)
            return
        y = draft.bindings.get("y")
        cost = Cost(draft.kernel, merged, draft.hooks, draft.chain, y.format if y else "float32", not self.limits.workgroup_memory)
        if cost.turns > MOST_TURNS:
            raise self._too_long(draft, cost.turns)
        groups = count(kernel(draft.kernel).head.workgroups, {"WORKGROUP": WORKGROUP, **merged})
        if groups * cost.group_work <= self.limits.work:
            yield self._step(draft, bindings, merged, groups)
            return
        part = max(1, min(self.limits.work // cost.group_work, self.limits.workgroups))
        room = self.limits.storage_buffers - sum(len(b.pieces) or pieces_of(self.buffers[b.buffer], self.limits) for b in bindings.values())
        for first in range(0, groups, part):
            number = min(part, groups - first)
            if room:
                named = {**bindings, "first": Binding(buffer=self.word(first), format="uint32")}
                yield self._step(draft, named, merged, number)
            else:
                yield self._step(draft, bindings, {**merged, "FIRST": first}, number)

    def _too_long(self, draft: Draft, turns: int) -> Unsupported:
        operator = self.graph.operators[draft.operators[0]]
        return Unsupported(
            operator, f"kernel {draft.kernel} would make {turns} turns of its loops; drivers end loops of more than {MOST_TURNS}"
        )

    def _step(self, draft: Draft, bindings: Mapping[str, Binding], constants: Mapping[str, int | tuple[int, ...]], groups: int) -> Step:
        return Step(
            kernel=draft.kernel,
            bindings=dict(bindings),
            constants=dict(constants),
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
