"""The builder: inputs, constants in all their forms, and everything that it rejects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from webnpu import (
    DataType,
    InvalidStateError,
    MLContext,
    MLGraphBuilder,
    MLOperand,
    MLTypeError,
    OperandDescriptor,
    OperatorError,
    Unsupported,
)

PAIR = {"dataType": "float32", "shape": [2]}


class Exporter:
    """Data behind the DLPack protocol, of a library that is not NumPy."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.array.__dlpack_device__()


@pytest.mark.parametrize("descriptor", [
    {"dataType": "float32", "shape": [2, 3]}, {"data_type": "float32", "shape": (2, 3)}, OperandDescriptor(DataType.FLOAT32, (2, 3)),
    {"dataType": DataType.FLOAT32, "shape": np.array([2, 3])}, {"dataType": "float32", "shape": [np.int64(2), 3]},
])  # fmt: skip
def test_input_takes_a_descriptor_in_any_spelling(builder: MLGraphBuilder, descriptor: Any) -> None:
    operand = builder.input("x", descriptor)
    assert (operand.name, operand.descriptor, operand.is_input) == ("x", OperandDescriptor(DataType.FLOAT32, (2, 3)), True)


@pytest.mark.parametrize(("name", "descriptor", "message"), [
    ("", PAIR, "the name must be a string that is not empty; got ''"),
    (3, PAIR, "the name must be a string that is not empty; got 3"),
    ("x", {"dataType": "float64", "shape": [2]}, "input 'x': the data type must be one of float32, .*; got 'float64'"),
    ("x", {"shape": [2]}, "got None"),
    ("x", None, "the data type must be one of"),
    ("x", {"dataType": "float32"}, "the shape must be a sequence of integers; got None"),
    ("x", {"dataType": "float32", "shape": "12"}, "the shape must be a sequence of integers; got '12'"),
    ("x", {"dataType": "float32", "shape": [1.0]}, r"the shape must be a sequence of integers; got \[1.0\]"),
    ("x", {"dataType": "float32", "shape": [True]}, r"the shape must be a sequence of integers; got \[True\]"),
    ("x", {"dataType": "float32", "shape": [0]}, "every dimension must be from 1"),
    ("x", {"dataType": "float32", "shape": [2**30]}, "the byte length must be at most"),
])  # fmt: skip
def test_input_rejects(builder: MLGraphBuilder, name: Any, descriptor: Any, message: str) -> None:
    with pytest.raises(MLTypeError, match=message):
        builder.input(name, descriptor)


def test_name_of_an_input_is_taken_once(builder: MLGraphBuilder) -> None:
    builder.input("x", PAIR)
    with pytest.raises(MLTypeError, match="the name 'x' is already taken"):
        builder.input("x", PAIR)


TWO = np.array([1.5, -2], np.float32)


def test_constant_of_another_shape_is_refused(builder: MLGraphBuilder) -> None:
    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T
    with pytest.raises(MLTypeError, match=r"expected shape \[2, 3\]; got \[3, 2\]"):
        builder.constant({"dataType": "float32", "shape": [2, 3]}, turned)
    assert builder.constant({"dataType": "float32", "shape": [2, 3]}, turned.ravel()).shape == (2, 3)


@pytest.mark.parametrize("data", [
    TWO, TWO.tobytes(), bytearray(TWO.tobytes()), memoryview(TWO.tobytes()), TWO.view(np.uint8), [1.5, -2], (1.5, -2),
    Exporter(TWO), TWO.astype(">f4"), np.repeat(TWO, 2)[::2],
], ids=lambda data: type(data).__name__)  # fmt: skip
def test_constant_takes_data_in_any_form(builder: MLGraphBuilder, data: Any) -> None:
    constant = builder.constant(PAIR, data)
    assert constant.descriptor == OperandDescriptor(DataType.FLOAT32, (2,))
    assert constant.value is not None
    assert constant.value.dtype == np.float32
    assert constant.value.tolist() == [1.5, -2]


def test_constant_takes_an_array_alone(builder: MLGraphBuilder) -> None:
    constant = builder.constant(np.arange(6, dtype=np.int64).reshape(2, 3))
    assert (constant.descriptor, constant.is_constant) == (OperandDescriptor(DataType.INT64, (2, 3)), True)


@pytest.mark.parametrize(("data_type", "value", "expected"), [
    ("float16", 1 / 3, np.float16(1 / 3)), ("int8", 300, 127), ("uint64", 2**64 - 1, 2**64 - 1), ("int32", np.float32(2.5), 2),
    ("float32", np.int64(7), 7.0), ("uint8", float("nan"), 0), ("int4", -9, -8), ("float32", float("-inf"), float("-inf")),
])  # fmt: skip
def test_scalar_constant_is_cast(builder: MLGraphBuilder, data_type: str, value: Any, expected: Any) -> None:
    constant = builder.constant(data_type, value)
    assert constant.descriptor == OperandDescriptor(DataType(data_type), ())
    assert constant.value is not None
    assert constant.value.item() == expected


