"""``webnpu run`` with images and recordings: what goes in, what comes out, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from webnpu.builder import MLGraphBuilder
from webnpu.cli.app import app
from webnpu.graph_file import save_graph

sound = pytest.importorskip("soundfile", reason="recordings need soundfile")


def webnpu(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["run", *map(str, arguments), "--backend", "reference"])


def outputs(*arguments: object) -> dict[str, Any]:
    result = webnpu(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["outputs"]


def fault(*arguments: object) -> str:
    result = webnpu(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    return str(result.stderr)


def identity(path: Path, *shape: int, data_type: str = "float32") -> Path:
    b = MLGraphBuilder()
    save_graph(b.finish({"y": b.identity(b.input("x", {"dataType": data_type, "shape": list(shape)}))}), path)
    return path


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """An image of 8 x 4: red, then green, then blue, then white, two columns each."""
    pixels = np.zeros((4, 8, 3), np.uint8)
    for place, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]):
        pixels[:, 2 * place : 2 * place + 2] = colour
    path = tmp_path / "wide.png"
    Image.fromarray(pixels).save(path)
    return path


def image_of(model: Path, path: Path, *options: object) -> np.ndarray[Any, Any]:
    return np.array(outputs(model, "-i", f"x={path}", *options)["y"]["data"])


def test_channels_in_the_other_order(tmp_path: Path, wide: Path) -> None:
    model = identity(tmp_path / "m.safetensors", 1, 3, 4, 8)
    rgb, bgr = image_of(model, wide), image_of(model, wide, "--channels", "bgr")
    np.testing.assert_array_equal(rgb[:, ::-1], bgr)
    assert bgr[0, :, 0, 0].tolist() == [0, 0, 1]


def test_means_and_deviations_stand_in_the_order_of_the_channels(tmp_path: Path, wide: Path) -> None:
    model = identity(tmp_path / "m.safetensors", 1, 3, 4, 8)
    red = image_of(model, wide, "--channels", "bgr", "--mean", "103,116,123", "--std", "1,2,4", "--range", "0,255")[0, :, 0, 0]
    np.testing.assert_allclose(red, [-103, -58, 33])


@pytest.mark.parametrize(("text", "expected"), [("0,255", [255, 0, 0]), ("-1,1", [1, -1, -1]), ("1,0", [0, 1, 1])])
def test_ranges(tmp_path: Path, wide: Path, text: str, expected: list[float]) -> None:
    model = identity(tmp_path / "m.safetensors", 4, 8, 3)
    assert image_of(model, wide, "--range", text)[0, 0].tolist() == expected


def test_crops_are_about_the_centre(tmp_path: Path, wide: Path) -> None:
    model = identity(tmp_path / "m.safetensors", 4, 4, 3, data_type="uint8")
    cropped = image_of(model, wide, "--fit", "crop")
    assert cropped[0].tolist() == [[0, 255, 0], [0, 255, 0], [0, 0, 255], [0, 0, 255]]
    small = identity(tmp_path / "s.safetensors", 2, 2, 3, data_type="uint8")
    np.testing.assert_array_equal(image_of(small, wide, "--fit", "crop", "--resize", 4), cropped[1:3, 1:3])


def test_padding_is_even(tmp_path: Path, wide: Path) -> None:
    model = identity(tmp_path / "m.safetensors", 8, 8, 3, data_type="uint8")
    padded = image_of(model, wide, "--fit", "pad", "--padding", "114")
    assert (padded[:2] == 114).all()
    assert (padded[6:] == 114).all()
    assert padded[2, 0].tolist() == [255, 0, 0]
    assert image_of(model, wide, "--fit", "pad", "--padding", "1,2,3")[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("data_type", ["float32", "uint8"])
def test_images_of_16_bits_keep_their_range(tmp_path: Path, data_type: str) -> None:
    Image.fromarray(np.array([[0, 16384, 32768, 65535]], np.uint16)).save(tmp_path / "deep.png")
    model = identity(tmp_path / "m.safetensors", 1, 1, 1, 4, data_type=data_type)
    options = ("--range", "0,255") if data_type == "float32" else ()
    assert image_of(model, tmp_path / "deep.png", *options).ravel().tolist() == [0, 64, 128, 255]


def test_crops_of_enlarged_images_take_no_more_memory_than_they_have(tmp_path: Path, wide: Path) -> None:
    model = identity(tmp_path / "m.safetensors", 2, 2, 3, data_type="uint8")
    image_of(model, wide, "--fit", "crop", "--resize", 10**6)


def test_whole_numbers_are_not_scaled(tmp_path: Path, wide: Path) -> None:
    model = identity(tmp_path / "m.safetensors", 4, 8, 3, data_type="uint8")
    for option, value in (("--mean", "0.5"), ("--std", "2"), ("--range", "-1,1")):
        assert "without --mean, --std and --range" in fault(model, "-i", f"x={wide}", option, value)


def test_what_images_cannot_be(tmp_path: Path, wide: Path) -> None:
    model = identity(tmp_path / "m.safetensors", 8, 8, 3)
    given = "-i", f"x={wide}"
    for options, words in {
        ("--resize", 9): "give --fit crop too",
        ("--fit", "crop", "--resize", 3): "an image of 6 x 3 (--resize 3) is less than 8 x 8",
        ("--padding", "5"): "give --fit pad too",
        ("--fit", "pad", "--padding", "300"): "--padding must be from 0 to 255",
        ("--fit", "pad", "--padding", "1,2"): "--padding must have one number, or one for each of the 3 channels; got 2",
        ("--range", "1"): "--range must be the number of black and that of white",
        ("--range", "1,1"): "--range must be the number of black and that of white",
        ("--std", "0"): "--std must be numbers with commas between them, not 0",
    }.items():
        assert words in fault(model, *given, *options)


@pytest.mark.parametrize("shape", [(4, 8, 3), (1, 3, 4, 8)])
@pytest.mark.parametrize("options", [(), ("--range", "-1,1"), ("--channels", "bgr")])
def test_pictures_come_out_as_they_went_in(tmp_path: Path, wide: Path, shape: tuple[int, ...], options: tuple[str, ...]) -> None:
    model, out = identity(tmp_path / "m.safetensors", *shape), tmp_path / "out" / "y.png"
    assert webnpu(model, "-i", f"x={wide}", "-o", out, *options).exit_code == 0
    np.testing.assert_array_equal(np.asarray(Image.open(out)), np.asarray(Image.open(wide)))


def test_masks_and_whole_numbers_are_pictures_too(tmp_path: Path) -> None:
    mask = identity(tmp_path / "mask.safetensors", 1, 1, 2, 2)
    assert webnpu(mask, "-i", "x=[[[[0, 0.5], [2, -1]]]]", "-o", tmp_path / "mask.png").exit_code == 0
    assert np.asarray(Image.open(tmp_path / "mask.png")).tolist() == [[0, 128], [255, 0]]
    whole = identity(tmp_path / "whole.safetensors", 2, 2, data_type="int32")
    assert webnpu(whole, "-i", "x=[[0, 7], [300, -1]]", "-o", tmp_path / "whole.png").exit_code == 0
    assert np.asarray(Image.open(tmp_path / "whole.png")).tolist() == [[0, 7], [255, 0]]
    odd = identity(tmp_path / "odd.safetensors", 5)
    assert "output 'y' is float32[5], which is no image" in fault(odd, "-i", "x=random", "-o", tmp_path / "odd.png")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A model of two outputs: the greatest of 4 windows' scores each, and their negation."""
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [2, 12]})
    path = tmp_path / "two.safetensors"
    save_graph(b.finish({"scores": b.identity(x), "negated": b.neg(x), "count": b.cast(b.reduce_sum(x, axes=[0, 1]), "int32")}), path)
    return path


