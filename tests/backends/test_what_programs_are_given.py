"""What is given to a program and to a device's tensors is checked in one way on every backend, and right in any layout."""

from __future__ import annotations

import array
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from webnpu import InvalidStateError, MLGraphBuilder, MLTypeError
from webnpu.backend import Backend, HostTensor, Program
from webnpu.graph import Graph
from webnpu.types import DataType, OperandDescriptor

F32 = OperandDescriptor(DataType.FLOAT32, (2, 3))
X = np.arange(6, dtype=np.float32).reshape(2, 3) - 2
Z = np.array([10, 20, 30], np.float32)
GIVEN = {"x": X, "z": Z}


def difference() -> Graph:
    b = MLGraphBuilder()
    return b.finish({"y": b.sub(b.input("x", F32), b.input("z", {"dataType": "float32", "shape": [3]}))})


def identity(data_type: str, shape: list[int]) -> Graph:
    b = MLGraphBuilder()
    return b.finish({"y": b.identity(b.input("x", {"dataType": data_type, "shape": shape}))})


def moved(data_type: str) -> Graph:
    """A graph that gives its input back, as float32 what has 4 bits."""
    if not DataType(data_type).is_extension:
        return identity(data_type, [2, 3])
    b = MLGraphBuilder()
    one, zero = b.constant(np.ones((1, 1), np.float32)), b.constant(np.zeros((1, 1), DataType(data_type).numpy))
    return b.finish({"y": b.dequantize_linear(b.input("x", {"dataType": data_type, "shape": [2, 3]}), one, zero)})


@pytest.fixture(scope="module")
def program(every: Backend) -> Program:
    return every.compile(difference())


def spaced(values: np.ndarray) -> np.ndarray:
    room = np.full((*values.shape[:-1], values.shape[-1] * 2), 99, values.dtype)
    room[..., ::2] = values
    return room[..., ::2]


def unaligned(values: np.ndarray) -> np.ndarray:
    room = np.zeros(values.nbytes + 1, np.uint8)
    room[1:] = values.view(np.uint8).reshape(-1)
    return np.frombuffer(room.data, values.dtype, values.size, 1).reshape(values.shape)


def read_only(values: np.ndarray) -> np.ndarray:
    values = values.copy()
    values.flags.writeable = False
    return values


