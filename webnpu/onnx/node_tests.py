"""ONNX's own node tests, run through the importer and a backend: ``python -m webnpu.onnx.node_tests --backend reference``.

Every test is one of: *passed*; *constant*, passed once the inputs that decide about shapes were made constants; *folded*,
right but computed when it was imported, so that it says nothing about the backend; *refused*, with the reason; *failed*.
"""

from __future__ import annotations

import argparse
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests

from ..agreement import bound_of
from ..backend import Backend, load_backend
from ..errors import NotSupportedError
from ..graph import Graph
from ..operator import MLOperand
from ..types import Array, DataType
from .errors import InvalidModel, UnsupportedModel
from .importer import import_model
from .options import item_name
from .values import element_of, holds

Verdict = Literal["passed", "constant", "folded", "refused", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What came of one test."""

    name: str
    verdict: Verdict
    reason: str = ""


def cases() -> list[Any]:
    """ONNX's node tests, as the installed onnx package makes them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's remarks about the tests' own arithmetic
        return list(load_model_tests(kind="node"))


def run_case(case: Any, backend: Backend) -> Outcome:
    """One test on a backend."""
    inputs, expected = case.data_sets[0]
    names = [info.name for info in case.model.graph.input]
    given = dict(zip(names, inputs, strict=False))
    fixed: dict[str, Any] = {}
    try:
        while True:
            try:
                shapes = {name: shape for name, shape in _shapes(case, given).items() if name not in fixed}
                graph = import_model(case.model, shapes=shapes, known=fixed, float16=True)
                break
            except UnsupportedModel as error:
                wanted = {name for name in error.inputs if name in given} - fixed.keys()
                if not wanted:
                    raise
                fixed |= {name: _array(given[name]) for name in wanted}
        apart = _apart(given)
        results = backend.compile(graph).run({name: stored(apart[name], graph.inputs[name].data_type) for name in graph.inputs})
    except InvalidModel as error:
        old = any(entry.version < 7 for entry in case.model.opset_import)
        return Outcome(case.name, "refused" if old else "failed", str(error))
    except NotSupportedError as error:
        return Outcome(case.name, "refused", str(error))
    problem = _difference(case, graph, results, [_array(value) for value in expected])
    if problem:
        return Outcome(case.name, "failed", problem)
    return Outcome(case.name, _verdict(graph, fixed))


def _shapes(case: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The shapes of what is a sequence, by item, or optional and there."""
    shapes = {}
    for info in case.model.graph.input:
        value = _array(given[info.name]) if not info.type.HasField("tensor_type") and info.name in given else None
        if isinstance(value, list) and value:
            shapes[info.name] = [item.shape for item in value]
        elif isinstance(value, np.ndarray):
            shapes[info.name] = value.shape
    return shapes


def _apart(given: dict[str, Any]) -> dict[str, Any]:
    """Inputs as the graph has them: the items of sequences one by one."""
    items = {item_name(name, i): item for name, value in given.items() if isinstance(value, list) for i, item in enumerate(value)}
    return given | items


def _verdict(graph: Graph, fixed: dict[str, Any]) -> Verdict:
    if not graph.inputs:
        return "folded"
    return "constant" if fixed else "passed"


def _array(value: Any) -> Any:
    """Tests hold what NumPy has no type for as protobuf, and optional values that are not there as None."""
    if value is None:
        return None
    if isinstance(value, list):
        return [_array(item) for item in value]
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)


def stored(value: Any, data_type: DataType) -> Array:
    """An array in the type that holds it in a graph."""
    array: Array = _array(value)
    return array.astype(data_type.numpy) if holds(data_type, element_of(array)) else array


def _difference(case: Any, graph: Graph, results: dict[str, Array], expected: list[Any]) -> str:
    """What is wrong with the results, or ''."""
    flat = [item for want in expected for item in (want if isinstance(want, list) else [want])]
    for (name, got), want in zip(results.items(), flat, strict=True):
        original, want = want.dtype.name, stored(want, graph.outputs[name].data_type)
        if got.shape != want.shape:
            return f"output {name}: expected shape {list(want.shape)}; got {list(got.shape)}"
        if got.dtype != want.dtype:
            return f"output {name}: expected {want.dtype}; got {got.dtype}"
        steps = _steps(graph.outputs[name], got)
        rtol, atol = _tolerance(case, want, original)
        wide = np.int64 if got.dtype.kind not in "fu" else got.dtype if got.dtype.kind == "u" else np.float64
        left, right = (x.astype(np.float64) if wide is np.float64 else x for x in (got, want))
        if wide is np.float64:
            close = np.isclose(left, right, rtol=rtol, atol=atol, equal_nan=True)
        else:
            close = np.abs(left.astype(np.int64) - right.astype(np.int64)) <= steps if steps else left == right
        if not close.all():
            worst = np.unravel_index(int(np.argmin(close)), close.shape)
            return f"output {name}: expected {want[worst]} at {list(map(int, worst))}; got {got[worst]}"
    return ""


def _steps(output: MLOperand, got: Array) -> int:
    """How far integers may be off: as far as the operator that computes them says itself."""
    if got.dtype.kind == "f" or output.operator is None:
        return 0
    return bound_of(output.operator, output.data_type).ulp


def _tolerance(case: Any, want: Array, original: str) -> tuple[float, float]:
    """The test's own, but no tighter than two units in the last place of a short float, or float32's noise in a sum."""
    rtol = max(case.rtol, {"float16": 2.0**-9, "bfloat16": 2.0**-6}.get(original, 0.0))
    finite = np.abs(want[np.isfinite(want)].astype(np.float64)) if want.dtype.kind == "f" else np.zeros(0)
    return rtol, max(case.atol, 2.0**-22 * float(finite.max(initial=0.0)))


def outcomes(backend: Backend, pattern: str = "") -> Iterator[Outcome]:
    """All tests whose name matches a pattern."""
    for case in cases():
        if re.search(pattern, case.name):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield run_case(case, backend)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="ONNX's node tests on a backend")
    parser.add_argument("--backend", default="reference")
    parser.add_argument("--match", default="", help="only tests whose name matches this regular expression")
    parser.add_argument("--reasons", action="store_true", help="list refused and failed tests with their reasons")
    arguments = parser.parse_args()
    found = list(outcomes(load_backend(arguments.backend), arguments.match))
    counts = Counter(outcome.verdict for outcome in found)
    for outcome in found:
        if outcome.verdict == "failed" or (arguments.reasons and outcome.verdict == "refused"):
            print(f"{outcome.verdict:8} {outcome.name}: {' '.join(outcome.reason.split())[:300]}")
    print(f"onnx {onnx.__version__}, {len(found)} node tests on {arguments.backend}")
    for verdict in ("passed", "constant", "folded", "refused", "failed"):
        print(f"{verdict:8} {counts[verdict]:5}  {counts[verdict] / max(len(found), 1):6.1%}")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
