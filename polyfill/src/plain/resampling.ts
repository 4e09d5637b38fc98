/** Resampling. */

import type { Op } from "../core/operator.js";
import { isFloat } from "../core/types.js";
import type { Numbers } from "./elements.js";
import type { Kernel } from "./evaluator.js";
import { roundEven } from "./functions.js";
import { gatherTables } from "./movement.js";
import { inPieces } from "./pace.js";
import { around, multiples, offsetSums, stridesOf } from "./walk.js";

/** Where each element of the output lies along a dimension of the input. */
function sourcesOf(wanted: number, size: number): Float64Array {
  return Float64Array.from({ length: wanted }, (_, i) => Math.min(Math.max(((i + 0.5) * size) / wanted - 0.5, 0), size - 1));
}

function resample2d(op: Op<"resample2d">): Kernel {
  if (op.mode === "linear") return linear(op);
  const strides = stridesOf(op.input.shape);
  const tables = op.output.shape.map((wanted, axis) => {
    if (!op.axes.includes(axis)) return multiples(wanted, strides[axis]);
    return Int32Array.from(sourcesOf(wanted, op.input.shape[axis]), (place) => Math.ceil(place - 0.5) * strides[axis]);
  });
  return gatherTables(tables);
}

/** The two neighbours of each place along an axis, as offsets, and the weight of the second. */
interface Between {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
}

function betweenOf(wanted: number, size: number, stride: number): Between {
  const places = sourcesOf(wanted, size);
  return {
    low: Int32Array.from(places, (place) => Math.floor(place) * stride),
    high: Int32Array.from(places, (place) => Math.min(Math.floor(place) + 1, size - 1) * stride),
    weight: places.map((place) => place - Math.floor(place)),
  };
}

/** Between the neighbours along the first of the axes, then along the second. */
function linear({ input, output, axes }: Op<"resample2d">): Kernel {
  const strides = stridesOf(input.shape);
  const [first, second] = axes.map((axis) => betweenOf(output.shape[axis], input.shape[axis], strides[axis]));
  const rest = output.shape.map((size, axis) => (axes.includes(axis) ? new Int32Array(size) : multiples(size, strides[axis])));
  const starts = offsetSums(rest);
  const [[, sizeFirst, innerFirst], [, sizeSecond, innerSecond]] = axes.map((axis) => around(output.shape, axis));
  const round = isFloat(output.dataType) ? (x: number) => x : roundEven;
  return ([x]: [Numbers], [y]: [Numbers]) => {
    return inPieces(y.length, 2, (begin, end) => {
      for (let at = begin; at < end; at++) {
        const [i, j] = [Math.floor(at / innerFirst) % sizeFirst, Math.floor(at / innerSecond) % sizeSecond];
        const low = starts[at] + second.low[j];
        const high = starts[at] + second.high[j];
        const [above, below, down, right] = [first.low[i], first.high[i], first.weight[i], second.weight[j]];
        const left = x[low + above] * (1 - down) + x[low + below] * down;
        const other = x[high + above] * (1 - down) + x[high + below] * down;
        y[at] = round(left * (1 - right) + other * right);
      }
    });
  };
}

/** The evaluators of this family. */
export const resampling = { resample2d };
