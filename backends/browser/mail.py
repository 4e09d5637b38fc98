"""How the bytes of tensors get to the page and back: by HTTP, on this machine, since playwright is slow with them.

The same server serves the page itself.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from http import HTTPStatus

from webnpu.site.server import SiteHandler, SiteServer


class MailServer(SiteServer):
    """A server of the site, with letters to and from its pages; their paths are secret, so that no other page guesses them."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 0, _Handler)
        self.secret = secrets.token_urlsafe(16)
        self.outgoing: dict[str, Sequence[memoryview]] = {}
        self.incoming: dict[str, bytearray] = {}
        threading.Thread(target=self.serve_forever, name="webnpu-mail", daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def path(self, number: int) -> str:
        """The path of a letter, the same in both directions."""
        return f"/mail/{self.secret}/{number}"

    def close(self) -> None:
        """Stop serving."""
        self.shutdown()
        self.server_close()


class _Handler(SiteHandler):
    server: MailServer

    def do_GET(self) -> None:
        parts = self.server.outgoing.get(self.path)
        if parts is None:
            super().do_GET()
            return
        self.begin("application/octet-stream", sum(part.nbytes for part in parts))
        for part in parts:
            self.wfile.write(part)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if not self.path.startswith(f"/mail/{self.server.secret}/"):
            self.close_connection = True
            self.refuse(HTTPStatus.NOT_FOUND)
            return
        letter = bytearray(length)
        self.rfile.readinto(letter)
        self.server.incoming[self.path] = letter
        self.begin("text/plain; charset=utf-8", 0)
