"""Fold a batch normalisation into the convolution before it.

Before::

    v0 = conv2d(x, filter, bias=b); y = batchNormalization(v0, mean, variance, scale=s, bias=t)

After, with ``k = s / sqrt(variance + epsilon)`` for each output channel::

    y = conv2d(x, filter * k, bias=(b - mean) * k + t)
"""

from __future__ import annotations

import numpy as np

from ..emulation import Rewriter
from ..graph import Graph
from ..operator import MLOperand, Operator
from ..operators.convolution import Conv2d
from ..operators.normalization import BatchNormalization
from ..types import Array
from .rewriting import rewritten


def fold_batch_normalization(graph: Graph) -> Graph:
    """Fold batch normalisations into convolutions whose output nothing else needs, where all parameters are known.

    The new filter and bias are computed in float64 and rounded once.
    """
    uses, kept = graph.uses(), set(graph.outputs.values())

    def rule(rewriter: Rewriter, operator: Operator) -> tuple[MLOperand, ...] | None:
        if not isinstance(operator, BatchNormalization):
            return None
        x = operator.input
        conv = x.operator
        if not isinstance(conv, Conv2d) or len(uses[x]) != 1 or x in kept or operator.axis != conv.input_layout.index("c"):
            return None
        parameters = (conv.filter, conv.bias, operator.mean, operator.variance, operator.scale, operator.bias)
        if any(parameter is not None and not parameter.is_constant for parameter in parameters):
            return None
        filter, bias = _folded(conv, operator)
        b, data_type = rewriter.builder, conv.filter.data_type.numpy
        arguments = rewriter.arguments(conv)
        arguments["filter"], arguments["bias"] = b.constant(filter.astype(data_type)), b.constant(bias.astype(data_type))
        return b.apply(Conv2d, {**arguments, "label": conv.label or operator.label})

    return rewritten(graph, rule)


def _folded(conv: Conv2d, norm: BatchNormalization) -> tuple[Array, Array]:
    """The filter and the bias that do both."""
    channels = conv.kernel[0]
    bias = _wide(conv.bias, np.zeros(channels))
    factor = _wide(norm.scale, np.ones(channels)) / np.sqrt(_wide(norm.variance, np.ones(channels)) + norm.resolved_epsilon)
    along = [channels if axis == "o" else 1 for axis in conv.filter_layout]
    filter = _wide(conv.filter, np.ones(1)) * factor.reshape(along)
    return filter, (bias - _wide(norm.mean, np.zeros(channels))) * factor + _wide(norm.bias, np.zeros(channels))


def _wide(operand: MLOperand | None, absent: Array) -> Array:
    return absent if operand is None or operand.value is None else operand.value.astype(np.float64)
