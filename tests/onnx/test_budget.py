"""Bombs: a few bytes that ask for much. Each is refused before it is made, by a message that names the limit and the option."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from webnpu import Budget, BudgetExceeded, MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.budget import Meter, parsed
from webnpu.emulation import emulated
from webnpu.errors import MLTypeError
from webnpu.onnx import InvalidModel, UnsupportedModel, import_model, save_model
from webnpu.passes import fold_constants, optimize

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
info = helper.make_tensor_value_info


def loop_body(*nodes: Any, stops: str = "c") -> Any:
    """A body that carries one tensor from ``a`` to ``b``."""
    return helper.make_graph(
        list(nodes),
        "body",
        [info("i", INT64, []), info("c", BOOL, []), info("a", FLOAT, None)],
        [info(stops, BOOL, []), info("b", FLOAT, None)],
    )


def looped(m: Any, body: Any, steps: int | None) -> str:
    count = "" if steps is None else m.constant(np.int64(steps))
    return m("Loop", count, m.constant(np.asarray(True)), m.input("x", shape=(2,)), body=body)  # type: ignore[no-any-return]


def doubling(m: Any, count: int = 40) -> Any:
    """Functions each of which calls the one before it twice."""
    m.opsets.append(helper.make_opsetid("my", 1))
    m.functions.append(helper.make_function("my", "F0", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], m.opsets))
    for i in range(1, count):
        calls = [helper.make_node(f"F{i - 1}", [before], [after], domain="my") for before, after in (("a", "m"), ("m", "b"))]
        m.functions.append(helper.make_function("my", f"F{i}", ["a"], ["b"], calls, m.opsets))
    return m(f"F{count - 1}", m.input("x", shape=(2,)), domain="my")


def nested_loops(m: Any) -> Any:
    """4000 times 4000 times 4000 turns."""
    body = loop_body(helper.make_node("Neg", ["a"], ["b"]))
    for _ in range(2):
        body = loop_body(helper.make_node("Loop", ["n", "c", "a"], ["b"], body=body))
    m.initializers.append(helper.make_tensor("n", INT64, [], [4000]))
    return looped(m, body, 4000)


def counted(m: Any) -> Any:
    """A loop whose body says when it stops: after 10^9 turns."""
    m.initializers += [helper.make_tensor("one", INT64, [], [1]), helper.make_tensor("last", INT64, [], [10**9])]
    nodes = [helper.make_node("Add", ["i", "one"], ["j"]), helper.make_node("Less", ["j", "last"], ["d"])]
    return looped(m, loop_body(*nodes, helper.make_node("Neg", ["a"], ["b"]), stops="d"), None)


def scan(m: Any) -> Any:
    body = helper.make_graph(
        [helper.make_node("Add", ["s", "e"], ["t"]), helper.make_node("Identity", ["t"], ["o"])],
        "body",
        [info("s", FLOAT, [1]), info("e", FLOAT, [1])],
        [info("t", FLOAT, [1]), info("o", FLOAT, [1])],
    )
    last, _ = m("Scan", m.constant(np.float32([0])), m.input("x", shape=(10**6, 1)), outputs=2, body=body, num_scan_inputs=1)
    return last


def doubled_tensors(m: Any) -> Any:
    """A known tensor joined with itself again and again."""
    value = m.constant(np.float32([1, 2]))
    for _ in range(40):
        value = m("Concat", value, value, axis=0)
    return m("Add", m.input("x", shape=(1,)), m("ReduceMax", value, keepdims=0))


def unrolled(m: Any) -> Any:
    """A network that WebNN lacks, step by step."""
    x, w, r = m.input("x", shape=(10**5, 1, 1)), m.weight(1, 1, 1), m.weight(1, 1, 1)
    return m("RNN", x, w, r, outputs=2, hidden_size=1, clip=1.0)[1]


def deep(m: Any) -> Any:
    """Functions that call one another in a chain, once each."""
    m.opsets.append(helper.make_opsetid("my", 1))
    m.functions.append(helper.make_function("my", "F0", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], m.opsets))
    for i in range(1, 100):
        calls = [helper.make_node(f"F{i - 1}", ["a"], ["b"], domain="my")]
        m.functions.append(helper.make_function("my", f"F{i}", ["a"], ["b"], calls, m.opsets))
    return m("F99", m.input("x", shape=(2,)), domain="my")


VAST = 2**40
BOMBS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "functions": (doubling, "nodes"),
    "nested loops": (nested_loops, "nodes"),
    "a loop without an end": (lambda m: looped(m, loop_body(helper.make_node("Neg", ["a"], ["b"])), None), "nodes"),
    "a loop that counts": (counted, "nodes"),
    "a scan": (scan, "nodes"),
    "a network": (unrolled, "nodes"),
    "a vast range": (lambda m: m("Cast", m("Range", *(m.constant(np.int64(n)) for n in (0, VAST, 1))), to=FLOAT), "bytes"),
    "functions that are too deep": (deep, "depth"),
}


def bomb(m: Any, make: Callable[[Any], Any]) -> Any:
    return m.model(make(m))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_the_limit_that_it_breaks(name: str, maker: Any) -> None:
    make, limit = BOMBS[name]
    with pytest.raises(BudgetExceeded, match=f"a larger budget allows it: Budget\\({limit}=\\S+\\), or --budget {limit}=") as error:
        import_model(bomb(maker(), make))
    assert error.value.limit == limit
    assert error.value.who


MADE: dict[str, Callable[[Any], Any]] = {
    "ConstantOfShape": lambda m: m("ConstantOfShape", m.ints(VAST)),
    "Expand": lambda m: m("Expand", m.constant(np.float32([1])), m.ints(VAST, 8)),
    "Tile": lambda m: m("Tile", m.constant(np.float32([1, 2])), m.ints(VAST)),
    "Range": lambda m: m("Range", *(m.constant(np.int64(n)) for n in (0, VAST, 1))),
    "Range of floats": lambda m: m("Range", *(m.constant(np.float32(n)) for n in (0, 1, 1e-12))),
    "Pad": lambda m: m("Pad", m.constant(np.float32([1, 2])), m.ints(VAST, 1)),
    "OneHot": lambda m: m("OneHot", m.ints(1, 2), m.constant(np.int64(VAST)), m.constant(np.float32([0, 1]))),
    "Resize": lambda m: m("Resize", m.constant(np.ones((1, 1, 2, 2), np.float32)), "", "", m.ints(1, 1, 2**20, 2**20)),
    "MatMul": lambda m: m("MatMul", m.weight(10**5, 2), m.weight(2, 10**5)),
    "Einsum": lambda m: m("Einsum", m.weight(10**4), m.weight(10**4), m.weight(10**4), equation="i,j,k->ijk"),
    "Gather": lambda m: m("Gather", m.weight(1, 10**5), m.constant(np.zeros(10**5, np.int64)), axis=0),
    "HannWindow": lambda m: m("HannWindow", m.constant(np.int64(VAST))),
    "Conv": lambda m: m("Conv", m.weight(1, 1, 2, 2), m.weight(1, 1, 1, 1), pads=[2**20] * 4),
    "Concat": doubled_tensors,
    "NonZero of an Expand": lambda m: m("Cast", m("NonZero", m("Expand", m.constant(np.float32([1])), m.ints(2**30))), to=FLOAT),
}


@pytest.mark.parametrize("name", MADE)
def test_a_known_tensor_that_is_vast_is_refused(name: str, maker: Any) -> None:
    """By its size; or it stays an operator, which then is one that WebNN cannot have."""
    m = maker()
    total = m("ReduceMax", m("Cast", MADE[name](m), to=FLOAT), keepdims=0)
    model = m.model(m("Add", m.input("x", shape=(2,)), total))
    with pytest.raises((BudgetExceeded, UnsupportedModel, InvalidModel)):
        import_model(model)


def test_bombs_take_little_memory(tmp_path: Path, maker: Any) -> None:
    """In a process that may have 3 GB of addresses, which the libraries take half of."""
    for index, make in enumerate([*(make for make, _ in BOMBS.values()), *MADE.values()]):
        m = maker()
        (tmp_path / f"{index}.onnx").write_bytes(bomb(m, lambda m: m("Cast", make(m), to=FLOAT)).SerializeToString())  # noqa: B023
    code = """
