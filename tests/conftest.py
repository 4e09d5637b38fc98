"""What the tests share: a context of the reference backend, and a way to compute one operator."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from webnpu import ML, MLContext, MLGraphBuilder

Compute = Callable[..., Any]

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
"""Every run meets the same inputs, so that what fails for one fails for all. ``--hypothesis-profile=default`` looks for others."""


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine the command says how far it is; what it says else can then be compared as anywhere."""
    with suppress(ImportError):
        from webnpu.cli import progress

        monkeypatch.setattr(progress, "EVERY", 3600.0)


@pytest.fixture(scope="session")
def reference() -> MLContext:
    return ML().create_context(backend="reference")


@pytest.fixture
def builder(reference: MLContext) -> MLGraphBuilder:
    return MLGraphBuilder(reference)


@pytest.fixture(scope="session")
def compute(reference: MLContext) -> Compute:
    """Compute one operator on the reference backend: ``compute("add", x, y)``; arrays become inputs.

    Gives one array, or a tuple for an operator with several outputs.
    """

    def run(method: str, *arguments: Any, **options: Any) -> Any:
        builder = MLGraphBuilder(reference)
        arrays: dict[str, np.ndarray] = {}

        def given(value: Any) -> Any:
            if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
                return [given(item) for item in value]
            if not isinstance(value, np.ndarray):
                return value
            name = f"x{len(arrays)}"
            arrays[name] = value
            return builder.input(name, {"dataType": value.dtype.name, "shape": value.shape})

        outputs = getattr(builder, method)(*map(given, arguments), **{name: given(value) for name, value in options.items()})
        several = isinstance(outputs, tuple)
        named = {f"y{i}": output for i, output in enumerate(outputs if several else (outputs,))}
        results = builder.build(named)(**arrays)
        return tuple(results.values()) if several else results["y0"]

    return run
