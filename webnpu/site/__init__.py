"""The built pages and scripts: what `webnpu serve` serves, and what the browser backend drives.

They are made of ``polyfill/`` and put in the folder ``built``, in a checkout by npm; a wheel has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ..errors import NotSupportedError

BUILT = Path(__file__).parent / "built"
"""Where the built files lie."""

HOW_TO_BUILD = "npm --prefix polyfill install && npm --prefix polyfill run build"
"""What makes them in a checkout."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".wgsl": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""The media types of the files; any other file is not the site's, and not served."""

HEADERS = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer carries: the pages are isolated, so that buffers can be shared with workers and clocks are fine."""

_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self' blob:",
    "connect-src": "'self' blob: data:",
    "img-src": "'self' blob: data:",
    "media-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
_RUNS_PROGRAMS = ("playground.html",)
"""The pages that run what their users write."""


def headers_of(name: str) -> dict[str, str]:
    """The headers of a file of the site, by its name: what its pages may load, and who may show them."""
    policy = {**_POLICY, "script-src": _POLICY["script-src"] + (" 'unsafe-eval'" if name in _RUNS_PROGRAMS else "")}
    return {**HEADERS, "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items())}


@dataclass(frozen=True)
class File:
    """A file of the site, ready to be served."""

    path: Path
    media_type: str


def is_built() -> bool:
    """Whether the site is there."""
    return (BUILT / "index.html").is_file()


def check_built() -> None:
    """Raise a NotSupportedError that says how to build the site, if it is not there."""
    if not is_built():
        raise NotSupportedError(f"the site is not built: in a checkout, run {HOW_TO_BUILD}")


def find(url: str, root: Path = BUILT) -> File | None:
    """The file that a URL names, or None: nothing but the files of the site is to be had.

    Args:
        url: a URL, or its path and query.
        root: the folder of the site.
    """
    path = unquote(urlsplit(url).path)
    if "\0" in path or "\\" in path:
        return None
    parts = [part for part in PurePosixPath(path).parts if part != "/"]
    if any(part.startswith(".") or ":" in part for part in parts):  # "..", and what is hidden
        return None
    file = root.joinpath(*parts)
    if path.endswith("/") or not parts:
        file = file / "index.html"
    media_type = TYPES.get(file.suffix)
    if media_type is None or not file.is_file() or not file.resolve().is_relative_to(root.resolve()):
        return None
    return File(file, media_type)
