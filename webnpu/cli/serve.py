"""``webnpu serve``: the playground, the conformance suite and the demo, in a browser."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from ..site import check_built
from .console import InputError, console


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for one that is free.")] = 8000,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address; 0.0.0.0 serves the whole network.")] = "127.0.0.1",
    open: Annotated[bool, typer.Option("--open", help="Open the first page in a browser.")] = False,
) -> None:
    """Serve the playground, the conformance suite and the demo. Everything runs in the browser, without a network."""
    from ..site.server import SiteServer

    check_built()
    try:
        server = SiteServer(host, port)
    except OSError as error:
        raise InputError(f"cannot listen at {host}:{port}: {error.strerror}; give another --port or --host") from error
    with server:
        address = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{server.port}/"
        screen = console()
        screen.print(f"Serving {address}", soft_wrap=True)
        if host not in ("127.0.0.1", "localhost", "::1"):
            screen.print(
                "Browsers give WebGPU to other devices only over https: put a proxy before it, or use localhost.", style="bright_black"
            )
        screen.print("Press Ctrl+C to stop.", style="bright_black")
        if open:
            webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            screen.print("")
