"""The polyfill's lowering makes the plans that the Python lowering makes, member for member, and the same words of constants."""

from __future__ import annotations

import base64
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import Graph, MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.conformance.cases import load_cases
from webnpu.conformance.compose import random_graph
from webnpu.errors import Unsupported
from webnpu.graph_file import to_document
from webnpu.types import ANY, FOUR_BIT, DataType, OperandDescriptor, pack, unpack

sys.path.insert(0, str(Path(__file__).parents[1]))
from large_graphs import large_graphs

from .products import ProductComposer
from .scripts import CORPUS, ROOT, needs_node, run_script

pytestmark = needs_node

MODELS = ROOT.parent / "shared" / "models"
BACKEND: Any = load_backend("webgpu")
Limits: Any = import_module(f"{type(BACKEND).__module__}.plan").Limits

OTHER_LIMITS = (
    Limits(storage_buffers=10, binding_bytes=2**30, workgroups=65535),
    Limits(storage_buffers=10, binding_bytes=4096),
    Limits(storage_buffers=8, binding_bytes=64, workgroups=3),
    Limits(storage_buffers=3),
    Limits(workgroup_memory=False),
)
"""A larger device, a CPU, and devices so small that buffers come in pieces, workgroups are folded, chains cut, and graphs refused."""

SMALL_WORK = (Limits(work=2**24, workgroups=1000), Limits(work=2**22, workgroup_memory=False), Limits(storage_buffers=5, work=2**20))
"""Devices that do little at a time."""

PRODUCT_LIMITS = (Limits(storage_buffers=10, binding_bytes=2**18), Limits(workgroup_memory=False))


@dataclass(frozen=True)
class Question:
    """A graph that both lowerings plan."""

    name: str
    graph: Graph
    limits: Any

    def document(self) -> str:
        """The question as the other side reads it, in one line."""
        names, constants = self.graph.names, {}
        for operand in self.graph.constants:
            assert operand.value is not None
            constants[names[operand]] = base64.b64encode(pack(operand.value, operand.data_type).tobytes()).decode()
        return json.dumps({"document": to_document(self.graph), "constants": constants, "limits": self.limits.model_dump()})

    def answer(self) -> dict[str, Any]:
        """What Python makes of it: the plan and digests of its constants' words, or why there is none."""
        try:
            lowered = BACKEND.lower(self.graph, self.limits)
        except Unsupported as refusal:
            return {"refusal": str(refusal)}
        digests = {name: sha256(words.tobytes()).hexdigest() for name, words in lowered.constants.items()}
        return {"plan": lowered.plan.model_dump(mode="json"), "constants": digests}