def test_one_output_by_name(tmp_path: Path, two: Path) -> None:
    words = fault(two, "-i", "x=random", "-o", tmp_path / "y.npy")
    assert "a .npy file holds one output; there are 3: scores, negated, count. Say which, as in -o scores=" in words
    result = webnpu(two, "-i", "x=random", "-o", f"negated={tmp_path / 'y.npy'}", "-o", tmp_path / "all.npz")
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), np.load(tmp_path / "all.npz")["negated"])


def test_what_stands_at_a_place_is_kept_until_its_successor_is_whole(tmp_path: Path, two: Path) -> None:
    (tmp_path / "y.png").write_bytes(b"the old picture")
    fault(two, "-i", "x=random", "-o", f"count={tmp_path / 'y.png'}")
    assert (tmp_path / "y.png").read_bytes() == b"the old picture"
    assert "the path must not be empty" in fault(two, "-i", "x=random", "-o", "")
    assert "there is no output 'none'; the outputs are scores" in fault(two, "-i", "x=random", "-o", "none=x.npy")
    (tmp_path / "folder.npz").mkdir()
    assert "is a folder; a file is not written over it" in fault(two, "-i", "x=random", "-o", tmp_path / "folder.npz")
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".partial")] == []


SCORES = [[0.0, 0.1, 0.2, 9.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1], [5.0, *[0.0] * 11]]


