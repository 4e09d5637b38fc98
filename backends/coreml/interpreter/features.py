"""What a model's description says of its inputs and outputs: arrays and pictures, their sizes and their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from webnpu.errors import MLTypeError
from webnpu.types import Array

from ..protos import FeatureTypes_pb2
from .errors import PackageError
from .types import NUMPY

ELEMENTS = {65568: "fp32", 65552: "fp16", 131104: "int32", 65600: "fp64", 131080: "int8"}
"""The data types of multi-arrays by their number in the format."""
_COLORS = {value: name for name, value in FeatureTypes_pb2.ImageFeatureType.ColorSpace.items() if value}

Sizes = tuple[tuple[int, int], ...]
Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Feature:
    """An input or an output of a model.

    Attributes:
        name: its name.
        dtype: the NumPy name of its data type; of a classifier's outputs ``string`` or ``int64``, and ``dictionary``.
        shape: its shape; None stands for a dimension that may vary; () where it has none, or none is known.
        optional: whether an input may be left out.
        sizes: the least and the greatest size of each dimension, where the shape may vary; a greatest of -1 is none.
        shapes: the only shapes that are allowed, where the model lists them.
        usual: the shape that the model declares where others are allowed too.
        default: what every element of an optional input is when it is left out.
        color: of a picture ``RGB``, ``BGR``, ``GRAYSCALE`` or ``GRAYSCALE_FLOAT16``; '' of an array. A picture is
            ``[1, channels, height, width]``, the numbers 0 to 255, the channels in this order; what scale and bias the
            model declares, its program applies.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    optional: bool = False
    sizes: Sizes = ()
    shapes: Shapes = ()
    usual: tuple[int, ...] = ()
    default: float = 0
    color: str = ""

    def accepts(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of a shape may be given."""
        if self.shapes:
            return shape in self.shapes
        if len(shape) != len(self.shape):
            return False
        if self.sizes:
            return all(low <= size and (high < 0 or size <= high) for size, (low, high) in zip(shape, self.sizes, strict=True))
        return all(size in (None, have) for size, have in zip(self.shape, shape, strict=True))

    def left_out(self) -> Array:
        """The array that stands for an optional input which is not given."""
        return np.full(self.usual, self.default, self.dtype)

    def array(self, value: Any) -> Array:
        """What a caller gave as an array of this input's shape.

        Args:
            value: an array; for a picture also one of Pillow's, or ``[height, width, 3]`` of bytes, red first, or
                ``[height, width]`` of a grey one.

        Raises:
            MLTypeError: it is of another shape, or holds no numbers.
        """
        try:
            array = self._picture(value) if self.color else np.asarray(value)
        except (TypeError, ValueError, OverflowError) as error:  # ragged lists, and what else NumPy makes no array of
            raise MLTypeError(f"input {self.name!r}: the data cannot be read: {error}") from error
        if array.dtype.kind not in "fiub" or isinstance(value, np.ma.MaskedArray) or not self.accepts(array.shape):
            raise MLTypeError(f"input {self.name!r}: expected {self}; got {array.dtype.name}{list(array.shape)}{self.allowed()}")
        return array

    def _picture(self, value: Any) -> Array:
        grey = self.color.startswith("GRAYSCALE")
        if hasattr(value, "convert") and hasattr(value, "getbands"):  # one of Pillow's, which is not needed for anything else
            value = np.asarray(value if value.mode == "F" and grey else value.convert("L" if grey else "RGB"))
        array = np.asarray(value)
        if array.ndim == 2 and grey:
            return array[None, None]
        if array.ndim == 3 and array.shape[2] == 3 and not grey:
            return array[None, ..., :: -1 if self.color == "BGR" else 1].transpose(0, 3, 1, 2)
        return array

    def allowed(self) -> str:
        """The sizes that are allowed, where the shape alone does not say them."""
        if self.shapes:
            return f"; allowed are {', '.join(str(list(shape)) for shape in self.shapes)}"
        open_ = [(at, low, high) for at, (low, high) in enumerate(self.sizes) if low != high]
        ranges = [f"dimension {at} of {low} {'or more' if high < 0 else f'to {high}'}" for at, low, high in open_]
        return f"; allowed is {', '.join(ranges)}" if ranges else ""

    def __str__(self) -> str:
        kind = f"{self.color} picture " if self.color else ""
        if not self.shape:
            return f"{kind}{self.dtype}"
        return f"{kind}{self.dtype}[{', '.join('?' if size is None else str(size) for size in self.shape)}]"


def read_feature(item: Any, what: str = "input") -> Feature:
    """An input or output by the description; it must be a multi-array or a picture.

    Raises:
        PackageError: it is of another kind, or what is said of it makes no sense.
    """
    kind = item.type.WhichOneof("Type")
    where = f"{what} {item.name!r}"
    if kind == "imageType":
        return _picture(item, where)
    if kind != "multiArrayType":
        told = "nothing" if kind is None else kind.removesuffix("Type")
        raise PackageError(f"{where}: only multi-arrays and images are evaluated; got {told}")
    array = item.type.multiArrayType
    dtype = ELEMENTS.get(array.dataType)
    if dtype is None:
        raise PackageError(f"{where}: {array.dataType} is not a data type of a multi-array")
    flexible = array.WhichOneof("ShapeFlexibility")
    sizes: Sizes = ()
    shapes: Shapes = ()
    if flexible == "shapeRange":
        sizes = tuple((bound.lowerBound, bound.upperBound) for bound in array.shapeRange.sizeRanges)
    elif flexible == "enumeratedShapes":
        shapes = tuple(tuple(each.shape) for each in array.enumeratedShapes.shapes)
    stated = array.WhichOneof("defaultOptionalValue")
    default = getattr(array, stated) if stated else 0
    return _made(item, where, NUMPY[dtype].name, tuple(array.shape), sizes, shapes, default=default)


def _picture(item: Any, where: str) -> Feature:
    image = item.type.imageType
    color = _COLORS.get(image.colorSpace)
    if color is None:
        raise PackageError(f"{where}: {image.colorSpace} is not a color space")
    channels = 1 if color.startswith("GRAYSCALE") else 3
    flexible = image.WhichOneof("SizeFlexibility")
    sizes: Sizes = ()
    shapes: Shapes = ()
    if flexible == "imageSizeRange":
        ranges = (image.imageSizeRange.heightRange, image.imageSizeRange.widthRange)
        sizes = ((1, 1), (channels, channels), *((bound.lowerBound, bound.upperBound) for bound in ranges))
    elif flexible == "enumeratedSizes":
        shapes = tuple((1, channels, each.height, each.width) for each in image.enumeratedSizes.sizes)
    dtype = "float16" if color == "GRAYSCALE_FLOAT16" else "float32"
    return _made(item, where, dtype, (1, channels, image.height, image.width), sizes, shapes, color=color)


def _made(
    item: Any, where: str, dtype: str, usual: tuple[int, ...], sizes: Sizes, shapes: Shapes, *, default: float = 0, color: str = ""
) -> Feature:
    shape: tuple[int | None, ...] = usual
    if sizes:
        if any(low < 0 or (0 <= high < low) for low, high in sizes) or (usual and len(usual) != len(sizes)):
            raise PackageError(f"{where}: the ranges of its sizes, {list(map(list, sizes))}, make no sense for the shape {list(usual)}")
        shape = tuple(low if low == high else None for low, high in sizes)
        usual = usual or tuple(max(low, 1) for low, _ in sizes)
    elif shapes:
        usual = usual or shapes[0]
        alike = len({len(each) for each in shapes}) == 1  # of one rank; else only the list says what is allowed
        shape = tuple(along[0] if len(set(along)) == 1 else None for along in zip(*shapes, strict=True)) if alike else (None,) * len(usual)
    return Feature(item.name, dtype, shape, item.type.isOptional, sizes, shapes, usual, default, color)
