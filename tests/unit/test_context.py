"""Contexts, tensors and compiled graphs: WebNN's steps, their errors, and what is lost with a context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from webnpu import ML, InvalidStateError, MLContext, MLGraph, MLGraphBuilder, MLTensor, MLTypeError, NotSupportedError
from webnpu.backend import Availability, Backend, HostTensor, OpSupportLimits, Program, Report
from webnpu.errors import DeviceLost
from webnpu.graph import Graph
from webnpu.reference import ReferenceBackend, ReferenceProgram
from webnpu.types import Array, OperandDescriptor

PAIR = {"dataType": "float32", "shape": [2]}
READ_WRITE = {**PAIR, "readable": True, "writable": True}
TWO = np.array([1, -2], np.float32)


@pytest.fixture
def context() -> MLContext:
    return MLContext(ReferenceBackend())


@pytest.fixture
def tensor(context: MLContext) -> MLTensor:
    return context.create_tensor(READ_WRITE)


def doubled(context: MLContext) -> MLGraph:
    builder = MLGraphBuilder(context)
    x = builder.input("x", PAIR)
    return context.compile(builder.finish({"y": builder.add(x, x)}))


class Toy(Backend):
    """A backend whose name, suitability and state a test chooses."""

    def __init__(
        self,
        name: str = "toy",
        *,
        suits: Mapping[str, int] | None = None,
        accelerated: bool = False,
        ok: bool = True,
        simulated: bool = False,
    ) -> None:
        self.name, self.suits, self.accelerated, self.ok = name, suits or {}, accelerated, ok  # type: ignore[misc]
        self.simulated = simulated

    def available(self) -> Availability:
        return Availability(self.ok, "it runs" if self.ok else "the toy is broken", simulated=self.simulated)

    def support_limits(self) -> OpSupportLimits:
        return {}

    def compile(self, graph: Graph) -> Program:
        return ReferenceProgram(graph)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(*backends: Toy) -> None:
        found = {backend.name: backend for backend in backends}
        monkeypatch.setattr("webnpu.context.backend_names", lambda: tuple(found))
        monkeypatch.setattr("webnpu.context.load_backend", found.__getitem__)

    return install


CPU = Toy("cpu")
GPU = Toy("gpu", suits={"high-performance": 2, "default": 1}, accelerated=True)
NPU = Toy("npu", suits={"low-power": 2}, accelerated=True)
SIMULATED = Toy("simulated", suits=dict.fromkeys(["default", "high-performance", "low-power"], 9), accelerated=True, simulated=True)


@pytest.mark.parametrize(("options", "chosen"), [
    ({}, "gpu"), ({"power_preference": "high-performance"}, "gpu"), ({"power_preference": "low-power"}, "npu"),
    ({"accelerated": False}, "cpu"), ({"accelerated": False, "power_preference": "low-power"}, "npu"),
    ({"backend": "simulated"}, "simulated"),
])  # fmt: skip
def test_context_is_made_on_the_backend_that_suits_best(installed: Callable[..., None], options: dict[str, Any], chosen: str) -> None:
    installed(CPU, GPU, NPU, SIMULATED)
    context = ML().create_context(**options)
    assert (context.backend.name, context.accelerated) == (chosen, chosen in ("gpu", "npu"))


def test_backend_that_cannot_run_is_passed_over(installed: Callable[..., None]) -> None:
    installed(CPU, Toy("gpu", suits={"default": 5}, ok=False))
    assert ML().create_context().backend.name == "cpu"


def test_named_backend_that_cannot_run_says_why(installed: Callable[..., None]) -> None:
    installed(CPU, Toy("gpu", ok=False))
    with pytest.raises(NotSupportedError, match="backend gpu cannot run here: the toy is broken"):
        ML().create_context(backend="gpu")


def test_unknown_backend_is_refused_with_the_choices() -> None:
    with pytest.raises(NotSupportedError, match="there is no backend 'abacus'; installed are reference, "):
        ML().create_context(backend="abacus")


@pytest.mark.parametrize("options", [{"power_preference": "fast"}, {"power_preference": None}, {"accelerated": 1}, {"accelerated": None}])
def test_wrong_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(MLTypeError, match="createContext"):
        ML().create_context(**options)


def test_tensor_is_what_its_descriptor_says(context: MLContext) -> None:
    tensor = context.create_tensor({**PAIR, "readable": True})
    assert (tensor.data_type, tensor.shape, tensor.readable, tensor.writable, tensor.constant) == ("float32", (2,), True, False, False)
    assert repr(tensor) == "<MLTensor float32[2] readable>"


def test_tensor_begins_with_zeros(context: MLContext, tensor: MLTensor) -> None:
    assert context.read_tensor(tensor).tolist() == [0, 0]


@pytest.mark.parametrize("data", [TWO, TWO.tobytes(), TWO.view(np.uint8), [1.0, -2.0], memoryview(TWO)])
def test_what_is_written_is_read(context: MLContext, tensor: MLTensor, data: Any) -> None:
    context.write_tensor(tensor, data if not isinstance(data, memoryview) else data.cast("B"))
    assert context.read_tensor(tensor).tolist() == [1, -2]


@pytest.mark.parametrize(
    "output", [np.zeros(2, np.float32), bytearray(8), memoryview(bytearray(8)), np.zeros(8, np.uint8), np.zeros((1, 2), np.float32)]
)
def test_tensor_is_read_into_a_buffer(context: MLContext, tensor: MLTensor, output: Any) -> None:
    context.write_tensor(tensor, TWO)
    assert context.read_tensor(tensor, output) is output
    assert bytes(output.tobytes() if hasattr(output, "tobytes") else output) == TWO.tobytes()


def test_larger_buffer_keeps_its_rest(context: MLContext, tensor: MLTensor) -> None:
    context.write_tensor(tensor, TWO)
    assert context.read_tensor(tensor, bytearray(b"x" * 10)) == TWO.tobytes() + b"xx"


@pytest.mark.parametrize(("output", "message"), [
    (bytearray(7), "must have 8 bytes; got 7"), (b"12345678", "must be writable"), (np.zeros(2), "must hold float32 or uint8; got float64"),
    (np.zeros((2, 2), np.float32)[:, 0], "contiguous and writable"), (3, "must be a contiguous buffer; got int"),
])  # fmt: skip
def test_unfit_buffer_is_refused(context: MLContext, tensor: MLTensor, output: Any, message: str) -> None:
    with pytest.raises(MLTypeError, match=message):
        context.read_tensor(tensor, output)


def test_what_was_read_is_a_copy(context: MLContext, tensor: MLTensor) -> None:
    before = context.read_tensor(tensor)
    context.write_tensor(tensor, TWO)
    assert before.tolist() == [0, 0]


def test_four_bit_tensor_is_written_and_read_packed_or_not(context: MLContext) -> None:
    tensor = context.create_tensor({"dataType": "int4", "shape": [3]}, readable=True, writable=True)
    context.write_tensor(tensor, b"\x1f\x07")
    assert context.read_tensor(tensor).astype(np.int8).tolist() == [-1, 1, 7]
    assert context.read_tensor(tensor, bytearray(2)) == b"\x1f\x07"


@pytest.mark.parametrize("data", [np.zeros(3, np.float32), np.zeros(2, np.int32), b"1234567", None, "12345678"])
def test_write_of_other_data_is_refused(context: MLContext, tensor: MLTensor, data: Any) -> None:
    with pytest.raises(MLTypeError, match="writeTensor"):
        context.write_tensor(tensor, data)


def test_access_needs_the_right_flag(context: MLContext) -> None:
    tensor = context.create_tensor(PAIR)
    with pytest.raises(MLTypeError, match="writeTensor: the tensor is not writable"):
        context.write_tensor(tensor, TWO)
    with pytest.raises(MLTypeError, match="readTensor: the tensor is not readable"):
        context.read_tensor(tensor)


@pytest.mark.parametrize("descriptor", [{"dataType": "float32", "shape": [0]}, {"dataType": "int7", "shape": [1]}, None])
def test_tensor_needs_a_valid_descriptor(context: MLContext, descriptor: Any) -> None:
    with pytest.raises(MLTypeError, match="createTensor"):
        context.create_tensor(descriptor)
    with pytest.raises(MLTypeError, match="createConstantTensor"):
        context.create_constant_tensor(descriptor, b"")


def test_constant_tensor_is_a_constant_of_a_graph_without_a_copy(context: MLContext) -> None:
    tensor = context.create_constant_tensor(PAIR, TWO)
    assert repr(tensor) == "<MLTensor float32[2] constant>"
    builder = MLGraphBuilder(context)
    constant = builder.constant(tensor)
    assert constant.value is not None
    assert np.shares_memory(constant.value, tensor.as_constant(context))
    graph = builder.build({"y": builder.neg(constant)})
    tensor.destroy()
    assert graph()["y"].tolist() == [-1, 2]


def test_only_live_constant_tensors_of_the_context_are_constants(context: MLContext, tensor: MLTensor, reference: MLContext) -> None:
    constant = context.create_constant_tensor(PAIR, TWO)
    with pytest.raises(MLTypeError, match="belongs to another context"):
        MLGraphBuilder(reference).constant(constant)
    with pytest.raises(MLTypeError, match="was not made by createConstantTensor"):
        MLGraphBuilder(context).constant(tensor)
    constant.destroy()
    with pytest.raises(MLTypeError, match="is destroyed"):
        MLGraphBuilder(context).constant(constant)


def test_dispatch_computes_into_tensors(context: MLContext, tensor: MLTensor) -> None:
    context.write_tensor(tensor, TWO)
    out = context.create_tensor(READ_WRITE)
    context.dispatch(doubled(context), {"x": tensor}, {"y": out})
    assert context.read_tensor(out).tolist() == [2, -4]


def test_dispatch_refuses_what_does_not_fit(context: MLContext, tensor: MLTensor, reference: MLContext) -> None:
    graph, other = doubled(context), context.create_tensor(READ_WRITE)
    wide = context.create_tensor({"dataType": "float32", "shape": [3]})
    half = context.create_tensor({"dataType": "float16", "shape": [2]})
    constant = context.create_constant_tensor(PAIR, TWO)
    destroyed = context.create_tensor(PAIR)
    destroyed.destroy()
    refused: list[tuple[Any, Any, str]] = [
        ({"x": tensor}, {"y": tensor}, "a tensor is given twice"),
        ({}, {"y": other}, r"missing input x; the inputs are x: float32\[2\]"),
        ({"x": tensor, "z": wide}, {"y": other}, "unknown input z"),
        ({"x": tensor}, {"z": other}, "missing output y"),
        ([tensor], {"y": other}, "the inputs must be a mapping of names to tensors; got list"),
        ({"x": wide}, {"y": other}, r"input 'x': expected float32\[2\]; got float32\[3\]"),
        ({"x": tensor}, {"y": half}, r"output 'y': expected float32\[2\]; got float16\[2\]"),
        ({"x": constant}, {"y": other}, "input 'x' is a constant tensor"),
        ({"x": tensor}, {"y": constant}, "output 'y' is a constant tensor"),
        ({"x": destroyed}, {"y": other}, "input 'x': the tensor is destroyed"),
        ({"x": reference.create_tensor(PAIR)}, {"y": other}, "input 'x': the tensor belongs to another context"),
        ({"x": TWO}, {"y": other}, "input 'x': expected an MLTensor; got ndarray"),
    ]
    for inputs, outputs, message in refused:
        with pytest.raises(MLTypeError, match=f"dispatch: {message}"):
            context.dispatch(graph, inputs, outputs)


def test_dispatch_refuses_graphs_that_are_not_its_own_or_destroyed(context: MLContext, reference: MLContext) -> None:
    with pytest.raises(MLTypeError, match="dispatch: the graph belongs to another context"):
        reference.dispatch(doubled(context), {}, {})
    with pytest.raises(MLTypeError, match="dispatch: expected an MLGraph; got NoneType"):
        context.dispatch(None, {}, {})  # type: ignore[arg-type]
    graph = doubled(context)
    graph.destroy()
    with pytest.raises(InvalidStateError, match="the graph is destroyed"):
        context.dispatch(graph, {}, {})


@pytest.mark.parametrize("x", [TWO, [1.0, -2.0], TWO.tobytes()])
def test_graph_is_called_with_arrays(context: MLContext, x: Any) -> None:
    assert doubled(context)(x=x)["y"].tolist() == [2, -4]


@pytest.mark.parametrize(("inputs", "message"), [
    ({}, r"missing input x; the inputs are x: float32\[2\]"), ({"x": TWO, "z": TWO}, "unknown input z"),
    ({"x": np.zeros((2, 1), np.float32)}, r"input 'x': expected shape \[2\]; got \[2, 1\]"),
    ({"x": np.zeros(2)}, "got 2 elements of float64"),
    ({"x": None}, "the data must be an array"),
])  # fmt: skip
def test_call_names_the_wrong_input(context: MLContext, inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(MLTypeError, match=message):
        doubled(context)(**inputs)


def test_graph_describes_itself(context: MLContext) -> None:
    graph = doubled(context)
    assert (str(graph.inputs["x"]), str(graph.outputs["y"])) == ("float32[2]", "float32[2]")
    assert [entry.by for entry in graph.explain().operators] == ["reference.elementwise"]
    assert graph.devices == (f"numpy {np.__version__}",)


def test_destroyed_context_loses_everything_once(context: MLContext, tensor: MLTensor) -> None:
    graph = doubled(context)
    assert not context.lost.done()
    context.destroy()
    context.destroy()
    assert context.lost.result(timeout=0).message == "the context was destroyed"
    assert repr(tensor) == "<MLTensor float32[2] readable writable destroyed>"
    for use in (
        graph.explain,
        lambda: graph(x=TWO),
        lambda: context.create_tensor(PAIR),
        lambda: context.create_constant_tensor(PAIR, TWO),
    ):
        with pytest.raises(InvalidStateError):
            use()
    with pytest.raises(InvalidStateError, match="the context is lost: the context was destroyed"):
        doubled(context)
    with pytest.raises(MLTypeError, match="the tensor is destroyed"):
        context.read_tensor(tensor)


def test_destroying_twice_does_nothing(context: MLContext, tensor: MLTensor) -> None:
    graph = doubled(context)
    for owned in (tensor, tensor, graph, graph):
        owned.destroy()
    with pytest.raises(InvalidStateError, match="the graph is destroyed"):
        graph(x=TWO)


class Fragile(Toy):
    """A backend whose device is lost on the second run, or when a tensor is made."""

    def compile(self, graph: Graph) -> Program:
        return FragileProgram(graph.input_descriptors, graph.output_descriptors)

    def create_tensor(self, descriptor: OperandDescriptor) -> HostTensor:
        if descriptor.shape == (13,):
            raise DeviceLost("out of luck")
        return HostTensor(descriptor)


class FragileProgram(Program):
    runs = 0

    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        self.runs += 1
        if self.runs == 2:
            raise DeviceLost("the plug was pulled")
        return {"y": inputs["x"]}

    def explain(self) -> Report:
        return Report("toy", "toy", (), 0)


def test_device_that_is_lost_in_a_dispatch_loses_the_context() -> None:
    context = MLContext(Fragile())
    graph = doubled(context)
    x, y = context.create_tensor(READ_WRITE), context.create_tensor(READ_WRITE)
    context.dispatch(graph, {"x": x}, {"y": y})
    with pytest.raises(InvalidStateError, match="the context is lost: the plug was pulled"):
        context.dispatch(graph, {"x": x}, {"y": y})
    assert context.lost.result(timeout=0).message == "the plug was pulled"
    with pytest.raises(InvalidStateError, match="the plug was pulled"):
        context.create_tensor(PAIR)


def test_device_that_is_lost_while_a_tensor_is_made_loses_the_context() -> None:
    context = MLContext(Fragile())
    with pytest.raises(InvalidStateError, match="out of luck"):
        context.create_tensor({"dataType": "float32", "shape": [13]})
    assert context.lost.done()
