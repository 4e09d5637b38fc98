"""What Python exports, the polyfill's runtime reads; and it refuses damaged files in words."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from webnpu.backend import load_backend
from webnpu.conformance.cases import load_cases
from webnpu.graph import Graph
from webnpu.types import OperandDescriptor

from .scripts import CORPUS, needs_node, run_script

pytestmark = needs_node

BACKEND: Any = load_backend("webgpu")


def described(descriptors: dict[str, OperandDescriptor]) -> dict[str, Any]:
    return {name: {"dataType": str(d.data_type), "shape": list(d.shape)} for name, d in descriptors.items()}


def graphs() -> list[Graph]:
    """One for each operator."""
    return [case.graph() for case in {case.operator: case for case in load_cases(CORPUS / "cases")}.values()]


def test_every_exported_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    chosen, paths = graphs(), []
    for number, graph in enumerate(chosen):
        paths.append(tmp_path / f"{number}.safetensors")
        BACKEND.export(graph, paths[-1])
    for graph, read in zip(chosen, run_script("webgpu/exported.ts", *paths), strict=True):
        lowered = BACKEND.lower(graph)
        assert read == {
            "inputs": described(graph.input_descriptors),
            "outputs": described(graph.output_descriptors),
            "plan": lowered.plan.model_dump(mode="json"),
            "constants": {name: words.tolist() for name, words in lowered.constants.items()},
        }


def test_damaged_files_are_refused_or_read(tmp_path: Path) -> None:
    """Cut anywhere, the file is refused; with a byte changed it may still say something valid, but nothing else goes wrong."""
    whole = tmp_path / "whole.safetensors"
    BACKEND.export(next(case for case in load_cases(CORPUS / "cases") if case.operator == "gemm" and case.constants).graph(), whole)
    good = whole.read_bytes()
    chance, files = random.Random(1), []
    for number in range(60):
        path = tmp_path / f"{number}.safetensors"
        place = chance.randrange(len(good))
        path.write_bytes(good[:place] if number < 20 else good[:place] + bytes([chance.randrange(256)]) + good[place + 1 :])
        files.append(path)
    found = run_script("webgpu/exported.ts", *files)
    assert all("damaged" in result["error"] for result in found[:20])
    assert sum("error" in result for result in found[20:]) > 5
