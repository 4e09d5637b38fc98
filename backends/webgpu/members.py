"""What an exported plan consists of: every member, and what each may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod
from typing import Any

from webnpu.types import MAX_DIMENSION, MAX_RANK, MAX_TENSOR_BYTES, DataType

from .checks import MISSING, Check, fail, list_of, natural, one_of, quoted, record_of, shaped_as, shown, text
from .formats import FORMATS
from .kernel import library, names

FORMAT = 2
"""The version of the file format."""
MOST_STEPS, MOST_SLOTS = 2**17, 2**12
"""Dispatches, and buffers of the arena."""
_LONGEST_CHAIN = 40
_ROUNDINGS = ("", "half", "wrap_int8", "wrap_uint8")
_TYPES = ("f32", "i32", "u32", "vec2<u32>", "vec2<f32>", "Product")
_NAME, _CONSTANT = re.compile("[a-z][a-z0-9_]{0,9}"), re.compile("[A-Z][A-Z0-9_]{0,31}")
_ARGUMENT = re.compile(
    r"(v[0-9]{0,2})|(x[0-9]{1,2})|number\(0x[0-9a-f]{1,8}u\)|[0-9]{1,10}u|bitcast<i32>\([0-9]{1,10}u\)"
    r"|vec2<u32>\([0-9]{1,10}u, [0-9]{1,10}u\)"
)

U32 = 2**32 - 1
_LONGEST_BUFFER = 2**35


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _is_constant(name: str) -> bool:
    return _CONSTANT.fullmatch(name) is not None


def _one_or_more(one: Check, more: Check) -> Check:
    return lambda value, at: (more if isinstance(value, list) else one)(value, at)


def _argument(value: Any, at: str) -> None:
    if not isinstance(value, str) or _ARGUMENT.fullmatch(value) is None:
        fail(at, "v, x or a number", shown(value))


def _function(value: Any, at: str) -> None:
    if not isinstance(value, str) or (value != "" and value not in library()):
        fail(at, "a function of the library", shown(value))


_DATA_TYPE = one_of([str(data_type) for data_type in DataType], "a data type")
_BUFFER = shaped_as(
    {
        "role": one_of(("input", "output", "constant", "temporary"), "a role"),
        "data_type": _DATA_TYPE,
        "size": natural(U32, 1),
        "byte_length": natural(_LONGEST_BUFFER, 4, 4),
        "name": text,
        "slot": natural(MOST_SLOTS - 1, -1),
    }
)
_BINDING = shaped_as(
    {
        "buffer": natural(U32),
        "format": one_of(tuple(FORMATS), "a format"),
        "pieces": list_of(natural(U32), 64),
        "vectors": one_of((True, False), "true or false"),
    }
)
_VIEW = shaped_as(
    {
        "sizes": list_of(natural(U32, 1), 16),
        "strides": list_of(natural(U32, -U32), 16),
        "offset": natural(U32),
    }
)
_OPERATION = shaped_as(
    {"function": _function, "arguments": list_of(_argument, 8), "rounding": one_of(_ROUNDINGS, "a rounding")},
)
_STEP = shaped_as(
    {
        "kernel": one_of((*names(), "copy", "clear"), "the name of a kernel"),
        "bindings": record_of(_BINDING, 64, _is_name),
        "constants": record_of(_one_or_more(natural(U32), list_of(natural(U32), 16, 1)), 64, _is_constant),
        "aliases": record_of(one_of(_TYPES, "a type"), 8, _is_constant),
        "views": record_of(_VIEW, 64, _is_name),
        "hooks": record_of(text, 16, _is_name),
        "chain": list_of(_OPERATION, _LONGEST_CHAIN),
        "workgroups": list_of(natural(65535, 1), 3, 3),
        "operators": list_of(natural(U32), MOST_STEPS),
    }
)
_LIMITS = shaped_as(
    {
        "storage_buffers": natural(64, 1),
        "binding_bytes": natural(_LONGEST_BUFFER, 2**16, 2**16),
        "workgroups": natural(65535, 1),
        "workgroup_memory": one_of((True, False), "true or false"),
        "work": natural(2**31, 1),
    }
)
_PLAN = shaped_as(
    {
        "limits": _LIMITS,
        "buffers": list_of(_BUFFER, 2**20),
        "slots": list_of(natural(_LONGEST_BUFFER, 4, 4), MOST_SLOTS),
        "steps": list_of(_STEP, MOST_STEPS),
        "operators": list_of(list_of(text, 2, 2), 2**20),
    }
)
_DESCRIPTOR = shaped_as({"dataType": _DATA_TYPE, "shape": list_of(natural(MAX_DIMENSION, 1), MAX_RANK)})


def check_members(exported: Mapping[str, Any]) -> None:
    """Raise a GraphFileError if a member is missing, is none of a plan's, or not what it should be."""
    version = exported.get("version", MISSING)
    if version != FORMAT:
        fail("version", str(FORMAT), shown(version))
    for role in ("inputs", "outputs"):
        _check_operands(exported.get(role, MISSING), role)
    _PLAN(exported.get("plan", MISSING), "plan")
    for name in exported:
        if name not in ("version", "inputs", "outputs", "plan"):
            fail("the file", f"no member {quoted(name)}", "one")


def _check_operands(operands: Any, role: str) -> None:
    if not isinstance(operands, dict):
        fail(role, "an object", shown(operands))
    for name, descriptor in operands.items():
        at = f"{role}[{quoted(name)}]"
        text(name, role)
        _DESCRIPTOR(descriptor, at)
        size = prod(descriptor["shape"])
        if size > MAX_DIMENSION or size * DataType(descriptor["dataType"]).bits > 8 * MAX_TENSOR_BYTES:
            fail(at, f"at most {MAX_DIMENSION} elements in {MAX_TENSOR_BYTES} bytes", "more")
