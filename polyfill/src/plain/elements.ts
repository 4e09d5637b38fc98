/**
 * The elements of tensors in the form that is computed with: float16 as a Float32Array that holds nothing but float16
 * values, 4-bit integers one a byte, all other types as they are stored.
 */

import type { Operand } from "../core/operand.js";
import { castNumber, type DataType, type OperandDescriptor, sizeOf } from "../core/types.js";
import type { MLNumber } from "../generated/types.js";
import { COPIED, inPieces, type Pauses, PIECE } from "./pace.js";

/** Floats: results that will be rounded to float16 are collected in a Float64Array first. */
export type Floats = Float32Array | Float64Array;
/** Elements that are numbers. */
export type Numbers = Floats | Int32Array | Uint32Array | Int8Array | Uint8Array;
/** Elements that are bigints. */
export type Bigs = BigInt64Array | BigUint64Array;
export type Elements = Numbers | Bigs;

interface ElementsConstructor {
  new (buffer: ArrayBufferLike, offset: number, length: number): Elements;
  readonly BYTES_PER_ELEMENT: number;
}

const ARRAYS: Readonly<Record<DataType, ElementsConstructor>> = {
  float32: Float32Array,
  float16: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int4: Int8Array,
  uint4: Uint8Array,
};

/** The bytes that the elements of a descriptor take in the form that is computed with. */
export function workingBytes({ dataType, shape }: OperandDescriptor): number {
  return sizeOf(shape) * ARRAYS[dataType].BYTES_PER_ELEMENT;
}

/** Elements that lie in a buffer. */
export function elementsIn(buffer: ArrayBufferLike, offset: number, { dataType, shape }: OperandDescriptor): Elements {
  return new ARRAYS[dataType](buffer, offset, sizeOf(shape));
}

/** Elements of their own, zeros. */
export function zeros(descriptor: OperandDescriptor): Elements {
  return elementsIn(new ArrayBuffer(workingBytes(descriptor)), 0, descriptor);
}

/** Whether the stored bytes are elements as they are. */
function storedAsIs(dataType: DataType): boolean {
  return dataType !== "float16" && dataType !== "int4" && dataType !== "uint4";
}

/** The elements of stored bytes; they share the bytes where that is possible. */
export function viewOf(bytes: Uint8Array, descriptor: OperandDescriptor): Elements {
  const { dataType } = descriptor;
  if (storedAsIs(dataType) && bytes.byteOffset % ARRAYS[dataType].BYTES_PER_ELEMENT === 0) {
    return elementsIn(bytes.buffer, bytes.byteOffset, descriptor);
  }
  const elements = zeros(descriptor);
  load(elements, bytes, dataType);
  return elements;
}

/** Put stored bytes into elements. */
export function load(elements: Elements, bytes: Uint8Array, dataType: DataType): void {
  if (storedAsIs(dataType)) bytesIn(elements).set(bytes);
  else if (dataType === "float16") loadHalves(wordsIn(elements), bytes);
  else {
    for (let i = 0; i < elements.length; i++) {
      const nibble = (bytes[i >> 1] >> (4 * (i & 1))) & 0xf;
      elements[i] = dataType === "int4" ? (nibble << 28) >> 28 : nibble;
    }
  }
}

/** Elements as they are stored, in bytes of their own. */
export function stored(elements: Elements, dataType: DataType): Uint8Array {
  if (storedAsIs(dataType)) return bytesIn(elements).slice();
  if (dataType === "float16") return storedHalves(wordsIn(elements));
  const numbers = elements as Numbers;
  const bytes = new Uint8Array((numbers.length + 1) >> 1);
  for (let i = 0; i < numbers.length; i++) bytes[i >> 1] |= (numbers[i] & 0xf) << (4 * (i & 1));
  return bytes;
}

