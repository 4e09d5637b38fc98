/** The elements of tensors: as bytes, as typed arrays, as numbers, and in base64. */

import type { MLNumber, MLOperandDataType } from "../generated/types.js";
import type { MLOperandDescriptor } from "./webnn.js";

/** How many bits an element takes when stored. */
export function bitsOf(dataType: MLOperandDataType): number {
  return Number(dataType.replace(/[a-z]+/, ""));
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** The bytes that the elements of a descriptor take, packed. */
export function byteLengthOf(descriptor: MLOperandDescriptor): number {
  return Math.ceil((sizeOf(descriptor.shape) * bitsOf(descriptor.dataType)) / 8);
}

interface Float16Constructor {
  new (buffer: ArrayBuffer): ArrayBufferView;
}

/** The view of some bytes that WebNN wants for a data type; the bytes are copied where they do not lie aligned. */
export function viewOf(bytes: Uint8Array, dataType: MLOperandDataType): ArrayBufferView {
  const buffer = bytes.slice().buffer as ArrayBuffer;
  switch (dataType) {
    case "float32":
      return new Float32Array(buffer);
    case "float16": {
      const { Float16Array } = globalThis as { Float16Array?: Float16Constructor };
      return Float16Array ? new Float16Array(buffer) : new Uint16Array(buffer);
    }
    case "int32":
      return new Int32Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}

/** The elements of a tensor as numbers, in order; 64-bit integers are bigints. */
export function numbersOf(bytes: Uint8Array, descriptor: MLOperandDescriptor): MLNumber[] {
  const { dataType, shape } = descriptor;
  const size = sizeOf(shape);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: size }, (_, index) => READ[dataType](data, index));
}

const READ: Readonly<Record<MLOperandDataType, (data: DataView, index: number) => MLNumber>> = {
  float32: (data, index) => data.getFloat32(index * 4, true),
  float16: (data, index) => halfToNumber(data.getUint16(index * 2, true)),
  int32: (data, index) => data.getInt32(index * 4, true),
  uint32: (data, index) => data.getUint32(index * 4, true),
  int64: (data, index) => data.getBigInt64(index * 8, true),
  uint64: (data, index) => data.getBigUint64(index * 8, true),
  int8: (data, index) => data.getInt8(index),
  uint8: (data, index) => data.getUint8(index),
  int4: (data, index) => (nibble(data, index) << 28) >> 28,
  uint4: nibble,
};

function nibble(data: DataView, index: number): number {
  return (data.getUint8(index >> 1) >> (4 * (index & 1))) & 0xf;
}

/** The number that the 16 bits of a float16 stand for. */
export function halfToNumber(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The 16 bits of the float16 nearest to a number, ties to even. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  let exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  if (2 ** exponent > magnitude && exponent > -14) exponent--; // log2 may be off by one next to a power of two
  const steps = magnitude * 2 ** (10 - exponent);
  const floor = Math.floor(steps);
  const rounded = steps - floor > 0.5 || (steps - floor === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return sign | (((exponent + 14) << 10) + rounded);
}

/** The bytes of numbers as elements of a data type; the inverse of `numbersOf`. */
export function bytesOf(numbers: ArrayLike<MLNumber>, dataType: MLOperandDataType): Uint8Array {
  const bytes = new Uint8Array(byteLengthOf({ dataType, shape: [numbers.length] }));
  const data = new DataView(bytes.buffer);
  const write = WRITE[dataType];
  for (let index = 0; index < numbers.length; index++) write(data, index, numbers[index]);
  return bytes;
}

const WRITE: Readonly<Record<MLOperandDataType, (data: DataView, index: number, value: MLNumber) => void>> = {
  float32: (data, index, value) => data.setFloat32(index * 4, Number(value), true),
  float16: (data, index, value) => data.setUint16(index * 2, numberToHalf(Number(value)), true),
  int32: (data, index, value) => data.setInt32(index * 4, Number(value), true),
  uint32: (data, index, value) => data.setUint32(index * 4, Number(value), true),
  int64: (data, index, value) => data.setBigInt64(index * 8, BigInt(value), true),
  uint64: (data, index, value) => data.setBigUint64(index * 8, BigInt(value), true),
  int8: (data, index, value) => data.setInt8(index, Number(value)),
  uint8: (data, index, value) => data.setUint8(index, Number(value)),
  int4: writeNibble,
  uint4: writeNibble,
};

function writeNibble(data: DataView, index: number, value: MLNumber): void {
  const shift = 4 * (index & 1);
  data.setUint8(index >> 1, (data.getUint8(index >> 1) & (0xf0 >> shift)) | ((Number(value) & 0xf) << shift));
}

interface WithBase64 {
  fromBase64?(text: string): Uint8Array;
}

/** The bytes of a base64 text. */
export function fromBase64(text: string): Uint8Array {
  const native = (Uint8Array as WithBase64).fromBase64;
  if (native) return native.call(Uint8Array, text);
  const binary = atob(text);
  return Uint8Array.from({ length: binary.length }, (_, index) => binary.charCodeAt(index));
}

/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  const native = (bytes as { toBase64?(): string }).toBase64;
  if (native) return native.call(bytes);
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += 0x8000) {
    parts.push(String.fromCharCode(...bytes.subarray(start, start + 0x8000)));
  }
  return btoa(parts.join(""));
}
