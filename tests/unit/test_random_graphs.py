"""Random graphs: what the composer makes, what the judge lets pass, and what it finds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webnpu import MLGraphBuilder
from webnpu.backend import Program
from webnpu.conformance.compose import MAX_ELEMENTS, random_graph
from webnpu.conformance.fuzz import first_divergence, fuzz
from webnpu.conformance.makers import MAKERS
from webnpu.emulation import emulated
from webnpu.graph import Graph
from webnpu.graph_file import from_document, load_graph, save_graph, to_document
from webnpu.operators import OPERATORS
from webnpu.reference import ReferenceBackend, ReferenceProgram, evaluate
from webnpu.types import Array


class Emulating(ReferenceBackend):
    """The reference, with every emulation body in place of its operator: each step is rounded to its type."""

    def compile(self, graph: Graph) -> ReferenceProgram:
        return super().compile(emulated(graph, lambda operator: operator.has_emulation()))


class Broken(ReferenceBackend):
    """The reference, but for one operator, whose results are changed where it stands in some surrounding."""

    def __init__(self, operator: str, after: str = "") -> None:
        self.operator, self.after = operator, after

    def compile(self, graph: Graph) -> Any:
        return BrokenProgram(graph, self)


class BrokenProgram(Program):
    def __init__(self, graph: Graph, backend: Broken) -> None:
        super().__init__(graph.input_descriptors, graph.output_descriptors)
        self.graph, self.backend = graph, backend

    def _run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        values: dict[Any, Array] = {operand: inputs[name] for name, operand in self.graph.inputs.items()}
        values.update((c, c.value) for c in self.graph.constants if c.value is not None)
        for operator in self.graph.operators:
            before = {operand.operator.name for _, operand in operator.operands() if operand.operator}
            results = list(evaluate(operator, values))
            if operator.name == self.backend.operator and (not self.backend.after or self.backend.after in before):
                results[0] = results[0] + np.asarray(100, results[0].dtype)
            values.update(zip(operator.outputs, results, strict=True))
        return {name: values[operand] for name, operand in self.graph.outputs.items()}

    def explain(self) -> Any:
        raise NotImplementedError


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_every_random_graph_is_valid_and_fit_to_be_compared(random: Random) -> None:
    graph, inputs = random_graph(random)
    rebuilt = from_document(to_document(graph), {graph.names[c]: c.value for c in graph.constants if c.value is not None})
    assert rebuilt.output_descriptors == graph.output_descriptors
    outputs = ReferenceProgram(graph).run(inputs)
    for array in outputs.values():
        assert array.size <= MAX_ELEMENTS
        assert np.isfinite(array.astype(np.float64)).all()


def test_the_composer_uses_every_operator() -> None:
    assert set(MAKERS) == set(OPERATORS)
    used = Counter(operator.name for seed in range(600) for operator in random_graph(seed)[0].operators)
    assert set(used) == set(OPERATORS)


def test_a_seed_makes_one_graph() -> None:
    assert str(random_graph(7)[0]) == str(random_graph(7)[0])
    assert str(random_graph(7)[0]) != str(random_graph(8)[0])


def test_the_reference_agrees_with_itself() -> None:
    assert fuzz(ReferenceBackend(), 200) == []


def test_emulations_agree_with_what_they_emulate() -> None:
    """Each of their steps is rounded, so that errors add up as they do on a device."""
    found = fuzz(Emulating(), 300)
    assert not found, [f"{outcome.seed}: {outcome.divergence}" for outcome in found]


@pytest.mark.parametrize("name", ["add", "relu", "transpose", "conv2d", "reduceSum", "softmax", "gather"])
def test_a_broken_operator_is_found_and_cut_out(name: str, tmp_path: Path) -> None:
    seed = next(s for s in range(3000) if _decides(random_graph(s)[0], name))
    graph, inputs = random_graph(seed)
    divergence = first_divergence(graph, inputs, Broken(name), ReferenceBackend())
    assert divergence is not None
    assert (divergence.operator.name, divergence.alone) == (name, True)
    assert [operator.name for operator in divergence.graph.operators] == [name]
    save_graph(divergence.graph, tmp_path / "least.safetensors")
    again = load_graph(tmp_path / "least.safetensors")
    assert first_divergence(again, divergence.inputs, Broken(name), ReferenceBackend()) is not None


def test_what_breaks_only_in_a_surrounding_is_cut_down_to_it() -> None:
    b: Any = MLGraphBuilder()
    x = b.input("x", {"dataType": "float32", "shape": [2, 3]})
    turned = b.transpose(b.add(b.neg(x), x))
    graph = b.finish({"y": b.reshape(b.mul(b.relu(turned), turned), [6]), "z": b.abs(x)})
    inputs = {"x": np.arange(6, dtype=np.float32).reshape(2, 3) + 1}
    assert first_divergence(graph, inputs, Broken("relu", after="abs"), ReferenceBackend()) is None
    divergence = first_divergence(graph, {"x": inputs["x"]}, Broken("mul", after="relu"), ReferenceBackend())
    assert divergence is not None
    assert not divergence.alone
    assert [operator.name for operator in divergence.graph.operators] == ["relu", "mul", "reshape"]
    assert set(divergence.inputs) == set(divergence.graph.inputs)


def _decides(graph: Graph, name: str) -> bool:
    """Whether an operator's result is an output of the graph."""
    return any(operand.operator is not None and operand.operator.name == name for operand in graph.outputs.values())
