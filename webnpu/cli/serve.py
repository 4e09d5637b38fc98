"""``webnpu serve``: the playground, the conformance suite and the demo, in a browser."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from ..site import check_built
from .console import InputError, console


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for one that is free.")] = 8000,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address; 0.0.0.0 and :: serve the whole network.")] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name by which this machine is called, such as that of a proxy before it.")
    ] = None,
    open: Annotated[bool, typer.Option("--open", help="Open the first page in a browser.")] = False,
) -> None:
    """Serve the playground, the conformance suite and the demo. Everything runs in the browser, without a network."""
    check_built()
    try:
        from ..site.server import SiteServer
    except ImportError as error:
        raise InputError(f"the server needs {error.name}, which is not installed: pip install 'webnpu[cli]'") from error
    try:
        server = SiteServer(host, port, names=name or ())
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "there is no such address"
        raise InputError(f"cannot listen at {host}:{port}: {reason}; give another --port or --host") from error
    with server:
        shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{server.port}/"
        screen = console()
        screen.print(f"Serving {address}", soft_wrap=True)
        if host not in ("127.0.0.1", "localhost", "::1"):
            screen.print(
                "Browsers give WebGPU to other devices only over https: put a proxy before it, or use localhost.", style="bright_black"
            )
        screen.print("Press Ctrl+C to stop.", style="bright_black")
        if open:
            webbrowser.open(address)
        server.serve_forever()
        screen.print("")