def corpus() -> Iterator[Question]:
    for number, case in enumerate(load_cases(CORPUS / "cases")):
        graph = case.graph()
        yield Question(case.id, graph, Limits())
        if number % 4 == 0:
            limits = OTHER_LIMITS[number // 4 % len(OTHER_LIMITS)]
            yield Question(f"{case.id} under {limits!r}", graph, limits)


def composed() -> Iterator[Question]:
    for seed in range(200):
        graph, _ = random_graph(seed)
        yield Question(f"random graph {seed}", graph, Limits())
        limits = OTHER_LIMITS[seed % len(OTHER_LIMITS)]
        yield Question(f"random graph {seed} under {limits!r}", graph, limits)


def literals() -> Iterator[Question]:
    """Numbers that stand in hooks and chains: constants of one element, bit by bit, and options of every size."""
    for data_type in (*ANY, *FOUR_BIT):
        for bits in (0, 1, 7, 8, 0x7C01, 0x7E01, 0x8000, 0xFC00, 0x8000_0000, 0x7F80_0000, 0x7F80_0001, 0xFFC0_0001, 2**63, 2**64 - 1):
            stored = np.frombuffer((bits % 2**data_type.bits).to_bytes(8, "little")[: max(data_type.bits // 8, 1)], np.uint8)
            b: Any = MLGraphBuilder()
            x = b.input("x", {"dataType": data_type, "shape": [2]})
            constant = b.constant(unpack(stored, OperandDescriptor(data_type, (1,))))
            y = b.dequantize_linear(x, given_scale(b), constant) if data_type in FOUR_BIT else b.where(b.equal(x, constant), x, constant)
            yield Question(f"constant {bits:#x} of {data_type}", b.finish({"y": y}), Limits())
    for value in (
        0,
        -0.0,
        1.5,
        -2.5,
        1e-8,
        6e-8,
        65519.9,
        65520,
        3e38,
        1e300,
        -math.inf,
        math.nan,
        2**31,
        2**53 + 1,
        -(2**63),
        2**64,
        10**30,
    ):
        for data_type in ANY:
            b = MLGraphBuilder()
            x = b.input("x", {"dataType": data_type, "shape": [2]})
            outputs = {"y": b.pad(b.clamp(x, min_value=value), [1], [1], value=value), "z": b.clamp(x, max_value=value)}
            if data_type.is_float and abs(value) <= 3e38:
                outputs["w"] = b.linear(b.elu(x, alpha=float(value)), alpha=0.1, beta=float(value))
            yield Question(f"option {value!r} of {data_type}", b.finish(outputs), Limits())


def given_scale(b: Any) -> Any:
    return b.input("scale", {"dataType": "float32", "shape": [1]})


def concats() -> Iterator[Question]:
    """Of so many inputs that one step cannot bind them all, and so large ones that none can."""
    for count, axis, data_type in product((1, 7, 8, 20, 60), (0, 1), (DataType.FLOAT32, DataType.INT8, DataType.INT64)):
        b: Any = MLGraphBuilder()
        shapes = [(3, 1 + i % 4) if axis else (1 + i % 4, 3) for i in range(count)]
        operands = [b.input(f"x{i}", {"dataType": data_type, "shape": shape}) for i, shape in enumerate(shapes)]
        graph = b.finish({"y": b.concat([*operands, operands[0]], axis)})
        for limits in (Limits(), Limits(binding_bytes=16), Limits(storage_buffers=3)):
            yield Question(f"concat of {count} {data_type} along {axis} under {limits!r}", graph, limits)


def products() -> Iterator[Question]:
    for seed in range(150):
        graph = ProductComposer(seed).graph()
        yield Question(f"product {seed}", graph, Limits())
        limits = PRODUCT_LIMITS[seed % len(PRODUCT_LIMITS)]
        yield Question(f"product {seed} under {limits!r}", graph, limits)


def large() -> Iterator[Question]:
    """Of more turns and more work than one dispatch takes."""
    for number, (name, graph) in enumerate(large_graphs()):
        yield Question(name, graph, Limits())
        limits = (*SMALL_WORK, Limits(workgroup_memory=False))[number % 4]
        yield Question(f"{name} under {limits!r}", graph, limits)


Answered = list[tuple[Question, dict[str, Any], dict[str, Any]]]
"""Questions, each with Python's answer and the polyfill's."""


def answered_by_both(questions: list[Question], folder: Path) -> Answered:
    """Ask both; one process of the polyfill's answers all."""
    path = folder / "questions"
    path.write_text("\n".join(question.document() for question in questions))
    answers = run_script("plans/planned.ts", path)
    return [(question, question.answer(), answer) for question, answer in zip(questions, answers, strict=True)]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    return answered_by_both([*corpus(), *composed(), *literals(), *concats(), *products(), *large()], tmp_path_factory.mktemp("plans"))


def difference(expected: Any, got: Any, path: str = "") -> str | None:
    """The first member in which two answers differ, in words. The order of members counts: shaders have them in it."""
    if isinstance(expected, dict) and isinstance(got, dict):
        if list(expected) != list(got):
            return f"{path}: members {', '.join(expected)} in Python, {', '.join(got)} in the polyfill"
        pairs = [(f"{path}.{name}", expected[name], got[name]) for name in expected]
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        pairs = [(f"{path}[{i}]", e, g) for i, (e, g) in enumerate(zip(expected, got, strict=True))]
    else:
        return None if expected == got else f"{path}: {expected!r} in Python, {got!r} in the polyfill"
    return next((found for at, e, g in pairs if (found := difference(e, g, at))), None)


def differences(answered: Answered) -> list[str]:
    """The questions that are answered differently, and where the answers differ first."""
    found = ((question.name, difference(expected, got)) for question, expected, got in answered)
    return [f"{name}: {odd}" for name, odd in found if odd]


def test_plans_are_equal(answered: Answered) -> None:
    found = differences(answered)
    assert not found, "\n".join([f"{len(found)} of {len(answered)} plans differ:", *found[:20]])


def test_the_questions_reach_what_they_are_for(answered: Answered) -> None:
    """Tiles, split sums, pieces, folded workgroups and refusals all occur."""
    plans = [expected["plan"] for _, expected, _ in answered if "plan" in expected]
    steps = [step for plan in plans for step in plan["steps"]]
    kernels = {step["kernel"] for step in steps}
    assert {"product", "product_small", "product_thin", "product_direct", "conv2d", "matmul", "concat"} <= kernels
    assert any("b_four" in step["hooks"] for step in steps)
    assert any(step["constants"].get("SPLITS", 1) > 1 for step in steps)
    assert any("out" in step["views"] for step in steps)
    assert any(binding["pieces"] for step in steps for binding in step["bindings"].values())
    assert any(step["workgroups"][2] > 1 for step in steps)
    assert {"conv2d_wide", "pool_wide"} <= kernels
    assert any("first" in step["bindings"] for step in steps)
    assert any("FIRST" in step["constants"] for step in steps)
    assert any(step["constants"].get("SLICES", 1) > 1 for step in steps)
    assert any("begin" in step["bindings"] for step in steps)
    assert any("refusal" in expected for _, expected, _ in answered)


@pytest.mark.skipif(not MODELS.is_dir(), reason="the real models, which are not part of this repository, are not beside it")
@pytest.mark.parametrize(
    ("file", "sizes"),
    [
        ("magika/model.onnx", {"shapes": {"bytes": (1, 2048)}}),
        ("silero_vad/silero_vad_16k_op15.onnx", {"dimensions": {"batch": 1, "sequence": 576}}),
    ],
)
def test_real_models_are_planned_alike(file: str, sizes: dict[str, Any], tmp_path: Path) -> None:
    onnx = pytest.importorskip("webnpu.onnx", reason="needs the onnx extra")
    graph = onnx.import_model(MODELS / file, **sizes)
    answered = answered_by_both([Question(file, graph, Limits())], tmp_path)
    assert not differences(answered)
