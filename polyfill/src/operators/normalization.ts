/** Normalisations: elements brought to mean zero and variance one, then scaled and shifted (`webnpu/operators/normalization.py`). */

import type { Operand } from "../core/operand.js";
import type { Definitions, Op, Verdict } from "../core/operator.js";
import { axesOf } from "../core/shapes.js";
import type { Shape } from "../core/types.js";
import { axesBelowRank, axisBelowRank, distinct, hasShape } from "./verdicts.js";

/** The dimension of the channels of an instance normalisation. */
export function channelAxis(op: Op<"instanceNormalization">): number {
  return op.layout.indexOf("c");
}

/** The dimensions of height and width of an instance normalisation. */
export function spatialAxes(op: Op<"instanceNormalization">): readonly [height: number, width: number] {
  return [op.layout.indexOf("h"), op.layout.indexOf("w")];
}

/** The dimensions that a layer normalisation normalises together: by default all but the first. */
export function resolvedAxes(op: Op<"layerNormalization">): readonly number[] {
  return axesOf(op.input.rank, op.axes, 1);
}

/** The input's dimensions at the axes of a layer normalisation. */
function normalisedShape(op: Op<"layerNormalization">): Shape {
  return resolvedAxes(op).map((axis) => op.input.shape[axis]);
}

/** Whether an operand has one element for each channel. */
function perChannel(input: Operand, axis: number, operand: Operand | undefined): Verdict {
  return hasShape(operand, [input.shape[axis]]);
}

export const normalization = {
  batchNormalization: {
    constraints: {
      C1: axisBelowRank,
      C2: ({ input, axis, mean }) => perChannel(input, axis, mean),
      C3: ({ input, axis, variance }) => perChannel(input, axis, variance),
      C4: ({ input, axis, scale }) => perChannel(input, axis, scale),
      C5: ({ input, axis, bias }) => perChannel(input, axis, bias),
    },
    infer: ({ input }) => input.descriptor,
  },
  instanceNormalization: {
    constraints: {
      C1: (op) => perChannel(op.input, channelAxis(op), op.scale),
      C2: (op) => perChannel(op.input, channelAxis(op), op.bias),
    },
    infer: ({ input }) => input.descriptor,
  },
  layerNormalization: {
    constraints: {
      C1: (op) => axesBelowRank(resolvedAxes(op), op.input),
      C2: (op) => distinct(resolvedAxes(op)),
      C3: (op) => hasShape(op.scale, normalisedShape(op)),
      C4: (op) => hasShape(op.bias, normalisedShape(op)),
    },
    infer: ({ input }) => input.descriptor,
  },
} satisfies Partial<Definitions>;