def test_labels(tmp_path: Path, two: Path) -> None:
    names = [f"a class whose name is long enough to be cut off in a table, number {i}" for i in range(12)]
    (tmp_path / "labels.txt").write_text("\n".join(names) + "\n")
    given = "-i", f"x={json.dumps(SCORES)}"
    shown = webnpu(two, *given, "--labels", tmp_path / "labels.txt").stdout
    assert f"9       3  {names[3]}\n" in shown
    assert "scores, row 1" in shown
    for document in (names, {str(i): name for i, name in enumerate(names)}):
        (tmp_path / "labels.json").write_text(json.dumps(document))
        top = outputs(two, *given, "--labels", tmp_path / "labels.json", "--top", 2)["scores"]["top"]
        assert [[entry["index"] for entry in row] for row in top] == [[3, 11], [0, 1]]
        assert top[0][0] == {"index": 3, "label": names[3], "score": 9.0}
    assert outputs(two, *given, "--top", 1)["negated"]["top"][0][0]["index"] == 0
    (tmp_path / "labels.txt").write_text("one\ntwo")
    assert "there are 2 labels; scores has 12 classes" in fault(two, *given, "--labels", tmp_path / "labels.txt")
    (tmp_path / "labels.json").write_text('{"0": "a", "2": "b"}')
    assert "must be the indices from 0 on, each once" in fault(two, *given, "--labels", tmp_path / "labels.json")


def tone(path: Path, rate: int, seconds: float, channels: int = 1) -> np.ndarray[Any, Any]:
    """A recording of 440 Hz, which only its first channel has."""
    samples = np.zeros((round(rate * seconds), channels))
    samples[:, 0] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(samples)) / rate)
    sound.write(path, samples, rate, subtype="FLOAT" if path.suffix == ".wav" else None)
    return samples


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_recordings_are_resampled_and_mixed_down(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    tone(path, 44100, 1.0, channels=2)
    result = webnpu(identity(tmp_path / "m.safetensors", 1, 8000), "-i", f"x={path}@0.25", "--rate", 16000, "-o", tmp_path / "y.npy")
    assert result.exit_code == 0, result.output
    assert "2 channels mixed down to one, 44100 Hz resampled to 16000 Hz" in result.stderr
    wanted = 0.25 * np.sin(2 * np.pi * 440 * (0.25 + np.arange(8000) / 16000))
    assert np.abs(np.load(tmp_path / "y.npy")[0] - wanted).max() < (0.03 if suffix == ".ogg" else 1e-3)


@pytest.fixture
def smoother(tmp_path: Path) -> Path:
    """A model of 6 samples, 4 of them new: these, and the sum of all that were new, carried as state."""
    b = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [1, 6]})
    before = b.input("before", {"dataType": "float32", "shape": [1, 1]})
    new = b.slice(x, [0, 2], [1, 4])
    path = tmp_path / "smoother.safetensors"
    save_graph(
        b.finish(
            {"echo": new, "seen": b.slice(x, [0, 0], [1, 2]), "after": b.add(before, b.reduce_sum(new, axes=[1], keep_dimensions=True))}
        ),
        path,
    )
    return path


