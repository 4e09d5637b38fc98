"""Models on the command line: graph files and ONNX models, and inputs for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..budget import LIMITS, parsed
from ..errors import WebNPUError
from ..graph import Graph
from ..types import Array
from .console import InputError, messages
from .inputs import GRAPH_FILE, arrays_for, read_graph, stated
from .progress import working

ModelFile = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A graph file (.safetensors) or an ONNX model (.onnx).", show_default=False)
]
Dimensions = Annotated[
    list[str] | None, typer.Option("--dim", metavar="NAME=SIZE", help="The size of a dimension that an ONNX model leaves open.")
]
Shapes = Annotated[
    list[str] | None, typer.Option("--shape", metavar="INPUT=1,3,224,224", help="The shape of an input whose dimensions are open.")
]
Known = Annotated[
    list[str] | None, typer.Option("--known", metavar="NAME=JSON", help="The value of an input of an ONNX model that is to be a constant.")
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input", "-i", metavar="NAME=VALUE", help="A .npy, .json, image or sound file (FILE.wav@SECOND), JSON itself, or 'random'."
    ),
]
Mean = Annotated[str, typer.Option("--mean", metavar="R,G,B", help="What is taken from the channels of images, once they are 0 to 1.")]
Deviation = Annotated[str, typer.Option("--std", metavar="R,G,B", help="What the channels of images are then divided by.")]
Float16 = Annotated[bool, typer.Option("--float16", help="Compute in float16 what an ONNX model has so; by default in float32.")]
Seed = Annotated[int, typer.Option(min=0, help="What random inputs start from.")]


def _apply(ctx: typer.Context, given: str) -> str:
    """Let the budget that is given apply until the command ends."""
    if given:
        ctx.with_resource(parsed(given).applied())
    return given


Budget = Annotated[
    str,
    typer.Option(
        "--budget",
        metavar="LIMIT=NUMBER,…",
        callback=_apply,
        help=f"How much work a model may ask for beyond what its size accounts for: {', '.join(LIMITS)}.",
    ),
]
"""Applied as soon as it is parsed, so that commands need do nothing with it."""
Mapped = Annotated[
    bool,
    typer.Option("--mmap/--no-mmap", help="Leave the weights of a graph file in it, or read them: for files that others may cut off."),
]
Optimize = Annotated[bool, typer.Option("--optimize", help="Run the passes over the graph first.")]


def read_model(
    path: Path,
    dimensions: list[str] | None = None,
    shapes: list[str] | None = None,
    known: list[str] | None = None,
    *,
    float16: bool = False,
    optimize: bool = False,
    given: Mapping[str, Array] | None = None,
    mmap: bool = True,
) -> Graph:
    """The graph of a graph file, or of an ONNX model.

    Args:
        path: the file.
        dimensions: what ``--dim`` gives.
        shapes: what ``--shape`` gives.
        known: what ``--known`` gives.
        float16: whether float16 stays float16.
        optimize: whether to run the passes over it.
        given: inputs that are there already: they say how large open dimensions are, and become constants where the model
            can be imported in no other way.
        mmap: whether the weights of a graph file stay in the file, or are read.

    Raises:
        InputError: it cannot be read; the message says why.
    """
    with working(f"reading {path}"):
        if path.suffix == ".onnx":
            graph = _import(path, dimensions, shapes, known, float16, given or {})
        else:
            _refuse_options(path, {"--dim": dimensions, "--shape": shapes, "--known": known, "--float16": float16})
            graph = read_graph(path, mmap=mmap)
        if optimize:
            from ..passes import optimize as run_passes

            graph = run_passes(graph)
    return graph


def _refuse_options(path: Path, options: Mapping[str, Any]) -> None:
    """Complain of the first option that is given though it has no meaning for a graph file, which leaves nothing open."""
    if path.suffix == GRAPH_FILE and (unfit := [option for option, given in options.items() if given]):
        raise InputError(f"{path}: {unfit[0]} is for ONNX models; a graph file leaves nothing open")


def _import(
    path: Path,
    dimensions: list[str] | None,
    shapes: list[str] | None,
    known: list[str] | None,
    float16: bool,
    given: Mapping[str, Array],
) -> Graph:
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    from ..onnx import UnsupportedModel, import_model

    options: dict[str, Any] = {
        "dimensions": {name: _integer("--dim", value) for name, value in _pairs("--dim", dimensions)},
        "shapes": stated_shapes(shapes),
        "float16": float16,
    }
    constants = {name: _json(value) for name, value in _pairs("--known", known)}
    inputs = input_names(path) if given else ()
    options["shapes"] |= {name: array.shape for name, array in given.items() if name in inputs and name not in options["shapes"]}
    try:
        try:
            return import_model(path, known=constants, **options)
        except UnsupportedModel as error:
            wanted = {name: given[name] for name in error.inputs if name in given and name not in constants}
            if not wanted:
                raise
            shaped = {name: shape for name, shape in options["shapes"].items() if name not in wanted}
            graph = import_model(path, known=constants | wanted, **{**options, "shapes": shaped})
            messages().print(f"{', '.join(sorted(wanted))}: made a constant, since the model cannot be imported without", markup=False)
            return graph
    except WebNPUError as error:
        raise InputError(f"{path}: {error}") from error


def input_names(path: Path) -> frozenset[str]:
    """The names of the inputs of an ONNX model, those that a graph of it may lack among them; none of a file that is none."""
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    try:
        return frozenset(info.name for info in ModelProto.FromString(path.read_bytes()).graph.input)
    except (OSError, ValueError, DecodeError):
        return frozenset()


def _pairs(option: str, given: Iterable[str] | None) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for item in given or ():
        name, equals, value = item.rpartition("=")
        if not equals or not name:
            raise InputError(f"{option} must be NAME=VALUE; got {item!r}")
        if name in (given_before for given_before, _ in pairs):
            raise InputError(f"{option} {name} is given twice")
        pairs.append((name, value))
    return pairs


def stated_shapes(shapes: Iterable[str] | None) -> dict[str, tuple[int, ...]]:
    """What ``--shape`` gives, by input."""
    return {
        name: tuple(_integer("--shape", size) for size in value.split(",")) if value else () for name, value in _pairs("--shape", shapes)
    }


def _integer(option: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise InputError(f"{option}: {value!r} is no integer") from None


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise InputError(f"--known: {value!r} is no JSON") from None


def inputs_or_random(graph: Graph, path: Path, given: list[str] | None, seed: int) -> dict[str, Array]:
    """An array for each input of the graph of a file: what stands on the command line, else random numbers."""
    random = dict.fromkeys(graph.inputs, "random")
    return arrays_for(graph.input_descriptors, random | still_inputs(graph, path, stated(given or [])), np.random.default_rng(seed))


def still_inputs(graph: Graph, path: Path, values: dict[str, str]) -> dict[str, str]:
    """What was given for inputs that the graph has; others of an ONNX model have become constants, or nothing depends on them."""
    known = input_names(path) if path.suffix == ".onnx" else ()
    return {name: value for name, value in values.items() if name in graph.inputs or name not in known}
