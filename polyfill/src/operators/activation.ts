/** Activations: the nonlinear functions between layers (`webnpu/operators/activation.py`). */

import type { GraphBuilder } from "../core/builder.js";
import type { Operand } from "../core/operand.js";
import type { Definition, Definitions } from "../core/operator.js";
import { broadcast } from "../core/shapes.js";
import { describe } from "../core/types.js";
import { axisBelowRank } from "./verdicts.js";

type Plain = "elu" | "gelu" | "hardSigmoid" | "hardSwish" | "leakyRelu" | "linear" | "relu" | "sigmoid" | "softplus" | "softsign" | "tanh";

const elementwise: Definition<Plain> = {
  constraints: {},
  infer: ({ input }) => input.descriptor,
};

/** Constants of the data type of an operand. */
function numbers(b: GraphBuilder, like: Operand, ...values: number[]): Operand[] {
  return values.map((value) => b.scalar(like.dataType, value));
}

export const activation = {
  elu: {
    ...elementwise,
    emulate(op, b) {
      const [zero, one, alpha] = numbers(b, op.input, 0, 1, op.alpha);
      return b.add(b.max(zero, op.input), b.mul(alpha, b.sub(b.exp(b.min(zero, op.input)), one)));
    },
  },
  gelu: {
    ...elementwise,
    emulate({ input }, b) {
      const [half, one, two] = numbers(b, input, 0.5, 1, 2);
      const erf = b.erf(b.div(input, b.sqrt(two)));
      return b.mul(b.mul(input, half), b.add(one, erf));
    },
  },
  hardSigmoid: {
    ...elementwise,
    emulate(op, b) {
      const [zero, one, alpha, beta] = numbers(b, op.input, 0, 1, op.alpha, op.beta);
      return b.max(b.min(b.add(b.mul(alpha, op.input), beta), one), zero);
    },
  },
  hardSwish: {
    ...elementwise,
    emulate({ input }, b) {
      const [zero, three, six] = numbers(b, input, 0, 3, 6);
      return b.div(b.mul(input, b.max(zero, b.min(six, b.add(input, three)))), six);
    },
  },
  leakyRelu: {
    ...elementwise,
    emulate(op, b) {
      const [zero, alpha] = numbers(b, op.input, 0, op.alpha);
      return b.add(b.max(zero, op.input), b.mul(alpha, b.min(zero, op.input)));
    },
  },
  linear: {
    ...elementwise,
    emulate(op, b) {
      const [alpha, beta] = numbers(b, op.input, op.alpha, op.beta);
      return b.add(b.mul(op.input, alpha), beta);
    },
  },
  prelu: {
    constraints: {
      C1: ({ slope, input }) => broadcast(slope.shape, input.shape) !== undefined || `${describe(slope)} and ${describe(input)}`,
    },
    infer: ({ slope, input }) => ({ dataType: input.dataType, shape: broadcast(slope.shape, input.shape) ?? [] }),
    emulate({ slope, input }, b) {
      const [zero] = numbers(b, input, 0);
      return b.add(b.max(zero, input), b.mul(slope, b.min(zero, input)));
    },
  },
  relu: {
    ...elementwise,
    emulate: ({ input }, b) => b.max(b.scalar(input.dataType, 0), input),
  },
  sigmoid: {
    ...elementwise,
    emulate({ input }, b) {
      const [one] = numbers(b, input, 1);
      return b.div(one, b.add(b.exp(b.neg(input)), one));
    },
  },
  softmax: {
    constraints: {
      C1: axisBelowRank,
    },
    infer: ({ input }) => input.descriptor,
    emulate({ input, axis }, b) {
      const along = { axes: [axis], keepDimensions: true };
      const exponentials = b.exp(b.sub(input, b.reduceMax(input, along)));
      return b.div(exponentials, b.reduceSum(exponentials, along));
    },
  },
  softplus: {
    ...elementwise,
    /** `max(x, 0) + log(1 + exp(-|x|))`, which does not overflow. */
    emulate({ input }, b) {
      const [zero, one] = numbers(b, input, 0, 1);
      const correction = b.log(b.add(b.exp(b.neg(b.abs(input))), one));
      return b.add(b.max(input, zero), correction);
    },
  },
  softsign: {
    ...elementwise,
    emulate({ input }, b) {
      const [one] = numbers(b, input, 1);
      return b.div(input, b.add(one, b.abs(input)));
    },
  },
  tanh: {
    ...elementwise,
    /** `1 - 2 / (exp(2x) + 1)`, which does not overflow. */
    emulate({ input }, b) {
      const [one, two] = numbers(b, input, 1, 2);
      return b.sub(one, b.div(two, b.add(b.exp(b.mul(two, input)), one)));
    },
  },
} satisfies Partial<Definitions>;
