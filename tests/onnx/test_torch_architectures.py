"""Architectures made in PyTorch, exported by both of its exporters: every backend agrees with ONNX Runtime and with PyTorch.

The same architectures stand in test_architectures.py as ONNX models, so that those without PyTorch miss little.
"""

from __future__ import annotations

import io
import sys
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from webnpu.backend import backend_names, load_backend
from webnpu.onnx import export_model, import_model
from webnpu.passes import optimize

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
sys.path.insert(0, str(Path(__file__).parent))
from torch_architectures import ARCHITECTURES  # noqa: E402 -- a neighbour, once the path is set

BACKENDS = [name for name in backend_names() if name != "browser"]
"""In a browser the same architectures run in test_architectures.py."""
EXPORTERS = ("script", "dynamo")
RELATIVE = 1e-4
"""The greatest error beside the greatest output."""


@cache
def exported(name: str, exporter: str) -> tuple[bytes, dict[str, np.ndarray], list[np.ndarray], dict[str, int]]:
    """The model, its inputs, what PyTorch makes of them, and the sizes that the model leaves open."""
    if exporter == "dynamo" and find_spec("onnxscript") is None:
        pytest.skip("onnxscript, which PyTorch's newer exporter needs, is not installed")
    torch.manual_seed(sum(name.encode()))
    module, inputs, outputs, open_sizes = ARCHITECTURES[name]()
    module.eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own
        wanted = module(**inputs)
        model = _export(module, inputs, outputs, open_sizes, exporter)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    sizes = {label: inputs[key].shape[axis] for key, labels in open_sizes.items() for axis, label in labels.items()}
    return model, {key: value.numpy() for key, value in inputs.items()}, [value.numpy() for value in wanted], sizes


def _export(module: Any, inputs: dict[str, Any], outputs: list[str], open_sizes: Any, exporter: str) -> bytes:
    if exporter == "script":
        file = io.BytesIO()
        names = {"input_names": list(inputs), "output_names": outputs}
        torch.onnx.export(module, tuple(inputs.values()), file, dynamo=False, opset_version=17, dynamic_axes=open_sizes, **names)
        return file.getvalue()
    program = torch.onnx.export(module, kwargs=inputs, output_names=outputs, dynamo=True, verbose=False)
    data: bytes = program.model_proto.SerializeToString()
    return data


def near(got: Any, want: Any) -> None:
    assert got.shape == want.shape
    error = np.abs(got.astype(np.float64) - want).max() / np.abs(want).max()
    assert error <= RELATIVE, f"error {error:.2e} of the greatest output"


@pytest.mark.filterwarnings("ignore")  # PyTorch's own
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_backend_agrees(name: str, exporter: str, backend: str, runtime: Any) -> None:
    chosen = load_backend(backend)
    availability = chosen.available()
    if not availability.ok:
        pytest.skip(f"backend {backend} cannot run here: {availability.reason}")
    model, inputs, wanted, sizes = exported(name, exporter)
    graph = optimize(import_model(model, dimensions=sizes))
    got = chosen.compile(graph).run({key: np.ascontiguousarray(inputs[key]) for key in graph.inputs})
    expected = runtime(model, inputs)
    for key, eager in zip(expected, wanted, strict=True):
        near(got[key], expected[key])
        near(got[key], eager)


@pytest.mark.filterwarnings("ignore")  # PyTorch's own
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_exported_again_for_onnxruntime(name: str, runtime: Any) -> None:
    model, inputs, wanted, sizes = exported(name, "script")
    graph = import_model(model, dimensions=sizes)
    got = runtime(export_model(optimize(graph)), {key: inputs[key] for key in graph.inputs})
    for value, eager in zip(got.values(), wanted, strict=True):
        near(value, eager)


@pytest.mark.filterwarnings("ignore")  # PyTorch's and ONNX Runtime's own
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("form", ["QOperator", "QDQ"])
def test_a_decoder_with_int4_weights(form: str, backend: str, runtime: Any) -> None:
    """ONNX Runtime's own tool quantises the weights, as those who ship such models do."""
    quantizer = pytest.importorskip("onnxruntime.quantization.matmul_nbits_quantizer", reason="ONNX Runtime has no such tool here")
    import onnx

    data, inputs, _, sizes = exported("llama", "script")
    model = onnx.version_converter.convert_version(onnx.load_from_string(data), 21)
    work = quantizer.MatMulNBitsQuantizer(
        model, block_size=16, is_symmetric=False, quant_format=quantizer.QuantFormat[form], op_types_to_quantize=("MatMul",)
    )
    work.process()
    quantized = work.model.model
    kinds = {node.op_type for node in quantized.graph.node}
    assert kinds & {"MatMulNBits", "DequantizeLinear"}
    graph = import_model(quantized, dimensions=sizes)
    assert any(constant.data_type.bits == 4 for constant in graph.constants), "the weights stay in 4 bits"
    chosen = load_backend(backend)
    if not chosen.available().ok:
        pytest.skip(f"backend {backend} cannot run here: {chosen.available().reason}")
    got = chosen.compile(graph).run({key: inputs[key] for key in graph.inputs})
    # As it is written: what it makes of DequantizeLinear and MatMul together rounds the activations to bytes.
    for key, want in runtime(quantized, inputs, as_written=True).items():
        near(got[key], want)
