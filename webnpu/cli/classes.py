"""What a classifier says: the greatest scores of an output, with the labels of their classes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..files import existing_file
from ..types import Array
from .console import InputError, console


@dataclass(frozen=True)
class Score:
    """One class of an output: its index along the last dimension, its label, and its score."""

    index: int
    label: str
    score: float


def read_labels(path: Path) -> list[str]:
    """The labels of a file: one a line; or JSON, a list, or an object whose keys are the indices.

    Raises:
        InputError: the file is neither.
    """
    try:
        text = existing_file("--labels", path, "file of labels").read_text(encoding="utf-8-sig")
        found = json.loads(text) if path.suffix.lower() == ".json" else text.splitlines()
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"--labels: {str(path)!r} cannot be read: {error}") from None
    if isinstance(found, dict):
        if set(found) != {str(index) for index in range(len(found))}:
            raise InputError(f"--labels: the keys of {str(path)!r} must be the indices from 0 on, each once")
        found = [found[str(index)] for index in range(len(found))]
    if not isinstance(found, list) or not found:
        raise InputError(f"--labels: expected a label a line, or JSON: a list of labels, or an object by index; got {str(path)!r}")
    return [" ".join(map(str, label)) if isinstance(label, list) else str(label) for label in found]


def top(results: Mapping[str, Array], count: int, labels: list[str] | None) -> dict[str, list[list[Score]]]:
    """The greatest scores of each row of each output that has classes along its last dimension, the greatest first.

    Args:
        results: the outputs.
        count: how many of a row.
        labels: of as many classes as an output must have; without them, outputs of floats with more than one class.

    Raises:
        InputError: no output has as many classes as there are labels.
    """
    classes = {
        name: array for name, array in results.items() if array.ndim and array.shape[-1] == (len(labels) if labels else array.shape[-1])
    }
    if labels is None:
        classes = {name: array for name, array in classes.items() if array.dtype.kind == "f" and array.shape[-1] > 1}
    if labels is not None and not classes:
        sizes = ", ".join(f"{name} has {array.shape[-1] if array.ndim else 'no'} classes" for name, array in results.items())
        raise InputError(f"--labels: there are {len(labels)} labels; {sizes}")
    return {name: [_greatest(row, count, labels) for row in array.reshape(-1, array.shape[-1])] for name, array in classes.items()}


def of_classifiers(results: Mapping[str, Any], count: int) -> dict[str, list[list[Score]]]:
    """The greatest scores of the outputs that are scores by label, as a classifier of Core ML has them."""
    found = {name: value for name, value in results.items() if isinstance(value, dict)}
    return {
        name: [_greatest(np.array(list(value.values()), np.float64), count, [str(label) for label in value])]
        for name, value in found.items()
    }


def _greatest(row: Array, count: int, labels: list[str] | None) -> list[Score]:
    order = np.argsort(-row.astype(np.float64), kind="stable")[:count]  # NaN stands last
    return [Score(int(i), labels[i] if labels else "", float(row[i])) for i in order]


def show(found: Mapping[str, list[list[Score]]], rows: int = 16) -> None:
    """The scores on the screen, whole labels, a class a line."""
    screen = console()
    for name, ranked in found.items():
        for place, row in enumerate(ranked[:rows]):
            screen.print(f"\n{name}{f', row {place}' if len(ranked) > 1 else ''}", style="bold", markup=False)
            for score in row:
                screen.print(f"  {score.score:>12.6g}  {score.index:>6}  {score.label}".rstrip(), markup=False, soft_wrap=True)
        if len(ranked) > rows:
            screen.print(f"  and {len(ranked) - rows} more rows: --json has all")


def document(ranked: list[list[Score]]) -> list[list[dict[str, Any]]]:
    """The scores of an output, ready for JSON."""
    return [[{**asdict(score), "score": score.score if np.isfinite(score.score) else str(score.score)} for score in row] for row in ranked]
