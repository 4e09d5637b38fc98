"""Files that are loaded as programs: ours, of every type, and damaged ones."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from webnpu import MLGraphBuilder, WebNPUError
from webnpu.backend import load_backend
from webnpu.graph import Graph

BACKEND: Any = load_backend("tflite")
TYPES = ["float32", "float16", "int32", "uint32", "int64", "uint64", "int8", "uint8"]


def graph_of(data_type: str) -> Graph:
    b = MLGraphBuilder()
    x, z = (b.input(name, {"dataType": data_type, "shape": [2, 3]}) for name in ("x", "z"))
    return b.finish({"later": b.concat([x, z], 0), "first": b.identity(z)})


@pytest.mark.parametrize("data_type", TYPES)
def test_loaded_file_gives_the_answers_of_its_graph(data_type: str, tmp_path: Path) -> None:
    graph = graph_of(data_type)
    BACKEND.export(graph, tmp_path / "m.tflite")
    program = BACKEND.load(tmp_path / "m.tflite")
    assert (program.inputs, program.outputs) == (graph.input_descriptors, graph.output_descriptors)
    given = {name: np.arange(6).reshape(2, 3).astype(data_type) + at for at, name in enumerate(("x", "z"))}
    given = {name: array.astype(data_type) for name, array in given.items()}
    found = program.run(given)
    np.testing.assert_array_equal(found["later"], np.concatenate([given["x"], given["z"]]))
    np.testing.assert_array_equal(found["first"], given["z"])


def test_damaged_file_is_an_error(tmp_path: Path) -> None:
    BACKEND.export(graph_of("float32"), tmp_path / "m.tflite")
    content, randomly = (tmp_path / "m.tflite").read_bytes(), Random(3)
    for number in range(300):
        damaged = bytearray(content if number % 3 else content[: randomly.randrange(len(content))])
        for _ in range(randomly.randrange(1, 6)):
            if damaged:
                damaged[randomly.randrange(len(damaged))] = randomly.randrange(256)
        (tmp_path / "damaged.tflite").write_bytes(damaged)
        try:
            program = BACKEND.load(tmp_path / "damaged.tflite")
            assert program.inputs
        except WebNPUError:
            pass
