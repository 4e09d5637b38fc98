"""What the runtime writes for its developers does not reach the user; what is meant for the user does."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed")

SCRIPT = """
import os
import numpy as np
from webnpu import MLGraphBuilder
from webnpu.backend import load_backend
from webnpu.backends.tflite.quiet import without_notes

with without_notes():
    os.write(2, b"INFO: a note\\nWARNING: a warning\\n")
b = MLGraphBuilder()
graph = b.finish({"y": b.softmax(b.input("x", {"dataType": "float32", "shape": [2, 3]}), 1)})
print(load_backend("tflite").compile(graph).run({"x": np.zeros((2, 3), np.float32)})["y"].sum())
"""


@pytest.mark.parametrize("first", ["", "with without_notes():"])
def test_notes_are_kept_back(first: str) -> None:
    script = SCRIPT if first else SCRIPT.replace('with without_notes():\n    os.write(2, b"INFO: a note\\nWARNING: a warning\\n")\n', "")
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert float(ended.stdout) == pytest.approx(2)
    assert "a note" not in ended.stderr
    assert ("a warning" in ended.stderr) == bool(first)
    assert first or ended.stderr == ""


def test_nothing_is_lost_where_there_is_no_standard_error() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"import os; os.close(2)\n{SCRIPT.replace('os.write(2,', '(lambda *_: 0)(2,')}"],
        capture_output=True,
        check=True,
    )
    assert float(ended.stdout) == pytest.approx(2)
