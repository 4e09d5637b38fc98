"""``webnpu run``: compute a model's outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer

from ..context import ML, MLGraph
from ..graph import Graph
from ..types import Array, OperandDescriptor
from . import classes, outputs
from .console import InputError, print_json, ready_backend
from .images import IMAGES, Fit, Order, Picture, black_and_white, numbers
from .inputs import PACKAGES, Media, arrays_for, given_arrays, stated
from .models import (
    Budget,
    Deviation,
    Dimensions,
    Float16,
    Inputs,
    Known,
    Mapped,
    Mean,
    Optimize,
    Shapes,
    read_model,
    stated_shapes,
    still_inputs,
)
from .packages import DEVICE, numbers_alone, open_package
from .progress import working
from .sounds import SOUNDS, split_start
from .streaming import Call, Stream, carried, joined

RunnableFile = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="A graph file (.safetensors), an ONNX model (.onnx) or a Core ML package.", show_default=False),
]
Outputs = Annotated[
    list[str] | None,
    typer.Option("--output", "-o", metavar="[NAME=]PATH", help="A .npy, .npz, .json, image or sound file, or a folder."),
]
Range = Annotated[str, typer.Option("--range", metavar="BLACK,WHITE", help="The numbers of black and white, such as 0,255 or -1,1.")]
Colours = Annotated[Order, typer.Option("--channels", help="The order of an image's colours.")]
Fitting = Annotated[Fit, typer.Option("--fit", help="How an image gets its size: stretched, cropped about its centre, or padded.")]
Resize = Annotated[int, typer.Option("--resize", min=0, metavar="PIXELS", help="With --fit crop: the shorter side before, such as 256.")]
Padding = Annotated[str, typer.Option("--padding", metavar="R,G,B", help="With --fit pad: the colour around, each from 0 to 255.")]
Rate = Annotated[
    int, typer.Option("--rate", min=0, metavar="HZ", help="How many samples a second the model takes; recordings are resampled.")
]
Hop = Annotated[int, typer.Option("--hop", min=0, metavar="SAMPLES", help="Go through a recording, a window after so many samples each.")]
Carry = Annotated[
    list[str] | None, typer.Option("--carry", metavar="OUTPUT=INPUT", help="With --hop: state, from a window to the next; zeros at first.")
]
Labels = Annotated[Path | None, typer.Option("--labels", metavar="FILE", help="The labels of the classes: one a line, or JSON.")]
Top = Annotated[int, typer.Option("--top", min=0, metavar="COUNT", help="Show the greatest scores; 5 where there are labels.")]
Function = Annotated[str, typer.Option("--function", metavar="NAME", help="The function of a Core ML package; else its default one.")]


class Runnable(NamedTuple):
    """A model that is ready to run."""

    inputs: Mapping[str, OperandDescriptor]
    outputs: Mapping[str, OperandDescriptor]
    values: dict[str, str]
    call: Call
    backend: str
    devices: list[str]
    pictures: Mapping[str, Picture] = MappingProxyType({})


def run(
    model: RunnableFile,
    input: Inputs = None,
    backend: Annotated[str, typer.Option(metavar="NAME", help="The backend; by default the one that suits best.")] = "",
    output: Outputs = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="What random inputs start from.")] = 0,
    dim: Dimensions = None,
    shape: Shapes = None,
    known: Known = None,
    mean: Mean = "0",
    std: Deviation = "1",
    range: Range = "0,1",
    channels: Colours = Order.RGB,
    fit: Fitting = Fit.STRETCH,
    resize: Resize = 0,
    padding: Padding = "0",
    rate: Rate = 0,
    hop: Hop = 0,
    carry: Carry = None,
    labels: Labels = None,
    top: Top = 0,
    float16: Float16 = False,
    optimize: Optimize = False,
    budget: Budget = "",
    mmap: Mapped = True,
    function: Function = "",
) -> None:
    """Compute the outputs of a model, and show them."""
    if resize and fit is not Fit.CROP:
        raise InputError("--resize is the shorter side before the crop: give --fit crop too")
    paddings = numbers("--padding", padding)
    if paddings != (0.0,) and fit is not Fit.PAD:
        raise InputError("--padding is the colour around an image: give --fit pad too")
    if not all(0 <= value <= 255 for value in paddings):
        raise InputError(f"--padding must be from 0 to 255; got {padding}")
    if carry and not hop:
        raise InputError("--carry carries state from a window of a recording to the next: give --hop too")
    scale = numbers("--mean", mean), numbers("--std", std), *black_and_white(range)
    media = Media(Picture(*scale, channels, fit, resize, paddings), rate)
    named, values = classes.read_labels(labels) if labels else None, stated(input or [])
    if model.suffix in PACKAGES:
        _refuse(
            model,
            {"--backend": backend not in ("", "coreml"), "--dim": dim, "--known": known, "--float16": float16, "--optimize": optimize},
        )
        ready = _package(model, values, media.picture, stated_shapes(shape), function)
        media = replace(media, pictures=ready.pictures)
    elif function:
        raise InputError(f"{model}: --function names a function of a Core ML package, which this is not")
    else:
        graph = read_model(model, dim, shape, known, float16=float16, optimize=optimize, mmap=mmap, given=given_arrays(values))
        ready = _graph(graph, still_inputs(graph, model, values), backend)
    _check_rate(rate, ready, output or [])
    _check_picture(media.picture, ready, output or [])
    state, random = carried(carry or [], ready.inputs, ready.outputs), np.random.default_rng(seed)
    if hop:
        stream = Stream(ready.values, ready.inputs, hop, media)
        media = replace(media, rate=stream.rate)
        results: dict[str, Any] = dict(
            stream.run(lambda arrays: numbers_alone(ready.call(arrays)), _beside(stream, ready, state, random, media), state)
        )
        recordings = {name: array if name in state.values() else joined(array) for name, array in results.items()}
    else:
        with working("running"):
            results = recordings = dict(ready.call(arrays_for(ready.inputs, ready.values, random, media)))
    arrays = {name: array for name, array in results.items() if isinstance(array, np.ndarray)}
    ranked = classes.top(arrays, top or 5, named) if named or (top and arrays) else {}
    ranked |= classes.of_classifiers(results, top or 5)
    outputs.save(output or [], results, media, recordings)
    if json:
        entries = {name: outputs.document(array) for name, array in results.items()}
        for name, found in ranked.items():
            entries[name]["top"] = classes.document(found)
        print_json({"backend": ready.backend, "devices": ready.devices, "outputs": entries})
    else:
        outputs.show(results, f"{ready.backend} on {', '.join(ready.devices)}")
        classes.show(ranked)


def _check_rate(rate: int, ready: Runnable, places: list[str]) -> None:
    """Complain of a rate that no recording has."""
    sounds = [name for name, value in ready.values.items() if split_start(name, value)[0].suffix.lower() in SOUNDS]
    if rate and not sounds and not any(place.lower().endswith(SOUNDS) for place in places):
        raise InputError("--rate is for recordings; no input is one, and no output is written as one")


def _check_picture(picture: Picture, ready: Runnable, places: list[str]) -> None:
    """Complain of what is said of images where there are none."""
    if any(Path(value).suffix.lower() in IMAGES for value in ready.values.values()):
        return
    plain = Picture()
    both = {"--range": (picture.black, picture.white) != (plain.black, plain.white), "--channels": picture.order != plain.order}
    read = {"--mean": picture.mean != plain.mean, "--std": picture.deviation != plain.deviation, "--fit": picture.fit != plain.fit}
    if unfit := [option for option, given in read.items() if given]:
        raise InputError(f"{unfit[0]} is for images; no input is one")
    if not any(place.lower().endswith(tuple(IMAGES)) for place in places) and (
        unfit := [option for option, given in both.items() if given]
    ):
        raise InputError(f"{unfit[0]} is for images; no input is one, and no output is written as one")


def _package(path: Path, values: dict[str, str], picture: Picture, shapes: dict[str, tuple[int, ...]], function: str) -> Runnable:
    opened = open_package(path, values, picture, shapes, function)
    return Runnable(opened.inputs, opened.outputs, values, opened.call, "coreml", [DEVICE], opened.pictures)


def _refuse(path: Path, options: Mapping[str, Any]) -> None:
    """Complain of the first option that is given though it has no meaning for a package."""
    if unfit := [option for option, given in options.items() if given]:
        raise InputError(f"{path}: a Core ML package runs as it is, on the coreml backend only; {unfit[0]} has no meaning for it")


def _graph(graph: Graph, values: dict[str, str], backend: str) -> Runnable:
    with working("compiling"):
        compiled = _compiled(graph, backend)
    name, devices = compiled.explain().backend, list(compiled.devices)
    return Runnable(graph.input_descriptors, graph.output_descriptors, values, lambda arrays: compiled(**arrays), name, devices)


def _compiled(graph: Graph, backend: str) -> MLGraph:
    if backend:
        ready_backend(backend)
    return ML().create_context(backend=backend or None).compile(graph)


def _beside(stream: Stream, ready: Runnable, state: dict[str, str], random: np.random.Generator, media: Media) -> dict[str, Array]:
    """The inputs beside the recordings; state that is not given is zeros at first."""
    zeros = {name: np.zeros(ready.inputs[name].shape, ready.inputs[name].data_type.numpy) for name in state if name not in ready.values}
    others = {name: d for name, d in ready.inputs.items() if name not in stream.sounds and name not in zeros}
    given = {name: value for name, value in ready.values.items() if name not in stream.sounds}
    return zeros | arrays_for(others, given, random, media)
