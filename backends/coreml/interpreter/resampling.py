"""Resizing, cropping and resampling of images: the last two dimensions, height and width."""

from __future__ import annotations

import numpy as np

from webnpu.types import Array

from .errors import EvaluationError
from .operations import evaluates
from .windows import numbers


def _grid(size: int, wanted: int, mode: str) -> Array:
    """Where the elements of the output lie in the input, by sampling mode."""
    places = np.arange(wanted, dtype=np.float64)
    if mode in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS"):
        if wanted == 1:
            return np.array([(size - 1) / 2 if mode == "ALIGN_CORNERS" else 0.0])
        places *= (size - 1) / (wanted - 1)
    elif mode == "DEFAULT":
        places *= (size - size / wanted) / (wanted - 1) if wanted > 1 else 0.0
    elif mode == "OFFSET_CORNERS":
        delta = max(1, size - 1) / wanted
        places = 0.5 * delta + places * delta
    elif mode == "UNALIGN_CORNERS":
        places = (places + 0.5) * (size / wanted) - 0.5
    else:
        raise EvaluationError(f"sampling_mode {mode!r} is not known")
    return np.clip(places, 0, size - 1)


def _linear(x: Array, places: Array, axis: int) -> Array:
    low = np.floor(places).astype(np.int64)
    high = np.minimum(low + 1, x.shape[axis] - 1)
    weight = (places - low).reshape([-1 if at == axis % x.ndim else 1 for at in range(x.ndim)])
    return np.asarray(np.take(x, low, axis) * (1 - weight) + np.take(x, high, axis) * weight)


def _scaled(size: int, factor: Array) -> int:
    return int(np.floor(size * float(np.asarray(factor).reshape(()))))


@evaluates()
def upsample_nearest_neighbor(x: Array, scale_factor_height: Array, scale_factor_width: Array) -> Array:
    for axis, factor in ((-2, scale_factor_height), (-1, scale_factor_width)):
        size = x.shape[axis]
        wanted = _scaled(size, factor)
        places = np.minimum(np.floor(np.arange(wanted) * (size / wanted)), size - 1)
        x = np.take(x, places.astype(np.int64), axis)
    return x


def _nearest(size: int, wanted: int, mode: str) -> Array:
    """Which elements of the input are nearest to those of the output, by sampling mode.

    DEFAULT takes the element under the middle of each, as UNALIGN_CORNERS does: ``floor((i + 0.5) * size / wanted)``. The
    documents do not say; coremltools' tests compare with TensorFlow's half_pixel_centers, by integer and by other factors.
    """
    if mode in ("DEFAULT", "UNALIGN_CORNERS"):
        return (2 * np.arange(wanted) + 1) * size // (2 * wanted)
    return np.minimum(np.floor(_grid(size, wanted, mode) + 0.5), size - 1).astype(np.int64)


@evaluates()
def resize_nearest_neighbor(x: Array, target_size_height: Array, target_size_width: Array) -> Array:
    for axis, wanted in ((-2, int(target_size_height)), (-1, int(target_size_width))):
        x = np.take(x, _nearest(x.shape[axis], wanted, "DEFAULT"), axis)
    return x


@evaluates()
def upsample_bilinear(
    x: Array, scale_factor_height: Array, scale_factor_width: Array, align_corners: Array, half_pixel_centers: Array | None = None
) -> Array:
    half = not bool(align_corners) if half_pixel_centers is None else bool(half_pixel_centers)
    mode = "STRICT_ALIGN_CORNERS" if bool(align_corners) else "UNALIGN_CORNERS" if half else "DEFAULT"
    for axis, factor in ((-2, scale_factor_height), (-1, scale_factor_width)):
        x = _linear(x, _grid(x.shape[axis], _scaled(x.shape[axis], factor), mode), axis)
    return x


@evaluates()
def resize_bilinear(x: Array, target_size_height: Array, target_size_width: Array, sampling_mode: str) -> Array:
    for axis, wanted in ((-2, int(target_size_height)), (-1, int(target_size_width))):
        x = _linear(x, _grid(x.shape[axis], wanted, sampling_mode), axis)
    return x


