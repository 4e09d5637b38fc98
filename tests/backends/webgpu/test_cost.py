"""What steps cost: no invocation makes more turns, and no dispatch does more work, than drivers bear."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from webnpu.conformance.cases import load_cases
from webnpu.errors import Unsupported

sys.path.insert(0, str(Path(__file__).parents[2]))

from large_graphs import large_graphs

from .parts import BACKEND, limits, part

kernel, cost, assembly = part("kernel"), part("cost"), part("assembly")
CASES = Path(__file__).parents[2] / "conformance" / "cases"
LOOP = re.compile(r"^\s*(?:for \(|while \(|loop \{)", re.MULTILINE)
SOME_LIMITS = (
    limits(),
    limits(workgroup_memory=False),
    limits(work=2**24, workgroups=1000),
    limits(storage_buffers=16, binding_bytes=2**30),
)


def cost_of(plan: Any, step: Any) -> Any:
    y = step.bindings.get("y")
    return cost.Cost(step.kernel, step.constants, step.hooks, step.chain, y.format if y else "float32", not plan.limits.workgroup_memory)


def kernels_of(plan: Any) -> Iterator[Any]:
    return (step for step in plan.steps if step.kernel not in ("copy", "clear"))


def check(name: str, plan: Any) -> None:
    """Every step keeps both bounds; one workgroup alone may be more work than a small device wants at a time."""
    for step in kernels_of(plan):
        found = cost_of(plan, step)
        groups = step.workgroups[0] * step.workgroups[1] * step.workgroups[2]
        assert found.turns <= cost.MOST_TURNS, (name, step.kernel, found.turns)
        assert groups == 1 or groups * found.group_work <= plan.limits.work, (name, step.kernel, groups)


@pytest.mark.parametrize("name", kernel.names())
def test_a_kernel_with_a_loop_states_its_turns(name: str) -> None:
    chosen = kernel.kernel(name)
    counted = set(kernel.names_in(chosen.head.turns))
    assert bool(counted - {"finish", "sampled"}) == bool(LOOP.search(chosen.text))
    assert chosen.head.chain == bool(counted & {"finish", "put"})


@pytest.mark.parametrize("straight", [False, True])
def test_a_function_with_a_loop_states_its_turns(straight: bool) -> None:
    looping = {name for name, text in kernel.library(straight).items() if LOOP.search(text.replace("; for", ";\n for"))}
    assert looping == set(kernel.stated_turns(straight))


@pytest.mark.parametrize("memory", [True, False])
def test_every_step_of_the_corpus_keeps_the_bounds(memory: bool) -> None:
    for case in load_cases(CASES):
        check(case.id, BACKEND.lower(case.graph(), limits(workgroup_memory=memory)).plan)


@pytest.mark.parametrize("some", SOME_LIMITS, ids=str)
def test_every_step_of_large_graphs_keeps_the_bounds(some: Any) -> None:
    refused = {}
    for name, graph in large_graphs():
        try:
            check(name, BACKEND.lower(graph, some).plan)
        except Unsupported as refusal:
            refused[name] = str(refusal)
    assert all("storage buffers" in reason for reason in refused.values()), refused
    assert len(refused) < 30
