"""Core ML packages on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from webnpu.cli.app import app

ct = pytest.importorskip("coremltools", reason="coremltools is not installed")

from coremltools.converters.mil.mil import Builder as mb  # noqa: E402, N813 -- what its users call it
from coremltools.converters.mil.mil import get_new_symbol  # noqa: E402
from made_packages import FIRST, image_type, means, open_sizes, same, write  # noqa: E402 -- a neighbour

Saved = Callable[..., Path]


def webnpu(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def fails(*arguments: object) -> str:
    """The one line that a wrong call ends with."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.strip()


def outputs(*arguments: object) -> dict[str, Any]:
    return {name: output["data"] for name, output in json.loads(webnpu(*arguments, "--json"))["outputs"].items()}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    image.new("RGB", (40, 30), FIRST).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.mark.parametrize(("color", "expected"), [("RGB", [255, 127, 0]), ("BGR", [0, 127, 255])])
def test_an_image_file_for_a_picture(saved: Saved, photo: Path, color: str, expected: list[int]) -> None:
    package = saved((1, 3, 4, 2), same, inputs=[image_type(color, 3)])
    assert np.array(outputs("run", package, "-i", f"image={photo}")["y"])[0, :, 0, 0].tolist() == expected
    assert (
        0 <= np.min(outputs("run", package, "-i", "image=random")["y"]) < np.max(outputs("run", package, "-i", "image=random")["y"]) <= 255
    )
    for option in (("--std", "0.5"), ("--mean", "1"), ("--range", "0,255"), ("--channels", "bgr")):
        assert "what it declares of scale and bias it applies itself" in fails("run", package, "-i", f"image={photo}", *option)
    webnpu("run", package, "-i", f"image={photo}", "--fit", "crop")


def test_a_picture_that_comes_out_is_written_in_its_colours(coreml, saved: Saved, photo: Path, tmp_path: Path) -> None:
    package = saved((1, 3, 4, 2), same, inputs=[image_type("BGR", 3)])
    file = package / "Data" / "com.apple.CoreML" / "model.mlmodel"
    model = coreml("protos").Model_pb2.Model.FromString(file.read_bytes())
    model.description.output[0].type.imageType.CopyFrom(model.description.input[0].type.imageType)
    file.write_bytes(model.SerializeToString())
    webnpu("run", package, "-i", f"image={photo}", "-o", tmp_path / "out.png")
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    with image.open(tmp_path / "out.png") as written:
        assert (written.size, written.getpixel((0, 0))) == ((2, 4), FIRST)


def test_an_image_file_for_a_grey_picture(saved: Saved, photo: Path) -> None:
    package = saved((1, 1, 4, 2), same, inputs=[image_type("GRAYSCALE", 1)])
    assert np.unique(outputs("run", package, "-i", f"image={photo}")["y"]).tolist() == [151]


@pytest.mark.parametrize("of", ["picture", "array"])
@pytest.mark.parametrize("kind", ["ranged", "enumerated"])
def test_shapes_of_open_inputs(saved: Saved, photo: Path, kind: str, of: str) -> None:
    package = saved((1, 3, get_new_symbol(), get_new_symbol()), means, inputs=[open_sizes(kind, of)])
    for given in ([], ["--shape", "image=1,3,16,12"]):
        (values,) = outputs("run", package, "-i", f"image={photo}", *given)["y"]
        np.testing.assert_allclose(values, np.array(FIRST) / (1 if of == "picture" else 255), rtol=1e-5)
        assert len(outputs("run", package, "-i", "image=random", *given)["y"][0]) == 3
    assert "--shape image=1,3,99,12: the input is" in fails("run", package, "-i", "image=random", "--shape", "image=1,3,99,12")
    assert "there is no input 'picture'" in fails("run", package, "-i", "image=random", "--shape", "picture=1,3,16,12")


