"""The same model as other tools would have written it: every backend still agrees with ONNX Runtime."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper, version_converter

from webnpu.backend import backend_names, load_backend
from webnpu.onnx import UnsupportedModel, import_model

sys.path.insert(0, str(Path(__file__).parent))
from architectures import ARCHITECTURES, DIMENSIONS

REAL = Path(__file__).parents[2].parent / "shared" / "models"
MAKERS = {function.__name__: function for function in ARCHITECTURES}
BACKENDS = [name for name in backend_names() if name != "browser"]
"""The importer is what differs here; in a browser each model would only be compiled once more."""
MODELS = ("mobilenet_v3", "bert", "magika", "silero")
Arrays = dict[str, np.ndarray]
Written = tuple[ModelProto, Arrays]


def copied(model: ModelProto) -> ModelProto:
    return ModelProto.FromString(model.SerializeToString())


def as_branch(model: ModelProto, condition: str) -> ModelProto:
    """The whole graph in one branch of an If, and zeros in the other."""
    graph = model.graph
    taken = helper.make_graph(list(graph.node), "taken", [], list(graph.output))
    nodes, outputs = [], []
    for index, info in enumerate(graph.output):
        other = helper.make_tensor_value_info(f"zero_{index}", info.type.tensor_type.elem_type, None)
        nodes.append(helper.make_node("Mul", [info.name + "_again", "zero"], [other.name]))
        outputs.append(other)
    again = copied(model).graph.node
    rename(again, {name: f"{name}_again" for node in again for name in node.output if name})
    other_branch = helper.make_graph([*again, *nodes], "other", [], outputs, [numpy_helper.from_array(np.float32(0), "zero")])
    names = [info.name for info in graph.output]
    del graph.node[:]
    graph.node.append(helper.make_node("If", [condition], names, name="choice", then_branch=taken, else_branch=other_branch))
    return model


def rename(nodes: Any, names: dict[str, str]) -> None:
    """Rename values, in the graphs inside nodes too."""
    for node in nodes:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                rename(attribute.g.node, names)
                for info in attribute.g.output:
                    info.name = names.get(info.name, info.name)


def in_a_known_branch(model: ModelProto, inputs: Arrays) -> Written:
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "always"))
    return as_branch(model, "always"), inputs


def in_a_branch_of_a_shape(model: ModelProto, inputs: Arrays) -> Written:
    """Whether the first input has a dimension at all, which only its shape tells."""
    model.graph.initializer.append(numpy_helper.from_array(np.array(0, np.int64), "none"))
    as_branch(model, "some")
    for node in (
        helper.make_node("Greater", ["rank", "none"], ["some"]),
        helper.make_node("Size", ["sizes"], ["rank"]),
        helper.make_node("Shape", [model.graph.input[0].name], ["sizes"]),
    ):
        model.graph.node.insert(0, node)
    return model, inputs


def in_a_branch_of_an_input(model: ModelProto, inputs: Arrays) -> Written:
    model.graph.input.append(helper.make_tensor_value_info("wanted", TensorProto.BOOL, []))
    return as_branch(model, "wanted"), inputs | {"wanted": np.array(True)}


def with_nodes_in_disorder(model: ModelProto, inputs: Arrays) -> Written:
    backwards = list(copied(model).graph.node)[::-1]
    del model.graph.node[:]
    model.graph.node.extend(backwards)
    return model, inputs


def with_weights_in_float16(model: ModelProto, inputs: Arrays) -> Written:
    """Each cast where it is used."""
    for tensor in list(model.graph.initializer):
        array = numpy_helper.to_array(tensor)
        if tensor.data_type == TensorProto.FLOAT and array.size > 16:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}_half"))
            model.graph.node.insert(0, helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    return model, inputs


def in_float16(model: ModelProto, inputs: Arrays) -> Written:
    """As ONNX Runtime's own tool converts it, inputs and outputs left alone."""
    tool = pytest.importorskip("onnxruntime.transformers.float16", reason="ONNX Runtime's converter is not installed")
    return tool.convert_float_to_float16(model, keep_io_types=True), inputs


