"""The text that the host puts before a kernel: types, constants, bindings, hooks, and what of the library they call.

`shader` needs a step and the plan that it stands in, and no device.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import views
from .cost import WORKGROUP
from .formats import FORMATS, four_hook, load_hook, quad_hook, store_hook, write_hook
from .kernel import Head, kernel, linked
from .plan import Binding, Operation, Plan, Step


def shader(plan: Plan, step: Step, half_floats: bool = False) -> str:
    """The whole text of a step's shader.

    Args:
        plan: the plan that it stands in.
        step: the step.
        half_floats: whether the device has the feature shader-f16, and so reads vectors of float16 itself.
    """
    chosen = kernel(step.kernel)
    parts = [*_constants(plan, step), *_aliases(step, chosen.head)]
    number = 0
    for name, binding in step.bindings.items():
        access = "vectors" if binding.vectors else chosen.head.bindings.get(name, "in")
        parts += _binding(plan, name, binding, access, number, half_floats)
        number += len(pieces_of(plan, binding))
    parts += [views.wgsl(name, view) for name, view in step.views.items()]
    parts += [f"fn {chosen.head.hooks.get(name, _reader(name))} {{ return {body}; }}" for name, body in step.hooks.items()]
    if chosen.head.chain:
        parts.append(_chain(step))
    parts.append(f"fn first_group() -> u32 {{ return {_first_group(step)}; }}")
    text = "\n".join([*parts, chosen.text])
    enabled = ["enable f16;"] if "vec4<f16>" in text else []
    return "\n".join([*enabled, "var<private> opaque: u32;", linked(text, not plan.limits.workgroup_memory), text])


def _reader(name: str) -> str:
    """The signature of a hook that no head asks for: it reads four numbers of a binding that is stored otherwise."""
    return f"{name}(i: u32) -> vec4<f32>"


def _first_group(step: Step) -> str:
    """The workgroup at which a part of the work begins: in a buffer, so that all parts have one text, if one more could be bound."""
    return "first_load(0u)" if "first" in step.bindings else "FIRST" if "FIRST" in step.constants else "0u"


def pieces_of(plan: Plan, binding: Binding) -> tuple[int, ...]:
    """Which pieces of its buffer a binding binds."""
    return binding.pieces or tuple(range(len(plan.pieces(plan.buffers[binding.buffer]))))


def _constants(plan: Plan, step: Step) -> Iterator[str]:
    constants: dict[str, int | tuple[int, ...]] = {"WORKGROUP": WORKGROUP, **step.constants}
    for name, binding in step.bindings.items():
        constants.setdefault(f"{name.upper()}_SIZE", plan.buffers[binding.buffer].size)
    for name, value in constants.items():
        if isinstance(value, tuple):
            items = ", ".join(f"{item}u" for item in value)
            yield f"const {name} = array<u32, {len(value)}>({items});"
        else:
            yield f"const {name} = {value}u;"


def _aliases(step: Step, head: Head) -> Iterator[str]:
    for name, binding in step.bindings.items():
        if head.bindings.get(name) not in ("state", "atomic"):
            yield f"alias {name.upper()} = {FORMATS[binding.format].value};"
    for name, type_ in step.aliases.items():
        yield f"alias {name} = {type_};"


def _binding(plan: Plan, name: str, binding: Binding, access: str, number: int, half_floats: bool) -> Iterator[str]:
    """The variables of a binding, one for each piece, and the hooks that reach them."""
    pieces = pieces_of(plan, binding)
    packed = access == "elements" and FORMATS[binding.format].bits < 32
    element = {"state": "f32", "atomic": "atomic<u32>", "vectors": _vector(binding, half_floats)}.get(
        access, "atomic<u32>" if packed else "u32"
    )
    mode = "read" if access in ("in", "vectors") else "read_write"
    for position in range(len(pieces)):
        yield f"@group(0) @binding({number + position}) var<storage, {mode}> {name}_{position}: array<{element}>;"
    starts = [piece * (plan.limits.binding_bytes // 4) for piece in pieces]
    if access == "state":
        yield _choose(f"fn {name}_load(w: u32) -> f32", name, starts, "return {};")
        yield _choose(f"fn {name}_store(w: u32, value: f32)", name, starts, "{} = value;")
        return
    if access == "atomic":
        yield _choose(f"fn {name}_raise(w: u32, value: u32)", name, starts, "atomicMax(&{}, value);")
        return
    if access == "vectors":
        lanes = FORMATS[binding.format].lanes
        vector = _vector(binding, half_floats)
        yield _choose(f"fn {name}_vector(i: u32) -> {vector}", name, [start * lanes // 4 for start in starts], "return {};", "i")
        yield four_hook(name, vector)
        return
    if access == "in":
        yield _choose(f"fn {name}_word(w: u32) -> u32", name, starts, "return {};")
        yield load_hook(name, binding.format)
    elif access == "cells":
        yield _choose(f"fn {name}_set(w: u32, bits: u32)", name, starts, "{} = bits;")
        yield write_hook(name, binding.format)
    else:
        if packed:
            body = "atomicAnd(&{0}, ~mask); atomicOr(&{0}, bits);"
            yield _choose(f"fn {name}_set_bits(w: u32, mask: u32, bits: u32)", name, starts, body)
            yield _choose(f"fn {name}_set(w: u32, bits: u32)", name, starts, "atomicStore(&{}, bits);")
        else:
            yield _choose(f"fn {name}_set(w: u32, bits: u32)", name, starts, "{} = bits;")
        yield store_hook(name, binding.format)
        yield quad_hook(name, binding.format)


def _vector(binding: Binding, half_floats: bool) -> str:
    """The type that holds four numbers as they are stored."""
    if FORMATS[binding.format].bits == 32:
        return "vec4<u32>"
    return "vec4<f16>" if half_floats else "vec2<u32>"


def _choose(signature: str, name: str, starts: list[int], body: str, index: str = "w") -> str:
    """A function of an index that picks the piece in which it lies."""
    lines = []
    for position, start in reversed(list(enumerate(starts))):
        place = f"{name}_{position}[{index} - {start}u]" if start else f"{name}_{position}[{index}]"
        action = body.format(place)
        if position:
            action = f"if ({index} >= {start}u) {{ {action}{'' if 'return' in action else ' return;'} }}"
        lines.append(f"  {action}")
    return "\n".join([f"{signature} {{", *lines, "}"])


def _chain(step: Step) -> str:
    """``finish``: the operations of the chain, one after another."""
    outputs = [name for name in step.bindings if name == "y"]
    used = {argument for operation in step.chain for argument in operation.arguments}
    operands = [name for name in step.bindings if name in used and re.fullmatch(r"x\d+", name)]
    lines = [f"  let {name} = {name}_load({name}_at(i));" for name in operands]
    lines += [f"  let v{n} = {_call(operation, n == len(step.chain) - 1)};" for n, operation in enumerate(step.chain)]
    lines.append(f"  return {f'v{len(step.chain) - 1}' if step.chain else 'v'};")
    return "\n".join([f"fn finish(i: u32, v: V) -> {outputs[0].upper()} {{", *lines, "}"])


def _call(operation: Operation, is_last: bool) -> str:
    """The last operation is rounded when it is stored."""
    call = f"{operation.function}({', '.join(operation.arguments)})"
    return f"{operation.rounding}({call})" if operation.rounding and not is_last else call
