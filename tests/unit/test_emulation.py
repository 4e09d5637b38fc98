"""Emulation bodies compute what the operators do, within the operators' own bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from webnpu import OPERATORS, Graph, MLContext, MLGraphBuilder
from webnpu.agreement import Bound, bound_of
from webnpu.conformance.comparison import compare
from webnpu.emulation import Rewriter, emulated
from webnpu.errors import Unsupported
from webnpu.types import DataType

Random = np.random.Generator
Use = tuple[list[Any], dict[str, Any]]


def floats(rng: Random, dtype: Any, *shape: int, low: float = -4, high: float = 4) -> np.ndarray:
    return rng.uniform(low, high, shape).astype(dtype)


def unary(low: float = -4, high: float = 4, **options: Any) -> Callable[[Random, Any], Use]:
    return lambda rng, dtype: ([floats(rng, dtype, 3, 50, low=low, high=high)], options)


def normalization(rng: Random, dtype: Any, *shapes: tuple[int, ...], **options: Any) -> Use:
    return [floats(rng, dtype, 2, 3, 4, 5)], {
        **{name: floats(rng, dtype, *shape) for name, shape in zip(("scale", "bias"), shapes, strict=False)},
        **options,
    }


def batch_normalization(rng: Random, dtype: Any) -> Use:
    [x], options = normalization(rng, dtype, (3,), epsilon=1e-3)
    return [x, floats(rng, dtype, 3), floats(rng, dtype, 3, low=0.5)], options


def gates(rng: Random, dtype: Any, count: int, cell: bool, directions: int, **options: Any) -> Use:
    """A recurrent operator with all operands there are."""
    steps, batch, features, hidden = 3, 2, 4, 3

    def part(*shape: int) -> np.ndarray:
        return floats(rng, dtype, *(() if cell else (directions,)), *shape, low=-0.5, high=0.5)

    x = floats(rng, dtype, *(() if cell else (steps,)), batch, features, low=-1, high=1)
    biases = {"bias": part(count * hidden), "recurrent_bias": part(count * hidden)}
    states = [part(batch, hidden) for _ in range(2 if count == 4 else 1)]
    weights = [part(count * hidden, features), part(count * hidden, hidden)]
    if count == 4:
        biases["peephole_weight"] = part(3 * hidden)
    if cell:
        return [x, *weights, *states, hidden], {**biases, **options}
    initial = dict(zip(("initial_hidden_state", "initial_cell_state"), states, strict=False))
    return [x, *weights, steps, hidden], {**biases, **initial, "return_sequence": True, **options}


USES: dict[str, list[Callable[[Random, Any], Use]]] = {
    "notEqual": [lambda rng, dtype: ([np.round(floats(rng, dtype, 3, 20)), np.round(floats(rng, dtype, 20))], {})],
    "reciprocal": [unary(), unary(1e-3, 1e-2)],
    "sign": [unary(), lambda rng, dtype: ([np.array([0.0, -0.0, np.nan, np.inf, -np.inf], dtype)], {})],
    "clamp": [unary(min_value=-1, max_value=2.5), unary(min_value=1), unary(max_value=np.nan)],
    "elu": [unary(-4, -0.5), unary(0, 4), unary(-4, -0.5, alpha=0.3)],
    "gelu": [unary(-0.5, 4)],
    "hardSigmoid": [unary(0, 4), unary(0, 4, alpha=0.3, beta=0.1)],
    "hardSwish": [unary(-2, 5), unary(-8, -3.5)],
    "leakyRelu": [unary(), unary(alpha=0.3)],
    "linear": [unary(0, 4, alpha=0.3, beta=0.7), unary()],
    "prelu": [lambda rng, dtype: ([floats(rng, dtype, 3, 20), floats(rng, dtype, 20)], {})],
    "relu": [unary()],
    "sigmoid": [unary(-6, 6)],
    "softmax": [lambda rng, dtype: ([floats(rng, dtype, 4, 5, 6), 0], {}), lambda rng, dtype: ([floats(rng, dtype, 4, 5, 6), 2], {})],
    "softplus": [unary(-3, 8)],
    "softsign": [unary()],
    "tanh": [unary(-6, 6)],
    **{
        name: [unary(0.1, 2), unary(0.1, 2, axes=[0]), unary(0.1, 2, axes=[], keep_dimensions=True)]
        for name in ("reduceL1", "reduceL2", "reduceLogSumExp", "reduceSumSquare")
    },
    "reduceLogSum": [unary(1.5, 2), unary(1.5, 2, axes=[1], keep_dimensions=True), unary(1.5, 2, axes=[])],
    "batchNormalization": [batch_normalization],
    "instanceNormalization": [
        lambda rng, dtype: normalization(rng, dtype, (3,), (3,)),
        lambda rng, dtype: normalization(rng, dtype, layout="nhwc"),
    ],
    "layerNormalization": [
        lambda rng, dtype: normalization(rng, dtype, epsilon=1e-2),
        lambda rng, dtype: normalization(rng, dtype, (5, 3), axes=[3, 1]),
        lambda rng, dtype: normalization(rng, dtype, (), (), axes=[]),
    ],
    "gemm": [
        lambda rng, dtype: (
            [floats(rng, dtype, 3, 4, low=0), floats(rng, dtype, 4, 5, low=0)],
            {"c": floats(rng, dtype, 5, low=0), "beta": 0.5},
        ),
        lambda rng, dtype: (
            [floats(rng, dtype, 4, 3, low=0), floats(rng, dtype, 5, 4, low=0)],
            {"a_transpose": True, "b_transpose": True, "alpha": 0.3},
        ),
    ],
    "triangular": [
        lambda rng, dtype: ([floats(rng, dtype, 2, 4, 5)], {"diagonal": 1}),
        lambda rng, dtype: ([floats(rng, dtype, 2, 4, 5)], {"upper": False, "diagonal": -1}),
    ],
    "gruCell": [
        lambda rng, dtype: gates(rng, dtype, 3, True, 1),
        lambda rng, dtype: gates(rng, dtype, 3, True, 1, reset_after=False, layout="rzn"),
    ],
    "gru": [
        lambda rng, dtype: gates(rng, dtype, 3, False, 1),
        lambda rng, dtype: gates(rng, dtype, 3, False, 1, direction="backward", reset_after=False),
        lambda rng, dtype: gates(rng, dtype, 3, False, 2, direction="both", layout="rzn", activations=["tanh", "relu"]),
    ],
    "lstmCell": [lambda rng, dtype: gates(rng, dtype, 4, True, 1), lambda rng, dtype: gates(rng, dtype, 4, True, 1, layout="ifgo")],
    "lstm": [
        lambda rng, dtype: gates(rng, dtype, 4, False, 1),
        lambda rng, dtype: gates(rng, dtype, 4, False, 1, direction="backward"),
        lambda rng, dtype: gates(rng, dtype, 4, False, 2, direction="both", layout="ifgo", activations=["tanh", "relu", "sigmoid"]),
    ],
    "split": [lambda rng, dtype: ([floats(rng, dtype, 4, 6), 3], {"axis": 1}), lambda rng, dtype: ([floats(rng, dtype, 4, 6), [1, 3]], {})],
    "dequantizeLinear": [
        lambda rng, dtype: (
            [rng.integers(-128, 128, (4, 6)).astype(np.int8), floats(rng, dtype, 2, 3, low=0.1), np.int8([[3, -2, 0], [1, 2, 3]])],
            {},
        )
    ],
    "quantizeLinear": [lambda rng, dtype: ([floats(rng, dtype, 4, 6), floats(rng, dtype, 2, 1, low=0.1), np.uint8([[3], [200]])], {})],
}
"""For each operator with an emulation, uses of it; arguments stay away from where a difference cancels."""

MARGIN = {"gru": 2, "gruCell": 2, "lstm": 2, "lstmCell": 2, "layerNormalization": 2, "batchNormalization": 2}
"""Where results cross zero, ULP measure little: a body may then be off by so many ULP of one."""


def graph_of(method: str, use: Use) -> tuple[Graph, dict[str, np.ndarray]]:
    builder = MLGraphBuilder()
    arrays: dict[str, np.ndarray] = {}

    def given(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        name = f"x{len(arrays)}"
        arrays[name] = value
        return builder.input(name, {"dataType": DataType.of(value.dtype), "shape": value.shape})

    arguments, options = use
    outputs = getattr(builder, method)(*map(given, arguments), **{name: given(value) for name, value in options.items()})
    operands = outputs if isinstance(outputs, tuple) else (outputs,)
    return builder.finish({f"y{i}": operand for i, operand in enumerate(operands)}), arrays


def test_every_emulation_has_a_use() -> None:
    assert set(USES) == {name for name, operator in OPERATORS.items() if operator.has_emulation()}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize(("name", "use"), [(name, use) for name, uses in USES.items() for use in uses])
def test_emulation_agrees_with_the_operator(reference: MLContext, name: str, use: Callable[[Random, Any], Use], dtype: Any) -> None:
    graph, arrays = graph_of(OPERATORS[name].method, use(np.random.default_rng(4), dtype))
    replaced = emulated(graph, lambda op: op.name == name)
    assert name not in {op.name for op in replaced.operators}
    assert replaced.output_descriptors == graph.output_descriptors
    expected, got = (reference.compile(g)(**arrays) for g in (graph, replaced))
    operator = graph.operators[0]
    for output, array in expected.items():
        bound = bound_of(operator, DataType.of(array.dtype))
        margin = MARGIN.get(name, 0) * float(np.finfo(dtype).eps)
        found = compare(got[output], array, Bound(bound.ulp, max(bound.absolute, margin), bound.zero_sign))
        assert found.agrees, f"{output}: {found}"


def needed(graph: Graph) -> set[str]:
    return {op.name for op in graph.operators}


def test_emulation_goes_on_until_nothing_is_lacking() -> None:
    graph, _ = graph_of("lstm", gates(np.random.default_rng(0), np.float32, 4, False, 2, direction="both"))
    lacking = {"lstm", "lstmCell", "sigmoid", "tanh", "split"}
    replaced = emulated(graph, lambda op: op.name in lacking)
    assert not lacking & needed(replaced)
    assert {"matmul", "exp", "slice"} <= needed(replaced)


def test_operator_without_emulation_stays_for_the_backend_to_refuse() -> None:
    graph, _ = graph_of("softplus", unary()(np.random.default_rng(0), np.float32))
    assert "exp" in needed(emulated(graph, lambda op: op.name in {"softplus", "exp"}))


def test_graph_that_lacks_nothing_is_left_alone() -> None:
    graph, _ = graph_of("gelu", unary()(np.random.default_rng(0), np.float32))
    assert emulated(graph, lambda op: False) is graph


def test_sequence_that_no_split_can_cut_is_refused() -> None:
    b = MLGraphBuilder()
    x, w, r = (
        b.input(name, {"dataType": "float32", "shape": shape}) for name, shape in (("x", [9000, 1, 1]), ("w", [1, 3, 1]), ("r", [1, 3, 1]))
    )
    graph = b.finish({"y": b.gru(x, w, r, 9000, 1)[0]})
    with pytest.raises(Unsupported, match="gru is refused: it cannot be emulated: 9000 steps"):
        emulated(graph, lambda op: op.name == "gru")


def test_only_the_lacking_uses_are_replaced(builder: MLGraphBuilder) -> None:
    x = builder.input("x", {"dataType": "float32", "shape": [2]})
    h = builder.input("h", {"dataType": "float16", "shape": [2]})
    graph = builder.finish({"x": builder.elu(x), "h": builder.elu(h)})
    replaced = emulated(graph, lambda op: op.output.data_type == "float16")
    assert [op.input.data_type for op in replaced.operators if op.name == "elu"] == ["float32"]


def test_inputs_outputs_constants_and_labels_are_kept(builder: MLGraphBuilder) -> None:
    x = builder.input("x", {"dataType": "float32", "shape": [2]})
    weights = builder.constant(np.ones(2, np.float32))
    gelu = builder.gelu(builder.add(x, weights, label="sum"))
    graph = builder.finish({"y": gelu, "same": gelu})
    replaced = emulated(graph, lambda op: op.name == "gelu")
    assert (replaced.input_descriptors, replaced.output_descriptors) == (graph.input_descriptors, graph.output_descriptors)
    assert replaced.outputs["y"] is replaced.outputs["same"]
    assert np.shares_memory(replaced.constants[0].value, weights.value)
    assert replaced.operators[0].label == "sum"


def test_output_that_became_an_input_passes_through_an_identity(builder: MLGraphBuilder) -> None:
    graph = builder.finish({"y": builder.relu(builder.input("x", {"dataType": "float32", "shape": [2]}))})
    rewriter = Rewriter(graph)
    rewriter.replace(graph.operators[0], (rewriter.new[graph.inputs["x"]],))
    assert needed(rewriter.finish()) == {"identity"}
