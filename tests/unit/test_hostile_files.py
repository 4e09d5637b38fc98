"""Bad input: whatever is done to graph files, documents and buffers, the answer is an error of ours, or a valid graph.

A run without options tries 1,500 examples in all; ``WEBNPU_HYPOTHESIS=full`` tries 10,000.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webnpu import ML, MLContext, MLGraphBuilder
from webnpu.conformance.cases import Rejection, load_file
from webnpu.conformance.compose import random_graph
from webnpu.conformance.corpus.rejections import valid_document
from webnpu.errors import FileError, GraphFileError, MLTypeError, WebNPUError
from webnpu.graph import Graph
from webnpu.graph_file import from_document, load_graph, to_document
from webnpu.operators import OPERATORS
from webnpu.types import Array, DataType

FULL = os.environ.get("WEBNPU_HYPOTHESIS") == "full"


def examples(share: int) -> Callable[[Any], Any]:
    """So many of the 1,500 examples; of the 10,000 as large a share."""
    count = share * 20 // 3 if FULL else share
    return settings(max_examples=count, deadline=None, derandomize=not FULL, suppress_health_check=list(HealthCheck))


HOSTILE: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 2**31 - 1, 2**31, 2**32, 2**53 + 1, -(2**63), 10**40, 0.5, -0.0, 1e308, float("nan"), float("inf"),
    "", "x", "c0", "v0", "NaN", "-Infinity", "float32", "int4", "complex64", "\x00", "\ud800", "conv2d", "__proto__", "é", "1" * 5000,
    [], [[]], [0], [2**32], [1] * 9, [2**31 - 1, 2**31 - 1], ["x"], [None], {}, {"x": {}}, {"dataType": "float32", "shape": [1]},
)  # fmt: skip
"""Values that stand in a place where another was expected."""

anything = st.sampled_from(HOSTILE) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=8,
)


def constants(graph: Graph) -> dict[str, Array]:
    return {graph.names[c]: c.value for c in graph.constants if c.value is not None}


def ours(action: Callable[[], object]) -> None:
    """Whatever comes of it, it is nothing but an error of ours."""
    with suppress(WebNPUError):
        action()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a document."""
    found = [path]
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(item, (*path, key))
    return found


