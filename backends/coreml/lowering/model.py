"""The model under construction: operands as MIL values, and how each of WebNN's data types is held.

- float32, float16 and int32 are held as they are;
- int8, uint8, int4 and uint4 as int32, whose range holds them: after arithmetic they are wrapped;
- uint32 as the int32 of the same bits;
- int64 and uint64 as two int32, the low and the high half (`Wide`): a lowering that moves elements runs once for
  each half, and sees only that one;
- a scalar as ``[1]``; a tensor of more than five dimensions as a vector of all its elements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from webnpu.backend import Lowerings
from webnpu.operator import MLOperand, Operator
from webnpu.types import ANY, FOUR_BIT, Array, DataType, Shape

from ..mil import MAX_RANK, Builder, Program, Var
from ..options import Options

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
HELD = {
    DataType.FLOAT32: "fp32",
    DataType.FLOAT16: "fp16",
    **{data_type: "int32" for data_type in (*ANY, *FOUR_BIT) if not data_type.is_float},
}
"""The MIL type that holds each data type."""
NARROW = (DataType.INT8, DataType.UINT8, DataType.INT4, DataType.UINT4)
WIDE64 = (DataType.INT64, DataType.UINT64)
LARGE = 1024
"""Constants of bytes with more elements than this are stored as bytes, and become int32 when the model runs."""
HELD_WHOLE = tuple(t for t in (*ANY, *FOUR_BIT) if t not in WIDE64)
"""The data types that one value holds."""
SIGNED32 = tuple(t for t in HELD_WHOLE if t is not DataType.UINT32)
"""The data types whose numbers an int32 holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """A tensor of 64-bit integers: the low and the high half of each element."""

    low: Var
    high: Var


Value = Var | Wide
Lower = Callable[[Any, "Model"], Any]
lowers: Lowerings[Lower] = Lowerings("coreml", types=(*ANY, *FOUR_BIT), max_rank=MAX_RANK)
"""Register a function ``f(op, model)``, which gives the value of each output."""
Rows = dict[type[Operator], Any]
"""A table of easy operators."""

_conditions: dict[type[Operator], Callable[[Any], bool]] = {}


def only_if(operator: type[Operator]) -> Callable[[Callable[[Any], bool]], Callable[[Any], bool]]:
    """Say which uses of an operator its lowering takes; the others are emulated."""

    def register(condition: Callable[[Any], bool]) -> Callable[[Any], bool]:
        _conditions[operator] = condition
        return condition

    return register


def lacks(op: Operator) -> bool:
    """Whether a use of an operator must be emulated."""
    if type(op) not in lowers:
        return True
    condition = _conditions.get(type(op))
    return condition is not None and not condition(op)


def held_shape(shape: Shape) -> Shape:
    """The shape in which a tensor is held."""
    if len(shape) > MAX_RANK:
        return (int(np.prod(shape)),)
    return shape or (1,)


