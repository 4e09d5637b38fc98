"""A program in MIL, Core ML's intermediate language, under construction: operations in order, typed values.

`webnpu.backends.coreml.package` writes it; the lowering builds it. Nothing here knows protobuf. A value of rank 0
never occurs: Core ML has no such inputs, and several of its operations fail on them, so that scalars are ``[1]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from webnpu.naming import Naming
from webnpu.shapes import broadcast
from webnpu.types import Array, Shape

NUMPY = {"fp16": np.float16, "fp32": np.float32, "int32": np.int32, "int8": np.int8, "uint8": np.uint8, "bool": np.bool_}
"""The NumPy type of each MIL type that has one; 4-bit values are kept as int8 and uint8."""
MAX_RANK = 5
"""The largest rank of a value."""


_RESERVED = frozenset(
    [
        "any",
        "bool",
        "program",
        "func",
        "tensor",
        "list",
        "dict",
        "tuple",
        "true",
        "false",
        "string",
        "bf16",
        "fp16",
        "fp32",
        "fp64",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
    ]
)
"""Words of the language that are no names; coremltools keeps from them too."""
NAMING = Naming(
    "Core ML",
    holds=lambda name: re.fullmatch(r"[A-Za-z_][A-Za-z0-9_@]*", name) is not None and name not in _RESERVED,
    spelled=lambda name: re.sub(r"^(?![A-Za-z_])", "_", re.sub(r"[^A-Za-z0-9_@]", "_", name)),
    apart=True,
)
"""The names of values; inputs, outputs and what lies between share one namespace."""


@dataclass(slots=True, eq=False)
class Var:
    """A value of the program: an input, a constant, or what an operation computes. Only its name may change."""

    name: str
    dtype: str
    shape: Shape
    value: Array | None = field(default=None, repr=False)
    """The elements of a constant."""

    @property
    def is_float(self) -> bool:
        return self.dtype in ("fp16", "fp32")

    @property
    def rank(self) -> int:
        return len(self.shape)


Literal = bool | int | str | Sequence[bool] | Sequence[int] | Array
"""A parameter's value that stands in the operation itself."""
Argument = Var | Sequence[Var] | Literal


@dataclass(slots=True)
class Operation:
    """One operation of the program."""

    type: str
    inputs: Mapping[str, Argument]
    outputs: tuple[Var, ...]
    attributes: Mapping[str, tuple[Array, str]] = field(default_factory=dict)
    """Values that are stored beside the operation, each with its MIL type: those of constants."""


@dataclass(slots=True)
class Program:
    """A program: what it takes, what it does, what it gives."""

    inputs: list[Var] = field(default_factory=list)
    outputs: list[Var] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    specification: int = 8
    """The version of the model format: 8 for iOS 17 and macOS 14."""
    metadata: dict[str, str] = field(default_factory=dict)
    """What is written into the model's description for its readers."""

    @property
    def opset(self) -> str:
        """The set of operations that belongs to the version of the format."""
        return f"CoreML{self.specification - 1}"


