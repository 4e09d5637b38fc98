/** Normalisations. */

import type { Operand } from "../core/operand.js";
import { castToFloat, type Floats } from "./elements.js";
import type { Evaluator, Kernel } from "./evaluator.js";
import { byRows, Pace, type Pauses, partsOf } from "./pace.js";
import { groupsOf } from "./reduction.js";
import { around, multiples, offsetSums, stridesOf } from "./walk.js";

const batchNormalization: Evaluator<"batchNormalization"> = (op) => {
  const [outer, channels, inner] = around(op.input.shape, op.axis);
  const epsilon = castToFloat(op.epsilon, op.input);
  return ([x, mean, variance, scale, bias]: [Floats, Floats, Floats, Floats?, Floats?], [y]: [Floats]) => {
    const factors = Float64Array.from(variance, (value, c) => (scale ? scale[c] : 1) / Math.sqrt(value + epsilon));
    return byRows(outer * channels, inner, (line, from, to) => {
      const c = line % channels;
      const [shift, factor, added] = [mean[c], factors[c], bias ? bias[c] : 0];
      for (let at = line * inner + from; at < line * inner + to; at++) y[at] = (x[at] - shift) * factor + added;
    });
  };
};

/** Where the scale and the bias of each element stand: by the group, and by the element's place in it. */
interface Parameters {
  readonly ofGroup: Int32Array;
  readonly ofPlace: Int32Array;
}

/** Normalises groups of elements by their own mean and variance. */
function normalize(input: Operand, axes: readonly number[], epsilon: number, { ofGroup, ofPlace }: Parameters): Kernel {
  const { firsts, line } = groupsOf(input.shape, axes);
  const places = offsetSums([line.starts, multiples(line.length, line.step)]);
  const parts = partsOf(places.length);
  function* compute([x, scale, bias]: [Floats, Floats?, Floats?], [y]: [Floats]): Pauses {
    const pace = new Pace();
    for (let group = 0; group < firsts.length; group++) {
      const first = firsts[group];
      let [sum, squares] = [0, 0];
      for (const [from, to] of parts) {
        sum = sumOf(x, first, places, from, to, sum);
        if (pace.due(to - from)) yield;
      }
      const mean = sum / places.length;
      for (const [from, to] of parts) {
        squares = sumOfSquares(x, first, places, from, to, mean, squares);
        if (pace.due(to - from)) yield;
      }
      const deviation = Math.sqrt(squares / places.length + epsilon);
      for (const [from, to] of parts) {
        for (let i = from; i < to; i++) {
          const [at, parameter] = [first + places[i], ofGroup[group] + ofPlace[i]];
          const value = ((x[at] - mean) / deviation) * (scale ? scale[parameter] : 1);
          y[at] = bias ? value + bias[parameter] : value;
        }
        if (pace.due(to - from)) yield;
      }
    }
  }
  return compute;
}

/** The sum of some elements of a group, and of those before them. */
function sumOf(x: Floats, first: number, places: Int32Array, from: number, to: number, before: number): number {
  let sum = before;
  for (let i = from; i < to; i++) sum += x[first + places[i]];
  return sum;
}

/** The same of the squares of their distances from a mean. */
function sumOfSquares(x: Floats, first: number, places: Int32Array, from: number, to: number, mean: number, before: number): number {
  let sum = before;
  for (let i = from; i < to; i++) sum += (x[first + places[i]] - mean) ** 2;
  return sum;
}

const instanceNormalization: Evaluator<"instanceNormalization"> = ({ input, layout, epsilon }) => {
  const axes = [layout.indexOf("h"), layout.indexOf("w")];
  const [batches, channels] = [input.shape[0], input.shape[layout.indexOf("c")]];
  return normalize(input, axes, castToFloat(epsilon, input), {
    ofGroup: offsetSums([new Int32Array(batches), multiples(channels, 1)]),
    ofPlace: new Int32Array(input.size / batches / channels),
  });
};

/** The parameters' dimensions are the input's at axes, in the order of axes. */
const layerNormalization: Evaluator<"layerNormalization"> = ({ input, axes, epsilon }) => {
  const along = axes ?? input.shape.map((_, axis) => axis).slice(1);
  const strides = stridesOf(along.map((axis) => input.shape[axis]));
  const ascending = [...along].sort((a, b) => a - b);
  const ofPlace = offsetSums(ascending.map((axis) => multiples(input.shape[axis], strides[along.indexOf(axis)])));
  const ofGroup = new Int32Array(input.size / ofPlace.length);
  return normalize(input, along, castToFloat(epsilon, input), { ofGroup, ofPlace });
};

/** The evaluators of this family. */
export const normalization = { batchNormalization, instanceNormalization, layerNormalization };
