"""What is likely to keep a graph off the Neural Engine, and what to change: rules from what is published about it.

A forecast, never a measurement: Core ML decides by chip, system and cost. On macOS a program's ``explain()`` tells what
it decided, from MLComputePlan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from webnpu.errors import MLTypeError, Unsupported
from webnpu.graph import Graph
from webnpu.operator import Operator

from .lowering import Lowered, lower
from .options import Options

TYPED_EXECUTION = "https://apple.github.io/coremltools/docs-guides/source/typed-execution.html"
TRANSFORMERS = "https://machinelearning.apple.com/research/neural-engine-transformers"
UNSUPPORTED_LAYERS = "https://github.com/hollance/neural-engine/blob/master/docs/unsupported-layers.md"
CAPABILITIES = "https://ane-guide.readthedocs.io/en/latest/part-1-machine/04-capability-surface.html"
CHROMIUM = "https://chromium.googlesource.com/chromium/src/+/main/services/webnn/coreml/graph_builder_coreml.cc"


@dataclass(frozen=True)
class Finding:
    """One reason why an operator may not run on the Neural Engine.

    Attributes:
        rule: the rule's name.
        operator: the WebNN operator; '' where the whole graph is meant.
        label: the caller's label.
        reason: what stands in the way, in words.
        advice: what to change.
        source: where the rule is published.
        apple: whether Apple published it; else it was found by others, by experiment.
    """

    rule: str
    operator: str
    label: str
    reason: str
    advice: str
    source: str
    apple: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: whether it finds fault with one operator and the MIL operations that it became."""

    name: str
    finds: Callable[[Operator, tuple[str, ...]], str]
    """The fault in words, or ''."""
    advice: str
    source: str
    apple: bool = False


_RECURRENT = {"lstm", "gru", "rnn"}
_SCATTER = {"scatter", "scatter_nd", "scatter_along_axis"}
_MOVES = {"reshape", "transpose"}


def _is_float32(op: Operator, operations: tuple[str, ...]) -> str:
    return "it computes in float32, which the Neural Engine does not" if op.output.data_type == "float32" and operations else ""


def _is_integer(op: Operator, operations: tuple[str, ...]) -> str:
    arithmetic = {"add", "sub", "mul", "floor_div", "maximum", "minimum", "reduce_sum", "cumsum"} & set(operations)
    data_type = op.output.data_type
    return f"it computes with {data_type} held as int32 ({', '.join(sorted(arithmetic))})" if not data_type.is_float and arithmetic else ""


def _uses(kinds: set[str], words: str) -> Callable[[Operator, tuple[str, ...]], str]:
    def find(op: Operator, operations: tuple[str, ...]) -> str:
        used = sorted(kinds & set(operations))
        return f"it becomes {', '.join(used)}: {words}" if used else ""

    return find


def _rank_five(op: Operator, operations: tuple[str, ...]) -> str:
    ranks = [operand.rank for _, operand in op.operands()] + [operand.rank for operand in op.outputs]
    return f"a tensor of rank {max(ranks)}" if operations and max(ranks) >= 5 else ""


def _narrow_last_axis(op: Operator, operations: tuple[str, ...]) -> str:
    shape = op.output.shape
    narrow = len(shape) == 4 and shape[-1] < 32 and shape[1] > 32 * shape[-1] and shape[-2] > shape[-1]
    return f"the last dimension of {list(shape)} is padded to 64 bytes in memory" if operations and narrow else ""


def _layout_change(op: Operator, operations: tuple[str, ...]) -> str:
    moved = [kind for kind in operations if kind == "transpose"]
    return f"{len(moved)} transposes are written around it, since MIL is nchw" if moved and op.name != "transpose" else ""


def _linear_by_matmul(op: Operator, operations: tuple[str, ...]) -> str:
    if op.name not in ("matmul", "gemm"):
        return ""
    weights = getattr(op, "b", None)
    return "a linear layer as a matrix product with constant weights" if weights is not None and weights.value is not None else ""


RULES = (
    Rule(
        "float16",
        _is_float32,
        "write the package with precision float16, or cast the graph to float16",
        TYPED_EXECUTION,
        apple=True,
    ),
    Rule("integers", _is_integer, "keep integers to indices and masks, and compute in float16", CAPABILITIES),
    Rule(
        "recurrent",
        _uses(_RECURRENT, "recurrent layers run elsewhere"),
        "use convolutions over time or attention, or accept that these layers run on the CPU",
        UNSUPPORTED_LAYERS,
    ),
    Rule("scatter", _uses(_SCATTER, "there is no hardware for it"), "select by a mask instead, or move it out of the model", CAPABILITIES),
    Rule(
        "gather",
        _uses({"gather", "gather_along_axis", "gather_nd"}, "it often runs on the CPU"),
        "move look-ups to the model's start",
        UNSUPPORTED_LAYERS,
    ),
    Rule("product", _uses({"reduce_prod"}, "there is no hardware for it"), "multiply slices, or sum logarithms", CAPABILITIES),
    Rule("rank", _rank_five, "keep tensors at four dimensions, best as (batch, channels, 1, sequence)", TRANSFORMERS, apple=True),
    Rule(
        "last-axis",
        _narrow_last_axis,
        "bring the longest dimension last; short ones belong to the channels",
        TRANSFORMERS,
        apple=True,
    ),
    Rule("layout", _layout_change, "build the graph in nchw, with filters oihw", TRANSFORMERS, apple=True),
    Rule(
        "linear",
        _linear_by_matmul,
        "write linear layers as conv2d with a 1x1 filter on (batch, channels, 1, sequence)",
        TRANSFORMERS,
        apple=True,
    ),
)
"""The rules, in the order in which they are reported."""


def check(graph: Graph, options: Options, target: str = "ane") -> list[Finding]:
    """What is likely to keep operators off the Neural Engine.

    Args:
        graph: the graph.
        options: how its package would be written.
        target: ``ane``.
    """
    if target != "ane":
        raise MLTypeError(f"coreml: the target of a check must be ane; got {target!r}")
    try:
        lowered = lower(graph, options)
    except Unsupported as error:
        op = error.operator
        return [Finding("refused", op.name, op.label, error.reason, "replace the operator, or its data type", CHROMIUM, apple=False)]
    return list(_findings(lowered, options))


def _findings(lowered: Lowered, options: Options) -> Iterator[Finding]:
    if options.compute_units in ("cpu-only", "cpu-and-gpu"):
        yield Finding(
            "compute-units",
            "",
            "",
            f"the compute units are {options.compute_units}",
            "allow all, or cpu-and-neural-engine",
            TYPED_EXECUTION,
            apple=True,
        )
    kinds = [(op, tuple(operation.type for operation in operations)) for op, operations in lowered.operators]
    moves = sum(kind in _MOVES for _, operations in kinds for kind in operations)
    total = sum(len(operations) for _, operations in kinds)
    if total >= 10 and moves * 4 > total:
        yield Finding(
            "memory-copies",
            "",
            "",
            f"{moves} of {total} operations are reshapes and transposes",
            "keep one layout throughout",
            TRANSFORMERS,
            apple=True,
        )
    for op, operations in kinds:
        yield from _of_operator(op, operations, options)


def _of_operator(op: Operator, operations: tuple[str, ...], options: Options) -> Iterator[Finding]:
    for rule in RULES:
        if rule.name == "float16" and options.precision == "float16":
            continue
        if reason := rule.finds(op, operations):
            yield Finding(rule.name, op.name, op.label, reason, rule.advice, rule.source, rule.apple)
