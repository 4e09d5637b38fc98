"""What Python exports, the polyfill's runtime reads; and it refuses damaged files in words."""

from __future__ import annotations

import copy
import importlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from webnpu.backend import load_backend
from webnpu.conformance.cases import load_cases
from webnpu.errors import GraphFileError
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


OTHERS: tuple[Any, ...] = (None, True, -1, 0, 7, 2**31, 2**40, 1e300, 0.5, "", "x", "\u202e", "\ud800", [], [[]], {}, {"constructor": 1})
"""What is put in the place of each value."""
CHANGED = ("lstm", "gru", "conv2d", "gemm", "matmul", "concat", "scatterElements", "reduceSum", "argMax", "resample2d", "pad", "softmax")


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each value in a document; of lists, of their first and last entries."""
    if at:
        yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*at, name))
    elif isinstance(value, list):
        for number in sorted({0, len(value) - 1} & set(range(len(value)))):
            yield from places(value[number], (*at, number))


def variants(document: dict[str, Any]) -> Iterator[str]:
    """The document with each value deleted, doubled, or another, one at a time, as JSON."""
    for *path, last in places(document):
        for other in (*OTHERS, "deleted", "doubled"):
            changed = copy.deepcopy(document)
            target: Any = changed
            for name in path:
                target = target[name]
            if other == "deleted":
                del target[last]
            elif other == "doubled":
                value = target[last]
                target[last] = value * 2 if isinstance(value, str | list | int) else value
            else:
                target[last] = other
            yield json.dumps(changed)


def test_both_loaders_refuse_the_same_plans_in_the_same_words(tmp_path: Path) -> None:
    """Each member deleted, of another type, negated, huge: neither side says anything but that the file is damaged, or too much."""
    package = type(BACKEND).__module__
    export, verification = (importlib.import_module(f"{package}.{name}") for name in ("export", "verification"))
    chance, batches = random.Random(2), []
    for operator in CHANGED:
        graph = next(
            case for case in load_cases(CORPUS / "cases") if case.operator == operator and case.id.split("/")[1] == "float32"
        ).graph()
        lowered = BACKEND.lower(graph)
        inputs, outputs = described(graph.input_descriptors), described(graph.output_descriptors)
        document = {"version": 2, "inputs": inputs, "outputs": outputs, "plan": lowered.plan.model_dump(mode="json")}
        constants = {name: int(words.nbytes) for name, words in lowered.constants.items()}
        every = list(variants(document))
        batches.append({"texts": chance.sample(every, min(1000, len(every))), "constants": constants})
    (tmp_path / "batches.json").write_text(json.dumps(batches))
    found = run_script("webgpu/judged.ts", tmp_path / "batches.json")
    refused = 0
    for batch, judged in zip(batches, found, strict=True):
        for text, message in zip(batch["texts"], judged, strict=True):
            if "constant " in message:
                continue  # said of the file rather than of the plan
            said = ""
            try:
                verification.check_exported(export.parsed(text), verification.MOST_MEMORY, verification.MOST_WORK)
                export.Exported.model_validate_json(text)
            except GraphFileError as error:
                said = str(error)
            assert said == message, text
            refused += said != ""
    assert refused > 9_000
