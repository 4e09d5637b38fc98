"""Kernels: their heads, the library, and that the compiler accepts each with every format that it can meet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from webnpu.conformance.cases import load_cases
from webnpu.graph import Graph

from .parts import BACKEND, builder, descriptor, limits, needs_adapter, part

kernel, prelude = part("kernel"), part("prelude")
CASES = Path(__file__).parents[2] / "conformance" / "cases"
WORD = re.compile(r"\w+")


@pytest.mark.parametrize("name", kernel.names())
def test_a_head_names_what_the_kernel_uses(name: str) -> None:
    chosen = kernel.kernel(name)
    head, text = chosen.head, "\n".join(line for line in chosen.text.splitlines() if not line.startswith("//"))
    library = kernel.linked(text + " ".join(head.hooks.values()), straight=True)
    words = set(WORD.findall(text)) | set(WORD.findall(library)) | set(WORD.findall(" ".join(head.hooks.values())))
    assert head.about.endswith(".")
    for constant in head.constants:
        assert constant in words | set(WORD.findall(head.workgroups)), constant
    for hook in (*head.hooks, *(f"{view}_at" for view in head.views if view not in ("left", "right"))):
        assert hook in words, hook
    assert ("finish" in words) == head.chain


@pytest.mark.parametrize("name", kernel.names())
def test_a_kernel_reaches_a_buffer_through_functions_that_know_its_pieces(name: str) -> None:
    """A variable of one piece, named in a kernel, would be all that it ever sees of a buffer that is bound in several."""
    chosen = kernel.kernel(name)
    assert not re.search(rf"\b({'|'.join(chosen.head.bindings)})_\d+\b", chosen.text)


def test_a_head_is_arithmetic_and_nothing_else() -> None:
    assert kernel.count("(A + 7) / 8 * B", {"A": 9, "B": 3}) == 6
    for text in ("__import__('os')", "A ** B", "f(A)", "A if B else 1", "'x'"):
        with pytest.raises(ValueError, match="not arithmetic"):
            kernel.count(text, {"A": 1, "B": 2})


def test_a_head_that_says_nonsense_is_rejected() -> None:
    with pytest.raises(ValueError, match="cells or elements"):
        kernel.parse_head("x", "//! out y lumps\n")


def test_only_what_is_called_is_linked() -> None:
    text = kernel.linked("fn f(x: f32) -> f32 { return sqrt_float(x); }")
    assert "fn sqrt_float" in text
    assert "fn compose" in text
    assert "fn exp_float" not in text


def test_straight_functions_replace_others_of_their_names() -> None:
    called = "fn f(x: f32) -> f32 { return exp_float(x); }"
    assert "fn compose" in kernel.linked(called)
    straight = kernel.linked(called, straight=True)
    assert "fn compose" not in straight
    assert straight.count("fn exp_float") == 1
    assert " if " not in straight


def test_every_kernel_is_met_by_some_operator() -> None:
    met = {step.kernel for plan in _plans() for step in plan.steps}
    assert met - {"copy", "clear"} == set(kernel.names())


@needs_adapter
def test_the_compiler_accepts_every_kernel_in_every_format() -> None:
    device = part("device").device()
    seen = set()
    for plan in _plans():
        for step in plan.steps:
            if step.kernel in ("copy", "clear"):
                continue
            for text in {prelude.shader(plan, step, half_floats) for half_floats in (False, device.has_half_floats)} - seen:
                seen.add(text)
                with part("device").translated(step.kernel):
                    device.handle.create_shader_module(code=text)
    assert len(seen) > 300


_made: list = []


def _plans() -> list:
    """A plan of one case for each operator and data type."""
    if not _made:
        chosen = {(case.operator, case.type): case for case in load_cases(CASES) if case.operator != "_graphs"}
        graphs = [case.graph() for case in chosen.values()]
        large = [graph for data_type in ("float32", "float16") for graph in _large(data_type)]
        _made.extend(BACKEND.lower(graph).plan for graph in (*graphs, *large))
        _made.extend(BACKEND.lower(graph, limits(workgroup_memory=False)).plan for graph in large)
    return _made


def _large(data_type: str) -> Iterator[Graph]:
    """Graphs that meet the kernels for large tensors."""
    for a, c in (((128, 256), (256, 512)), ((1500, 64), (64, 1500)), ((7, 100), (100, 999)), ((3, 100), (100, 999))):
        b = builder()
        x, y = b.input("x", descriptor(data_type, *a)), b.input("y", descriptor(data_type, *c))
        yield b.finish({"z": b.gelu(b.matmul(x, y))})
    for layout, image, filter_layout, shape in (
        ("nchw", (1, 16, 30, 30), "oihw", (64, 16, 3, 3)),
        ("nhwc", (1, 30, 30, 64), "ohwi", (64, 1, 1, 64)),
    ):
        for constant in (True, False):
            b = builder()
            x = b.input("x", descriptor(data_type, *image))
            filters = b.constant(np.ones(shape, data_type)) if constant else b.input("f", descriptor(data_type, *shape))
            yield b.finish({"y": b.conv2d(x, filters, input_layout=layout, filter_layout=filter_layout)})
    for stored, rows in (("int4", 2), ("uint4", 64), ("int8", 64), ("uint8", 2)):
        b = builder()
        numbers = b.input("q", descriptor(stored, 1024, 256))
        matrix = b.dequantize_linear(numbers, b.input("s", descriptor(data_type, 32, 256)), b.input("z", descriptor(stored, 32, 256)))
        yield b.finish({"y": b.matmul(b.input("x", descriptor(data_type, rows, 1024)), matrix)})
    b = builder()
    x = b.input("x", descriptor(data_type, 40, 301))
    yield b.finish({"y": b.softmax(x, 1), "z": b.layer_normalization(x, axes=[1])})
    b = builder()
    x, filters = b.input("x", descriptor(data_type, 1, 32, 40, 40)), b.input("f", descriptor(data_type, 32, 1, 3, 3))
    yield b.finish({"y": b.conv2d(x, filters, groups=32)})
    b = builder()
    yield b.finish({"y": b.reduce_sum(b.input("x", descriptor(data_type, 1000)))})
    b = builder()
    x = b.input("x", descriptor(data_type, 1, 1, 200, 200))
    yield b.finish({"y": b.average_pool2d(x), "z": b.conv2d(x, b.input("f", descriptor(data_type, 1, 1, 200, 200)))})
