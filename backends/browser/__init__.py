"""The browser backend: any ``navigator.ml``, driven through Playwright.

It drives the polyfill, on WebGPU or in plain TypeScript, or the WebNN of the browser itself, and knows of them only
what the W3C API says. The page's end is ``polyfill/site/driver``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from webnpu import site
from webnpu.backend import Availability, Backend, DeviceTensor, ForeignBuilder, OpSupportLimits, Program
from webnpu.errors import DeviceLost, OperationError, WebNPUError
from webnpu.graph import Graph, as_graph
from webnpu.types import OperandDescriptor

from .options import BrowserOptions
from .program import BrowserProgram, BrowserTensor
from .session import Session

__all__ = ["BrowserBackend", "BrowserOptions", "BrowserProgram", "BrowserTensor"]


class BrowserBackend(Backend):
    """Computes on a page in a browser, with the polyfill or with the browser's own WebNN."""

    name = "browser"
    limits_vary = True

    def __init__(self, options: BrowserOptions | None = None) -> None:
        """Make the backend.

        Args:
            options: which browser, and what in it; by default what environment variables say.
        """
        self.options = options or BrowserOptions.of_environment()
        self.session = Session(self.options)

    @classmethod
    def variant(cls, name: str) -> BrowserBackend:
        return cls(BrowserOptions.of_environment().variant(name))

    def available(self) -> Availability:
        """Whether there is a browser, and a context in it; starts the browser."""
        missing = self._missing()
        if missing:
            return Availability(False, missing)
        try:
            opened = self.session.open()
        except WebNPUError as error:
            return Availability(False, str(error))
        if self.options.context.get("accelerated") and not opened["accelerated"]:
            return Availability(False, "WebGPU is not to be had: the context is not accelerated")
        versions = {"browser": opened["version"], "playwright": version("playwright")}
        return Availability(True, f"{opened['device']}, in {self.options.browser()}", versions, simulated="swiftshader" in opened["device"])

    def _missing(self) -> str:
        for package in ("playwright", "waitress"):
            try:
                version(package)
            except PackageNotFoundError:
                return f"{package} is not installed: pip install 'webnpu[browser]'"
        if self.options.path and not self.options.browser():
            return f"there is no browser {self.options.path}"
        if not self.options.browser():
            return "no browser is found: install Chromium, or name a program in WEBNPU_BROWSER_PATH"
        return "" if site.is_built() else f"the site is not built: in a checkout, run {site.HOW_TO_BUILD}"

    def support_limits(self) -> OpSupportLimits:
        limits: OpSupportLimits = self.session.open()["limits"]
        return limits

    def compile(self, graph: Graph) -> Program:
        """Build a graph on the page; once more on a new page, if the context was lost before."""
        as_graph("compile", graph)
        try:
            return BrowserProgram(self.session, graph)
        except DeviceLost:
            return BrowserProgram(self.session, graph)

    def create_tensor(self, descriptor: OperandDescriptor) -> DeviceTensor:
        return BrowserTensor(self.session, descriptor)

    def foreign_builder(self) -> ForeignBuilder:
        return PageBuilder(self.session)

    def close(self) -> None:
        """End the browser; the next use starts it again."""
        self.session.close()


class PageBuilder(ForeignBuilder):
    """The MLGraphBuilder of the page."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def fault(self, rejection: Mapping[str, Any]) -> str:
        result, _ = self.session.call("reject", rejection)
        return str(result["reason"])

    def replay(self, calls: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        outcomes, _ = self.session.call("replay", {"calls": list(calls)})
        if len(outcomes) != len(calls):
            raise OperationError(f"expected the outcomes of {len(calls)} calls; got {len(outcomes)}")
        return list(outcomes)
