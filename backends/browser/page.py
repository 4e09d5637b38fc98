"""A page in a browser, through playwright: started when it is needed, and anew when it crashes, hangs or loses its context."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from webnpu.errors import DeviceLost, NotSupportedError, OperationError

from .options import BrowserOptions

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright
    from playwright.async_api import Page as PlaywrightPage

T = TypeVar("T")

INLINE = 2**16
"""The most bytes that cross as base64 in the call itself; more of them go by mail."""

_CALL = "([method, message, bytes, letter]) => webnpu.call(method, message, bytes, letter)"


class PageFailure(OperationError):
    """What the page's end of the conversation says went wrong.

    Attributes:
        kind: ``refused``, ``lost`` or ``error``.
        text: the message.
        operator: the place of the operator that is refused, where that is known.
    """

    def __init__(self, failure: dict[str, Any]) -> None:
        self.kind, self.text, self.operator = failure["kind"], failure["message"], failure.get("operator")
        self._failure = failure
        super().__init__(f"{failure['name']}: {failure['message']}")

    def __reduce__(self) -> tuple[Any, ...]:
        return PageFailure, (self._failure,)


class Page:
    """The driver's page, and the browser that it is in."""

    def __init__(self, options: BrowserOptions) -> None:
        self.options = options
        self.number = 0
        """Which page this is, counted from 1; what lived on an earlier one is gone."""
        self.opened: dict[str, Any] = {}
        """What the page said of its context."""
        self.version = ""
        """The browser's version, once it is started."""
        from .mail import MailServer

        self._mail = MailServer()
        self._letters = itertools.count()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._page: PlaywrightPage | None = None

    async def call(self, method: str, message: Any, parts: Sequence[memoryview], number: int | None) -> tuple[Any, bytearray]:
        """Call the page; see `Session.call`."""
        page = await self.ready()
        if number not in (None, self.number):
            raise DeviceLost("the page that it lived on is gone")
        return await self._guarded(self._exchange(page, method, message, parts))

    async def ready(self) -> PlaywrightPage:
        """The page, with a context on it."""
        if self._page is not None and not self._page.is_closed() and self._browser is not None and self._browser.is_connected():
            return self._page
        await self._leave()
        self._page = page = await self._guarded(self._start())
        self.number += 1
        message = {"native": self.options.native, "context": dict(self.options.context)}
        try:
            self.opened, _ = await self._guarded(self._exchange(page, "open", message, ()))
        except PageFailure as failure:
            await self._leave()
            raise NotSupportedError(f"createContext rejects: {failure}") from failure
        return page

    async def collect(self) -> None:
        """Have the page's collector run."""
        await (await self.ready()).request_gc()

    async def close(self) -> None:
        """End the browser, and all that serves it."""
        await self._leave()
        if self._playwright is not None:
            await _within(5, self._playwright.stop())
        self._playwright = None
        self._mail.close()

    async def _start(self) -> PlaywrightPage:
        from playwright.async_api import async_playwright

        self._playwright = self._playwright or await async_playwright().start()
        path, flags = self.options.browser(), list(self.options.flags)
        self._browser = await self._playwright.chromium.launch(executable_path=path, args=flags, handle_sigint=False)
        self.version = self._browser.version
        page = await self._browser.new_page()
        await page.goto(f"{self._mail.origin}/driver.html")
        await page.wait_for_function("() => globalThis.webnpu !== undefined")
        return page

    async def _exchange(self, page: PlaywrightPage, method: str, message: Any, parts: Sequence[memoryview]) -> tuple[Any, bytearray]:
        letter, bytes = self._mail.path(next(self._letters)), None
        if sum(part.nbytes for part in parts) <= INLINE:
            bytes = base64.b64encode(b"".join(parts)).decode()
        else:
            self._mail.outgoing[letter] = parts
        try:
            answer = json.loads(await page.evaluate(_CALL, [method, json.dumps(message), bytes, letter]))
        finally:
            self._mail.outgoing.pop(letter, None)
            received = self._mail.incoming.pop(letter, None)
        if failure := answer.get("failure"):
            if failure["kind"] == "lost":
                await self._leave()
                raise DeviceLost(failure["message"])
            raise PageFailure(failure)
        return answer["message"], bytearray(base64.b64decode(answer["bytes"])) if received is None else received

    async def _guarded(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for what a page does; a browser whose page crashes, or takes too long, is ended."""
        from playwright.async_api import Error

        try:
            return await asyncio.wait_for(work, self.options.timeout)
        except TimeoutError:
            await self._leave()
            raise OperationError(f"the page did not answer within {self.options.timeout:g} s") from None
        except Error as error:
            await self._leave()
            raise OperationError(f"the browser failed: {error.message.splitlines()[0]}") from error

    async def _leave(self) -> None:
        """End the browser. A page alone cannot be ended while it hangs."""
        browser, self._browser, self._page = self._browser, None, None
        if browser is not None:
            await _within(10, browser.close())


async def _within(seconds: float, work: Coroutine[Any, Any, None]) -> None:
    """Wait for the end of something for some time; it may have ended already."""
    from playwright.async_api import Error

    with suppress(Error, TimeoutError):
        await asyncio.wait_for(work, seconds)
