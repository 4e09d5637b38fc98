"""Cases for quantisation. Scales are above zero, and integers small enough to be exact in the type of the scale."""

from __future__ import annotations

from ...operators.quantization import DequantizeLinear, QuantizeLinear
from ...types import FLOATS, DataType, Shape
from .data import Fill, Tensor, full_range, listed, multiples, uniform, whole
from .recipe import Recipe, Recipes

_QUANTIZED = (*DequantizeLinear.operand_limits["input"].types, *DequantizeLinear.operand_limits["input"].extension)  # type: ignore[misc]
FLOAT32 = DataType.FLOAT32

SHAPES: tuple[tuple[str, str, Shape, Shape], ...] = (
    ("whole", "One scale for all", (2, 4), (1, 1)),
    ("row", "A scale for each row", (3, 4), (3, 1)),
    ("blocks", "A scale for each block of two by two", (4, 6), (2, 3)),
    ("each", "A scale for each element", (2, 3), (2, 3)),
    ("scalar", "A scalar", (), ()),
    ("vector", "A scale for each block of three of a vector", (9,), (3,)),
    ("column", "A scale for each column", (2, 5), (1, 5)),
    ("channels", "A scale for each channel of images", (1, 3, 2, 2), (1, 3, 1, 1)),
    ("blocks-rank-3", "Blocks along the last of three axes", (2, 2, 6), (2, 2, 2)),
    ("rank-5", "Blocks of rank 5", (1, 2, 2, 2, 2), (1, 1, 2, 1, 2)),
    ("odd-block", "Blocks of seven", (14, 1), (2, 1)),
    ("one-element", "One element", (1,), (1,)),
)


def _moderate(data_type: DataType) -> Fill:
    """Exact in float16 too, after the zero point is taken off."""
    return full_range if data_type.bits <= 8 else whole(-900, 900)


def _zero_points(data_type: DataType) -> Fill:
    if data_type.bits == 4:
        return whole(-3, 3) if data_type.is_signed else whole(5, 9)
    return whole(-20, 20) if data_type.is_signed else whole(100, 140)


def _dequantize() -> Recipes:
    for data_type in _QUANTIZED:
        for scale_type in FLOATS:
            for what, about, shape, blocks in SHAPES if scale_type is FLOAT32 else SHAPES[:4]:
                operands = {
                    "input": Tensor(data_type, shape, _moderate(data_type)),
                    "scale": Tensor(scale_type, blocks, uniform(0.01, 2)),
                    "zero_point": Tensor(data_type, blocks, _zero_points(data_type)),
                }
                weights = ("scale", "zero_point") if what != "each" else ()
                yield Recipe(DequantizeLinear, f"{what}-{scale_type}", f"{about}, of {scale_type}", operands, {}, weights)
        high = int(data_type.maximum) if data_type.bits <= 8 else 2**20
        low = int(data_type.minimum) if data_type.bits <= 8 else (-(2**20) if data_type.is_signed else 0)
        ends = {
            "input": Tensor(data_type, (4,), listed(low, high, 0, 1)),
            "scale": Tensor(FLOAT32, (1,), listed(0.5)),
            "zero_point": Tensor(data_type, (1,), listed(high if data_type.bits <= 8 else 0)),
        }
        yield Recipe(DequantizeLinear, "ends", "The ends of the range", ends, {}, ("scale", "zero_point"))
        packed = {
            "input": Tensor(data_type, (5, 3), _moderate(data_type)),
            "scale": Tensor(FLOAT32, (1, 3), listed(0.5, 0.25, 2)),
            "zero_point": Tensor(data_type, (1, 3), listed(0, 1, 2)),
        }
        about = "Everything a constant, as the weights of a quantised model are"
        yield Recipe(DequantizeLinear, "constant-weights", about, packed, {}, ("input", "scale", "zero_point"))


def _quantize() -> Recipes:
    for data_type in _QUANTIZED:
        for input_type in FLOATS:
            for what, about, shape, blocks in SHAPES if input_type is FLOAT32 else SHAPES[:4]:
                operands = {
                    "input": Tensor(input_type, shape, uniform(-3, 3) if data_type.is_signed else uniform(-1, 3)),
                    "scale": Tensor(input_type, blocks, listed(0.5, 0.25, 0.125, 1.0)),
                    "zero_point": Tensor(data_type, blocks, _zero_points(data_type)),
                }
                weights = ("scale", "zero_point") if what != "each" else ()
                yield Recipe(QuantizeLinear, f"{what}-{data_type}", f"{about}, to {data_type}", operands, {}, weights)
            halves = {
                "input": Tensor(input_type, (8,), multiples(0.25, 1, 15) if not data_type.is_signed else multiples(0.25, -11, 11)),
                "scale": Tensor(input_type, (1,), listed(0.5)),
                "zero_point": Tensor(data_type, (1,), listed(0)),
            }
            yield Recipe(QuantizeLinear, f"halves-{data_type}", "Halves go to the even neighbour", halves, {}, ("scale", "zero_point"))
            if data_type.bits <= 8:
                far = {**halves, "input": Tensor(input_type, (6,), listed(1000, -1000, 500, -500, 0, 1))}
                about = "What is beyond the range becomes its end"
                yield Recipe(QuantizeLinear, f"saturates-{data_type}", about, far, {}, ("scale", "zero_point"))


def recipes() -> Recipes:
    """The cases of this family."""
    yield from _dequantize()
    yield from _quantize()
