"""The command that serves the site."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from webnpu import site
from webnpu.cli.app import app

SERVE = [sys.executable, "-m", "webnpu.cli", "serve", "--port", "0"]
built = pytest.mark.skipif(not site.is_built(), reason=f"the site is not built: {site.HOW_TO_BUILD}")


@built
@pytest.mark.skipif(os.name != "posix", reason="the test interrupts the command by a signal")
def test_serves_every_page_until_interrupted() -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        found = re.search(r"http://localhost:\d+/", process.stdout.readline())
        assert found is not None
        for page in ("", "playground.html", "conformance.html", "demo.html", "live.html", "corpus/index.json"):
            with urllib.request.urlopen(found[0] + page, timeout=10) as answer:
                assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_says_how_to_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(site, "BUILT", tmp_path)
    result = CliRunner().invoke(app, ["serve", "--port", "0"])
    assert result.exit_code == 2
    assert "npm --prefix polyfill run build" in result.stderr


@built
def test_port_that_is_taken_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(app, ["serve", "--port", str(taken.getsockname()[1])])
    assert result.exit_code == 2
    assert "give another --port" in result.stderr


@built
@pytest.mark.parametrize("host", ["no.such.host.invalid", "999.1.1.1", "a" * 100, "::gg", ""])
def test_address_that_is_none_is_an_error(host: str) -> None:
    result = CliRunner().invoke(app, ["serve", "--port", "0", "--host", host])
    assert result.exit_code == 2, result.output
    assert "cannot listen" in result.stderr


@built
@pytest.mark.parametrize("page", ["index", "playground", "conformance", "demo", "driver"])
def test_pages_load_nothing_from_elsewhere(page: str) -> None:
    """Every script and style is the site's own."""
    text = (site.BUILT / f"{page}.html").read_text(encoding="utf-8")
    links = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert links
    for link in links:
        assert link.startswith(("data:", "#")) or site.find("/" + link.removeprefix("./")), link
