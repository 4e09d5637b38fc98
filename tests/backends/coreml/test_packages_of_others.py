"""Packages as other people make them: old weights, pictures, classifiers, defaults, open sizes, several functions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import MLGraphBuilder, OperandDescriptor
from webnpu.types import DataType

ct = pytest.importorskip("coremltools", reason="coremltools is not installed")

from coremltools.converters.mil.mil import Builder as mb  # noqa: E402, N813 -- what its users call it
from coremltools.converters.mil.mil import get_new_symbol, types  # noqa: E402
from made_packages import image_type, means, open_sizes, picture, same, write  # noqa: E402 -- a neighbour

Saved = Callable[..., Path]


@pytest.mark.parametrize("data_type", [DataType.FLOAT32, DataType.FLOAT16], ids=str)
def test_older_writers_left_garbage_where_the_padding_bits_are(backend, tmp_path: Path, data_type: DataType) -> None:
    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(data_type, (2, 8)))
    weights = np.arange(128).reshape(8, 16).astype(data_type.numpy)
    package = backend.export(b.finish({"y": b.matmul(x, b.constant(weights))}), tmp_path / "m.mlpackage")
    file = package / "Data" / "com.apple.CoreML" / "weights" / "weight.bin"
    stored = bytearray(file.read_bytes())
    assert stored[88:96] == bytes(8)  # of the first blob's metadata, at 64, the bytes 24 to 32
    stored[88:96] = b"\xf8\x1f\x02\x0b\x01\x00\x7f\x00"
    file.write_bytes(stored)
    result = backend.load_package(package).run({"x": np.ones((2, 8), data_type.numpy)})["y"]
    np.testing.assert_array_equal(result, np.ones((2, 8), data_type.numpy) @ weights)


def test_padding_bits_count_where_elements_are_smaller_than_a_byte(coreml, tmp_path: Path) -> None:
    """1001 elements of 4 bits fill 500 bytes and a half: what the header says of the rest must fit."""
    mil, interpreter = coreml("mil"), coreml("interpreter")
    program = mil.Program(specification=9)
    builder = mil.Builder(program)
    data = np.arange(1001).astype(np.int8) % 8
    scale = np.ones(1, np.float32)
    whole = builder.constexpr("constexpr_blockwise_shift_scale", "fp32", (1001,), data=(data, "int4"), scale=(scale, "fp32"))
    builder.output("y", builder.binary("add", builder.input("x", "fp32", (1001,)), whole))
    package = coreml("package").save(program, tmp_path / "m.mlpackage")
    np.testing.assert_array_equal(interpreter.evaluate_package(package, {"x": np.zeros(1001, np.float32)})["y"], data)
    file = package / "Data" / "com.apple.CoreML" / "weights" / "weight.bin"
    stored = bytearray(file.read_bytes())
    (at,) = (at for at in range(64, len(stored), 64) if stored[at : at + 8] == b"\xef\xbe\xad\xde\x08\x00\x00\x00")
    stored[at + 24] = 12
    file.write_bytes(stored)
    with pytest.raises(interpreter.PackageError, match=r"501 bytes, which do not fit int4\[1001\]"):
        interpreter.load_package(package)


@pytest.mark.parametrize(("color", "expected"), [("RGB", [255, 127, 0]), ("BGR", [0, 127, 255])])
def test_a_picture_is_0_to_255_in_the_order_that_the_model_declares(backend, saved: Saved, color: str, expected: list[int]) -> None:
    package = backend.load_package(saved((1, 3, 4, 2), same, inputs=[image_type(color, 3)]))
    assert package.inputs["image"].color == color
    result = package.run({"image": picture()})["y"]
    assert result.shape == (1, 3, 4, 2)
    assert result[0, :, 0, 0].tolist() == expected
    for given in (np.asarray(picture()), np.broadcast_to(np.array(expected, np.float32).reshape(1, 3, 1, 1), (1, 3, 4, 2))):
        np.testing.assert_array_equal(package.run({"image": given})["y"], result)


def test_scale_and_bias_that_a_model_declares_are_applied_once(backend, saved: Saved) -> None:
    declared = image_type("BGR", 3, scale=1 / 255, bias=[-0.1, -0.2, -0.3])
    result = backend.load_package(saved((1, 3, 4, 2), same, inputs=[declared])).run({"image": picture()})["y"]
    np.testing.assert_allclose(result[0, :, 0, 0], np.array([0, 127, 255]) / 255 - [0.1, 0.2, 0.3], rtol=1e-6)


@pytest.mark.parametrize(("color", "dtype"), [("GRAYSCALE", "float32"), ("GRAYSCALE_FLOAT16", "float16")])
def test_grey_pictures(backend, saved: Saved, color: str, dtype: str) -> None:
    kind = types.fp16 if dtype == "float16" else types.fp32
    package = backend.load_package(saved((1, 1, 4, 2), same, dtype=kind, inputs=[image_type(color, 1)]))
    assert package.inputs["image"].dtype == dtype
    grey = np.asarray(picture().convert("L"))
    result = package.run({"image": picture()})["y"]
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, grey[None, None].astype(dtype))
    np.testing.assert_array_equal(package.run({"image": grey})["y"], result)


def test_a_picture_of_another_size_is_refused(backend, saved: Saved) -> None:
    package = backend.load_package(saved((1, 3, 4, 2), same, inputs=[image_type("RGB", 3)]))
    with pytest.raises(TypeError, match=r"input 'image': expected RGB picture float32\[1, 3, 4, 2\]; got uint8\[1, 3, 5, 2\]"):
        package.run({"image": picture(size=(2, 5))})


def test_a_picture_that_comes_out_is_told(backend, coreml, saved: Saved) -> None:
    path = saved((1, 3, 4, 2), same, inputs=[image_type("RGB", 3)])
    file = path / "Data" / "com.apple.CoreML" / "model.mlmodel"
    model = coreml("protos").Model_pb2.Model.FromString(file.read_bytes())
    model.description.output[0].type.imageType.CopyFrom(model.description.input[0].type.imageType)
    model.description.output[0].type.imageType.colorSpace = 30
    file.write_bytes(model.SerializeToString())
    assert backend.load_package(path).outputs["y"].color == "BGR"


@pytest.mark.parametrize("of", ["picture", "array"])
@pytest.mark.parametrize("kind", ["ranged", "enumerated"])
def test_open_sizes(backend, saved: Saved, kind: str, of: str) -> None:
    package = backend.load_package(saved((1, 3, get_new_symbol(), get_new_symbol()), means, inputs=[open_sizes(kind, of)]))
    feature = package.inputs["image"]
    assert (feature.shape, feature.usual) == ((1, 3, None, None), (1, 3, 8, 6))
    for size in ((8, 6), (16, 12)):
        given = np.broadcast_to(np.array([1, 2, 3], np.float32).reshape(1, 3, 1, 1), (1, 3, *size))
        assert package.run({"image": given})["y"].tolist() == [[1, 2, 3]]
    allowed = r"dimension 2 of 4 to 20, dimension 3 of 2 to 12" if kind == "ranged" else r"allowed are \[1, 3, 8, 6\], \[1, 3, 16, 12\]"
    for size in ((21, 6), (8, 13)) if kind == "ranged" else ((8, 12), (9, 6)):
        with pytest.raises(TypeError, match=allowed):
            package.run({"image": np.zeros((1, 3, *size), np.float32)})


@pytest.mark.parametrize("labels", [["tench", "gold fish", "shark, man-eater"], [30, 10, 20]], ids=["strings", "integers"])
def test_a_classifier_gives_a_label_and_probabilities(backend, saved: Saved, labels: list[Any]) -> None:
    path = saved((1, 3), lambda x: mb.softmax(x=x, axis=1, name="p"), classifier_config=ct.ClassifierConfig(labels))
    package = backend.load_package(path)
    assert package.classifier == ("classLabel", "classLabel_probs")
    results = package.run({"x": np.array([[1, 5, 2]], np.float32)})
    assert results["classLabel"] == labels[1]
    assert list(results["classLabel_probs"]) == labels
    np.testing.assert_allclose(sum(results["classLabel_probs"].values()), 1, rtol=1e-6)


@pytest.mark.parametrize("kind", ["fp32", "fp16", "int32"])
def test_an_optional_input_has_its_default(backend, tmp_path: Path, kind: str) -> None:
    dtype = types.string_to_builtin(kind)
    numpy = types.nptype_from_builtin(dtype)

    @mb.program(input_specs=[mb.TensorSpec(shape=(3,), dtype=dtype), mb.TensorSpec(shape=(3,), dtype=dtype)], opset_version=ct.target.iOS17)
    def program(x: Any, w: Any) -> Any:
        return mb.mul(x=x, y=w, name="y")

    inputs = [
        ct.TensorType(name="x", shape=(3,), dtype=numpy),
        ct.TensorType(name="w", shape=(3,), dtype=numpy, default_value=np.full(3, 2, numpy)),
    ]
    path = write(program, tmp_path / "m.mlpackage", inputs=inputs, minimum_deployment_target=ct.target.iOS17)
    package = backend.load_package(path)
    x = np.array([1, 2, 3], numpy)
    assert package.run({"x": x})["y"].tolist() == [2, 4, 6]
    assert package.run({"x": x, "w": x})["y"].tolist() == [1, 4, 9]
    with pytest.raises(TypeError, match="missing input 'x'"):
        package.run({"w": x})


def test_functions_by_name(backend, coreml, functions: Path) -> None:
    x = np.array([1, 2, 3], np.float32)
    for name, expected in (("", [2, 3, 4]), ("plus", [2, 3, 4]), ("times", [2, 4, 6])):
        package = backend.load_package(functions, name)
        assert package.functions == ("plus", "times")
        assert package.run({"x": x})["y"].tolist() == expected
    with pytest.raises(coreml("interpreter").PackageError, match="no function 'minus'; there are plus, times"):
        backend.load_package(functions, "minus")


def other_models() -> dict[str, tuple[Callable[[Any], None], str]]:
    """What makes a model of another kind, and what is said of it."""

    def pipeline(model: Any) -> None:
        model.pipelineClassifier.pipeline.models.add().neuralNetwork.SetInParent()
        model.pipelineClassifier.pipeline.models.add().nonMaximumSuppression.SetInParent()

    made: dict[str, tuple[Callable[[Any], None], str]] = {
        "neuralNetwork": (lambda m: m.neuralNetwork.SetInParent(), "it is a NeuralNetwork, the format before ML programs"),
        "neuralNetworkClassifier": (lambda m: m.neuralNetworkClassifier.SetInParent(), "it is a NeuralNetworkClassifier, the format"),
        "pipeline": (lambda m: m.pipeline.models.add().mlProgram.SetInParent(), "it is a Pipeline of MlProgram"),
        "pipelineClassifier": (pipeline, "it is a PipelineClassifier of NeuralNetwork, NonMaximumSuppression"),
        "nothing": (lambda m: None, "it holds no model of a kind that is known"),
    }
    for field, name in (
        ("glmRegressor", "GLMRegressor"),
        ("glmClassifier", "GLMClassifier"),
        ("treeEnsembleClassifier", "TreeEnsembleClassifier"),
        ("supportVectorRegressor", "SupportVectorRegressor"),
        ("kNearestNeighborsClassifier", "KNearestNeighborsClassifier"),
        ("visionFeaturePrint", "VisionFeaturePrint"),
    ):
        made[field] = (lambda m, field=field: getattr(m, field).SetInParent(), f"it is a {name}, which is not evaluated")
    return made


@pytest.mark.parametrize("kind", other_models())
def test_other_kinds_of_models_are_refused_by_name(coreml, tmp_path: Path, kind: str) -> None:
    make, said = other_models()[kind]
    model = coreml("protos").Model_pb2.Model(specificationVersion=4)
    make(model)
    file = tmp_path / "m.mlmodel"
    file.write_bytes(model.SerializeToString())
    with pytest.raises(coreml("interpreter").PackageError, match=said):
        coreml("interpreter").load_package(file)


def test_a_compiled_model_is_refused_by_name(coreml, tmp_path: Path) -> None:
    (tmp_path / "m.mlmodelc").mkdir()
    with pytest.raises(coreml("interpreter").PackageError, match="it is a compiled model"):
        coreml("interpreter").load_package(tmp_path / "m.mlmodelc")
