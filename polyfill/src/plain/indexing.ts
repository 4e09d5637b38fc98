/** Gathering and scattering. Indices below zero count from the end; those out of range are clamped. */

import type { Shape } from "../core/types.js";
import { sizeOf } from "../core/types.js";
import type { Elements } from "./elements.js";
import type { Evaluator, Kernel } from "./evaluator.js";
import { bitsOf, copyRun } from "./movement.js";
import { around, stridesOf } from "./walk.js";

/** An index as a position from 0 to size - 1. */
function position(index: number | bigint, size: number): number {
  const wide = Number(index);
  const counted = wide < 0 ? wide + size : wide;
  return counted < 0 ? 0 : counted >= size ? size - 1 : counted;
}

const gather: Evaluator<"gather"> = ({ input, indices, axis }) => {
  const [outer, size, inner] = around(input.shape, axis);
  const count = indices.size;
  return ([x, index]: [Elements, Elements], [y]: [Elements]) => {
    const [source, target] = [bitsOf(x), bitsOf(y)];
    const positions = Int32Array.from({ length: count }, (_, i) => position(index[i], size));
    for (let r = 0; r < outer; r++) {
      for (let i = 0; i < count; i++) copyRun(source, (r * size + positions[i]) * inner, target, (r * count + i) * inner, inner);
    }
  };
};

/** Calls back with the place of each index among the indices, and with where it points among elements of a shape. */
function forElements(index: Elements, indices: Shape, shape: Shape, axis: number, visit: (place: number, element: number) => void): void {
  const [outer, count, inner] = around(indices, axis);
  const size = shape[axis];
  let place = 0;
  for (let r = 0; r < outer; r++) {
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < inner; j++, place++) visit(place, (r * size + position(index[place], size)) * inner + j);
    }
  }
}

const gatherElements: Evaluator<"gatherElements"> = ({ input, indices, axis }) => {
  return ([x, index]: [Elements, Elements], [y]: [Elements]) => {
    const [source, target] = [bitsOf(x), bitsOf(y)];
    forElements(index, indices.shape, input.shape, axis, (place, element) => {
      target[place] = source[element];
    });
  };
};

const scatterElements: Evaluator<"scatterElements"> = ({ input, indices, axis }) => {
  return ([x, index, updates]: [Elements, Elements, Elements], [y]: [Elements]) => {
    const [source, target] = [bitsOf(updates), bitsOf(y)];
    copyRun(bitsOf(x), 0, target, 0, target.length);
    forElements(index, indices.shape, input.shape, axis, (place, element) => {
      target[element] = source[place];
    });
  };
};

/** The offsets of the slices that coordinates select, and their length. */
function slicesOf(shape: Shape, indices: Shape): { readonly length: number; offsets(index: Elements): Int32Array } {
  const coordinates = indices[indices.length - 1];
  const strides = stridesOf(shape);
  const count = sizeOf(indices.slice(0, -1));
  const offsets = (index: Elements): Int32Array => {
    const found = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < coordinates; k++) found[i] += position(index[i * coordinates + k], shape[k]) * strides[k];
    }
    return found;
  };
  return { length: sizeOf(shape.slice(coordinates)), offsets };
}

const gatherND: Evaluator<"gatherND"> = ({ input, indices }): Kernel => {
  const { length, offsets } = slicesOf(input.shape, indices.shape);
  return ([x, index]: [Elements, Elements], [y]: [Elements]) => {
    const [source, target] = [bitsOf(x), bitsOf(y)];
    const from = offsets(index);
    for (let i = 0; i < from.length; i++) copyRun(source, from[i], target, i * length, length);
  };
};

const scatterND: Evaluator<"scatterND"> = ({ input, indices }): Kernel => {
  const { length, offsets } = slicesOf(input.shape, indices.shape);
  return ([x, index, updates]: [Elements, Elements, Elements], [y]: [Elements]) => {
    const [source, target] = [bitsOf(updates), bitsOf(y)];
    copyRun(bitsOf(x), 0, target, 0, target.length);
    const to = offsets(index);
    for (let i = 0; i < to.length; i++) copyRun(source, i * length, target, to[i], length);
  };
};

/** The evaluators of this family. */
export const indexing = { gather, gatherElements, gatherND, scatterElements, scatterND };
