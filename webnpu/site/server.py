"""A server of the site's files, and of nothing else."""

from __future__ import annotations

import shutil
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from . import BUILT, HEADERS, File, find


class SiteHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD with files of the site."""

    server: SiteServer
    protocol_version = "HTTP/1.1"
    server_version = "webnpu"
    sys_version = ""

    def do_GET(self) -> None:
        if file := self._start():
            with file.path.open("rb") as source:
                shutil.copyfileobj(source, self.wfile)

    def do_HEAD(self) -> None:
        self._start()

    def _start(self) -> File | None:
        """Send the head of the answer; and an error where the path names no file of the site."""
        file = find(self.path, self.server.root)
        if file is None:
            self.refuse(HTTPStatus.NOT_FOUND)
            return None
        self.begin(file.media_type, file.path.stat().st_size)
        return file

    def begin(self, media_type: str, length: int, status: HTTPStatus = HTTPStatus.OK) -> None:
        """Send the head of an answer."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(length))
        self.send_header("Cache-Control", "no-cache")
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()

    def refuse(self, status: HTTPStatus) -> None:
        """Answer with an error, in words."""
        body = f"{status.value} {status.phrase}\n".encode()
        self.begin("text/plain; charset=utf-8", len(body), status)
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: who runs the server reads what it prints."""


class SiteServer(ThreadingHTTPServer):
    """Serves the site, one thread a connection."""

    daemon_threads = True

    def __init__(self, host: str, port: int, handler: type[SiteHandler] = SiteHandler, root: Path = BUILT) -> None:
        """Listen.

        Args:
            host: the address to listen at.
            port: the port; 0 for one that is free.
            handler: what answers.
            root: the folder of the site.
        """
        self.root = root
        super().__init__((host, port), handler)

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no fault of the server's."""