import resource, sys
from pathlib import Path
from webnpu import WebNPUError
from webnpu.onnx import import_model
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        import_model(path)
    except WebNPUError as error:
        assert "MemoryError" not in str(error), error
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1500  # MiB: the largest is half a GiB, and what NumPy needs to make it


def test_a_larger_budget_allows_it(maker: Any) -> None:
    def model() -> Any:
        return bomb(maker(), lambda m: looped(m, loop_body(helper.make_node("Neg", ["a"], ["b"])), 300))

    assert len(import_model(model()).operators) == 300
    with pytest.raises(BudgetExceeded, match="Loop"):
        import_model(model(), budget=Budget(nodes=100))
    with Budget(nodes=100).applied(), pytest.raises(BudgetExceeded, match="600 nodes"):
        import_model(model())
    with Budget(nodes=100).applied():
        assert import_model(model(), budget=Budget())


def test_a_large_model_has_earned_what_it_asks_for(maker: Any) -> None:
    """Each node of the file may be made of several, however many there are."""
    m = maker()
    value = m.input("x", shape=(2,))
    for _ in range(300):
        value = m("Celu", value)
    assert len(import_model(m.model(value), budget=Budget(nodes=1)).operators) >= 300


def test_names_do_not_grow_with_the_calls_around_them(maker: Any) -> None:
    m = maker()
    m.opsets.append(helper.make_opsetid("my", 1))
    inside = [helper.make_node("Relu", ["a" if i == 0 else f"t{i}"], [f"t{i + 1}"], name="n" * 1000) for i in range(100)]
    m.functions.append(helper.make_function("my", "F", ["a"], ["t100"], inside, m.opsets))
    m.nodes.append(helper.make_node("F", [m.input("x", shape=(2,))], ["y"], name="f" * 10**6, domain="my"))
    assert max(len(op.label) for op in import_model(m.model("y")).operators) <= 500


