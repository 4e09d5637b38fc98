"""The site: which files there are, and that a server gives out nothing else."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from webnpu import site
from webnpu.errors import NotSupportedError
from webnpu.site.server import SiteServer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small site, with a secret beside it and some in it."""
    root = tmp_path / "built"
    (root / "corpus").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html>the first page")
    (root / "corpus" / "index.json").write_text("{}")
    (root / "script.js").write_text("1")
    (root / "notes.py").write_text("secret")
    (root / ".hidden.html").write_text("secret")
    (tmp_path / "secret.html").write_text("secret")
    (root / "link.html").symlink_to(tmp_path / "secret.html")
    return root


@pytest.mark.parametrize(
    ("url", "name", "media_type"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/index.html?a=../b#c", "index.html", "text/html; charset=utf-8"),
        ("http://localhost/script.js", "script.js", "text/javascript; charset=utf-8"),
        ("/corpus/index.json", "corpus/index.json", "application/json; charset=utf-8"),
        ("/%69ndex.html", "index.html", "text/html; charset=utf-8"),
    ],
)
def test_finds_files_with_their_types(root: Path, url: str, name: str, media_type: str) -> None:
    assert site.find(url, root) == site.File(root / name, media_type)


HOSTILE = [
    "/../secret.html",
    "/%2e%2e/secret.html",
    "/corpus/../../secret.html",
    "/..%2fsecret.html",
    "/..\\secret.html",
    "//etc/passwd.html",
    "/c:/secret.html",
    "/link.html",
    "/.hidden.html",
    "/notes.py",
    "/index.html%00.js",
    "/corpus",
    "/no-such.html",
    "/script.js/",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_finds_nothing_else(root: Path, url: str) -> None:
    assert site.find(url, root) is None


@pytest.fixture
def connection(root: Path) -> Iterator[http.client.HTTPConnection]:
    with SiteServer("127.0.0.1", 0, root=root) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        yield connection
        connection.close()
        server.shutdown()
        thread.join()


def test_serves_pages_isolated(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"<!doctype html>the first page")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert {name: answer.headers[name] for name in site.HEADERS} == site.HEADERS


def test_head_has_no_body(connection: http.client.HTTPConnection) -> None:
    for path, status, length in (("/script.js", 200, "1"), ("/no-such.js", 404, "14")):
        connection.request("HEAD", path)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Length"], answer.read()) == (status, length, b"")


@pytest.mark.parametrize("url", [url for url in HOSTILE if "%00" not in url])
def test_serves_nothing_else(connection: http.client.HTTPConnection, url: str) -> None:
    connection.putrequest("GET", url, skip_host=False)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 404
    assert b"secret" not in answer.read()


def test_takes_no_other_methods(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/index.html", body=b"x")
    assert connection.getresponse().status == 501


def test_says_how_to_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(site, "BUILT", tmp_path)
    assert not site.is_built()
    with pytest.raises(NotSupportedError, match="npm --prefix polyfill run build"):
        site.check_built()
