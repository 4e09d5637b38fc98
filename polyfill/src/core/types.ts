/** Data types, operand descriptors, and the casting of numbers to them (the counterpart of `webnpu/types.py`). */

import { ENUMERATIONS, EXTENSIONS, MAX_DIMENSION, type MLNumber, type MLOperandDataType } from "../generated/types.js";
import { fromFloat16Bits, toFloat16Bits } from "./float16.js";

export type DataType = MLOperandDataType;
export type Shape = readonly number[];

/** The data type and the shape of an operand. */
export interface OperandDescriptor {
  readonly dataType: DataType;
  readonly shape: Shape;
}

/** The largest rank that the builder accepts; WebNN leaves it to the implementation. */
export const MAX_RANK = 8;
/** The default `maxTensorByteLength`. */
export const MAX_TENSOR_BYTES = 2 ** 31 - 1;

export const FLOATS: readonly DataType[] = ["float32", "float16"];
/** Types wide enough to accumulate in. */
export const WIDE: readonly DataType[] = ["float32", "float16", "int32", "uint32", "int64", "uint64"];
/** WebNN's "any": its eight types. */
export const ANY: readonly DataType[] = [...WIDE, "int8", "uint8"];
export const FOUR_BIT: readonly DataType[] = ["int4", "uint4"];

const BITS = Object.fromEntries(
  ENUMERATIONS.MLOperandDataType.map((dataType) => [dataType, Number(dataType.replace(/[a-z]+/, ""))]),
) as Readonly<Record<DataType, number>>;

/** How many bits an element takes when stored. */
export function bitsOf(dataType: DataType): number {
  return BITS[dataType];
}

export function isFloat(dataType: DataType): boolean {
  return FLOATS.includes(dataType);
}

export function isSigned(dataType: DataType): boolean {
  return !dataType.startsWith("u");
}

/** Whether the elements are wider than a number holds exactly, and are bigints. */
export function isBig(dataType: DataType): boolean {
  return dataType === "int64" || dataType === "uint64";
}

/** Whether WebNN lacks this type. */
export function isExtension(dataType: DataType): boolean {
  return EXTENSIONS.includes(dataType);
}

/** The least and the greatest value of an integer type. */
export function integerRange(dataType: DataType): readonly [minimum: bigint, maximum: bigint] {
  const bits = BigInt(bitsOf(dataType));
  return isSigned(dataType) ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
}

/** The number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/** The bytes that the elements of a descriptor take, packed; two 4-bit elements share a byte. */
export function byteLengthOf({ dataType, shape }: OperandDescriptor): number {
  return Math.ceil((sizeOf(shape) * bitsOf(dataType)) / 8);
}

/** A descriptor as messages write it: `float32[2, 3]`. */
export function describe({ dataType, shape }: OperandDescriptor): string {
  return `${dataType}[${shape.join(", ")}]`;
}

/** The product of integers as messages write it, exact beyond what a number holds. */
export function productText(factors: Shape): string {
  const product = sizeOf(factors);
  return Number.isSafeInteger(product) ? `${product}` : `${factors.reduce((exact, factor) => exact * BigInt(factor), 1n)}`;
}

/** Several things as messages write them: `[2, 3]`. */
export function listed(values: readonly (number | string)[]): string {
  return `[${values.join(", ")}]`;
}

/** A number of a data type as messages write it; one of a float always with a point: `1.0`. */
export function numberText(value: MLNumber, dataType: DataType): string {
  return isFloat(dataType) && Number.isInteger(value) && Math.abs(Number(value)) < 1e16 ? `${value}.0` : `${value}`;
}

/** What makes a descriptor invalid, as what was expected and what came, or undefined (WebNN: checking dimensions). */
export function faultOf(
  descriptor: OperandDescriptor,
  maxBytes = MAX_TENSOR_BYTES,
  maxRank = MAX_RANK,
): readonly [string, string] | undefined {
  const { shape } = descriptor;
  if (shape.length > maxRank) return [`the rank must be at most ${maxRank}`, `${shape.length}`];
  if (shape.some((dimension) => !(dimension > 0 && dimension <= MAX_DIMENSION))) {
    return [`every dimension must be from 1 to ${MAX_DIMENSION}`, `shape ${listed(shape)}`];
  }
  if (sizeOf(shape) > MAX_DIMENSION) {
    return [`the number of elements must be at most ${MAX_DIMENSION}`, `${productText(shape)} in shape ${listed(shape)}`];
  }
  if (byteLengthOf(descriptor) > maxBytes) return [`the byte length must be at most ${maxBytes}`, `${byteLengthOf(descriptor)}`];
  return undefined;
}

/**
 * Casts an MLNumber to a data type (WebNN section 9.5.1).
 *
 * To a float: the nearest representable value, ties to even, infinity when out of range. To an integer: the nearest
 * integer, ties to even, clamped to the range; NaN becomes 0. int64 and uint64 give a bigint, the others a number.
 */
export function castNumber(value: MLNumber, dataType: DataType): MLNumber {
  if (isFloat(dataType)) {
    const number = typeof value === "bigint" ? doubleOf(value) : value;
    return dataType === "float16" ? fromFloat16Bits(toFloat16Bits(number)) : Math.fround(number);
  }
  const [minimum, maximum] = integerRange(dataType);
  let whole: bigint;
  if (typeof value === "bigint") whole = value;
  else if (Number.isNaN(value)) whole = 0n;
  else if (Number.isFinite(value)) whole = BigInt(roundEven(value));
  else whole = value > 0 ? maximum : minimum;
  const clamped = whole < minimum ? minimum : whole > maximum ? maximum : whole;
  return isBig(dataType) ? clamped : Number(clamped);
}

/** The bytes of one element: the number cast to the data type. */
export function scalarBytes(value: MLNumber, dataType: DataType): Uint8Array {
  const cast = castNumber(value, dataType);
  const bytes = new Uint8Array(Math.ceil(bitsOf(dataType) / 8));
  const view = new DataView(bytes.buffer);
  if (dataType === "float32") view.setFloat32(0, Number(cast), true);
  else if (dataType === "float16") view.setUint16(0, toFloat16Bits(Number(cast)), true);
  else if (isBig(dataType)) view.setBigUint64(0, BigInt.asUintN(64, BigInt(cast)), true);
  else if (bytes.length === 4) view.setUint32(0, Number(cast), true);
  else bytes[0] = isExtension(dataType) ? Number(cast) & 0xf : Number(cast);
  return bytes;
}

/** The nearest integer, ties to even. */
export function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** A double that rounds to the same float32 or float16 as the bigint itself: rounded to odd where it is cut. */
function doubleOf(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  const excess = BigInt(Math.max(magnitude.toString(2).length - 53, 0));
  if (excess === 0n) return Number(value);
  let kept = magnitude >> excess;
  if (kept << excess !== magnitude) kept |= 1n;
  const rounded = Number(kept << excess);
  return value < 0n ? -rounded : rounded;
}
