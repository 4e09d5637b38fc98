"""How the bytes of tensors get to the page and back: by HTTP, on this machine, since playwright is slow with them.

The same server serves the page itself.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from webnpu.site.server import Answer, SiteServer, refusal

_CHUNK = 2**20


class MailServer(SiteServer):
    """A server of the site, with letters to and from its pages; their paths are secret, so that no other page guesses them."""

    longest_body = 2**40

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 0)
        self.secret = secrets.token_urlsafe(16)
        self.outgoing: dict[str, Sequence[memoryview]] = {}
        self.incoming: dict[str, bytearray] = {}
        self._thread = threading.Thread(target=self.serve_forever, name="webnpu-mail", daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def path(self, number: int) -> str:
        """The path of a letter, the same in both directions."""
        return f"/mail/{self.secret}/{number}"

    def close(self) -> None:
        """Stop serving."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join(5)
        super().close()

    def answer(self, method: str, target: str, environ: WSGIEnvironment) -> Answer:
        parts = self.outgoing.get(target) if method == "GET" else None
        if parts is not None:
            return Answer("application/octet-stream", sum(part.nbytes for part in parts), _chunks(parts))
        if method != "POST":
            return super().answer(method, target, environ)
        if not target.startswith(f"/mail/{self.secret}/"):
            return refusal(HTTPStatus.NOT_FOUND)
        letter = bytearray(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"].readinto(letter)
        self.incoming[target] = letter
        return Answer("text/plain; charset=utf-8", 0)


def _chunks(parts: Sequence[memoryview]) -> Iterator[bytes]:
    """The bytes of some arrays, a piece at a time."""
    for part in parts:
        whole = part.cast("B") if part.nbytes else memoryview(b"")
        for start in range(0, len(whole), _CHUNK):
            yield bytes(whole[start : start + _CHUNK])