@pytest.mark.parametrize(("what", "value", "message"), [
    ("float64", 1, "the data type must be one of"), ("float32", None, "the value must be a number; got NoneType"),
    ("float32", True, "the value must be a number; got bool"), ("float32", "1", "got str"), ("float32", 1j, "got complex"),
    (PAIR, TWO.astype(np.float64), "expected 2 elements of float32 or 8 bytes of uint8; got 2 elements of float64"),
    (PAIR, np.zeros(3, np.float32), "got 3 elements of float32"), (PAIR, b"1234567", "got 7 elements of uint8"),
    (PAIR, None, "got NoneType"),
    (PAIR, "12345678", "the data must be an array or a buffer; got str"), (PAIR, [1, "a"], "cannot be read"),
    (PAIR, [[1], [1, 2]], "cannot be read"),
    ({"dataType": "int32", "shape": [1]}, [1.5], r"numbers of int32 must be integers from -2147483648 to 2147483647; got \[1.5\]"),
    ({"dataType": "uint8", "shape": [1]}, [300], r"must be integers from 0 to 255; got \[300\]"),
    ({"dataType": "int4", "shape": [1]}, [8], r"must be integers from -8 to 7; got \[8\]"),
    ({"dataType": "int64", "shape": [1]}, [2**64], "must be integers from"),
    ({"dataType": "int8", "shape": [1]}, [], "must be integers from"),
    ({"dataType": "uint8", "shape": [2]}, memoryview(b"abcd")[::2], "cannot be read"),
    (np.zeros(2), None, "data type float64 is not one of"), (np.zeros((2, 0), np.float32), None, "every dimension"),
    (None, None, "object is not one of"),
])  # fmt: skip
def test_constant_rejects(builder: MLGraphBuilder, what: Any, value: Any, message: str) -> None:
    with pytest.raises(MLTypeError, match=message):
        builder.constant(what, value)


def test_constant_is_copied_and_read_only(builder: MLGraphBuilder) -> None:
    data = TWO.copy()
    value = builder.constant(PAIR, data).value
    data[0] = 9
    assert value is not None
    assert value[0] == 1.5
    assert not value.flags.writeable


def test_constant_shares_memory_without_a_copy(builder: MLGraphBuilder) -> None:
    data = TWO.copy()
    value = builder.constant(PAIR, data, copy=False).value
    assert np.shares_memory(data, value)
    assert data.flags.writeable
    assert not value.flags.writeable


@pytest.mark.parametrize(
    "data", [np.array([0x1F, 0x07], np.uint8), b"\x1f\x07", np.array([-1, 1, 7]).astype(DataType.INT4.numpy), [-1, 1, 7]]
)
def test_four_bit_constant_takes_packed_bytes_or_elements(builder: MLGraphBuilder, data: Any) -> None:
    value = builder.constant({"dataType": "int4", "shape": [3]}, data).value
    assert value is not None
    assert value.astype(np.int8).tolist() == [-1, 1, 7]


@pytest.fixture
def x(builder: MLGraphBuilder) -> MLOperand:
    return builder.input("x", {"dataType": "float32", "shape": [2, 3]})


@pytest.mark.parametrize("axes", [[0, 1], (0, 1), np.array([0, 1]), [np.int32(0), np.uint8(1)]], ids=str)
def test_option_takes_numpy_integers(builder: MLGraphBuilder, x: MLOperand, axes: Any) -> None:
    assert builder.reduce_sum(x, axes=axes).operator.axes == (0, 1)


def test_options_take_numpy_floats_and_bools(builder: MLGraphBuilder, x: MLOperand) -> None:
    assert builder.elu(x, alpha=np.float32(0.5)).operator.alpha == 0.5
    assert builder.reduce_sum(x, keep_dimensions=np.bool_(True)).shape == (1, 1)


def test_arguments_may_be_named_in_either_spelling(builder: MLGraphBuilder, x: MLOperand) -> None:
    assert builder.reshape(x, new_shape=[6]).shape == builder.reshape(input=x, newShape=[6]).shape == (6,)


@pytest.mark.parametrize(("call", "message"), [
    (lambda b, x: b.softmax(x, 1, 2), r"softmax takes 2 positional arguments \(input, axis\); got 3"),
    (lambda b, x: b.softmax(x, 1, axis=1), "softmax: axis is given twice"),
    (lambda b, x: b.softmax(x, axis=1, label=3, ), "softmax: label"),
    (lambda b, x: b.add(x, np.zeros(3, np.float32)), "instance of MLOperand"),
    (lambda b, x: b.softmax(x, 5, label="here"), r"softmax \[here\]: C1"),
    (lambda b, x: b.softmax(x, 1.5, label="here"), r"softmax \[here\]: axis"),
    (lambda b, x: b.tile(x, [2**20, 2**20], label="here"), r"tile \[here\]: output: the number of elements must be at most"),
])  # fmt: skip
def test_method_rejects(builder: MLGraphBuilder, x: MLOperand, call: Callable[..., Any], message: str) -> None:
    with pytest.raises(MLTypeError, match=message):
        call(builder, x)


