"""What kind of model a file holds; the interpreter evaluates ML programs alone, and refuses the others by their name."""

from __future__ import annotations

from typing import Any

_PIPELINES = ("pipeline", "pipelineClassifier", "pipelineRegressor")
_NETWORKS = ("neuralNetwork", "neuralNetworkClassifier", "neuralNetworkRegressor")
_NAMES = {"glmClassifier": "GLMClassifier", "glmRegressor": "GLMRegressor"}
"""Where the name is not that of the field with a capital."""


def kind_of(model: Any) -> str:
    """The name of a model's kind as Apple writes it, such as NeuralNetworkClassifier; '' where the file holds none."""
    field = model.WhichOneof("Type") or ""
    return _NAMES.get(field, field[:1].upper() + field[1:])


def refusal(model: Any) -> str:
    """Why a model is not evaluated; '' for an ML program."""
    field, kind = model.WhichOneof("Type"), kind_of(model)
    if field == "mlProgram":
        return ""
    if field is None:
        return "it holds no model of a kind that is known; only models of type mlProgram are evaluated"
    if field in _NETWORKS:
        advice = "convert what it was made of anew with coremltools.convert(..., convert_to='mlprogram')"
        return f"it is a {kind}, the format before ML programs, which is not evaluated; {advice}"
    if field in _PIPELINES:
        parts = [kind_of(part) or "nothing" for part in _parts(model, field)]
        return f"it is a {kind} of {', '.join(parts) or 'no models'}, which is not evaluated; only models of type mlProgram are"
    return f"it is a {kind}, which is not evaluated; only models of type mlProgram are"


def _parts(model: Any, field: str) -> Any:
    pipeline = getattr(model, field)
    return pipeline.models if field == "pipeline" else pipeline.pipeline.models
