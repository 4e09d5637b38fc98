"""How the elements of each data type lie in words of 32 bits, and the hooks that read and write them.

Kernels touch memory through hooks alone: ``x_load(i)`` gives element ``i`` in the type that is computed in,
``y_write(cell)`` assembles one word of packed elements from the kernel's ``element(i)`` (a cell is a word, or the
two words of a 64-bit element), and ``y_store(i, value)`` writes a single element, which in a packed word takes atomics.
"""

from __future__ import annotations

from dataclasses import dataclass

from webnpu.types import DataType


@dataclass(frozen=True)
class Format:
    """How one element is stored.

    Attributes:
        bits: the bits that it takes.
        value: the type of WGSL that it is computed in.
        kind: the ending of the functions that compute it.
        decode: the value, from ``bits`` shifted down to bit 0.
        encode: the bits, from ``value``.
        rounding: the function that brings a computed value into the range of the type, or ''.
    """

    bits: int
    value: str
    kind: str
    decode: str
    encode: str
    rounding: str = ""

    @property
    def lanes(self) -> int:
        """How many elements a cell holds."""
        return max(32 // self.bits, 1)


def _signed(bits: int) -> str:
    return f"bitcast<i32>((bits) << {32 - bits}u) >> {32 - bits}u"


FORMATS: dict[str, Format] = {
    "float32": Format(32, "f32", "float", "bitcast<f32>(bits)", "bitcast<u32>(value)"),
    "float16": Format(16, "f32", "float", "from_half((bits) & 0xffffu)", "to_half(value)", "half"),
    "int32": Format(32, "i32", "int32", "bitcast<i32>(bits)", "bitcast<u32>(value)"),
    "uint32": Format(32, "u32", "uint32", "bits", "value"),
    "int64": Format(64, "vec2<u32>", "int64", "bits", "value"),
    "uint64": Format(64, "vec2<u32>", "uint64", "bits", "value"),
    "int8": Format(8, "i32", "int32", _signed(8), "bitcast<u32>(value) & 0xffu", "wrap_int8"),
    "uint8": Format(8, "u32", "uint32", "(bits) & 0xffu", "value & 0xffu", "wrap_uint8"),
    "int4": Format(4, "i32", "int32", _signed(4), "bitcast<u32>(value) & 0xfu"),
    "uint4": Format(4, "u32", "uint32", "(bits) & 0xfu", "value & 0xfu"),
    "uint16": Format(16, "u32", "uint32", "(bits) & 0xffffu", "value & 0xffffu"),
}


def moved(data_type: DataType) -> str:
    """The format in which elements of a type are moved without being looked at."""
    return {4: "uint4", 8: "uint8", 16: "uint16", 32: "uint32", 64: "uint64"}[data_type.bits]


def load_hook(name: str, format: str) -> str:
    """``NAME_load(i)``, from ``NAME_word(w)``."""
    f = FORMATS[format]
    if f.bits == 64:
        bits = f"vec2<u32>({name}_word(2u * i), {name}_word(2u * i + 1u))"
    elif f.bits == 32:
        bits = f"{name}_word(i)"
    else:
        bits = f"{name}_word(i / {f.lanes}u) >> ((i % {f.lanes}u) * {f.bits}u)"
    return f"fn {name}_load(i: u32) -> {f.value} {{ return {f.decode.replace('bits', bits, 1)}; }}"


def write_hook(name: str, format: str) -> str:
    """``NAME_write(cell)``, from the kernel's ``element(i)`` and ``NAME_set(w, bits)``."""
    f = FORMATS[format]
    if f.bits == 64:
        body = f"let value = element(cell); {name}_set(2u * cell, value.x); {name}_set(2u * cell + 1u, value.y);"
    elif f.bits == 32:
        body = f"let value = element(cell); {name}_set(cell, {f.encode});"
    else:
        body = f"""
  var bits = 0u;
  for (var lane = 0u; lane < {f.lanes}u && cell * {f.lanes}u + lane < {name.upper()}_SIZE; lane += 1u) {{
    let value = element(cell * {f.lanes}u + lane);
    bits |= ({f.encode}) << (lane * {f.bits}u);
  }}
  {name}_set(cell, bits);
"""
    return f"fn {name}_write(cell: u32) {{ {body} }}"


def store_hook(name: str, format: str) -> str:
    """``NAME_store(i, value)``; of a packed word, it clears and sets only the bits of the element."""
    f = FORMATS[format]
    if f.bits == 64:
        body = f"{name}_set(2u * i, value.x); {name}_set(2u * i + 1u, value.y);"
    elif f.bits == 32:
        body = f"{name}_set(i, {f.encode});"
    else:
        body = (
            f"let shift = (i % {f.lanes}u) * {f.bits}u; {name}_set_bits(i / {f.lanes}u, {2**f.bits - 1}u << shift, ({f.encode}) << shift);"
        )
    return f"fn {name}_store(i: u32, value: {f.value}) {{ {body} }}"


def quad_hook(name: str, format: str) -> str:
    """``NAME_quad(i, a, b, c, d)``: four neighbouring elements from a multiple of four on, which share no word with others."""
    f = FORMATS[format]
    if f.bits in (8, 16):
        encoded = [f"(({f.encode.replace('value', lane)}) << {at % f.lanes * f.bits}u)" for at, lane in enumerate("abcd")]
        words = [" | ".join(encoded[at : at + f.lanes]) for at in range(0, 4, f.lanes)]
        body = " ".join(f"{name}_set(i / {f.lanes}u + {n}u, {word});" for n, word in enumerate(words))
    else:
        body = " ".join(f"{name}_store(i + {at}u, {lane});" for at, lane in enumerate("abcd"))
    return f"fn {name}_quad(i: u32, a: {f.value}, b: {f.value}, c: {f.value}, d: {f.value}) {{ {body} }}"


_FOURS = {"vec4<u32>": "bitcast<vec4<f32>>({})", "vec4<f16>": "vec4<f32>({})", "vec2<u32>": "from_halves({})"}


def four_hook(name: str, vector: str) -> str:
    """``NAME_four(i)``: four numbers from a multiple of four on, of ``NAME_vector(i / 4)``, which has this type."""
    return f"fn {name}_four(i: u32) -> vec4<f32> {{ return {_FOURS[vector].format(f'{name}_vector(i / 4u)')}; }}"
