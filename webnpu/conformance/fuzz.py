"""Random graphs on two backends: where they part, which operator is the first to differ, and the least graph that shows it.

One operator is judged on the oracle's own operands, by its own bound; sums, whose terms may cancel, by an error
relative to the sum of their absolute terms. A graph that no single operator is to blame for is judged as a whole, by
what the errors that its operators may make add up to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np

from ..agreement import Bound, bound_of
from ..backend import Backend
from ..errors import NotSupportedError
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..reference import ReferenceBackend, evaluate
from ..types import Array
from .comparison import compare
from .compose import random_graph
from .cutting import cut

__all__ = ["Divergence", "Outcome", "first_divergence", "fuzz", "random_graph", "tolerance"]

Values = Mapping[MLOperand, Array]

DISCRETE = {"argMin", "argMax", "ceil", "floor", "roundEven", "sign", "quantizeLinear", "cast"}
"""Operators that a small error of a float may lead to quite another result; comparisons are too."""


@dataclass(frozen=True)
class Divergence:
    """Where a backend and the oracle part.

    Attributes:
        operator: the first operator whose results differ.
        reason: how they differ, or what the backend threw.
        graph: the least graph found that shows it.
        inputs: its inputs.
        alone: whether the operator differs on the oracle's own operands too; else only with what stands around it.
    """

    operator: Operator
    reason: str
    graph: Graph
    inputs: Mapping[str, Array]
    alone: bool

    def __str__(self) -> str:
        where = "" if self.alone else f", in a graph of {len(self.graph.operators)} operators"
        return f"{self.operator.name}{where}: {self.reason}"


@dataclass(frozen=True)
class Outcome:
    """What became of one random graph: its seed, and a divergence, or the reason of a refusal."""

    seed: int
    graph: Graph
    divergence: Divergence | None = None
    refused: str = ""


def fuzz(backend: Backend, count: int, seed: int = 0, on_progress: Callable[[Outcome], None] | None = None) -> list[Outcome]:
    """Run random graphs on a backend and on the reference.

    Args:
        backend: what is judged.
        count: how many graphs.
        seed: the first graph's number; the others' follow.
        on_progress: called after each graph.

    Returns:
        Those that diverge.
    """
    oracle, found = ReferenceBackend(), []
    for number in range(seed, seed + count):
        graph, inputs = random_graph(Random(number))
        try:
            outcome = Outcome(number, graph, first_divergence(graph, inputs, backend, oracle))
        except NotSupportedError as refusal:
            outcome = Outcome(number, graph, refused=str(refusal))
        if outcome.divergence:
            found.append(outcome)
        if on_progress:
            on_progress(outcome)
    return found


def first_divergence(graph: Graph, inputs: Mapping[str, Array], backend: Backend, oracle: Backend) -> Divergence | None:
    """The first operator of a graph whose results on a backend are not those of the oracle, with the least graph that shows it.

    Raises:
        NotSupportedError: the backend, or the oracle, refuses an operator.
    """
    values = _all_values(graph, inputs, oracle)
    wrong = _wrong_outputs(graph, inputs, values, backend, _strict)
    if not wrong:
        return None
    for operator in graph.operators:
        single, given = cut(graph, values, {operator})
        if reason := _wrong_outputs(single, given, _renamed(single, operator, values), backend, _fair):
            return Divergence(operator, next(iter(reason.values())), single, given, alone=True)
    budgets = _budgets(graph, values)
    judge = _Budgeted(budgets)
    wrong = _wrong_outputs(graph, inputs, values, backend, judge)
    if not wrong:
        return None
    return _in_context(graph, values, backend, judge, *next(iter(wrong.items())))


def _in_context(graph: Graph, values: Values, backend: Backend, judge: _Budgeted, name: str, reason: str) -> Divergence:
    """The least part of a graph that still differs: outputs are left out and operators become inputs, one by one."""
    outputs, kept = dict(graph.outputs), set(graph.operators)
    least, given = graph, {n: values[operand] for n, operand in graph.inputs.items()}

    def differs(operators: set[Operator], wanted: Mapping[str, MLOperand]) -> bool:
        nonlocal least, given, reason
        part, arrays = cut(graph, values, operators, wanted)
        found = _difference(part, arrays, values, graph, backend, judge)
        if found:
            least, given, reason = part, arrays, found
        return bool(found)

    for other in graph.outputs:
        rest = {n: operand for n, operand in outputs.items() if n != other}
        if other != name and differs(kept & set(Graph.of(rest).operators), rest):
            outputs, kept = rest, kept & set(Graph.of(rest).operators)
    for operator in graph.operators:
        if operator in kept and differs(kept - {operator}, outputs):
            kept = kept - {operator}
    culprit = graph.outputs[name].operator
    assert culprit is not None  # the builder lets no input or constant be an output
    return Divergence(culprit, reason, least, given, alone=False)


def _difference(part: Graph, given: Mapping[str, Array], values: Values, graph: Graph, backend: Backend, judge: _Budgeted) -> str:
    """How a part of a graph differs from the oracle's values of the whole, in words."""
    if not part.outputs:
        return ""
    expected = {operand: values[graph.outputs[name]] for name, operand in part.outputs.items()}
    budgets = {operand: judge.budgets[graph.outputs[name]] for name, operand in part.outputs.items()}
    return next(iter(_wrong_outputs(part, given, expected, backend, _Budgeted(budgets)).values()), "")


