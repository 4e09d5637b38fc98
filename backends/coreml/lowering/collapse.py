"""Operators on tensors of more dimensions than MIL has, rewritten on fewer.

Neighbouring dimensions that an operator treats alike become one. Before: ``y = slice(x)`` of rank 7, along two of the
dimensions. After: ``y = reshape(slice(reshape(x)))`` of rank 5 or less. What cannot be brought down to five dimensions
stays too large, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from math import prod
from typing import Any

from webnpu.emulation import Rewriter
from webnpu.graph import Graph
from webnpu.operator import MLOperand, Operator
from webnpu.operators.activation import Prelu, Softmax
from webnpu.operators.elementwise import LogicalAnd, LogicalOr, LogicalXor, Where
from webnpu.operators.linear_algebra import Matmul, Triangular
from webnpu.operators.movement import Concat, Expand, Pad, Reverse, Slice, Split, Tile, Transpose
from webnpu.operators.reduction import ArgMax, ArgMin, CumulativeSum
from webnpu.types import Shape

from ..mil import MAX_RANK
from .ranks import merged
from .reduction import REDUCTIONS

Groups = list[list[int]]
Collapsed = tuple[dict[str, Any], dict[str, Shape | list[Shape]]]
"""The options of the operator on fewer dimensions, and the shapes of its operands."""

_COLLAPSES: dict[type[Operator], Callable[[Any], Collapsed]] = {}


def collapses(*operators: type[Operator]) -> Callable[[Callable[[Any], Collapsed]], Callable[[Any], Collapsed]]:
    """Register how operators are brought to fewer dimensions."""

    def register(function: Callable[[Any], Collapsed]) -> Callable[[Any], Collapsed]:
        _COLLAPSES.update(dict.fromkeys(operators, function))
        return function

    return register


def collapsed(graph: Graph) -> Graph:
    """The same graph, its operators on many dimensions rewritten on fewer where there is a way."""

    def is_high(op: Operator) -> bool:
        return type(op) in _COLLAPSES and any(x.rank > MAX_RANK for x in (*(o for _, o in op.operands()), *op.outputs))

    if not any(is_high(op) for op in graph.operators):
        return graph
    rewriter = Rewriter(graph)
    for op in graph.operators:
        if is_high(op):
            rewriter.replace(op, _rewritten(rewriter, op))
        else:
            rewriter.copy(op)
    return rewriter.finish()


def _rewritten(rewriter: Rewriter, op: Operator) -> tuple[MLOperand, ...]:
    b: Any = rewriter.builder
    options, shapes = _COLLAPSES[type(op)](op)
    arguments = {**rewriter.arguments(op), **options}
    for name, shape in shapes.items():
        given = arguments[name]
        if isinstance(given, MLOperand):
            arguments[name] = b.reshape(given, shape)
        else:
            arguments[name] = tuple(b.reshape(x, s) for x, s in zip(given, shape, strict=True))
    made = rewriter.builder.apply(type(op), arguments)
    return tuple(b.reshape(x, operand.shape) for x, operand in zip(made, op.outputs, strict=True))


def _groups(kinds: Sequence[Hashable]) -> Groups:
    """Neighbouring axes of one kind together; an axis of kind None stands alone."""
    groups: Groups = []
    for axis, kind in enumerate(kinds):
        if axis and kind is not None and kinds[axis - 1] == kind:
            groups[-1].append(axis)
        else:
            groups.append([axis])
    return groups


def _apart(rank: int, axes: Collection[int]) -> Groups:
    """The axes that an operator touches alone, the others together with their neighbours."""
    return _groups([None if axis in axes else "untouched" for axis in range(rank)])


def _shape(groups: Groups, shape: Shape) -> Shape:
    return tuple(prod(shape[axis] for axis in group) for group in groups)


def _at(groups: Groups, axis: int) -> int:
    """Where an axis that stands alone has gone."""
    return groups.index([axis])


def _firsts(groups: Groups, values: Sequence[int]) -> tuple[int, ...]:
    """One value for each group, of what is the same for all of a group."""
    return tuple(values[group[0]] for group in groups)


@collapses(Slice)
def _slice(op: Slice) -> Collapsed:
    shape, strides = op.input.shape, op.resolved_strides
    groups = _apart(len(shape), [a for a in range(len(shape)) if op.sizes[a] != shape[a] or strides[a] != 1])
    small = _shape(groups, shape)
    sizes = tuple(op.sizes[g[0]] if len(g) == 1 else size for g, size in zip(groups, small, strict=True))
    return {"starts": _firsts(groups, op.starts), "sizes": sizes, "strides": _firsts(groups, strides)}, {"input": small}


@collapses(Reverse)
def _reverse(op: Reverse) -> Collapsed:
    groups = _groups([axis in op.resolved_axes for axis in range(op.input.rank)])
    axes = tuple(at for at, group in enumerate(groups) if group[0] in op.resolved_axes)
    return {"axes": axes}, {"input": _shape(groups, op.input.shape)}


@collapses(Tile)
def _tile(op: Tile) -> Collapsed:
    groups = _apart(op.input.rank, [axis for axis, times in enumerate(op.repetitions) if times != 1])
    return {"repetitions": _firsts(groups, op.repetitions)}, {"input": _shape(groups, op.input.shape)}


@collapses(Pad)
def _pad(op: Pad) -> Collapsed:
    before, after = op.beginning_padding, op.ending_padding
    groups = _apart(op.input.rank, [axis for axis in range(op.input.rank) if before[axis] or after[axis]])
    sides = {"beginning_padding": _firsts(groups, before), "ending_padding": _firsts(groups, after)}
    return sides, {"input": _shape(groups, op.input.shape)}


@collapses(Transpose)
def _transpose(op: Transpose) -> Collapsed:
    """Axes that stay one behind the other are one."""
    runs: Groups = []
    for axis in op.resolved_permutation:
        if runs and axis == runs[-1][-1] + 1:
            runs[-1].append(axis)
        else:
            runs.append([axis])
    groups = sorted(runs)
    return {"permutation": tuple(groups.index(run) for run in runs)}, {"input": _shape(groups, op.input.shape)}


@collapses(Expand)
def _expand(op: Expand) -> Collapsed:
    small, large = merged([(1,) * (len(op.new_shape) - op.input.rank) + op.input.shape, op.new_shape])
    return {"new_shape": large}, {"input": small}


@collapses(Concat)
def _concat(op: Concat) -> Collapsed:
    groups = _apart(op.inputs[0].rank, [op.axis])
    return {"axis": _at(groups, op.axis)}, {"inputs": [_shape(groups, x.shape) for x in op.inputs]}


@collapses(Split, Softmax, CumulativeSum, ArgMin, ArgMax)
def _along_an_axis(op: Any) -> Collapsed:
    groups = _apart(op.input.rank, [op.axis])
    return {"axis": _at(groups, op.axis)}, {"input": _shape(groups, op.input.shape)}


@collapses(Triangular)
def _triangular(op: Triangular) -> Collapsed:
    rank = op.input.rank
    return {}, {"input": _shape(_apart(rank, [rank - 2, rank - 1]), op.input.shape)}


def _broadcast(*operands: MLOperand) -> list[Shape]:
    rank = max(x.rank for x in operands)
    return merged([(1,) * (rank - x.rank) + x.shape for x in operands])


@collapses(LogicalAnd, LogicalOr, LogicalXor)
def _logical(op: Any) -> Collapsed:
    return {}, dict(zip(("a", "b"), _broadcast(op.a, op.b), strict=True))


@collapses(Where)
def _where(op: Where) -> Collapsed:
    shapes = _broadcast(op.condition, op.true_value, op.false_value)
    return {}, dict(zip(("condition", "true_value", "false_value"), shapes, strict=True))


@collapses(Prelu)
def _prelu(op: Prelu) -> Collapsed:
    return {}, dict(zip(("input", "slope"), _broadcast(op.input, op.slope), strict=True))


@collapses(Matmul)
def _matmul(op: Matmul) -> Collapsed:
    """The batches, which broadcast."""
    rank = op.output.rank - 2
    a, b = merged([(1,) * (rank - x.rank + 2) + x.shape[:-2] for x in (op.a, op.b)])
    return {}, {"a": (*a, *op.a.shape[-2:]), "b": (*b, *op.b.shape[-2:])}


@collapses(*REDUCTIONS)
def _reduction(op: Any) -> Collapsed:
    axes = op.resolved_axes
    groups = _groups([axis in axes for axis in range(op.input.rank)])
    small = tuple(at for at, group in enumerate(groups) if group[0] in axes)
    return {"axes": small}, {"input": _shape(groups, op.input.shape)}
