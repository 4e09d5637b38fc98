"""Real models on real input: Magika's labels for every sample, Silero VAD over a whole recording."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, load_model, numpy_helper

from webnpu import Graph
from webnpu.backend import backend_names, load_backend
from webnpu.errors import NotSupportedError
from webnpu.onnx import export_model, import_model
from webnpu.passes import optimize

MODELS = Path(__file__).parents[2].parent / "shared" / "models"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="the real models, which are not part of this repository, are not beside it")

MAGIKA, SILERO = MODELS / "magika" / "model.onnx", MODELS / "silero_vad" / "silero_vad_16k_op15.onnx"
SIDE = 1024
WINDOW, CONTEXT = 512, 64
WINDOWS = 60
"""How many windows of the recording a backend other than the reference hears."""


def backend_or_skip(name: str) -> Any:
    backend = load_backend(name)
    availability = backend.available()
    if not availability.ok:
        pytest.skip(f"backend {name} cannot run here: {availability.reason}")
    return backend


def compiled(name: str, graph: Graph) -> Any:
    try:
        return backend_or_skip(name).compile(graph)
    except NotSupportedError as refusal:
        pytest.skip(f"backend {name} declares that it cannot: {refusal}")


def features(content: bytes) -> np.ndarray:
    """The first bytes without leading white space, the last ones without trailing."""
    first, last = content[:4096].lstrip()[:SIDE], content[-4096:].rstrip()[-SIDE:]
    values = [*first, *[256] * (SIDE - len(first)), *[256] * (SIDE - len(last)), *last]
    return np.asarray([values], np.int32)


def samples() -> list[Path]:
    return sorted(path for path in (MODELS / "magika" / "samples").rglob("*") if path.is_file())


@pytest.mark.parametrize("name", backend_names())
def test_magika_knows_every_sample(name: str, runtime: Any) -> None:
    program = compiled(name, optimize(import_model(MAGIKA, shapes={"bytes": (1, 2 * SIDE)})))
    labels = json.loads((MODELS / "magika" / "config.json").read_text())["target_labels_space"]
    for path in samples():
        inputs = {"bytes": features(path.read_bytes())}
        got = program.run(inputs)["target_label"]
        assert labels[int(got.argmax())] == path.parent.name
        np.testing.assert_allclose(got, runtime(str(MAGIKA), inputs)["target_label"], atol=1e-4)


def windows() -> list[np.ndarray]:
    """Windows of the recording, each after the last samples of the one before."""
    with wave.open(str(MODELS / "silero_vad" / "test.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        audio = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
    audio = np.concatenate([np.zeros(CONTEXT, np.float32), audio[: len(audio) // WINDOW * WINDOW]])
    return [audio[None, start : start + CONTEXT + WINDOW] for start in range(0, len(audio) - CONTEXT, WINDOW)]


def silero(source: Any = SILERO, **options: Any) -> Graph:
    return import_model(source, dimensions={"batch": 1, "sequence": CONTEXT + WINDOW}, **options)


def heard(run: Any, count: int | None = None) -> list[float]:
    """The probability of speech in each window, the state carried from one to the next."""
    state, probabilities = np.zeros((2, 1, 128), np.float32), []
    for samples in windows()[:count]:
        results = run({"input": samples, "state": state, "sr": np.asarray(16000, np.int64)})
        state = results["stateN"]
        probabilities.append(float(results["output"][0, 0]))
    return probabilities


@pytest.fixture(scope="module")
def expected() -> list[float]:
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime, a test-only dependency, is not installed")
    session = ort.InferenceSession(str(SILERO), providers=["CPUExecutionProvider"])
    return heard(lambda inputs: dict(zip(("output", "stateN"), session.run(["output", "stateN"], inputs), strict=True)))


@pytest.mark.parametrize("name", backend_names())
def test_silero_hears_speech(name: str, expected: list[float]) -> None:
    graph = silero()
    program = compiled(name, graph)
    count = None if name in ("reference", "tflite") else WINDOWS
    got = heard(lambda inputs: program.run({key: inputs[key] for key in graph.inputs}), count)
    np.testing.assert_allclose(got, expected[:count], atol=1e-4)
    assert max(expected) > 0.9
    assert min(expected) < 0.1


def test_the_branches_of_silero_are_folded_away() -> None:
    names = {operator.name for operator in silero().operators}
    assert "lstm" in names
    assert len(silero().operators) < 70


def test_silero_survives_passes_and_export(expected: list[float], runtime: Any) -> None:
    graph = optimize(silero())
    program = load_backend("reference").compile(graph)
    exported = import_model(export_model(graph))
    again = load_backend("reference").compile(exported)
    for run in (program.run, again.run):
        got = heard(lambda inputs, run=run: run({key: inputs[key] for key in graph.inputs}), 20)
        np.testing.assert_allclose(got, expected[:20], atol=1e-4)


def test_float16_weights_give_nearly_the_same(expected: list[float]) -> None:
    """Another export of the same model: weights in float16, cast where they are used."""
    model = load_model(SILERO)
    for tensor in list(model.graph.initializer):
        array = numpy_helper.to_array(tensor)
        if tensor.data_type == TensorProto.FLOAT and array.size > 16:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}_half"))
            cast = model.graph.node.add(op_type="Cast", name=f"cast {name}")
            cast.input.append(f"{name}_half")
            cast.output.append(name)
            attribute = cast.attribute.add(name="to", i=TensorProto.FLOAT)
            attribute.type = attribute.INT
            model.graph.node.insert(0, cast)
            del model.graph.node[-1]
    graph = silero(model)
    got = heard(load_backend("reference").compile(graph).run, 20)
    np.testing.assert_allclose(got, expected[:20], atol=5e-3)
