"""Cases for normalisations, well-conditioned: no difference in them is much smaller than what it is taken of."""

from __future__ import annotations

from typing import Any

from ...operators.normalization import BatchNormalization, InstanceNormalization, LayerNormalization
from ...types import FLOATS, DataType, Shape
from .data import Tensor, either, listed, small, uniform
from .recipe import Operands, Recipe, Recipes

_SPREAD = either((1, 2), (-2, -1))
"""Two clusters around zero: the mean lies far from every element."""


def _batch(data_type: DataType, shape: Shape, axis: int, given: tuple[str, ...], sign: int = 1) -> Operands:
    """All terms of one sign, so that neither the formula nor its fused form cancels."""
    fills = {"scale": uniform(0.5, 1.5), "bias": uniform(0.5, 1.5)}
    if sign < 0:
        fills = {"scale": uniform(-1.5, -0.5), "bias": uniform(-1.5, -0.5)}
    channels = (shape[axis],)
    return {
        "input": Tensor(data_type, shape, uniform(1, 3)),
        "mean": Tensor(data_type, channels, uniform(-1, -0.25)),
        "variance": Tensor(data_type, channels, uniform(0.5, 2)),
        **{name: Tensor(data_type, channels, fills[name]) for name in given},
    }


def _batch_normalization() -> Recipes:
    both = ("scale", "bias")
    forms: tuple[tuple[str, str, Shape, tuple[str, ...], dict[str, Any]], ...] = (
        ("plain", "Neither scale nor bias", (2, 3, 2, 2), (), {}),
        ("scale", "A scale for each channel", (2, 3, 2, 2), ("scale",), {}),
        ("bias", "A bias for each channel", (2, 3, 2, 2), ("bias",), {}),
        ("scale-bias", "Scale and bias", (2, 3, 2, 2), both, {}),
        ("epsilon", "A large epsilon", (2, 3, 2, 2), both, {"epsilon": 0.5}),
        ("epsilon-zero", "No epsilon", (1, 2, 2, 2), both, {"epsilon": 0.0}),
        ("axis-last", "The channels last", (2, 2, 2, 3), both, {"axis": 3}),
        ("axis-first", "The channels first", (3, 2, 2), both, {"axis": 0}),
        ("axis-default", "The channels in their usual place, given", (2, 3, 2), both, {"axis": 1}),
        ("rank-1", "A vector, each element a channel", (4,), both, {"axis": 0}),
        ("rank-2", "A matrix", (3, 4), both, {}),
        ("rank-3", "Rank 3", (2, 3, 4), both, {}),
        ("rank-5", "Rank 5", (1, 3, 2, 1, 2), both, {}),
        ("one-channel", "One channel", (2, 1, 3), both, {}),
    )
    for data_type in FLOATS:
        for what, about, shape, given, options in forms:
            operands = _batch(data_type, shape, options.get("axis", 1), given)
            weights = tuple(name for name in operands if name != "input")
            yield Recipe(BatchNormalization, what, about, operands, options, weights)
        negative = _batch(data_type, (2, 3, 2, 2), 1, both, sign=-1)
        yield Recipe(BatchNormalization, "negative", "Negative scales and biases", negative)
        exact = {
            "input": Tensor(data_type, (2, 3, 2, 2), small),
            "mean": Tensor(data_type, (3,), listed(1, -2, 0)),
            "variance": Tensor(data_type, (3,), listed(3.75, 0, 15.75)),
            "scale": Tensor(data_type, (3,), listed(-1, 2, 0.5)),
            "bias": Tensor(data_type, (3,), listed(3, -1, 0)),
        }
        yield Recipe(BatchNormalization, "exact", "Numbers of both signs whose results are exact", exact, {"epsilon": 0.25})


def _scale_and_bias(data_type: DataType, shape: Shape, given: tuple[str, ...]) -> dict[str, Tensor]:
    """The bias outweighs what it is added to."""
    fills = {"scale": uniform(0.5, 1.5), "bias": uniform(4, 6)}
    return {name: Tensor(data_type, shape, fills[name]) for name in given}