class Builder:
    """Adds operations to a program and knows the type and shape of what they compute.

    A keyword of `emit` is a parameter of the operation. Numbers, strings and lists of numbers become immediate
    values; arrays and `Var` operands.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._names: set[str] = set()
        self._constants: dict[tuple[bytes, str, Shape] | None, Var] = {}

    def name(self, hint: str) -> str:
        """A new name that the format allows, as near to the hint as it goes."""
        return NAMING.fresh(hint, self._names)

    def reserve(self, names: Iterable[str]) -> None:
        """Keep names for inputs and outputs, so that nothing else gets them."""
        self._names.update(names)

    def input(self, name: str, dtype: str, shape: Shape) -> Var:
        """An input of the program, under a name that was reserved, or that nothing else has."""
        self._names.add(name)
        var = Var(name, dtype, shape)
        self.program.inputs.append(var)
        return var

    def output(self, name: str, var: Var) -> Var:
        """Let a value be an output of the program, under a name that was reserved, or that nothing else has."""
        computed = var.value is None and var not in self.program.inputs and var not in self.program.outputs
        var = var if computed else self.unary("identity", var)
        self._names.add(name)
        var.name = name
        self.program.outputs.append(var)
        return var

    def emit(self, type: str, dtype: str, shape: Iterable[int], /, **inputs: Argument) -> Var:
        """Add an operation with one output of the given type and shape."""
        var = Var(self.name(f"{type}_{len(self.program.operations)}"), dtype, tuple(shape))
        self.program.operations.append(Operation(type, inputs, (var,)))
        return var

    def emit_several(self, type: str, outputs: Sequence[tuple[str, Shape]], /, **inputs: Argument) -> tuple[Var, ...]:
        """Add an operation with several outputs."""
        count = len(self.program.operations)
        made = tuple(Var(self.name(f"{type}_{count}"), dtype, shape) for dtype, shape in outputs)
        self.program.operations.append(Operation(type, inputs, made))
        return made

    def constant(self, array: Array, dtype: str | None = None) -> Var:
        """A constant operand; small ones that are alike are written once."""
        array = np.asarray(array)
        dtype = dtype or next(name for name, kind in NUMPY.items() if array.dtype == kind)
        if dtype in NUMPY:
            array = np.ascontiguousarray(array, NUMPY[dtype])
        array = array.reshape(array.shape or (1,))
        key = (array.tobytes(), dtype, array.shape) if array.size <= 16 else None
        if key in self._constants:
            return self._constants[key]
        var = Var(self.name(f"const_{len(self.program.operations)}"), dtype, array.shape, array)
        self.program.operations.append(Operation("const", {}, (var,), {"val": (array, dtype)}))
        if key is not None:
            self._constants[key] = var
        return var

    def constexpr(self, type: str, dtype: str, shape: Shape, /, **values: tuple[Array, str]) -> Var:
        """A constant that is computed from compressed data when the model is loaded."""
        var = Var(self.name(f"{type}_{len(self.program.operations)}"), dtype, shape)
        if self.program.specification >= 9:
            stored = {name: self.constant(array, kind) for name, (array, kind) in values.items()}
            self.program.operations.append(Operation(type, stored, (var,)))
        else:
            self.program.operations.append(Operation(type, {}, (var,), values))
        return var

    def number(self, like: Var, value: float) -> Var:
        """A constant of one element, of another value's type."""
        return self.constant(np.array([value]).astype(NUMPY[like.dtype]), like.dtype)

    def scalar(self, like: Var, value: float) -> Array:
        """A parameter of one number, of another value's type."""
        return np.array(value).astype(NUMPY[like.dtype])

    # What the chapters of the lowering say most often.

    def unary(self, type: str, x: Var, /, **parameters: Argument) -> Var:
        return self.emit(type, x.dtype, x.shape, x=x, **parameters)

    def binary(self, type: str, x: Var, y: Var | float, dtype: str | None = None) -> Var:
        """An element-wise operation with broadcasting."""
        other = y if isinstance(y, Var) else self.number(x, y)
        shape = broadcast(x.shape, other.shape)
        if shape is None:
            raise ValueError(f"{type}: shapes {x.shape} and {other.shape} do not broadcast")
        return self.emit(type, dtype or x.dtype, shape, x=x, y=other)

    def compare(self, type: str, x: Var, y: Var | float) -> Var:
        """An element-wise operation whose result is a truth value."""
        return self.binary(type, x, y, "bool")

    def select(self, condition: Var, a: Var, b: Var) -> Var:
        """``a`` where the condition holds, else ``b``. coremltools infers the shape from these two alone, so they must span it."""
        values = broadcast(a.shape, b.shape)
        shape = None if values is None else broadcast(values, condition.shape)
        if shape is None:
            raise ValueError(f"select: shapes {condition.shape}, {a.shape} and {b.shape} do not broadcast")
        a = a if values == shape else self.expand(a, shape)
        return self.emit("select", a.dtype, shape, cond=condition, a=a, b=b)

    def cast(self, x: Var, dtype: str) -> Var:
        return x if x.dtype == dtype else self.emit("cast", dtype, x.shape, x=x, dtype=dtype)

    def reshape(self, x: Var, shape: Iterable[int]) -> Var:
        shape = tuple(shape)
        return x if x.shape == shape else self.emit("reshape", x.dtype, shape, x=x, shape=shape)

    def transpose(self, x: Var, order: Sequence[int]) -> Var:
        if tuple(order) == tuple(range(x.rank)):
            return x
        return self.emit("transpose", x.dtype, [x.shape[axis] for axis in order], x=x, perm=tuple(order))

    def slice(self, x: Var, starts: Sequence[int], ends: Sequence[int], strides: Sequence[int] | None = None) -> Var:
        steps = tuple(strides) if strides else (1,) * x.rank
        shape = [-(-(end - start) // step) for start, end, step in zip(starts, ends, steps, strict=True)]
        if tuple(shape) == x.shape:
            return x
        return self.emit("slice_by_index", x.dtype, shape, x=x, begin=tuple(starts), end=tuple(ends), stride=steps)

    def concat(self, values: Sequence[Var], axis: int) -> Var:
        if len(values) == 1:
            return values[0]
        shape = list(values[0].shape)
        shape[axis] = sum(value.shape[axis] for value in values)
        return self.emit("concat", values[0].dtype, shape, values=tuple(values), axis=axis, interleave=False)

    def tile(self, x: Var, repetitions: Sequence[int]) -> Var:
        if all(times == 1 for times in repetitions):
            return x
        shape = [size * times for size, times in zip(x.shape, repetitions, strict=True)]
        return self.emit("tile", x.dtype, shape, x=x, reps=tuple(repetitions))

    def expand(self, x: Var, shape: Shape) -> Var:
        """The value repeated along its dimensions of size 1."""
        padded = (1,) * (len(shape) - x.rank) + x.shape
        return self.tile(self.reshape(x, padded), [size // have for size, have in zip(shape, padded, strict=True)])

    def reduce(self, type: str, x: Var, axes: Sequence[int], keep_dims: bool = True) -> Var:
        shape = [1 if axis in axes else size for axis, size in enumerate(x.shape) if keep_dims or axis not in axes]
        return self.emit(type, x.dtype, shape, x=x, axes=tuple(axes), keep_dims=keep_dims)

    def reverse(self, x: Var, axes: Sequence[int]) -> Var:
        return self.unary("reverse", x, axes=tuple(axes)) if axes else x
