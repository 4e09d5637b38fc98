/**
 * How the elements of each data type lie in words of 32 bits, and the hooks that read and write them (the counterpart of
 * `backends/webgpu/formats.py`).
 *
 * Kernels touch memory through hooks alone: `x_load(i)` gives element `i` in the type that is computed in, `y_write(cell)`
 * assembles one word of packed elements from the kernel's `element(i)` (a cell is a word, or the two words of a 64-bit
 * element), and `y_store(i, value)` writes a single element, which in a packed word takes atomics.
 */

import { bitsOf, type DataType } from "../core/types.js";

/** How one element is stored. */
export interface Format {
  /** The bits that it takes. */
  readonly bits: number;
  /** How many elements a cell holds. */
  readonly lanes: number;
  /** The type of WGSL that it is computed in. */
  readonly value: string;
  /** The ending of the functions that compute it. */
  readonly kind: string;
  /** The value, from `bits` shifted down to bit 0. */
  readonly decode: string;
  /** The bits, from `value`. */
  readonly encode: string;
  /** The function that brings a computed value into the range of the type, or "". */
  readonly rounding: string;
}

/** Every format by its name: those of the data types, and uint16 for 16 bits that are only moved. */
export const FORMATS: Readonly<Record<string, Format>> = {
  float32: format(32, "f32", "float", "bitcast<f32>(bits)", "bitcast<u32>(value)"),
  float16: format(16, "f32", "float", "from_half((bits) & 0xffffu)", "to_half(value)", "half"),
  int32: format(32, "i32", "int32", "bitcast<i32>(bits)", "bitcast<u32>(value)"),
  uint32: format(32, "u32", "uint32", "bits", "value"),
  int64: format(64, "vec2<u32>", "int64", "bits", "value"),
  uint64: format(64, "vec2<u32>", "uint64", "bits", "value"),
  int8: format(8, "i32", "int32", signed(8), "bitcast<u32>(value) & 0xffu", "wrap_int8"),
  uint8: format(8, "u32", "uint32", "(bits) & 0xffu", "value & 0xffu", "wrap_uint8"),
  int4: format(4, "i32", "int32", signed(4), "bitcast<u32>(value) & 0xfu"),
  uint4: format(4, "u32", "uint32", "(bits) & 0xfu", "value & 0xfu"),
  uint16: format(16, "u32", "uint32", "(bits) & 0xffffu", "value & 0xffffu"),
};

function format(bits: number, value: string, kind: string, decode: string, encode: string, rounding = ""): Format {
  return { bits, lanes: Math.max(32 / bits, 1), value, kind, decode, encode, rounding };
}

function signed(bits: number): string {
  return `bitcast<i32>((bits) << ${32 - bits}u) >> ${32 - bits}u`;
}

/** The format in which elements of a type are moved without being looked at. */
export function moved(dataType: DataType): string {
  return `uint${bitsOf(dataType)}`;
}

/** `NAME_load(i)`, from `NAME_word(w)`. */
export function loadHook(name: string, format: string): string {
  const f = FORMATS[format];
  let bits = `${name}_word(i)`;
  if (f.bits === 64) bits = `vec2<u32>(${name}_word(2u * i), ${name}_word(2u * i + 1u))`;
  else if (f.bits < 32) bits = `${name}_word(i / ${f.lanes}u) >> ((i % ${f.lanes}u) * ${f.bits}u)`;
  return `fn ${name}_load(i: u32) -> ${f.value} { return ${f.decode.replace("bits", bits)}; }`;
}

/** `NAME_write(cell)`, from the kernel's `element(i)` and `NAME_set(w, bits)`. */
export function writeHook(name: string, format: string): string {
  const f = FORMATS[format];
  let body: string;
  if (f.bits === 64) {
    body = `let value = element(cell); ${name}_set(2u * cell, value.x); ${name}_set(2u * cell + 1u, value.y);`;
  } else if (f.bits === 32) {
    body = `let value = element(cell); ${name}_set(cell, ${f.encode});`;
  } else {
    body = `
  var bits = 0u;
  for (var lane = 0u; lane < ${f.lanes}u && cell * ${f.lanes}u + lane < ${name.toUpperCase()}_SIZE; lane += 1u) {
    let value = element(cell * ${f.lanes}u + lane);
    bits |= (${f.encode}) << (lane * ${f.bits}u);
  }
  ${name}_set(cell, bits);
`;
  }
  return `fn ${name}_write(cell: u32) { ${body} }`;
}

/** `NAME_store(i, value)`; of a packed word, it clears and sets only the bits of the element. */
export function storeHook(name: string, format: string): string {
  const f = FORMATS[format];
  let body: string;
  if (f.bits === 64) body = `${name}_set(2u * i, value.x); ${name}_set(2u * i + 1u, value.y);`;
  else if (f.bits === 32) body = `${name}_set(i, ${f.encode});`;
  else {
    const mask = `${2 ** f.bits - 1}u << shift`;
    body = `let shift = (i % ${f.lanes}u) * ${f.bits}u; ${name}_set_bits(i / ${f.lanes}u, ${mask}, (${f.encode}) << shift);`;
  }
  return `fn ${name}_store(i: u32, value: ${f.value}) { ${body} }`;
}

/** `NAME_quad(i, a, b, c, d)`: four neighbouring elements from a multiple of four on, which share no word with others. */
export function quadHook(name: string, format: string): string {
  const f = FORMATS[format];
  const lanes = ["a", "b", "c", "d"];
  const sets: string[] = [];
  if (f.bits === 8 || f.bits === 16) {
    const encoded = lanes.map((lane, at) => `((${f.encode.replaceAll("value", lane)}) << ${(at % f.lanes) * f.bits}u)`);
    for (let at = 0; at < 4; at += f.lanes) {
      sets.push(`${name}_set(i / ${f.lanes}u + ${at / f.lanes}u, ${encoded.slice(at, at + f.lanes).join(" | ")});`);
    }
  } else {
    sets.push(...lanes.map((lane, at) => `${name}_store(i + ${at}u, ${lane});`));
  }
  return `fn ${name}_quad(i: u32, a: ${f.value}, b: ${f.value}, c: ${f.value}, d: ${f.value}) { ${sets.join(" ")} }`;
}

const FOURS: Readonly<Record<string, (vector: string) => string>> = {
  "vec4<u32>": (vector) => `bitcast<vec4<f32>>(${vector})`,
  "vec4<f16>": (vector) => `vec4<f32>(${vector})`,
  "vec2<u32>": (vector) => `from_halves(${vector})`,
};

/** `NAME_four(i)`: four numbers from a multiple of four on, of `NAME_vector(i / 4)`, which has this type. */
export function fourHook(name: string, vector: string): string {
  return `fn ${name}_four(i: u32) -> vec4<f32> { return ${FOURS[vector](`${name}_vector(i / 4u)`)}; }`;
}
