"""Recurrent networks with all that ONNX lets them have, against ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from webnpu.backend import load_backend
from webnpu.onnx import import_model

from .agreement import FLOAT, INT32, normal

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
ACTIVATIONS = {"LSTM": 3, "GRU": 2, "RNN": 1}
STEPS, BATCH, FEATURES, HIDDEN = 5, 3, 4, 6

OPTIONS: dict[str, dict[str, Any]] = {
    "lengths": {},
    "lengths, backward": {"direction": "reverse"},
    "lengths, both": {"direction": "bidirectional"},
    "lengths, clip": {"clip": 0.3},
    "clip": {"clip": 0.2, "direction": "bidirectional"},
    "activations": {
        "activations": ["HardSigmoid", "ScaledTanh", "Softsign"],
        "activation_alpha": [0.3, 1.2],
        "activation_beta": [0.4, 0.8],
    },
    "more activations": {"activations": ["Sigmoid", "LeakyRelu", "Elu"], "activation_alpha": [0.1, 0.9]},
    "each direction": {"direction": "bidirectional", "activations": ["Sigmoid", "Tanh", "Tanh", "HardSigmoid", "Softsign", "Relu"]},
}


def model_of(m: Any, kind: str, name: str) -> tuple[Any, dict[str, np.ndarray]]:
    """A model with initial states, its lengths an input."""
    attributes = dict(OPTIONS[name])
    directions = 2 if attributes.get("direction") == "bidirectional" else 1
    if "activations" in attributes:
        given, count = attributes["activations"], ACTIVATIONS[kind]
        parts = [given[i : i + 3][-count:] if kind == "RNN" else given[i : i + 3][:count] for i in range(0, len(given), 3)]
        attributes["activations"] = [activation for part in parts for activation in part]
    width, states = GATES[kind] * HIDDEN, 2 if kind == "LSTM" else 1
    inputs = {"x": normal(STEPS, BATCH, FEATURES)}
    lengths = ""
    if name.startswith("lengths"):
        inputs["lengths"], lengths = np.array([5, 2, 4], np.int32), m.input("lengths", INT32, (BATCH,))
    weights = [m.weight(directions, width, size, scale=0.5) for size in (FEATURES, HIDDEN)]
    initial = [m.weight(directions, BATCH, HIDDEN, scale=0.5) for _ in range(states)]
    x = m.input("x", shape=inputs["x"].shape)
    outputs = m(kind, x, *weights, m.weight(directions, 2 * width, scale=0.3), lengths, *initial,
                outputs=1 + states, hidden_size=HIDDEN, **attributes)  # fmt: skip
    return m.model(dict.fromkeys(outputs, FLOAT)), inputs


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("kind", GATES)
def test_options(kind: str, name: str, maker: Any, runtime: Any) -> None:
    check_on("reference", kind, name, maker, runtime)


@pytest.mark.parametrize("backend", ["tflite", "webgpu", "coreml"])
@pytest.mark.parametrize("kind", GATES)
def test_lengths_on_every_backend(kind: str, backend: str, maker: Any, runtime: Any) -> None:
    check_on(backend, kind, "lengths, both", maker, runtime)


def check_on(backend: str, kind: str, name: str, maker: Any, runtime: Any) -> None:
    model, inputs = model_of(maker(), kind, name)
    graph = import_model(model)
    got = load_backend(backend).compile(graph).run(inputs)
    for output, want in runtime(model, inputs).items():
        tolerance = 2e-3 if kind == "GRU" else 2e-5  # ONNX Runtime's GRU has activations by coarse formulas
        np.testing.assert_allclose(got[output], want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("reset", [0, 1])
def test_either_reset_of_a_gru_of_lengths(reset: int, maker: Any, runtime: Any) -> None:
    m = maker()
    weights = m.weight(1, 18, 4), m.weight(1, 18, 6), m.weight(1, 36)
    lengths = m.constant(np.array([5, 1, 3], np.int32))
    y, last = m("GRU", m.input("x", shape=(5, 3, 4)), *weights, lengths, outputs=2, hidden_size=6, linear_before_reset=reset)
    model, x = m.model({y: FLOAT, last: FLOAT}), normal(5, 3, 4)
    got = load_backend("reference").compile(import_model(model)).run({"x": x})
    for name, want in runtime(model, {"x": x}).items():
        np.testing.assert_allclose(got[name], want, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("coupled", [0, 1])
def test_an_lstm_whose_gates_look_at_its_cell(coupled: int, maker: Any, runtime: Any) -> None:
    """Peepholes, of the output gate too, and an input gate that is one less the forget gate."""
    m = maker()
    given = m.weight(1, 24, 4), m.weight(1, 24, 6), m.weight(1, 48), "", "", "", m.weight(1, 18, scale=0.5)
    outputs = m("LSTM", m.input("x", shape=(5, 3, 4)), *given, outputs=3, hidden_size=6, input_forget=coupled)
    model, x = m.model(dict.fromkeys(outputs, FLOAT)), normal(5, 3, 4)
    got = load_backend("reference").compile(import_model(model)).run({"x": x})
    for name, want in runtime(model, {"x": x}).items():
        np.testing.assert_allclose(got[name], want, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("per_channel", [False, True])
def test_an_lstm_of_quantised_weights(per_channel: bool, maker: Any, runtime: Any) -> None:
    m, random = maker(microsoft=True), np.random.default_rng(0)
    scales = random.uniform(0.004, 0.008, (1, 24) if per_channel else (1,)).astype(np.float32)
    given = [m.constant(random.integers(-60, 60, (1, size, 24)).astype(np.int8)) for size in (4, 6)]
    points = m.constant(np.zeros(scales.shape, np.int8))
    rest = ["", "", "", "", m.constant(scales), points, m.constant(scales), points]
    y = m("DynamicQuantizeLSTM", m.input("x", shape=(5, 3, 4)), *given, m.weight(1, 48, scale=0.2), *rest,
          outputs=1, hidden_size=6, domain="com.microsoft")  # fmt: skip
    model, x = m.model(y), normal(5, 3, 4)
    got = load_backend("reference").compile(import_model(model)).run({"x": x})[y]
    [want] = runtime(model, {"x": x}).values()
    np.testing.assert_allclose(got, want, atol=0.01)  # ONNX Runtime rounds the inputs and the states to bytes
