"""Images and recordings as inputs of a model."""

from __future__ import annotations

import math
import warnings
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..types import Array, DataType, OperandDescriptor
from .console import InputError

IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
SOUND = ".wav"
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""How Pillow calls images of so many channels."""


@dataclass(frozen=True)
class Scaling:
    """What becomes of the numbers of an image, which are from 0 to 1 first: ``(x - mean) / deviation``, for each channel."""

    mean: tuple[float, ...] = (0.0,)
    deviation: tuple[float, ...] = (1.0,)

    def __call__(self, pixels: Array) -> Array:
        """The numbers of an image whose channels stand last."""
        for name, values in (("--mean", self.mean), ("--std", self.deviation)):
            if len(values) not in (1, pixels.shape[-1]):
                raise InputError(f"{name} must have one number, or one for each of the {pixels.shape[-1]} channels; got {len(values)}")
        return np.asarray((pixels / 255 - np.asarray(self.mean)) / np.asarray(self.deviation))


def numbers(option: str, text: str) -> tuple[float, ...]:
    """The numbers of an option, with commas between them."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(math.isfinite(number) for number in found) or (option == "--std" and 0 in found):
        raise InputError(f"{option} must be numbers with commas between them{', not 0' if option == '--std' else ''}; got {text!r}")
    return found


def image_array(name: str, path: Path, d: OperandDescriptor, scaling: Scaling) -> Array:
    """An image as an input wants it: resized to its height and width, in its channels, these first or last.

    Floats are scaled; whole numbers are 0 to 255 as they stand in the image.
    """
    channels, height, width, first = _layout(name, d)
    pixels = _pixels(name, path, _MODES[channels], (width, height)).reshape(height, width, channels)
    if d.data_type.is_float:
        pixels = scaling(pixels.astype(np.float64))
    elif d.data_type is DataType.INT8:
        raise InputError(f"input {name!r}: int8 does not hold an image's 0 to 255; quantise it yourself, and give a .npy file")
    pixels = pixels.transpose(2, 0, 1) if first else pixels
    return pixels.reshape(d.shape).astype(d.data_type.numpy)


def _layout(name: str, d: OperandDescriptor) -> tuple[int, int, int, bool]:
    """The channels, height and width that an input takes, and whether the channels stand first."""
    sizes = d.shape[1:] if d.rank == 4 and d.shape[0] == 1 else d.shape
    if len(sizes) == 3 and sizes[0] in _MODES:
        return sizes[0], sizes[1], sizes[2], True
    if len(sizes) == 3 and sizes[2] in _MODES:
        return sizes[2], sizes[0], sizes[1], False
    raise InputError(f"input {name!r} is {d}, which takes no image: expected one image of 1, 3 or 4 channels, these first or last")


def _pixels(name: str, path: Path, mode: str, size: tuple[int, int]) -> Array:
    """The bytes of an image, in a mode and a size, turned as its camera says."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise InputError(f"input {name!r}: images need Pillow, which is not installed: pip install 'webnpu[cli]'") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                upright: Any = ImageOps.exif_transpose(image)
                return np.asarray(upright.convert(mode).resize(size, Image.Resampling.BILINEAR), np.uint8)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(f"input {name!r}: {str(path)!r} is too large an image; make it smaller first") from None
    except (OSError, ValueError, SyntaxError, MemoryError) as error:  # what Pillow raises for files that are damaged
        raise InputError(f"input {name!r}: {str(path)!r} cannot be read as an image: {error}") from None


def sound_array(name: str, path: Path, start: float | None, d: OperandDescriptor) -> Array:
    """A recording as an input wants it: floats from -1 to 1, the samples along its last dimension.

    Args:
        name: the input's name.
        path: the recording.
        start: at which second the samples begin that the input takes; None where it takes them all.
        d: the input.
    """
    samples, rate = read_sound(name, path)
    channels, count = samples.shape
    if not d.data_type.is_float or not d.rank:
        raise InputError(f"input {name!r} is {d}, which takes no recording: expected floats, the samples along its last dimension")
    taken, wanted = d.size // d.shape[-1], d.shape[-1]
    if taken != channels:
        raise InputError(f"input {name!r}: {str(path)!r} has {channels} channels; {d} takes {taken}: mix it down first")
    long = f"{str(path)!r} has {count} samples ({count / rate:.2f} s of {rate} Hz)"
    if start is None and count != wanted:
        raise InputError(f"input {name!r}: {long}; {d} takes {wanted}: say at which second they start, as in --input {name}={path}@0")
    first = round((start or 0) * rate)
    if first + wanted > count:
        raise InputError(f"input {name!r}: {long}; {wanted} from sample {first} on are more than there are")
    return samples[:, first : first + wanted].reshape(d.shape).astype(d.data_type.numpy)


def read_sound(name: str, path: Path) -> tuple[Array, int]:
    """The samples of a recording, [channels, samples] from -1 to 1, and how many there are in a second."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = np.frombuffer(file.readframes(file.getnframes()), np.uint8)
    except (OSError, EOFError, wave.Error, ValueError) as error:
        raise InputError(f"input {name!r}: {str(path)!r} cannot be read as a recording: {str(error) or 'it is cut off'}") from None
    if width not in (1, 2, 3, 4) or not data.size or data.size % (channels * width):
        raise InputError(f"input {name!r}: {str(path)!r} cannot be read as a recording: {data.size} bytes of {width}-byte samples")
    if width == 1:  # alone without a sign
        numbers = data.astype(np.int64) - 128
    else:
        padded = np.pad(data.reshape(-1, width), ((0, 0), (4 - width, 0)))
        numbers = padded.reshape(-1).view("<i4").astype(np.int64) >> 8 * (4 - width)
    return (numbers / 2.0 ** (8 * width - 1)).reshape(-1, channels).T, rate
