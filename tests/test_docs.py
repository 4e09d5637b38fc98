"""The documentation builds without a warning, and what it shows is what happens."""

import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if "```python" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_print_what_the_page_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {}
    printed = ""
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        if language == "python":
            with redirect_stdout(StringIO()) as text:
                exec(compile(block, page.name, "exec"), namespace)
            printed = text.getvalue()
        elif language == "text":
            assert printed == block


def test_site_builds(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=False)
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "site" / "spec" / "operators" / "conv2d" / "index.html").is_file()
    fetched = re.compile(r"<(?:script|link|img)[^>]+(?:src|href)=\"?https?://(?!webnpu\.github\.io)")
    assert not fetched.search((tmp_path / "site" / "index.html").read_text(encoding="utf-8"))
