"""Running plans: tensors, limits, export, reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from webnpu import ML, DataType, InvalidStateError, MLContext, MLGraphBuilder, OperandDescriptor
from webnpu.errors import DeviceLost, GraphFileError
from webnpu.operator import MLOperand

from .parts import BACKEND, builder, descriptor, expected, limits, needs_adapter, part, run_with

pytestmark = needs_adapter


@pytest.fixture(scope="module")
def context() -> MLContext:
    return ML().create_context(backend="webgpu")


def test_tensors_stay_on_the_device_between_dispatches(context: MLContext) -> None:
    b = MLGraphBuilder(context)
    graph = b.build({"y": b.add(b.input("x", descriptor("float32", 3)), b.constant(np.float32([1, 2, 3])))})
    first, second = (context.create_tensor(descriptor("float32", 3), readable=True, writable=True) for _ in range(2))
    for source, target in ((first, second), (second, first)) * 50:
        context.dispatch(graph, {"x": source}, {"y": target})
    assert context.read_tensor(first).tolist() == [100, 200, 300]


def test_ten_thousand_dispatches_do_not_grow_memory(context: MLContext) -> None:
    b = MLGraphBuilder(context)
    graph = b.build({"y": b.neg(b.input("x", descriptor("float32", 1000)))})
    x, y = (context.create_tensor(descriptor("float32", 1000), readable=True, writable=True) for _ in range(2))
    context.dispatch(graph, {"x": x}, {"y": y})
    context.read_tensor(y)
    before = _resident()
    for _ in range(50):
        for _ in range(200):
            context.dispatch(graph, {"x": x}, {"y": y})
        context.read_tensor(y)
    assert _resident() - before < 8 * 2**20


def test_a_program_takes_its_weights_and_its_arena_and_dispatches_take_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    device = part("device").device()
    create = device.handle.create_buffer
    monkeypatch.setattr(device.handle, "create_buffer", lambda **options: made.append(options["size"]) or create(**options))
    b = builder()
    x = b.input("x", descriptor("float32", 64, 64))
    w = b.constant(np.ones((64, 64), np.float32))
    program = BACKEND.compile(b.finish({"y": b.softmax(b.matmul(b.softmax(b.matmul(x, w), 1), w), 1)}))
    assert sum(made) == program.plan.arena_bytes + program.explain().weight_bytes
    given, wanted = ({name: BACKEND.create_tensor(descriptor("float32", 64, 64))} for name in "xy")
    made.clear()
    for _ in range(3):
        program.dispatch(given, wanted)
    assert made == []


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 if Path("/proc/self/statm").exists() else 0


@pytest.mark.parametrize("data_type", ["float32", "uint8", "float16", "int64"])
def test_a_short_dimension_of_the_grid_is_folded(data_type: str) -> None:
    b = builder()
    x = b.input("x", descriptor(data_type, 61, 37))
    graph = b.finish({"y": b.add(b.transpose(x), b.constant(np.array(1, data_type)))})
    inputs = {"x": (np.arange(61 * 37) % 100).astype(data_type).reshape(61, 37)}
    assert (run_with(graph, inputs, workgroups=3)["y"] == expected(graph, inputs)["y"]).all()


@pytest.mark.parametrize("data_type", ["float32", "uint8", "float16", "int64"])
def test_long_buffers_are_bound_in_pieces(data_type: str) -> None:
    b = builder()
    x, z = (b.input(name, descriptor(data_type, 3, 1000)) for name in "xz")
    y = b.add(b.reverse(x), z)
    graph = b.finish({"y": y, "t": b.transpose(y)})
    inputs = {name: np.random.default_rng(1).integers(0, 50, (3, 1000)).astype(data_type) for name in "xz"}
    size = 3000 * np.dtype(data_type).itemsize
    got = run_with(graph, inputs, binding_bytes=-(-size // 3 // 16) * 16)
    for name, array in expected(graph, inputs).items():
        assert (got[name] == array).all()


def test_concat_of_a_hundred_bytes() -> None:
    b = builder()
    graph = b.finish({"y": b.concat([b.input(f"x{i}", descriptor("uint8", i % 3 + 1)) for i in range(100)], 0)})
    inputs = {f"x{i}": np.full(i % 3 + 1, i, np.uint8) for i in range(100)}
    assert (run_with(graph, inputs)["y"] == np.concatenate(list(inputs.values()))).all()


@pytest.mark.parametrize(("input_layout", "filter_layout"), [("nchw", "oihw"), ("nhwc", "ohwi"), ("nhwc", "hwio"), ("nchw", "ihwo")])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 24, 31, 32, 40])
def test_convolutions_of_any_number_of_channels(channels: int, input_layout: str, filter_layout: str) -> None:
    random = np.random.default_rng(channels)
    groups = 3 if channels % 3 == 0 and input_layout == "nchw" else 2 if channels % 4 == 0 else 1
    sizes = {"o": 6 * groups, "i": channels // groups, "h": 3, "w": 2}
    image = (1, channels, 14, 11) if input_layout == "nchw" else (1, 14, 11, channels)
    b = builder()
    x = b.input("x", descriptor("float32", *image))
    filters = b.constant(random.integers(-4, 5, [sizes[axis] for axis in filter_layout]).astype(np.float32))
    dilations, strides = [1 + channels % 2, 1], [1, 1 + channels % 3 // 2]
    y = b.conv2d(
        x,
        filters,
        groups=groups,
        input_layout=input_layout,
        filter_layout=filter_layout,
        padding=[1, 0, 2, 1],
        dilations=dilations,
        strides=strides,
    )
    graph = b.finish({"y": y})
    inputs = {"x": random.integers(-4, 5, image).astype(np.float32)}
    assert (run_with(graph, inputs)["y"] == expected(graph, inputs)["y"]).all()


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize(("groups", "window", "constant"), [(1, 3, True), (2, 3, True), (1, 1, True), (1, 3, False), (2, 3, False)])
def test_convolutions_through_tiles(layout: str, groups: int, window: int, constant: bool) -> None:
    random = np.random.default_rng(5)
    shape = (
        (64 if window == 3 else 128, 32 // groups, window, window)
        if layout == "nchw"
        else (window, window, 32 // groups, 64 if window == 3 else 128)
    )
    image = (1, 32, 18, 18) if layout == "nchw" else (1, 18, 18, 32)
    weights = random.integers(-3, 4, shape).astype(np.float32)
    b = builder()
    x = b.input("x", descriptor("float32", *image))
    filters = b.constant(weights) if constant else b.input("f", descriptor("float32", *shape))
    bias = b.constant(np.arange(64 if window == 3 else 128, dtype=np.float32))
    options = {"groups": groups, "input_layout": layout, "filter_layout": "oihw" if layout == "nchw" else "hwio", "bias": bias}
    graph = b.finish({"y": b.relu(b.conv2d(x, filters, **options))})
    inputs = {"x": random.integers(-3, 4, image).astype(np.float32)} | ({} if constant else {"f": weights})
    kernels = {step.kernel for step in BACKEND.lower(graph).plan.steps}
    assert kernels <= {"product", "product_small", "reduce_rows"}
    assert (run_with(graph, inputs)["y"] == expected(graph, inputs)["y"]).all()


@pytest.mark.parametrize(
    ("a", "b_shape"), [((100, 200), (200, 90)), ((3, 64, 64), (64, 64)), ((1, 512), (512, 600)), ((1024, 64), (64, 1024))]
)
@pytest.mark.parametrize("data_type", ["float32", "float16"])
def test_products_through_tiles(a: tuple[int, ...], b_shape: tuple[int, ...], data_type: str) -> None:
    random = np.random.default_rng(2)
    b = builder()
    x, y = b.input("x", descriptor(data_type, *a)), b.input("y", descriptor(data_type, *b_shape))
    graph = b.finish({"z": b.relu(b.matmul(x, y))})
    inputs = {"x": random.integers(-3, 4, a).astype(data_type), "y": random.integers(-3, 4, b_shape).astype(data_type)}
    assert (run_with(graph, inputs)["z"] == expected(graph, inputs)["z"]).all()


def test_the_last_of_several_updates_wins() -> None:
    b = builder()
    x, indices, updates = (
        b.input("x", descriptor("uint8", 8)),
        b.input("i", descriptor("int32", 500)),
        b.input("u", descriptor("uint8", 500)),
    )
    graph = b.finish({"y": b.scatter_elements(x, indices, updates, axis=0)})
    random = np.random.default_rng(4)
    inputs = {
        "x": np.zeros(8, np.uint8),
        "i": random.integers(-12, 12, 500).astype(np.int32),
        "u": random.integers(0, 255, 500).astype(np.uint8),
    }
    assert (run_with(graph, inputs)["y"] == expected(graph, inputs)["y"]).all()


@pytest.mark.parametrize("data_type", ["float32", "float16", "int32", "uint32", "int64", "uint64"])
@pytest.mark.parametrize("method", ["reduce_sum", "reduce_l1", "reduce_product", "reduce_max", "reduce_min", "reduce_sum_square"])
def test_long_rows_are_reduced_by_workgroups(method: str, data_type: str) -> None:
    b = builder()
    graph = b.finish({"y": getattr(b, method)(b.input("x", descriptor(data_type, 3, 500, 2)), axes=[1])})
    x = np.random.default_rng(6).integers(0, 7, (3, 500, 2)).astype(data_type)
    inputs = {"x": np.ones_like(x) - 2 * (x % 2) if method == "reduce_product" and data_type.startswith("float") else x}
    assert [step.kernel for step in BACKEND.lower(graph).plan.steps] == ["reduce"]
    assert (run_with(graph, inputs)["y"] == expected(graph, inputs)["y"]).all()


@pytest.mark.parametrize("data_type", ["float32", "float16"])
@pytest.mark.parametrize(
    "method", ["softmax", "cumulative_sum", "arg_max", "reduce_log_sum_exp", "reduce_mean", "reduce_l2", "reduce_log_sum"]
)
def test_long_rows_of_floats(method: str, data_type: str) -> None:
    b = builder()
    x = b.input("x", descriptor(data_type, 2, 700, 3))
    y = getattr(b, method)(x, axes=[1]) if method.startswith("reduce") else getattr(b, method)(x, 1)
    graph = b.finish({"y": y})
    inputs = {"x": np.random.default_rng(6).uniform(0.5, 2, (2, 700, 3)).astype(data_type)}
    got, wanted = run_with(graph, inputs)["y"], expected(graph, inputs)["y"]
    np.testing.assert_array_max_ulp(got, wanted, 4) if got.dtype.kind == "f" else np.testing.assert_array_equal(got, wanted)


PRODUCERS = {
    "exact product": lambda b, x: b.matmul(x, x),
    "product in tiles": lambda b, x: b.matmul(b.tile(x, [16, 4]), b.tile(x, [4, 16])),
    "ragged tiles": lambda b, x: b.matmul(b.tile(x, [16, 4]), b.slice(b.tile(x, [4, 16]), [0, 0], [64, 255])),
    "pad": lambda b, x: b.pad(x, [1, 2], [0, 3], value=3),
    "triangular": lambda b, x: b.triangular(x),
    "pool": lambda b, x: b.max_pool2d(b.reshape(x, [1, 1, 16, 16]), window_dimensions=[2, 3]),
    "reduce": lambda b, x: b.reduce_sum(x),
    "reduce rows": lambda b, x: b.reduce_max(x, axes=[1]),
    "softmax": lambda b, x: b.softmax(x, 1),
    "normalisation": lambda b, x: b.layer_normalization(x, axes=[1]),
    "convolution": lambda b, x: b.conv2d(b.reshape(x, [1, 1, 16, 16]), b.constant(np.ones((3, 1, 2, 2), x.data_type.value))),
    "resampling": lambda b, x: b.resample2d(b.reshape(x, [1, 1, 16, 16]), sizes=[20, 9]),
}


@pytest.mark.parametrize("target", ["float32", "float16", "int32", "int64", "uint8", "int8"])
@pytest.mark.parametrize("name", PRODUCERS)
def test_a_cast_is_fused_into_every_producer(name: str, target: str) -> None:
    b = builder()
    y = PRODUCERS[name](b, b.input("x", descriptor("float16", 16, 16)))
    graph = b.finish({"y": b.clamp(b.cast(y, target), min_value=0, max_value=100)})
    inputs = {"x": np.random.default_rng(1).integers(0, 2, (16, 16)).astype(np.float16)}
    assert BACKEND.lower(graph).plan.steps[-1].chain
    got, wanted = run_with(graph, inputs)["y"], expected(graph, inputs)["y"]
    np.testing.assert_allclose(got.astype(np.float64), wanted.astype(np.float64), rtol=2e-3 if target.startswith("float") else 0)


def _graph() -> object:
    b = builder()
    x = b.input("x", descriptor("float16", 4, 6))
    w = b.constant(np.linspace(-1, 1, 30).astype(np.float16).reshape(6, 5))
    return b.finish({"y": b.softmax(b.relu(b.matmul(x, w)), 1)})


def test_an_exported_plan_runs_without_lowering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = _graph()
    summary = BACKEND.export(graph, tmp_path / "model.webgpu")
    assert summary["dispatches"] == 2
    inputs = {"x": np.linspace(0, 1, 24).astype(np.float16).reshape(4, 6)}
    wanted = run_with(graph, inputs)["y"]  # type: ignore[arg-type]
    monkeypatch.setattr(part("planner"), "lower", None)
    assert (BACKEND.load(tmp_path / "model.webgpu").run(inputs)["y"] == wanted).all()


def test_a_damaged_plan_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "model.webgpu"
    path.write_bytes(b"nothing of the sort")
    with pytest.raises(GraphFileError, match="damaged"):
        BACKEND.load(path)


def test_the_report_names_the_kernels_and_their_times() -> None:
    program = BACKEND.compile(_graph())
    times = program.profile({"x": np.zeros((4, 6), np.float16)})
    assert len(times) == len(program.plan.steps)
    report = program.explain()
    assert [entry.by for entry in report.operators] == ["matmul", "matmul", "softmax"]
    assert report.operators[0].reason == "one dispatch with matmul, relu"
    assert report.weight_bytes == 60
    assert all(entry.milliseconds is not None for entry in report.operators) == part("device").device().has_timestamps


def test_a_lost_device_loses_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ML().create_context(backend="webgpu")
    b = MLGraphBuilder(context)
    graph = b.build({"y": b.neg(b.input("x", descriptor("float32", 2)))})

    def lost(*_: object) -> None:
        raise DeviceLost("the WebGPU device is lost")

    monkeypatch.setattr(part("runtime").WebGPUProgram, "run", lost)
    with pytest.raises(InvalidStateError, match="context is lost"):
        graph(x=np.zeros(2, np.float32))
    assert context.lost.done()


def test_wgpu_says_lost_and_this_library_says_device_lost() -> None:
    wgpu = pytest.importorskip("wgpu")
    with pytest.raises(DeviceLost), part("device").translated("dispatch"):
        raise wgpu.GPUError("Parent device is lost")


def test_every_operator_is_lowered() -> None:
    from webnpu.operators import OPERATORS

    lowers = type(BACKEND).lower.__globals__["lowers"]
    emulated = {name for name, operator in OPERATORS.items() if operator not in lowers}
    assert not emulated


@pytest.mark.parametrize("data_type", ["float32", "float16"])
@pytest.mark.parametrize("rows", [1, 4])
def test_products_of_few_rows(rows: int, data_type: str) -> None:
    random = np.random.default_rng(8)
    b = builder()
    x, y = b.input("x", descriptor(data_type, rows, 7300)), b.input("y", descriptor(data_type, 7300, 203))
    graph = b.finish({"z": b.relu(b.matmul(x, y))})
    assert [step.kernel for step in BACKEND.lower(graph).plan.steps] == ["product_thin", "reduce_rows"]
    inputs = {"x": random.integers(-1, 2, (rows, 7300)).astype(data_type), "y": random.integers(-1, 2, (7300, 203)).astype(data_type)}
    assert (run_with(graph, inputs)["z"] == expected(graph, inputs)["z"]).all()


@pytest.mark.parametrize("columns", [131, 132, 136])
def test_products_without_workgroup_memory(columns: int) -> None:
    random = np.random.default_rng(9)
    b = builder()
    x, y = b.input("x", descriptor("float32", 3, 65, 70)), b.input("y", descriptor("float32", 70, columns))
    graph = b.finish({"z": b.relu(b.matmul(x, y))})
    inputs = {"x": random.integers(-3, 4, (3, 65, 70)).astype(np.float32), "y": random.integers(-3, 4, (70, columns)).astype(np.float32)}
    assert (run_with(graph, inputs, workgroup_memory=False)["z"] == expected(graph, inputs)["z"]).all()


@pytest.mark.parametrize("channels", [1, 12])
def test_convolutions_without_workgroup_memory(channels: int) -> None:
    random = np.random.default_rng(11)
    b = builder()
    x = b.input("x", descriptor("float32", 2, 12, 40, 41))
    filters = b.constant(random.integers(-3, 4, (24, channels, 3, 3)).astype(np.float32))
    graph = b.finish({"y": b.relu(b.conv2d(x, filters, groups=12 // channels, padding=[1, 1, 1, 1]))})
    steps = BACKEND.lower(graph, limits(workgroup_memory=False)).plan.steps
    assert [step.kernel for step in steps] == ["depthwise" if channels == 1 else "product_direct"]
    inputs = {"x": random.integers(-3, 4, (2, 12, 40, 41)).astype(np.float32)}
    assert (run_with(graph, inputs, workgroup_memory=False)["y"] == expected(graph, inputs)["y"]).all()


@pytest.mark.parametrize("data_type", ["float32", "float16"])
@pytest.mark.parametrize("stored", ["int4", "uint4", "int8", "uint8"])
@pytest.mark.parametrize("turned", [False, True], ids=["as it lies", "turned"])
@pytest.mark.parametrize("rows", [1, 8])
def test_quantized_matrices_are_multiplied_as_they_are_stored(rows: int, turned: bool, stored: str, data_type: str) -> None:
    random = np.random.default_rng(10)
    b = builder()
    numbers = DataType(stored)

    def constant(shape: tuple[int, int]) -> MLOperand:
        array = random.integers(int(numbers.minimum), int(numbers.maximum) + 1, shape[::-1] if turned else shape)
        return b.constant(OperandDescriptor(numbers, array.shape), array.astype(numbers.numpy))

    # Some scales are so small that float16 has but a few digits for the products.
    scales = (2.0 ** random.integers(-20, -4, (64, 132)) * random.uniform(1, 2, (64, 132))).astype(data_type)
    matrix = b.dequantize_linear(constant((2048, 132)), b.constant(scales.T if turned else scales), constant((64, 132)))
    x = b.input("x", descriptor(data_type, rows, 2048))
    graph = b.finish({"y": b.matmul(x, b.transpose(matrix) if turned else matrix)})
    assert BACKEND.lower(graph).plan.steps[0].kernel == ("product_thin" if rows == 1 else "product_small")
    inputs = {"x": random.integers(-3, 4, (rows, 2048)).astype(data_type)}
    got, wanted = run_with(graph, inputs)["y"].astype(float), expected(graph, inputs)["y"].astype(float)
    assert np.abs(got - wanted).max() <= np.abs(wanted).max() * (1e-3 if data_type == "float16" else 1e-6)


def test_float16_below_its_normal_range_survives_products() -> None:
    """Where a device reads vectors of float16 itself, it must not take small numbers for zero."""
    b = builder()
    x = b.input("x", descriptor("float16", 128, 128))
    graph = b.finish({"y": b.matmul(x, b.constant(np.eye(128, dtype=np.float16)))})
    assert any(binding.vectors for binding in BACKEND.lower(graph).plan.steps[0].bindings.values())
    small = np.arange(1, 128 * 128 + 1, dtype=np.uint16).reshape(128, 128).view(np.float16)
    assert (run_with(graph, {"x": small})["y"] == small).all()


def test_a_callback_that_an_interrupt_swallowed_does_not_hang_who_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part("device"), "_PATIENCE", 0.2)
    tensor = BACKEND.create_tensor(descriptor("float32", 3))
    tensor.write(np.float32([1, 2, 3]))
    promise = type(BACKEND.device.handle.create_buffer(size=4, usage=9).map_async(1))
    monkeypatch.setattr(promise, "_wgpu_set_input", _first_time_lost(promise._wgpu_set_input))
    assert tensor.read().tolist() == [1, 2, 3]
    assert tensor.read().tolist() == [1, 2, 3]


def _first_time_lost(original: Callable[..., None]) -> Callable[..., None]:
    calls: list[object] = []

    def called(self: object, result: object) -> None:
        calls.append(self)
        if len(calls) > 1:
            original(self, result)

    return called


def test_whoever_only_dispatches_waits_for_the_device_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    device = BACKEND.device
    monkeypatch.setattr(part("device"), "_UNDER_WAY", (2**16, 5))
    x, y = (BACKEND.create_tensor(descriptor("float32", 2**14)) for _ in range(2))
    b = builder()
    program = BACKEND.compile(b.finish({"y": b.neg(b.input("x", descriptor("float32", 2**14)))}))
    for turn in range(12):
        x.write(np.full(2**14, turn, np.float32))
        program.dispatch({"x": x}, {"y": y})
        assert device.under_way[1] <= 6
    assert (y.read() == -11).all()
