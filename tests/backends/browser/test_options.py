"""How the backend is set up, and what it says where it cannot run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from webnpu import site
from webnpu.backend import load_backend
from webnpu.errors import NotSupportedError

browser = pytest.importorskip("webnpu.backends.browser", reason="the package is not installed")
BrowserBackend, BrowserOptions = browser.BrowserBackend, browser.BrowserOptions


def test_environment_sets_every_option() -> None:
    options = BrowserOptions.of_environment(
        {
            "WEBNPU_BROWSER_PATH": "/opt/browser",
            "WEBNPU_BROWSER_FLAGS": "--one '--two=a b'",
            "WEBNPU_BROWSER_CONTEXT": '{"accelerated": false}',
            "WEBNPU_BROWSER_NATIVE": "1",
            "WEBNPU_BROWSER_TIMEOUT": "2.5",
        }
    )
    assert options == BrowserOptions("/opt/browser", ("--one", "--two=a b"), {"accelerated": False}, True, 2.5)


def test_without_an_environment_there_are_defaults() -> None:
    options = BrowserOptions.of_environment({})
    assert options == BrowserOptions()
    assert "--enable-unsafe-webgpu" in options.flags


@pytest.mark.parametrize("context", ["[1]", "{", "accelerated"])
def test_context_must_be_an_object(context: str) -> None:
    with pytest.raises(NotSupportedError, match="WEBNPU_BROWSER_CONTEXT"):
        BrowserOptions.of_environment({"WEBNPU_BROWSER_CONTEXT": context})


@pytest.mark.parametrize("seconds", ["soon", "-1", "0", "nan"])
def test_timeout_must_be_a_time(seconds: str) -> None:
    with pytest.raises(NotSupportedError, match="WEBNPU_BROWSER_TIMEOUT"):
        BrowserOptions.of_environment({"WEBNPU_BROWSER_TIMEOUT": seconds})


def test_variants_stand_after_a_colon() -> None:
    assert load_backend("browser:native").options.native  # type: ignore[attr-defined]
    assert load_backend("browser:cpu").options.context == {"accelerated": False}  # type: ignore[attr-defined]
    with pytest.raises(NotSupportedError, match="webgpu, cpu, native"):
        load_backend("browser:tpu")
    with pytest.raises(NotSupportedError, match="reference has no variants"):
        load_backend("reference:fast")


def test_a_browser_that_is_not_there_is_a_reason(tmp_path: Path) -> None:
    found = BrowserBackend(BrowserOptions(path=str(tmp_path / "browser"))).available()
    assert not found.ok
    assert str(tmp_path / "browser") in found.reason or "playwright" in found.reason


def test_a_site_that_is_not_built_is_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(site, "BUILT", tmp_path)
    pytest.importorskip("playwright", reason="playwright is not installed")
    found = BrowserBackend(BrowserOptions(path=sys.executable)).available()
    assert (found.ok, "npm" in found.reason) == (False, True)


def test_a_program_that_is_no_browser_is_a_reason() -> None:
    pytest.importorskip("playwright", reason="playwright is not installed")
    if not site.is_built():
        pytest.skip(f"the site is not built: {site.HOW_TO_BUILD}")
    backend = BrowserBackend(BrowserOptions(path=sys.executable, timeout=20))
    found = backend.available()
    backend.close()
    assert not found.ok
    assert "browser" in found.reason
