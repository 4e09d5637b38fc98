"""Local functions: what a model defines itself, imported where it is called, in the operator sets of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .errors import InvalidModel
from .expansion import bound
from .order import subgraphs

if TYPE_CHECKING:
    from onnx import FunctionProto, ModelProto, NodeProto

    from ..budget import Meter
    from .importer import Importer, Scope

Key = tuple[str, str, str]
"""The domain of a function, its name, and which of several of that name."""


_VAST = 10**18
"""More than this is not counted: the number of digits would grow with the number of functions."""


def key_of(proto: NodeProto) -> Key:
    """The function that a node calls, if there is such a one."""
    return ("" if proto.domain == "ai.onnx" else proto.domain, proto.op_type, proto.overload)


def functions_of(proto: ModelProto, oldest: int, newest: int) -> dict[Key, FunctionProto]:
    """The local functions of a model.

    Raises:
        InvalidModel: one is defined twice, calls itself, or is written in an operator set that is not read.

    Returns:
        The functions, each after those that it calls.
    """
    functions: dict[Key, FunctionProto] = {}
    for function in proto.functions:
        key = ("" if function.domain == "ai.onnx" else function.domain, function.name, function.overload)
        if key in functions:
            raise InvalidModel(f"the local function {function.name!r} is defined twice")
        for entry in function.opset_import:
            if entry.domain in ("", "ai.onnx") and not oldest <= entry.version <= newest:
                raise InvalidModel(
                    f"the local function {function.name!r} uses operator set {entry.version}; from {oldest} to {newest} can be read"
                )
        functions[key] = function
    order = _in_order({key: {key_of(node) for node in _all_nodes(function.node)} for key, function in functions.items()})
    return {key: functions[key] for key in order}


def check_calls(nodes: Iterable[NodeProto], functions: Mapping[Key, FunctionProto], meter: Meter) -> None:
    """Check that the nodes of all functions that some nodes call can be made; graphs inside nodes may never be taken, and do not count.

    Args:
        nodes: the nodes of the model's own graph.
        functions: the local functions, each after those that it calls.
        meter: what the model may ask for.

    Raises:
        BudgetExceeded: there are too many.
    """
    sizes: dict[Key, int] = {}
    for key, function in functions.items():
        sizes[key] = min(sum(2 + sizes.get(key_of(node), 0) for node in function.node), _VAST)
    calls = [(sizes[key], node) for node in nodes if (key := key_of(node)) in sizes]
    if calls:
        _, largest = max(calls, key=lambda call: call[0])
        meter.check(
            "nodes",
            sum(size for size, _ in calls),
            lambda: f"the function {largest.op_type!r}, called by {largest.name or largest.output[0]!r},",
        )


def _in_order(calls: Mapping[Key, set[Key]]) -> list[Key]:
    """Local functions, each after those that it calls; one that calls itself has no end."""
    done: dict[Key, None] = {}
    for start in calls:
        on_path: set[Key] = set()
        stack: list[tuple[Key, bool]] = [(start, False)]
        while stack:
            key, leaves = stack.pop()
            if leaves:
                on_path.discard(key)
                done[key] = None
            elif key in on_path:
                raise InvalidModel(f"the local function {key[1]!r} calls itself")
            elif key not in done and key in calls:
                on_path.add(key)
                stack.append((key, True))
                stack.extend((callee, False) for callee in calls[key])
    return list(done)


def _all_nodes(nodes: object) -> Iterator[NodeProto]:
    for node in nodes:  # type: ignore[attr-defined]
        yield node
        for graph in subgraphs(node):
            yield from _all_nodes(graph.node)


def call(importer: Importer, function: FunctionProto, proto: NodeProto, inputs: list[Any], opsets: Mapping[str, int]) -> list[Any]:
    """Import what a function does with some inputs; inputs that are not given are absent inside it too.

    Args:
        importer: the importer.
        function: the function.
        proto: the node that calls it.
        inputs: the node's inputs.
        opsets: the versions of the domains around it, for those that it does not import itself.

    Returns:
        The values of its outputs.
    """
    if len(inputs) > len(function.input):
        raise InvalidModel(f"node {proto.name!r}: the function {function.name!r} takes {len(function.input)} inputs; got {len(inputs)}")
    attributes = {attribute.name: attribute for attribute in function.attribute_proto}
    attributes |= {attribute.name: attribute for attribute in proto.attribute}
    inner: Scope = dict.fromkeys(function.input)
    inner.update(zip(function.input, inputs, strict=False))
    own = {"" if entry.domain == "ai.onnx" else entry.domain: entry.version for entry in function.opset_import}
    importer.walk([bound(node, attributes) for node in function.node], inner, {**opsets, **own})
    missing = [name for name in function.output if name not in inner]
    if missing:
        raise InvalidModel(f"the local function {function.name!r} does not compute its output {missing[0]!r}")
    return [inner[name] for name in function.output]
