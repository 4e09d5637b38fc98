/** Index maps between tensors: for each element of one, where it lies in another (the counterpart of `backends/webgpu/views.py`). */

import { sameShape } from "../core/shapes.js";
import { type Shape, sizeOf } from "../core/types.js";
import type { View } from "./plan.js";

/** How far the elements of a tensor are apart in each dimension, in C order. */
export function stridesOf(shape: Shape): number[] {
  const strides = Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** A view with as few dimensions as say the same: those of size 1 dropped, neighbours joined where they can be. */
export function view(sizes: readonly number[], strides: readonly number[], offset = 0): View {
  const joined: { sizes: number[]; strides: number[] } = { sizes: [], strides: [] };
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const stride = strides[axis];
    const last = joined.sizes.length - 1;
    if (last >= 0 && joined.strides[last] === stride * size) {
      joined.sizes[last] *= size;
      joined.strides[last] = stride;
    } else {
      joined.sizes.push(size);
      joined.strides.push(stride);
    }
  });
  return { ...joined, offset };
}

/** Where the elements of `target` lie in a tensor that is broadcast to it. */
export function broadcastView(shape: Shape, target: Shape): View {
  const padded = [...Array<number>(target.length - shape.length).fill(1), ...shape];
  const strides = stridesOf(padded).map((stride, axis) => (padded[axis] === 1 ? 0 : stride));
  return view(target, strides);
}

/** Where the elements of a tensor lie in itself. */
export function wholeView(shape: Shape): View {
  return view(shape, stridesOf(shape));
}

/** Where the elements of `target` lie in a tensor of which each element stands for a block. */
export function blockView(shape: Shape, target: Shape): View {
  const sizes = shape.flatMap((size, axis) => [size, target[axis] / size]);
  return view(
    sizes,
    stridesOf(shape).flatMap((stride) => [stride, 0]),
  );
}

/** Where the elements of a tensor along some axes lie, the others at 0. */
export function axesView(shape: Shape, axes: readonly number[]): View {
  const strides = stridesOf(shape);
  return view(
    axes.map((axis) => shape[axis]),
    axes.map((axis) => strides[axis]),
  );
}

/** Whether every element lies where it is counted. */
export function isIdentity({ sizes, strides, offset }: View): boolean {
  return offset === 0 && (sizes.length === 0 || (strides.length === 1 && strides[0] === 1));
}

/** Whether two views say the same. */
export function sameView(a: View, b: View): boolean {
  return a.offset === b.offset && sameShape(a.sizes, b.sizes) && sameShape(a.strides, b.strides);
}

/** The view as a function of WGSL. */
export function wgsl(name: string, { sizes, strides, offset }: View): string {
  const terms = offset > 0 ? [`${offset}u`] : [];
  let below = sizeOf(sizes);
  sizes.forEach((size, position) => {
    below /= size;
    const stride = strides[position];
    if (stride === 0) return;
    let coordinate = below === 1 ? "i" : `i / ${below}u`;
    if (position > 0) coordinate = `(${coordinate}) % ${size}u`;
    terms.push(stride === 1 ? `(${coordinate})` : `(${coordinate}) * ${stride >>> 0}u`);
  });
  return `fn ${name}_at(i: u32) -> u32 { return ${terms.join(" + ") || "0u"}; }`;
}
