"""Remove operators that give what they get.

Before::

    v0 = identity(x); v1 = reshape(v0, [the shape of v0]); v2 = mul(v1, 1); y = cast(cast(v2, float32), float16)

After, where x is float16::

    y = identity(x)
"""

from __future__ import annotations

from typing import Any

from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..operators.activation import Linear
from ..operators.elementwise import Cast, Div, Identity, Mul
from ..operators.movement import Concat, Expand, Pad, Reshape, Reverse, Slice, Split, Tile, Transpose
from ..types import DataType
from .rewriting import made_by, number, rewritten

_WIDER = {
    (DataType.FLOAT16, DataType.FLOAT32),
    (DataType.INT8, DataType.INT32),
    (DataType.INT8, DataType.INT64),
    (DataType.UINT8, DataType.INT32),
    (DataType.UINT8, DataType.UINT32),
    (DataType.UINT8, DataType.INT64),
    (DataType.UINT8, DataType.UINT64),
    (DataType.INT32, DataType.INT64),
    (DataType.UINT32, DataType.INT64),
    (DataType.UINT32, DataType.UINT64),
    (DataType.INT8, DataType.FLOAT16),
    (DataType.INT8, DataType.FLOAT32),
    (DataType.UINT8, DataType.FLOAT16),
    (DataType.UINT8, DataType.FLOAT32),
}
"""Pairs of types the second of which holds every value of the first."""


def remove_identities(graph: Graph) -> Graph:
    """Remove operators that give what they get, bit for bit."""
    return rewritten(graph, _rule)


_KINDS = (Mul, Div, Concat, Identity, Reshape, Expand, Transpose, Cast, Pad, Tile, Slice, Split, Reverse, Linear)


def _rule(rewriter: Rewriter, operator: Operator) -> tuple[MLOperand, ...] | None:
    if not isinstance(operator, _KINDS):
        return None
    same = _same(rewriter.arguments(operator), operator)
    return None if same is None else (same,)


def _same(arguments: dict[str, Any], operator: Operator) -> MLOperand | None:
    """The operand that an operator gives unchanged, or None."""
    if isinstance(operator, (Mul, Div)):
        return _times_one(arguments, operator)
    if isinstance(operator, Concat):
        return arguments["inputs"][0] if len(arguments["inputs"]) == 1 else None
    x: MLOperand = arguments["input"]
    if isinstance(operator, Cast):
        return _cast(x, operator)
    if isinstance(operator, Split):
        return x if len(operator.parts) == 1 else None
    if isinstance(operator, Reverse):
        return x if all(x.shape[axis] == 1 for axis in operator.resolved_axes) else None
    if isinstance(operator, Transpose):
        return x if operator.resolved_permutation == tuple(range(x.rank)) else None
    if isinstance(operator, Linear):
        return x if operator.alpha == 1 and operator.beta == 0 and x.is_constant else None
    return x if operator.output.shape == x.shape else None


def _times_one(arguments: dict[str, Any], operator: Mul | Div) -> MLOperand | None:
    a, b = arguments["a"], arguments["b"]
    if number(b) == 1 and a.shape == operator.output.shape:
        return a  # type: ignore[no-any-return]
    if isinstance(operator, Mul) and number(a) == 1 and b.shape == operator.output.shape:
        return b  # type: ignore[no-any-return]
    return None


def _cast(x: MLOperand, operator: Cast) -> MLOperand | None:
    """To the type that it has; or back to the type that it had before it was cast to a wider one."""
    if x.data_type is operator.data_type:
        return x
    before = made_by(x, Cast)
    if before is not None and before.input.data_type is operator.data_type and (operator.data_type, x.data_type) in _WIDER:
        return before.input
    return None