@pytest.mark.parametrize("labels", [["tench", "gold fish", "shark, man-eater"], [30, 10, 20]], ids=["strings", "integers"])
def test_a_classifier_shows_its_label_and_the_top_classes(saved: Saved, tmp_path: Path, labels: list[Any]) -> None:
    package = saved((1, 3), lambda x: mb.identity(x=x, name="p"), classifier_config=ct.ClassifierConfig(labels))
    call = ("run", package, "-i", "x=[[0.25, 0.625, 0.125]]")
    shown = webnpu(*call).splitlines()
    assert f"classLabel: {labels[1]}" in shown
    assert [line.split(maxsplit=2) for line in shown[-3:]] == [
        ["0.625", "1", str(labels[1])],
        ["0.25", "0", str(labels[0])],
        ["0.125", "2", str(labels[2])],
    ]
    assert "0.125" not in webnpu(*call, "--top", "2")
    ranked = {str(labels[1]): 0.625, str(labels[0]): 0.25, str(labels[2]): 0.125}
    assert outputs(*call) == {"classLabel": labels[1], "classLabel_probs": ranked}
    webnpu(*call, "-o", tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == {"classLabel": labels[1], "classLabel_probs": ranked}
    webnpu(*call, "-o", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as stored:
        assert stored["classLabel"] == labels[1]
        assert stored["classLabel_probs"].tolist() == [0.25, 0.625, 0.125]
        assert stored["classLabel_probs.labels"].tolist() == labels
    webnpu(*call, "-o", tmp_path / "folder")
    assert np.load(tmp_path / "folder" / "classLabel_probs.npy").tolist() == [0.25, 0.625, 0.125]


def test_an_optional_input_may_be_left_out(tmp_path: Path) -> None:
    @mb.program(input_specs=[mb.TensorSpec(shape=(3,)), mb.TensorSpec(shape=(3,))], opset_version=ct.target.iOS17)
    def program(x: Any, w: Any) -> Any:
        return mb.mul(x=x, y=w, name="y")

    inputs = [ct.TensorType(name="x", shape=(3,)), ct.TensorType(name="w", shape=(3,), default_value=np.full(3, 2, np.float32))]
    package = write(program, tmp_path / "m.mlpackage", inputs=inputs, minimum_deployment_target=ct.target.iOS17)
    assert outputs("run", package, "-i", "x=[1, 2, 3]") == {"y": [2, 4, 6]}
    assert outputs("run", package, "-i", "x=[1, 2, 3]", "-i", "w=[1, 1, 2]") == {"y": [1, 2, 6]}
    assert "missing: x" in fails("run", package)


def test_functions_by_name(functions: Path, tmp_path: Path) -> None:
    call = ("run", functions, "-i", "x=[1, 2, 3]")
    assert outputs(*call) == {"y": [2, 3, 4]}
    assert outputs(*call, "--function", "times") == {"y": [2, 4, 6]}
    assert "there is no function 'minus'; there are plus, times" in fails(*call, "--function", "minus")
    assert "--function names a function of a Core ML package, which this is not" in fails(
        "run", tmp_path / "m.safetensors", "--function", "times"
    )


def test_what_other_commands_say_of_a_package(functions: Path, tmp_path: Path) -> None:
    assert webnpu("show", functions).splitlines() == [
        "plus (CoreML8), beside times",
        "input x: float32[3]",
        "  y: fp32[3] = add(x=x, y=1.0)",
        "output y: float32[3]",
    ]
    assert "add of CoreML8" in webnpu("explain", functions)
    for command in (("check", "--target", "ane"), ("diff", "--backends", "coreml,reference"), ("bench",), ("profile",)):
        assert "a Core ML package is no graph of WebNN operators" in fails(*command, functions)
    assert "shown as text alone" in fails("show", functions, "--html", tmp_path / "m.html")
    assert "--dim has no meaning for it" in fails("run", functions, "--dim", "n=1")
    assert "--backend has no meaning for it" in fails("run", functions, "--backend", "tflite")
    assert "there is no package" in fails("run", tmp_path / "none.mlpackage")


@pytest.mark.parametrize("command", ["run", "show", "explain"])
def test_other_kinds_of_models_are_refused_by_name(coreml, tmp_path: Path, command: str) -> None:
    model = coreml("protos").Model_pb2.Model(specificationVersion=4)
    model.neuralNetworkClassifier.SetInParent()
    (tmp_path / "m.mlmodel").write_bytes(model.SerializeToString())
    assert "it is a NeuralNetworkClassifier, the format before ML programs" in fails(command, tmp_path / "m.mlmodel")
