"""Quantisation: real numbers as integers, a scale and a zero point, blockwise.

WebNN sections: dequantizeLinear, quantizeLinear. A block of elements shares one scale: along each dimension
the size of scale divides that of input. Here int4 and uint4 are allowed beyond WebNN.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, ClassVar

from ..agreement import Agreement, Bound, within
from ..errors import Unsupported
from ..operator import Limits, MLOperand, Operator, Verdict, constraint, same
from ..shapes import blockwise
from ..types import FLOATS, FOUR_BIT, DataType, OperandDescriptor, Shape

if TYPE_CHECKING:
    from ..builder import MLGraphBuilder

_QUANTIZED = (DataType.UINT8, DataType.INT8, DataType.UINT32, DataType.INT32)
_BYTES = (DataType.UINT8, DataType.INT8)


class _Quantization(Operator):
    def _check_castable(self, operand: MLOperand) -> None:
        if operand.data_type in FOUR_BIT:
            raise Unsupported(self, f"it cannot be emulated: no operator casts {operand.data_type}")


class DequantizeLinear(_Quantization):
    """Integers as real numbers: ``(input - zeroPoint) * scale``."""

    input: Annotated[MLOperand, Limits(_QUANTIZED, required=_BYTES, extension=FOUR_BIT)]
    """The integers."""
    scale: Annotated[MLOperand, Limits(FLOATS, same("input"))]
    """The size of a step, above zero; one for each block."""
    zero_point: Annotated[MLOperand, Limits(same("input"), same("input"), required=(*_BYTES, DataType.INT32))]
    """The integer that stands for zero; one for each block."""

    output_limits = {"output": Limits(same("scale"), same("input"))}
    agreement: ClassVar[Agreement] = within(1)

    @constraint("C1", "scale and zeroPoint have one shape")
    def _shapes(self) -> Verdict:
        return self.scale.shape == self.zero_point.shape or f"{self.scale.descriptor} and {self.zero_point.descriptor}"

    @constraint("C2", "every dimension of scale divides that of input")
    def _blocks(self) -> Verdict:
        return blockwise(self.scale.shape, self.input.shape) or f"{self.scale.descriptor} and {self.input.descriptor}"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.scale.data_type, self.input.shape)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        self._check_castable(self.input)
        zero = expand_blocks(b, b.cast(self.zero_point, self.scale.data_type), self.input.shape)
        steps = b.sub(b.cast(self.input, self.scale.data_type), zero)
        return b.mul(steps, expand_blocks(b, self.scale, self.input.shape))


class QuantizeLinear(_Quantization):
    """Real numbers as integers: ``clamp(roundEven(input / scale) + zeroPoint)``, clamped to the range of the output."""

    input: Annotated[MLOperand, Limits(FLOATS)]
    """The real numbers."""
    scale: Annotated[MLOperand, Limits(same("input"), same("input"))]
    """The size of a step, above zero; one for each block."""
    zero_point: Annotated[MLOperand, Limits(_QUANTIZED, same("input"), required=_BYTES, extension=FOUR_BIT)]
    """The integer that stands for zero; one for each block."""

    output_limits = {"output": Limits(same("zero_point"), same("input"))}
    agreement: ClassVar[Agreement] = Agreement("ulp", "1 step", lambda op, data_type: Bound(1))

    @constraint("C1", "scale and zeroPoint have one shape")
    def _shapes(self) -> Verdict:
        return self.scale.shape == self.zero_point.shape or f"{self.scale.descriptor} and {self.zero_point.descriptor}"

    @constraint("C2", "every dimension of scale divides that of input")
    def _blocks(self) -> Verdict:
        return blockwise(self.scale.shape, self.input.shape) or f"{self.scale.descriptor} and {self.input.descriptor}"

    def infer(self) -> OperandDescriptor:
        return OperandDescriptor(self.zero_point.data_type, self.input.shape)

    def emulate(self, b: MLGraphBuilder) -> MLOperand:
        """In the data type of input, so exact only while the integers are few enough to be exact there."""
        self._check_castable(self.zero_point)
        to = self.zero_point.data_type
        zero = expand_blocks(b, b.cast(self.zero_point, self.scale.data_type), self.input.shape)
        steps = b.round_even(b.div(self.input, expand_blocks(b, self.scale, self.input.shape)))
        return b.cast(b.clamp(b.add(steps, zero), min_value=to.minimum, max_value=to.maximum), to)


def expand_blocks(b: MLGraphBuilder, operand: MLOperand, shape: Shape) -> MLOperand:
    """Repeat each element of an operand over its block, axis by axis."""
    for axis, size in enumerate(shape):
        have = operand.shape
        if have[axis] != size:
            before, after = prod(have[:axis]), prod(have[axis + 1 :])
            apart = b.reshape(operand, (before, have[axis], 1, after))
            repeated = b.expand(apart, (before, have[axis], size // have[axis], after))
            operand = b.reshape(repeated, (*have[:axis], size, *have[axis + 1 :]))
    return operand
