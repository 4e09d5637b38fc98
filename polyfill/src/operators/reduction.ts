/** Reductions along axes, the positions of extremes, and running sums (`webnpu/operators/reduction.py`). */

import type { Definition, Definitions, Op } from "../core/operator.js";
import { axesOf, reduced } from "../core/shapes.js";
import { integerRange } from "../core/types.js";
import { axesBelowRank, axisBelowRank, distinct } from "./verdicts.js";

type ReduceName =
  | "reduceL1"
  | "reduceL2"
  | "reduceLogSum"
  | "reduceLogSumExp"
  | "reduceMax"
  | "reduceMean"
  | "reduceMin"
  | "reduceProduct"
  | "reduceSum"
  | "reduceSumSquare";

/** The dimensions that a reduction reduces. */
export function resolvedAxes(op: Op<ReduceName>): readonly number[] {
  return axesOf(op.input.rank, op.axes);
}

const argMinMax: Definition<"argMin" | "argMax"> = {
  constraints: {
    C1: axisBelowRank,
    C2: ({ outputDataType }) => outputDataType === "int32" || outputDataType === "int64" || outputDataType,
    C3({ input, axis, outputDataType }) {
      const size = input.shape[axis];
      return size <= integerRange(outputDataType)[1] || `${size} positions`;
    },
  },
  infer: ({ input, axis, keepDimensions, outputDataType }) => ({
    dataType: outputDataType,
    shape: reduced(input.shape, [axis], keepDimensions),
  }),
};

const reduce: Definition<ReduceName> = {
  constraints: {
    C1: (op) => axesBelowRank(resolvedAxes(op), op.input),
    C2: (op) => distinct(resolvedAxes(op)),
  },
  infer: (op) => ({ dataType: op.input.dataType, shape: reduced(op.input.shape, resolvedAxes(op), op.keepDimensions) }),
};

export const reduction = {
  argMin: argMinMax,
  argMax: argMinMax,
  cumulativeSum: {
    constraints: {
      C1: axisBelowRank,
    },
    infer: ({ input }) => input.descriptor,
  },
  reduceL1: reduce,
  reduceL2: reduce,
  reduceLogSum: reduce,
  reduceLogSumExp: reduce,
  reduceMax: reduce,
  reduceMean: reduce,
  reduceMin: reduce,
  reduceProduct: reduce,
  reduceSum: reduce,
  reduceSumSquare: reduce,
} satisfies Partial<Definitions>;