Judge = Callable[[MLOperand, Array, Array, Values], str]
"""Says in words what is wrong with the actual array of an operand, '' if nothing is; given the expected one, and all values."""


def _wrong_outputs(graph: Graph, inputs: Mapping[str, Array], values: Values, backend: Backend, judge: Judge) -> dict[str, str]:
    """What is wrong with each output, by name."""
    program = None
    try:
        program = backend.compile(graph)
        actual = program.run(inputs)
    except NotSupportedError:
        raise
    except Exception as error:  # whatever else a backend throws at a valid graph is a divergence
        return {name: f"{type(error).__name__}: {error}" for name in graph.outputs}
    finally:
        if program is not None:
            program.destroy()
    found = {name: judge(operand, actual[name], values[operand], values) for name, operand in graph.outputs.items()}
    return {name: reason for name, reason in found.items() if reason}


def _own_bound(operand: MLOperand) -> Bound:
    return bound_of(operand.operator, operand.data_type) if operand.operator else Bound()


def _strict(operand: MLOperand, actual: Array, expected: Array, values: Values) -> str:
    """Within the bound of the operator that computes it."""
    comparison = compare(actual, expected, _own_bound(operand))
    return "" if comparison.agrees else comparison.reason


def _fair(operand: MLOperand, actual: Array, expected: Array, values: Values) -> str:
    """Within the bound, or within what rounding may do to the terms that cancel in it."""
    reason = _strict(operand, actual, expected, values)
    if not reason or not operand.data_type.is_float or actual.shape != expected.shape or operand.operator is None:
        return reason
    allowed = tolerance(operand.operator, operand, values)
    difference = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
    return "" if (difference <= allowed).all() else reason


class _Budgeted:
    """Within a budget for each element; the sign of a zero, which an error may turn, is not looked at."""

    def __init__(self, budgets: Values) -> None:
        self.budgets = budgets

    def __call__(self, operand: MLOperand, actual: Array, expected: Array, values: Values) -> str:
        if actual.shape != expected.shape or actual.dtype != expected.dtype:
            return compare(actual, expected, Bound()).reason
        difference = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
        if (difference <= self.budgets[operand]).all():
            return ""
        return compare(actual, expected, Bound()).reason


CANCELS = ("convolution", "pooling", "reduction", "linear_algebra", "normalization", "recurrent", "activation", "resampling")
"""The families whose operators add terms that may cancel, exactly or in their emulation."""

FUNCTIONS_INSIDE = 64
"""The ULP that recurrent networks are allowed here, since the bounds of the sigmoid and tanh inside are wider than theirs."""


