"""A small sample of coremltools' own operator tests under the interpreter; tools/mil_operator_tests.py runs them all."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("coremltools", reason="coremltools is not installed")

TOOL = Path(__file__).parents[3] / "tools" / "mil_operator_tests.py"
FILES = {"iOS17/test_image_resizing.py": 8}
"""Files of few tests, which need no PyTorch, and how many of each must have passed with a prediction compared."""


@pytest.mark.timeout(600)
def test_none_fails(tmp_path: Path) -> None:
    command = [sys.executable, str(TOOL), *FILES, "--every", "1", "--jobs", "1", "--json", str(tmp_path / "results.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    passed = Counter(result["test"].split("::")[0] for result in results if result["outcome"] == "passed")
    for file, least in FILES.items():
        assert passed[file] >= least, (file, passed)
