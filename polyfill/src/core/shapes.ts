/**
 * The shape rules that operators share, each named as WebNN names it (the counterpart of `webnpu/shapes.py`).
 *
 * A rule returns a shape, or undefined where the operands do not fit; who asks says why, in words of its own.
 */

import type { Shape } from "./types.js";

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** Bidirectionally broadcast two shapes (WebNN: bidirectionally broadcasting). */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** Whether a shape is unidirectionally broadcastable to another. */
export function broadcastsTo(shape: Shape, target: Shape): boolean {
  if (shape.length > target.length) return false;
  const both = broadcast(shape, target);
  return both !== undefined && sameShape(both, target);
}

/** Whether every dimension of `shape` divides that of `target` (WebNN: blockwise broadcasting). */
export function blockwise(shape: Shape, target: Shape): boolean {
  return shape.length === target.length && shape.every((size, axis) => target[axis] % size === 0);
}

/** The shape that is left when `axes` are reduced (WebNN: calculating reduction output sizes). */
export function reduced(shape: Shape, axes: readonly number[], keepDimensions: boolean): Shape {
  if (keepDimensions) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** How many elements a dilated window spans. */
export function windowExtent(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/** How often a window fits along one dimension (WebNN: calculating conv output size), rounded; below one where it does not. */
export function convSize(
  size: number,
  window: number,
  padding: readonly number[],
  stride: number,
  dilation: number,
  rounding: "floor" | "ceil" = "floor",
): number {
  const room = size - windowExtent(window, dilation) + padding[0] + padding[1];
  return Math[rounding](room / stride) + 1;
}

/** The output size of a transposed convolution, before output padding. */
export function convTransposeSize(size: number, window: number, padding: readonly number[], stride: number, dilation: number): number {
  return (size - 1) * stride + windowExtent(window, dilation) - padding[0] - padding[1];
}

/** The shape whose dimension `i` is dimension `permutation[i]` of `shape`. */
export function permuted(shape: Shape, permutation: readonly number[]): Shape {
  return permutation.map((axis) => shape[axis]);
}

/** A shape in one layout, such as `nhwc`, in the order of another, such as `nchw`. */
export function arranged(shape: Shape, layout: string, wanted: string): Shape {
  return layout === wanted ? shape : permuted(shape, axesOrder(layout, wanted));
}

/** The permutation that brings a layout such as `hwio` into the wanted order, such as `oihw`. */
export function axesOrder(layout: string, wanted: string): readonly number[] {
  return Array.from(wanted, (axis) => layout.indexOf(axis));
}

/** The axes given, or by default all of a rank, from the first one. */
export function axesOf(rank: number, axes: readonly number[] | undefined, first = 0): readonly number[] {
  return axes ?? Array.from({ length: Math.max(rank - first, 0) }, (_, i) => first + i);
}
