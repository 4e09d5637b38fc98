"""``webnpu run``: compute a model's outputs."""

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

from ..context import ML, MLGraph
from ..graph import Graph
from ..types import Array, DataType, OperandDescriptor
from .console import InputError, console, print_json, ready_backend
from .inputs import arrays_for, given_arrays, stated
from .media import Scaling, numbers
from .models import Deviation, Dimensions, Float16, Inputs, Known, Mean, Optimize, Shapes, read_model, still_inputs
from .packages import DEVICE, PACKAGE, run_package
from .progress import working

RunnableFile = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="A graph file (.safetensors), an ONNX model (.onnx) or a Core ML package.", show_default=False),
]
PRINTED = 8
"""How many elements of an output are shown."""
COMPLETE = 4096
"""Up to how many elements an output is complete in the JSON."""


def run(
    model: RunnableFile,
    input: Inputs = None,
    backend: Annotated[str, typer.Option(metavar="NAME", help="The backend; by default the one that suits best.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="PATH", help="A .npy, .npz or .json file, or a folder.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="What random inputs start from.")] = 0,
    dim: Dimensions = None,
    shape: Shapes = None,
    known: Known = None,
    mean: Mean = "0",
    std: Deviation = "1",
    float16: Float16 = False,
    optimize: Optimize = False,
) -> None:
    """Compute the outputs of a model, and show them."""
    random, values, scaling = np.random.default_rng(seed), stated(input or []), Scaling(numbers("--mean", mean), numbers("--std", std))
    if model.suffix == PACKAGE:
        if backend not in ("", "coreml"):
            raise InputError(f"{model}: a Core ML package runs on the coreml backend only; got --backend {backend}")
        results, name, devices = run_package(model, values, random, scaling), "coreml", [DEVICE]
    else:
        given = given_arrays(values)
        graph = read_model(model, dim, shape, known, float16=float16, optimize=optimize, given=given)
        arrays = arrays_for(graph.input_descriptors, still_inputs(graph, model, values), random, scaling)
        with working("compiling"):
            compiled = _compiled(graph, backend)
        with working("running"):
            results, name, devices = compiled(**arrays), compiled.explain().backend, list(compiled.devices)
    if output:
        _save(output, results)
    if json:
        print_json({"backend": name, "devices": devices, "outputs": {n: _document(array) for n, array in results.items()}})
    else:
        _show(results, f"{name} on {', '.join(devices)}")


def _show(results: dict[str, Array], title: str) -> None:
    table = Table("output", "type", "least", "greatest", "mean", "NaN", "elements", box=None, pad_edge=False, header_style="bold")
    for name, array in results.items():
        least, greatest, mean, nans = (_figure(value) for value in _statistics(array))
        table.add_row(Text(name), Text(str(_descriptor(array))), least, greatest, mean, nans, Text(_first(array)))
    screen = console()
    screen.print(title, style="bright_black", markup=False)
    screen.print(table)


def _descriptor(array: Array) -> OperandDescriptor:
    return OperandDescriptor(DataType.of(array.dtype), array.shape)


def _compiled(graph: Graph, backend: str) -> MLGraph:
    if backend:
        ready_backend(backend)
    return ML().create_context(backend=backend or None).compile(graph)


def _save(path: Path, results: dict[str, Array]) -> None:
    """Write the outputs to one file, or each to its own file in a folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
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


def _document(array: Array) -> dict[str, Any]:
    least, greatest, mean, nans = _statistics(array)
    members: dict[str, Any] = {
        "dataType": DataType.of(array.dtype).value,
        "shape": list(array.shape),
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