def quantised_as_it_runs(model: ModelProto, inputs: Arrays) -> Written:
    tool = pytest.importorskip("onnxruntime.quantization", reason="ONNX Runtime's quantiser is not installed")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        # weights of 7 bits: with 8 ONNX Runtime's own products saturate on processors without VNNI
        tool.quantize_dynamic(model, f"{folder}/q.onnx", reduce_range=True)
        return onnx.load(f"{folder}/q.onnx"), inputs


def quantised_ahead(form: str) -> Callable[[ModelProto, Arrays], Written]:
    """With scales from one run, as pairs of QuantizeLinear and DequantizeLinear or as operators on integers."""

    def quantise(model: ModelProto, inputs: Arrays) -> Written:
        tool = pytest.importorskip("onnxruntime.quantization", reason="ONNX Runtime's quantiser is not installed")
        import tempfile

        class Reader(tool.CalibrationDataReader):  # type: ignore[misc, name-defined]
            def __init__(self) -> None:
                self.rest = [inputs]

            def get_next(self) -> Arrays | None:
                return self.rest.pop() if self.rest else None

        with tempfile.TemporaryDirectory() as folder:
            onnx.save(model, f"{folder}/m.onnx")
            tool.quantize_static(
                f"{folder}/m.onnx", f"{folder}/q.onnx", Reader(), quant_format=tool.QuantFormat[form], per_channel=form == "QOperator"
            )
            return onnx.load(f"{folder}/q.onnx"), inputs

    quantise.__name__ = f"quantised_ahead_{form}"
    return quantise


def fused(model: ModelProto, inputs: Arrays) -> Written:
    """As ONNX Runtime rewrites it, with operators of its own."""
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime, a test-only dependency, is not installed")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath, options.log_severity_level = f"{folder}/f.onnx", 4
        ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return onnx.load(f"{folder}/f.onnx"), inputs


def with_nameless_dimensions(model: ModelProto, inputs: Arrays) -> Written:
    for info in model.graph.input:
        for dimension in info.type.tensor_type.shape.dim:
            dimension.ClearField("dim_param")
            dimension.ClearField("dim_value")
    return model, inputs


def of_operator_set(version: int) -> Callable[[ModelProto, Arrays], Written]:
    def convert(model: ModelProto, inputs: Arrays) -> Written:
        return version_converter.convert_version(model, version), inputs

    convert.__name__ = f"of_operator_set_{version}"
    return convert


VARIANTS = (
    in_a_known_branch,
    in_a_branch_of_a_shape,
    in_a_branch_of_an_input,
    with_nodes_in_disorder,
    with_weights_in_float16,
    in_float16,
    quantised_as_it_runs,
    quantised_ahead("QDQ"),
    quantised_ahead("QOperator"),
    fused,
    with_nameless_dimensions,
    *(of_operator_set(version) for version in (18, 21, 23)),
)
TOLERANCE = {"in_float16": 5e-3, **dict.fromkeys(("quantised_as_it_runs", "quantised_ahead_QDQ", "quantised_ahead_QOperator"), 2e-2)}
"""Where ONNX Runtime rounds elsewhere than WebNN's operators do, one step of a short type apart."""


def original(name: str, make: Any) -> Written:
    if name in MAKERS:
        return MAKERS[name](make)
    if not REAL.is_dir():
        pytest.skip("the real models, which are not part of this repository, are not beside it")
    rng = np.random.default_rng(0)
    if name == "magika":
        return onnx.load(REAL / "magika" / "model.onnx"), {"bytes": rng.integers(32, 127, (2, 2048)).astype(np.int32)}
    state = rng.standard_normal((2, 1, 128)).astype(np.float32) * 0.1
    sound = np.sin(np.arange(576) / 5).astype(np.float32)[None] * 0.3
    return onnx.load(REAL / "silero_vad" / "silero_vad_16k_op15.onnx"), {"input": sound, "state": state, "sr": np.array(16000)}


