"""The driver's page, called from any thread: playwright runs in a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections import deque
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from webnpu.errors import InvalidStateError, WebNPUError
from webnpu.program import forked_from, not_copied

from .options import BrowserOptions
from .page import Page

T = TypeVar("T")


class Session:
    """A browser with one page, started by the first call, which makes calls one after the other."""

    def __init__(self, options: BrowserOptions) -> None:
        self.options = options
        self.page: Page | None = None
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._thread: _LoopThread | None = None
        self._forgotten: deque[tuple[dict[str, int], int]] = deque()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise not_copied(self, "load the backend where it is needed")

    @property
    def page_number(self) -> int:
        """Which page this is; what lived on an earlier one is gone."""
        return self.page.number if self.page else 0

    def open(self) -> dict[str, Any]:
        """What the page says of its context: its device, whether it is accelerated, and its limits; and the browser's version."""
        self._check_process()
        with self._lock:
            page, thread = self._started()
            thread.run(page.ready())
            return {**page.opened, "version": page.version}

    def call(self, method: str, message: Any, parts: Sequence[memoryview] = (), page: int | None = None) -> tuple[Any, bytearray]:
        """Call the page.

        Args:
            method: one of the driver's methods.
            message: what it takes, ready for JSON.
            parts: the bytes that go with it.
            page: the number of the page that the call needs, if it is about something that lives there.

        Returns:
            The answer, and the bytes that came with it.

        Raises:
            PageFailure: the method failed.
            DeviceLost: that page is gone.
            NotSupportedError: no context can be made.
            OperationError: the page crashed, or did not answer in time; or the browser does not start.
            InvalidStateError: this process was forked from the one that started the browser.
        """
        self._check_process()
        with self._lock:
            current, thread = self._started()
            self._destroy_forgotten(current, thread)
            return thread.run(current.call(method, message, parts, page))

    def forget(self, what: dict[str, int], page: int) -> None:
        """Destroy what nobody here holds any more, before the next call; safe to call at any moment, as Python's collector does."""
        self._forgotten.append((what, page))

    def collect(self) -> None:
        """Destroy what is forgotten, and have the page's collector run, so that what memory is left is in use."""
        self._check_process()
        with self._lock:
            current, thread = self._started()
            self._destroy_forgotten(current, thread)
            thread.run(current.collect())

    def _destroy_forgotten(self, page: Page, thread: _LoopThread) -> None:
        while self._forgotten:
            forgotten, number = self._forgotten.popleft()
            with suppress(WebNPUError):  # with its page, it is gone already
                if number == page.number:
                    thread.run(page.call("destroy", forgotten, (), number))

    def close(self) -> None:
        """End the browser and the thread; the next call starts them again. A forked process leaves them to the one that started them."""
        if self.page is not None and forked_from(self._process):
            return
        with self._lock:
            if self._thread is None or self.page is None:
                return
            with suppress(FutureTimeoutError):
                self._thread.run(self.page.close(), 20)
            self._thread.stop()
            self._thread = self.page = None
            atexit.unregister(self.close)

    def _check_process(self) -> None:
        if self.page is not None and (why := forked_from(self._process)):
            raise InvalidStateError(f"the browser: {why}")

    def _started(self) -> tuple[Page, _LoopThread]:
        if self.page is None or self._thread is None:
            self._process = os.getpid()
            self._thread, self.page = _LoopThread(), Page(self.options)
            atexit.register(self.close)
        return self.page, self._thread


class _LoopThread:
    """A thread that runs an event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._last: Future[Any] | None = None
        self._thread = threading.Thread(target=self._serve, name="webnpu-browser", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Run a coroutine there, and wait for its result.

        Whoever is interrupted while waiting leaves it to its end; the next call waits for that first.
        """
        if self._last is not None:
            with suppress(Exception):
                self._last.exception(seconds)
        self._last = future = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(seconds)

    def stop(self) -> None:
        """End the loop and the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()
