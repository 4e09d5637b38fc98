"""Images as inputs of a model, and outputs as images."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from ..types import Array, DataType, OperandDescriptor
from .console import InputError, output_file

IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""How Pillow calls images of so many channels."""
_NO_PILLOW = "images need Pillow, which is not installed: pip install 'webnpu[cli]'"


class Fit(StrEnum):
    """How an image gets the height and the width of an input."""

    STRETCH = "stretch"
    CROP = "crop"
    PAD = "pad"


class Order(StrEnum):
    """In which order the colours of an image stand."""

    RGB = "rgb"
    BGR = "bgr"


@dataclass(frozen=True)
class Picture:
    """How an image becomes numbers: ``((pixel / 255) * (white - black) + black - mean) / deviation``, for each channel.

    Attributes:
        mean: what is taken from each channel, or from all.
        deviation: what each channel is then divided by.
        black: the number of black, before that.
        white: the number of white.
        order: the order of the colours.
        fit: how it gets its size: stretched, cropped about its centre, or padded evenly.
        resize: where it is cropped, the shorter side before; 0 for as short as it may be.
        padding: what it is padded with, from 0 to 255, for each channel or for all.
    """

    mean: tuple[float, ...] = (0.0,)
    deviation: tuple[float, ...] = (1.0,)
    black: float = 0.0
    white: float = 1.0
    order: Order = Order.RGB
    fit: Fit = Fit.STRETCH
    resize: int = 0
    padding: tuple[float, ...] = (0.0,)

    def scaled(self, pixels: Array) -> Array:
        """The numbers of an image whose channels stand last."""
        for name, values in (("--mean", self.mean), ("--std", self.deviation)):
            _one_each(name, values, pixels.shape[-1])
        numbers = pixels / 255 * (self.white - self.black) + self.black
        return np.asarray((numbers - np.asarray(self.mean)) / np.asarray(self.deviation))


def _one_each(option: str, values: tuple[float, ...], channels: int) -> None:
    if len(values) not in (1, channels):
        raise InputError(f"{option} must have one number, or one for each of the {channels} channels; got {len(values)}")


def numbers(option: str, text: str) -> tuple[float, ...]:
    """The numbers of an option, with commas between them."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(math.isfinite(number) for number in found) or (option == "--std" and 0 in found):
        raise InputError(f"{option} must be numbers with commas between them{', not 0' if option == '--std' else ''}; got {text!r}")
    return found


def black_and_white(text: str) -> tuple[float, float]:
    """The two numbers of ``--range``."""
    found = numbers("--range", text)
    if len(found) != 2 or found[0] == found[1]:
        raise InputError(f"--range must be the number of black and that of white, such as 0,255 or -1,1; got {text!r}")
    return found[0], found[1]


def image_array(name: str, path: Path, d: OperandDescriptor, picture: Picture) -> Array:
    """An image as an input wants it: in its height, width and channels, these first or last.

    Floats are scaled; whole numbers are 0 to 255 as they stand in the image.
    """
    channels, height, width, first = _layout(f"input {name!r} is {d}, which takes no image", d)
    pixels = _pixels(name, path, channels, (width, height), picture).reshape(height, width, channels)
    if picture.order is Order.BGR and channels > 1:
        pixels = pixels[..., [2, 1, 0, 3][:channels]]
    if d.data_type.is_float:
        pixels = picture.scaled(pixels.astype(np.float64))
    elif (picture.mean, picture.deviation, picture.black, picture.white) != ((0.0,), (1.0,), 0.0, 1.0):
        raise InputError(f"input {name!r} is {d}: it takes 0 to 255 as they stand in the image, without --mean, --std and --range")
    elif d.data_type is DataType.INT8:
        raise InputError(f"input {name!r}: int8 does not hold an image's 0 to 255; quantise it yourself, and give a .npy file")
    pixels = pixels.transpose(2, 0, 1) if first else pixels
    return pixels.reshape(d.shape).astype(d.data_type.numpy)


def _layout(fault: str, d: OperandDescriptor) -> tuple[int, int, int, bool]:
    """The channels, height and width of an operand, and whether the channels stand first."""
    sizes = d.shape[1:] if d.rank == 4 and d.shape[0] == 1 else d.shape
    if len(sizes) == 3:
        for channels in (3, 1, 4):  # the likeliest first: 4 x 8 x 3 is four rows in three colours
            if sizes[0] == channels:
                return channels, sizes[1], sizes[2], True
            if sizes[2] == channels:
                return channels, sizes[0], sizes[1], False
    raise InputError(f"{fault}: expected one image of 1, 3 or 4 channels, these first or last")


def _pixels(name: str, path: Path, channels: int, size: tuple[int, int], picture: Picture) -> Array:
    """The bytes of an image, in its channels and its size, turned as its camera says."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise InputError(f"input {name!r}: {_NO_PILLOW}") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                upright: Any = ImageOps.exif_transpose(image)
                return np.asarray(_fitted(name, _of_bytes(upright).convert(_MODES[channels]), size, picture), np.uint8)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(f"input {name!r}: {str(path)!r} is too large an image; make it smaller first") from None
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"input {name!r}: {str(path)!r} cannot be read as an image: {error}") from None


