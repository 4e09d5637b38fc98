/** Images, windows and filters in any layout. */

import type { Operand } from "../core/operand.js";
import type { Op } from "../core/operator.js";
import type { Floats } from "./elements.js";
import { multiples, offsetSums, stridesOf } from "./walk.js";

/** An image tensor in any layout: its sizes, and how far neighbours are apart. */
export interface Image {
  readonly batches: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly strideN: number;
  readonly strideC: number;
  readonly strideH: number;
  readonly strideW: number;
}

/** A tensor of images. */
export function imageOf({ shape }: Operand, layout: string): Image {
  const strides = stridesOf(shape);
  const [n, c, h, w] = [..."nchw"].map((axis) => layout.indexOf(axis));
  return {
    batches: shape[n],
    channels: shape[c],
    height: shape[h],
    width: shape[w],
    strideN: strides[n],
    strideC: strides[c],
    strideH: strides[h],
    strideW: strides[w],
  };
}

/** Which of `count` places, each a `step` after the one before and the first at `first`, lie within a size; none where `end` is `begin`. */
export function inside(first: number, step: number, count: number, size: number): { readonly begin: number; readonly end: number } {
  const begin = Math.min(count, Math.max(0, Math.ceil(-first / step)));
  return { begin, end: Math.max(begin, Math.min(count, Math.floor((size - 1 - first) / step) + 1)) };
}

/** The window of a convolution: its size, and where it stands. */
export interface Window {
  readonly height: number;
  readonly width: number;
  readonly top: number;
  readonly left: number;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/** The window of a convolution. */
export function windowOf(op: Op<"conv2d" | "convTranspose2d">): Window {
  const [height, width] = [op.filter.shape[op.filterLayout.indexOf("h")], op.filter.shape[op.filterLayout.indexOf("w")]];
  return { height, width, top: op.padding[0], left: op.padding[2], strides: op.strides, dilations: op.dilations };
}

/** The filter in the order of some axes, each with its size and stride. */
export function filterAxes({ shape }: Operand, layout: string, order: string): readonly (readonly [size: number, stride: number])[] {
  const strides = stridesOf(shape);
  return [...order].map((axis) => [shape[layout.indexOf(axis)], strides[layout.indexOf(axis)]]);
}

/** Filters in the order of some axes, as a function that puts them so; once, if they are constant. */
export function arranged(
  op: Op<"conv2d" | "convTranspose2d">,
  order: string,
  constant: Floats | undefined,
): (filter: Floats) => Float32Array {
  const axes = filterAxes(op.filter, op.filterLayout, order);
  const offsets = offsetSums(axes.map(([size, stride]) => multiples(size, stride)));
  const arrange = (filter: Floats) => Float32Array.from(offsets, (offset) => filter[offset]);
  if (!constant) return arrange;
  const once = arrange(constant);
  return () => once;
}
