/** Walks over the elements of tensors, prepared as tables of offsets, so that inner loops only add. */

import type { Shape } from "../core/types.js";
import { sizeOf } from "../core/types.js";

/** How far apart neighbours along each dimension lie in row-major order. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** The strides of an operand that is broadcast to a shape: 0 where it is repeated. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const missing = target.length - shape.length;
  return target.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : strides[axis - missing]));
}

/** The sums of one item of each table, in row-major order of the items' places. */
export function offsetSums(tables: readonly ArrayLike<number>[]): Int32Array {
  let sums = new Int32Array(1);
  for (const table of tables) {
    const { length } = table;
    const next = new Int32Array(sums.length * length);
    for (let outer = 0; outer < sums.length; outer++) {
      const sum = sums[outer];
      for (let i = 0; i < length; i++) next[outer * length + i] = sum + table[i];
    }
    sums = next;
  }
  return sums;
}

/** The multiples of a step. */
export function multiples(count: number, step: number): Int32Array {
  const offsets = new Int32Array(count);
  for (let i = 0; i < count; i++) offsets[i] = i * step;
  return offsets;
}

/** Rows of equal length: where each begins in each operand, and how far its elements are apart there. */
export interface Rows {
  readonly count: number;
  readonly length: number;
  /** For each operand, the offset of each row. */
  readonly starts: readonly Int32Array[];
  readonly steps: readonly number[];
}

/** The elements of a shape as rows, as few and as long as the operands' strides allow. */
export function rowsOf(shape: Shape, strides: readonly (readonly number[])[]): Rows {
  const sizes: number[] = [];
  const kept: number[][] = strides.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && strides.every((own, i) => kept[i][last] === own[axis] * shape[axis])) {
      sizes[last] *= shape[axis];
      for (const [i, own] of strides.entries()) kept[i][last] = own[axis];
    } else {
      sizes.push(shape[axis]);
      for (const [i, own] of strides.entries()) kept[i].push(own[axis]);
    }
  }
  const length = sizes.pop() ?? 1;
  const innermost = kept.map((own) => (own.length > sizes.length ? (own.pop() ?? 0) : 0));
  const starts = kept.map((own) => offsetSums(sizes.map((size, axis) => multiples(size, own[axis]))));
  return { count: sizeOf(sizes), length, starts, steps: innermost };
}

/** The dimensions before an axis taken together, the axis, and those behind it taken together. */
export function around(shape: Shape, axis: number): readonly [outer: number, size: number, inner: number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))];
}