def changed(document: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy of a document where the container and the key of one place were handed to ``change``."""
    document = copy.deepcopy(document)
    container = document
    for key in path[:-1]:
        container = container[key]
    change(container, path[-1])
    return document


def _replace(value: Any) -> Callable[[Any, Any], None]:
    return lambda container, key: container.__setitem__(key, copy.deepcopy(value))


def _drop(container: Any, key: Any) -> None:
    del container[key]


def _swallow(container: Any, key: Any) -> None:
    container[key] = copy.deepcopy(container)  # a document that nests in itself


@examples(450)
@given(st.integers(0, 400), st.data())
def test_a_document_with_a_wrong_value_is_rejected_or_valid(seed: int, data: st.DataObject) -> None:
    graph, _ = random_graph(seed, 3)
    document = to_document(graph)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([p for p in places(document) if p]))
        change = data.draw(st.sampled_from([_drop, _swallow]) | anything.map(_replace))
        document = changed(document, path, change)
    ours(lambda: from_document(document, constants(graph)))


@examples(150)
@given(anything)
def test_what_is_no_document_is_rejected(document: Any) -> None:
    with pytest.raises(GraphFileError):
        from_document(document, {})


@examples(200)
@given(st.sampled_from(list(OPERATORS)), st.data())
def test_an_operator_with_wrong_arguments_is_rejected(name: str, data: st.DataObject) -> None:
    document = valid_document(name)
    members = document["operators"][0]
    keys = data.draw(
        st.lists(st.sampled_from([*members, *(f.alias or n for n, f in OPERATORS[name].model_fields.items())]), min_size=1, max_size=3)
    )
    for key in keys:
        members[key] = data.draw(anything)
    ours(lambda: from_document(document, {}))


@examples(150)
@given(st.sampled_from(list(OPERATORS)), st.data())
def test_operands_of_any_type_and_shape_are_rejected_or_fit(name: str, data: st.DataObject) -> None:
    document = valid_document(name)
    sizes = st.lists(st.sampled_from([1, 2, 3, 4, 5, 255, 65536, 2**30, 2**31 - 1]), max_size=8)
    for declared in document["inputs"].values():
        if data.draw(st.booleans()):
            declared["shape"] = data.draw(sizes)
        if data.draw(st.booleans()):
            declared["dataType"] = data.draw(st.sampled_from([t.value for t in DataType]))
    ours(lambda: from_document(document, {}))


@examples(150)
@given(st.data())
def test_a_wrong_buffer_is_rejected(context: MLContext, data: st.DataObject) -> None:
    data_type = data.draw(st.sampled_from(list(DataType)))
    shape = data.draw(st.lists(st.integers(0, 4), max_size=3))
    buffer = data.draw(st.binary(max_size=40) | st.binary(max_size=40).map(memoryview) | arrays() | anything)
    descriptor = {"dataType": data_type.value, "shape": shape}
    ours(lambda: MLGraphBuilder().constant(descriptor, buffer))
    ours(lambda: MLGraphBuilder().constant(buffer))
    ours(lambda: MLGraphBuilder().constant(data_type.value, buffer))
    ours(lambda: context.create_constant_tensor(descriptor, buffer))
    tensor = context.create_tensor({"dataType": "float32", "shape": [2, 3]}, readable=True, writable=True)
    ours(lambda: context.write_tensor(tensor, buffer))
    ours(lambda: context.read_tensor(tensor, buffer) if buffer is not None else None)
    graph = doubled(context)
    ours(lambda: graph(x=buffer))


def arrays() -> st.SearchStrategy[Array]:
    """Arrays of many types, shapes and memory layouts."""
    dtypes = st.sampled_from(["f4", ">f4", "f2", "f8", "i1", "u1", "i4", ">i8", "u8", "?", "c8", "O", "S3", "U2", "M8[s]"])
    shapes = st.lists(st.integers(0, 4), max_size=3)
    made = st.tuples(dtypes, shapes).map(lambda pair: np.zeros(pair[1], pair[0]))
    return made | made.map(lambda array: array.T) | made.map(lambda array: array[..., ::-1] if array.ndim else array)


@pytest.fixture(scope="module")
def context() -> MLContext:
    return ML().create_context(backend="reference")


def doubled(context: MLContext) -> Any:
    b: Any = MLGraphBuilder(context)
    x = b.input("x", {"dataType": "float32", "shape": [2, 3]})
    return b.build({"y": b.add(x, x)})


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operand_from_nowhere_is_rejected(name: str) -> None:
    """One that is not there, one that comes later (a cycle), and one of another builder."""
    operator = OPERATORS[name]
    for field in operator.operand_limits:
        key = operator.model_fields[field].alias or field
        for stranger in ("nowhere", "v0", None, 5):
            document = valid_document(name)
            several = isinstance(document["operators"][0][key], list)
            document["operators"][0][key] = [stranger] if several else stranger
            if stranger is None and not operator.model_fields[field].is_required():
                continue
            with pytest.raises(GraphFileError, match=key):
                from_document(document, {})
    other = MLGraphBuilder().input("x", {"dataType": "float32", "shape": [2, 3]})
    first = next(iter(operator.operand_limits))
    with pytest.raises(MLTypeError):
        MLGraphBuilder().apply(operator, {first: [other] if name == "concat" else other})


@pytest.mark.parametrize("name", OPERATORS)
def test_an_unknown_member_is_rejected(name: str) -> None:
    document = valid_document(name)
    document["operators"][0]["anUnknownOption"] = 1
    with pytest.raises(GraphFileError, match="anUnknownOption"):
        from_document(document, {})


def test_operators_that_need_each_other_are_rejected() -> None:
    document = {
        "webnpu": 1,
        "inputs": {"x": {"dataType": "float32", "shape": [2]}},
        "operators": [
            {"operator": "add", "a": "x", "b": "v1", "outputs": ["v0"]},
            {"operator": "add", "a": "v0", "b": "x", "outputs": ["v1"]},
        ],
        "outputs": {"y": "v1"},
    }
    with pytest.raises(GraphFileError, match="v1"):
        from_document(document, {})


@pytest.mark.parametrize("shape", [[2**31], [2**31 - 1, 2], [0], [1] * 9, [2**30, 2**30, 2**30], [2**32], [-1]])
def test_huge_and_empty_shapes_are_rejected_before_anything_is_allocated(shape: list[int]) -> None:
    document = {"webnpu": 1, "inputs": {"x": {"dataType": "int8", "shape": shape}}, "operators": [], "outputs": {"y": "x"}}
    with pytest.raises(GraphFileError):
        from_document(document, {})


@pytest.mark.parametrize("duplicate", ["x", "c0", "v0"])
def test_a_name_given_twice_is_rejected(duplicate: str) -> None:
    descriptor = {"dataType": "float32", "shape": [2]}
    relu = {"operator": "relu", "input": "x", "outputs": ["v0"]}
    document = {
        "webnpu": 1,
        "inputs": {"x": descriptor},
        "constants": {"c0": descriptor},
        "operators": [relu, {**relu, "outputs": [duplicate]}],
        "outputs": {"y": "v0"},
    }
    with pytest.raises(GraphFileError, match="twice"):
        from_document(document, {"c0": np.zeros(2, np.float32)})


def test_a_deeply_nested_document_is_rejected(tmp_path: Path) -> None:
    nested = '{"webnpu": 1, "inputs": ' + "[" * 100_000 + "]" * 100_000 + "}"
    header = json.dumps({"__metadata__": {"webnpu": nested}}).encode()
    path = tmp_path / "deep.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(GraphFileError):
        load_graph(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.safetensors"):
        load_graph(tmp_path / "missing.safetensors")
    with pytest.raises(FileError, match="is a folder, no graph file"):
        load_graph(tmp_path)


def test_weights_of_another_size_are_rejected() -> None:
    document = {
        "webnpu": 1,
        "inputs": {},
        "constants": {"c0": {"dataType": "float32", "shape": [3]}},
        "operators": [{"operator": "relu", "input": "c0", "outputs": ["v0"]}],
        "outputs": {"y": "v0"},
    }
    for weights in (np.zeros(2, np.float32), np.zeros(3, np.float64), np.zeros(13, np.uint8), np.zeros((3, 1), np.int32)):
        with pytest.raises(GraphFileError, match="expected 3 elements"):
            from_document(document, {"c0": weights})


def test_a_released_buffer_is_rejected(context: MLContext) -> None:
    buffer = memoryview(bytearray(24))
    buffer.release()
    tensor = context.create_tensor({"dataType": "float32", "shape": [2, 3]}, writable=True, readable=True)
    for action in (
        lambda: MLGraphBuilder().constant({"dataType": "float32", "shape": [2, 3]}, buffer),
        lambda: context.write_tensor(tensor, buffer),
        lambda: context.read_tensor(tensor, buffer),
        lambda: doubled(context)(x=buffer),
    ):
        with pytest.raises(MLTypeError):
            action()


def test_the_rejections_of_the_corpus_stay_rejections_when_saved() -> None:
    """A document whose last operator is wrong never becomes a file; this is the same check, from JSON's own text."""
    directory = Path(__file__).parents[1] / "conformance" / "validation"
    for path in Random(0).sample(sorted(directory.glob("*.json")), 5):
        for case in load_file(path, Rejection):
            with pytest.raises(GraphFileError):
                from_document(json.loads(json.dumps(case.document)), {})
