"""The browser backend, where a browser and the built site are there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from webnpu.backend import Backend, load_backend


def ready(name: str) -> Iterator[Backend]:
    backend = load_backend(name)
    availability = backend.available()
    if not availability.ok:
        pytest.skip(f"{name} cannot run here: {availability.reason}")
    yield backend
    backend.close()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def plain() -> Iterator[Backend]:
    yield from ready("browser:cpu")


@pytest.fixture(scope="module")
def gpu() -> Iterator[Backend]:
    yield from ready("browser:webgpu")
