"""A recording through a model that takes a window of it: one run after another, state carried from each to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..types import Array, OperandDescriptor
from .console import InputError
from .inputs import Media, medium_of
from .progress import Progress
from .sounds import sound_for, split_start

Call = Callable[[dict[str, Array]], Mapping[str, Array]]


def carried(pairs: list[str], inputs: Mapping[str, OperandDescriptor], outputs: Mapping[str, OperandDescriptor]) -> dict[str, str]:
    """Which input takes which output of the run before: ``OUTPUT=INPUT``, by input.

    Raises:
        InputError: there is no such input or output, or they differ in type or shape.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        output, equals, input = pair.partition("=")
        if not equals or output not in outputs or input not in inputs:
            raise InputError(
                f"--carry must be OUTPUT=INPUT, of the outputs {', '.join(outputs)} and the inputs {', '.join(inputs)}; got {pair!r}"
            )
        if outputs[output] != inputs[input]:
            raise InputError(f"--carry {pair}: the output {output} is {outputs[output]}, the input {input} is {inputs[input]}")
        if input in found:
            raise InputError(f"--carry: the input {input} is carried twice")
        found[input] = output
    return found


class Stream:
    """Windows of the recordings among what stands on the command line for the inputs.

    Each window has as many samples as its input takes, the last ``hop`` of them new; before the first sample and after the
    last there is silence.
    """

    def __init__(self, values: Mapping[str, str], descriptors: Mapping[str, OperandDescriptor], hop: int, media: Media) -> None:
        self.sounds: dict[str, Array] = {}
        self.descriptors, self.hop, self.rate = descriptors, hop, media.rate
        for name, value in values.items():
            medium = medium_of(name, value)
            if medium is None or medium[0] != "sound" or name not in descriptors:
                continue
            d = descriptors[name]
            samples, rate = sound_for(name, medium[1], d, media.rate)
            self.sounds[name] = samples[:, round((split_start(name, value)[1] or 0) * rate) :]
            self.rate = self.rate or rate
            if hop > d.shape[-1]:
                raise InputError(f"--hop: a window of {name} has {d.shape[-1]} samples; a hop of {hop} would leave some out")
        if not self.sounds:
            raise InputError("--hop goes through a recording: give one, as in --input NAME=FILE.wav")
        self.count = max(-(-samples.shape[1] // hop) for samples in self.sounds.values())
        if not self.count:
            raise InputError("--hop: no sample is left after the second to start at")

    def window(self, name: str, place: int) -> Array:
        """The window of an input at a place, from 0 on."""
        d, samples = self.descriptors[name], self.sounds[name]
        end = (place + 1) * self.hop
        first = end - d.shape[-1]
        part = samples[:, max(first, 0) : max(end, 0)]
        padded = np.pad(part, ((0, 0), (max(-first, 0), d.shape[-1] - max(-first, 0) - part.shape[1])))
        return padded.reshape(d.shape).astype(d.data_type.numpy)

    def run(self, call: Call, others: Mapping[str, Array], state: Mapping[str, str]) -> dict[str, Array]:
        """The outputs of all windows, stacked along a first dimension; of those that are carried, the last ones."""
        arrays, found = dict(others), list[dict[str, Array]]()
        with Progress(transient=True) as progress:
            task = progress.add_task("windows", total=self.count)
            for place in range(self.count):
                results = call(arrays | {name: self.window(name, place) for name in self.sounds})
                arrays |= {input: np.array(results[output]) for input, output in state.items()}
                found.append({name: np.array(array) for name, array in results.items()})
                progress.advance(task)
        last = set(state.values())
        return {name: array if name in last else np.stack([each[name] for each in found]) for name, array in found[-1].items()}


def joined(array: Array) -> Array:
    """Windows one after another along the last dimension: [windows, ..., samples] to [..., windows * samples]."""
    if array.ndim < 2:
        return array
    moved = np.moveaxis(array, 0, -2)
    return moved.reshape(*moved.shape[:-2], -1)
