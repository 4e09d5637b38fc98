"""The pages of the site, as their users meet them: in plain TypeScript, so that they run on any machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from webnpu import MLGraphBuilder, site
from webnpu.conformance.report import Report
from webnpu.graph_file import save_graph
from webnpu.site.server import SiteServer

if TYPE_CHECKING:
    from playwright.sync_api import Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
options = pytest.importorskip("webnpu.backends.browser.options", reason="the package is not installed")


@pytest.fixture(scope="module")
def open_page() -> Iterator[Any]:
    """Opens a page of the site by its name, on a small screen or a large one; what it complains of fails the test."""
    path = options.BrowserOptions.of_environment().browser()
    if path is None:
        pytest.skip("no browser is found")
    if not site.is_built():
        pytest.skip(f"the site is not built: {site.HOW_TO_BUILD}")
    with SiteServer("127.0.0.1", 0) as server, sync_api.sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=path)
        complaints: list[str] = []

        def open_page(name: str, width: int = 1400) -> Page:
            page: Page = browser.new_page(viewport={"width": width, "height": 800})
            page.add_init_script("localStorage.setItem('webnpu-backend', 'plain')")
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
            page.on("request", lambda request: complaints.append(request.url) if ":" + str(server.port) not in request.url[:40] else None)
            page.goto(f"http://127.0.0.1:{server.port}/{name}.html")
            return page

        yield open_page
        browser.close()
        server.shutdown()
    assert [complaint for complaint in complaints if not complaint.startswith(("data:", "blob:"))] == []


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("name", ["index", "playground", "conformance", "demo"])
def test_pages_fit_the_screen_and_name_their_parts(open_page: Any, name: str, width: int) -> None:
    page = open_page(name, width)
    page.wait_for_selector("header.bar")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    unnamed = """[...document.querySelectorAll('button, select, input, textarea, a')].filter((control) => !control.hidden
        && !control.textContent.trim() && !control.labels?.length && !control.ariaLabel).map((control) => control.outerHTML)"""
    assert page.evaluate(unnamed) == []
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    page.close()


def test_playground_runs_every_example(open_page: Any) -> None:
    page = open_page("playground")
    for language in ("as-code", "as-document"):
        page.click(f"#{language}")
        for value in page.eval_on_selector_all("#example option", "options => options.map((option) => option.value)"):
            page.select_option("#example", value)
            page.wait_for_function("() => /^Done|Error/.test(document.getElementById('status').textContent)")
            assert page.text_content("#status").startswith("Done"), page.text_content("#status")
            assert page.locator("#graph svg .operator").count() > 0
            assert page.locator("#outputs .tensor").count() > 0
            assert page.locator("#times tbody tr").count() == page.locator("#graph svg .operator").count()
            page.evaluate("document.getElementById('status').textContent = ''")
    page.close()


def test_playground_says_what_is_wrong_and_runs_from_the_keyboard(open_page: Any) -> None:
    page = open_page("playground")
    page.wait_for_function("() => /^Done/.test(document.getElementById('status').textContent)")
    page.fill(
        "textarea", "const b = new MLGraphBuilder(await navigator.ml.createContext());\nb.input('', { dataType: 'float32', shape: [] });"
    )
    page.press("textarea", "Control+Enter")
    page.wait_for_selector("#status.bad")
    assert page.text_content("#status").startswith("TypeError: ")
    page.close()


def test_conformance_page_judges_and_reports(open_page: Any, tmp_path: Path) -> None:
    page = open_page("conformance")
    page.fill("#filter", "softs")
    page.click("#start")
    page.wait_for_selector("#download:not([disabled])")
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / "report.json")
    [report] = Report.load(tmp_path / "report.json").backends.values()
    assert report.conforms
    assert report.summary["pass"] == len(report.cases) > 10
    assert {result.operator for result in report.cases} == {"softsign"}
    page.click("#results td.pass button >> nth=0")
    assert "softsign/float32" in page.text_content("#details-body")
    page.press("body", "Escape")
    page.check("#problems")
    assert page.locator("#results tbody tr:visible").count() == 0
    page.close()


def test_demo_computes_pictures(open_page: Any) -> None:
    page = open_page("demo")
    page.select_option("#size", "128")
    for effect in page.eval_on_selector_all("#effect option", "options => options.map((option) => option.value)"):
        page.select_option("#effect", effect)
        page.wait_for_function("() => document.getElementById('to-about').textContent.includes('ms a frame')")
        pixels = page.evaluate("[...document.getElementById('to').getContext('2d').getImageData(0, 0, 128, 128).data]")
        assert len(set(pixels)) > 8, effect
        assert set(pixels[3::4]) == {255}
    assert page.text_content("#picture-message") == ""
    page.close()


def test_demo_runs_a_graph_file(open_page: Any, tmp_path: Path) -> None:
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [1, 4]})
    weights = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]], np.float32)
    save_graph(b.finish({"scores": b.softmax(b.matmul(x, b.constant(weights)), axis=1)}), tmp_path / "model.safetensors")
    (tmp_path / "labels.json").write_text(json.dumps(["a cat", "a dog", "a bird"]))
    page = open_page("demo")
    page.set_input_files("#files", [tmp_path / "model.safetensors", tmp_path / "labels.json"])
    page.select_option("#input-x", label="Ones")
    page.click("#inputs button")
    page.wait_for_selector("#model-outputs .classes")
    assert page.text_content("#model-outputs .classes td") == "a dog"
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    page.set_input_files("#files", [tmp_path / "model.safetensors"])
    page.wait_for_selector("#model-message.bad")
    assert "not a safetensors file" in page.text_content("#model-message")
    page.close()
