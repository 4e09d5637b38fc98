"""Resizing, cropping and resampling at the edges that the documents leave open, with what coremltools' own tests expect there."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., Any]
PICTURE = np.arange(1, 17, dtype=np.float32).reshape(1, 1, 4, 4)


def half_pixel(size: int, wanted: int) -> list[int]:
    """The nearest elements as TensorFlow has them with half_pixel_centers."""
    return [int((place + 0.5) * size / wanted) for place in range(wanted)]


SIZES = [(2, 3), (2, 4), (3, 9), (10, 25), (20, 30), (5, 2), (10, 3), (4, 1), (3, 3)]


@pytest.mark.parametrize(("size", "wanted"), SIZES)
@pytest.mark.parametrize("mode", ["DEFAULT", "UNALIGN_CORNERS"])
def test_resize_to_the_nearest(one_operation: Run, mode: str, size: int, wanted: int) -> None:
    x = np.arange(size, dtype=np.float32).reshape(1, 1, size, 1)
    result = one_operation(
        "resize",
        {"x": x},
        ("fp32", (1, 1, wanted, 1)),
        shape=np.array([wanted, 1], np.int32),
        resized_dims=np.uint32(2),
        interpolation_mode="NEAREST_NEIGHBOR",
        sampling_mode=mode,
    )
    assert result.ravel().tolist() == half_pixel(size, wanted)


@pytest.mark.parametrize(("size", "wanted"), SIZES)
def test_resize_nearest_neighbor(one_operation: Run, size: int, wanted: int) -> None:
    x = np.arange(size, dtype=np.float32).reshape(1, 1, 1, size)
    result = one_operation("resize_nearest_neighbor", {"x": x}, ("fp32", (1, 1, 1, wanted)), target_size_height=1, target_size_width=wanted)
    assert result.ravel().tolist() == half_pixel(size, wanted)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("STRICT_ALIGN_CORNERS", [0, 1, 2, 2, 3]), ("ALIGN_CORNERS", [0, 1, 2, 2, 3]), ("OFFSET_CORNERS", [0, 1, 2, 2, 3])],
)
def test_resize_to_the_nearest_by_other_modes(one_operation: Run, mode: str, expected: list[int]) -> None:
    x = np.arange(4, dtype=np.float32).reshape(1, 1, 4, 1)
    result = one_operation(
        "resize",
        {"x": x},
        ("fp32", (1, 1, 5, 1)),
        shape=np.array([5, 1], np.int32),
        resized_dims=np.uint32(2),
        interpolation_mode="NEAREST_NEIGHBOR",
        sampling_mode=mode,
    )
    assert result.ravel().tolist() == expected


def resampled(one_operation: Run, coordinates: list[float], **parameters: Any) -> list[float]:
    places = np.array(coordinates, np.float32).reshape(1, 2, 2, 2)
    x = np.array([11, 22, 33, 44], np.float32).reshape(1, 1, 2, 2)
    defaults = {"padding_value": np.array(-1, np.float32), "align_corners": False}
    return one_operation("resample", {"x": x, "coordinates": places}, ("fp32", (1, 1, 2, 2)), **defaults | parameters).ravel().tolist()


PLACES = [-1, -2, -3.7, -1, 0, 0, 3.5, 1.2]


def test_resample_folds_before_it_rounds(one_operation: Run) -> None:
    """The last place is at 6.5, which the padding brings to 0.5; rounded first it would lie a column further on."""
    result = resampled(one_operation, PLACES, sampling_mode="nearest", padding_mode="symmetric", coordinates_mode="normalized_zero_to_one")
    assert result == [22, 33, 11, 33]


def test_resample_to_the_nearest_within_the_border(one_operation: Run) -> None:
    result = resampled(one_operation, PLACES, sampling_mode="nearest", padding_mode="border", coordinates_mode="unnormalized")
    assert result == [11, 11, 11, 44]


def cropped(one_operation: Run, box: list[float], size: int, mode: str, *, normalized: bool) -> list[float]:
    parameters = {
        "roi": np.array(box, np.float32).reshape(1, 1, 4, 1, 1),
        "target_height": size,
        "target_width": size,
        "normalized_coordinates": normalized,
        "spatial_scale": np.array(1, np.float32),
        "box_coordinate_mode": "CORNERS_HEIGHT_FIRST",
        "sampling_mode": mode,
    }
    return one_operation("crop_resize", {"x": PICTURE}, ("fp32", (1, 1, 1, size, size)), target=6, **parameters).ravel().tolist()


def test_an_inverted_box_is_walked_backwards(one_operation: Run) -> None:
    assert cropped(one_operation, [2, 2, 1, 1], 2, "ALIGN_CORNERS", normalized=False) == [11, 10, 7, 6]


def test_an_inverted_box_without_aligned_corners_is_the_whole_picture(one_operation: Run) -> None:
    assert cropped(one_operation, [2, 2, 1, 1], 2, "UNALIGN_CORNERS", normalized=True) == [3.5, 5.5, 11.5, 13.5]


def test_what_stack_joins_has_one_shape(coreml: Run, tmp_path: Any) -> None:
    mil, interpreter = coreml("mil"), coreml("interpreter")
    program = mil.Program()
    builder = mil.Builder(program)
    values = [builder.input("a", "fp32", (2, 3)), builder.input("b", "fp32", (1, 3))]
    builder.output("y", builder.emit("stack", "fp32", (2, 2, 3), values=values, axis=0))
    saved = coreml("package").save(program, tmp_path / "m.mlpackage")
    with pytest.raises(interpreter.EvaluationError, match=r"values must have one shape; got \[2, 3\], \[1, 3\]"):
        interpreter.evaluate_package(saved, {"a": np.ones((2, 3), np.float32), "b": np.ones((1, 3), np.float32)})