def test_operand_of_another_builder_is_refused(builder: MLGraphBuilder, x: MLOperand) -> None:
    stranger = MLGraphBuilder().input("x", {"dataType": "float32", "shape": [2, 3]})
    with pytest.raises(OperatorError, match=r"add \[sum\]: b: an operand of this builder; got one of another builder"):
        builder.add(x, stranger, label="sum")
    with pytest.raises(OperatorError, match="concat: inputs: an operand of this builder"):
        builder.concat([x, stranger], 0)


def test_operator_with_several_outputs_gives_a_tuple(builder: MLGraphBuilder, x: MLOperand) -> None:
    assert [part.shape for part in builder.split(x, 3, axis=1)] == [(2, 1)] * 3
    assert isinstance(builder.split(x, 1), tuple)


@pytest.mark.parametrize(("outputs", "message"), [
    (lambda b, x: {}, "at least one output"), (lambda b, x: None, "at least one output"), (lambda b, x: [b.relu(x)], "in a mapping"),
    (lambda b, x: {"": b.relu(x)}, "the name of an output must be a string that is not empty"), (lambda b, x: {1: b.relu(x)}, "got 1"),
    (lambda b, x: {"y": x}, "output 'y' must be the output of an operator; got an input"),
    (lambda b, x: {"y": b.constant("float32", 1)}, "got a constant"), (lambda b, x: {"y": 3}, "must be an MLOperand; got int"),
    (lambda b, x: {"y": b.split(x, 2)}, "must be an MLOperand; got tuple"),
    (lambda b, x: {"y": MLGraphBuilder().input("x", PAIR)}, "belongs to another builder"),
])  # fmt: skip
def test_build_rejects(builder: MLGraphBuilder, x: MLOperand, outputs: Callable[..., Any], message: str) -> None:
    with pytest.raises(MLTypeError, match=message):
        builder.build(outputs(builder, x))


def test_builder_may_be_used_again_after_a_rejection(builder: MLGraphBuilder, x: MLOperand) -> None:
    with pytest.raises(MLTypeError):
        builder.build({})
    assert builder.build({"y": builder.relu(x)}).outputs.keys() == {"y"}


@pytest.mark.parametrize("use", [
    lambda b, x: b.relu(x), lambda b, x: b.input("z", PAIR), lambda b, x: b.constant("float32", 1), lambda b, x: b.finish({"y": x}),
    lambda b, x: b.build({"y": x}),
])  # fmt: skip
def test_builder_builds_once(builder: MLGraphBuilder, x: MLOperand, use: Callable[..., Any]) -> None:
    builder.finish({"y": builder.relu(x)})
    with pytest.raises(InvalidStateError, match="already built"):
        use(builder, x)


@pytest.mark.parametrize(("layout", "filter_layout", "shape"), [("nchw", "iohw", [1, 4, 3, 3]), ("nhwc", "ohwi", [1, 3, 3, 4])])
@pytest.mark.parametrize(("groups", "meaning"), [(1, True), (2, True), (3, False), (4, True), (8, False)])
def test_what_has_no_meaning_is_refused_when_the_graph_is_built(
    reference: MLContext, layout: Any, filter_layout: Any, shape: list[int], groups: int, meaning: bool
) -> None:
    """WebNN asks of a transposed convolution only that the input has the filter's channels, whatever the groups are."""
    builder = MLGraphBuilder(reference)
    x = builder.input("x", {"dataType": "float32", "shape": shape})
    sizes = {"i": 4, "o": 2, "h": 1, "w": 1}
    filter = builder.constant(np.ones([sizes[axis] for axis in filter_layout], np.float32))
    options: dict[str, Any] = {"input_layout": layout, "filter_layout": filter_layout, "groups": groups, "label": "up"}
    y = builder.conv_transpose2d(x, filter, **options)
    assert y.shape[layout.index("c")] == 2 * groups
    if meaning:
        assert builder.build({"y": y})(x=np.ones(shape, np.float32))["y"].shape == y.shape
        return
    reason = f"groups does not divide the input channels; got 4 input channels, groups {groups}"
    with pytest.raises(Unsupported, match=rf"convTranspose2d \[up\] is refused: this use of it has no meaning: {reason}"):
        builder.build({"y": y})


def test_builder_without_a_context_gives_graphs_only() -> None:
    builder = MLGraphBuilder()
    y = builder.relu(builder.input("x", PAIR))
    with pytest.raises(InvalidStateError, match="no context to compile for"):
        builder.build({"y": y})
    assert builder.finish({"y": y}).outputs == {"y": y}


def test_limit_of_the_context_applies(reference: MLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(reference.backend), "max_tensor_byte_length", 16)
    builder = MLGraphBuilder(reference)
    x = builder.input("x", {"dataType": "float32", "shape": [4]})
    with pytest.raises(MLTypeError, match="the byte length must be at most 16, got 20"):
        builder.constant(np.zeros(5, np.float32))
    with pytest.raises(OperatorError, match="tile: output: the byte length must be at most 16; got 32"):
        builder.tile(x, [2])