def test_state_goes_from_a_window_to_the_next(tmp_path: Path, smoother: Path) -> None:
    samples = (np.arange(1, 11) / 16).astype(np.float32)
    sound.write(tmp_path / "a.wav", samples, 100, subtype="FLOAT")
    stream = smoother, "-i", f"x={tmp_path / 'a.wav'}", "--hop", 4, "--carry", "after=before"
    found = outputs(*stream, "-o", f"echo={tmp_path / 'echo.wav'}")
    assert np.array(found["echo"]["data"]).shape == (3, 1, 4)
    np.testing.assert_array_equal(np.array(found["seen"]["data"]).reshape(3, 2), [[0, 0], samples[2:4], samples[6:8]])
    np.testing.assert_allclose(found["after"]["data"], [[samples.sum()]], rtol=1e-6)
    echoed, rate = sound.read(tmp_path / "echo.wav", dtype="float32")
    assert rate == 100
    np.testing.assert_array_equal(echoed, [*samples, 0, 0])
    begun = outputs(*stream, "-i", "before=[[10]]")
    np.testing.assert_allclose(begun["after"]["data"], [[10 + samples.sum()]], rtol=1e-6)


def test_channels_that_fit_no_model(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav", 100, 0.1, channels=3)
    words = fault(identity(tmp_path / "m.safetensors", 2, 10), "-i", f"x={tmp_path / 'a.wav'}")
    assert "a.wav' has 3 channels; float32[2, 10] takes 2" in words


def test_what_streams_cannot_be(tmp_path: Path, smoother: Path) -> None:
    sound.write(tmp_path / "a.wav", np.zeros(10, np.float32), 100)
    given = smoother, "-i", f"x={tmp_path / 'a.wav'}"
    for arguments, words in {
        (*given, "--carry", "after=before"): "give --hop too",
        (*given, "--hop", 7, "--carry", "after=before"): "a window of x has 6 samples; a hop of 7 would leave some out",
        (*given, "--hop", 4, "--carry", "echo=before"): "the output echo is float32[1, 4], the input before is float32[1, 1]",
        (*given, "--hop", 4, "--carry", "none=before"): "--carry must be OUTPUT=INPUT",
        (*given, "--hop", 4): "missing: before",
        (smoother, "-i", "x=random", "--hop", 4, "--carry", "after=before"): "--hop goes through a recording: give one",
        (*given, "-i", "before=[[0]]"): "or run over all of them, a window after another: --hop 6",
    }.items():
        assert words in fault(*arguments)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--mean", "0.5"), "--mean is for images; no input is one"),
        (("--std", "0.1,0.2,0.3", "-o", "y.png"), "--std is for images; no input is one"),
        (("--fit", "crop", "--resize", "256"), "--fit is for images; no input is one"),
        (("--range", "0,255"), "--range is for images; no input is one, and no output is written as one"),
        (("--channels", "bgr", "-o", "y.npy"), "--channels is for images; no input is one, and no output is written as one"),
    ],
)
def test_what_is_said_of_images_without_any_is_refused(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    result = webnpu(identity(tmp_path / "m.safetensors", 1, 8), "-i", "x=random", *options)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