@pytest.fixture(scope="module")
def written(maker: Any, runtime: Any) -> Any:
    """A variant of a model, its inputs, and what ONNX Runtime makes of it."""

    @cache
    def write(name: str, variant: Callable[[ModelProto, Arrays], Written]) -> tuple[ModelProto, Arrays, Arrays]:
        model, inputs = original(name, maker)
        model, inputs = variant(copied(model), inputs)
        # Quantised models as they are written: what ONNX Runtime makes of them first rounds at other places.
        return model, inputs, runtime(model, inputs, as_written=variant.__name__.startswith("quantised"))

    return write


def as_stored(inputs: Arrays) -> Arrays:
    return {name: array.astype(np.uint8) if array.dtype == bool else array for name, array in inputs.items()}


@pytest.mark.filterwarnings("ignore")  # ONNX Runtime's tools' own
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.__name__)
@pytest.mark.parametrize("name", MODELS)
def test_every_backend_agrees(name: str, variant: Any, backend: str, written: Any, runtime: Any) -> None:
    chosen = load_backend(backend)
    availability = chosen.available()
    if not availability.ok:
        pytest.skip(f"backend {backend} cannot run here: {availability.reason}")
    model, inputs, expected = written(name, variant)
    graph = import_model(model, dimensions=DIMENSIONS.get(name, {}), shapes={key: array.shape for key, array in inputs.items()})
    given = as_stored(inputs)
    got = chosen.compile(graph).run({key: given[key] for key in graph.inputs})
    tolerance = TOLERANCE.get(variant.__name__, 1e-4)
    for key, want in expected.items():
        assert got[key].dtype == want.dtype
        np.testing.assert_allclose(got[key], want, rtol=tolerance, atol=tolerance)


def test_a_branch_that_is_not_taken(maker: Any, runtime: Any) -> None:
    """Both branches are computed, and the one that the input asks for is chosen."""
    model, inputs = in_a_branch_of_an_input(copied(original("bert", maker)[0]), original("bert", maker)[1])
    graph = import_model(model, dimensions=DIMENSIONS["bert"])
    got = load_backend("reference").compile(graph).run(as_stored(inputs | {"wanted": np.array(False)}))
    assert all((array == 0).all() for array in got.values())


def test_branches_of_different_shapes_are_refused_by_name(maker: Any) -> None:
    m = maker()
    m.input("x", shape=(2,))
    wanted = m.input("wanted", TensorProto.BOOL, ())
    short = helper.make_graph([helper.make_node("Relu", ["x"], ["a"])], "a", [], [helper.make_tensor_value_info("a", 1, None)])
    long = helper.make_graph(
        [helper.make_node("Concat", ["x", "x"], ["b"], axis=0)], "b", [], [helper.make_tensor_value_info("b", 1, None)]
    )
    model = m.model(m("If", wanted, then_branch=short, else_branch=long))
    with pytest.raises(UnsupportedModel, match=r"If 'n0': its condition is not known, and its branches give \[2\] and \[4\]") as caught:
        import_model(model)
    assert caught.value.inputs == {"wanted"}
    assert import_model(model, known={"wanted": False}).outputs["v0_0"].shape == (4,)


def test_weights_beside_the_model(tmp_path: Path, maker: Any, runtime: Any) -> None:
    model, inputs = original("bert", maker)
    expected = runtime(model, inputs)
    onnx.save(model, tmp_path / "m.onnx", save_as_external_data=True, location="weights.bin", size_threshold=16)
    graph = import_model(tmp_path / "m.onnx", dimensions=DIMENSIONS["bert"])
    for key, got in load_backend("reference").compile(graph).run(inputs).items():
        np.testing.assert_allclose(got, expected[key], atol=1e-4)


def test_float16_stays_where_it_is_asked_for(maker: Any) -> None:
    model, _ = in_float16(*original("bert", maker))
    types = {
        asked: {operand.data_type for operand in import_model(model, dimensions=DIMENSIONS["bert"], float16=asked).constants}
        for asked in (False, True)
    }
    assert "float16" not in types[False]
    assert "float16" in types[True]
