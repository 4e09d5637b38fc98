/** Quantisation, blockwise: element-wise functions whose scale and zero point are looked up by block. */

import type { Op } from "../../core/operator.js";
import { integerRange } from "../../core/types.js";
import type { Looked } from "../drafts.js";
import { kindOf, literal } from "../literals.js";
import type { Lowerings, Planner } from "../planner.js";
import { blockView, wholeView } from "../views.js";

function operandsOf(op: Op<"dequantizeLinear" | "quantizeLinear">): Looked[] {
  const blocks = blockView(op.scale.shape, op.input.shape);
  return [
    [op.input, wholeView(op.input.shape)],
    [op.scale, blocks],
    [op.zeroPoint, blocks],
  ];
}

function dequantizeLinear(op: Op<"dequantizeLinear">, plan: Planner): void {
  plan.elementwise(op.output, `dequantize_linear_${kindOf(op.input.dataType)}`, operandsOf(op));
  plan.rememberDequantizer(op);
}

function quantizeLinear(op: Op<"quantizeLinear">, plan: Planner): void {
  const { dataType } = op.zeroPoint;
  const bounds = integerRange(dataType).map((bound) => literal(bound, dataType));
  plan.elementwise(op.output, `quantize_linear_${kindOf(dataType)}`, operandsOf(op), bounds, "");
}

export const quantization = { dequantizeLinear, quantizeLinear } satisfies Partial<Lowerings>;
