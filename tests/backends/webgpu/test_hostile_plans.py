"""Plans from files that are not trusted: what is wrong with them is said in words, and what passes does no harm."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu.errors import FileError, GraphFileError, NotSupportedError, WebNPUError

from .parts import BACKEND, needs_adapter, part
from .plan_files import HOSTILE, changed, exported, graph_of, write

load_plan = part("export").load_plan
BASES = {name: exported(graph_of(case)) for name, case in HOSTILE["bases"].items()}


@pytest.mark.parametrize("plan", HOSTILE["plans"], ids=lambda plan: plan["what"])
def test_a_hostile_plan_is_refused_in_words(tmp_path: Path, plan: dict[str, Any]) -> None:
    document, constants = BASES[plan["base"]]
    path = write(tmp_path / "plan.safetensors", changed(document, plan["changes"]), constants)
    with pytest.raises(GraphFileError) as caught:
        load_plan(path)
    assert str(caught.value).removeprefix(f"{path}: ").removeprefix("the file is damaged: ") == plan["message"]


@pytest.mark.parametrize("base", BASES)
def test_the_same_unchanged_is_read(tmp_path: Path, base: str) -> None:
    document, constants = BASES[base]
    lowered, _, _ = load_plan(write(tmp_path / "plan.safetensors", document, constants))
    assert lowered.plan.model_dump(mode="json") == document["plan"]
    assert not lowered.is_trusted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no JSON"),
        ("[]", "no JSON object"),
        ("[" * 100_000, "no JSON"),
        ('{"version": NaN}', "no JSON"),
        ('{"version": 1e999}', "got another number"),
        ('{"version": %s}' % ("9" * 400), "got another number"),
        ('{"version": %s}' % ("9" * 5000), "no JSON"),
        ('{"version": 2.5}', "got another number"),
        ('{"version": true}', "got true"),
        ('{"version": 2.0}', "inputs: expected an object; got nothing"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(GraphFileError, match=message):
        load_plan(write(tmp_path / "plan.safetensors", text, {}))


@pytest.mark.parametrize("data_type", [np.float32, np.uint8, np.uint64, np.float64])
def test_constants_are_words(tmp_path: Path, data_type: Any) -> None:
    document, constants = BASES["gemm"]
    other = {name: words.view(np.uint8).view(data_type) for name, words in constants.items()}
    with pytest.raises(GraphFileError, match=r'constant "c0": expected 48 bytes of U32; got'):
        load_plan(write(tmp_path / "plan.safetensors", document, other))


def test_a_file_that_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        load_plan(tmp_path)


def test_what_a_plan_may_take_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "plan.safetensors", *BASES["gemm"])
    with pytest.raises(GraphFileError, match="more memory than the 100 bytes that it may: the option memory allows more"):
        load_plan(path, memory=100)
    with pytest.raises(GraphFileError, match="more work than the 10 operations that it may: the option work allows more"):
        load_plan(path, work=10)


@needs_adapter
@pytest.mark.parametrize("options", [{"memory": "4G"}, {"work": -1}, {"memory": float("nan")}, {"work": True}])
def test_options_are_numbers(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="expected a whole number from 0 on"):
        BACKEND.load(write(tmp_path / "plan.safetensors", *BASES["gemm"]), **options)


@needs_adapter
def test_a_plan_for_larger_devices_is_not_run(tmp_path: Path) -> None:
    document, constants = BASES["gemm"]
    path = write(tmp_path / "plan.safetensors", changed(document, [{"at": ["plan", "limits", "storage_buffers"], "put": 64}]), constants)
    with pytest.raises(NotSupportedError, match="made for devices of 64 storage buffers"):
        BACKEND.load(path)


@needs_adapter
def test_kernels_of_a_plan_from_a_file_have_their_checks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A kernel that says that it needs none needs none only of the constants that a planner gives it."""
    from webnpu import DataType, MLGraphBuilder, OperandDescriptor

    b: Any = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(DataType("float32"), (128, 128)))
    graph = b.finish({"y": b.matmul(x, x)})
    assert part("kernel").kernel(BACKEND.lower(graph).plan.steps[0].kernel).head.unchecked
    asked = []
    device = part("device").Device
    original = device._module
    monkeypatch.setattr(device, "_module", lambda self, text, unchecked: asked.append(unchecked) or original(self, text, unchecked))
    part("device").device()._pipelines.clear()
    value = np.random.default_rng(1).normal(size=(128, 128)).astype(np.float32)
    own = BACKEND.compile(graph).run({"x": value})["y"]
    BACKEND.export(graph, tmp_path / "m.webgpu")
    loaded = BACKEND.load(tmp_path / "m.webgpu").run({"x": value})["y"]
    assert asked == [part("device").device().limits.workgroup_memory, False]
    np.testing.assert_allclose(loaded, own, rtol=1e-5, atol=1e-5)


@needs_adapter
def test_what_passes_runs_or_is_refused_by_the_device(tmp_path: Path) -> None:
    """Each number of the plans changed a little: what is not refused when it is read ends, and raises nothing foreign."""
    chance, ran = random.Random(1), 0
    for document, constants in BASES.values():
        text = json.dumps(document)
        places = list(re.finditer(r"(?<=[ \[])\d+(?=[,}\]])", text))
        for found in chance.sample(places, min(40, len(places))):
            other = int(found[0]) + chance.choice((-1, 1, 2, int(found[0])))
            path = write(tmp_path / "plan.safetensors", f"{text[: found.start()]}{other}{text[found.end() :]}", constants)
            try:
                program = BACKEND.load(path)
                program.run({name: np.zeros(d.shape, d.data_type.numpy) for name, d in program.inputs.items()})
                ran += 1
            except WebNPUError:
                continue
    assert ran > 20
