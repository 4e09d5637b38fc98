/** Quantisation, blockwise. */

import type { Operand } from "../core/operand.js";
import { integerRange, type Shape } from "../core/types.js";
import type { Floats, Numbers } from "./elements.js";
import type { Evaluator, Kernel } from "./evaluator.js";
import { roundEven } from "./functions.js";
import { byRows } from "./pace.js";
import { offsetSums, stridesOf } from "./walk.js";

/** Where the scale of each element stands, row by row of the input. */
interface Blocks {
  readonly starts: Int32Array;
  readonly row: Int32Array;
}

function blocksOf(scale: Operand, shape: Shape): Blocks {
  const strides = stridesOf(scale.shape);
  const tables = shape.map((size, axis) => {
    const block = size / scale.shape[axis];
    return Int32Array.from({ length: size }, (_, i) => Math.floor(i / block) * strides[axis]);
  });
  return { starts: offsetSums(tables.slice(0, -1)), row: tables.at(-1) ?? new Int32Array(1) };
}

const dequantizeLinear: Evaluator<"dequantizeLinear"> = (op): Kernel => {
  const { starts, row } = blocksOf(op.scale, op.input.shape);
  return ([x, scale, zeroPoint]: [Numbers, Floats, Numbers], [y]: [Floats]) => {
    return byRows(starts.length, row.length, (r, first, end) => {
      const start = r * row.length;
      for (let i = first; i < end; i++) {
        const [at, block] = [start + i, starts[r] + row[i]];
        y[at] = (x[at] - zeroPoint[block]) * scale[block];
      }
    });
  };
};

const quantizeLinear: Evaluator<"quantizeLinear"> = (op): Kernel => {
  const { starts, row } = blocksOf(op.scale, op.input.shape);
  const [low, high] = integerRange(op.zeroPoint.dataType).map(Number);
  return ([x, scale, zeroPoint]: [Floats, Floats, Numbers], [y]: [Numbers]) => {
    return byRows(starts.length, row.length, (r, first, end) => {
      const start = r * row.length;
      for (let i = first; i < end; i++) {
        const [at, block] = [start + i, starts[r] + row[i]];
        const step = roundEven(x[at] / scale[block]) + zeroPoint[block];
        y[at] = step < low ? low : step > high ? high : step; // NaN becomes 0 when it is stored
      }
    });
  };
};

/** The evaluators of this family. */
export const quantization = { dequantizeLinear, quantizeLinear };
