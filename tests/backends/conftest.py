"""Every backend that can run here, in turn: what is told of the rule that all of them share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from webnpu.backend import Backend, load_backend

EVERY = ("reference", "tflite", "webgpu", "coreml", "browser:cpu")


@pytest.fixture(scope="module", params=EVERY)
def every(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """A backend that can run here, each in turn."""
    backend = load_backend(request.param)
    availability = backend.available()
    if not availability.ok:
        pytest.skip(f"{request.param} cannot run here: {availability.reason}")
    yield backend
    if hasattr(backend, "close"):
        backend.close()
