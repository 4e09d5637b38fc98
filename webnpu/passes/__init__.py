"""Passes: graph to graph, the same results with less work. `optimize` runs them in order.

A pass changes nothing but how outputs are computed: inputs and outputs keep their names, types and shapes. Passes that only
drop or move work keep every bit; those that join operators into one keep to the bound of that one operator.
"""

from __future__ import annotations

from collections.abc import Callable

from ..budget import Budget, Meter
from ..graph import Graph, as_graph
from .batch_normalization import fold_batch_normalization
from .common import merge_common
from .constants import fold_constants
from .gelu import recognize_gelu
from .hard_swish import recognize_hard_swish
from .identities import remove_identities
from .layer_normalization import recognize_layer_normalization
from .movement import merge_movement
from .softmax import recognize_softmax

__all__ = [
    "PASSES",
    "fold_batch_normalization",
    "fold_constants",
    "merge_common",
    "merge_movement",
    "optimize",
    "recognize_gelu",
    "recognize_hard_swish",
    "recognize_layer_normalization",
    "recognize_softmax",
    "remove_identities",
]

Pass = Callable[[Graph], Graph]

PASSES: tuple[Pass, ...] = (
    # First what is in the way: an identity or a constant that is still computed hides a pattern.
    remove_identities,
    fold_constants,
    # Two computations of one value are one before patterns are looked for, which ask whether operands are the same.
    merge_common,
    # Smaller patterns before those that could hold them.
    recognize_hard_swish,
    recognize_gelu,
    recognize_softmax,
    recognize_layer_normalization,
    # Once constants are folded, so that scale and variance are known.
    fold_batch_normalization,
    # Last, since the passes above leave reshapes and transposes side by side; and what merges may be an identity, or common.
    merge_movement,
    remove_identities,
    merge_common,
)
"""All passes, in the order in which `optimize` runs them. Dead code goes with each: a graph holds only what its outputs need."""


def optimize(graph: Graph, *, budget: Budget | None = None) -> Graph:
    """The same graph with less work.

    Args:
        graph: a graph.
        budget: how much may be computed here of what does not depend on inputs; what is beyond stays in the graph.
    """
    as_graph("optimize", graph)
    with (Meter(budget, "optimize").budget).applied():
        for step in PASSES:
            graph = step(graph)
    return graph
