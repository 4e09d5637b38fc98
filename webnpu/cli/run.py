"""``webnpu run``: compute a graph file's outputs."""

from __future__ import annotations

import json as json_module
import math
import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table
from rich.text import Text

from ..builder import elements
from ..context import ML, MLGraph
from ..errors import GraphFileError, MLTypeError
from ..graph import Graph
from ..graph_file import load_graph
from ..types import Array, OperandDescriptor
from .console import InputError, console, print_json, ready_backend

GRAPH_FILE = ".safetensors"
OTHERS = {
    ".tflite": "a .tflite file is an output of WebNPU, never an input; run the graph that it was made of",
    ".onnx": "an ONNX model must be imported first, and saved as a graph file (.safetensors)",
}
"""Why some other kinds of models are not run."""
PRINTED = 8
"""How many elements of an output are shown."""
COMPLETE = 4096
"""Up to how many elements an output is complete in the JSON."""

GraphFile = Annotated[Path, typer.Argument(metavar="GRAPHFILE", help="A graph file (.safetensors).", show_default=False)]


def run(
    graphfile: GraphFile,
    input: Annotated[
        list[str] | None, typer.Option("--input", "-i", metavar="NAME=VALUE", help="A .npy or .json file, JSON itself, or 'random'.")
    ] = None,
    backend: Annotated[str, typer.Option(metavar="NAME", help="The backend; by default the one that suits best.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="PATH", help="A .npy, .npz or .json file, or a folder.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="What random inputs start from.")] = 0,
) -> None:
    """Compute the outputs of a graph file, and show them."""
    graph = read_graph(graphfile)
    inputs = _inputs(graph, input or [], np.random.default_rng(seed))
    compiled = _compiled(graph, backend)
    results = compiled(**inputs)
    if output:
        _save(output, results)
    devices = ", ".join(compiled.devices)
    if json:
        name = compiled.explain().backend
        outputs = {n: _document(array, compiled.outputs[n]) for n, array in results.items()}
        print_json({"backend": name, "devices": list(compiled.devices), "outputs": outputs})
        return
    table = Table("output", "type", "least", "greatest", "mean", "NaN", "elements", box=None, pad_edge=False, header_style="bold")
    for name, array in results.items():
        least, greatest, mean, nans = (_figure(value) for value in _statistics(array))
        table.add_row(Text(name), Text(str(compiled.outputs[name])), least, greatest, mean, nans, Text(_first(array)))
    screen = console()
    screen.print(f"{compiled.explain().backend} on {devices}", style="bright_black", markup=False)
    screen.print(table)


def read_graph(path: Path) -> Graph:
    """The graph of a file; an InputError says why it cannot be read."""
    if not path.exists():
        raise InputError(f"there is no file {path}")
    if path.suffix in OTHERS:
        raise InputError(f"{path}: {OTHERS[path.suffix]}")
    if path.suffix != GRAPH_FILE:
        raise InputError(f"{path}: a graph file ends in {GRAPH_FILE}; got {path.suffix or 'no suffix'}")
    try:
        return load_graph(path)
    except GraphFileError as error:
        raise InputError(str(error)) from error


def _compiled(graph: Graph, backend: str) -> MLGraph:
    if backend:
        ready_backend(backend)
    return ML().create_context(backend=backend or None).compile(graph)


def _inputs(graph: Graph, given: list[str], random: np.random.Generator) -> dict[str, Array]:
    """An array for each input of a graph, from what stands on the command line."""
    descriptors = graph.input_descriptors
    values: dict[str, str] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals:
            raise InputError(f"--input must be NAME=VALUE; got {item!r}")
        if name not in descriptors:
            raise InputError(f"there is no input {name!r}; the inputs are {_listed(descriptors)}")
        values[name] = value
    missing = {name: d for name, d in descriptors.items() if name not in values}
    if missing:
        example = next(iter(missing))
        raise InputError(f"missing: {_listed(missing)}; give each as --input {example}=FILE.npy, or --input {example}=random")
    return {name: _array(name, d, values[name], random) for name, d in descriptors.items()}


