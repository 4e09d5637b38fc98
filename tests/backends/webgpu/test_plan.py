"""Plans, made without a device."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webnpu.errors import Unsupported
from webnpu.graph import Graph

from .parts import BACKEND, builder, descriptor, expected, limits, needs_adapter, part, run_with

arena, cost, views = part("arena"), part("cost"), part("views")
Plan = part("plan").Plan

lifetimes = st.lists(
    st.tuples(st.integers(1, 1000), st.integers(0, 30), st.integers(0, 10)).map(lambda t: arena.Lifetime(t[0] * 4, t[1], t[1] + t[2])),
    max_size=40,
)


@given(lifetimes)
def test_no_two_live_buffers_share_a_slot(held: list) -> None:
    places, slots = arena.place(held)
    for i, one in enumerate(held):
        assert slots[places[i]] >= one.byte_length
        for j, other in enumerate(held[:i]):
            assert places[i] != places[j] or not one.overlaps(other)
    assert sum(slots) >= arena.lower_bound(held)


@given(lifetimes)
def test_each_buffer_has_the_first_slot_that_is_free(held: list) -> None:
    places = arena.place(held)[0]
    placed: list[int] = []
    for i in sorted(range(len(held)), key=lambda i: (-held[i].byte_length, held[i].first)):
        taken = {places[j] for j in placed if held[i].overlaps(held[j])}
        assert places[i] == next(slot for slot in range(len(held)) if slot not in taken)
        placed.append(i)


def test_buffers_one_after_another_share_two_slots() -> None:
    held = [arena.Lifetime(100, moment, moment + 1) for moment in range(10)]
    assert arena.place(held)[1] == [100, 100]
    assert arena.lower_bound(held) == 200


@given(st.lists(st.integers(1, 4), max_size=5), st.data())
def test_a_view_says_what_numpy_does(shape: list[int], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(shape))))
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    strides = views.strides_of(shape)
    view = views.view([shape[axis] for axis in order], [strides[axis] for axis in order])
    places = [0] if not view.sizes else np.ravel(_places(view))
    assert list(places) == list(x.transpose(order).ravel())


def _places(view: object) -> np.ndarray:
    coordinates = np.indices(view.sizes)  # type: ignore[attr-defined]
    return sum(c * s for c, s in zip(coordinates, view.strides, strict=True))  # type: ignore[attr-defined,no-any-return]


def test_a_transpose_of_neighbours_has_two_dimensions() -> None:
    assert views.view((4, 5, 6), (1, 24, 4)).sizes == (4, 30)


@pytest.mark.parametrize(("groups", "most"), [(1, 65535), (65535, 65535), (65536, 65535), (10**7, 65535), (17, 4), (64, 4)])
def test_a_grid_is_folded_into_what_a_dimension_allows(groups: int, most: int) -> None:
    grid = cost.folded(groups, most)
    assert groups <= np.prod(grid) < 2 * groups + most
    assert max(grid) <= most


def _encoder_layer() -> object:
    b = builder()
    x = b.input("x", descriptor("float32", 4, 8))
    w, bias = (b.constant(np.ones(shape, np.float32)) for shape in ((8, 8), (8,)))
    y = b.gelu(b.add(b.matmul(x, w), bias))
    return b.finish({"y": b.layer_normalization(b.add(y, x), axes=[1])})


def test_a_bias_an_activation_and_a_residual_are_fused_into_the_product() -> None:
    plan = BACKEND.lower(_encoder_layer()).plan
    assert [step.kernel for step in plan.steps] == ["matmul", "normalize"]
    assert [operation.function for operation in plan.steps[0].chain] == ["add_float", "gelu_float", "add_float"]
    assert plan.steps[0].operators == (0, 1, 2, 3)


def test_an_operand_that_is_used_twice_is_not_fused_away() -> None:
    b = builder()
    x = b.input("x", descriptor("float32", 4))
    y = b.exp(x)
    plan = BACKEND.lower(b.finish({"a": b.neg(y), "b": b.abs(y)})).plan
    assert plan.dispatches == 3


def test_chains_on_both_sides_become_one_dispatch() -> None:
    b = builder()
    x, z = b.input("x", descriptor("float32", 4)), b.input("z", descriptor("float32", 4))
    plan = BACKEND.lower(b.finish({"y": b.mul(b.exp(b.neg(x)), b.sqrt(b.abs(z)))})).plan
    assert plan.dispatches == 1
    assert len(plan.steps[0].chain) == 5


def test_reshape_and_identity_take_no_dispatch() -> None:
    b = builder()
    x = b.input("x", descriptor("float32", 2, 3))
    plan = BACKEND.lower(b.finish({"y": b.relu(b.identity(b.reshape(b.neg(x), [6])))})).plan
    assert plan.dispatches == 1


def test_an_output_that_is_an_input_as_it_lies_is_copied() -> None:
    b = builder()
    x = b.input("x", descriptor("float32", 2, 3))
    plan = BACKEND.lower(b.finish({"y": b.reshape(x, [6]), "z": b.reshape(x, [3, 2])})).plan
    assert [step.kernel for step in plan.steps] == ["copy", "copy"]


def test_a_plan_survives_json() -> None:
    plan = BACKEND.lower(_encoder_layer()).plan
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_concat_of_a_hundred_keeps_the_bindings_of_every_device() -> None:
    b = builder()
    parts = [b.input(f"x{i}", descriptor("uint8", 3)) for i in range(100)]
    plan = BACKEND.lower(b.finish({"y": b.concat(parts, 0)})).plan
    assert plan.dispatches == 19
    assert max(len(step.bindings) for step in plan.steps) <= plan.limits.storage_buffers


def test_fusion_stops_where_bindings_end() -> None:
    b = builder()
    inputs = [b.input(f"x{i}", descriptor("float32", 4)) for i in range(20)]
    y = inputs[0]
    for x in inputs[1:]:
        y = b.add(y, x)
    plan = BACKEND.lower(b.finish({"y": y})).plan
    assert max(len(step.bindings) for step in plan.steps) <= 8
    assert plan.dispatches == 4


def test_what_needs_more_bindings_than_there_are_is_refused() -> None:
    b = builder()
    x, z = (b.input(name, descriptor("float32", 4096)) for name in "xz")
    with pytest.raises(Unsupported, match="storage buffers of 4096 bytes"):
        BACKEND.lower(b.finish({"y": b.matmul(b.reshape(x, [64, 64]), b.reshape(z, [64, 64]))}), limits(binding_bytes=4096))


def test_constants_that_no_step_reads_are_left_out() -> None:
    b = builder()
    x = b.input("x", descriptor("float32", 4))
    lowered = BACKEND.lower(b.finish({"y": b.add(x, b.constant(np.ones(1, np.float32)))}))
    assert lowered.constants == {}
    assert "number(0x3f800000u)" in lowered.plan.steps[0].chain[0].arguments


def _attention(data_type: str = "float32") -> Graph:
    """Heads taken apart, multiplied, and put together again."""
    b = builder()
    x, y = (b.input(name, descriptor(data_type, 64, 256)) for name in "xy")
    queries = b.transpose(b.reshape(b.relu(x), [64, 4, 64]), permutation=[1, 0, 2])
    keys, values = (b.transpose(b.reshape(y, [64, 4, 64]), permutation=order) for order in ([1, 2, 0], [1, 0, 2]))
    mixed = b.transpose(b.matmul(b.matmul(queries, keys), values), permutation=[1, 0, 2])
    return b.finish({"z": b.add(b.reshape(mixed, [64, 256]), b.constant(np.ones(256, data_type)))})


def test_products_read_and_write_transposed_operands_themselves() -> None:
    plan = BACKEND.lower(_attention()).plan
    assert [step.kernel for step in plan.steps] == ["elementwise", "product_small", "product_small"]


@needs_adapter
@pytest.mark.parametrize("data_type", ["float32", "float16"])
def test_transposed_products_are_right(data_type: str) -> None:
    graph = _attention(data_type)
    inputs = {name: np.random.default_rng(3).integers(-1, 2, (64, 256)).astype(data_type) for name in "xy"}
    assert (run_with(graph, inputs)["z"] == expected(graph, inputs)["z"]).all()
