/** Reductions along axes, the positions of extremes, and running sums (`webnpu/operators/reduction.py`). */

import type { Definition, Definitions, Op } from "../core/operator.js";
import { axesOf, reduced } from "../core/shapes.js";
import { integerRange, isSigned } from "../core/types.js";
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

function over({ axes, keepDimensions }: Op<ReduceName>): Pick<Op<ReduceName>, "axes" | "keepDimensions"> {
  return { axes, keepDimensions };
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
  reduceL1: {
    ...reduce,
    emulate: (op, b) => b.reduceSum(isSigned(op.input.dataType) ? b.abs(op.input) : op.input, over(op)),
  },
  reduceL2: {
    ...reduce,
    emulate: (op, b) => b.sqrt(b.reduceSumSquare(op.input, over(op))),
  },
  reduceLogSum: {
    ...reduce,
    emulate: (op, b) => b.log(b.reduceSum(op.input, over(op))),
  },
  reduceLogSumExp: {
    ...reduce,
    /** `max(x) + log(sum(exp(x - max(x))))`, which does not overflow while every x is finite. */
    emulate(op, b) {
      const greatest = b.reduceMax(op.input, { axes: op.axes, keepDimensions: true });
      const total = b.reduceSum(b.exp(b.sub(op.input, greatest)), over(op));
      return b.add(b.log(total), b.reshape(greatest, total.shape));
    },
  },
  reduceMax: reduce,
  reduceMean: reduce,
  reduceMin: reduce,
  reduceProduct: reduce,
  reduceSum: reduce,
  reduceSumSquare: {
    ...reduce,
    emulate: (op, b) => b.reduceSum(b.mul(op.input, op.input), over(op)),
  },
} satisfies Partial<Definitions>;
