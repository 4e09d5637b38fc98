/** Loops over the elements of one, two or three operands, for functions of single elements. */

import type { Operand } from "../core/operand.js";
import { isBig, isFloat } from "../core/types.js";
import type { Bigs, Elements, Floats, Numbers } from "./elements.js";
import type { Kernel, Setup } from "./evaluator.js";
import { byRows, COPIED, inPieces, type Pauses, PIECE } from "./pace.js";
import { BLOCK, type SimdMemory } from "./simd.js";
import { broadcastStrides, rowsOf } from "./walk.js";

/** An array of numbers or of bigints. */
export interface Items<T> {
  [index: number]: T;
}

/** A loop over rows of two operands: where each begins, and how far its elements are apart; the output is dense. */
export type Row<A = number, B = A, Y = A> = (
  a: Items<A>,
  atA: number,
  stepA: number,
  b: Items<B>,
  atB: number,
  stepB: number,
  y: Items<Y>,
  atY: number,
  length: number,
) => void;

/** The loop of a function that is not used so often that it needs a loop of its own. */
export function rowOf<A, Y>(f: (a: A, b: A) => Y): Row<A, A, Y> {
  return (a, atA, stepA, b, atB, stepB, y, atY, length) => {
    for (let i = 0; i < length; i++) y[atY + i] = f(a[atA + i * stepA], b[atB + i * stepB]);
  };
}

/** Applies a row's loop to two operands, broadcast to the output; `each` is what an element costs (see `pace.ts`). */
export function binary<A, Y>(a: Operand, b: Operand, output: Operand, row: Row<A, A, Y>, each = 1): Kernel {
  const strides = [broadcastStrides(a.shape, output.shape), broadcastStrides(b.shape, output.shape)];
  const { count, length, starts, steps } = rowsOf(output.shape, strides);
  const [startsA, startsB] = starts;
  const [stepA, stepB] = steps;
  const compute = ([x, z]: readonly Items<A>[], [y]: readonly Items<Y>[]): Pauses => {
    const visit = (r: number, from: number, to: number): void =>
      row(x, startsA[r] + from * stepA, stepA, z, startsB[r] + from * stepB, stepB, y, r * length + from, to - from);
    return byRows(count, length, visit, each);
  };
  return compute as unknown as Kernel;
}

/** A function of single elements: of floats, of other numbers, and of bigints, as far as the operator takes them. */
export interface Unary {
  readonly floats: (x: number) => number;
  readonly integers?: (x: number) => number;
  readonly bigs?: (x: bigint) => bigint;
}

/** Applies a function to every element of an operand. */
export function unary({ dataType }: Operand, { floats, integers, bigs }: Unary): Kernel {
  if (isBig(dataType)) return bigs ? mapBigs(bigs) : missing(dataType);
  if (isFloat(dataType)) return mapFloats(floats);
  return integers ? mapIntegers(integers) : missing(dataType);
}

function missing(dataType: string): never {
  throw new TypeError(`there is no function of ${dataType}`); // the operator's limits exclude it
}

/** Applies a function to floats. */
export function mapFloats(f: (x: number) => number): Kernel {
  return ([x]: [Floats], [y]: [Numbers]) =>
    inPieces(y.length, 1, (first, end) => {
      for (let i = first; i < end; i++) y[i] = f(x[i]);
    });
}

/** Applies a function to integers that are numbers. */
export function mapIntegers(f: (x: number) => number): Kernel {
  return ([x]: [Numbers], [y]: [Numbers]) =>
    inPieces(y.length, 1, (first, end) => {
      for (let i = first; i < end; i++) y[i] = f(x[i]);
    });
}

/** Applies a function to bigints. */
export function mapBigs(f: (x: bigint) => bigint): Kernel {
  return ([x]: [Bigs], [y]: [Bigs]) =>
    inPieces(y.length, 1, (first, end) => {
      for (let i = first; i < end; i++) y[i] = f(x[i]);
    });
}

/** Clamps floats; NaN stays NaN. */
export function clampFloats({ size }: Operand, low: number, high: number, setup: Setup): Kernel {
  const memory = setup.simd(size);
  const bounds = memory?.take(2);
  if (memory && bounds !== undefined) return clampBlocks(memory, bounds, low, high);
  return mapFloats((x) => Math.min(Math.max(x, low), high));
}

/** Comparing vectors saves more than copying them costs: branches on random numbers are slow. */
function clampBlocks(memory: SimdMemory, bounds: number, low: number, high: number): Kernel {
  return ([x]: [Floats], [y]: [Floats]) => {
    memory.floats(bounds, 2).set([low, high]);
    return inPieces(x.length, PIECE / BLOCK, (first, end) => {
      const block = memory.block(end - first);
      block.set(x.subarray(first, end));
      memory.clamp(0, Math.ceil(block.length / 4) * 16, bounds, bounds + 4);
      y.set(block, first);
    });
  };
}

/** Copies the elements as they are. */
export const copy: Kernel = ([x]: [Elements], [y]: [Elements]) =>
  inPieces(y.length, COPIED, (first, end) => (y as Numbers).set((x as Numbers).subarray(first, end), first));
