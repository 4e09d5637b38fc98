"""The function bodies that ONNX itself gives for many of its operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onnx import AttributeProto, FunctionProto, NodeProto, TypeProto, defs, helper

from .registry import Node
from .values import Value


@dataclass(frozen=True)
class Body:
    """The body of a function, its attributes filled in."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: tuple[NodeProto, ...]
    opsets: Mapping[str, int]


def expansion(node: Node, domain: str, *, probe: bool = False) -> Body | None:
    """The function body of an operator, or None if ONNX gives none.

    Args:
        node: the node.
        domain: its domain.
        probe: only whether there is one; the body's attributes are then of no use.
    """
    try:
        schema: Any = defs.get_schema(node.operator, node.opset, domain)
    except (defs.SchemaError, TypeError):  # the latter where the version is no number that it could be
        return None
    if probe:
        return Body((), (), (), {}) if schema.has_function or schema.has_context_dependent_function else None
    function = _function(schema, node)
    if function is None:
        return None
    given = {attribute.name: attribute for attribute in node.proto.attribute}
    for name, attribute in schema.attributes.items():
        if name not in given and attribute.default_value.name:
            given[name] = attribute.default_value
    nodes = tuple(bound(inner, given) for inner in function.node)
    opsets = {entry.domain: entry.version for entry in function.opset_import} or {domain: node.opset}
    return Body(tuple(function.input), tuple(function.output), nodes, opsets)


def _function(schema: Any, node: Node) -> FunctionProto | None:
    tensors = all(value is None or isinstance(value, Value) for value in node.inputs)
    if schema.has_context_dependent_function and tensors:  # onnx's own code takes every input for a tensor
        versions = [version for version in schema.context_dependent_function_opset_versions if version <= node.opset]
        types = [_type(value).SerializeToString() for value in node.inputs]
        for version in sorted(versions, reverse=True):
            body = schema.get_context_dependent_function_with_opset_version(version, node.proto.SerializeToString(), types)
            if body:
                return _parsed(body)
    if schema.has_function:
        versions = [version for version in schema.function_opset_versions if version <= node.opset]
        if versions:
            return _parsed(schema.get_function_with_opset_version(max(versions)))
    return None


def _parsed(body: bytes) -> FunctionProto:
    function = FunctionProto()
    function.ParseFromString(body)
    return function


def _type(value: Any) -> TypeProto:
    if isinstance(value, Value):
        return helper.make_tensor_type_proto(value.element, value.shape)
    return TypeProto()


def bound(proto: NodeProto, given: Mapping[str, AttributeProto]) -> NodeProto:
    """A node of a body, with references to the function's attributes replaced by what was given."""
    made = NodeProto()
    made.CopyFrom(proto)
    del made.attribute[:]
    for attribute in proto.attribute:
        if not attribute.ref_attr_name:
            copied = made.attribute.add()
            copied.CopyFrom(attribute)
            for graph in [copied.g] if copied.type == AttributeProto.GRAPH else copied.graphs:
                inner = [bound(node, given) for node in graph.node]
                del graph.node[:]
                graph.node.extend(inner)
        elif attribute.ref_attr_name in given:
            copied = made.attribute.add()
            copied.CopyFrom(given[attribute.ref_attr_name])
            copied.name = attribute.name
    return made
