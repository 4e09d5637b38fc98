"""A model in ONNX Runtime."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from webnpu.backend import OperatorReport, Program, Report
from webnpu.errors import NotSupportedError, OperationError, Unsupported
from webnpu.graph import Graph
from webnpu.operator import Operator
from webnpu.types import FOUR_BIT, Array


class OnnxProgram(Program):
    """A graph as a model, in a session of its own."""

    def __init__(self, graph: Graph, opset: int | None) -> None:
        """Write, check and load the model.

        Raises:
            Unsupported: ONNX cannot say an operator in this operator set, or ONNX Runtime has no kernel for its types.
            OperationError: ONNX or ONNX Runtime takes the model for invalid.
        """
        from onnx import checker

        from webnpu.onnx.export import NAMING, written

        for name, operand in (*graph.inputs.items(), *graph.outputs.items()):
            if operand.data_type in FOUR_BIT:
                reason = f"ONNX Runtime takes and gives no NumPy arrays of {operand.data_type}; {name!r} is one"
                raise Unsupported(graph.operators[0], reason)
        super().__init__(graph.input_descriptors, graph.output_descriptors)
        self.graph = graph
        try:
            model, owners = written(graph, opset)
        except NotSupportedError as error:
            raise error if isinstance(error, Unsupported) else Unsupported(graph.operators[0], str(error)) from error
        try:
            checker.check_model(model, full_check=True)
        except Exception as error:  # onnx raises several kinds, none of which a model of ours should give
            raise OperationError(f"ONNX's checker rejects the model: {error}") from error
        self.nodes = {node.name: node.op_type for node in model.graph.node}
        self._names = NAMING.names(graph.inputs, graph.outputs)
        self._session: Any = _session(model, owners, graph)

    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        """Run the session."""
        try:
            results = self._session.run(list(self._names.outputs.values()), {self._names.inputs[name]: x for name, x in inputs.items()})
        except Exception as error:  # onnxruntime's errors have no base of their own
            raise OperationError(f"ONNX Runtime failed: {error}") from error
        return {name: result.reshape(operand.shape) for (name, operand), result in zip(self.graph.outputs.items(), results, strict=True)}

    def explain(self) -> Report:
        """Every operator is said by nodes of ONNX, which ONNX Runtime's CPU kernels run."""
        reports = tuple(OperatorReport(op.name, op.label, "ONNX nodes", "cpu") for op in self.graph.operators)
        return Report("onnx", "ONNX Runtime on the CPU", reports, self.graph.weight_bytes)

    def _release(self) -> None:
        """Give the session's memory back."""
        self._session = None


def _session(model: Any, owners: Mapping[str, Operator], graph: Graph) -> Any:
    """A session of a model; a kernel that is missing is a refusal of the operator whose node asks for it."""
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # the file is judged as it is written
    try:
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no base of their own
        missing = re.search(r"Could not find an implementation for (\w+\(\d+\)) node with name '([^']*)'", str(error))
        if missing or "NOT_IMPLEMENTED" in str(error):
            kernel, node = missing.groups() if missing else ("", "")
            operator = owners.get(node, graph.operators[0])  # ONNX Runtime may have put other nodes in place of ours
            raise Unsupported(operator, f"ONNX Runtime has no kernel {kernel} for its types") from error
        raise OperationError(f"ONNX Runtime rejects the model: {error}") from error
