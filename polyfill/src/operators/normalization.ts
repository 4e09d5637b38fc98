/** Normalisations: elements brought to mean zero and variance one, then scaled and shifted (`webnpu/operators/normalization.py`). */

import type { GraphBuilder } from "../core/builder.js";
import type { Operand } from "../core/operand.js";
import type { Definitions, Op, Verdict } from "../core/operator.js";
import { axesOf } from "../core/shapes.js";
import type { Shape } from "../core/types.js";
import { axesBelowRank, axisBelowRank, distinct, hasShape } from "./verdicts.js";

type Normalization = Op<"batchNormalization"> | Op<"instanceNormalization"> | Op<"layerNormalization">;

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

/** The shape of the input with 1 for every dimension but those at `axes`. */
function alongAxes(input: Operand, axes: readonly number[]): Shape {
  return input.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
}

/** `(input - mean) / sqrt(variance + epsilon) * scale + bias`; `arrange` brings the latter two into place. */
function normalized(
  op: Normalization,
  b: GraphBuilder,
  [mean, variance]: readonly [Operand, Operand],
  arrange: (operand: Operand) => Operand,
): Operand {
  const deviation = b.sqrt(b.add(variance, b.scalar(op.input.dataType, op.epsilon)));
  let out = b.div(b.sub(op.input, mean), deviation);
  if (op.scale) out = b.mul(out, arrange(op.scale));
  return op.bias ? b.add(out, arrange(op.bias)) : out;
}

/** The mean and the variance over some axes. */
function moments(input: Operand, b: GraphBuilder, axes: readonly number[]): readonly [Operand, Operand] {
  const over = { axes, keepDimensions: true };
  const mean = b.reduceMean(input, over);
  const centred = b.sub(input, mean);
  return [mean, b.reduceMean(b.mul(centred, centred), over)];
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
    emulate(op, b) {
      const shape = alongAxes(op.input, [op.axis]);
      const reshaped = (operand: Operand) => b.reshape(operand, shape);
      return normalized(op, b, [reshaped(op.mean), reshaped(op.variance)], reshaped);
    },
  },
  instanceNormalization: {
    constraints: {
      C1: (op) => perChannel(op.input, channelAxis(op), op.scale),
      C2: (op) => perChannel(op.input, channelAxis(op), op.bias),
    },
    infer: ({ input }) => input.descriptor,
    emulate(op, b) {
      const shape = alongAxes(op.input, [channelAxis(op)]);
      return normalized(op, b, moments(op.input, b, spatialAxes(op)), (operand) => b.reshape(operand, shape));
    },
  },
  layerNormalization: {
    constraints: {
      C1: (op) => axesBelowRank(resolvedAxes(op), op.input),
      C2: (op) => distinct(resolvedAxes(op)),
      C3: (op) => hasShape(op.scale, normalisedShape(op)),
      C4: (op) => hasShape(op.bias, normalisedShape(op)),
    },
    infer: ({ input }) => input.descriptor,
    /** As the formula says, after the axes were sorted. */
    emulate(op, b) {
      const axes = resolvedAxes(op);
      const order = [...axes.keys()].sort((i, j) => axes[i] - axes[j]);
      const shape = alongAxes(op.input, axes);
      return normalized(op, b, moments(op.input, b, axes), (operand) => b.reshape(b.transpose(operand, order), shape));
    },
  },
} satisfies Partial<Definitions>;
