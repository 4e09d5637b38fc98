"""Passes: what each makes of a small graph, and that none changes results, on random graphs too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from webnpu import Graph, MLGraphBuilder, MLOperand
from webnpu.backend import load_backend
from webnpu.conformance.compose import random_graph
from webnpu.conformance.fuzz import first_divergence
from webnpu.passes import (
    PASSES,
    fold_batch_normalization,
    fold_constants,
    merge_common,
    merge_movement,
    optimize,
    recognize_gelu,
    recognize_hard_swish,
    recognize_layer_normalization,
    recognize_softmax,
    remove_identities,
)
from webnpu.types import DataType, OperandDescriptor

Build = Callable[[MLGraphBuilder, MLOperand], MLOperand]

EXACT = (remove_identities, fold_constants, merge_common, merge_movement)
"""The passes that keep every bit."""


def graph_of(build: Build, shape: tuple[int, ...] = (2, 3, 4), data_type: DataType = DataType.FLOAT32) -> Graph:
    builder = MLGraphBuilder()
    return builder.finish({"y": build(builder, builder.input("x", OperandDescriptor(data_type, shape)))})


def names(graph: Graph) -> list[str]:
    return [operator.name for operator in graph.operators]


def run(graph: Graph, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return load_backend("reference").compile(graph).run({name: inputs[name] for name in graph.inputs})


def check(build: Build, step: Any, expected: list[str], *, exact: bool = False, shape: tuple[int, ...] = (2, 3, 4)) -> Graph:
    """Run a pass on a graph; it must leave these operators, and the results within a few units in the last place."""
    before = graph_of(build, shape)
    after = step(before)
    assert names(after) == expected
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    want, got = run(before, {"x": x})["y"], run(after, {"x": x})["y"]
    if exact:
        np.testing.assert_array_equal(got, want)
    else:
        np.testing.assert_allclose(got, want, rtol=2e-6, atol=2e-6)
    return after


def constant(b: MLGraphBuilder, *shape: int, seed: int = 1) -> MLOperand:
    return b.constant(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def test_identities_go() -> None:
    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        x = b.mul(b.reshape(b.identity(x), x.shape), b.constant("float32", 1))
        return b.exp(b.transpose(b.pad(x, [0, 0, 0], [0, 0, 0]), permutation=[0, 1, 2]))

    check(build, remove_identities, ["exp"], exact=True)


def test_an_output_that_is_an_input_passes_through_one_identity() -> None:
    check(lambda b, x: b.identity(b.identity(x)), remove_identities, ["identity"], exact=True)


def test_casts_to_a_wider_type_and_back_go_but_not_to_a_narrower_one() -> None:
    wider = graph_of(lambda b, x: b.exp(b.cast(b.cast(x, "float32"), "float16")), data_type=DataType.FLOAT16)
    assert names(remove_identities(wider)) == ["exp"]
    narrower = graph_of(lambda b, x: b.exp(b.cast(b.cast(x, "float16"), "float32")))
    assert names(remove_identities(narrower)) == ["cast", "cast", "exp"]


def test_constants_are_folded() -> None:
    check(lambda b, x: b.matmul(x, b.mul(b.transpose(constant(b, 5, 4)), b.constant("float32", 2))), fold_constants, ["matmul"], exact=True)


def test_what_would_grow_or_lose_its_compression_is_not_folded() -> None:
    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        scale, zero = b.constant(np.ones((1, 1), np.float32)), b.constant(np.zeros((1, 1), np.int8))
        return b.matmul(x, b.dequantize_linear(b.constant(np.ones((4, 4), np.int8)), scale, zero))

    check(build, fold_constants, ["dequantizeLinear", "matmul"], exact=True)

    def grown(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        return b.add(x, b.expand(b.constant("float32", 1), [200, 300, 4]))

    assert names(fold_constants(graph_of(grown, (200, 300, 4)))) == ["expand", "add"]


def test_integers_times_zero_are_zero_and_floats_are_not() -> None:
    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        return b.add(b.mul(x, b.constant(x.data_type, 0)), x)

    assert names(fold_constants(graph_of(build, data_type=DataType.INT64))) == ["add"]
    assert names(fold_constants(graph_of(build))) == ["mul", "add"]


def test_what_is_computed_twice_is_computed_once() -> None:
    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        twice = [b.add(b.exp(x), b.constant("float32", 3)) for _ in range(2)]
        return b.mul(*twice)

    after = check(build, merge_common, ["exp", "add", "mul"], exact=True)
    assert len(after.constants) == 1


def test_different_options_are_not_common() -> None:
    check(lambda b, x: b.add(b.elu(x, alpha=1.0), b.elu(x, alpha=2.0)), merge_common, ["elu", "elu", "add"], exact=True)


def test_reshapes_and_transposes_merge() -> None:
    check(lambda b, x: b.exp(b.reshape(b.reshape(x, [6, 4]), [24])), merge_movement, ["reshape", "exp"], exact=True)
    turned: Build = lambda b, x: b.exp(b.transpose(b.transpose(x, permutation=[1, 2, 0]), permutation=[1, 0, 2]))  # noqa: E731
    after = check(turned, merge_movement, ["transpose", "exp"], exact=True)
    assert after.operators[0].resolved_permutation == (2, 1, 0)  # type: ignore[attr-defined]
    back: Build = lambda b, x: b.exp(b.transpose(b.transpose(x)))  # noqa: E731
    check(back, merge_movement, ["exp"], exact=True)


def test_a_transpose_that_moves_only_ones_is_a_reshape() -> None:
    check(lambda b, x: b.transpose(x, permutation=[1, 0, 2]), merge_movement, ["reshape"], exact=True, shape=(1, 3, 4))


def test_a_merged_transpose_that_others_need_stays() -> None:
    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        turned = b.transpose(x)
        return b.add(b.transpose(turned, permutation=[2, 0, 1]), b.transpose(turned, permutation=[2, 0, 1]))

    check(build, merge_movement, ["transpose", "transpose", "add"], exact=True)


@pytest.mark.parametrize(("layout", "filter_layout"), [("nchw", "oihw"), ("nhwc", "ohwi"), ("nhwc", "hwio")])
@pytest.mark.parametrize("with_bias", [False, True])
def test_batch_normalization_folds_into_conv(layout: Any, filter_layout: Any, with_bias: bool) -> None:
    shape = tuple({"n": 2, "c": 3, "h": 6, "w": 5}[axis] for axis in layout)

    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        filter = constant(b, *({"o": 4, "i": 3, "h": 3, "w": 3}[axis] for axis in filter_layout))
        bias = constant(b, 4, seed=2) if with_bias else None
        y = b.conv2d(x, filter, bias=bias, input_layout=layout, filter_layout=filter_layout)
        variance = b.constant(np.random.default_rng(3).random(4).astype(np.float32) + 0.5)
        scale, shift = constant(b, 4, seed=5), constant(b, 4, seed=6)
        return b.batch_normalization(y, constant(b, 4, seed=4), variance, axis=layout.index("c"), scale=scale, bias=shift)

    check(build, fold_batch_normalization, ["conv2d"], shape=shape)


def test_batch_normalization_of_what_others_need_stays() -> None:
    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        y = b.conv2d(x, constant(b, 3, 3, 1, 1))
        ones = b.constant(np.ones(3, np.float32))
        return b.add(b.batch_normalization(y, ones, ones), y)

    check(build, fold_batch_normalization, ["conv2d", "batchNormalization", "add"], shape=(1, 3, 4, 4), exact=True)


GELUS: list[Build] = [
    lambda b, x: b.mul(
        b.mul(x, b.constant("float32", 0.5)), b.add(b.constant("float32", 1), b.erf(b.div(x, b.constant("float32", 2**0.5))))
    ),
    lambda b, x: b.mul(
        b.constant("float32", 0.5), b.mul(x, b.add(b.erf(b.mul(x, b.constant("float32", 0.5**0.5))), b.constant("float32", 1)))
    ),
    lambda b, x: b.div(
        b.mul(x, b.add(b.erf(b.div(x, b.constant("float32", 1.4142135))), b.constant("float32", 1))), b.constant("float32", 2)
    ),
]


@pytest.mark.parametrize("build", GELUS)
def test_gelu_is_recognized(build: Build) -> None:
    check(build, recognize_gelu, ["gelu"])


def test_what_is_almost_gelu_stays() -> None:
    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        return b.mul(b.mul(x, b.constant("float32", 0.5)), b.add(b.constant("float32", 1), b.erf(x)))

    check(build, recognize_gelu, ["mul", "erf", "add", "mul"], exact=True)


def test_hard_swish_is_recognized() -> None:
    def by_clamp(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        gate = b.clamp(b.add(x, b.constant("float32", 3)), min_value=0, max_value=6)
        return b.div(b.mul(x, gate), b.constant("float32", 6))

    check(by_clamp, recognize_hard_swish, ["hardSwish"])
    check(lambda b, x: b.mul(x, b.hard_sigmoid(x, alpha=1 / 6, beta=0.5)), recognize_hard_swish, ["hardSwish"])
    check(lambda b, x: b.mul(x, b.hard_sigmoid(x)), recognize_hard_swish, ["hardSigmoid", "mul"], exact=True)


def test_softmax_is_recognized_along_one_axis_only() -> None:
    def build(axis: list[int], other: list[int]) -> Build:
        def parts(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
            e = b.exp(b.sub(x, b.reduce_max(x, axes=axis, keep_dimensions=True)))
            return b.div(e, b.reduce_sum(e, axes=other, keep_dimensions=True))

        return parts

    check(build([1], [1]), recognize_softmax, ["softmax"])
    assert "softmax" not in names(recognize_softmax(graph_of(build([1], [2]))))
    assert "softmax" not in names(recognize_softmax(graph_of(build([1, 2], [1, 2]))))


@pytest.mark.parametrize("square", ["mul", "pow"])
@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("parts", [0, 1, 2])
def test_layer_normalization_is_recognized(square: str, inverse: bool, parts: int) -> None:
    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        centred = b.sub(x, b.reduce_mean(x, axes=[2], keep_dimensions=True))
        squared = b.mul(centred, centred) if square == "mul" else b.pow(centred, b.constant("float32", 2))
        variance = b.reduce_mean(squared, axes=[2], keep_dimensions=True)
        root = b.sqrt(b.add(variance, b.constant("float32", 1e-5)))
        y = b.mul(centred, b.reciprocal(root)) if inverse else b.div(centred, root)
        y = b.mul(y, constant(b, 4)) if parts else y
        return b.add(constant(b, 4, seed=2), y) if parts == 2 else y

    check(build, recognize_layer_normalization, ["layerNormalization"])


def test_optimize_does_all_of_it() -> None:
    def build(b: MLGraphBuilder, x: MLOperand) -> MLOperand:
        return b.reshape(b.reshape(GELUS[0](b, b.identity(x)), [6, 4]), [2, 3, 4])

    check(build, optimize, ["gelu"])


@pytest.mark.parametrize("step", EXACT, ids=lambda step: step.__name__)
@pytest.mark.parametrize("seed", range(25))
def test_exact_passes_keep_every_bit_of_random_graphs(step: Any, seed: int) -> None:
    graph, inputs = random_graph(seed, 12)
    want, got = run(graph, inputs), run(step(graph), inputs)
    for name, array in want.items():
        np.testing.assert_array_equal(got[name], array)


@pytest.mark.parametrize("seed", range(40))
def test_optimized_random_graphs_agree(seed: int) -> None:
    graph, inputs = random_graph(seed, 12)

    class Optimizing(type(load_backend("reference"))):  # type: ignore[misc]
        name = "optimizing"

        def compile(self, graph: Graph) -> Any:
            return super().compile(optimize(graph))

    assert first_divergence(graph, inputs, Optimizing(), load_backend("reference")) is None


def test_passes_keep_names_types_and_shapes() -> None:
    graph, _ = random_graph(3, 12)
    for step in PASSES:
        after = step(graph)
        assert after.output_descriptors == graph.output_descriptors
        assert set(after.inputs) <= set(graph.inputs)


@pytest.mark.parametrize("kind", ["scaled", "divided", "multiplied", "squared", "turned", "added"])
def test_long_chains_take_no_recursion_and_no_time_that_grows_faster(kind: str) -> None:
    b = MLGraphBuilder()
    x = y = b.input("x", {"dataType": "float32", "shape": [4]})
    number, many = b.constant("float32", 1.5), b.constant(np.float32([1, 2, 3, 4]))
    for turn in range(3000):
        y = {
            "scaled": lambda: b.mul(number, y),  # noqa: B023 -- called at once
            "divided": lambda: b.div(y, number),  # noqa: B023
            "multiplied": lambda: b.mul(y, x),  # noqa: B023
            "squared": lambda: b.mul(y, y),  # noqa: B023
            "turned": lambda: b.reshape(b.relu(y), [2, 2] if turn % 2 else [4]),  # noqa: B023
            "added": lambda: b.add(y, many),  # noqa: B023
        }[kind]()
    graph = b.finish({"y": y})
    assert len(optimize(graph).operators) == len(graph.operators) - (kind == "turned")
