/** Gathering and scattering. Indices below zero count from the end; those out of range are clamped. */

import type { Shape } from "../core/types.js";
import { sizeOf } from "../core/types.js";
import type { Elements } from "./elements.js";
import type { Evaluator, Kernel } from "./evaluator.js";
import { copy } from "./loops.js";
import { bitsOf, copyRun } from "./movement.js";
import { byRows, COPIED, inPieces, type Pauses } from "./pace.js";
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
    return byRows(outer * count, inner, (line, first, end) => {
      const i = line % count;
      const from = (((line - i) / count) * size + position(index[i], size)) * inner;
      copyRun(source, from + first, target, line * inner + first, end - first);
    });
  };
};

/** Calls back with the place of each index among the indices, and with where it points among elements of a shape. */
function forElements(index: Elements, indices: Shape, shape: Shape, axis: number, visit: (place: number, element: number) => void): Pauses {
  const [outer, count, inner] = around(indices, axis);
  const size = shape[axis];
  return byRows(outer * count, inner, (line, first, end) => {
    const start = Math.floor(line / count) * size;
    for (let j = first; j < end; j++) visit(line * inner + j, (start + position(index[line * inner + j], size)) * inner + j);
  });
}

const gatherElements: Evaluator<"gatherElements"> = ({ input, indices, axis }) => {
  return ([x, index]: [Elements, Elements], [y]: [Elements]) => {
    const [source, target] = [bitsOf(x), bitsOf(y)];
    return forElements(index, indices.shape, input.shape, axis, (place, element) => {
      target[place] = source[element];
    });
  };
};

const scatterElements: Evaluator<"scatterElements"> = ({ input, indices, axis }) => {
  return function* ([x, index, updates]: [Elements, Elements, Elements], [y]: [Elements]) {
    const [source, target] = [bitsOf(updates), bitsOf(y)];
    yield* copy([x], [y]);
    yield* forElements(index, indices.shape, input.shape, axis, (place, element) => {
      target[element] = source[place];
    });
  };
};

/** The slices that coordinates select: how many, their length, and where each is. */
interface Slices {
  readonly count: number;
  readonly length: number;
  offset(index: Elements, i: number): number;
}

function slicesOf(shape: Shape, indices: Shape): Slices {
  const coordinates = indices[indices.length - 1];
  const strides = stridesOf(shape);
  const offset = (index: Elements, i: number): number => {
    let sum = 0;
    for (let k = 0; k < coordinates; k++) sum += position(index[i * coordinates + k], shape[k]) * strides[k];
    return sum;
  };
  return { count: sizeOf(indices.slice(0, -1)), length: sizeOf(shape.slice(coordinates)), offset };
}

const gatherND: Evaluator<"gatherND"> = ({ input, indices }): Kernel => {
  const { count, length, offset } = slicesOf(input.shape, indices.shape);
  return ([x, index]: [Elements, Elements], [y]: [Elements]) => {
    const [source, target] = [bitsOf(x), bitsOf(y)];
    return byRows(count, length, (i, first, end) => copyRun(source, offset(index, i) + first, target, i * length + first, end - first));
  };
};

const scatterND: Evaluator<"scatterND"> = ({ input, indices }): Kernel => {
  const { count, length, offset } = slicesOf(input.shape, indices.shape);
  return function* ([x, index, updates]: [Elements, Elements, Elements], [y]: [Elements]) {
    const [source, target] = [bitsOf(updates), bitsOf(y)];
    yield* copy([x], [y]);
    yield* inPieces(count, Math.max(1, length * COPIED), (first, end) => {
      for (let i = first; i < end; i++) copyRun(source, i * length, target, offset(index, i), length); // the last one wins
    });
  };
};

/** The evaluators of this family. */
export const indexing = { gather, gatherElements, gatherND, scatterElements, scatterND };
