"""float16 operator by operator, unsigned and narrow integers, and the limits that the backend declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tflite_graphs import BACKEND, REFERENCE, both, kinds, tensor

from webnpu import MLGraphBuilder
from webnpu.conformance.cases import Case, case_files, load_file
from webnpu.operators import OPERATORS
from webnpu.types import FLOATS, DataType

CORPUS = Path(__file__).parents[2] / "conformance" / "cases"
FLOAT16 = DataType.FLOAT16


def test_every_result_is_rounded_to_float16() -> None:
    """1 + 2**-11 rounds to 1, so that the sum of three terms is 1 and not the 1.001 that float32 would keep."""
    b: Any = MLGraphBuilder()
    x, y = b.input("x", tensor(FLOAT16, 1)), b.input("y", tensor(FLOAT16, 1))
    graph = b.finish({"z": b.add(b.add(x, y), y)})
    one, tiny = np.ones(1, np.float16), np.full(1, 2**-11, np.float16)
    ours, expected = both(graph, x=one, y=tiny)
    assert ours["z"].dtype == np.float16
    assert ours["z"] == expected["z"] == 1


def test_a_chain_that_rounds_nothing_casts_only_at_its_ends() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT16, 2, 3))
    y = b.clamp(b.transpose(b.relu(b.max(x, b.constant(DataType.FLOAT16, 0.5)))), max_value=3)
    assert kinds(b.finish({"y": y}))["CAST"] == 2


def test_a_large_float16_constant_stays_float16_in_the_file() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(FLOAT16, 2, 128))
    w = np.random.default_rng(0).standard_normal((128, 64)).astype(np.float16)
    graph = b.finish({"y": b.matmul(x, b.constant(w))})
    model = BACKEND.lower(graph)
    assert model.weight_bytes < w.nbytes + 64
    assert np.shares_memory(next(t.data for t in model.tensors() if t.data is not None and t.data.size == w.size), graph.constants[0].value)
    ours, expected = both(graph, x=np.ones((2, 128), np.float16))
    assert np.allclose(ours["y"], expected["y"], atol=0.05)


@pytest.mark.parametrize("name", ["uint32", "uint64", "int64", "int8", "uint8"])
@pytest.mark.parametrize("method", ["add", "sub", "mul", "div", "max", "min", "greater", "equal"])
def test_integers_wrap_and_compare_at_the_ends_of_their_range(name: str, method: str) -> None:
    data_type = DataType(name)
    low, high = int(data_type.minimum), int(data_type.maximum)
    ends = np.array([low, high, 1, 2, high - 1, low + 1, 3, high // 2 + 1], object)
    a, c = (grid.reshape(-1).astype(data_type.numpy) for grid in np.meshgrid(ends, ends[ends != 0]))
    b: Any = MLGraphBuilder()
    x, y = b.input("x", tensor(data_type, a.size)), b.input("y", tensor(data_type, a.size))
    ours, expected = both(b.finish({"z": getattr(b, method)(x, y)}), x=a, y=c)
    assert np.array_equal(ours["z"], expected["z"])


@pytest.mark.parametrize("name", ["int32", "int64", "int8", "uint64"])
def test_integer_division_by_zero_does_not_trap(name: str) -> None:
    data_type = DataType(name)
    low = int(data_type.minimum)
    b: Any = MLGraphBuilder()
    x, y = b.input("x", tensor(data_type, 3)), b.input("y", tensor(data_type, 3))
    divisors = np.array([0, -1 if data_type.is_signed else 0, 1]).astype(data_type.numpy)
    ours, expected = both(b.finish({"z": b.div(x, y)}), x=np.array([5, low, 7]).astype(data_type.numpy), y=divisors)
    assert np.array_equal(ours["z"], expected["z"])


def test_four_bit_operands_are_one_a_byte_inside() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(DataType.INT4, 3, 2))
    graph = b.finish(
        {"y": b.dequantize_linear(x, b.constant(np.full((1, 1), 0.5, np.float32)), b.constant(tensor(DataType.INT4, 1, 1), [[1]]))}
    )
    elements = np.array([[-8, 7], [0, 1], [2, -1]]).astype(DataType.INT4.numpy)
    ours, expected = both(graph, x=elements)
    assert np.array_equal(ours["y"], expected["y"])


@pytest.mark.parametrize("mode", ["distinct", "shared"])
def test_of_several_updates_to_one_place_the_last_is_kept(mode: str) -> None:
    b: Any = MLGraphBuilder()
    count = 3000  # more than are compared with one another at a time
    places = np.arange(count) if mode == "distinct" else np.random.default_rng(0).integers(0, 50, count)
    x, i = b.input("x", tensor(DataType.FLOAT32, count)), b.input("i", tensor(DataType.INT32, count, 1))
    u = b.input("u", tensor(DataType.FLOAT32, count))
    graph = b.finish({"y": b.scatter_nd(x, i, u)})
    inputs = {"x": np.zeros(count, np.float32), "i": places.astype(np.int32).reshape(-1, 1), "u": np.arange(1, count + 1, dtype=np.float32)}
    ours, expected = both(graph, **inputs)
    assert np.array_equal(ours["y"], expected["y"])


def test_pools_never_count_padding() -> None:
    """Where an implementation pads with zeros, the maximum over numbers below zero would be zero."""
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(DataType.FLOAT32, 1, 1, 4, 4))
    options = {"window_dimensions": [3, 3], "padding": [1, 0, 2, 0], "strides": [1, 2]}
    graph = b.finish({name: getattr(b, f"{name}_pool2d")(x, **options) for name in ("max", "average", "l2")})
    ours, expected = both(graph, x=-np.ones((1, 1, 4, 4), np.float32))
    assert (ours["max"] == -1).all()
    for name in ("max", "average", "l2"):
        assert np.allclose(ours[name], expected[name], rtol=1e-6)


def test_every_operator_is_in_the_limits() -> None:
    assert set(BACKEND.support_limits()) >= set(OPERATORS)


def test_the_limits_are_those_of_webnn() -> None:
    """This backend refuses no type and no rank that the reference, which knows all of them, takes."""
    ours, all_of_it = BACKEND.support_limits(), REFERENCE.support_limits()
    for name in OPERATORS:
        assert ours[name] == all_of_it[name]


@pytest.mark.parametrize("path", case_files(CORPUS), ids=lambda path: path.stem)
def test_what_the_limits_claim_is_lowered(path: Path) -> None:
    """The first case of each data type in the corpus, without running it; `webnpu conformance` does that."""
    seen = set()
    for case in load_file(path, Case):
        if case.type not in seen:
            seen.add(case.type)
            assert BACKEND.lower(case.graph()).steps
    assert seen & {t.value for t in (*FLOATS, DataType.UINT8, DataType.INT8, DataType.INT32)}


def test_a_step_along_a_dimension_of_one_is_no_step_along_the_next() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", tensor(DataType.FLOAT32, 3, 1, 4, 3, 3))
    graph = b.finish({"y": b.slice(x, [0, 0, 0, 1, 2], [2, 1, 4, 1, 1], strides=[2, 2, 1, 2, 2])})
    array = np.arange(108, dtype=np.float32).reshape(3, 1, 4, 3, 3)
    assert np.array_equal(BACKEND.compile(graph).run({"x": array})["y"], array[0:2:2, 0:1:2, :, 1:2, 2:3])
