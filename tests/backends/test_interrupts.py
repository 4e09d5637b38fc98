"""Ctrl-C at any moment of a run or a build: what follows on the same objects is right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from webnpu.backend import load_backend

from .conftest import EVERY

INTERRUPTS = 16


@pytest.mark.skipif(os.name != "posix", reason="a signal is sent as POSIX has it")
@pytest.mark.parametrize("name", EVERY)
def test_interrupted_at_any_moment_it_goes_on(name: str) -> None:
    backend = load_backend(name)
    availability = backend.available()
    if hasattr(backend, "close"):
        backend.close()
    if not availability.ok:
        pytest.skip(f"{name} cannot run here: {availability.reason}")
    command = [sys.executable, str(Path(__file__).parent / "interrupted.py"), name, str(INTERRUPTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {"interrupts": INTERRUPTS, "building": 2, "answers": 3 * INTERRUPTS}
