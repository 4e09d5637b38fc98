/** Activations: the nonlinear functions between layers (`webnpu/operators/activation.py`). */

import type { Definition, Definitions } from "../core/operator.js";
import { broadcast } from "../core/shapes.js";
import { describe } from "../core/types.js";
import { axisBelowRank } from "./verdicts.js";

type Plain = "elu" | "gelu" | "hardSigmoid" | "hardSwish" | "leakyRelu" | "linear" | "relu" | "sigmoid" | "softplus" | "softsign" | "tanh";

const elementwise: Definition<Plain> = {
  constraints: {},
  infer: ({ input }) => input.descriptor,
};

export const activation = {
  elu: elementwise,
  gelu: elementwise,
  hardSigmoid: elementwise,
  hardSwish: elementwise,
  leakyRelu: elementwise,
  linear: elementwise,
  prelu: {
    constraints: {
      C1: ({ slope, input }) => broadcast(slope.shape, input.shape) !== undefined || `${describe(slope)} and ${describe(input)}`,
    },
    infer: ({ slope, input }) => ({ dataType: input.dataType, shape: broadcast(slope.shape, input.shape) ?? [] }),
  },
  relu: elementwise,
  sigmoid: elementwise,
  softmax: {
    constraints: {
      C1: axisBelowRank,
    },
    infer: ({ input }) => input.descriptor,
  },
  softplus: elementwise,
  softsign: elementwise,
  tanh: elementwise,
} satisfies Partial<Definitions>;
