/**
 * How far two tensors are apart: in units in the last place (ULP), and absolutely (the counterpart of
 * `webnpu/conformance/comparison.py`).
 *
 * The distance of two floats in ULP is the number of steps from one to the next representable value that lead from one
 * to the other; infinity is one step beyond the greatest finite value. Integers are as many ULP apart as they differ by.
 * NaN is equal to NaN alone, whatever its bits.
 */

import type { MLNumber, MLOperandDataType } from "../generated/types.js";
import { numbersOf, sizeOf } from "./elements.js";
import type { MLOperandDescriptor } from "./webnn.js";

/** The largest difference that is still agreement: within `ulp`, or within `absolute`. */
export interface Bound {
  readonly ulp: number;
  readonly absolute: number;
  /** Whether the sign of a zero counts. */
  readonly zeroSign: boolean;
}

/** What the comparison of an output with what was expected found. */
export interface Comparison {
  /** Whether every element is within the bound. */
  readonly agrees: boolean;
  /** The largest distance in ULP; null where some cannot be measured, such as a NaN beside a number. */
  readonly ulp: number | null;
  /** The largest absolute difference, infinite where it cannot be measured. */
  readonly absolute: number;
  /** If they do not agree, what is wrong with the worst element, in words. */
  readonly reason: string;
}

/** One pair of elements, and how far they are apart. */
interface Pair {
  readonly index: number;
  readonly got: MLNumber;
  readonly wanted: MLNumber;
  /** NaN where one of the two is NaN, and cannot be compared. */
  readonly ulp: number;
  readonly absolute: number;
  readonly agrees: boolean;
}

/** Compare an output with what was expected: each element must be within the bound's ULP, or its absolute bound. */
export function compare(actual: Uint8Array, expected: Uint8Array, descriptor: MLOperandDescriptor, bound: Bound): Comparison {
  if (actual.length !== expected.length) {
    return { agrees: false, ulp: null, absolute: Infinity, reason: `expected ${expected.length} bytes; got ${actual.length}` };
  }
  if (actual.every((byte, index) => byte === expected[index])) return { agrees: true, ulp: 0, absolute: 0, reason: "" };
  const got = numbersOf(actual, descriptor);
  const distance = distanceOf(descriptor.dataType);
  const pairs = numbersOf(expected, descriptor).map((wanted, index) => pair(index, got[index], wanted, distance, bound));
  const wrong = pairs.filter(({ agrees }) => !agrees);
  return {
    agrees: wrong.length === 0,
    ulp: pairs.some(({ ulp }) => Number.isNaN(ulp)) ? null : largest(pairs, "ulp"),
    absolute: largest(pairs, "absolute"),
    reason: wrong.length ? describeWorst(wrong, descriptor, bound) : "",
  };
}

function pair(index: number, got: MLNumber, wanted: MLNumber, distance: Distance, bound: Bound): Pair {
  const ulp = Number.isNaN(got) !== Number.isNaN(wanted) ? Number.NaN : distance(got, wanted);
  const absolute = absoluteDifference(got, wanted);
  const signs = !bound.zeroSign || got !== 0 || wanted !== 0 || Object.is(got, wanted);
  return { index, got, wanted, ulp, absolute, agrees: (ulp <= bound.ulp || absolute <= bound.absolute) && !Number.isNaN(ulp) && signs };
}

function largest(pairs: readonly Pair[], member: "ulp" | "absolute"): number {
  return pairs.reduce((most, pair) => Math.max(most, pair[member]), 0);
}

/** The distance of two numbers in ULP: 0 for two NaN. */
export type Distance = (a: MLNumber, b: MLNumber) => number;

/** How distances are measured in a data type. */
export function distanceOf(dataType: MLOperandDataType): Distance {
  const order = ORDER[dataType];
  if (!order) return (a, b) => Number(BigInt(a) > BigInt(b) ? BigInt(a) - BigInt(b) : BigInt(b) - BigInt(a));
  return (a, b) => (Number.isNaN(a) && Number.isNaN(b) ? 0 : Math.abs(order(Number(a)) - order(Number(b))));
}

const word = new DataView(new ArrayBuffer(4));

/** Integers in the order of the floats, one step a representable value; the two zeros are the same. */
const ORDER: Partial<Record<MLOperandDataType, (value: number) => number>> = {
  float32: (value) => {
    word.setFloat32(0, value);
    const magnitude = word.getUint32(0) & 0x7fffffff;
    return value < 0 ? -magnitude : magnitude;
  },
  float16: (value) => {
    const magnitude = Math.abs(value);
    if (magnitude === Infinity) return Math.sign(value) * 0x7c00;
    const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 1)));
    return Math.sign(value) * (magnitude * 2 ** (10 - exponent) + (exponent + 14) * 1024);
  },
};

/** 0 for equals (two NaN, two infinities), infinity if beyond measure. */
function absoluteDifference(a: MLNumber, b: MLNumber): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const difference = typeof a === "bigint" && typeof b === "bigint" ? Math.abs(Number(a - b)) : Math.abs(Number(a) - Number(b));
  return Number.isNaN(difference) ? Infinity : difference;
}

function describeWorst(wrong: readonly Pair[], descriptor: MLOperandDescriptor, bound: Bound): string {
  // What cannot be measured is worse than any distance.
  const badness = ({ ulp }: Pair) => (Number.isNaN(ulp) ? Infinity : ulp);
  const worst = wrong.reduce((most, pair) => (badness(pair) > badness(most) ? pair : most));
  const size = sizeOf(descriptor.shape);
  const where = descriptor.shape.length ? ` at [${unravel(worst.index, descriptor.shape).join(", ")}]` : "";
  const count = size > 1 ? `; ${wrong.length} of ${size} elements are wrong` : "";
  return `got ${shown(worst.got)}, expected ${shown(worst.wanted)}${where}: ${fault(worst, bound)}${count}`;
}

function fault({ ulp }: Pair, bound: Bound): string {
  if (Number.isNaN(ulp)) return "one is NaN";
  if (ulp === 0) return "the sign of zero differs";
  return `${ulp} ULP, allowed ${bound.ulp} ULP${bound.absolute ? ` or ${bound.absolute}` : ""}`;
}

function shown(value: MLNumber): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The place of an element in a tensor, from its place in memory. */
export function unravel(index: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return place;
}
