"""The site: which files there are, and that a server gives out nothing else."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
def server(root: Path) -> Iterator[SiteServer]:
    with SiteServer("127.0.0.1", 0, root, ["npu.example"]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def connection(server: SiteServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    yield connection
    connection.close()


def test_serves_pages_isolated(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"<!doctype html>the first page")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    headers = site.headers_of("index.html")
    assert {name: answer.headers[name] for name in headers} == headers


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


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "NONSENSE"])
def test_takes_no_other_methods(connection: http.client.HTTPConnection, method: str) -> None:
    connection.request(method, "/index.html", body=b"x")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_pages_load_and_run_nothing_of_others_and_are_not_framed(connection: http.client.HTTPConnection) -> None:
    for path in ("/", "/no-such.html"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'self'"
        assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
        assert policy["frame-ancestors"] == "'none'"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "'unsafe-eval'" in site.headers_of("playground.html")["Content-Security-Policy"]


OWN = ["localhost", "localhost:80", "LOCALHOST", "127.0.0.1:8000", "[::1]:8000", "[::1]", "192.168.1.7", "npu.example", "a.localhost"]
OTHERS = [
    "evil.example",
    "localhost.evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "evil.example@localhost.x",
    "[",
    "",
    " ",
    "a,b",
]


@pytest.mark.parametrize(("host", "status"), [*((host, 200) for host in OWN), *((host, 421) for host in OTHERS)])
def test_answers_to_names_of_its_own(connection: http.client.HTTPConnection, host: str, status: int) -> None:
    """A page whose name was made to lead to this machine gets nothing."""
    connection.putrequest("GET", "/", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == status
    assert (b"first page" in answer.read()) == (status == 200)


@pytest.mark.parametrize(("target", "status"), [("http://evil.example/", 421), ("http://localhost/", 200), ("*", 421)])
def test_the_name_may_stand_in_the_target(connection: http.client.HTTPConnection, target: str, status: int) -> None:
    connection.request("GET", target)
    assert connection.getresponse().status == status


def test_a_host_is_asked_for(connection: http.client.HTTPConnection) -> None:
    connection.putrequest("GET", "/", skip_host=True)
    connection.endheaders()
    assert connection.getresponse().status == 400


@pytest.mark.parametrize("length", [4097, 60_000, 200_000])
def test_long_targets_are_too_long(connection: http.client.HTTPConnection, length: int) -> None:
    connection.request("GET", "/" + "a" * length)
    assert connection.getresponse().status == 414


def test_long_heads_and_bodies_are_too_long(server: SiteServer) -> None:
    for request, status in (
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 2**19 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", b"413"),
    ):
        with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
            raw.sendall(request)
            assert status in raw.recv(100)


@pytest.mark.parametrize("request_", [b"\r\n", b"nonsense\r\n\r\n", b"\x16\x03\x01\x00\xff\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_request_does_no_harm(server: SiteServer, connection: http.client.HTTPConnection, request_: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
        raw.sendall(request_)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200


def test_answers_beside_many_idle_and_slow_connections(server: SiteServer, connection: http.client.HTTPConnection) -> None:
    held = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(300)]
    try:
        for number, raw in enumerate(held):
            if number % 2:
                raw.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
    finally:
        for raw in held:
            raw.close()


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nHo", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"])
def test_connections_that_say_nothing_are_closed(monkeypatch: pytest.MonkeyPatch, root: Path, first: bytes) -> None:
    monkeypatch.setattr("webnpu.site.server.IDLE", 1)
    with _serving(root) as server, socket.create_connection(("127.0.0.1", server.port), 20) as raw:
        raw.sendall(first)
        assert raw.recv(1) == b""


def test_connections_that_say_their_request_bit_by_bit_are_closed(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setattr("webnpu.site.server.SLOW", 1)
    with _serving(root) as server, socket.create_connection(("127.0.0.1", server.port), 20) as raw:
        with pytest.raises(ConnectionError):  # noqa: PT012 -- which of the calls finds out is not known
            for letter in "GET /" + "a" * 1000:
                raw.sendall(letter.encode())
                time.sleep(0.05)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()


@contextmanager
def _serving(root: Path, host: str = "127.0.0.1") -> Iterator[SiteServer]:
    with SiteServer(host, 0, root) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["::1", "::"])
def test_serves_by_ipv6(root: Path, host: str) -> None:
    with _serving(root, host) as server:
        connection = http.client.HTTPConnection("::1", server.port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()


def test_files_reach_slow_readers_whole(root: Path) -> None:
    content = bytes(range(256)) * 2**16
    (root / "large.wasm").write_bytes(content)
    with _serving(root) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/large.wasm")
        answer = connection.getresponse()
        time.sleep(0.5)
        assert answer.read() == content
        connection.close()


def test_says_how_to_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(site, "BUILT", tmp_path)
    assert not site.is_built()
    with pytest.raises(NotSupportedError, match="npm --prefix polyfill run build"):
        site.check_built()
