"""Programs, tensors and contexts used from many threads at once: every answer is that of its own call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from webnpu import ML, InvalidStateError, MLContext, MLGraphBuilder, WebNPUError
from webnpu.backend import Backend, backend_names, load_backend
from webnpu.graph import Graph
from webnpu.reference import ReferenceBackend

THREADS = 8
TURNS = 12
SIDE = 24


def layers(seed: int = 0, depth: int = 3) -> Graph:
    """Some products with activations between, whose result tells which input it was computed from."""
    rng = np.random.default_rng(seed)
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [4, SIDE]})
    y: Any = x
    for _ in range(depth):
        y = b.relu(b.matmul(y, b.constant(rng.normal(size=(SIDE, SIDE), scale=0.3).astype(np.float32))))
    return b.finish({"y": y, "sum": b.reduce_sum(x, axes=[1])})


GRAPH = layers()
INPUTS = [np.random.default_rng(number).normal(size=(4, SIDE)).astype(np.float32) for number in range(16)]
EXPECTED = [ReferenceBackend().compile(GRAPH).run({"x": x}) for x in INPUTS]


def check(results: dict[str, np.ndarray], number: int) -> None:
    for name, want in EXPECTED[number].items():
        np.testing.assert_allclose(results[name], want, rtol=1e-4, atol=1e-4, err_msg=f"input {number}, output {name}")


def at_once(work: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """What a function gives in some threads that begin together; it is given the number of its thread."""
    barrier = threading.Barrier(threads)

    def begin(number: int) -> Any:
        barrier.wait(30)
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def often(call: Callable[[int], Any]) -> Callable[[int], None]:
    """Call with input after input, each thread in an order of its own."""

    def work(thread: int) -> None:
        for turn in range(TURNS):
            call((thread * 5 + turn * 3) % len(INPUTS))

    return work


def test_one_program_is_called_from_many_threads(every: Backend) -> None:
    program = every.compile(GRAPH)
    at_once(often(lambda number: check(program.run({"x": INPUTS[number]}), number)))


def test_tensors_of_their_own_are_dispatched_from_many_threads(every: Backend) -> None:
    program = every.compile(GRAPH)

    def work(thread: int) -> None:
        given = {"x": every.create_tensor(GRAPH.input_descriptors["x"])}
        wanted = {name: every.create_tensor(d) for name, d in GRAPH.output_descriptors.items()}

        def call(number: int) -> None:
            given["x"].write(INPUTS[number])
            program.dispatch(given, wanted)
            check({name: tensor.read() for name, tensor in wanted.items()}, number)

        often(call)(thread)

    at_once(work)


def test_graphs_are_built_run_and_explained_at_once(every: Backend) -> None:
    def work(thread: int) -> None:
        for _ in range(2):
            program = every.compile(layers(thread))
            expected = ReferenceBackend().compile(layers(thread)).run({"x": INPUTS[thread]})
            found = program.run({"x": INPUTS[thread]})
            np.testing.assert_allclose(found["y"], expected["y"], rtol=1e-4, atol=1e-4)
            assert len(program.explain().operators) == len(layers(thread).operators)
            program.destroy()

    at_once(work, 4)


def test_program_explains_itself_while_it_runs(every: Backend) -> None:
    program = every.compile(GRAPH)

    def work(thread: int) -> None:
        if thread % 2:
            for _ in range(TURNS):
                assert len(program.explain().operators) == len(GRAPH.operators)
        else:
            often(lambda number: check(program.run({"x": INPUTS[number]}), number))(thread)

    at_once(work)


def test_tensor_is_written_and_read_whole(every: Backend) -> None:
    d = GRAPH.input_descriptors["x"]
    tensor = every.create_tensor(d)
    tensor.write(np.zeros(d.shape, np.float32))

    def work(thread: int) -> None:
        for turn in range(TURNS):
            if thread % 2:
                tensor.write(np.full(d.shape, thread * 100 + turn, np.float32))
            else:
                found = tensor.read()
                assert (found == found.flat[0]).all()

    at_once(work)


def test_program_that_is_destroyed_while_it_runs_gives_the_right_answer_or_says_so(every: Backend) -> None:
    for _ in range(3):
        program = every.compile(GRAPH)

        def work(thread: int, program: Any = program) -> None:
            if thread == 0:
                program.destroy()
                return
            for turn in range(4):
                try:
                    found = program.run({"x": INPUTS[turn]})
                except WebNPUError:
                    continue
                check(found, turn)

        at_once(work, 4)
        with pytest.raises(InvalidStateError):
            program.run({"x": INPUTS[0]})


def test_calls_leave_the_event_loop_free(every: Backend) -> None:
    program = every.compile(GRAPH)

    async def calls() -> None:
        numbers = [number % len(INPUTS) for number in range(40)]
        results = await asyncio.gather(*(asyncio.to_thread(program.run, {"x": INPUTS[number]}) for number in numbers))
        for number, result in zip(numbers, results, strict=True):
            check(result, number)
        check(program.run({"x": INPUTS[3]}), 3)  # in the loop's own thread too

    asyncio.run(calls())


def test_backends_are_found_once() -> None:
    for name in backend_names():
        found = at_once(lambda thread, name=name: load_backend(name))
        assert all(backend is found[0] for backend in found)


@pytest.mark.parametrize("name", ["reference", "tflite", "webgpu", "coreml"])
def test_contexts_are_made_at_once(name: str) -> None:
    if not load_backend(name).available().ok:
        pytest.skip(f"{name} cannot run here")

    def work(thread: int) -> None:
        for number in range(3):
            context = ML().create_context(backend=name)
            tensor = context.create_tensor(GRAPH.input_descriptors["x"], readable=True, writable=True)
            context.write_tensor(tensor, INPUTS[number])
            np.testing.assert_array_equal(context.read_tensor(tensor), INPUTS[number])
            context.destroy()

    at_once(work)


def test_context_is_lost_once_whoever_destroys_it() -> None:
    for _ in range(10):
        context = MLContext(ReferenceBackend())
        graph = context.compile(GRAPH)

        def work(thread: int, context: MLContext = context, graph: Any = graph) -> None:
            try:
                for _ in range(20):
                    context.create_tensor(GRAPH.input_descriptors["x"])
                    if thread == 0:
                        context.destroy()
                    check(graph(x=INPUTS[1]), 1)
            except InvalidStateError:
                assert context.lost.done()

        at_once(work)
        assert context.lost.result(0).message == "the context was destroyed"