class Model(Builder):
    """Builds the program of one graph."""

    def __init__(self, options: Options) -> None:
        super().__init__(Program(specification=options.specification))
        self.options = options
        self.values: dict[MLOperand, Value] = {}
        self.truths: dict[MLOperand, Var] = {}
        """Truth values, of operands that hold them as 1 and 0 too."""
        self.half: str | None = None
        """Which half of 64-bit integers the lowering sees."""

    def held(self, data_type: DataType) -> str:
        """The MIL type that holds a data type, the options considered."""
        return "fp16" if data_type is DataType.FLOAT32 and self.options.precision == "float16" else HELD[data_type]

    def of(self, operand: MLOperand) -> Var:
        """The value of an operand; of 64-bit integers the half that is lowered now."""
        value = self.whole(operand)
        if isinstance(value, Wide):
            if self.half is None:
                raise TypeError(f"{operand!r} is lowered as a whole, but held in halves")
            return value.low if self.half == "low" else value.high
        return value

    def whole(self, operand: MLOperand) -> Value:
        """The value of an operand, both halves where there are two."""
        if operand not in self.values:
            assert operand.value is not None
            self.values[operand] = self.hold(operand.value, operand.data_type)
        return self.values[operand]

    def hold(self, array: Array, data_type: DataType) -> Value:
        """A constant as it is held."""
        array = array.reshape(held_shape(array.shape))
        if data_type in WIDE64:
            low, high = halves(array)
            return Wide(self.constant(low), self.constant(high))
        if data_type.is_float and compresses(self.options, array):
            return self.compressed(array)
        if data_type in (DataType.INT8, DataType.UINT8) and array.size > LARGE:
            return self.cast(self.constant(array, data_type.value), "int32")
        return self.constant(bits(array, data_type), self.held(data_type))

    def compressed(self, array: Array) -> Var:
        """A float constant stored in few bits: symmetric, one scale for each row."""
        most = 127 if self.options.weights == "int8" else 7
        rows = np.abs(array.astype(np.float64)).reshape(array.shape[0], -1).max(1)
        scale = np.where(rows == 0, 1.0, rows / most)
        along = (-1,) + (1,) * (array.ndim - 1)
        dtype = self.held(DataType.of(array.dtype))
        scale = scale.astype(np.float16 if dtype == "fp16" else np.float32)
        scale = np.where(scale == 0, np.finfo(scale.dtype).smallest_subnormal, scale)
        steps = np.clip(np.rint(array / scale.reshape(along).astype(np.float64)), -most, most).astype(np.int8)
        return self.dequantized_constant(
            steps, self.options.weights, scale.reshape(along), np.zeros(scale.shape, np.int8).reshape(along), dtype
        )

    def dequantized_constant(self, steps: Array, kind: str, scale: Array, zero: Array, dtype: str) -> Var:
        """A constant ``(steps - zero) * scale``, stored as it is written here; one scale for all, or for each place along an axis."""
        if self.program.specification >= 9:
            values = {"data": (steps, kind), "scale": (scale, dtype), "offset": (zero, kind)}
            return self.constexpr("constexpr_blockwise_shift_scale", dtype, steps.shape, **values)
        axis = next((at for at, size in enumerate(scale.shape) if size > 1), 0)
        whole = scale.size == 1
        return self.constexpr(
            "constexpr_affine_dequantize",
            dtype,
            steps.shape,
            quantized_data=(steps, kind),
            zero_point=(zero.reshape(() if whole else -1), kind),
            scale=(scale.reshape(() if whole else -1), dtype),
            axis=(np.array(axis, np.int32), "int32"),
        )

    def weights(self, operand: MLOperand, order: Shape) -> Var:
        """A filter with its dimensions in another order; of a constant they are reordered now."""
        if operand.value is not None and not compresses(self.options, operand.value):
            return self.constant(np.ascontiguousarray(operand.value.transpose(order)), self.held(operand.data_type))
        return self.transpose(self.of(operand), order)

    def shape(self, operand: MLOperand) -> Shape:
        """The shape in which an operand is held."""
        return held_shape(operand.shape)

    def filled(self, operand: MLOperand, number: int | float, shape: Shape) -> Var:
        """A constant of one number of an operand's data type; of 64-bit integers the half that is lowered now."""
        array = np.array(number).astype(operand.data_type.numpy).reshape(1)
        if operand.data_type in WIDE64:
            part = halves(array)[self.half == "high"]
        else:
            part = bits(array, operand.data_type)
        return self.constant(np.full(shape, part[0]), self.held(operand.data_type))

    def wrap(self, x: Var, data_type: DataType) -> Var:
        """A result brought back into the range of a narrow integer type, modulo its size."""
        if data_type not in NARROW:
            return x
        count, least = 2**data_type.bits, int(data_type.minimum)
        from_zero = self.binary("sub", x, least) if least else x
        return self.binary("sub", x, self.binary("mul", self.binary("floor_div", from_zero, count), count))

    def ordered(self, x: Var, data_type: DataType) -> Var:
        """The integers whose signed order is that of the operand: uint32 is shifted down by half its range."""
        return self.binary("add", x, INT_MIN) if data_type is DataType.UINT32 else x

    def truth(self, operand: MLOperand) -> Var:
        """An operand as truth values: whether each element is not 0."""
        if operand not in self.truths:
            self.truths[operand] = self.compare("not_equal", self.of(operand), 0)
        return self.truths[operand]

    def from_truth(self, operand: MLOperand, truth: Var) -> Var:
        """Truth values as 1 and 0, remembered as what they were."""
        self.truths[operand] = truth
        return self.cast(truth, "int32")


def compresses(options: Options, array: Array) -> bool:
    """Whether the options ask for a float constant to be compressed: matrices and filters, not vectors."""
    return options.weights != "as-is" and array.ndim >= 2 and array.size >= 1024 and array.dtype.kind == "f"


def bits(array: Array, data_type: DataType) -> Array:
    """The elements as they are held: narrow integers as int32, uint32 as the int32 of the same bits."""
    if data_type is DataType.UINT32:
        return np.ascontiguousarray(array).view(np.int32)
    return array if data_type.is_float else array.astype(np.int32)


def halves(array: Array) -> tuple[Array, Array]:
    """The low and the high half of 64-bit integers, each as int32 of the same bits."""
    pairs = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).view("<i4").reshape(*array.shape, 2)
    return pairs[..., 0], pairs[..., 1]


def joined(low: Array, high: Array, data_type: DataType) -> Array:
    """The 64-bit integers of two halves."""
    return np.stack([low, high], axis=-1).astype("<i4").view(data_type.numpy.newbyteorder("<"))[..., 0]
