/** Quantisation: real numbers as integers, a scale and a zero point, blockwise (`webnpu/operators/quantization.py`). */

import type { Definitions, Op, Verdict } from "../core/operator.js";
import { blockwise, sameShape } from "../core/shapes.js";
import { describe } from "../core/types.js";

type Quantization = Op<"dequantizeLinear" | "quantizeLinear">;

const constraints = {
  C1: ({ scale, zeroPoint }: Quantization): Verdict =>
    sameShape(scale.shape, zeroPoint.shape) || `${describe(scale)} and ${describe(zeroPoint)}`,
  C2: ({ scale, input }: Quantization): Verdict => blockwise(scale.shape, input.shape) || `${describe(scale)} and ${describe(input)}`,
};

export const quantization = {
  dequantizeLinear: {
    constraints,
    infer: ({ scale, input }) => ({ dataType: scale.dataType, shape: input.shape }),
  },
  quantizeLinear: {
    constraints,
    infer: ({ zeroPoint, input }) => ({ dataType: zeroPoint.dataType, shape: input.shape }),
  },
} satisfies Partial<Definitions>;
