"""Which browser to run, how to start it, and which implementation of WebNN in it to drive."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from webnpu.errors import NotSupportedError

PREFIX = "WEBNPU_BROWSER_"
"""What the names of the environment variables start with: PATH, FLAGS, CONTEXT, NATIVE, TIMEOUT."""

COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
"""Where browsers are looked for, in this order."""

FLAGS = ("--enable-unsafe-webgpu", "--enable-features=Vulkan,WebMachineLearningNeuralNetwork")
"""WebGPU without a window, on whatever adapter there is; and the browser's own WebNN, where it has one."""

VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "webgpu": {"context": {"accelerated": True, "powerPreference": "high-performance"}},
    "cpu": {"context": {"accelerated": False}},
    "native": {"native": True},
}
"""The ways to set up the backend that have a name: ``browser:cpu`` is the polyfill in plain TypeScript."""


@dataclass(frozen=True)
class BrowserOptions:
    """How the backend is set up.

    Attributes:
        path: the browser's program; found where it is not given.
        flags: what it is started with, besides what playwright gives it.
        context: the options of ``createContext``.
        native: whether to drive the browser's own WebNN rather than the polyfill.
        timeout: the seconds that one call may take before the page counts as hung.
    """

    path: str | None = None
    flags: tuple[str, ...] = FLAGS
    context: Mapping[str, Any] = field(default_factory=dict)
    native: bool = False
    timeout: float = 300.0

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> BrowserOptions:
        """The options that environment variables give.

        Raises:
            NotSupportedError: one of them cannot be read.
        """
        given = {
            name: environment[PREFIX + name] for name in ("PATH", "FLAGS", "CONTEXT", "NATIVE", "TIMEOUT") if PREFIX + name in environment
        }
        try:
            context = json.loads(given.get("CONTEXT", "{}"))
            if not isinstance(context, dict):
                raise ValueError("it must be a JSON object")
        except ValueError as error:
            raise NotSupportedError(f"{PREFIX}CONTEXT: {error}") from error
        try:
            timeout = float(given.get("TIMEOUT", cls.timeout))
            if not timeout > 0:
                raise ValueError("it must be above 0")
        except ValueError as error:
            raise NotSupportedError(f"{PREFIX}TIMEOUT: {error}") from error
        return cls(
            path=given.get("PATH") or None,
            flags=tuple(shlex.split(given["FLAGS"])) if "FLAGS" in given else FLAGS,
            context=context,
            native=given.get("NATIVE", "") not in ("", "0", "false"),
            timeout=timeout,
        )

    def variant(self, name: str) -> BrowserOptions:
        """These options, set up in one of the ways that have a name."""
        if name not in VARIANTS:
            raise NotSupportedError(f"backend browser has no variant {name!r}; there are {', '.join(VARIANTS)}")
        return replace(self, **VARIANTS[name])

    def browser(self) -> str | None:
        """The path of the browser's program, or None where there is none."""
        for command in (self.path,) if self.path else COMMANDS:
            found = shutil.which(command)
            if found:
                return str(Path(found))
        return None