def lstm(steps: int) -> Any:
    b: Any = MLGraphBuilder()
    shapes = {"x": (steps, 1, 1), "w": (1, 4, 1), "r": (1, 4, 1)}
    x, w, r = (b.input(name, {"dataType": "float32", "shape": shape}) for name, shape in shapes.items())
    return b.finish({"y": b.lstm(x, w, r, steps, 1, label="long")[0]})


def test_emulations_are_bounded() -> None:
    with Budget(nodes=1000).applied():
        assert emulated(lstm(8), lambda op: op.name == "lstm").operators
        with pytest.raises(BudgetExceeded, match="the emulation of lstm 'long': it asks for"):
            emulated(lstm(2000), lambda op: op.name == "lstm")


def test_what_is_beyond_the_budget_is_not_folded() -> None:
    b: Any = MLGraphBuilder()
    x, c = b.input("x", {"dataType": "float32", "shape": [64, 64]}), b.constant(np.ones((64, 64), np.float32))
    graph = b.finish({"y": b.add(x, b.relu(b.neg(b.tanh(b.exp(b.sin(b.cos(b.floor(b.ceil(b.sqrt(c))))))))))})
    assert len(optimize(graph).operators) == 1
    assert 1 < len(optimize(graph, budget=Budget(bytes=1)).operators) < len(graph.operators)  # its own size has earned some
    assert len(fold_constants(graph, budget=Budget(bytes=2**20)).operators) == 1


def test_what_would_take_long_stays_an_operator(maker: Any) -> None:
    """ONNX's evaluator goes through windows one by one."""
    m = maker()
    total = m("ReduceMax", m("MaxPool", m.weight(1, 1, 2048, 2048), kernel_shape=[1024, 1024]), keepdims=0)
    graph = import_model(m.model(m("Add", m.input("x", shape=(2,)), total)))
    assert "maxPool2d" in {op.name for op in graph.operators}


def test_an_export_of_what_is_emulated_is_bounded(tmp_path: Path) -> None:
    graph = lstm(50)
    with Budget(nodes=10).applied():
        save_model(graph, tmp_path / "m.onnx")  # ONNX has it: nothing is emulated
        with pytest.raises(BudgetExceeded, match="emulation of lstm"):
            load_backend("tflite").export(graph, tmp_path / "m.tflite")


@pytest.mark.parametrize(
    "limits", [{"nodes": 0}, {"nodes": 1.5}, {"bytes": -1}, {"seconds": float("nan")}, {"depth": True}, {"seconds": "9"}]
)
def test_a_limit_is_a_positive_number(limits: dict[str, Any]) -> None:
    with pytest.raises(MLTypeError, match=f"budget: {next(iter(limits))} must be a positive"):
        Budget(**limits)


def test_what_is_no_budget_is_refused(maker: Any) -> None:
    with pytest.raises(MLTypeError, match=r"must be a webnpu\.Budget; got dict"):
        import_model(maker().model("x"), budget={"nodes": 1})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "nodes", "nodes=", "nodes=x", "nodes=1,nodes=2", "apples=1", "nodes=-1", "bytes=1e400", "seconds=nan"]
)
def test_what_the_command_takes_for_a_budget(text: str) -> None:
    with pytest.raises(MLTypeError):
        parsed(text)
    assert parsed("nodes=1000000, bytes=4e9,seconds=1.5") == Budget(nodes=10**6, bytes=4 * 10**9, seconds=1.5)


def test_time_is_looked_at(maker: Any) -> None:
    with pytest.raises(BudgetExceeded, match=r"takes longer than is left of the budget.*--budget seconds="):
        import_model(bomb(maker(), counted), budget=Budget(nodes=10**9, seconds=0.2))
    meter = Meter(Budget(seconds=1), "test")
    meter.check("seconds", 0.1, "it")
    with pytest.raises(BudgetExceeded, match="it: it would take about 100 s"):
        meter.check("seconds", 100, "it")
