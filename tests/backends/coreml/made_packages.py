"""Packages as coremltools' users make them, for tests; coremltools is imported when one is made."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

logging.getLogger("coremltools").setLevel(logging.ERROR)

import coremltools as ct  # noqa: E402 -- only after its logger was told to keep quiet
import pytest  # noqa: E402
from coremltools.converters.mil.mil import Builder as mb  # noqa: E402, N813 -- what its users call it

FIRST = (255, 127, 0)
"""A colour whose channels are told apart."""


def write(program: Any, path: Path, **options: Any) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # coremltools' own
        ct.convert(
            program,
            source="milinternal",
            convert_to="mlprogram",
            compute_precision=ct.precision.FLOAT32,
            skip_model_load=True,
            **options,
        ).save(str(path))
    return path


def same(image: Any) -> Any:
    return mb.identity(x=image, name="y")


def means(image: Any) -> Any:
    return mb.reduce_mean(x=image, axes=[2, 3], keep_dims=False, name="y")


def image_type(color: str, channels: int, **options: Any) -> Any:
    return ct.ImageType(name="image", shape=(1, channels, 4, 2), color_layout=getattr(ct.colorlayout, color), **options)


def picture(color: tuple[int, int, int] = FIRST, size: tuple[int, int] = (2, 4)) -> Any:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    return image.new("RGB", size, color)


def open_sizes(kind: str, of: str) -> Any:
    """The declaration of an input whose height and width are open."""
    if kind == "ranged":
        shape = ct.Shape((1, 3, ct.RangeDim(4, 20, default=8), ct.RangeDim(2, 12, default=6)))
    else:
        shape = ct.EnumeratedShapes([(1, 3, 8, 6), (1, 3, 16, 12)], default=(1, 3, 8, 6))
    return ct.ImageType(name="image", shape=shape) if of == "picture" else ct.TensorType(name="image", shape=shape)
