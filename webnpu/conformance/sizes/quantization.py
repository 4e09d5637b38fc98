"""Quantisation at size: long tensors, and scales for many channels and blocks."""

from __future__ import annotations

from ...operators.quantization import DequantizeLinear, QuantizeLinear
from ...types import FLOATS, DataType, Shape
from ..corpus.data import full_range, listed, uniform, whole
from .elementwise import halved
from .recipe import DEEP, FLOAT32, INT8, INT32, LONG, UINT8, VAST, SizeRecipe, SizeRecipes
from .tensors import Tiled

SHAPES: tuple[tuple[str, str, Shape, Shape], ...] = (
    ("long", "One scale for a long vector", (LONG,), (1,)),
    ("channels", "A scale for each of more than 65,535 channels", (3, LONG), (1, LONG)),
    ("rows", "A scale for each of more than 65,535 rows", (LONG, 5), (LONG, 1)),
    ("blocks", "A scale for each block of three of long rows", (3, 3 * LONG), (3, LONG)),
    ("block", "Blocks of more than 65,535 elements", (2, 2 * LONG), (2, 2)),
)
LARGE: tuple[tuple[str, str, Shape, Shape], ...] = (
    *(
        (f"rank-{rank}", f"Rank {rank}, a scale for each block of every second dimension", shape, halved(shape))
        for rank, shape in DEEP.items()
    ),
    ("vast", "A scale for each column of more than 128 MiB", VAST, (1, LONG)),
    ("vast-blocks", "A scale for each block of 27 rows of more than 128 MiB", VAST, (19, 1)),
)


def _dequantize(what: str, about: str, shape: Shape, blocks: Shape, data_type: DataType, scale: DataType = FLOAT32) -> SizeRecipe:
    operands = {
        "input": Tiled(data_type, shape, full_range if data_type.bits == 8 else whole(-900, 900)),
        "scale": Tiled(scale, blocks, uniform(0.01, 2)),
        "zero_point": Tiled(data_type, blocks, whole(0, 20)),
    }
    constants = ("scale", "zero_point") if what in ("long", "channels") else ()
    return SizeRecipe(DequantizeLinear, f"{what}-{scale}", f"{about}, of {scale}", operands, {}, constants)


def _quantize(what: str, about: str, shape: Shape, blocks: Shape, data_type: DataType, source: DataType = FLOAT32) -> SizeRecipe:
    operands = {
        "input": Tiled(source, shape, uniform(-3, 3) if data_type.is_signed else uniform(-1, 3)),
        "scale": Tiled(source, blocks, listed(0.5, 0.25, 0.125, 1.0, 0.5)),
        "zero_point": Tiled(data_type, blocks, whole(-20, 20) if data_type.is_signed else whole(100, 140)),
    }
    constants = ("scale", "zero_point") if what in ("long", "channels") else ()
    return SizeRecipe(QuantizeLinear, f"{what}-{data_type}", f"{about}, to {data_type}", operands, {}, constants)


def recipes() -> SizeRecipes:
    """The cases of this family."""
    for form in SHAPES:
        for data_type in (INT8, UINT8, INT32):
            for kind in FLOATS:
                yield _dequantize(*form, data_type, kind)
                yield _quantize(*form, data_type, kind)
    for form in LARGE:
        yield _dequantize(*form, INT32)
        yield _quantize(*form, INT8)
    yield _dequantize("vast-weights", "To more than 128 MiB, from bytes", VAST, (513, 1), INT8)
