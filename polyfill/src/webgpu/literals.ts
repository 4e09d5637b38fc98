/** Elements as words, and numbers as expressions of WGSL (the counterpart of `backends/webgpu/literals.py`). */

import { fromFloat16Bits } from "../core/float16.js";
import type { Operand } from "../core/operand.js";
import { bitsOf, type DataType, isFloat, isSigned, sizeOf } from "../core/types.js";
import type { MLNumber } from "../generated/types.js";
import { FORMATS } from "./formats.js";
import type { View } from "./plan.js";

const NAN = 0x7fc00000;
const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** Stored elements in whole words; a view of the bytes where they are laid out so. */
export function words(bytes: Uint8Array): Uint32Array {
  if (bytes.byteLength % 4 === 0 && bytes.byteOffset % 4 === 0) {
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }
  const whole = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
  whole.set(bytes);
  return new Uint32Array(whole.buffer);
}

/** The stored elements of a constant, in the order in which a view of it has them. */
export function arranged(bytes: Uint8Array, dataType: DataType, view: View): Uint8Array {
  const bits = bitsOf(dataType);
  if (bits === 4) return joinedHalves(picked(separateHalves(bytes), view));
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const size = (byteLength * 8) / bits;
  const kinds = { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array, 64: BigUint64Array };
  const found = picked(new kinds[bits as keyof typeof kinds](buffer as ArrayBuffer, byteOffset, size), view);
  return new Uint8Array(found.buffer, found.byteOffset, found.byteLength);
}

/** The elements of an array in the order in which a view of it has them. */
function picked<T extends Uint8Array | Uint16Array | Uint32Array | BigUint64Array>(source: T, { sizes, strides, offset }: View): T {
  const target = source.slice(0, sizeOf(sizes)) as T;
  let filled = 0;
  const walk = (axis: number, start: number): void => {
    const size = sizes[axis] ?? 1;
    const stride = strides[axis] ?? 0;
    for (let i = 0, at = start; i < size; i++, at += stride) {
      if (axis < sizes.length - 1) walk(axis + 1, at);
      else target[filled++] = source[at];
    }
  };
  walk(0, offset);
  return target;
}

/** Elements of 4 bits, each in a byte of its own. */
function separateHalves(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: bytes.length * 2 }, (_, i) => (bytes[i >> 1] >> ((i & 1) * 4)) & 0xf);
}

/** Elements of 4 bits, two a byte. */
function joinedHalves(halves: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: Math.ceil(halves.length / 2) }, (_, i) => halves[2 * i] | ((halves[2 * i + 1] ?? 0) << 4));
}

/** A number as an expression of WGSL, in the type that the data type is computed in. */
export function literal(value: MLNumber, dataType: DataType): string {
  if (isFloat(dataType)) {
    single[0] = Number(value);
    return floatLiteral(Number.isNaN(single[0]) ? NAN : singleBits[0]);
  }
  if (bitsOf(dataType) === 64) {
    const whole = BigInt.asUintN(64, BigInt(value));
    return `vec2<u32>(${whole & 0xffffffffn}u, ${whole >> 32n}u)`;
  }
  return isSigned(dataType) ? `bitcast<i32>(${Number(value) >>> 0}u)` : `${value}u`;
}

/** A constant of one element as an expression of WGSL; the bits of a NaN are kept. */
export function literalOf(constant: Operand, bytes: Uint8Array): string {
  const { dataType } = constant;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dataType) {
    case "float32":
      return floatLiteral(view.getUint32(0, true));
    case "float16":
      return halfLiteral(view.getUint16(0, true));
    case "int64":
    case "uint64":
      return literal(view.getBigUint64(0, true), dataType);
    case "int32":
    case "uint32":
      return literal(view.getUint32(0, true), dataType);
    case "int8":
      return literal(view.getInt8(0), dataType);
    case "int4":
      return literal((view.getInt8(0) << 28) >> 28, dataType);
    case "uint4":
      return literal(view.getUint8(0) & 0xf, dataType);
    default:
      return literal(view.getUint8(0), dataType);
  }
}

/** The ending of the functions that compute a type. */
export function kindOf(dataType: DataType): string {
  return FORMATS[dataType].kind;
}

function halfLiteral(half: number): string {
  const fraction = half & 0x3ff;
  if ((half & 0x7c00) !== 0x7c00 || fraction === 0) return literal(fromFloat16Bits(half), "float16");
  return floatLiteral((((half & 0x8000) << 16) | 0x7f800000 | (fraction << 13)) >>> 0);
}

function floatLiteral(bits: number): string {
  return `number(0x${bits.toString(16)}u)`;
}
