"""Runs TypeScript of the polyfill from Python."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
POLYFILL = ROOT / "polyfill"
CORPUS = ROOT / "tests" / "conformance"
_VITE_NODE = POLYFILL / "node_modules" / "vite-node" / "vite-node.mjs"

needs_node = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js, which runs the polyfill here, is not installed"),
    pytest.mark.skipif(not _VITE_NODE.exists(), reason="the polyfill's packages are not installed: npm install in polyfill/"),
]


def run_script(name: str, *arguments: str | Path) -> Any:
    """The JSON that a script of ``polyfill/test`` prints."""
    command = ["node", str(_VITE_NODE), "--config", "vitest.config.ts", f"test/{name}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180, cwd=POLYFILL)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