def _instance_normalization() -> Recipes:
    both = ("scale", "bias")
    forms: tuple[tuple[str, str, Shape, tuple[str, ...], dict[str, Any]], ...] = (
        ("plain", "Neither scale nor bias", (2, 3, 2, 2), (), {}),
        ("scale", "A scale for each channel", (2, 3, 2, 2), ("scale",), {}),
        ("bias", "A bias for each channel", (1, 3, 2, 4), ("bias",), {}),
        ("scale-bias", "Scale and bias", (2, 3, 2, 2), both, {}),
        ("epsilon", "A large epsilon", (1, 2, 2, 3), both, {"epsilon": 0.5}),
        ("epsilon-zero", "No epsilon", (1, 2, 2, 3), both, {"epsilon": 0.0}),
        ("nchw", "The layout nchw, given", (1, 3, 4, 2), both, {"layout": "nchw"}),
        ("nhwc", "The layout nhwc", (2, 2, 4, 3), both, {"layout": "nhwc"}),
        ("nhwc-plain", "The layout nhwc without scale and bias", (1, 4, 2, 2), (), {"layout": "nhwc"}),
        ("one-pixel", "One pixel is its own mean: the bias alone is left", (1, 3, 1, 1), both, {}),
    )
    for data_type in FLOATS:
        for what, about, shape, given, options in forms:
            channels = shape[3 if options.get("layout") == "nhwc" else 1]
            extra = _scale_and_bias(data_type, (channels,), given)
            operands = {"input": Tensor(data_type, shape, _SPREAD), **extra}
            yield Recipe(InstanceNormalization, what, about, operands, options, tuple(extra))
        computed = {"input": Tensor(data_type, (1, 2, 2, 2), _SPREAD), **_scale_and_bias(data_type, (2,), both)}
        yield Recipe(InstanceNormalization, "computed-scale", "Scale and bias are inputs of the graph", computed)


def _layer_normalization() -> Recipes:
    both = ("scale", "bias")
    forms: tuple[tuple[str, str, Shape, tuple[str, ...], dict[str, Any]], ...] = (
        ("plain", "All axes but the first by default", (2, 3, 4), (), {}),
        ("scale", "A scale for each element", (2, 3, 2), ("scale",), {}),
        ("bias", "A bias for each element", (2, 3, 2), ("bias",), {}),
        ("scale-bias", "Scale and bias", (2, 8), both, {}),
        ("epsilon", "A large epsilon", (2, 6), both, {"epsilon": 0.5}),
        ("epsilon-zero", "No epsilon", (2, 6), (), {"epsilon": 0.0}),
        ("last", "Over the last axis", (2, 3, 4), both, {"axes": [2]}),
        ("first", "Over the first axis", (4, 3), both, {"axes": [0]}),
        ("middle", "Over the middle axis", (2, 4, 3), both, {"axes": [1]}),
        ("descending", "Over two axes in descending order, scale and bias with them", (2, 3, 4), both, {"axes": [2, 1]}),
        ("apart", "Over two axes that do not touch", (3, 2, 4), both, {"axes": [0, 2]}),
        ("apart-descending", "Over two axes that do not touch, in descending order", (3, 2, 4), both, {"axes": [2, 0]}),
        ("all", "Over all axes", (2, 4), both, {"axes": [0, 1]}),
        ("no-axes", "Over no axes: the bias alone is left", (2, 3), both, {"axes": []}),
        ("scalar", "A scalar, over no axes: the bias", (), both, {"axes": []}),
        ("rank-1", "A vector, over no axes by default", (4,), ("bias",), {}),
        ("rank-4", "Rank 4, over the last two axes", (1, 2, 2, 4), both, {"axes": [2, 3]}),
        ("rank-5", "Rank 5, over three axes", (1, 2, 2, 2, 2), both, {"axes": [1, 3, 4]}),
        ("one-element", "Over an axis of one element: the bias alone is left", (3, 1), both, {"axes": [1]}),
    )
    for data_type in FLOATS:
        for what, about, shape, given, options in forms:
            axes = options.get("axes", list(range(1, len(shape))))
            extra = _scale_and_bias(data_type, tuple(shape[axis] for axis in axes), given)
            operands = {"input": Tensor(data_type, shape, _SPREAD), **extra}
            yield Recipe(LayerNormalization, what, about, operands, options, tuple(extra))
        computed = {"input": Tensor(data_type, (2, 4), _SPREAD), **_scale_and_bias(data_type, (4,), both)}
        yield Recipe(LayerNormalization, "computed-scale", "Scale and bias are inputs of the graph", computed)


def recipes() -> Recipes:
    """The cases of this family."""
    yield from _batch_normalization()
    yield from _instance_normalization()
    yield from _layer_normalization()