@evaluates()
def resize(x: Array, shape: Array, resized_dims: Array, interpolation_mode: str, sampling_mode: str) -> Array:
    """The last dimensions, as many as resized_dims says; a size of 0 keeps that of x."""
    count, given = int(resized_dims), numbers(shape)
    if not count <= len(given) <= x.ndim:
        raise EvaluationError(f"resized_dims {count}, {len(given)} sizes and the rank {x.ndim} of x must not become less in this order")
    if interpolation_mode not in ("LINEAR", "NEAREST_NEIGHBOR"):
        raise EvaluationError(f"interpolation_mode must be LINEAR or NEAREST_NEIGHBOR; got {interpolation_mode!r}")
    sizes = given[len(given) - count :]
    for axis, size in zip(range(x.ndim - count, x.ndim), sizes, strict=True):
        wanted = size or x.shape[axis]
        if interpolation_mode == "LINEAR":
            blended = _linear(x.astype(np.float64), _grid(x.shape[axis], wanted, sampling_mode), axis)
            x = blended if x.dtype.kind == "f" else np.rint(blended).astype(x.dtype)
        else:
            x = np.take(x, _nearest(x.shape[axis], wanted, sampling_mode), axis)
    return x


def _sampled(image: Array, y: Array, x: Array, outside: float | None) -> Array:
    """Bilinear samples of an image [..., H, W] at places; beyond the edge ``outside``, or the edge itself where None."""
    height, width = image.shape[-2:]
    y0, x0 = np.floor(y), np.floor(x)
    total: Array = np.zeros(())
    for dy in (0, 1):
        for dx in (0, 1):
            row, column = y0 + dy, x0 + dx
            weight = np.abs(1 - dy - (y - y0)) * np.abs(1 - dx - (x - x0))
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            values = image[..., np.clip(row, 0, height - 1).astype(np.int64), np.clip(column, 0, width - 1).astype(np.int64)]
            total = total + weight * (values if outside is None else np.where(inside, values, outside))
    return total


_BOXES = {
    "CORNERS_HEIGHT_FIRST": lambda a, b, c, d: (a, b, c, d),
    "CORNERS_WIDTH_FIRST": lambda a, b, c, d: (b, a, d, c),
    "CENTER_SIZE_HEIGHT_FIRST": lambda a, b, c, d: (a - c / 2, b - d / 2, a + c / 2, b + d / 2),
    "CENTER_SIZE_WIDTH_FIRST": lambda a, b, c, d: (b - d / 2, a - c / 2, b + d / 2, a + c / 2),
}
"""Top, left, bottom, right of a box, by the convention that it is given in."""


def _box_grid(low: float, high: float, wanted: int, mode: str, whole: int) -> Array:
    """Where the elements of a crop lie in the image: the grid of a box of ``high - low + 1`` elements, from ``low`` on.

    A box whose end lies before its start is walked backwards; with UNALIGN_CORNERS it stands for the whole dimension.
    (coremltools' own tests say so; the documents leave it open.)
    """
    if mode == "UNALIGN_CORNERS" and high < low:
        low, high = 0.0, whole - 1.0
    size = high - low + 1
    places = np.arange(wanted, dtype=np.float64)
    if mode == "OFFSET_CORNERS":
        delta = max(1.0, size - 1) / wanted
        return low + 0.5 * delta + places * delta
    if mode == "UNALIGN_CORNERS":
        return low + (places + 0.5) * (size / wanted) - 0.5
    if wanted == 1:
        return np.array([low if mode in ("STRICT_ALIGN_CORNERS", "DEFAULT") else (low + high) / 2])
    spacing = (size - size / wanted) / (wanted - 1) if mode == "DEFAULT" else (size - 1) / (wanted - 1)
    return low + places * spacing


