"""What the tests of ONNX models share: a maker of models, and ONNX Runtime as the judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="onnx, an optional dependency, is not installed")
from onnx import ModelProto, TensorProto, helper, numpy_helper  # noqa: E402


class Maker:
    """Writes the nodes of one model; values are their names."""

    def __init__(self, opset: int = 17, microsoft: bool = False, seed: int = 0) -> None:
        self.opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid("com.microsoft", 1)] if microsoft else [])
        self.rng = np.random.default_rng(seed)
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.inputs: list[Any] = []
        self.functions: list[Any] = []

    def input(self, name: str, element: int = TensorProto.FLOAT, shape: tuple[Any, ...] | None = ()) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, element, shape))
        return name

    def constant(self, array: Any) -> str:
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def ints(self, *values: int) -> str:
        return self.constant(np.asarray(values, np.int64))

    def weight(self, *shape: int, scale: float | None = None) -> str:
        scale = scale or 1 / np.sqrt(max(np.prod(shape[1:]), 1))
        return self.constant((self.rng.standard_normal(shape) * scale).astype(np.float32))

    def __call__(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes: Any) -> Any:
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=f"n{len(self.nodes)}", domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def model(self, outputs: Mapping[str, int] | str, ir_version: int = 10) -> ModelProto:
        """The model; outputs by name with their element types, or one of float32."""
        outputs = {outputs: TensorProto.FLOAT} if isinstance(outputs, str) else outputs
        infos = [helper.make_tensor_value_info(name, element, None) for name, element in outputs.items()]
        graph = helper.make_graph(self.nodes, "g", self.inputs, infos, initializer=self.initializers)
        return helper.make_model(graph, opset_imports=self.opsets, ir_version=ir_version, functions=self.functions)


@pytest.fixture(scope="session")
def maker() -> Callable[..., Maker]:
    return Maker


@pytest.fixture(scope="session")
def runtime() -> Callable[..., dict[str, np.ndarray]]:
    """Run a model in ONNX Runtime, by default as it would be run anywhere, or else without its own rewriting of the graph."""
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime, a test-only dependency, is not installed")

    def run(model: Any, inputs: dict[str, np.ndarray], *, as_written: bool = False) -> dict[str, np.ndarray]:
        options = ort.SessionOptions()
        if as_written:
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        source = model if isinstance(model, (str, bytes)) else model.SerializeToString()
        session = ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, inputs), strict=True))

    return run