def tolerance(operator: Operator, operand: MLOperand, values: Values) -> Array:
    """The largest fair error of each element of an operator's result.

    The result's own bound, as a share of the sum of the absolute terms: what the operator gives for absolute operands,
    and what small changes of its operands do to it.
    """
    bound, index = _own_bound(operand), operator.outputs.index(operand)
    exact = evaluate(operator, values)[index].astype(np.float64)
    eps = float(np.finfo(operand.data_type.numpy).eps)
    scale = np.abs(exact)
    if operator.family in CANCELS:
        absolute = {o: np.abs(values[o]) if o.data_type.is_float else values[o] for _, o in operator.operands()}
        terms = np.abs(evaluate(operator, absolute)[index].astype(np.float64))
        scale = np.maximum(scale, np.where(np.isfinite(terms), terms, 0))
        if operator.family in ("activation", "normalization", "recurrent") or "Log" in operator.name:
            scale = np.maximum(scale, max(1.0, float(scale.max(initial=0))))
        scale = scale + _sensitivity(operator, operand, values, {o: eps * np.abs(values[o]) for o in absolute}) / eps
    ulp = max(bound.ulp, FUNCTIONS_INSIDE) if operator.family == "recurrent" else bound.ulp
    return np.maximum(bound.absolute, ulp * eps * scale)


def _sensitivity(operator: Operator, operand: MLOperand, values: Values, errors: Mapping[MLOperand, Array]) -> Array:
    """How far a result moves at most when operands are off by their errors, tried in a few directions."""
    index = operator.outputs.index(operand)
    exact = evaluate(operator, values)[index].astype(np.float64)
    random, moved = np.random.default_rng(len(values)), np.zeros_like(exact)
    for _ in range(4):
        shifted = dict(values)
        for _, o in operator.operands():
            if o.data_type.is_float and o in errors:
                signs = random.choice((-1.0, 1.0), o.shape)
                shifted[o] = values[o].astype(np.float64) + signs * np.where(np.isfinite(errors[o]), errors[o], 0)
        moved = np.maximum(moved, np.abs(evaluate(operator, shifted)[index].astype(np.float64) - exact))
    most = 2 * moved.max(initial=0)
    return np.full(exact.shape, most if np.isfinite(most) else np.inf)


def _budgets(graph: Graph, values: Values) -> dict[MLOperand, Array]:
    """The largest fair error of every value, carried through the graph; infinite behind a decision that an error may turn."""
    budgets: dict[MLOperand, Array] = {o: np.zeros(o.shape) for o in (*graph.inputs.values(), *graph.constants)}
    for operator in graph.operators:
        given = {o: budgets[o] for _, o in operator.operands()}
        unsure = any((budget > 0).any() for budget in given.values())
        lost = any(not np.isfinite(budget).all() for budget in given.values())
        for operand in operator.outputs:
            discrete = operator.name in DISCRETE or (not operand.data_type.is_float)
            if lost or (unsure and discrete):
                budgets[operand] = np.full(operand.shape, np.inf)
                continue
            budgets[operand] = _own_budget(operator, operand, values)
            if unsure:
                budgets[operand] = budgets[operand] + _sensitivity(operator, operand, values, given)
    return budgets


def _own_budget(operator: Operator, operand: MLOperand, values: Values) -> Array:
    """What one operator may add to the error."""
    return tolerance(operator, operand, values) if operand.data_type.is_float else np.full(operand.shape, float(_own_bound(operand).ulp))


def _all_values(graph: Graph, inputs: Mapping[str, Array], oracle: Backend) -> dict[MLOperand, Array]:
    """The oracle's value of every operand."""
    computed = {str(i): operand for i, operand in enumerate(o for operator in graph.operators for o in operator.outputs)}
    whole = Graph.of(computed)
    results = oracle.compile(whole).run({name: inputs[name] for name in whole.inputs})
    values = {operand: results[name] for name, operand in computed.items()}
    values.update((operand, operand.value) for operand in graph.constants if operand.value is not None)
    values.update((operand, inputs[name]) for name, operand in graph.inputs.items())
    return values


def _renamed(single: Graph, operator: Operator, values: Values) -> dict[MLOperand, Array]:
    """The values of an operator, for its copy that stands alone."""
    copy = single.operators[0]
    renamed = dict(zip((o for _, o in copy.operands()), (values[o] for _, o in operator.operands()), strict=True))
    return {**renamed, **dict(zip(copy.outputs, (values[o] for o in operator.outputs), strict=True))}
