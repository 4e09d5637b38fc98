"""The packages that we write, as coremltools reads them: its loaders must take every one without complaint."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu import MLGraphBuilder, OperandDescriptor
from webnpu.conformance.cases import Case, load_file
from webnpu.errors import Unsupported
from webnpu.operators import OPERATORS
from webnpu.types import DataType

logging.getLogger("coremltools").setLevel(logging.ERROR)
ct = pytest.importorskip("coremltools", reason="coremltools is not installed")

CASES = Path(__file__).parents[2] / "conformance" / "cases"
FLOAT32 = DataType.FLOAT32


def loaded(package: Path) -> Any:
    """A package as a program of coremltools' builder, which infers and checks every type again."""
    from coremltools.converters.mil.frontend.milproto import load

    model = ct.models.MLModel(str(package), skip_model_load=True)
    spec = model.get_spec()
    return load.load(spec, specification_version=spec.specificationVersion, file_weights_dir=model.weights_dir), spec


def first_cases(operator: str) -> list[Case]:
    """One case of each data type of an operator."""
    found = {case.type: case for case in reversed(load_file(CASES / f"{operator}.json", Case))}
    return list(found.values())


@pytest.mark.parametrize("target", ["iOS17", "iOS18"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_coremltools_loads_them(backend, tmp_path: Path, operator: str, target: str) -> None:
    made = type(backend)(type(backend.options)(target=target))
    written = 0
    for case in first_cases(operator):
        try:
            package = made.export(case.graph(), tmp_path / "case.mlpackage")
        except Unsupported:
            continue
        program, spec = loaded(package)
        _same_types(program, spec)
        written += 1
    assert written, "every case is refused"


def _same_types(program: Any, spec: Any) -> None:
    """The types that we declare are those that coremltools infers."""
    function = program.functions["main"]
    inferred = {}
    for operation in function.operations:
        for output in operation.outputs:
            inferred[output.name] = tuple(int(size) for size in output.shape)
    block = next(iter(spec.mlProgram.functions["main"].block_specializations.values()))
    for operation in (op for op in block.operations if op.type != "const"):
        for output in operation.outputs:
            declared = tuple(d.constant.size for d in output.type.tensorType.dimensions)
            assert inferred.get(output.name, declared) == declared, (operation.type, output.name)


def test_no_parameter_with_a_default_is_forgotten(backend, tmp_path: Path) -> None:
    """What coremltools would write beyond what we wrote: nothing."""
    from coremltools.converters.mil.backend.mil.load import MILProtoExporter

    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(FLOAT32, (1, 2, 6, 6)))
    y = b.conv2d(x, b.constant(np.ones((2, 2, 3, 3), np.float32)))
    y = b.softmax(b.max_pool2d(y, window_dimensions=[2, 2]), 1)
    y = b.gather(b.reduce_mean(y, axes=[3]), b.constant(np.array([0, 1], np.int32)), axis=2)
    package = backend.export(b.finish({"y": b.cumulative_sum(y, 1)}), tmp_path / "m.mlpackage")
    program, spec = loaded(package)
    exported = MILProtoExporter(program, str(tmp_path), 8).export()
    ours, theirs = spec.mlProgram.functions["main"], exported.functions["main"]

    def written(function: Any) -> list[tuple[str, frozenset[str]]]:
        block = next(iter(function.block_specializations.values()))
        return [(op.type, frozenset(op.inputs)) for op in block.operations if op.type != "const"]

    assert written(ours) == written(theirs)


@pytest.mark.parametrize("dtype", ["fp16", "fp32", "int8", "uint8", "int32", "int4", "uint4"])
def test_coremltools_reads_our_blobs(coreml, tmp_path: Path, dtype: str) -> None:
    from coremltools.libmilstoragepython import _BlobStorageReader

    array = np.arange(33).astype(coreml("mil").NUMPY.get(dtype, np.int8)) % 7
    blobs = coreml("package").Blobs()
    offsets = [blobs.add(array, dtype), blobs.add(array, dtype)]
    blobs.write(tmp_path / "weight.bin")
    reader = _BlobStorageReader(str(tmp_path / "weight.bin"))
    names = {"fp32": "float"}
    for offset in offsets:
        read = np.asarray(getattr(reader, f"read_{names.get(dtype, dtype)}_data")(offset))
        read = read.view(np.float16) if dtype == "fp16" else read
        np.testing.assert_array_equal(read[:33].astype(np.float64), array.astype(np.float64))


def test_writing_is_reproducible(backend, tmp_path: Path) -> None:
    def written(name: str) -> dict[str, bytes]:
        b = MLGraphBuilder()
        x = b.input("x", OperandDescriptor(FLOAT32, (4, 4)))
        backend.export(b.finish({"y": b.matmul(x, b.constant(np.eye(4, dtype=np.float32)))}), tmp_path / name)
        return {str(file.relative_to(tmp_path / name)): file.read_bytes() for file in (tmp_path / name).rglob("*") if file.is_file()}

    assert written("a.mlpackage") == written("b.mlpackage")


def test_a_folder_that_is_no_package_is_left_as_it_is(backend, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    b = MLGraphBuilder()
    graph = b.finish({"y": b.relu(b.input("x", OperandDescriptor(FLOAT32, (1,))))})
    with pytest.raises(FileExistsError, match=r"is not an \.mlpackage"):
        backend.export(graph, tmp_path / "precious")


def test_metadata_tells_what_features_stand_for(backend, tmp_path: Path) -> None:
    b = MLGraphBuilder()
    x = b.input("naïve input/0", OperandDescriptor(DataType.UINT8, (2, 3)))
    package = backend.export(b.finish({"out:0": b.identity(x)}), tmp_path / "m.mlpackage")
    spec = loaded(package)[1]
    (feature,) = spec.description.input
    told = json.loads(spec.description.metadata.userDefined["webnpu.inputs"])
    assert told == {feature.name: {"name": "naïve input/0", "dataType": "uint8", "shape": [2, 3]}}
    assert feature.name.isascii()
    assert feature.type.multiArrayType.dataType == ct.proto.FeatureTypes_pb2.ArrayFeatureType.INT32


@pytest.mark.skipif(sys.platform != "darwin", reason="Core ML exists on macOS only")
def test_core_ml_runs_what_we_write(backend) -> None:
    """Run by the macOS job; never run by hand on Apple hardware."""
    from webnpu import MLContext

    b = MLGraphBuilder()
    x = b.input("x", OperandDescriptor(FLOAT32, (1, 2, 6, 6)))
    graph = b.finish({"y": b.relu(b.conv2d(x, b.constant(np.ones((2, 2, 3, 3), np.float32))))})
    given = np.linspace(-1, 1, 72, dtype=np.float32).reshape(1, 2, 6, 6)
    results = []
    for interpret in (False, True):
        made = type(backend)(type(backend.options)(compute_units="cpu-only"), interpret=interpret)
        results.append(MLContext(made).compile(graph)(x=given)["y"])
    np.testing.assert_allclose(*results, rtol=1e-4, atol=1e-5)
