"""Programs and tensors on a page; pages that crash, hang, or have lost what lived on them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from webnpu import ML, MLGraphBuilder
from webnpu.backend import Backend, load_backend
from webnpu.errors import DeviceLost, InvalidStateError, OperationError
from webnpu.graph import Graph
from webnpu.operators import OPERATORS
from webnpu.types import DataType, OperandDescriptor


def negation(*shape: int, data_type: DataType = DataType.FLOAT32) -> Graph:
    b = MLGraphBuilder()
    return b.finish({"y": b.neg(b.input("x", OperandDescriptor(data_type, shape)))})


def test_runs_graphs_with_constants(plain: Backend) -> None:
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [2, 3]})
    weights = np.arange(12, dtype=np.float32).reshape(3, 4)
    product = b.matmul(x, b.constant(weights))
    program = plain.compile(b.finish({"product": product, "sum": b.reduce_sum(product)}))
    given = np.ones((2, 3), np.float32)
    outputs = program.run({"x": given})
    np.testing.assert_array_equal(outputs["product"], given @ weights)
    np.testing.assert_array_equal(outputs["sum"], (given @ weights).sum())
    program.destroy()


@pytest.mark.parametrize("data_type", [DataType.INT64, DataType.FLOAT16, DataType.INT8])
def test_every_type_crosses(plain: Backend, data_type: DataType) -> None:
    given = np.array([-3, 0, 100], data_type.numpy)
    np.testing.assert_array_equal(plain.compile(negation(3, data_type=data_type)).run({"x": given})["y"], -given)


def test_large_tensors_cross_by_mail(plain: Backend) -> None:
    given = np.arange(3_000_000, dtype=np.float32)
    np.testing.assert_array_equal(plain.compile(negation(3_000_000)).run({"x": given})["y"], -given)


def test_tensors_stay_on_the_page(plain: Backend) -> None:
    context = ML().create_context(backend="browser:cpu")
    graph = context.compile(negation(4))
    descriptor = {"dataType": "float32", "shape": [4], "readable": True, "writable": True}
    first, second = context.create_tensor(descriptor), context.create_tensor(descriptor)
    context.write_tensor(first, [1, 2, 3, 4])
    context.dispatch(graph, {"x": first}, {"y": second})
    context.dispatch(graph, {"x": second}, {"y": first})
    np.testing.assert_array_equal(context.read_tensor(second), [-1, -2, -3, -4])
    np.testing.assert_array_equal(context.read_tensor(first), [1, 2, 3, 4])
    context.destroy()


def test_explains_each_operator(plain: Backend) -> None:
    report = plain.compile(negation(2)).explain()
    assert [entry.operator for entry in report.operators] == ["neg"]
    assert "plain TypeScript" in report.device


def test_limits_are_those_of_the_page(plain: Backend) -> None:
    limits = plain.support_limits()
    assert set(OPERATORS) <= set(limits)
    assert limits["relu"]["input"]["dataTypes"]


def test_webgpu_is_what_the_variant_says(gpu: Backend) -> None:
    assert "WebGPU" in gpu.available().reason
    given = np.arange(6, dtype=np.float32)
    np.testing.assert_array_equal(gpu.compile(negation(6)).run({"x": given})["y"], -given)


def test_callers_may_have_an_event_loop_or_threads(plain: Backend) -> None:
    program = plain.compile(negation(1))

    async def inside() -> float:
        return float(program.run({"x": np.ones(1, np.float32)})["y"][0])

    assert asyncio.run(inside()) == -1
    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda i: program.run({"x": np.full(1, i, np.float32)})["y"][0], range(16))
        assert list(results) == [-i for i in range(16)]


def end_page(backend: Backend) -> None:
    """Crash the page."""
    session = backend.session  # type: ignore[attr-defined]
    page, thread = session._started()

    async def crash() -> None:
        await page._page.goto("chrome://crash")

    with pytest.raises(Exception, match=r"crash|closed|interrupted|aborted|ERR_"):
        thread.run(crash(), 20)


def test_a_page_that_crashes_is_replaced(plain: Backend) -> None:
    program = plain.compile(negation(1))
    end_page(plain)
    with pytest.raises((OperationError, DeviceLost)):
        program.run({"x": np.ones(1, np.float32)})
    assert plain.compile(negation(1)).run({"x": np.ones(1, np.float32)})["y"] == -1
    with pytest.raises(DeviceLost):
        program.run({"x": np.ones(1, np.float32)})
    program.destroy()


def test_a_context_on_a_page_that_crashed_is_lost(plain: Backend) -> None:
    context = ML().create_context(backend="browser:cpu")
    tensor = context.create_tensor({"dataType": "float32", "shape": [1], "readable": True})
    end_page(plain)
    for _ in range(2):
        with pytest.raises((OperationError, InvalidStateError)):
            context.read_tensor(tensor)
    assert context.lost.done()


def test_a_page_that_hangs_is_ended(plain: Backend) -> None:
    variant = type(plain).variant("cpu")  # a browser of its own
    options = variant.options  # type: ignore[attr-defined]
    patience = options.timeout
    variant.available()
    page, thread = variant.session._started()  # type: ignore[attr-defined]
    object.__setattr__(options, "timeout", 3.0)  # once it has started, which takes longer on a slow machine
    thread.run(page._page.evaluate("() => { setTimeout(() => { for (;;); }) }"), 10)
    try:
        with pytest.raises(OperationError, match="within 3 s"):
            variant.compile(negation(1))
        object.__setattr__(options, "timeout", patience)
        assert variant.compile(negation(1)).run({"x": np.ones(1, np.float32)})["y"] == -1
    finally:
        variant.close()  # type: ignore[attr-defined]


def test_closing_ends_the_browser_and_the_next_call_starts_it(plain: Backend) -> None:
    plain.close()  # type: ignore[attr-defined]
    assert plain.compile(negation(1)).run({"x": np.ones(1, np.float32)})["y"] == -1


def test_the_browser_is_never_chosen_by_hints() -> None:
    for accelerated in (True, False):
        assert ML().create_context(accelerated=accelerated).backend.name != load_backend("browser").name
