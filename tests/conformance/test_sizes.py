"""The corpus of sizes: that it goes past every limit; a sample of it on every backend; and what the judge does at size."""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
import pytest

from webnpu.agreement import Bound, bound_of
from webnpu.backend import Backend, backend_names, load_backend
from webnpu.conformance.comparison import CHUNK, compare
from webnpu.conformance.corpus.data import Source
from webnpu.conformance.expectations import expectation_of, load_expectations
from webnpu.conformance.sizes import FAMILIES, LIMITS, SizeCase, bound_at_size, recipes, sample, size_cases
from webnpu.conformance.sizes.recipe import TYPES, types_of
from webnpu.conformance.sizes.tensors import Coordinates, Places, Tiled
from webnpu.conformance.suite import Suite
from webnpu.conformance.verdicts import judge
from webnpu.errors import NotSupportedError
from webnpu.graph import Graph
from webnpu.operators import FAMILIES as OPERATOR_FAMILIES
from webnpu.operators import OPERATORS
from webnpu.types import Array, DataType

from .test_backends import HERE

BACKENDS = [name for name in backend_names() if name != "browser"]
"""Those that run the sample here; the browser backend has a part of it, in tests/backends/browser."""


class Made:
    """A case whose arrays are made once for all backends."""

    def __init__(self, case: SizeCase) -> None:
        self.id, self.operator, self.type, self.document = case.id, case.operator, case.type, case.document
        self._made = case.made()
        self._expected = [*case.expected(*self._made)]

    def made(self) -> tuple[Graph, dict[str, Array]]:
        return self._made

    def expected(self, graph: Graph, inputs: Mapping[str, Array]) -> list[tuple[str, Array, Bound]]:
        return self._expected


@lru_cache(maxsize=1)
def made(id: str) -> Made:
    return Made(SizeCase(id))


@cache
def backend_or_reason(name: str) -> Backend | str:
    """A backend, or why it cannot run here."""
    try:
        backend = load_backend(name)
        availability = backend.available()
    except NotSupportedError as error:
        return str(error)
    return backend if availability.ok else availability.reason


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("id", [case.id for case in sample()])
def test_backend(id: str, name: str) -> None:
    backend = backend_or_reason(name)
    if isinstance(backend, str):
        pytest.skip(f"{name} cannot run here: {backend}")
    result = judge(backend, made(id))
    expected = expectation_of(result, load_expectations(HERE / "expected_failures" / "sizes" / f"{name}.toml"))
    assert not result.counts_as_failure or expected, f"{result.verdict}: {result.reason}"


@cache
def limits_by_operator() -> Mapping[str, frozenset[str]]:
    return {name: frozenset().union(*(case.past for case in size_cases() if case.operator == name)) for name in OPERATORS}


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_has_a_case_past_every_limit_that_concerns_it(name: str) -> None:
    concerning = {limit for limit, rule in LIMITS.items() if rule.concerns(OPERATORS[name])}
    assert {"dimension", "bytes", "workgroups"} <= concerning
    assert limits_by_operator()[name] >= concerning


def test_every_limit_concerns_an_operator() -> None:
    for name, limit in LIMITS.items():
        assert any(limit.concerns(operator) for operator in OPERATORS.values()), name
        assert len(limit.about) > 3


def test_the_page_lists_the_limits() -> None:
    page = (HERE.parents[1] / "docs" / "sizes.md").read_text(encoding="utf-8")
    table = page.split("\n| limit |", 1)[1].split("\n\n", 1)[0]
    listed = re.findall(r"^\| `([a-z0-9-]+)` \| ([^|]+) \|", table, re.MULTILINE)
    assert listed == [(name, limit.about) for name, limit in LIMITS.items()]


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_has_a_long_case_in_every_type_in_which_sizes_differ(name: str) -> None:
    operand = "true_value" if name == "where" else None
    long = [case for case in size_cases() if case.operator == name and case.bytes < 2**30]
    seen = {t.data_type for case in long for t in case.recipe.operands.values() if not isinstance(t, tuple)}
    seen |= {DataType(case.type) for case in long}
    assert seen >= set(types_of(OPERATORS[name], operand))


def test_families_are_those_of_the_operators() -> None:
    assert [family.__name__.rpartition(".")[2] for family in FAMILIES] == [
        family.__name__.rpartition(".")[2] for family in OPERATOR_FAMILIES
    ]


def test_ids_are_unique_and_say_what_they_are_about() -> None:
    assert len({case.id for case in size_cases()}) == len(size_cases()) > 1000
    for id, recipe in recipes().items():
        assert id.startswith(f"{recipe.operator.name}/{recipe.type}/")
        assert len(recipe.about) > 3
        assert not recipe.about.endswith(".")


def test_the_sample_has_every_operator_and_takes_little_memory() -> None:
    chosen = sample()
    assert {case.operator for case in chosen} == set(OPERATORS)
    assert all(case.bytes < 2**26 for case in chosen if case.id != "reduceSum/float32/ones")
    assert {"axis-20", "window", "steps", "rank-8", "operands"} <= frozenset().union(*(case.past for case in chosen))


