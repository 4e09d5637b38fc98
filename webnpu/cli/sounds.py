"""Recordings as inputs of a model, and outputs as recordings."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ..types import Array, OperandDescriptor
from .console import InputError, messages, output_file

SOUNDS = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")
_FORMATS = {".aif": "AIFF"}
LONGEST = 2**28
"""The most samples of a recording, all channels together, that are read into memory."""


def split_start(name: str, value: str) -> tuple[Path, float | None]:
    """The path of a recording, and at which second to start where one is said: ``FILE@SECOND``."""
    path, at, second = value.rpartition("@")
    if not at or not path.lower().endswith(SOUNDS):
        return Path(value), None
    try:
        start = float(second)
    except ValueError:
        start = -1.0
    if not 0 <= start < math.inf:
        raise InputError(f"input {name!r}: {second!r} is no second to start at")
    return Path(path), start


def sound_array(name: str, value: str, d: OperandDescriptor, wanted_rate: int = 0) -> Array:
    """A recording as an input wants it: floats from -1 to 1, the samples along its last dimension.

    Args:
        name: the input's name.
        value: the recording, and at which second the samples begin that the input takes; else it must take them all.
        d: the input.
        wanted_rate: how many samples a second the model takes; 0 for those that the recording has.
    """
    path, start = split_start(name, value)
    samples, rate = sound_for(name, path, d, wanted_rate)
    count, wanted = samples.shape[1], d.shape[-1]
    long = f"{str(path)!r} has {count} samples ({count / rate:.2f} s of {rate} Hz)"
    if start is None and count != wanted:
        raise InputError(
            f"input {name!r}: {long}; {d} takes {wanted}: say at which second they start, as in --input {name}={path}@0, "
            f"or run over all of them, a window after another: --hop {wanted}"
        )
    first = round((start or 0) * rate)
    if first + wanted > count:
        raise InputError(f"input {name!r}: {long}; {wanted} from sample {first} on are more than there are")
    return samples[:, first : first + wanted].reshape(d.shape).astype(d.data_type.numpy)


def sound_for(name: str, path: Path, d: OperandDescriptor, wanted_rate: int = 0) -> tuple[Array, int]:
    """All samples of a recording in the channels that an input takes, [channels, samples], and how many a second has."""
    if not d.data_type.is_float or not d.rank or not d.size:
        raise InputError(f"input {name!r} is {d}, which takes no recording: expected floats, the samples along its last dimension")
    samples, rate = read_sound(name, path)
    channels, taken, notes = len(samples), d.size // d.shape[-1], []
    if taken not in (1, channels):
        raise InputError(f"input {name!r}: {str(path)!r} has {channels} channels; {d} takes {taken}")
    if taken < channels:
        samples = samples.mean(0, keepdims=True)
        notes.append(f"{channels} channels mixed down to one")
    if wanted_rate and wanted_rate != rate:
        import soxr

        notes.append(f"{rate} Hz resampled to {wanted_rate} Hz")
        samples, rate = np.asarray(soxr.resample(samples.T, rate, wanted_rate)).T, wanted_rate
    if notes:
        messages().print(f"{path}: {', '.join(notes)}", markup=False, soft_wrap=True)
    return samples, rate


def read_sound(name: str, path: Path) -> tuple[Array, int]:
    """The samples of a recording, [channels, samples] from -1 to 1, and how many there are in a second."""
    sound = _library(f"input {name!r}")
    try:
        with sound.SoundFile(path) as file:
            if file.samplerate <= 0:
                raise InputError(f"input {name!r}: {str(path)!r} cannot be read as a recording: it has {file.samplerate} samples a second")
            if file.frames * file.channels > LONGEST:
                raise InputError(f"input {name!r}: {str(path)!r} has {file.frames} samples in {file.channels} channels; cut it first")
            samples, rate = file.read(dtype="float64", always_2d=True), file.samplerate
    except (OSError, RuntimeError, ValueError, TypeError, MemoryError) as error:  # sound.LibsndfileError is a RuntimeError
        if isinstance(error, InputError):
            raise
        raise InputError(f"input {name!r}: {str(path)!r} cannot be read as a recording: {error}") from None
    if not samples.size:
        raise InputError(f"input {name!r}: {str(path)!r} cannot be read as a recording: it has no samples")
    return np.asarray(samples).T, int(rate)


def write_sound(path: Path, name: str, array: Array, rate: int) -> None:
    """Write an output as a recording: the samples along its last dimension, from -1 to 1, other dimensions as channels."""
    sound = _library(f"output {name!r}")
    if not rate:
        raise InputError(f"output {name!r}: say how many samples a second has, to write {str(path)!r}: --rate 16000")
    if array.dtype.kind != "f" or not array.size:
        raise InputError(f"output {name!r}: a recording is of floats, at least one; got {array.dtype}{list(array.shape)}")
    samples = array.reshape(-1, array.shape[-1] if array.ndim else 1).T
    try:
        with output_file(path) as file:
            sound.write(file, samples.astype(np.float32), rate, format=_FORMATS.get(path.suffix.lower(), path.suffix[1:].upper()))
    except (RuntimeError, ValueError, TypeError) as error:
        raise InputError(f"output {name!r}: {str(path)!r} cannot be written: {error}") from None


def _library(who: str) -> Any:
    try:
        import soundfile
    except (ImportError, OSError):
        raise InputError(f"{who}: recordings need soundfile and soxr: pip install 'webnpu[cli]'") from None
    return soundfile