/** Whether elements are put in and out at once: their bytes are as they are computed with, and few enough. */
export function isQuick({ length }: Elements, dataType: DataType): boolean {
  return length <= PIECE || (storedAsIs(dataType) && length <= PIECE / COPIED);
}

function bitsOf(dataType: DataType): number {
  return dataType === "float16" ? 16 : dataType === "int4" || dataType === "uint4" ? 4 : 8 * ARRAYS[dataType].BYTES_PER_ELEMENT;
}

/** `load`, with pauses. */
export function loadInPieces(elements: Elements, bytes: Uint8Array, dataType: DataType): Pauses {
  const width = bitsOf(dataType) / 8;
  return inPieces(elements.length, storedAsIs(dataType) ? COPIED : 1, (first, end) =>
    load(elements.subarray(first, end), bytes.subarray(first * width, Math.ceil(end * width)), dataType),
  );
}

/** `stored`, with pauses. */
export function* storedInPieces(elements: Elements, dataType: DataType): Generator<void, Uint8Array> {
  const width = bitsOf(dataType) / 8;
  const bytes = new Uint8Array(Math.ceil(elements.length * width));
  yield* inPieces(elements.length, storedAsIs(dataType) ? COPIED : 1, (first, end) =>
    bytes.set(stored(elements.subarray(first, end), dataType), first * width),
  );
  return bytes;
}

/** An option cast to the data type of a float operand. */
export function castToFloat(value: MLNumber, { dataType }: Operand): number {
  return Number(castNumber(value, dataType));
}

/** The bytes that elements take. */
export function bytesIn(elements: Elements): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

function wordsIn(elements: Elements): Uint32Array {
  return new Uint32Array(elements.buffer, elements.byteOffset, elements.length);
}

/** From bits to bits, so that a NaN keeps those it has. */
function loadHalves(words: Uint32Array, bytes: Uint8Array): void {
  for (let i = 0; i < words.length; i++) {
    const half = bytes[2 * i] | (bytes[2 * i + 1] << 8);
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    let fraction = half & 0x3ff;
    if (exponent === 0x1f) words[i] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent !== 0) words[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction === 0) words[i] = sign;
    else {
      const shift = Math.clz32(fraction) - 21; // until the leading bit is the hidden one
      fraction = (fraction << shift) & 0x3ff;
      words[i] = sign | ((113 - shift) << 23) | (fraction << 13);
    }
  }
}

/** The words hold float16 values, so that nothing is rounded here. */
function storedHalves(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(2 * words.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const exponent = (word >> 23) & 0xff;
    let half = (word >> 16) & 0x8000;
    if (exponent === 0xff) half |= 0x7c00 | ((word >> 13) & 0x3ff) | (word & 0x7fffff && !((word >> 13) & 0x3ff) ? 0x200 : 0);
    else if (exponent > 112) half |= ((exponent - 112) << 10) | ((word >> 13) & 0x3ff);
    else if (exponent > 102) half |= (0x400 | ((word >> 13) & 0x3ff)) >> (113 - exponent);
    bytes[2 * i] = half;
    bytes[2 * i + 1] = half >> 8;
  }
  return bytes;
}

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/**
 * Round doubles to float16, to nearest even, into floats. Adding 1.5 * 2**52 steps of the result's size, and taking
 * them away again, leaves a multiple of the step.
 */
export function roundToFloat16(values: Float64Array, into: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    double[0] = value;
    const exponent = Math.max(((halves[1] >> 20) & 0x7ff) - 1023, -14);
    if (exponent > 15) {
      into[i] = value * Number.POSITIVE_INFINITY; // NaN stays NaN
      continue;
    }
    halves[0] = 0;
    halves[1] = ((exponent + 42 + 1023) << 20) | 0x80000;
    const rounded = value + double[0] - double[0];
    into[i] = rounded === 0 ? value * 0 : rounded > 65504 || rounded < -65504 ? rounded * Number.POSITIVE_INFINITY : rounded;
  }
}
