"""Every command in the guide to models and in the README runs as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from webnpu.backend import backend_names, load_backend
from webnpu.cli.app import app

ROOT = Path(__file__).parents[2]
GUIDE, README = ROOT / "docs" / "models.md", ROOT / "README.md"
FINDS = 1
"""The exit status of ``check`` where it finds something."""


def blocks(language: str, page: Path = GUIDE) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    return [line for block in blocks("sh", page) for line in block.splitlines() if line.startswith("webnpu ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the guide's first lines were run."""
    pytest.importorskip("PIL", reason="Pillow is not installed")
    path: Path = tmp_path_factory.mktemp("guide")
    first = blocks("python")[0]
    for name in ("model.onnx", "photo.png", "labels.txt"):
        first = first.replace(f'"{name}"', repr(str(path / name)))
    namespace: dict[str, Any] = {}
    exec(compile(first, GUIDE.name, "exec"), namespace)
    namespace["Image"].open(path / "photo.png").save(path / "photo.jpg")
    return path


def test_the_guide_shows_every_command_on_models() -> None:
    shown = {command.split()[1] for command in commands(GUIDE)}
    assert shown == {"run", "diff", "check", "export", "explain", "profile", "bench"}


@pytest.mark.parametrize("page", [GUIDE, README], ids=lambda page: page.stem)
def test_commands_run_in_the_order_in_which_they_stand(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    missing = [name for name in backend_names() if not load_backend(name).available().ok]
    for command in commands(page):
        if any(re.search(rf"\b{name}\b", command) for name in missing):
            continue
        result = CliRunner().invoke(app, shlex.split(command, comments=True)[1:])
        allowed = (0, FINDS) if " check " in command else (0,)
        assert result.exit_code in allowed, f"{command}: {result.output}"
        assert result.stdout.strip() or "--trace" in command, command
