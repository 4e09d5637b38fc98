"""Where the outputs of a model go: arrays, images and recordings in files, and a table on the screen."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from ..files import as_path
from ..naming import Naming
from ..types import Array, DataType, OperandDescriptor
from .console import InputError, console, output_file, write
from .images import IMAGES, write_image
from .inputs import Media
from .sounds import SOUNDS, write_sound

PRINTED = 8
"""How many elements of an output are shown."""
FILES = Naming(
    "file name",
    holds=lambda name: re.fullmatch(r"[\w-][\w.-]*", name) is not None and len(name.encode()) <= 200,
    spelled=lambda name: re.sub(r"[^\w.-]", "_", name).lstrip(".") or "output",
)
"""The names of outputs as those of files."""
COMPLETE = 4096
"""Up to how many elements an output is complete in the JSON."""


def save(places: Iterable[str], results: Mapping[str, Any], media: Media, recordings: Mapping[str, Any]) -> None:
    """Write outputs to files: all to one (FILE), or one by name (NAME=FILE).

    Args:
        places: where to.
        results: the outputs.
        media: what images and recordings are like.
        recordings: the outputs as they go into recordings.
    """
    for place in places:
        name, equals, file = place.partition("=")
        one = bool(equals) and name in results
        if equals and not one and "/" not in name:
            raise InputError(f"-o {place}: there is no output {name!r}; the outputs are {', '.join(results)}")
        path = as_path("--output", file if one else place)
        chosen = recordings if path.suffix.lower() in SOUNDS else results
        _save(path, {name: chosen[name]} if one else chosen, media)


def _save(path: Path, results: Mapping[str, Any], media: Media) -> None:
    """Write outputs to one file, or each to its own file in a folder."""
    suffix = path.suffix.lower()
    if suffix == ".npz":
        with output_file(path) as file, file.open("wb") as stream:
            np.savez(stream, **_storable(results))  # type: ignore[arg-type]
    elif suffix == ".json":
        write(path, json.dumps({name: values(array) for name, array in results.items()}) + "\n")
    elif suffix == ".npy" or suffix in IMAGES or suffix in SOUNDS:
        results = _arrays(results)
        if len(results) != 1:
            raise InputError(
                f"{path}: a {suffix} file holds one output; there are {len(results)}: {', '.join(results)}. "
                f"Say which, as in -o {next(iter(results), 'NAME')}={path}, or use a .npz file, or a folder"
            )
        [(name, array)] = results.items()
        if suffix in IMAGES:
            write_image(path, name, array, media.pictures.get(name, media.picture))
        elif suffix in SOUNDS:
            write_sound(path, name, array, media.rate)
        else:
            _save_array(path, _storable(results)[name])
    else:
        arrays = _storable(results)
        for name, called in FILES.names((), arrays).outputs.items():
            _save_array(path / f"{called}.npy", arrays[name])


def _save_array(path: Path, array: Array) -> None:
    with output_file(path) as file, file.open("wb") as stream:
        np.save(stream, array)


def _arrays(results: Mapping[str, Any]) -> dict[str, Array]:
    """The outputs as arrays: the probabilities of a classifier in the order of its classes, and these beside them as ``NAME.labels``."""
    arrays = {}
    for name, value in results.items():
        arrays[name] = np.array(list(value.values())) if isinstance(value, dict) else np.asarray(value)
        if isinstance(value, dict):
            arrays[f"{name}.labels"] = np.array(list(value))
    return arrays


def _storable(results: Mapping[str, Any]) -> dict[str, Array]:
    """NumPy's files lack types of 4 bits."""
    return {name: array if array.dtype.kind in "iufU" else array.astype(np.int8) for name, array in _arrays(results).items()}


def show(results: Mapping[str, Any], title: str) -> None:
    """A table of the outputs: their types, what they hold at most and at least, and their first elements; labels below it."""
    table = Table("output", "type", "least", "greatest", "mean", "NaN", "elements", box=None, pad_edge=False, header_style="bold")
    for name, array in results.items():
        if not isinstance(array, np.ndarray):
            continue
        figures = (f"{value:.6g}" for value in _statistics(array))
        table.add_row(Text(name), Text(str(OperandDescriptor(DataType.of(array.dtype), array.shape))), *figures, Text(_first(array)))
    screen = console()
    screen.print(title, style="bright_black", markup=False)
    if table.row_count:
        screen.print(table)
    for name, label in results.items():
        if isinstance(label, (str, int)):
            screen.print(f"{name}: {label}", markup=False, soft_wrap=True)


def _statistics(array: Array) -> tuple[float, float, float, int]:
    """The least and the greatest element, the mean, and the number of NaN."""
    flat = array.astype(np.float64).reshape(-1)
    present = flat[~np.isnan(flat)]
    if not present.size:
        return math.nan, math.nan, math.nan, flat.size
    with np.errstate(invalid="ignore"):
        return float(present.min()), float(present.max()), float(present.mean()), flat.size - present.size


def _first(array: Array) -> str:
    flat = [str(value) for value in array.reshape(-1)[:PRINTED]]
    return " ".join(flat) + (" …" if array.size > PRINTED else "")


def document(array: Any) -> dict[str, Any]:
    """An output in the JSON of the command: what it is, and its elements where they are not many."""
    if not isinstance(array, np.ndarray):
        return {"dataType": {str: "string", int: "int64"}.get(type(array), "dictionary"), "data": values(array)}
    least, greatest, mean, nans = _statistics(array)
    members: dict[str, Any] = {
        "dataType": DataType.of(array.dtype).value,
        "shape": list(array.shape),
        "least": _json(least),
        "greatest": _json(greatest),
        "mean": _json(mean),
        "nan": nans,
    }
    return {**members, "data": values(array)} if array.size <= COMPLETE else members


def values(array: Any) -> Any:
    """The elements in nested lists, ready for JSON; of a classifier the label, and the probabilities by label, the greatest first."""
    if isinstance(array, dict):
        return {str(label): _json(float(value)) for label, value in sorted(array.items(), key=lambda item: -item[1])}
    if not isinstance(array, np.ndarray):
        return array
    return _json((array if array.dtype.kind in "iuf" else array.astype(np.int8)).tolist())


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