def _array(name: str, d: OperandDescriptor, value: str, random: np.random.Generator) -> Array:
    if value == "random":
        drawn = random.standard_normal(d.shape) if d.data_type.is_float else random.integers(0, 10, d.shape)
        return np.asarray(drawn).astype(d.data_type.numpy)
    given = _read(name, value)
    if given.shape != d.shape:
        raise InputError(f"input {name!r}: expected shape {list(d.shape)}; got {list(given.shape)}")
    exact = value.endswith(".npy") and not d.data_type.is_extension  # NumPy's own types must be right; JSON has numbers
    try:
        return elements(f"input {name!r}", d, given if exact else given.tolist())
    except MLTypeError as error:
        raise InputError(str(error)) from None


def _read(name: str, value: str) -> Array:
    """The array in a .npy file, in a .json file, or in JSON on the command line itself."""
    path = Path(value)
    try:
        if path.suffix == ".npy":
            return np.asarray(np.load(path, allow_pickle=False))
        text = path.read_text(encoding="utf-8") if path.suffix == ".json" else value
        array = np.asarray(json_module.loads(text))
    except (OSError, ValueError, EOFError, RecursionError) as error:
        raise InputError(f"input {name!r}: {value!r} is no .npy file, .json file, JSON, or 'random': {error}") from None
    if array.dtype.kind not in "iufb":
        raise InputError(f"input {name!r}: expected numbers in lists of equal length; got {value!r}")
    return array


def _save(path: Path, results: dict[str, Array]) -> None:
    """Write the outputs to one file, or each to its own file in a folder."""
    storable = {name: array if array.dtype.kind in "iuf" else array.astype(np.int8) for name, array in results.items()}
    if path.suffix == ".npz":
        np.savez(path, **storable)  # type: ignore[arg-type]
    elif path.suffix == ".json":
        path.write_text(json_module.dumps({name: _values(array) for name, array in storable.items()}) + "\n", encoding="utf-8")
    elif path.suffix == ".npy":
        if len(results) != 1:
            raise InputError(f"{path}: a .npy file holds one output; there are {len(results)}: use a .npz file, or a folder")
        np.save(path, next(iter(storable.values())))
    else:
        path.mkdir(parents=True, exist_ok=True)
        for index, (name, array) in enumerate(storable.items()):
            safe = re.sub(r"[^\w.-]", "_", name).lstrip(".") or str(index)
            np.save(path / f"{safe}.npy", array)


def _statistics(array: Array) -> tuple[float, float, float, int]:
    """The least and the greatest element, the mean, and the number of NaN."""
    values = array.astype(np.float64).reshape(-1)
    numbers = values[~np.isnan(values)]
    if not numbers.size:
        return math.nan, math.nan, math.nan, values.size
    with np.errstate(invalid="ignore"):
        return float(numbers.min()), float(numbers.max()), float(numbers.mean()), values.size - numbers.size


def _figure(value: float) -> str:
    return f"{value:.6g}"


def _first(array: Array) -> str:
    flat = [str(value) for value in array.reshape(-1)[:PRINTED]]
    return " ".join(flat) + (" …" if array.size > PRINTED else "")


def _document(array: Array, d: OperandDescriptor) -> dict[str, Any]:
    least, greatest, mean, nans = _statistics(array)
    members: dict[str, Any] = {
        "dataType": d.data_type.value,
        "shape": list(d.shape),
        "least": _json(least),
        "greatest": _json(greatest),
        "mean": _json(mean),
        "nan": nans,
    }
    return {**members, "data": _values(array)} if array.size <= COMPLETE else members


def _values(array: Array) -> Any:
    """The elements in nested lists, ready for JSON."""
    return _json((array if array.dtype.kind in "iuf" else array.astype(np.int8)).tolist())


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _listed(descriptors: dict[str, OperandDescriptor]) -> str:
    return ", ".join(f"{name}: {d}" for name, d in descriptors.items()) or "none"
