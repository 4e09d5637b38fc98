"""The polyfill puts the same text before a kernel as Python does, for every step of every conformance graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from webnpu.backend import load_backend
from webnpu.conformance.cases import load_cases
from webnpu.errors import Unsupported

from .products import ProductComposer
from .scripts import CORPUS, needs_node, run_script

pytestmark = needs_node

BACKEND: Any = load_backend("webgpu")
PACKAGE = type(BACKEND).__module__
PLAN = import_module(f"{PACKAGE}.plan")
shader = import_module(f"{PACKAGE}.prelude").shader
SMALL = PLAN.Limits(storage_buffers=10, binding_bytes=256, workgroups=5)


def texts_of(plan: Any) -> list[str]:
    kernels = [step for step in plan.steps if step.kernel not in ("copy", "clear")]
    return [sha256(f"{shader(plan, step)}\n{shader(plan, step, True)}".encode()).hexdigest() for step in kernels]


def compared(plans: Mapping[str, Any], folder: Path) -> None:
    path = folder / "plans.json"
    path.write_text(json.dumps({name: plan.model_dump(mode="json") for name, plan in plans.items()}))
    found = run_script("webgpu/texts.ts", path)
    assert found.keys() == plans.keys()
    for name, plan in plans.items():
        assert found[name] == texts_of(plan), name


def test_every_shader_of_the_corpus_is_the_same_text(tmp_path: Path) -> None:
    plans = {case.id: BACKEND.lower(case.graph()).plan for case in load_cases(CORPUS / "cases")}
    assert len(plans) > 4000
    compared(plans, tmp_path)


def test_shaders_for_small_devices_are_the_same_texts(tmp_path: Path) -> None:
    """Buffers in pieces, and folded grids."""
    plans = {}
    for case in load_cases(CORPUS / "cases"):
        with suppress(Unsupported):
            plans[case.id] = BACKEND.lower(case.graph(), SMALL).plan
    assert sum(any(len(plan.pieces(buffer)) > 1 for buffer in plan.buffers) for plan in plans.values()) > 100
    compared(plans, tmp_path)


def test_shaders_for_cpus_are_the_same_texts(tmp_path: Path) -> None:
    """With other kernels, and the straight functions of the library."""
    limits = PLAN.Limits(workgroup_memory=False)
    plans = {case.id: BACKEND.lower(case.graph(), limits).plan for case in load_cases(CORPUS / "cases")[::3]}
    plans |= {f"product {seed}": BACKEND.lower(ProductComposer(seed).graph(), limits).plan for seed in range(40)}
    met = {step.kernel for plan in plans.values() for step in plan.steps}
    assert {"softmax_rows", "normalize_rows", "depthwise", "product_direct"} <= met
    compared(plans, tmp_path)


@pytest.mark.parametrize("broken", ["kernel", "json"])
def test_what_is_no_plan_is_an_error(broken: str, tmp_path: Path) -> None:
    path = tmp_path / "plans.json"
    step = {"kernel": "nonsense", "bindings": {}, "constants": {}, "aliases": {}, "views": {}, "hooks": {}, "chain": []}
    path.write_text("{" if broken == "json" else json.dumps({"x": {"steps": [step], "buffers": [], "limits": {}}}))
    with pytest.raises(AssertionError, match="nonsense" if broken == "kernel" else "JSON"):
        run_script("webgpu/texts.ts", path)
