"""WebNN's names for the dictionaries of options and of support limits, which some operators share."""

from __future__ import annotations

from ..operator import Operator
from ..operators import indexing, pooling, reduction
from .facts import members, options

_SHARED_OPTIONS: tuple[tuple[type[Operator], str], ...] = (
    (reduction._ArgMinMax, "ArgMinMax"),
    (reduction._Reduce, "Reduce"),
    (pooling._Pool, "Pool2d"),
    (indexing.GatherElements, "Gather"),
    (indexing.ScatterElements, "Scatter"),
)
"""What the options are called of the operators that derive from a class; the others have the name of their own class."""

_SHARED_LIMITS = {
    ("input", "output"): "SingleInput",
    ("a", "b", "output"): "Binary",
    ("a", "output"): "LogicalNot",
    ("input", "filter", "bias", "output"): "Conv2d",
    ("input", "scale", "bias", "output"): "Normalization",
    ("input", "scale", "zeroPoint", "output"): "QuantizeDequantizeLinear",
    ("input", "indices", "output"): "Gather",
    ("input", "indices", "updates", "output"): "Scatter",
}
"""What the support limits are called of all operators with the same operands; the others have the name of their own class."""


def options_dictionary(operator: type[Operator]) -> str:
    """The name of the dictionary of an operator's options."""
    if not options(operator):
        return "MLOperatorOptions"
    stem = next((name for base, name in _SHARED_OPTIONS if issubclass(operator, base)), operator.__name__)
    return f"ML{stem}Options"


def limited(operator: type[Operator]) -> tuple[str, ...]:
    """The operands and outputs whose limits a context states, by their WebNN names."""
    operands = [member.alias for member in members(operator) if member.limits is not None]
    return (*operands, *operator.output_limits)


def limits_dictionary(operator: type[Operator]) -> str:
    """The name of the dictionary of an operator's support limits."""
    return f"ML{_SHARED_LIMITS.get(limited(operator), operator.__name__)}SupportLimits"
