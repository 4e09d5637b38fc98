"""A process that is forked after a backend was used computes rightly, or says why not; it never hangs, nor at its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from webnpu.backend import load_backend

from .conftest import EVERY

SCRIPT = """
import json, os, sys
import numpy as np
from webnpu import MLGraphBuilder, WebNPUError
from webnpu.backend import load_backend

backend = load_backend(sys.argv[1])
b = MLGraphBuilder()
x = b.input("x", {"dataType": "float32", "shape": [64, 64]})
graph = b.finish({"y": b.relu(b.matmul(x, b.constant(np.eye(64, dtype=np.float32))))})
given = np.ones((64, 64), np.float32)
program, tensor, wanted = backend.compile(graph), *(backend.create_tensor(d) for d in (graph.input_descriptors["x"],) * 2)
tensor.write(given)
def run(program): return bool((program.run({"x": given})["y"] == 1).all())
def dispatched():
    program.dispatch({"x": tensor}, {"y": wanted})
    return bool((wanted.read() == 1).all())
USES = {
    "run": lambda: run(program),
    "read": lambda: bool((tensor.read() == 1).all()),
    "write": lambda: tensor.write(given) is None,
    "dispatch": dispatched,
    "compile": lambda: run(backend.compile(graph)),
    "create_tensor": lambda: bool((backend.create_tensor(graph.input_descriptors["x"]).read() == 0).all()),
}
assert all(use() for use in USES.values())
child = os.fork()
if not child:
    for name, use in USES.items():
        try:
            found = use()
        except WebNPUError as error:
            found = str(error)
        print(json.dumps([name, found]), flush=True)
    program.destroy()
    tensor.destroy()
    del program, tensor, wanted
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert all(use() for use in USES.values()), "the parent goes on"
print(json.dumps(["parent", True]), flush=True)
if hasattr(backend, "close"):
    backend.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("name", EVERY)
def test_a_forked_process_is_told(name: str) -> None:
    backend = load_backend(name)
    availability = backend.available()
    if hasattr(backend, "close"):
        backend.close()
    if not availability.ok:
        pytest.skip(f"{name} cannot run here: {availability.reason}")
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", SCRIPT, name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = dict(json.loads(line) for line in done.stdout.splitlines())
    assert list(found) == ["run", "read", "write", "dispatch", "compile", "create_tensor", "parent"]
    assert found.pop("parent") is True
    if name in ("webgpu", "browser:cpu"):
        assert all("forked from it" in said and "spawn" in said for said in found.values()), found
    else:
        assert all(said is True for said in found.values()), found
