/** Pooling over windows of two spatial dimensions (`webnpu/operators/pooling.py`). */

import type { Definition, Definitions, Op } from "../core/operator.js";
import { arranged, convSize, sameShape } from "../core/shapes.js";
import { listed, type Shape } from "../core/types.js";
import { positive } from "./verdicts.js";

type PoolName = "averagePool2d" | "l2Pool2d" | "maxPool2d";
type Pool = Op<PoolName>;

/** The input's shape as batches, channels, height, width. */
export function imageOf(op: Pool): Shape {
  return arranged(op.input.shape, op.layout, "nchw");
}

/** The height and width of the window. */
export function windowOf(op: Pool): Shape {
  return op.windowDimensions ?? imageOf(op).slice(2);
}

function sizesOf(op: Pool, rounding: "floor" | "ceil"): readonly [height: number, width: number] {
  const { padding, strides, dilations } = op;
  const [, , height, width] = imageOf(op);
  const window = windowOf(op);
  return [
    convSize(height, window[0], padding.slice(0, 2), strides[0], dilations[0], rounding),
    convSize(width, window[1], padding.slice(2), strides[1], dilations[1], rounding),
  ];
}

const pool: Definition<PoolName> = {
  constraints: {
    C1: (op) => positive(windowOf(op), 2),
    C2: ({ padding }) => padding.length === 4 || listed(padding),
    C3: ({ strides }) => positive(strides, 2),
    C4: ({ dilations }) => positive(dilations, 2),
    C5(op) {
      const [height, width] = sizesOf(op, op.outputShapeRounding);
      return Math.min(height, width) > 0 || `an output of ${height} x ${width}`;
    },
    C6(op) {
      if (op.outputSizes === undefined) return true;
      const [floor, ceil] = [sizesOf(op, "floor"), sizesOf(op, "ceil")];
      const fits = sameShape(op.outputSizes, floor) || sameShape(op.outputSizes, ceil);
      return fits || `${listed(op.outputSizes)}, calculated ${listed(floor)} or ${listed(ceil)}`;
    },
  },
  infer(op) {
    const sizes = op.outputSizes ?? sizesOf(op, op.outputShapeRounding);
    return { dataType: op.input.dataType, shape: arranged([...imageOf(op).slice(0, 2), ...sizes], "nchw", op.layout) };
  },
};

export const pooling = { averagePool2d: pool, l2Pool2d: pool, maxPool2d: pool } satisfies Partial<Definitions>;
