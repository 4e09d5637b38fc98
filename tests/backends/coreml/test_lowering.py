"""The lowering: types and ranks that Core ML lacks, options, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from webnpu import ML, MLGraphBuilder, OperandDescriptor
from webnpu.errors import MLTypeError, Unsupported
from webnpu.operators import OPERATORS
from webnpu.types import DataType

LARGE = np.array([2**62 + 3, -(2**40) - 1, 0, -1, 2**31, -(2**63)], np.int64)


def described(array: np.ndarray) -> OperandDescriptor:
    return OperandDescriptor(DataType.of(array.dtype), array.shape)


def test_every_operator_is_lowered_or_emulated(coreml) -> None:
    table = coreml("lowering").lowers
    assert [name for name, op in OPERATORS.items() if op not in table and not op.has_emulation()] == []


def test_it_is_never_chosen_automatically(backend) -> None:
    assert backend.available().simulated == backend.interprets
    assert backend.available().ok
    assert "not Apple's runtime" in backend.available().reason or backend.available().reason.startswith("Core ML")


@pytest.mark.parametrize("data_type", [t for t in DataType if t.bits != 4])
def test_every_type_crosses_the_boundary_bit_by_bit(computed, data_type: DataType) -> None:
    info = np.iinfo(data_type.numpy) if not data_type.is_float else np.finfo(data_type.numpy)
    array = np.array([[info.min, info.max, 0], [1, 2, 3]], data_type.numpy)
    b = MLGraphBuilder()
    graph = b.finish({"y": b.transpose(b.identity(b.input("x", described(array))))})
    result = computed(graph, {"x": array})["y"]
    assert result.dtype == data_type.numpy
    np.testing.assert_array_equal(result, array.T)


@pytest.mark.parametrize("method", ["add", "sub", "mul", "max", "min", "greater", "lesser_or_equal", "equal"])
@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_64_bit_integers_are_exact(reference, computed, method: str, dtype: type) -> None:
    a, b = LARGE.astype(dtype), LARGE[::-1].copy().astype(dtype)
    results = []
    for run in (lambda g, i: reference.compile(g)(**i), computed):
        builder = MLGraphBuilder()
        x, y = builder.input("a", described(a)), builder.input("b", described(b))
        results.append(run(builder.finish({"y": getattr(builder, method)(x, y)}), {"a": a, "b": b})["y"])
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("to", [DataType.FLOAT32, DataType.FLOAT16])
@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_64_bit_integers_become_floats_rounded_once(computed, dtype: type, to: DataType) -> None:
    """Ties, and what stands just beside them, at every place that a bit can have."""
    ties = [2**high + 2**low + beside for high in range(63) for low in range(high) for beside in (-1, 0, 1)]
    sign = [1, -1] if dtype is np.int64 else [1]
    edges = [int(np.iinfo(dtype).min), int(np.iinfo(dtype).max), 65504, 65519, 65520, 2049, 2051, 0]
    x = np.array([s * tie for s in sign for tie in ties] + edges, dtype)
    b = MLGraphBuilder()
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(computed(b.finish({"y": b.cast(b.input("x", described(x)), to)}), {"x": x})["y"], x.astype(to.numpy))


@pytest.mark.parametrize(
    "method", ["reduce_sum", "reduce_l1", "reduce_sum_square", "reduce_max", "reduce_min", "arg_max", "cumulative_sum"]
)
@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_64_bit_sums_are_exact(reference, computed, method: str, dtype: type) -> None:
    x = np.random.default_rng(2).integers(-(2**63), 2**63, (3, 40), np.int64).astype(dtype)
    options = {"axis": 1} if method in ("arg_max", "cumulative_sum") else {"axes": [1]}
    results = []
    for run in (lambda g, i: reference.compile(g)(**i), computed):
        b = MLGraphBuilder()
        results.append(run(b.finish({"y": getattr(b, method)(b.input("x", described(x)), **options)}), {"x": x})["y"])
    np.testing.assert_array_equal(*results)


def test_a_scalar_and_many_dimensions(computed) -> None:
    scalar, many = np.array(2.5, np.float32), np.arange(128, dtype=np.float32).reshape((2,) * 7)
    b = MLGraphBuilder()
    total = b.add(b.input("many", described(many)), b.input("scalar", described(scalar)))
    result = computed(b.finish({"y": b.sqrt(total)}), {"many": many, "scalar": scalar})["y"]
    np.testing.assert_allclose(result, np.sqrt(many + scalar), rtol=1e-6)


def test_a_graph_without_inputs(computed) -> None:
    b = MLGraphBuilder()
    graph = b.finish({"y": b.neg(b.constant(np.array([1, 2], np.int32)))})
    assert computed(graph, {})["y"].tolist() == [-1, -2]


def test_one_operand_under_two_names_and_names_that_clash(computed) -> None:
    b = MLGraphBuilder()
    x = b.input("a b", OperandDescriptor(DataType.FLOAT32, (2,)))
    y = b.neg(x)
    results = computed(b.finish({"a_b": y, "a-b": y, "add_0": b.add(x, x)}), {"a b": np.array([1, 2], np.float32)})
    assert {name: value.tolist() for name, value in results.items()} == {"a_b": [-1, -2], "a-b": [-1, -2], "add_0": [2, 4]}


def test_indices_are_brought_inside(computed) -> None:
    """A negative index counts from the end, one out of range is clamped; the interpreter forbids both."""
    indices = np.array([-1, -9, 9, 1, 2**40, -(2**40)], np.int64)
    b = MLGraphBuilder()
    x = b.constant(np.array([10, 20, 30], np.float32))
    graph = b.finish({"y": b.gather(x, b.input("i", described(indices)))})
    assert computed(graph, {"i": indices})["y"].tolist() == [30, 10, 30, 20, 30, 10]


@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_lstm_gives_the_order_of_time(reference, computed, direction: str) -> None:
    random = np.random.default_rng(3)
    count = 2 if direction == "both" else 1
    x = random.standard_normal((5, 2, 3), np.float32)
    weight, recurrent = random.standard_normal((count, 16, 3), np.float32), random.standard_normal((count, 16, 4), np.float32)
    results = []
    for run in (lambda g, i: reference.compile(g)(**i), computed):
        b = MLGraphBuilder()
        outputs = b.lstm(
            b.input("x", described(x)), b.constant(weight), b.constant(recurrent), 5, 4, direction=direction, return_sequence=True
        )
        results.append(run(b.finish({str(i): output for i, output in enumerate(outputs)}), {"x": x}))
    for name, wanted in results[0].items():
        np.testing.assert_allclose(results[1][name], wanted, rtol=1e-5, atol=1e-6)


def test_a_power_of_two_is_not_written_as_pow(coreml) -> None:
    """Core ML would square the exponent."""
    b = MLGraphBuilder()
    graph = b.finish({"y": b.pow(b.constant(DataType.FLOAT32, 2), b.input("x", OperandDescriptor(DataType.FLOAT32, (3,))))})
    lowered = coreml("lowering").lower(graph, coreml("options").Options())
    assert [[operation.type for operation in operations] for _, operations in lowered.operators] == [["exp2"]]


def test_int64_arithmetic_that_would_not_be_exact_is_refused(backend, tmp_path: Path) -> None:
    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(DataType.INT64, (3,)))
    graph = b.finish({"y": b.reduce_product(x, label="product")})
    with pytest.raises(Unsupported, match=r"reduceProduct \[product\].*64-bit"):
        backend.export(graph, tmp_path / "m.mlpackage")


def network() -> tuple[MLGraphBuilder, object]:
    random = np.random.default_rng(0)
    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(DataType.FLOAT32, (1, 16, 8, 8)))
    y = b.relu(b.conv2d(x, b.constant(random.standard_normal((32, 16, 3, 3), np.float32)), bias=b.constant(np.zeros(32, np.float32))))
    return b, b.finish({"y": b.matmul(y, b.constant(random.standard_normal((6, 200), np.float32)))})


@pytest.mark.parametrize(
    ("options", "bound"),
    [
        ({"precision": "float16"}, 2e-3),
        ({"weights": "int8"}, 1e-2),
        ({"weights": "int8", "target": "iOS18"}, 1e-2),
        ({"weights": "int4", "target": "iOS18"}, 0.2),
        ({"weights": "int8", "precision": "float16", "target": "macOS15"}, 2e-2),
    ],
)
def test_options_cost_so_much_precision_and_no_more(computed, options: dict[str, str], bound: float) -> None:
    _, graph = network()
    x = np.random.default_rng(1).standard_normal((1, 16, 8, 8), np.float32)
    exact, result = computed(graph, {"x": x})["y"], computed(graph, {"x": x}, **options)["y"]
    assert result.dtype == np.float32
    error = np.abs(result - exact).max() / np.abs(exact).max()
    assert 0 < error < bound


def test_compressed_weights_are_small(backend, tmp_path: Path) -> None:
    _, graph = network()
    sizes = {}
    for weights, target in (("as-is", "iOS17"), ("int8", "iOS17"), ("int4", "iOS18")):
        made = type(backend)(type(backend.options)(weights=weights, target=target))
        package = made.export(graph, tmp_path / f"{weights}.mlpackage")
        sizes[weights] = (package / "Data/com.apple.CoreML/weights/weight.bin").stat().st_size
    assert sizes["int8"] < sizes["as-is"] / 3
    assert sizes["int4"] < sizes["int8"] / 1.5


@pytest.mark.parametrize("data_type", [DataType.INT8, DataType.UINT8, DataType.INT4, DataType.UINT4])
@pytest.mark.parametrize("target", ["iOS17", "iOS18"])
def test_quantised_constants_stay_quantised(coreml, reference, computed, data_type: DataType, target: str) -> None:
    steps = np.arange(48).reshape(6, 8) % 15 - (7 if data_type.is_signed else 0)
    scale = np.linspace(0.1, 2, 6, dtype=np.float32).reshape(6, 1)
    x = np.ones((2, 6), np.float32)
    b = MLGraphBuilder()
    zero = b.constant(np.ones((6, 1)).astype(data_type.numpy))
    weights = b.dequantize_linear(b.constant(steps.astype(data_type.numpy)), b.constant(scale), zero)
    graph = b.finish({"y": b.matmul(b.input("x", described(x)), weights)})
    lowered = coreml("lowering").lower(graph, coreml("options").Options(target=target))
    operations = {op.name: [operation.type for operation in used] for op, used in lowered.operators}
    expected = {"iOS18": "constexpr_blockwise_shift_scale", "iOS17": "constexpr_affine_dequantize" if data_type.bits == 8 else "cast"}
    assert operations["dequantizeLinear"][-1 if data_type.bits == 8 or target == "iOS18" else 1] == expected[target]
    np.testing.assert_allclose(computed(graph, {"x": x}, target=target)["y"], reference.compile(graph)(x=x)["y"], rtol=1e-6)


@pytest.mark.parametrize(
    ("option", "value"), [("target", "iOS12"), ("compute_units", "tpu"), ("precision", "float8"), ("weights", "int2"), ("weights", "int4")]
)
def test_options_that_are_not_valid(backend, option: str, value: str) -> None:
    with pytest.raises(MLTypeError, match=rf"coreml: {option if value != 'int4' else 'weights in int4'}"):
        type(backend.options)(**{option: value})


def test_check_says_what_leaves_the_neural_engine(backend) -> None:
    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(DataType.FLOAT16, (1, 8, 8, 3)))
    y = b.conv2d(x, b.constant(np.ones((4, 3, 3, 3), np.float16)), input_layout="nhwc", filter_layout="ohwi", label="first")
    y = b.scatter_nd(b.cast(y, "float32"), b.constant(np.zeros((1, 4), np.int32)), b.constant(np.zeros(1, np.float32)))
    findings = backend.check(b.finish({"y": y}))
    assert {(f.rule, f.operator) for f in findings} >= {("layout", "conv2d"), ("float16", "cast"), ("scatter", "scatterND")}
    assert all(f.source.startswith("https://") and f.advice and f.reason for f in findings)
    assert next(f for f in findings if f.rule == "layout").label == "first"


def test_check_has_nothing_to_say_of_what_fits(backend) -> None:
    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(DataType.FLOAT16, (1, 32, 1, 64)))
    graph = b.finish({"y": b.relu(b.conv2d(x, b.constant(np.ones((32, 32, 1, 1), np.float16))))})
    assert backend.check(graph) == []
    with pytest.raises(MLTypeError, match="must be ane"):
        backend.check(graph, target="tpu")


def test_explain_names_the_operations() -> None:
    context = ML().create_context(backend="coreml")
    b = MLGraphBuilder(context)
    x = b.input("x", OperandDescriptor(DataType.FLOAT32, (2, 2)))
    report = b.build({"y": b.hard_swish(x, label="swish")}).explain()
    (entry,) = report.operators
    assert (entry.operator, entry.label, entry.by) == ("hardSwish", "swish", "add clip real_div mul")


def test_deviations_have_their_sources(coreml) -> None:
    deviations = coreml("deviations").DEVIATIONS
    assert all(d.what and d.answer and (not d.source or d.source.startswith("https://")) for d in deviations)
    assert json.dumps(sorted({d.operation for d in deviations if "2628" in d.source})) == '["pow"]'


def test_explain_tells_where_core_ml_expects_to_run(coreml, backend, tmp_path: Path) -> None:
    """With a runner in place of Core ML, whose plan knows one operation."""
    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(DataType.FLOAT32, (2,)))
    lowered = coreml("lowering").lower(b.finish({"y": b.relu(b.neg(x))}), backend.options)
    first = lowered.operators[0][1][0].outputs[0].name

    class Runner:
        device = "Core ML"

        def places(self) -> dict[str, str]:
            return {first: "Neural Engine"}

    report = coreml("program").CoreMLProgram(lowered, Runner(), str(tmp_path / "none"), 0).explain()
    assert [entry.device for entry in report.operators] == ["Neural Engine", "Core ML"]
    assert "not measured" in report.notes[-1]


@pytest.mark.parametrize("data_type", [DataType.INT8, DataType.INT32, DataType.INT64])
def test_large_integer_constants(reference, computed, backend, tmp_path: Path, data_type: DataType) -> None:
    """Bytes lie in the file of weights; 32-bit integers, which it did not hold before iOS 18, in the model."""
    table = np.arange(6000).reshape(1500, 4).astype(data_type.numpy)
    indices = np.array([0, 1499, -2], np.int32)
    b = MLGraphBuilder()
    graph = b.finish({"y": b.gather(b.constant(table), b.input("i", described(indices)))})
    np.testing.assert_array_equal(computed(graph, {"i": indices})["y"], table[indices])
    package = backend.export(graph, tmp_path / "m.mlpackage")
    weights = (package / "Data/com.apple.CoreML/weights/weight.bin").stat().st_size
    assert (weights > 6000) is (data_type is DataType.INT8)


def many_dimensions(b: MLGraphBuilder, x: object, name: str) -> object:
    """One operator on a tensor of shape [2, 3, 2, 1, 2, 3, 2]."""
    return {
        "slice": lambda: b.slice(x, [0, 1, 0, 0, 0, 0, 0], [2, 2, 2, 1, 2, 3, 2], strides=[1, 1, 1, 1, 1, 2, 1]),
        "reverse": lambda: b.reverse(x, axes=[1, 2, 6]),
        "tile": lambda: b.tile(x, [1, 1, 1, 3, 1, 1, 2]),
        "pad": lambda: b.pad(x, [0, 0, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 0, 0], mode="edge"),
        "transpose": lambda: b.transpose(x, permutation=[5, 6, 2, 3, 4, 0, 1]),
        "expand": lambda: b.expand(x, [2, 3, 2, 4, 2, 3, 2]),
        "concat": lambda: b.concat([x, x], 4),
        "softmax": lambda: b.softmax(x, 5),
        "reduce": lambda: b.reduce_sum(x, axes=[1, 2, 5]),
        "triangular": lambda: b.triangular(x),
        "where": lambda: b.where(b.greater(x, b.constant(DataType.FLOAT32, 0)), x, b.neg(x)),
        "matmul": lambda: b.matmul(x, b.transpose(x, permutation=[0, 1, 2, 3, 4, 6, 5])),
    }[name]()


@pytest.mark.parametrize(
    "name",
    ["slice", "reverse", "tile", "pad", "transpose", "expand", "concat", "softmax", "reduce", "triangular", "where", "matmul"],
)
def test_more_dimensions_than_mil_has(reference, computed, name: str) -> None:
    x = np.random.default_rng(4).standard_normal((2, 3, 2, 1, 2, 3, 2), np.float32)
    results = []
    for run in (lambda g, i: reference.compile(g)(**i), computed):
        b = MLGraphBuilder()
        results.append(run(b.finish({"y": many_dimensions(b, b.input("x", described(x)), name)}), {"x": x})["y"])
    assert results[0].shape == results[1].shape
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)


def test_a_transpose_that_stays_too_large_is_refused(backend, tmp_path: Path) -> None:
    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(DataType.FLOAT32, (2,) * 6))
    with pytest.raises(Unsupported, match=r"transpose is refused: input has rank 6"):
        backend.export(b.finish({"y": b.transpose(x)}), tmp_path / "m.mlpackage")