@evaluates()
def crop_resize(
    x: Array,
    target_height: Array,
    target_width: Array,
    normalized_coordinates: Array,
    spatial_scale: Array,
    box_coordinate_mode: str,
    sampling_mode: str,
    roi: Array | None = None,
    boxes: Array | None = None,
    box_indices: Array | None = None,
    pad_value: Array | None = None,
) -> Array:
    """Until iOS 16 the boxes are ``roi`` and each may be applied to all images; from iOS 17 on each names its own."""
    if roi is not None:
        rows = roi.reshape(roi.shape[0], -1)
        images = [range(len(x)) if rows.shape[1] == 4 else [int(row[0])] for row in rows]
        coordinates = rows[:, -4:]
    else:
        if boxes is None:
            raise EvaluationError("boxes are missing")
        coordinates = boxes.astype(np.float64)
        own = np.arange(len(coordinates)) if box_indices is None else np.asarray(box_indices).reshape(-1)
        images = [[int(at)] for at in own]
    height, width = x.shape[-2:]
    scale = np.array([height - 1, width - 1] * 2) if bool(normalized_coordinates) else np.full(4, float(spatial_scale))
    crops = []
    for coordinate, chosen in zip(coordinates, images, strict=True):
        top, left, bottom, right = np.array(_BOXES[box_coordinate_mode](*coordinate)) * scale
        ys = _box_grid(top, bottom, int(target_height), sampling_mode, height)[:, None]
        xs = _box_grid(left, right, int(target_width), sampling_mode, width)[None, :]
        inside = (ys >= 0) & (ys <= height - 1) & (xs >= 0) & (xs <= width - 1)
        outside = 0.0 if pad_value is None else float(pad_value)
        crops.append(np.stack([np.where(inside, _sampled(x[at], ys, xs, None), outside) for at in chosen]))
    stacked = np.stack(crops)
    return stacked if roi is not None else stacked[:, 0]


def _unnormalized(values: Array, size: int, mode: str, *, align_corners: bool) -> Array:
    if mode == "unnormalized":
        return values
    if mode not in ("normalized_minus_one_to_one", "normalized_zero_to_one"):
        raise EvaluationError(f"coordinates_mode {mode!r} is not known")
    share = (values + 1) / 2 if mode == "normalized_minus_one_to_one" else values
    return share * (size - 1) if align_corners else share * size - 0.5


def _folded(places: Array, size: int, mode: str) -> Array:
    """Places beyond the edge brought back by a padding mode."""
    if mode == "constant":
        return places
    if mode == "border":
        return np.clip(places, 0, size - 1)
    if mode == "reflection":
        if size == 1:
            return np.zeros_like(places)
        period = 2.0 * (size - 1)
        folded = np.mod(np.abs(places), period)
        return np.minimum(folded, period - folded)
    if mode == "symmetric":
        period = 2.0 * size
        folded = np.mod(places + 0.5, period)
        return np.clip(np.minimum(folded, period - folded) - 0.5, 0, size - 1)
    raise EvaluationError(f"padding_mode {mode!r} is not known")


@evaluates(like="x")
def resample(
    x: Array,
    coordinates: Array,
    sampling_mode: str,
    padding_mode: str,
    padding_value: Array,
    coordinates_mode: str,
    align_corners: Array,
) -> Array:
    height, width = x.shape[-2:]
    aligned = bool(align_corners)
    xs = _unnormalized(coordinates[..., 0].astype(np.float64), width, coordinates_mode, align_corners=aligned)
    ys = _unnormalized(coordinates[..., 1].astype(np.float64), height, coordinates_mode, align_corners=aligned)
    xs, ys = _folded(xs, width, padding_mode), _folded(ys, height, padding_mode)
    if sampling_mode == "nearest":  # ties to even, once the place lies where the padding brings it
        xs, ys = np.rint(xs), np.rint(ys)
    elif sampling_mode != "bilinear":
        raise EvaluationError(f"sampling_mode must be bilinear or nearest; got {sampling_mode!r}")
    outside = float(padding_value) if padding_mode == "constant" else None
    return np.stack([_sampled(image, y, at, outside) for image, y, at in zip(x, ys, xs, strict=True)])


@evaluates()
def affine(
    x: Array,
    transform_matrix: Array,
    output_height: Array,
    output_width: Array,
    sampling_mode: str,
    padding_mode: str,
    padding_value: Array,
    coordinates_mode: str,
    align_corners: Array,
) -> Array:
    ys, xs = np.linspace(-1, 1, int(output_height))[:, None], np.linspace(-1, 1, int(output_width))[None, :]
    matrices = np.broadcast_to(transform_matrix, (x.shape[0], 6))
    places = np.stack([np.stack([a0 * xs + a1 * ys + a2, b0 * xs + b1 * ys + b2], -1) for a0, a1, a2, b0, b1, b2 in matrices])
    sampled: Array = resample(x, places, sampling_mode, padding_mode, padding_value, coordinates_mode, align_corners)
    return sampled