def _of_bytes(image: Any) -> Any:
    """An image whose channels have 8 bits: of 16 Pillow would cut off what is above 255."""
    from PIL import Image

    if image.mode == "F" or (image.mode == "I" and not 0 <= image.getextrema()[0] <= image.getextrema()[1] <= 65535):
        raise ValueError("its numbers are not those of an image of 8 or 16 bits")
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray(((np.asarray(image).astype(np.int32) + 128) // 257).astype(np.uint8))  # the nearest, without floats


def _fitted(name: str, image: Any, size: tuple[int, int], picture: Picture) -> Any:
    from PIL import Image, ImageOps

    bilinear = Image.Resampling.BILINEAR
    if picture.fit is Fit.STRETCH:
        return image.resize(size, bilinear)
    if picture.fit is Fit.PAD:
        channels = len(image.getbands())
        _one_each("--padding", picture.padding, channels)
        filling = tuple(round(value) for value in picture.padding * (channels if len(picture.padding) == 1 else 1))
        return ImageOps.pad(image, size, bilinear, color=filling if channels > 1 else filling[0])
    if not picture.resize:
        return ImageOps.fit(image, size, bilinear)
    shorter = min(image.size)
    scaled = [max(1, side * picture.resize // shorter) for side in image.size]
    if scaled[0] < size[0] or scaled[1] < size[1]:
        raise InputError(
            f"input {name!r}: an image of {scaled[0]} x {scaled[1]} (--resize {picture.resize}) is less than {size[0]} x {size[1]}"
        )
    corner = [round((have - wanted) / 2) for have, wanted in zip(scaled, size, strict=True)]
    ends = [first + wanted for first, wanted in zip(corner, size, strict=True)]
    shrunk = [side / large for side, large in zip(image.size, scaled, strict=True)] * 2
    box = [at * ratio for at, ratio in zip([*corner, *ends], shrunk, strict=True)]
    return image.resize(size, bilinear, box=box)  # that part alone: the whole may be larger than memory


def write_image(path: Path, name: str, array: Array, picture: Picture) -> None:
    """Write an output as an image: floats from black to white, whole numbers from 0 to 255; what is beyond is cut off.

    Raises:
        InputError: its shape is not that of an image.
    """
    try:
        from PIL import Image
    except ImportError:
        raise InputError(f"output {name!r}: {_NO_PILLOW}") from None
    plane = array.reshape(array.shape[-2:]) if array.ndim >= 2 and array.size == math.prod(array.shape[-2:]) else None
    d = OperandDescriptor(
        DataType.of(array.dtype), (*plane.shape, 1) if plane is not None and array.shape[-1] not in _MODES else array.shape
    )
    channels, height, width, first = _layout(f"output {name!r} is {d}, which is no image", d)
    pixels = array.reshape((channels, height, width) if first else (height, width, channels)).astype(np.float64)
    pixels = pixels.transpose(1, 2, 0) if first else pixels
    if array.dtype.kind == "f" or d.data_type.is_float:
        pixels = (pixels - picture.black) / (picture.white - picture.black) * 255
    if picture.order is Order.BGR and channels > 1:
        pixels = pixels[..., [2, 1, 0, 3][:channels]]
    bytes_ = np.nan_to_num(pixels.round(), nan=0).clip(0, 255).astype(np.uint8)
    try:
        with output_file(path) as file:
            Image.fromarray(bytes_[..., 0] if channels == 1 else bytes_).save(file, Image.registered_extensions()[path.suffix.lower()])
    except (KeyError, ValueError) as error:
        raise InputError(f"output {name!r}: {str(path)!r} cannot be written: {error}") from None