@pytest.mark.parametrize("id", [case.id for case in size_cases() if case.recipe.operator.agreement.kind == "accumulation"])
def test_no_bound_hides_a_missing_part(id: str) -> None:
    """A sum of numbers above zero that lacks one term in fifty, or in five hundred in float32, is beyond the bound."""
    for operand in SizeCase(id).outline.outputs.values():
        assert operand.operator is not None
        bound, own = SizeCase(id).recipe.bound(operand.operator, operand.data_type), bound_of(operand.operator, operand.data_type)
        assert bound.ulp <= own.ulp
        if operand.data_type.is_float:
            assert bound.ulp <= (2**23 / 500 if operand.data_type is DataType.FLOAT32 else 2**10 / 50)
            assert bound.absolute == own.absolute == 0


def test_a_bound_grows_as_what_blocks_lose() -> None:
    assert bound_at_size(Bound(255)) == Bound(255)
    assert bound_at_size(Bound(2**16)) == Bound(512)
    assert bound_at_size(Bound(2**24, 0.5, True)) == Bound(2**13, 0.5, True)


def test_sums_in_blocks_are_within_the_bound_and_half_a_sum_is_not() -> None:
    case = SizeCase("reduceSum/float32/fractions-longest")
    graph, inputs = case.made()
    ((_, expected, bound),) = case.expected(graph, inputs)
    (x,) = inputs.values()
    blocks = np.add.reduceat(x, np.arange(0, x.size, 4096), dtype=np.float32)
    assert compare(np.cumsum(blocks, dtype=np.float32)[-1:].reshape(expected.shape), expected, bound).agrees
    assert not compare(np.asarray(x[:-4096].sum(dtype=np.float64), np.float32) * np.float32(0.99), expected, bound).agrees
    half = np.asarray(x[: x.size // 2].sum(dtype=np.float64)).astype(np.float32)
    assert not compare(half, expected, bound).agrees


def test_a_tiled_tensor_repeats_its_pattern_and_has_its_end() -> None:
    array = Tiled(DataType.FLOAT32, (3, 65537), last=(7, 8)).array(Source("x")).ravel()
    np.testing.assert_array_equal(array[:-2], np.resize(array[:8191], array.size)[:-2])
    assert [*array[-2:]] == [7, 8]
    assert len({*array[:8191]}) > 8000


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("shape", [(65537,), (3, 65537), (65537, 3), (2, 1009, 3)])
def test_places_are_each_there_once(shape: tuple[int, ...], negative: bool) -> None:
    axis = int(np.argmax(shape))
    places = Places(DataType.INT32, shape, size=shape[axis], axis=axis, negative=negative).array(Source("x"))
    assert places.shape == shape
    assert (places < 0).any() == negative
    wanted = np.broadcast_to(np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))]), shape)
    np.testing.assert_array_equal(np.sort(places % shape[axis], axis=axis), wanted)


def test_coordinates_are_each_there_once() -> None:
    places = Coordinates(DataType.INT64, (12, 2), within=(3, 4)).array(Source("x"))
    assert sorted(map(tuple, places.tolist())) == [(i, j) for i in range(3) for j in range(4)]


def test_numbers_are_those_of_splitmix64() -> None:
    """The same as in the ordinary corpus, where they were Python's integers at first."""
    source = Source("a name")
    state, numbers = source._state, []
    for _ in range(5):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        x = state
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
        numbers.append(x ^ (x >> 31))
    assert [int(n) for part in (source.bits(2), source.bits(0), source.bits(3)) for n in part] == numbers


def test_a_case_goes_to_a_worker_by_name_alone() -> None:
    case = SizeCase("add/float32/vast")
    assert len(pickle.dumps(case)) < 500
    assert pickle.loads(pickle.dumps(case)) == case
    assert case.bytes > 2**29
    assert case.document["operators"][0]["operator"] == "add"


def test_cases_that_take_too_much_memory_are_left_out_with_the_reason() -> None:
    suite = Suite([*size_cases()])
    left_out = suite.leave_out(2e8, jobs=2)
    assert "add/float32/vast" in left_out
    assert "for each of 2 at a time" in left_out["add/float32/vast"]
    assert "add/float32/long" in {case.id for case in suite.cases}
    assert len(suite.cases) + len(left_out) == len(size_cases())
    assert max(SizeCase(case.id).bytes for case in suite.cases) <= 1e8


def test_parts_of_an_output_are_compared_as_the_whole() -> None:
    expected = np.zeros(2 * CHUNK + 3, np.float32)
    actual = expected.copy()
    assert compare(actual, expected, Bound()).agrees
    actual[[5, CHUNK + 7, -1]] = [1e-45, 2e-45, 1]
    found = compare(actual, expected, Bound(2))
    assert not found.agrees
    assert found.ulp == int(np.float32(1).view(np.int32))
    assert f"got 1.0, expected 0.0 at [{2 * CHUNK + 2}]" in found.reason
    assert f"; 1 of {actual.size} elements are wrong" in found.reason
    assert "3 of" in compare(actual, expected, Bound()).reason
    actual[-1] = math.nan
    assert compare(actual, expected, Bound(2)).ulp is None
    assert "one is NaN" in compare(actual, expected, Bound(2)).reason


def test_types_are_those_of_every_width() -> None:
    assert {t.bits for t in TYPES} == {8, 16, 32, 64}