LAYOUTS: dict[str, Callable[[np.ndarray], Any]] = {
    "in order": lambda x: x,
    "with gaps": spaced,
    "reversed": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "by columns": np.asfortranarray,
    "read-only": read_only,
    "byte-swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "unaligned": unaligned,
    "a matrix": lambda x: x.view(type("Own", (np.ndarray,), {})),
    "nested lists": lambda x: x.tolist(),
    "one list": lambda x: x.reshape(-1).tolist(),
    "bytes": lambda x: x.tobytes(),
    "a bytearray": lambda x: bytearray(x.tobytes()),
    "a view of bytes": lambda x: memoryview(x).cast("B"),
    "a view": memoryview,
    "an array of Python's": lambda x: array.array("f", x.reshape(-1).tolist()),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_input_is_right_in_any_layout(program: Program, layout: str) -> None:
    before = X.copy()
    result = program.run({"z": Z, "x": LAYOUTS[layout](X)})["y"]
    np.testing.assert_array_equal(result, X - Z)
    np.testing.assert_array_equal(before, X)


def test_repeated_rows_are_right(program: Program) -> None:
    row = np.broadcast_to(np.float32([1, 2, 3]), (2, 3))
    np.testing.assert_array_equal(program.run({"x": row, "z": Z})["y"], row - Z)


@pytest.mark.parametrize("given", [np.array(2.5, np.float32), np.float32(2.5), 2.5, [2.5], np.float32(2.5).tobytes()])
def test_scalar_is_given_as_an_array_or_a_number(every: Backend, given: Any) -> None:
    result = every.compile(identity("float32", [])).run({"x": given})["y"]
    assert (result.shape, result.tolist()) == ((), 2.5)


@pytest.mark.parametrize("data_type", ["float16", "int32", "uint32", "int64", "uint64", "int8", "uint8", "int4", "uint4"])
def test_every_type_is_right_by_columns(every: Backend, data_type: str) -> None:
    x = np.array([[1, 2, 3], [4, 5, 6]]).astype(DataType(data_type).numpy)
    result = every.compile(moved(data_type)).run({"x": np.asfortranarray(x)})["y"]
    np.testing.assert_array_equal(result.astype(np.int64), x.astype(np.int64))


WRONG: dict[str, tuple[Any, str]] = {
    "one missing": ({"x": X}, r"missing input z; the inputs are x: float32\[2, 3\], z: float32\[3\]"),
    "all missing": ({}, "missing input x, z"),
    "one unknown": ({**GIVEN, "w": Z}, "unknown input w"),
    "a name that is no string": ({**GIVEN, 3: Z}, "unknown input 3"),
    "a name that does not show": ({**GIVEN, "\x1b[31m": Z}, r"unknown input '\\x1b\[31m'"),
    "none at all": (None, "the inputs must be a mapping of names to arrays; got NoneType"),
    "a list": ([X, Z], "must be a mapping of names to arrays; got list"),
    "an array": (X, "must be a mapping of names to arrays; got ndarray"),
    "a string": ("xz", "must be a mapping of names to arrays; got str"),
    "null": ({"x": None, "z": Z}, "input 'x': the data must be an array or a buffer; got NoneType"),
    "a string in a mapping": ({"x": "123456", "z": Z}, "input 'x': the data must be an array or a buffer; got str"),
    "another shape": ({"x": X.T, "z": Z}, r"input 'x': expected shape \[2, 3\]; got \[3, 2\]"),
    "one dimension": ({"x": X.reshape(-1), "z": Z}, r"input 'x': expected shape \[2, 3\]; got \[6\]"),
    "one dimension more": ({"x": X[None], "z": Z}, r"input 'x': expected shape \[2, 3\]; got \[1, 2, 3\]"),
    "too many": ({"x": X, "z": np.zeros(4, np.float32)}, r"input 'z': expected shape \[3\]; got \[4\]"),
    "one element": ({"x": X, "z": np.zeros(1, np.float32)}, r"input 'z': expected shape \[3\]; got \[1\]"),
    "nothing": ({"x": X, "z": np.zeros(0, np.float32)}, r"input 'z': expected shape \[3\]; got \[0\]"),
    "a scalar": ({"x": X, "z": np.float32(1)}, "input 'z': expected 3 elements of float32"),
    "float64": ({"x": X.astype(np.float64), "z": Z}, "input 'x': expected 6 elements of float32 .*got 6 elements of float64"),
    "float16": ({"x": X.astype(np.float16), "z": Z}, "got 6 elements of float16"),
    "int32": ({"x": X, "z": Z.astype(np.int32)}, "input 'z': .*got 3 elements of int32"),
    "booleans": ({"x": X > 0, "z": Z}, "got 6 elements of bool"),
    "complex": ({"x": X.astype(np.complex64), "z": Z}, "got 6 elements of complex64"),
    "objects": ({"x": X.astype(object), "z": Z}, "got 6 elements of object"),
    "a mask": ({"x": np.ma.masked_array(X, X > 0), "z": Z}, "an array with a mask"),
    "lists of another shape": ({"x": X.T.tolist(), "z": Z}, r"input 'x': expected shape \[2, 3\]; got \[3, 2\]"),
    "ragged lists": ({"x": [[1, 2, 3], [4]], "z": Z}, "input 'x': the data cannot be read"),
    "strings in lists": ({"x": X, "z": ["1", "2", "3"]}, "input 'z': the data cannot be read: expected numbers"),
    "null in lists": ({"x": X, "z": [1, None, 3]}, "input 'z': the data cannot be read: expected numbers"),
    "too few bytes": ({"x": X.tobytes()[:-1], "z": Z}, "input 'x': .*got 23 elements of uint8"),
    "a view of doubles": ({"x": memoryview(np.zeros(3)), "z": Z}, "input 'x': .*got 3 elements of float64"),
    "a mapping": ({"x": {}, "z": Z}, "got dict"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_input_is_named_and_the_next_is_right(program: Program, wrong: str) -> None:
    given, message = WRONG[wrong]
    program.run(GIVEN)  # whose arrays must not stay
    with pytest.raises(MLTypeError, match=f"graph: .*{message}|graph: {message}"):
        program.run(given)
    np.testing.assert_array_equal(program.run({"x": X + 1, "z": Z})["y"], X + 1 - Z)


def test_numbers_beyond_an_integer_type_are_refused(every: Backend) -> None:
    bytes_ = every.compile(identity("uint8", [2]))
    for given in ([1, 256], [-1, 0], [1.5, 2]):
        with pytest.raises(MLTypeError, match="input 'x': numbers of uint8 must be integers from 0 to 255"):
            bytes_.run({"x": given})


def test_what_is_returned_is_the_callers_own(every: Backend) -> None:
    b = MLGraphBuilder()
    x = b.input("x", F32)
    same = b.identity(x)
    fixed = b.reshape(b.constant(X), [3, 2])
    program = every.compile(b.finish({"a": same, "b": same, "c": b.reshape(x, [6]), "fixed": fixed}))
    given = X.copy()
    first = program.run({"x": given})
    for name, result in first.items():
        result[...] = 7
        others = [first[other] for other in first if other != name]
        assert not any(np.shares_memory(result, other) for other in [given, X, *others])
    np.testing.assert_array_equal(given, X)
    for name, result in program.run({"x": given}).items():
        np.testing.assert_array_equal(result.reshape(-1), X.reshape(-1), err_msg=name)


def test_destroyed_program_says_so(every: Backend) -> None:
    program = every.compile(difference())
    program.run(GIVEN)
    program.destroy()
    program.destroy()
    for use in (lambda: program.run(GIVEN), lambda: program.dispatch({}, {})):
        with pytest.raises(InvalidStateError, match="the graph is destroyed"):
            use()


def tensors(backend: Backend) -> tuple[dict[str, Any], dict[str, Any]]:
    given = {name: backend.create_tensor(d) for name, d in difference().input_descriptors.items()}
    for name, tensor in given.items():
        tensor.write(GIVEN[name])
    return given, {"y": backend.create_tensor(F32)}


def test_dispatch_computes_into_tensors(every: Backend, program: Program) -> None:
    given, wanted = tensors(every)
    program.dispatch(given, wanted)
    np.testing.assert_array_equal(wanted["y"].read(), X - Z)


def test_dispatch_refuses_what_does_not_fit(every: Backend, program: Program) -> None:
    given, wanted = tensors(every)
    wide = every.create_tensor(OperandDescriptor(DataType.FLOAT32, (3, 2)))
    half = every.create_tensor(OperandDescriptor(DataType.FLOAT16, (2, 3)))
    gone = every.create_tensor(F32)
    gone.destroy()
    refused: list[tuple[Any, Any, str]] = [
        ({}, wanted, "missing input x, z"),
        ({"x": given["x"]}, wanted, "missing input z"),
        ({**given, "w": wide}, wanted, "unknown input w"),
        (given, {}, "missing output y"),
        (given, {**wanted, "q": wide}, "unknown output q"),
        (None, wanted, "the inputs must be a mapping of names to tensors; got NoneType"),
        (given, [wanted["y"]], "the outputs must be a mapping of names to tensors; got list"),
        ({**given, "x": None}, wanted, "input 'x': expected a tensor of the device; got NoneType"),
        ({**given, "x": X}, wanted, "input 'x': expected a tensor of the device; got ndarray"),
        ({**given, "x": wide}, wanted, r"input 'x': expected float32\[2, 3\]; got float32\[3, 2\]"),
        (given, {"y": half}, r"output 'y': expected float32\[2, 3\]; got float16\[2, 3\]"),
        ({**given, "x": gone}, wanted, "input 'x': the tensor is destroyed"),
        (given, {"y": gone}, "output 'y': the tensor is destroyed"),
        (given, {"y": given["x"]}, "a tensor is given twice"),
    ]
    for inputs, outputs, message in refused:
        with pytest.raises(MLTypeError, match=f"dispatch: {message}"):
            program.dispatch(inputs, outputs)
    program.dispatch(given, wanted)
    np.testing.assert_array_equal(wanted["y"].read(), X - Z)


def test_dispatch_refuses_tensors_of_another_device(every: Backend, program: Program, reference: Any) -> None:
    given, wanted = tensors(every)
    if isinstance(given["x"], HostTensor):
        pytest.skip("memory of this process is the same for all backends that compute in it")
    with pytest.raises(MLTypeError, match="dispatch: input 'x': the tensor is of another device: a HostTensor"):
        program.dispatch({**given, "x": reference.backend.create_tensor(F32)}, wanted)


def test_tensor_takes_what_fits_in_any_layout(every: Backend) -> None:
    tensor = every.create_tensor(F32)
    for layout, laid in LAYOUTS.items():
        tensor.write(np.zeros((2, 3), np.float32))
        tensor.write(laid(X))
        np.testing.assert_array_equal(tensor.read(), X, err_msg=layout)
    for wrong in (None, X.T, X[0], X.astype(np.float64), "123456", b"1", [1, None, 3, 4, 5, 6]):
        with pytest.raises(MLTypeError, match="tensor: "):
            tensor.write(wrong)
    np.testing.assert_array_equal(tensor.read(), X)
    tensor.destroy()
    tensor.destroy()
    for use in (tensor.read, lambda: tensor.write(X)):
        with pytest.raises(InvalidStateError, match="the tensor is destroyed"):
            use()


def test_any_mapping_will_do(program: Program) -> None:
    class Lazy(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            return GIVEN[name]

        def __iter__(self) -> Any:
            return iter(GIVEN)

        def __len__(self) -> int:
            return len(GIVEN)

    np.testing.assert_array_equal(program.run(Lazy())["y"], X - Z)
