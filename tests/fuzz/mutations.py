"""What is done to files: to their bytes, to JSON, and to protobuf messages, so that the rest of them still fits."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from random import Random
from typing import Any

HOSTILE: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 2**31 - 1, 2**31, 2**32, 2**53 + 1, -(2**63), 10**40, 0.5, -0.0, 1e308, float("nan"), float("inf"),
    "", "x", "c0", "v0", "NaN", "-Infinity", "float32", "int4", "complex64", "\x00", "\ud800", "conv2d", "__proto__", "é", "1" * 5000,
    "../x", "/etc/passwd", "\x1b[31m", "\u202e", [], [[]], [0], [2**32], [1] * 9, [2**31 - 1, 2**31 - 1], ["x"], [None], {}, {"x": {}},
    {"dataType": "float32", "shape": [1]},
)  # fmt: skip
"""Values that stand in a place where another was expected."""

NUMBERS = (0, 1, -1, 2, 3, 7, 8, 63, 64, 255, 2**15, 2**16, 2**31 - 1, -(2**31), 2**31, 2**32 - 1, 2**32, 2**62, -(2**63), 2**63 - 1)


def mutated(rng: Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Some bytes changed, cut out, put in, copied, or taken from another file; or the end cut off."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        if not out:
            break
        at, length = rng.randrange(len(out)), rng.choice((1, 1, 2, 4, 8, 64))
        kind = rng.randrange(9)
        if kind == 0:
            out[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif kind == 1:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del out[at : at + length]
        elif kind == 3:
            out[at:at] = rng.randbytes(length)
        elif kind == 4:
            start = rng.randrange(len(out))
            out[at : at + length] = out[start : start + length]
        elif kind == 5:
            number = rng.choice(NUMBERS) & (2 ** (8 * min(length, 8)) - 1)
            out[at : at + min(length, 8)] = number.to_bytes(min(length, 8), rng.choice(("little", "big")))
        elif kind == 6 and others:
            other = rng.choice(others)
            start = rng.randrange(len(other)) if other else 0
            out[at : at + length] = other[start : start + length * rng.choice((1, 8, 64))]
        elif kind == 7:
            del out[at:]
        else:
            out += rng.randbytes(length)
    return bytes(out)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a document."""
    found = [path]
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(item, (*path, key))
    return found


def changed_json(rng: Random, document: Any) -> Any:
    """A document with some values replaced, left out, doubled, swapped, or nested in themselves."""
    document = copy.deepcopy(document)
    for _ in range(rng.choice((1, 1, 2, 3))):
        ways = [path for path in places(document) if path]
        if not ways:
            return rng.choice(HOSTILE)
        container, key = _reached(document, rng.choice(ways))
        kind = rng.randrange(8)
        if kind == 0:
            del container[key]
        elif kind == 1:
            container[key] = copy.deepcopy(container)
        elif kind == 2:
            other, there = _reached(document, rng.choice(ways))
            container[key] = copy.deepcopy(other[there])
        elif kind == 3 and isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        elif kind == 4 and isinstance(container[key], (int, float)):
            container[key] = rng.choice((container[key] + 1, container[key] - 1, -container[key], *NUMBERS))
        elif kind == 5 and isinstance(container, dict):
            container[rng.choice(("x", "", "shape", "operator", "__proto__", str(key).upper()))] = container.pop(key)
        else:
            container[key] = copy.deepcopy(rng.choice(HOSTILE))
    return document


def _reached(document: Any, path: tuple[Any, ...]) -> tuple[Any, Any]:
    for key in path[:-1]:
        document = document[key]
    return document, path[-1]


def json_bytes(value: Any) -> bytes:
    """A document as bytes, whatever it holds."""
    try:
        return json.dumps(value).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return b"{"


def changed_message(rng: Random, message: Any) -> None:
    """Change a protobuf message: fields of it, or of messages in it, set, emptied, doubled, or put in another order."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        inside = _messages(message)
        target = rng.choice(inside)
        fields = [field for field, _ in target.ListFields()] or list(target.DESCRIPTOR.fields)
        field = rng.choice(fields if rng.random() < 0.8 else list(target.DESCRIPTOR.fields))
        try:
            _change_field(rng, target, field, inside)
        except (TypeError, ValueError, AttributeError, KeyError):
            continue  # maps and the like, which are changed by their entries


def _messages(message: Any, depth: int = 0) -> list[Any]:
    found = [message]
    for field, value in message.ListFields() if depth < 30 else ():
        if field.message_type is None:
            continue
        several = value.values() if hasattr(value, "values") and callable(value.values) and hasattr(value, "keys") else value
        for item in several if hasattr(several, "__iter__") else (value,):
            if hasattr(item, "ListFields"):
                found += _messages(item, depth + 1)
    return found


def _change_field(rng: Random, target: Any, field: Any, others: Sequence[Any]) -> None:
    value = getattr(target, field.name)
    if not hasattr(value, "__len__") or isinstance(value, (str, bytes)):
        if field.message_type is not None:
            alike = [other for other in others if other.DESCRIPTOR is field.message_type]
            if rng.random() < 0.4 or not alike:
                target.ClearField(field.name)
            else:
                value.CopyFrom(copy.deepcopy(rng.choice(alike)))
        elif rng.random() < 0.15:
            target.ClearField(field.name)
        else:
            setattr(target, field.name, _scalar(rng, field, value, others))
        return
    kind = rng.randrange(5)
    if kind == 0 and len(value):
        del value[rng.randrange(len(value))]
    elif kind == 1 and len(value):
        item = rng.choice(list(value))
        if field.message_type is None:
            value.append(item)
        else:
            value.add().CopyFrom(copy.deepcopy(item))
    elif kind == 2 and len(value) > 1:
        items = [copy.deepcopy(item) for item in value]
        rng.shuffle(items)
        del value[:]
        value.extend(items)
    elif field.message_type is not None:
        value.add()
    elif len(value) and kind == 3:
        value[rng.randrange(len(value))] = _scalar(rng, field, value[0], others)
    else:
        value.append(_scalar(rng, field, 0, others))


def _scalar(rng: Random, field: Any, value: Any, others: Sequence[Any]) -> Any:
    kind = field.cpp_type
    if kind == field.CPPTYPE_STRING:
        same = [getattr(other, field.name) for other in others if field.name in other.DESCRIPTOR.fields_by_name]
        texts: list[Any] = [text for text in same if isinstance(text, type(value))] if isinstance(value, (str, bytes)) else []
        if field.type == field.TYPE_BYTES:
            return mutated(rng, value) if isinstance(value, bytes) and value else rng.randbytes(rng.choice((0, 1, 8, 100)))
        return rng.choice([*texts[:50], "", "x", "y", "\0", "../x", "\x1b[31m", "n" * 1000, "CoreML9"])
    if kind in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
        return rng.choice((0.0, -1.0, 1e30, float("nan"), float("inf")))
    if kind == field.CPPTYPE_BOOL:
        return rng.random() < 0.5
    if kind == field.CPPTYPE_ENUM:
        return rng.choice([entry.number for entry in field.enum_type.values])
    near = value if isinstance(value, int) else 0
    number = rng.choice((near + 1, near - 1, -near, *NUMBERS))
    bits = 32 if kind in (field.CPPTYPE_INT32, field.CPPTYPE_UINT32) else 64
    low = 0 if kind in (field.CPPTYPE_UINT32, field.CPPTYPE_UINT64) else -(2 ** (bits - 1))
    return low + (number - low) % 2**bits
