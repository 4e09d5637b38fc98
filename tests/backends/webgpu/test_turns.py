"""The turns that kernels state are those that their loops make: counted on a device, by a line in every loop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu.conformance.cases import load_cases
from webnpu.types import OperandDescriptor

from .parts import BACKEND, builder, descriptor, limits, needs_adapter, part

CASES = Path(__file__).parents[2] / "conformance" / "cases"
cost, kernel, prelude, runtime = part("cost"), part("kernel"), part("prelude"), part("runtime")

_MAIN = re.compile(r"@compute @workgroup_size\(WORKGROUP\)\nfn main\((.*?)\) \{")
_COUNTING = """
var<private> turns: u32;
@group(1) @binding(0) var<storage, read_write> most_turns: atomic<u32>;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  counted_main(id, count, local);
  atomicMax(&most_turns, turns);
}
"""


def counting(text: str) -> str:
    """A shader that also counts the turns of its loops."""
    parts, at = [], 0
    for match in re.finditer(r"\b(?:for|while) \(", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        body = text.index("{", end) + 1
        parts += [text[at:body], " turns += 1u;"]
        at = body
    text = "".join([*parts, text[at:]])
    assert _MAIN.search(text)
    return _MAIN.sub("fn counted_main(id: vec3<u32>, count: vec3<u32>, local: u32) {", text) + _COUNTING


def counted(lowered: Any, inputs: dict[str, OperandDescriptor], outputs: dict[str, OperandDescriptor]) -> Iterator[tuple[Any, int]]:
    """Every step of a plan that runs a kernel, and the most turns that an invocation of it made."""
    device = part("device").device()
    program = runtime.WebGPUProgram(device, lowered, inputs, outputs)
    given = {name: program._tensor(f"in {name}", d) for name, d in inputs.items()}
    for tensor in given.values():
        size = sum(piece.size for piece in tensor.pieces)
        runtime.write_pieces(device, tensor.pieces, np.full(size // 4, 0x3F803F80, np.uint32))
    buffers, _ = program._bound(given, {name: program._tensor(f"out {name}", d) for name, d in outputs.items()})
    for step in lowered.plan.steps:
        encoder = device.handle.create_command_encoder()
        if step.kernel in ("copy", "clear"):
            runtime._command(encoder, step, buffers)
            device.queue.submit([encoder.finish()])
            continue
        module = device.handle.create_shader_module(code=counting(prelude.shader(lowered.plan, step)))
        pipeline = device.handle.create_compute_pipeline(layout="auto", compute={"module": module, "entry_point": "main"})
        counter = device.buffers(4, 4)[0]
        entries = [{"binding": 0, "resource": {"buffer": counter, "offset": 0, "size": 4}}]
        compute = encoder.begin_compute_pass()
        compute.set_pipeline(pipeline)
        compute.set_bind_group(0, device.bind(lowered.plan, step, pipeline, buffers))
        compute.set_bind_group(1, device.handle.create_bind_group(layout=pipeline.get_bind_group_layout(1), entries=entries))
        compute.dispatch_workgroups(*step.workgroups)
        compute.end()
        device.queue.submit([encoder.finish()])
        yield step, int(np.frombuffer(device.queue.read_buffer(counter), np.uint32)[0])
    program.destroy()


def _graphs() -> Iterator[tuple[Any, Any]]:
    """Graphs, with limits, that together meet every kernel."""
    for case in load_cases(CASES):
        if case.type in ("float32", "float16", "uint8"):
            yield case.graph(), limits()
    for shape, columns in (((128, 256), 512), ((7, 100), 999), ((1024, 64), 1024), ((3, 4000), 300)):
        for memory in (True, False):
            b = builder()
            x, y = b.input("x", descriptor("float32", *shape)), b.input("y", descriptor("float32", shape[1], columns))
            yield b.finish({"z": b.matmul(x, y)}), limits(workgroup_memory=memory)
    b = builder()
    x, f = b.input("x", descriptor("float32", 1, 2, 30, 30)), b.input("f", descriptor("float32", 32, 1, 7, 7))
    yield (
        b.finish({"y": b.conv2d(x, f, groups=2), "z": b.softmax(x, 3), "w": b.layer_normalization(x, axes=[3])}),
        limits(workgroup_memory=False),
    )
    b = builder()
    x, f = b.input("x", descriptor("float32", 1, 1, 182, 182)), b.input("f", descriptor("float32", 1, 1, 182, 182))
    yield b.finish({"y": b.conv2d(x, f), "z": b.max_pool2d(x), "w": b.reduce_sum(x)}), limits()


@needs_adapter
@pytest.mark.timeout(900)
def test_no_invocation_makes_more_turns_than_its_kernel_states() -> None:
    left = set(kernel.names())
    for graph, some in _graphs():
        lowered = BACKEND.lower(graph, some)
        if not left & {step.kernel for step in lowered.plan.steps}:
            continue
        for step, turns in counted(lowered, graph.input_descriptors, graph.output_descriptors):
            y = step.bindings.get("y")
            stated = cost.Cost(step.kernel, step.constants, step.hooks, step.chain, y.format if y else "float32", not some.workgroup_memory)
            assert turns <= stated.turns, (step.kernel, turns, stated.turns)
            assert stated.turns <= 4 * turns + 32, (step.kernel, turns, stated.turns)
            left.discard(step.kernel)
    assert not left
