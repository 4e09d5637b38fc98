/** Quantisation: real numbers as integers, a scale and a zero point, blockwise (`webnpu/operators/quantization.py`). */

import type { GraphBuilder } from "../core/builder.js";
import { Unsupported } from "../core/errors.js";
import type { Operand } from "../core/operand.js";
import type { Definitions, Op, Verdict } from "../core/operator.js";
import { blockwise, sameShape } from "../core/shapes.js";
import { describe, FOUR_BIT, integerRange, type Shape, sizeOf } from "../core/types.js";

type Quantization = Op<"dequantizeLinear" | "quantizeLinear">;

const constraints = {
  C1: ({ scale, zeroPoint }: Quantization): Verdict =>
    sameShape(scale.shape, zeroPoint.shape) || `${describe(scale)} and ${describe(zeroPoint)}`,
  C2: ({ scale, input }: Quantization): Verdict => blockwise(scale.shape, input.shape) || `${describe(scale)} and ${describe(input)}`,
};

function checkCastable(op: Quantization, { dataType }: Operand): void {
  if (FOUR_BIT.includes(dataType)) throw new Unsupported(op, `it cannot be emulated: no operator casts ${dataType}`);
}

/** Repeat each element of an operand over its block, axis by axis. */
export function expandBlocks(b: GraphBuilder, operand: Operand, shape: Shape): Operand {
  let expanded = operand;
  shape.forEach((size, axis) => {
    const have = expanded.shape;
    if (have[axis] === size) return;
    const [before, after] = [sizeOf(have.slice(0, axis)), sizeOf(have.slice(axis + 1))];
    const apart = b.reshape(expanded, [before, have[axis], 1, after]);
    const repeated = b.expand(apart, [before, have[axis], size / have[axis], after]);
    expanded = b.reshape(repeated, [...have.slice(0, axis), size, ...have.slice(axis + 1)]);
  });
  return expanded;
}

export const quantization = {
  dequantizeLinear: {
    constraints,
    infer: ({ scale, input }) => ({ dataType: scale.dataType, shape: input.shape }),
    emulate(op, b) {
      checkCastable(op, op.input);
      const zero = expandBlocks(b, b.cast(op.zeroPoint, op.scale.dataType), op.input.shape);
      const steps = b.sub(b.cast(op.input, op.scale.dataType), zero);
      return b.mul(steps, expandBlocks(b, op.scale, op.input.shape));
    },
  },
  quantizeLinear: {
    constraints,
    infer: ({ zeroPoint, input }) => ({ dataType: zeroPoint.dataType, shape: input.shape }),
    /** In the data type of input, so exact only while the integers are few enough to be exact there. */
    emulate(op, b) {
      checkCastable(op, op.zeroPoint);
      const to = op.zeroPoint.dataType;
      const [minValue, maxValue] = integerRange(to).map(Number);
      const zero = expandBlocks(b, b.cast(op.zeroPoint, op.scale.dataType), op.input.shape);
      const steps = b.roundEven(b.div(op.input, expandBlocks(b, op.scale, op.input.shape)));
      return b.cast(b.op("clamp", { input: b.add(steps, zero), minValue, maxValue }), to);
    },
  },
} satisfies Partial<Definitions>;
