"""A server of the site's files, and of nothing else, on waitress, which bounds connections, requests and the time they take.

A request's Host must be this machine's: else a page from elsewhere, whose name is made to lead here, could read what is served.
"""

from __future__ import annotations

import logging
import select
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from waitress.server import create_server
from waitress.wasyncore import close_all

from . import BUILT, find, headers_of

LONGEST_TARGET = 2**12
"""Characters of a path with its query."""
MOST_CONNECTIONS = 500
IDLE, SLOW = 20, 30
"""After so many seconds an idle connection is closed, and one whose request has begun and does not end."""
_READ, _LONGEST_HEAD, _BODY, _KEPT = 2**16, 2**18, 2**16, 2**25
"""The bytes that are read at once, of the head and of the body of a request, and of an answer that are kept in memory."""

logging.getLogger("waitress").setLevel(logging.CRITICAL)  # who runs the server reads what it prints


@dataclass(frozen=True)
class Answer:
    """What a request gets."""

    media_type: str
    length: int
    body: Iterable[bytes] = ()
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=lambda: headers_of(""))


class SiteServer:
    """Serves the site. It listens from the start, and answers while `serve_forever` runs; to be used in a ``with`` block."""

    longest_body = _BODY
    """The bytes that may come with a request."""

    def __init__(self, host: str, port: int, root: Path = BUILT, names: Sequence[str] = ()) -> None:
        """Listen.

        Args:
            host: the address to listen at, of IPv4 or IPv6, or a name; 0.0.0.0 and :: are all of this machine's.
            port: the port; 0 for one that is free.
            root: the folder of the site.
            names: names that requests may call this machine by, beside localhost, ``host``, and addresses.

        Raises:
            OSError: nothing can listen there.
        """
        self.root = root
        self.names = {"localhost", host.lower(), *(name.lower() for name in names)}
        if host in ("0.0.0.0", "::"):
            own = socket.gethostname().lower()
            self.names |= {own, f"{own}.local"}
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        both = host == "::" and socket.has_dualstack_ipv6()
        listening = socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS, dualstack_ipv6=both)
        self.port = int(listening.getsockname()[1])
        self._begun: dict[int, float] = {}
        self._left: dict[int, Any] = {}
        self._server: Any = create_server(
            self._application,
            sockets=[listening],
            ident="webnpu",
            connection_limit=MOST_CONNECTIONS,
            channel_timeout=IDLE,
            cleanup_interval=2,
            recv_bytes=_READ,
            max_request_header_size=_LONGEST_HEAD,
            max_request_body_size=self.longest_body,
            inbuf_overflow=max(self.longest_body, _BODY),
            outbuf_overflow=_KEPT,
            asyncore_use_poll=hasattr(select, "poll"),
        )
        self._close_idle = self._server.maintenance
        self._server.maintenance = self._maintain

    def __enter__(self) -> SiteServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def serve_forever(self) -> None:
        """Answer, until `shutdown` is called, or the process is interrupted."""
        self._server.run()

    def shutdown(self) -> None:
        """End `serve_forever`, which another thread is in."""
        self._server.trigger.pull_trigger(self._leave)

    def _leave(self) -> None:
        """End the loop, with nothing left to wait for. All stays open until `close`, what the loop was woken by as well."""
        self._left = dict(self._server._map)
        self._server._map.clear()

    def close(self) -> None:
        """Stop listening."""
        for connections in (self._server._map, self._left):
            close_all(connections, ignore_all=True)
        self._server.task_dispatcher.shutdown()

    def answer(self, method: str, target: str, environ: WSGIEnvironment) -> Answer:
        """What a request gets: a file of the site, or an error in words.

        Args:
            method: ``GET``, ``POST``, ...
            target: the path and the query, as they came.
            environ: all that WSGI says of the request.
        """
        if method not in ("GET", "HEAD"):
            return refusal(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"})
        file = find(target, self.root)
        if file is None:
            return refusal(HTTPStatus.NOT_FOUND)
        length, headers = file.path.stat().st_size, headers_of(file.path.name)
        if method == "HEAD":
            return Answer(file.media_type, length, headers=headers)
        return Answer(file.media_type, length, environ["wsgi.file_wrapper"](file.path.open("rb")), headers=headers)

    def _application(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer, method = self._checked(environ), environ["REQUEST_METHOD"]
        headers = {"Content-Type": answer.media_type, "Content-Length": str(answer.length), "Cache-Control": "no-cache", **answer.headers}
        start_response(f"{answer.status.value} {answer.status.phrase}", list(headers.items()))
        return () if method == "HEAD" else answer.body

    def _checked(self, environ: WSGIEnvironment) -> Answer:
        target = environ["REQUEST_URI"]
        if len(target) > LONGEST_TARGET:
            return refusal(HTTPStatus.REQUEST_URI_TOO_LONG)
        host = environ.get("HTTP_HOST")
        if host is None:
            return refusal(HTTPStatus.BAD_REQUEST)
        absolute = () if target.startswith("/") else (target,)
        if not all(self._is_own(url) for url in (f"//{host}", *absolute)):
            return refusal(HTTPStatus.MISDIRECTED_REQUEST)
        return self.answer(environ["REQUEST_METHOD"], target, environ)

    def _is_own(self, url: str) -> bool:
        """Whether a URL is of this machine: by a name of its own, or by an address, which no other site's pages have."""
        try:
            name = urlsplit(url).hostname or ""
        except ValueError:
            return False
        if name in self.names or name.endswith(".localhost"):
            return True
        try:
            return bool(ip_address(name.partition("%")[0]))
        except ValueError:
            return False

    def _maintain(self, now: float) -> None:
        """Close connections that are idle, and those that send the head of a request bit by bit, however busy they look."""
        self._close_idle(now)
        begun = {id(c): c for c in self._server.active_channels.values() if c.request is not None and not c.request.headers_finished}
        self._begun = {key: self._begun.get(key, time.monotonic()) for key in begun}
        for key, channel in begun.items():
            if time.monotonic() - self._begun[key] > SLOW:
                channel.will_close = True


def refusal(status: HTTPStatus, more: Mapping[str, str] | None = None) -> Answer:
    """An error, in words."""
    body = f"{status.value} {status.phrase}\n".encode()
    return Answer("text/plain; charset=utf-8", len(body), (body,), status, {**headers_of(""), **(more or {})})
