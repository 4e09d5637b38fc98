"""What each of ONNX's operator sets has: whether a node is valid in one, and from which on it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import onnx
from onnx import NodeProto, TensorProto, defs

OPSET = 21
"""The operator set that models are written in, if no other is asked for."""
OLDEST_OPSET, NEWEST_OPSET = 13, onnx.defs.onnx_opset_version()
"""Those that may be asked for."""


@cache
def _schema(kind: str, opset: int) -> Any:
    try:
        return defs.get_schema(kind, opset, "")
    except defs.SchemaError:
        return None


def _formal(formals: Any, index: int) -> Any:
    """What a schema says of an input or output; the last one may stand for any number."""
    return formals[min(index, len(formals) - 1)]


def spelled(element: int) -> str:
    """A tensor's type as schemas write it."""
    return f"tensor({TensorProto.DataType.Name(element).lower()})"


def fault(node: NodeProto, types: Mapping[str, int], opset: int) -> str:
    """Why a node is not valid in an operator set, or ''.

    Args:
        node: the node.
        types: the element types of its inputs, by name.
        opset: the version of ONNX's operator set.
    """
    schema = _schema(node.op_type, opset)
    if schema is None:
        return f"ONNX has no {node.op_type} in operator set {opset}"
    for attribute in node.attribute:
        if attribute.name not in schema.attributes:
            return f"ONNX's {node.op_type} has no {attribute.name} in operator set {opset}"
    if len(node.input) > schema.max_input:
        return f"ONNX's {node.op_type} has {schema.max_input} inputs in operator set {opset}, not {len(node.input)}"
    for index, name in enumerate(node.input):
        formal = _formal(schema.inputs, index)
        if name and spelled(types[name]) not in formal.types:
            return f"ONNX's {node.op_type} takes no {spelled(types[name])} as {formal.name} in operator set {opset}"
    return ""


def needed(node: NodeProto, types: Mapping[str, int], opset: int) -> str:
    """The same, with the operator set in which the node is valid, if a later one is."""
    reason = fault(node, types, opset)
    if not reason:
        return ""
    later = next((n for n in range(opset + 1, NEWEST_OPSET + 1) if not fault(node, types, n)), None)
    return f"{reason}; it needs operator set {later}" if later else reason


def output_types(node: NodeProto, types: Mapping[str, int], opset: int) -> list[int]:
    """The element types of the outputs of a valid node, as its schema and attributes give them."""
    schema = _schema(node.op_type, opset)
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    found = []
    for index in range(len(node.output)):
        formal = _formal(schema.outputs, index)
        like = next(
            (types[name] for i, name in enumerate(node.input) if name and _formal(schema.inputs, i).type_str == formal.type_str), None
        )
        if node.op_type == "Cast":
            found.append(int(attributes["to"]))
        elif like is not None:
            found.append(like)
        else:
            [only] = formal.types
            found.append(int(TensorProto.DataType.Value(only[len("tensor(") : -1].upper())))
    return found
